//! Compares settings expected with settings in force.

use crate::scenario::failure::StepFailure;

/// Compares each expected setting of `whose` with what `found` says; none is a setting that is not set.
///
/// # Errors
/// Every setting that differs, with both values.
pub fn compare(
    whose: &str,
    expected: &[(String, String)],
    found: impl Fn(&str) -> Option<String>,
) -> Result<(), StepFailure> {
    if expected.is_empty() {
        return Err(StepFailure::inconclusive("no setting was expected, so none was compared"));
    }
    let differences = expected.iter().filter_map(|(name, value)| match found(name) {
        Some(found) if found == *value => None,
        Some(found) => Some(format!("\n  {name}: expected {value:?}, found {found:?}")),
        None => Some(format!("\n  {name}: expected {value:?}, found no such setting")),
    });
    let differences: String = differences.collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(StepFailure::expectation(format!("{whose} has other settings in force:{differences}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_that_differs_is_told() {
        let expected =
            [("a".into(), "1".into()), ("b".into(), "2".into()), ("c".into(), "3".into())];
        let failure = compare("broker 1", &expected, |name| match name {
            "a" => Some("1".into()),
            "b" => Some("3".into()),
            _ => None,
        });
        assert_eq!(
            failure.unwrap_err().message,
            "broker 1 has other settings in force:\n  b: expected \"2\", found \"3\"\n  c: expected \
             \"3\", found no such setting"
        );
    }
}
