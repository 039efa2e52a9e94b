//! Correct histories, with whatever is legal in them, are never accused; each single thing that is wrong in one is
//! found by its name.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::checker::check;
use kafka_trial::checker::report::{Meaning, Report};
use kafka_trial::checker::verdict::Verdict;
use kafka_trial::history::load::Loader;
use proptest::prelude::*;

use crate::simulation;
use crate::simulation::broken::{self, Break};
use crate::simulation::parts::{parts, to_text};
use crate::simulation::plan::Plan;
use crate::simulation::world::World;
use crate::support::room;

/// How many correct histories are made; `TRIAL_HISTORIES` in the environment asks for more.
const HISTORIES: u64 = 10_000;

/// How many histories are broken in each way.
const BROKEN: usize = 20;

fn judge(world: &World, seed: u64) -> Report {
    let mut loader = Loader::default();
    for part in parts(&world.plan, &world.lines, seed) {
        let text = to_text(&part);
        loader.read(Path::new("simulated"), text.as_slice()).unwrap_or_else(|error| {
            panic!("seed {seed}: {error}\n{:?}", world.plan);
        });
    }
    check(&loader.finish())
}

/// What is found, for people.
fn found(report: &Report, meaning: Meaning) -> Vec<String> {
    let mut found = Vec::new();
    for check in &report.checks {
        for finding in check.findings.iter().filter(|finding| finding.standing == meaning) {
            let example = finding.examples.first().map_or("", |example| example.text.as_str());
            let reason = finding.reason.as_deref().unwrap_or_default();
            let (anomaly, count) = (check.anomaly, finding.count);
            found.push(format!("  {anomaly}, {count} times: {example}; {reason}\n"));
        }
    }
    found
}

/// Does something with each of these numbers, on every processor; the first few complaints.
fn for_each(numbers: u64, work: impl Fn(u64) -> Option<String> + Sync) -> Vec<String> {
    let _room = room::all();
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let complaints = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers {
                        return;
                    }
                    if let Some(complaint) = work(number) {
                        complaints.lock().expect("no panic").push(complaint);
                    }
                }
            });
        }
    });
    complaints.into_inner().expect("no panic")
}

#[test]
fn no_correct_history_is_accused() {
    let asked = std::env::var("TRIAL_HISTORIES").ok().and_then(|number| number.parse().ok());
    let passed = AtomicU64::new(0);
    let accused = for_each(asked.unwrap_or(HISTORIES), |seed| {
        let world = simulation::run(seed, Plan::random);
        let report = judge(&world, seed);
        passed.fetch_add(u64::from(report.verdict == Verdict::Passed), Ordering::Relaxed);
        let plan = &world.plan;
        if report.verdict == Verdict::Failed {
            let accusations = found(&report, Meaning::Violation).concat();
            return Some(format!("seed {seed} is accused:\n{accusations}{plan:?}"));
        }
        let mut doubts = found(&report, Meaning::Undecided);
        // A look at a group right after a commit may find that its offsets are not there yet.
        doubts.retain(|doubt| !doubt.contains("offset-regression"));
        let doubtful = plan.is_decidable() && !doubts.is_empty();
        doubtful.then(|| format!("seed {seed} is decidable:\n{}{plan:?}", doubts.concat()))
    });
    let some: Vec<_> = accused.iter().take(5).map(String::as_str).collect();
    assert!(accused.is_empty(), "{} histories, such as\n{}", accused.len(), some.join("\n"));
    let (passed, all) = (passed.into_inner(), asked.unwrap_or(HISTORIES));
    assert!(passed * 2 > all, "only {passed} of {all} passed");
}

/// Histories whose settings promise everything, broken in this way; seeds of those where nothing is found.
fn missed(it: &Break) -> Vec<String> {
    let mut missed = Vec::new();
    let (mut sites, mut seed) = (0, 0);
    while sites < BROKEN {
        assert!(seed < 40 * BROKEN as u64, "{}: in {sites} histories only", it.name);
        let mut world = simulation::run(seed, Plan::strict);
        if (it.apply)(&mut world) {
            sites += 1;
            let report = judge(&world, seed);
            let is_found =
                |anomaly: &Anomaly| report.of(*anomaly).is_some_and(|check| check.violations > 0);
            if !it.found_as.iter().any(is_found) {
                let instead = found(&report, Meaning::Violation).concat();
                missed
                    .push(format!("{}: seed {seed} is not {:?}\n{instead}", it.name, it.found_as));
            }
        }
        seed += 1;
    }
    missed
}

#[test]
fn each_single_break_is_found_by_its_name() {
    let breaks = broken::all();
    let missed = for_each(breaks.len() as u64, |number| {
        let missed = missed(&breaks[usize::try_from(number).expect("few")]);
        let count = missed.len();
        missed.into_iter().next().map(|first| format!("{count} of {BROKEN}: {first}"))
    });
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn there_is_a_break_for_each_anomaly() {
    let broken: BTreeSet<Anomaly> =
        broken::all().iter().flat_map(|it| it.found_as).copied().collect();
    let without: Vec<_> = Anomaly::ALL.iter().filter(|anomaly| !broken.contains(anomaly)).collect();
    // Kafka allows it whatever the settings.
    assert_eq!(without, [&Anomaly::DirtyWriteCycle]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_history_is_judged_or_refused(
        seed: u64,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut: prop::sample::Index,
    ) {
        let world = simulation::run(seed, Plan::random);
        let mut text = to_text(&parts(&world.plan, &world.lines, seed)[0]);
        for (at, byte) in damage {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text.truncate(cut.index(text.len()) + 1);
        let mut loader = Loader::default();
        if let Err(error) = loader.read(Path::new("damaged"), text.as_slice()) {
            prop_assert!(error.to_string().starts_with("damaged:"), "{}", error);
            return Ok(());
        }
        let report = check(&loader.finish());
        let panicked = report.checks.iter().filter_map(|check| check.reason.as_ref());
        let panicked: Vec<_> = panicked.filter(|reason| reason.contains("panicked")).collect();
        prop_assert!(panicked.is_empty(), "{:?}", panicked);
    }
}
