//! The primitive types of records in the metadata log, as Kafka's protocol guide has them. kafka-protocol reads them
//! within its own messages only.

use std::collections::BTreeMap;

use bytes::{Buf as _, Bytes, TryGetError};
use thiserror::Error;
use uuid::Uuid;

/// A record ends before it should.
#[derive(Debug, Error)]
#[error("a record of the metadata log is cut short")]
pub(super) struct Cut;

impl From<TryGetError> for Cut {
    fn from(_: TryGetError) -> Self {
        Self
    }
}

/// The fields of a record that are still to be read.
#[derive(Debug)]
pub(super) struct Fields(Bytes);

impl Fields {
    /// All fields of a record.
    pub(super) fn of(value: Bytes) -> Self {
        Self(value)
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Cut> {
        Ok(self.0.try_get_u8()? != 0)
    }

    pub(super) fn int8(&mut self) -> Result<i8, Cut> {
        Ok(self.0.try_get_i8()?)
    }

    pub(super) fn int16(&mut self) -> Result<i16, Cut> {
        Ok(self.0.try_get_i16()?)
    }

    pub(super) fn int32(&mut self) -> Result<i32, Cut> {
        Ok(self.0.try_get_i32()?)
    }

    pub(super) fn int64(&mut self) -> Result<i64, Cut> {
        Ok(self.0.try_get_i64()?)
    }

    pub(super) fn float64(&mut self) -> Result<f64, Cut> {
        Ok(self.0.try_get_f64()?)
    }

    pub(super) fn uuid(&mut self) -> Result<Uuid, Cut> {
        Ok(Uuid::from_u128(self.0.try_get_u128()?))
    }

    /// Seven bits in each byte, the lowest first; the eighth says that more follow.
    pub(super) fn varint(&mut self) -> Result<u32, Cut> {
        let mut value = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.0.try_get_u8()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Cut)
    }

    /// The length of an array or a text; none for null. It is written plus 1.
    pub(super) fn length(&mut self) -> Result<Option<u32>, Cut> {
        Ok(self.varint()?.checked_sub(1))
    }

    pub(super) fn text(&mut self) -> Result<String, Cut> {
        Ok(self.text_or_none()?.unwrap_or_default())
    }

    pub(super) fn text_or_none(&mut self) -> Result<Option<String>, Cut> {
        let Some(length) = self.length()? else { return Ok(None) };
        let text = self.take(length)?;
        Ok(Some(String::from_utf8_lossy(&text).into_owned()))
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, Cut> {
        let length = self.length()?.unwrap_or_default();
        Ok(self.take(length)?.to_vec())
    }

    /// Fields that may be left out, by their numbers.
    pub(super) fn tagged(&mut self) -> Result<BTreeMap<u32, Self>, Cut> {
        let mut tagged = BTreeMap::new();
        for _ in 0..self.varint()? {
            let (number, size) = (self.varint()?, self.varint()?);
            tagged.insert(number, Self(self.take(size)?));
        }
        Ok(tagged)
    }

    /// All that is left.
    pub(super) fn rest(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    fn take(&mut self, length: u32) -> Result<Bytes, Cut> {
        let length = length as usize;
        match self.0.remaining() < length {
            true => Err(Cut),
            false => Ok(self.0.split_to(length)),
        }
    }
}
