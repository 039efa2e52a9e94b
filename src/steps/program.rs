//! Client programs in any language. A program finds the cluster in its environment: TRIAL_BOOTSTRAP_SERVERS,
//! and TRIAL_TOPIC_<NAME> and TRIAL_GROUP_<NAME> for every topic and group that the scenario has named: the
//! name in capitals, with _ for all but letters and digits. A Python program that has a requirements.txt
//! beside it runs in a virtual environment with those packages.

use std::time::Duration;

use cucumber::{given, then, when};

use super::parameter::{Count, GroupName, Period, TopicName};
use super::world::World;
use crate::client::external::{self, Program, ProgramError};
use crate::client::python::{self, PythonError};
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

const INTERVAL: Duration = Duration::from_millis(50);

/// Runs a client program and expects it to end with exit code 0 before the time is over. It finds the cluster
/// in its environment: TRIAL_BOOTSTRAP_SERVERS, and TRIAL_TOPIC_<NAME> and TRIAL_GROUP_<NAME> for every topic
/// and group that the scenario has named so far. A Python program that has a requirements.txt beside it runs
/// in a virtual environment with those packages; making it does not count.
///
/// ```gherkin
/// When the client program "python3 fixtures/clients/producer.py" runs to its end within 30 seconds
/// ```
#[given(expr = "the client program {string} runs to its end within {duration}")]
#[when(expr = "the client program {string} runs to its end within {duration}")]
async fn runs(world: &mut World, line: String, limit: Period) -> Result<(), StepFailure> {
    run(world, line, limit, 0).await
}

/// Runs a client program as `the client program "…" runs to its end within 30 seconds` does, with one more
/// topic and group in its environment.
///
/// ```gherkin
/// When the client program "python3 fixtures/clients/consumer.py" runs to its end within 30 seconds with topic "greetings" and group "mygrp"
/// ```
#[given(
    expr = "the client program {string} runs to its end within {duration} with topic {string} and group {string}"
)]
#[when(
    expr = "the client program {string} runs to its end within {duration} with topic {string} and group {string}"
)]
async fn runs_with_group(
    world: &mut World,
    line: String,
    limit: Period,
    topic: TopicName,
    group: GroupName,
) -> Result<(), StepFailure> {
    let names = world.names()?;
    names.topic(&topic);
    names.group(&group);
    run(world, line, limit, 0).await
}

/// Starts a client program with one more topic and group in its environment, and leaves it running. It is
/// killed at the end of the scenario.
///
/// ```gherkin
/// Given the client program "python3 fixtures/clients/consumer.py" is running with topic "greetings" and group "mygrp"
/// ```
/// ```gherkin
/// When the client program "python3 fixtures/clients/consumer.py" starts with topic "greetings" and group "mygrp"
/// ```
#[given(expr = "the client program {string} is running with topic {string} and group {string}")]
#[when(expr = "the client program {string} starts with topic {string} and group {string}")]
async fn starts(
    world: &mut World,
    line: String,
    topic: TopicName,
    group: GroupName,
) -> Result<(), StepFailure> {
    let names = world.names()?;
    names.topic(&topic);
    names.group(&group);
    start(world, line).await
}

/// Expects a client program that was started to end with exit code 0 before the time is over.
///
/// ```gherkin
/// Then within 30 seconds the client program "python3 fixtures/clients/consumer.py" ends
/// ```
#[when(expr = "within {duration} the client program {string} ends")]
#[then(expr = "within {duration} the client program {string} ends")]
async fn ends(world: &mut World, limit: Period, line: String) -> Result<(), StepFailure> {
    end(world, &line, limit, 0).await
}

/// Runs a client program and expects it to end with this exit code before the time is over.
///
/// ```gherkin
/// Then the client program "sh -c 'exit 3'" ends with exit code 3 within 10 seconds
/// ```
#[then(expr = "the client program {string} ends with exit code {count} within {duration}")]
async fn fails(
    world: &mut World,
    line: String,
    code: Count,
    limit: Period,
) -> Result<(), StepFailure> {
    run(world, line, limit, code.as_i32()).await
}

/// Whether a program can end so.
pub(crate) fn check_fails(_: &str, code: &Count, _: &Period) -> Result<(), String> {
    match code.0 {
        0..=255 => Ok(()),
        _ => Err("an exit code is at most 255".into()),
    }
}

