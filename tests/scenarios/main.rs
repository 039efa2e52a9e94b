//! The shipped features against real clusters, as a test target of their own:
//! `cargo test --test scenarios`.
//!
//! Each scenario is a test whose name is its place, `topics/create.feature:12`. Without arguments all run
//! as in `trial run`; `--list` and `NAME --exact` are answered as libtest does, so that cargo-nextest works
//! too; any other word selects the tests whose names contain it. Each scenario runs once, on the runtime and the
//! version of Kafka that `matrix.rs` gives it.

mod matrix;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kafka_trial::cli::block_on;
use kafka_trial::error::UserError;
use kafka_trial::event::runtime_kind::RuntimeKind;
use kafka_trial::event::scenario::ScenarioId;
use kafka_trial::event::status::Status;
use kafka_trial::exit_code::ExitCode as Code;
use kafka_trial::plan::Plan;
use kafka_trial::plan::clusters::ClusterFlags;
use kafka_trial::plan::select::Selection;
use kafka_trial::run::at_once::AtOnce;
use kafka_trial::run::execute::execute;
use kafka_trial::run::options::Options;
use kafka_trial::runtime::registry;

use crate::matrix::Part;

const FEATURES: &str = "features";

fn main() -> ExitCode {
    // Client processes and the run's guard are this program, started again.
    if std::env::args().nth(1).is_some_and(|it| ["client", "guard"].contains(&it.as_str())) {
        return kafka_trial::cli::main(std::env::args_os()).into();
    }
    let arguments = Arguments::read(std::env::args().skip(1));
    match run(&arguments) {
        Ok(code) => code.into(),
        Err(error) => kafka_trial::cli::terminal::fail(&error).into(),
    }
}

fn run(arguments: &Arguments) -> Result<Code, UserError> {
    // Nothing is ignored, so a runner that asks for just the ignored ones gets none.
    let all = if arguments.ignored { Vec::new() } else { names(&plan(vec![FEATURES.into()])?) };
    let chosen: Vec<_> = all.into_iter().filter(|(name, _)| arguments.chooses(name)).collect();
    if arguments.list {
        chosen.iter().for_each(|(name, _)| println!("{name}: test"));
        return Ok(Code::Passed);
    }
    if chosen.is_empty() {
        println!("test result: ok. 0 passed; 0 failed; 0 ignored");
        return Ok(Code::Passed);
    }
    let paths: BTreeMap<_, _> = chosen
        .iter()
        .map(|(name, id)| (name, format!("{}:{}", id.file.display(), id.line)))
        .collect();
    let (mut passed, mut skipped, mut code) = (0, 0, Code::Passed);
    for part in block_on(parts(&chosen))? {
        let options =
            part_options(&part, part.names.iter().map(|name| paths[name].clone()).collect());
        let plan = Plan::make(&options.selection, &options.clusters)?;
        let outcome = block_on(execute(&plan, &options, None))?;
        let number = |of| outcome.endings.iter().filter(|ending| ending.status == of).count();
        passed += number(Status::Passed);
        skipped += number(Status::Skipped);
        if code == Code::Passed {
            code = outcome.code;
        }
    }
    let word = if code == Code::Passed { "ok" } else { "FAILED" };
    let failed = chosen.len() - passed - skipped;
    println!("test result: {word}. {passed} passed; {failed} failed; {skipped} ignored");
    Ok(code)
}

/// The parts of the matrix that the chosen scenarios run in.
async fn parts(chosen: &[(String, ScenarioId)]) -> Result<Vec<Part>, UserError> {
    let (provider, because) = registry::find(None).await?;
    let has_engine = provider.kind() == RuntimeKind::Docker;
    if !has_engine {
        println!("all features run in the local runtime: {because}");
    }
    matrix::parts(chosen.iter().map(|(name, _)| name.clone()).collect(), has_engine)
}

fn part_options(part: &Part, paths: Vec<String>) -> Options {
    let options = options(paths);
    let kafka = part.kafka.map(str::to_owned);
    println!("\n{} shipped scenarios: {part}", part.names.len());
    Options {
        runtime: Some(part.runtime),
        clusters: ClusterFlags { kafka, ..options.clusters },
        out: options.out.map(|out| out.join(part.to_string())),
        // The local runtime skips what it cannot do, and says why. An engine can do it all.
        allow_skips: part.runtime == RuntimeKind::Local,
        ..options
    }
}

fn plan(paths: Vec<String>) -> Result<Plan, UserError> {
    let options = options(paths);
    Plan::make(&options.selection, &options.clusters)
}

fn options(paths: Vec<String>) -> Options {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenarios");
    Options {
        selection: Selection { paths, ..Selection::default() },
        at_once: AtOnce::Auto,
        out: Some(out.join(std::process::id().to_string())),
        ..Options::default()
    }
}

/// Every scenario by the name of its test.
fn names(plan: &Plan) -> Vec<(String, ScenarioId)> {
    let planned = plan.batches.iter().flat_map(|batch| &batch.scenarios);
    let mut names: Vec<_> =
        planned.map(|planned| (name(&planned.id), planned.id.clone())).collect();
    names.sort();
    names
}

fn name(id: &ScenarioId) -> String {
    let below: PathBuf = id.file.components().skip(1).collect();
    format!("{}:{}", below.display(), id.line)
}

/// The arguments of libtest that runners of tests give.
#[derive(Debug, Default)]
struct Arguments {
    list: bool,
    exact: bool,
    ignored: bool,
    words: Vec<String>,
}

impl Arguments {
    fn read(arguments: impl Iterator<Item = String>) -> Self {
        let mut read = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => read.list = true,
                "--exact" => read.exact = true,
                "--ignored" => read.ignored = true,
                // Flags that take a value, which is no word to select by.
                "--format" | "--test-threads" | "--color" | "--skip" | "--logfile" | "-Z" => {
                    arguments.next();
                }
                flag if flag.starts_with('-') => {}
                word => read.words.push(word.to_owned()),
            }
        }
        read
    }

    fn chooses(&self, name: &str) -> bool {
        self.words.is_empty()
            || self.words.iter().any(|word| match self.exact {
                true => name == word,
                false => name.contains(word),
            })
    }
}
