//! The schemas in `docs` are made from types, and what is recorded fits them.

use std::fs;

use kafka_trial::event::Stamped;
use kafka_trial::report::model::Report;
use schemars::{JsonSchema, schema_for};
use serde_json::Value;

use crate::support::golden::assert_golden;
use crate::support::recorded::cases;

const REPORT: &str = "docs/report.schema.json";
const EVENTS: &str = "docs/events.schema.json";

#[test]
fn the_schemas_are_those_of_the_types() {
    fn schema<T: JsonSchema>() -> String {
        serde_json::to_string_pretty(&schema_for!(T)).expect("JSON") + "\n"
    }
    assert_golden(REPORT, &schema::<Report>());
    assert_golden(EVENTS, &schema::<Stamped>());
}

#[test]
fn every_report_fits_the_schema() {
    let schema = fs::read_to_string(REPORT).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for case in cases() {
        let text = fs::read_to_string(case.join("report.json")).expect("a report");
        let mut report: Value = serde_json::from_str(&text).expect("JSON");
        let errors: Vec<_> = validator.iter_errors(&report).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.display());
        report["run"]["status"] = "perhaps".into();
        assert!(!validator.is_valid(&report), "a schema that accepts anything");
    }
}

#[test]
fn every_event_fits_the_schema() {
    let schema = fs::read_to_string(EVENTS).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for case in cases() {
        let events = fs::read_to_string(case.join("events.ndjson")).expect("events");
        for line in events.lines() {
            let mut event: Value = serde_json::from_str(line).expect("JSON");
            let errors: Vec<_> = validator.iter_errors(&event).map(|it| it.to_string()).collect();
            assert!(errors.is_empty(), "{}: {line}: {errors:?}", case.display());
            event["event"] = "perhaps".into();
            assert!(!validator.is_valid(&event), "a schema that accepts anything");
        }
    }
}
