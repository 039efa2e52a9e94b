//! The checksum by which a message's content is compared without being kept.

/// CRC-32 (IEEE, as in zlib) over key, value, and each header's name and value, in this order; each part
/// preceded by its length as a big-endian `i32`, a null part by -1 alone.
pub fn digest<'h>(
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: impl IntoIterator<Item = (&'h str, Option<&'h [u8]>)>,
) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    let mut part = |bytes: Option<&[u8]>| {
        let length = bytes.map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap_or(i32::MAX));
        crc.update(&length.to_be_bytes());
        crc.update(bytes.unwrap_or_default());
    };
    part(key);
    part(value);
    for (name, value) in headers {
        part(Some(name.as_bytes()));
        part(value);
    }
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_zlib_makes_of_it() {
        // python3: zlib.crc32(b"\0\0\0\1k" + b"\0\0\0\2vv" + b"\0\0\0\1h" + b"\xff\xff\xff\xff")
        assert_eq!(digest(Some(b"k"), Some(b"vv"), [("h", None)]), 1454885582);
    }

    #[test]
    fn tells_a_null_from_nothing_and_a_key_from_a_value() {
        let of = |key, value| digest(key, value, []);
        assert_ne!(of(None, Some(b"".as_slice())), of(None, None));
        assert_ne!(of(Some(b"a".as_slice()), None), of(None, Some(b"a".as_slice())));
    }
}
