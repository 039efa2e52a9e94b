//! Whatever bytes a history consists of, it is judged or refused. `cargo fuzz run history` from the
//! project's folder; `fuzz/corpus/history` is where it starts from.

#![no_main]

use std::path::Path;

use kafka_trial::checker::check;
use kafka_trial::history::load::Loader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut loader = Loader::default();
    if loader.read(Path::new("fuzzed"), bytes).is_ok() {
        let report = check(&loader.finish());
        // A panic inside of a check is caught there; here it must be seen.
        for check in &report.checks {
            let reason = check.reason.as_deref().unwrap_or_default();
            assert!(!reason.contains("panicked"), "{reason}");
        }
    }
});
