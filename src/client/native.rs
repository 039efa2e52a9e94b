//! The few functions of librdkafka that the rdkafka crate does not wrap.

use std::ffi::{CStr, c_char};

use rdkafka::bindings;
use rdkafka::types::RDKafkaRespErr;

/// Every code for which librdkafka has an error: its own are negative, the protocol's are not.
pub fn error_codes() -> impl Iterator<Item = i32> {
    (-200..200).filter(|code| RDKafkaRespErr::try_from(*code).is_ok())
}

/// librdkafka's name of an error; its own begin with an underscore.
pub fn error_name(code: i32) -> String {
    RDKafkaRespErr::try_from(code).map_or_else(
        |_| format!("ERROR_{code}"),
        // SAFETY: takes any code, returns a static string.
        |error| unsafe { text(bindings::rd_kafka_err2name(error)) },
    )
}

/// librdkafka's sentence for an error.
pub fn error_text(code: i32) -> String {
    RDKafkaRespErr::try_from(code).map_or_else(
        |_| format!("error {code}"),
        // SAFETY: takes any code, returns a static string.
        |error| unsafe { text(bindings::rd_kafka_err2str(error)) },
    )
}

/// Copies a C string.
///
/// # Safety
/// `pointer` is a string that ends with a zero byte.
unsafe fn text(pointer: *const c_char) -> String {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
