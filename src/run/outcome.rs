//! What a run comes to: how its scenarios ended, and the exit code.

use crate::event::failure::FailureKind;
use crate::event::status::Status;
use crate::exit_code::ExitCode;
use crate::report::compare::Finding;
use crate::run::ending::Ending;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Every scenario that was performed or given up, in the order of their ends.
    pub endings: Vec<Ending>,
    /// What they come to.
    pub code: ExitCode,
}

impl Outcome {
    /// What endings come to. `finding` is that of the comparison with an earlier run; a part of a run may have nothing
    /// to do, so `selected` may be 0.
    pub fn of(
        endings: Vec<Ending>,
        finding: Option<Finding>,
        selected: usize,
        allow_skips: bool,
    ) -> Self {
        let code = match exit_code(&endings, allow_skips) {
            ExitCode::Passed if finding == Some(Finding::Regression) => ExitCode::Failed,
            ExitCode::Passed if finding == Some(Finding::NothingInCommon) && selected > 0 => {
                ExitCode::Inconclusive
            }
            code => code,
        };
        Self { endings, code }
    }
}

/// Failed is worse than an unable environment, which is worse than inconclusive: the first is about the
/// product, and known.
fn exit_code(endings: &[Ending], allow_skips: bool) -> ExitCode {
    let is = |status| endings.iter().any(|ending| ending.status == status);
    let environment = |ending: &Ending| {
        let kind = ending.failure.as_ref().map(|failure| failure.kind);
        ending.status == Status::Inconclusive && kind == Some(FailureKind::Environment)
    };
    let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    if is(Status::Failed) {
        ExitCode::Failed
    } else if endings.iter().any(environment) {
        ExitCode::Environment
    } else if is(Status::Inconclusive) || (is(Status::Skipped) && in_ci && !allow_skips) {
        ExitCode::Inconclusive
    } else {
        ExitCode::Passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::scenario::ScenarioId;
    use crate::scenario::failure::StepFailure;

    fn ending(status: Status, failure: Option<StepFailure>) -> Ending {
        let id = ScenarioId { file: "a.feature".into(), line: 1, name: "a".into() };
        Ending { id, status, failure }
    }

    #[test]
    fn a_failure_is_worse_than_an_unable_environment() {
        let failed = ending(Status::Failed, Some(StepFailure::expectation("lost")));
        let unable = ending(Status::Inconclusive, Some(StepFailure::environment("no Java")));
        let unknown = ending(Status::Inconclusive, Some(StepFailure::inconclusive("nothing")));
        let passed = ending(Status::Passed, None);
        let code = |endings: &[&Ending]| {
            exit_code(&endings.iter().map(|it| (*it).clone()).collect::<Vec<_>>(), true)
        };
        assert_eq!(code(&[&passed, &failed, &unable]), ExitCode::Failed);
        assert_eq!(code(&[&passed, &unknown, &unable]), ExitCode::Environment);
        assert_eq!(code(&[&passed, &unknown]), ExitCode::Inconclusive);
        assert_eq!(code(&[&passed]), ExitCode::Passed);
    }
}
