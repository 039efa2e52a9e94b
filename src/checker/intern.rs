//! Texts as small numbers: each text is kept once, in one piece of memory.

use std::hash::Hasher as _;
use std::ops::Range;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use super::messages::room;

/// Number of an interned text; numbers count up from 0 in order of first appearance.
pub type TextId = u32;

/// The texts of one kind (messages, topics, clients …), each with its number.
#[derive(Debug, Default)]
pub struct Interner {
    text: String,
    ends: Ends,
    table: HashTable<TextId>,
}

/// Texts that differ in their last two digits only have places side by side in the table: ids of one client's messages
/// count up, so a place that is wanted is mostly one that was there a moment ago, and not somewhere in all of memory.
#[inline]
fn hash(text: &[u8]) -> u64 {
    let (stem, number) = match text {
        [stem @ .., tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            (stem, u64::from(tens - b'0') * 10 + u64::from(ones - b'0'))
        }
        whole => (whole, 0),
    };
    let mut hasher = FxHasher::default();
    hasher.write(stem);
    // The highest seven bits are what the table tells neighbours apart by.
    hasher.finish().wrapping_add(number | number << 57)
}

/// Where each text ends; it begins where the one before ends. Half the size of a list of `usize`.
#[derive(Debug, Default)]
struct Ends {
    /// The lower 32 bits.
    low: Vec<u32>,
    /// The texts at which the higher bits went up by one.
    carries: Vec<TextId>,
}

impl Ends {
    fn push(&mut self, end: usize) {
        let low = end as u32;
        if self.low.last().is_some_and(|last| *last > low) {
            self.carries.push(u32::try_from(self.low.len()).unwrap_or(TextId::MAX));
        }
        self.low.push(low);
    }

    #[inline]
    fn get(&self, id: TextId) -> usize {
        let low = self.low[id as usize] as usize;
        if self.carries.is_empty() {
            return low;
        }
        (self.carries.partition_point(|carry| *carry <= id) << 32) | low
    }
}

#[inline]
fn place(ends: &Ends, id: TextId) -> Range<usize> {
    id.checked_sub(1).map_or(0, |before| ends.get(before))..ends.get(id)
}

impl Interner {
    /// The number of a text, given to it now if it is new.
    pub fn intern(&mut self, new: &str) -> TextId {
        let hash = hash(new.as_bytes());
        let Self { text, ends, table } = self;
        let same = |id: &TextId| &text.as_bytes()[place(ends, *id)] == new.as_bytes();
        if let Some(id) = table.find(hash, same) {
            return *id;
        }
        let id = TextId::try_from(self.len()).unwrap_or(TextId::MAX);
        if self.table.len() == self.table.capacity() {
            self.grow();
        }
        self.text.push_str(new);
        self.ends.push(self.text.len());
        let Self { text, ends, table } = self;
        table.insert_unique(hash, id, |id| self::hash(&text.as_bytes()[place(ends, *id)]));
        id
    }

    /// Makes a table of twice the size: when the old one is gone, and in the order of the texts.
    fn grow(&mut self) {
        let Self { text, ends, table } = self;
        *table = HashTable::new();
        let hash = |id: &TextId| hash(&text.as_bytes()[place(ends, *id)]);
        table.reserve(2 * ends.low.len(), hash);
        for id in 0..TextId::try_from(ends.low.len()).unwrap_or(TextId::MAX) {
            table.insert_unique(hash(&id), id, hash);
        }
    }

    /// Makes room for so many more, as long as those that are there.
    pub(crate) fn make_room(&mut self, texts: usize) {
        let length = self.text.len() / self.len().max(1) + 1;
        self.text.try_reserve_exact(texts.saturating_mul(length)).ok();
        room(&mut self.ends.low, texts);
    }

    /// The number of a text that may not be there.
    pub fn find(&self, text: &str) -> Option<TextId> {
        self.table.find(hash(text.as_bytes()), |id| self.get(*id) == text).copied()
    }

    /// The text of a number that [`Self::intern`] gave.
    pub fn get(&self, id: TextId) -> &str {
        &self.text[place(&self.ends, id)]
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.low.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.low.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_go_on_beyond_32_bits() {
        let mut ends = Ends::default();
        let all = [7, 0xffff_fff0, 0x1_0000_0005, 0x1_8000_0000, 0x2_0000_0000];
        all.iter().for_each(|end| ends.push(*end));
        assert_eq!([0, 1, 2, 3, 4].map(|id| ends.get(id)), all);
    }

    #[test]
    fn gives_each_text_one_number() {
        let mut texts = Interner::default();
        let ids: Vec<TextId> = (0..1000).map(|n| texts.intern(&format!("m{}", n % 500))).collect();
        assert_eq!(texts.len(), 500);
        assert_eq!(ids[499], ids[999]);
        assert_eq!(texts.get(ids[42]), "m42");
        assert_eq!(texts.find("m499"), Some(499));
        assert_eq!(texts.find("m500"), None);
    }
}
