//! Clusters that do not come up, in a runtime in memory.

use std::sync::Arc;

use super::place::Place;
use super::spec::{self, ClusterSpec};
use super::{Cluster, ClusterError};
use crate::distribution::{Distribution, Product, find};
use crate::event::id::{BrokerId, NodeId};
use crate::event::stream::Events;
use crate::runtime::fake::{FakeRuntime, STARTED};

const NODE: NodeId = NodeId::Broker(BrokerId(2));

/// Starts the default cluster, which must fail, and leave no node behind.
async fn fails_to_start(runtime: FakeRuntime, logs: &std::path::Path) -> ClusterError {
    let spec = ClusterSpec::named(spec::DEFAULT, spec::FOLDER.as_ref()).expect("a fixture");
    let release = find(Product::Kafka, "2.5.0").expect("a release");
    let jars = Distribution::new(release, "/jars".into(), Vec::new());
    let runtime = Arc::new(runtime);
    let nodes = spec.topology().nodes().map(|(node, _)| node).collect();
    let place = Arc::new(Place::new(Arc::clone(&runtime) as _, nodes, logs.to_owned()));
    let (events, _unread) = Events::channel();
    let started = Cluster::start(spec, place, false, &jars, &jars, &events).await;
    assert!(runtime.nodes().is_empty(), "{runtime:?}");
    started.expect_err("it cannot come up")
}

#[tokio::test]
async fn a_node_that_cannot_be_started_leaves_nothing_of_the_others() {
    let logs = tempfile::tempdir().expect("a folder");
    let runtime = FakeRuntime::that_cannot_start(NODE);
    let error = fails_to_start(runtime, logs.path()).await;
    assert!(matches!(error, ClusterError::Runtime(_)), "{error}");
}

#[tokio::test]
async fn a_node_that_ends_while_the_cluster_starts_ends_the_wait_and_its_log_is_kept() {
    let logs = tempfile::tempdir().expect("a folder");
    let runtime = FakeRuntime::where_it_ends_at_start(NODE, 1);
    let error = fails_to_start(runtime, logs.path()).await;
    let ClusterError::Died { node: NODE, code: 1, log } = error else { panic!("{error}") };
    assert!(log.contains(STARTED), "{log}");
    let kept = std::fs::read_to_string(logs.path().join("broker-2.log")).expect("its log");
    assert!(kept.contains(STARTED), "{kept}");
}
