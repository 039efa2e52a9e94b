//! What the messages of a load are made of: their id, then letters up to their size.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::ids::Id;

/// Letters to cut values from; long enough that a batch does not repeat itself, so that compression finds
/// no more than it would in text of random letters.
const LETTERS: usize = 1 << 18;

/// No id has more bytes: `4294967295-18446744073709551615 `.
pub const LONGEST_ID: usize = 32;

/// Makes the values of a producer's messages: `7-64000 QXBAA…`, all of one size.
#[derive(Debug)]
pub struct Content {
    producer: u32,
    letters: Vec<u8>,
    value: Vec<u8>,
}

impl Content {
    /// Values of `size` bytes, from random capital letters of this seed.
    pub fn new(producer: u32, size: usize, seed: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(seed ^ u64::from(producer));
        let letters = (0..LETTERS + size).map(|_| dice.random_range(b'A'..=b'Z')).collect();
        Self { producer, letters, value: Vec::with_capacity(size) }
    }

    /// The value of this message; it is longer than its size where that has no room for the id.
    pub fn value(&mut self, number: u64) -> &[u8] {
        let size = self.letters.len() - LETTERS;
        self.value.clear();
        write_id(&mut self.value, Id { producer: self.producer, number });
        // An odd stride, so that every place comes before one comes twice.
        let start = (number as usize).wrapping_mul(size | 1) % LETTERS;
        let rest = size.saturating_sub(self.value.len());
        self.value.extend_from_slice(&self.letters[start..start + rest]);
        &self.value
    }
}

/// The id of a message by its value; none for a message of something else.
pub fn id_of(value: &[u8]) -> Option<Id> {
    let (producer, rest) = leading_number(value)?;
    let (number, rest) = leading_number(rest.strip_prefix(b"-")?)?;
    rest.starts_with(b" ").then_some(Id { producer: u32::try_from(producer).ok()?, number })
}

fn write_id(value: &mut Vec<u8>, id: Id) {
    push_number(value, id.producer.into());
    value.push(b'-');
    push_number(value, id.number);
    value.push(b' ');
}

/// Several times as fast as formatting, which would be a tenth of what sending a message costs.
fn push_number(value: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    value.extend_from_slice(&digits[first..]);
}

fn leading_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if !(1..=19).contains(&digits.len()) {
        return None;
    }
    let number = digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_size_and_tell_their_id() {
        let mut content = Content::new(16, 1000, 7);
        for number in [1, 9, 10, 64_000, 1_000_000] {
            let value = content.value(number);
            assert_eq!(value.len(), 1000);
            assert_eq!(id_of(value), Some(Id { producer: 16, number }));
        }
    }

    #[test]
    fn values_of_neighbours_differ() {
        let mut content = Content::new(1, 100, 7);
        let first = content.value(1)[10..].to_vec();
        assert_ne!(first, content.value(2)[10..]);
    }

    #[test]
    fn the_longest_id_fits() {
        let value = Content::new(u32::MAX, LONGEST_ID, 1).value(9_999_999_999_999_999_999).to_vec();
        assert_eq!(value.len(), LONGEST_ID);
        let id = Id { producer: u32::MAX, number: 9_999_999_999_999_999_999 };
        assert_eq!(id_of(&value[..LONGEST_ID]), Some(id));
    }

    #[test]
    fn other_messages_have_no_id() {
        for other in ["", "17", "1-", "-1 ", "x-1 ", "1-2", "1-99999999999999999999 "] {
            assert_eq!(id_of(other.as_bytes()), None, "{other:?}");
        }
    }
}
