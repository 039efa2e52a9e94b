//! Steps through the text of a plain line: signs, texts without escapes, whole numbers.

/// A place in the text. What is not there as it is asked for is `None`.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over a sign, and the space around it.
    #[inline]
    pub(super) fn step(&mut self, sign: u8) -> Option<()> {
        while self.peek()? == b' ' {
            self.at += 1;
        }
        if self.peek()? != sign {
            return None;
        }
        self.at += 1;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        Some(())
    }

    /// Things between two signs, with commas in between.
    #[inline]
    pub(super) fn list(
        &mut self,
        open: u8,
        close: u8,
        mut thing: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.step(open)?;
        if self.step(close).is_some() {
            return Some(());
        }
        loop {
            thing(self)?;
            if self.step(b',').is_none() {
                return self.step(close);
            }
        }
    }

    /// A text; escapes there are none.
    #[inline]
    pub(super) fn text(&mut self) -> Option<&'a str> {
        if self.peek()? != b'"' {
            return None;
        }
        let from = self.at + 1;
        let length = quote(self.text.as_bytes().get(from..)?)?;
        self.at = from + length + 1;
        self.text.get(from..from + length)
    }

    /// A whole number that is not negative.
    #[inline]
    pub(super) fn number(&mut self) -> Option<u64> {
        let from = self.at;
        let mut number = 0_u64;
        while let Some((chunk, _)) = self.text.as_bytes()[self.at..].split_first_chunk() {
            let (value, digits) = digits(*chunk);
            number = number.wrapping_mul(POWERS[digits as usize]).wrapping_add(value);
            self.at += digits as usize;
            if digits < 8 {
                break;
            }
        }
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        // 19 digits always fit; a zero stands alone.
        let plain = match self.at - from {
            0 | 20.. => false,
            1 => true,
            _ => self.text.as_bytes()[from] != b'0',
        };
        plain.then_some(number)
    }

    pub(super) fn short_number(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }
}

/// 10 to the power of the number of digits in eight bytes.
const POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;

/// Where the first quotation mark is, looked for in eight bytes at a time.
#[inline]
fn quote(bytes: &[u8]) -> Option<usize> {
    let (chunks, rest) = bytes.as_chunks();
    for (number, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk) ^ (ONES * b'"' as u64);
        // The lowest byte with its high bit set is the first that is zero; what is above it may be wrong.
        let zeros = word.wrapping_sub(ONES) & !word & HIGHS;
        if zeros != 0 {
            return Some(number * 8 + zeros.trailing_zeros() as usize / 8);
        }
    }
    let behind = rest.iter().position(|byte| *byte == b'"')?;
    Some(chunks.len() * 8 + behind)
}

/// The number with which eight bytes begin, and of how many digits it is.
#[inline]
fn digits(bytes: [u8; 8]) -> (u64, u32) {
    let word = u64::from_le_bytes(bytes) ^ (ONES * b'0' as u64);
    // As in `quote`: a byte above 9 sets its high bit, and the lowest of them is right.
    let others = (word.wrapping_add(ONES * (0x7f - 9)) | word) & HIGHS;
    let digits = others.trailing_zeros() / 8;
    if digits == 0 {
        return (0, 0);
    }
    // Digits to the end, zeros before them; then neighbours are joined to numbers of two, four and eight digits.
    let word = word << (64 - 8 * digits);
    let word = (word.wrapping_mul(10).wrapping_add(word >> 8)) & 0x00ff_00ff_00ff_00ff;
    let word = (word.wrapping_mul(100).wrapping_add(word >> 16)) & 0x0000_ffff_0000_ffff;
    (word.wrapping_mul(10_000).wrapping_add(word >> 32) & 0xffff_ffff, digits)
}
