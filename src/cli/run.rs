//! `trial run`: run features against a cluster.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use cucumber::gherkin::tagexpr::TagOperation;
use regex::Regex;

use super::compare::ToleranceArgs;
use super::runtime::RuntimeArgument;
use super::terminal;
use crate::distribution::Cache;
use crate::error::UserError;
use crate::event::shard::Shard;
use crate::exit_code::ExitCode;
use crate::plan::Plan;
use crate::plan::clusters::ClusterFlags;
use crate::plan::select::Selection;
use crate::report::{Baseline, json};
use crate::run::at_once::AtOnce;
use crate::run::execute::execute;
use crate::run::options::{KeepCluster, Options};
use crate::run::shard;

/// Where features are when no path is given.
pub const DEFAULT_PATH: &str = "features/";

/// Run features against a real Kafka cluster.
///
/// Every step is matched before anything starts; then each cluster that the scenarios name is started,
/// shared by those that do not disturb it, and stopped.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trial run
  trial run features/topics/create.feature:12
  trial run --tags '@smoke and not @slow' --runtime local
  trial run --kafka 0.11.0.3 --fail-fast
  trial run --clusters auto
  trial run --repeat 10 --baseline results/good
  trial run --shard 1/4 --out results/1")]
pub struct RunArgs {
    /// Feature files, FILE:LINE for the scenario on that line, or folders that are searched
    #[arg(value_name = "PATH|FILE:LINE", default_value = DEFAULT_PATH)]
    paths: Vec<String>,
    /// Where clusters run; auto takes docker where an engine answers, else local
    #[arg(long, value_enum, default_value_t)]
    runtime: RuntimeArgument,
    /// Cluster fixture of the scenarios that say just "a running Kafka cluster"
    #[arg(long, value_name = "FILE.yaml")]
    cluster: Option<PathBuf>,
    /// Version of Kafka where the sentence names none
    #[arg(long, value_name = "VERSION")]
    kafka: Option<String>,
    /// Only scenarios whose tags fit, such as '@smoke and not @slow'
    #[arg(long, value_name = "EXPR", value_parser = tags)]
    tags: Option<TagOperation>,
    /// Only scenarios in whose name the pattern is found
    #[arg(long, value_name = "REGEX")]
    name: Option<Regex>,
    /// Clusters that are used at the same time; auto takes one for each core, as far as memory allows
    #[arg(long, value_name = "N|auto", default_value_t)]
    clusters: AtOnce,
    /// Scenarios that run side by side on a cluster, at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: Option<u16>,
    /// Start no scenario after the first that fails
    #[arg(long)]
    fail_fast: bool,
    /// Perform each scenario so often, to see how often it passes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    /// Attempt a scenario that does not pass so often again; one that passes then is marked flaky
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100))]
    retry: u32,
    /// Run only one of several parts; durations in --baseline make them equally long
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Compare with an earlier run; exit code 1 if something has become worse
    #[arg(long, value_name = "REPORT")]
    baseline: Option<PathBuf>,
    /// How much worse is allowed.
    #[command(flatten)]
    tolerance: ToleranceArgs,
    /// Seed of everything random; every run prints its own
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Folder of the results [default: results/<run id>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// When to leave a cluster running for a look
    #[arg(long, value_enum, default_value_t)]
    keep_cluster: KeepCluster,
    /// Let a run pass in which scenarios were skipped, even where CI=true
    #[arg(long)]
    allow_skips: bool,
    /// Print only failures and the result
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Print every step; twice, also what trial does underneath
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}

