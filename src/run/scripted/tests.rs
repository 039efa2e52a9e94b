use std::collections::BTreeSet;

use super::plan::{disturbing, plan, quiet, with_links, with_load};
use super::{Ran, Script, run};
use crate::event::status::Status::{self, Failed, Inconclusive, Passed, Skipped};
use crate::plan::Plan;
use crate::run::options::{KeepCluster, Options};
use crate::runtime::Capability;

/// One batch: two scenarios side by side, then two that disturb.
fn four() -> Plan {
    plan(vec![vec![quiet("q1"), quiet("q2"), disturbing("d1"), disturbing("d2")]])
}

impl Ran {
    fn statuses(&self) -> Vec<(&str, Status)> {
        self.endings.iter().map(|(name, status)| (name.as_str(), *status)).collect()
    }

    /// Which scenarios were performed, in order.
    fn performed(&self) -> Vec<&str> {
        self.done.iter().filter_map(|it| Some(it.split_once(" on ")?.0)).collect()
    }

    /// What was done, without the performing of scenarios.
    fn to_clusters(&self) -> Vec<&str> {
        self.done.iter().filter(|it| !it.contains(" on ")).map(String::as_str).collect()
    }
}

#[tokio::test]
async fn scenarios_that_disturb_come_last_and_get_a_healthy_cluster_without_old_topics() {
    let ran = run(Script::default(), &four(), Options::default(), 1).await;
    let expected = [
        "01-three-broker up",
        "q1 on 01-three-broker",
        "q2 on 01-three-broker",
        "topics cleared",
        "d1 on 01-three-broker",
        "healed",
        "topics cleared",
        "d2 on 01-three-broker",
        "01-three-broker stopped",
    ];
    assert_eq!(ran.done, expected);
    assert!(ran.endings.iter().all(|(_, status)| *status == Passed));
}

#[tokio::test]
async fn a_retry_is_for_scenarios_that_did_not_pass_and_the_last_attempt_counts() {
    let script = Script::default()
        .ends("q2", &[Failed, Passed])
        .ends("d1", &[Inconclusive, Failed, Failed])
        .ends("d2", &[Failed, Passed]);
    let ran = run(script, &four(), Options { retry: 2, ..Options::default() }, 1).await;
    assert_eq!(ran.performed(), ["q1", "q2", "q2", "d1", "d1", "d1", "d2", "d2"]);
    assert_eq!(ran.statuses(), [("q1", Passed), ("q2", Passed), ("d1", Failed), ("d2", Passed)]);
}

#[tokio::test]
async fn every_scenario_is_repeated_as_often_as_asked_for() {
    let script = Script::default().ends("d1", &[Passed, Failed, Passed]);
    let ran = run(script, &four(), Options { repeat: 3, ..Options::default() }, 1).await;
    let quiet = ["q1", "q2"].repeat(3);
    assert_eq!(ran.performed(), [quiet, ["d1", "d2"].repeat(3)].concat());
    assert_eq!(ran.statuses().iter().filter(|it| **it == ("d1", Failed)).count(), 1);
    assert_eq!(ran.endings.len(), 12);
}

#[tokio::test]
async fn after_the_first_failure_nothing_more_is_started_where_a_run_fails_fast() {
    let options = || Options { fail_fast: true, ..Options::default() };
    let ran = run(Script::default().ends("q1", &[Failed]), &four(), options(), 1).await;
    assert_eq!(ran.performed(), ["q1"]);
    let ran = run(Script::default().ends("d1", &[Inconclusive]), &four(), options(), 1).await;
    assert_eq!(ran.performed(), ["q1", "q2", "d1"]);
    let script = Script::default().ends("d1", &[Failed, Passed]);
    let ran = run(script, &four(), Options { retry: 1, ..options() }, 1).await;
    assert_eq!(ran.performed(), ["q1", "q2", "d1", "d1", "d2"], "the second attempt passed");
}

#[tokio::test]
async fn a_cluster_that_does_not_heal_is_replaced() {
    let script = Script { never_heals: ["01-three-broker"].into(), ..Script::default() };
    let ran = run(script, &four(), Options::default(), 1).await;
    let expected = [
        "01-three-broker up",
        "topics cleared",
        "not healed",
        "01-three-broker stopped",
        "01-three-broker-2 up",
        "topics cleared",
        "01-three-broker-2 stopped",
    ];
    assert_eq!(ran.to_clusters(), expected);
    assert!(ran.done.contains(&"d2 on 01-three-broker-2".to_owned()), "{:?}", ran.done);
}

#[tokio::test]
async fn a_cluster_with_changed_settings_is_replaced_although_nothing_has_disturbed_it() {
    let script = Script { leaves_changes: ["q2"].into(), ..Script::default() };
    let ran = run(script, &four(), Options::default(), 1).await;
    assert_eq!(
        ran.to_clusters()[..3],
        ["01-three-broker up", "01-three-broker stopped", "01-three-broker-2 up"]
    );
    assert_eq!(ran.most_up, 1);
}