/// Expects a client program that was started to print this line, whole, before the time is over.
///
/// ```gherkin
/// Then within 30 seconds the client program "python3 fixtures/clients/consumer.py" prints the line "greeting 10"
/// ```
#[given(expr = "within {duration} the client program {string} prints the line {string}")]
#[when(expr = "within {duration} the client program {string} prints the line {string}")]
#[then(expr = "within {duration} the client program {string} prints the line {string}")]
async fn prints(
    world: &mut World,
    limit: Period,
    line: String,
    expected: String,
) -> Result<(), StepFailure> {
    let world = &*world;
    until(limit.0, INTERVAL, async || {
        let lines = printed(world, &line)?;
        Ok::<_, StepFailure>(match lines.contains(&expected) {
            true => Seen::Ready(()),
            false => Seen::NotYet(format!(
                "{line:?} did not print the line {expected:?}; it printed:\n{}",
                excerpt(&lines)
            )),
        })
    })
    .await?;
    Ok(())
}

/// Expects this many lines that begin with this text among those that a client program has printed.
///
/// ```gherkin
/// Then the client program "python3 fixtures/clients/producer.py" has printed 10 lines that begin with "delivered"
/// ```
#[then(
    expr = "the client program {string} has printed {count} line(s) that begin(s) with {string}"
)]
async fn has_printed(
    world: &mut World,
    line: String,
    count: Count,
    start: String,
) -> Result<(), StepFailure> {
    let lines = printed(world, &line)?;
    let found = lines.iter().filter(|line| line.starts_with(&start)).count();
    if found == count.as_usize() {
        return Ok(());
    }
    let expected = count.0;
    Err(StepFailure::expectation(format!(
        "expected {expected} lines that begin with {start:?}, found {found}; {line:?} printed:\n{}",
        excerpt(&lines)
    )))
}

async fn run(world: &mut World, line: String, limit: Period, code: i32) -> Result<(), StepFailure> {
    start(world, line.clone()).await?;
    end(world, &line, limit, code).await
}

async fn start(world: &mut World, line: String) -> Result<(), StepFailure> {
    let surroundings = world.environment()?;
    let words = external::words(&line)?;
    let words = python::prepare(words, &surroundings.cache, &surroundings.events).await?;
    let names = &surroundings.names;
    let access = world.access()?;
    let variables = external::environment(access, &names.topics(), &names.groups());
    let program = Program::start(&words, &variables, &surroundings.folder)?;
    world.add_program(line, program);
    Ok(())
}

async fn end(world: &mut World, line: &str, limit: Period, code: i32) -> Result<(), StepFailure> {
    let mut program = world.take_program(line)?;
    let ended = program.end(limit.0).await;
    let (stdout, stderr) = (program.stdout(), program.stderr());
    world.add_program(line.to_owned(), program);
    let output = world.shown(excerpt(&[stdout, stderr].concat()));
    match ended {
        Ok(status) if status.code() == Some(code) => {
            world.note(format!("{line:?} printed:\n{output}"))
        }
        Ok(status) => Err(StepFailure::expectation(format!(
            "expected exit code {code}; {line:?} ended with {status} and printed:\n{output}"
        ))),
        Err(error @ ProgramError::TimedOut(_)) => {
            Err(StepFailure::expectation(format!("{error}; {line:?} printed:\n{output}")))
        }
        Err(error) => Err(error.into()),
    }
}

fn printed(world: &World, line: &str) -> Result<Vec<String>, StepFailure> {
    let lines = world.program(line)?.stdout();
    Ok(lines.into_iter().map(|line| world.shown(line)).collect())
}

/// The last lines of an output, for a message.
fn excerpt(lines: &[String]) -> String {
    const LINES: usize = 20;
    if lines.is_empty() {
        return "nothing".into();
    }
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

impl From<ProgramError> for StepFailure {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Command(_) | ProgramError::NotFound(_) => Self::usage(error.to_string()),
            ProgramError::Io { .. } => Self::environment(error.to_string()),
            ProgramError::TimedOut(_) => Self::expectation(error.to_string()),
        }
    }
}

impl From<PythonError> for StepFailure {
    fn from(error: PythonError) -> Self {
        Self::environment(error.to_string())
    }
}
