//! Steps through the text of a plain line: signs, texts without escapes, whole numbers.

/// A place in the text. What is not there as it is asked for is `None`.
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Steps over what is expected, if it is here.
    #[inline(always)]
    pub(super) fn skip(&mut self, expected: &str) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Steps over what has to be here.
    #[inline(always)]
    pub(super) fn expect(&mut self, expected: &str) -> Option<()> {
        self.skip(expected).then_some(())
    }

    /// What is read behind something, if that is here.
    #[inline(always)]
    pub(super) fn behind<T>(
        &mut self,
        expected: &str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.skip(expected) { read(self).map(Some) } else { Some(None) }
    }

    /// Steps over a sign, and the space around it.
    #[inline(always)]
    pub(super) fn step(&mut self, sign: &str) -> Option<()> {
        while self.skip(" ") {}
        self.expect(sign)?;
        while self.skip(" ") {}
        Some(())
    }

    /// Things between two signs, with commas in between.
    #[inline(always)]
    pub(super) fn list(
        &mut self,
        open: &str,
        close: &str,
        mut thing: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.step(open)?;
        if self.step(close).is_some() {
            return Some(());
        }
        loop {
            thing(self)?;
            if self.step(",").is_none() {
                return self.step(close);
            }
        }
    }

    /// A text; escapes there are none.
    #[inline]
    pub(super) fn text(&mut self) -> Option<&'a str> {
        self.expect("\"")?;
        self.rest_of_text()
    }

    /// A text behind its first quotation mark.
    #[inline(always)]
    pub(super) fn rest_of_text(&mut self) -> Option<&'a str> {
        let text = self.rest.get(..plain_length(self.rest.as_bytes()))?;
        self.rest = self.rest.get(text.len()..)?.strip_prefix('"')?;
        Some(text)
    }

    /// A whole number that is not negative.
    #[inline(always)]
    pub(super) fn number(&mut self) -> Option<u64> {
        let bytes = self.rest.as_bytes();
        let (number, length) = match bytes.first_chunk().and_then(|bytes| short_digits(*bytes)) {
            Some(read) => read,
            None => all_digits(bytes)?,
        };
        // A zero stands alone.
        if length == 0 || (length > 1 && bytes.first() == Some(&b'0')) {
            return None;
        }
        self.rest = self.rest.get(length..)?;
        Some(number)
    }

    #[inline(always)]
    pub(super) fn short_number(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }
}

/// Powers of 10.
const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;

/// How many bytes there are before the first quotation mark, backslash or control character: looked for in eight bytes
/// at a time.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks();
    for (number, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        // The lowest byte with its high bit set is the first that is zero; what is above it may be wrong.
        let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
        let quotes = zeros(word ^ (ONES * b'"' as u64));
        let backslashes = zeros(word ^ (ONES * b'\\' as u64));
        let controls = word.wrapping_sub(ONES * b' ' as u64) & !word;
        let ends = (quotes | backslashes | controls) & HIGHS;
        if ends != 0 {
            return number * 8 + ends.trailing_zeros() as usize / 8;
        }
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    chunks.len() * 8 + rest.iter().position(ends).unwrap_or(rest.len())
}

/// The number with which a text begins, and of how many digits it is; `None` where it may not fit.
#[inline(never)]
fn all_digits(bytes: &[u8]) -> Option<(u64, usize)> {
    let (mut number, mut length) = bytes.first_chunk().map_or((0, 0), |bytes| digits(*bytes));
    for digit in bytes.get(length..)?.iter().take_while(|byte| byte.is_ascii_digit()) {
        number = u64::wrapping_mul(number, 10).wrapping_add(u64::from(digit - b'0'));
        length += 1;
    }
    // 19 digits always fit.
    (length < 20).then_some((number, length))
}

/// The same of a number that ends within 16 bytes.
#[inline(always)]
fn short_digits(bytes: [u8; 16]) -> Option<(u64, usize)> {
    let ([first, second], _) = bytes.as_chunks() else { return None };
    let (high, length) = digits(*first);
    if length < 8 {
        return Some((high, length));
    }
    let (low, more) = digits(*second);
    (more < 8).then(|| (high * POWERS[more] + low, length + more))
}

/// The number with which eight bytes begin, and of how many digits it is.
#[inline]
fn digits(bytes: [u8; 8]) -> (u64, usize) {
    let word = u64::from_le_bytes(bytes) ^ (ONES * b'0' as u64);
    // As in `plain_length`: a byte above 9 sets its high bit, and the lowest of them is right.
    let others = (word.wrapping_add(ONES * (0x7f - 9)) | word) & HIGHS;
    let digits = others.trailing_zeros() / 8;
    if digits == 0 {
        return (0, 0);
    }
    // Digits to the end, zeros before them; then neighbours are joined to numbers of two, four and eight digits.
    let word = word << (64 - 8 * digits);
    let word = (word.wrapping_mul(10).wrapping_add(word >> 8)) & 0x00ff_00ff_00ff_00ff;
    let word = (word.wrapping_mul(100).wrapping_add(word >> 16)) & 0x0000_ffff_0000_ffff;
    (word.wrapping_mul(10_000).wrapping_add(word >> 32) & 0xffff_ffff, digits as usize)
}
