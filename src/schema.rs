//! The schemas in `docs`, which are made from types: a test of each.

use schemars::{JsonSchema, schema_for};

/// The file has the schema of the type; `TRIAL_BLESS=1 cargo test --lib schema` writes it anew.
pub(crate) fn assert_written<T: JsonSchema>(file: &str) {
    let schema = serde_json::to_string_pretty(&schema_for!(T)).expect("JSON");
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("TRIAL_BLESS").is_some() {
        std::fs::write(&path, format!("{schema}\n")).expect("written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let help = format!("TRIAL_BLESS=1 cargo test --lib schema writes {file} anew");
    assert_eq!(written.trim_end(), schema, "{help}");
}
