//! Texts as small numbers: each text is kept once, in one piece of memory.

use std::hash::{BuildHasher as _, BuildHasherDefault};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// Number of an interned text; numbers count up from 0 in order of first appearance.
pub type TextId = u32;

/// The texts of one kind (messages, topics, clients …), each with its number.
#[derive(Debug, Default)]
pub struct Interner {
    text: String,
    ends: Ends,
    table: HashTable<TextId>,
}

fn hash(text: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(text)
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

    fn get(&self, id: TextId) -> usize {
        let carries = self.carries.partition_point(|carry| *carry <= id);
        (carries << 32) | self.low[id as usize] as usize
    }
}

fn slice<'t>(text: &'t str, ends: &Ends, id: TextId) -> &'t str {
    let start = id.checked_sub(1).map_or(0, |before| ends.get(before));
    &text[start..ends.get(id)]
}

impl Interner {
    /// The number of a text, given to it now if it is new.
    pub fn intern(&mut self, new: &str) -> TextId {
        let Self { text, ends, table } = self;
        let entry = table.entry(
            hash(new),
            |id| slice(text, ends, *id) == new,
            |id| hash(slice(text, ends, *id)),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(place) => {
                let id = TextId::try_from(ends.low.len()).unwrap_or(TextId::MAX);
                place.insert(id);
                text.push_str(new);
                ends.push(text.len());
                id
            }
        }
    }

    /// The number of a text that may not be there.
    pub fn find(&self, text: &str) -> Option<TextId> {
        self.table.find(hash(text), |id| self.get(*id) == text).copied()
    }

    /// The text of a number that [`Self::intern`] gave.
    pub fn get(&self, id: TextId) -> &str {
        slice(&self.text, &self.ends, id)
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