#[tokio::test]
async fn a_scenario_without_a_replacement_is_inconclusive_and_the_next_one_tries_again() {
    let scenarios = ["d1", "d2", "d3"].map(disturbing).into();
    let script = Script {
        never_heals: ["01-three-broker"].into(),
        never_up: ["01-three-broker-2"].into(),
        ..Script::default()
    };
    let ran = run(script, &plan(vec![scenarios]), Options::default(), 1).await;
    assert_eq!(ran.statuses(), [("d1", Passed), ("d2", Inconclusive), ("d3", Passed)]);
    assert_eq!(ran.reasons[1].as_deref(), Some("a node ended"));
    assert!(ran.done.contains(&"d3 on 01-three-broker-3".to_owned()), "{:?}", ran.done);
}

#[tokio::test]
async fn without_a_first_cluster_the_batch_is_inconclusive_and_the_next_one_is_performed() {
    let plan = plan(vec![vec![quiet("a"), disturbing("b")], vec![quiet("c")]]);
    let script = Script { never_up: ["01-three-broker"].into(), ..Script::default() };
    let ran = run(script, &plan, Options::default(), 1).await;
    assert_eq!(ran.statuses(), [("a", Inconclusive), ("b", Inconclusive), ("c", Passed)]);
}

#[tokio::test]
async fn what_a_cluster_lacks_skips_a_scenario_once_with_the_reason() {
    let plan = plan(vec![vec![disturbing("d1"), with_links("linked")]]);
    let script = Script { lacking: Some(Capability::Links), ..Script::default() };
    let ran = run(script, &plan, Options { repeat: 2, retry: 1, ..Options::default() }, 1).await;
    assert_eq!(ran.statuses(), [("d1", Passed), ("linked", Skipped), ("d1", Passed)]);
    assert_eq!(ran.reasons[1].as_deref(), Some("it is not there"));
}

#[tokio::test]
async fn a_cluster_is_kept_when_that_is_asked_for_and_so_are_its_topics() {
    let kept = async |keep_cluster, d2| {
        let script = Script::default().ends("d2", &[d2]);
        let ran = run(script, &four(), Options { keep_cluster, ..Options::default() }, 1).await;
        let topics = ran.done.iter().filter(|it| *it == "topics cleared").count();
        (ran.kept.len(), topics)
    };
    assert_eq!(kept(KeepCluster::Never, Failed).await, (0, 2));
    assert_eq!(kept(KeepCluster::Failed, Passed).await, (0, 0));
    assert_eq!(kept(KeepCluster::Failed, Failed).await, (1, 0));
    assert_eq!(kept(KeepCluster::Always, Passed).await, (1, 0));
}

#[tokio::test]
async fn scenarios_spread_over_so_many_clusters_and_each_is_performed_once() {
    const BATCHES: usize = 4;
    let names = |batch| (0..8).map(move |at| format!("{batch}-{at}"));
    let batch = |batch| names(batch).map(|name| disturbing(&name)).collect();
    let plan = plan((0..BATCHES).map(batch).collect());
    for clusters in [1, 2, 4, 8, 16] {
        let ran = run(Script::default(), &plan, Options::default(), clusters).await;
        assert_eq!(ran.most_up, clusters);
        let mut performed: Vec<_> = ran.performed().into_iter().map(str::to_owned).collect();
        performed.sort();
        assert_eq!(performed, (0..BATCHES).flat_map(names).collect::<Vec<_>>());
        let count = |of: &str| ran.done.iter().filter(|it| it.ends_with(of)).count();
        assert_eq!(count(" up"), count(" stopped"), "on {clusters}");
        assert!(count(" up") <= clusters.max(BATCHES), "{} starts on {clusters}", count(" up"));
        // A cluster serves scenarios of its own batch only.
        for line in ran.done.iter().filter_map(|it| it.split_once(" on ")) {
            let batch: usize = line.0[..1].parse().expect("a number");
            assert!(line.1.starts_with(&format!("{:02}-", batch + 1)), "{line:?}");
        }
    }
}

#[tokio::test]
async fn scenarios_that_measure_come_last_and_run_alone() {
    let batch = |of: &str| {
        let others = (0..4).map(|at| disturbing(&format!("{of}{at}")));
        std::iter::once(with_load(&format!("load of {of}"))).chain(others).collect()
    };
    let plan = plan(vec![batch("a"), batch("b")]);
    let ran = run(Script::default(), &plan, Options::default(), 2).await;
    assert_eq!(ran.most_up, 2);
    assert_eq!(ran.performed()[8..], ["load of a", "load of b"]);
    let first = ran.done.iter().position(|it| it.starts_with("load")).expect("performed");
    let mut up = BTreeSet::new();
    for line in &ran.done[..=first] {
        if let Some(name) = line.strip_suffix(" up") {
            up.insert(name);
        } else if let Some(name) = line.strip_suffix(" stopped") {
            up.remove(name);
        }
    }
    assert_eq!(up.len(), 1, "one cluster is up: {:?}", ran.done);
}

#[tokio::test]
async fn a_failure_on_one_cluster_ends_the_work_on_the_others_where_a_run_fails_fast() {
    let batch = |of: &str| (0..6).map(|at| disturbing(&format!("{of}{at}"))).collect();
    let plan = plan(vec![batch("a"), batch("b")]);
    let script = Script::default().ends("a0", &[Failed]);
    let options = Options { fail_fast: true, ..Options::default() };
    let ran = run(script, &plan, options, 2).await;
    assert_eq!(ran.performed().len(), 2, "{:?}", ran.done);
    assert_eq!(ran.done.iter().filter(|it| it.ends_with(" stopped")).count(), 2);
}