/// Plans the run and executes it.
///
/// # Errors
/// Mistakes in the files, a selection that selects nothing, a machine that cannot do it.
pub fn main(arguments: RunArgs) -> Result<ExitCode, UserError> {
    let baseline = arguments.baseline.as_deref().map(json::read).transpose()?;
    let tolerance = arguments.tolerance;
    let options = Options::from(arguments);
    let mut plan = Plan::make(&options.selection, &options.clusters)?;
    check_selected(&plan, &options.selection)?;
    if let Some(shard) = options.shard {
        shard::keep(shard, &mut plan, baseline.as_ref());
    }
    let is_idle = tolerance.is_given() && baseline.is_none();
    let idle_tolerance = is_idle
        .then_some("--tolerance and --tolerance-time change nothing: there is no --baseline");
    let idle = idle(&plan, &options, idle_tolerance);
    for idle in plan.idle_flags.iter().cloned().chain(idle) {
        terminal::note(&idle);
    }
    let report = baseline.map(Box::new);
    let baseline = report.map(|report| Baseline { report, tolerance: tolerance.into() });
    Ok(super::block_on(execute(&plan, &options, baseline))?.code)
}

/// Options that change nothing in this run, each with why.
fn idle(plan: &Plan, options: &Options, idle_tolerance: Option<&str>) -> Vec<String> {
    let mut idle = Vec::new();
    if let Some(shard) = options.shard.filter(|_| plan.selected == 0) {
        idle.push(format!(
            "--shard {shard} leaves no scenario: there are fewer than {}",
            shard.of()
        ));
    }
    if options.shard.is_some_and(|shard| shard.of() == 1) {
        idle.push("--shard 1/1 changes nothing: it is the whole run".to_owned());
    }
    idle.extend(idle_tolerance.map(str::to_owned));
    if options.allow_skips && !std::env::var("CI").is_ok_and(|ci| ci == "true") {
        let why = "--allow-skips changes nothing: without CI=true, skips let a run pass";
        idle.push(why.to_owned());
    }
    if options.fail_fast && plan.selected == 1 && options.repeat == 1 {
        idle.push("--fail-fast changes nothing: there is one scenario".to_owned());
    }
    idle
}

impl From<RunArgs> for Options {
    fn from(arguments: RunArgs) -> Self {
        let RunArgs { paths, tags, name, .. } = arguments;
        Self {
            selection: Selection { paths, tags, name },
            clusters: ClusterFlags {
                default: arguments.cluster,
                kafka: arguments.kafka,
                cache: Cache::of_user().ok(),
                ..ClusterFlags::default()
            },
            runtime: arguments.runtime.0,
            at_once: arguments.clusters,
            concurrency: arguments.concurrency.map(usize::from),
            fail_fast: arguments.fail_fast,
            repeat: arguments.repeat,
            retry: arguments.retry,
            shard: arguments.shard,
            seed: arguments.seed,
            out: arguments.out,
            keep_cluster: arguments.keep_cluster,
            allow_skips: arguments.allow_skips,
            verbosity: i16::from(arguments.verbose) - i16::from(arguments.quiet),
        }
    }
}

/// Refuses paths, tags and names that fit no scenario, and a line given on which there is none.
///
/// # Errors
/// Nothing selected: exit code 4.
pub fn check_selected(plan: &Plan, selection: &Selection) -> Result<(), UserError> {
    if !plan.idle_lines.is_empty() {
        return Err(UserError::new(
            ExitCode::NothingSelected,
            format!("there is no scenario on {}", plan.idle_lines.join(", ")),
            "give a line of the scenario, of its tags, or of its row of examples",
        ));
    }
    if plan.selected > 0 {
        return Ok(());
    }
    let paths = selection.paths.join(", ");
    let (what, help) = match (&selection.tags, &selection.name) {
        (Some(_), Some(_)) => (
            format!("no scenario in {paths} fits --tags and --name"),
            "check them, or leave one out",
        ),
        (Some(_), None) => {
            (format!("no scenario in {paths} fits --tags"), "check it, or leave it out")
        }
        (None, Some(_)) => {
            (format!("no scenario in {paths} fits --name"), "check it, or leave it out")
        }
        (None, None) => (
            format!("there is no scenario in {paths}"),
            "name files that end with .feature, or folders",
        ),
    };
    Err(UserError::new(ExitCode::NothingSelected, what, help))
}

fn tags(text: &str) -> Result<TagOperation, String> {
    text.parse().map_err(|_| "write it like '@smoke and not (@slow or @old)'".into())
}
