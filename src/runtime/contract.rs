//! What every runtime promises, as functions that fail where it is not so. Each takes a runtime with one ZooKeeper,
//! and leaves it as the next one expects it: call them in the order in which they stand here. A runtime whose nodes
//! are no processes has no [`programs`].

use std::path::Path;
use std::time::Duration;

use kafka_trial::distribution::Distribution;
use kafka_trial::event::id::{HostId, NodeId};
use kafka_trial::event::node_state::NodeState;
use kafka_trial::owned::signal::Signal;
use kafka_trial::runtime::log_mark::LogMark;
use kafka_trial::runtime::{Runtime, RuntimeError};
use kafka_trial::topology::{Address, NodePlan};
use kafka_trial::wait::{Seen, until};

const LIMIT: Duration = Duration::from_secs(60);

/// The only node of a runtime.
#[derive(Debug, Clone, Copy)]
pub struct OneNode<'a> {
    /// Where it is.
    pub runtime: &'a dyn Runtime,
    /// How it is started.
    pub plan: &'a NodePlan,
    /// What it logs once at each start.
    pub logged_at_start: &'a str,
}

/// A ZooKeeper on its own, which binds this address for clients.
pub fn plan(
    runtime: &dyn Runtime,
    node: NodeId,
    distribution: Distribution,
    bind: &Address,
) -> NodePlan {
    let paths = runtime.paths(node);
    let config = format!(
        "dataDir={}\nclientPort={}\nclientPortAddress={}\nadmin.enableServer=false\n\
         4lw.commands.whitelist=*\n",
        paths.data().display(),
        bind.port,
        bind.host
    );
    let log4j = "log4j.rootLogger=INFO, out\n\
                 log4j.appender.out=org.apache.log4j.ConsoleAppender\n\
                 log4j.appender.out.layout=org.apache.log4j.PatternLayout\n";
    NodePlan {
        id: node,
        host: HostId(1),
        distribution,
        main_class: "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        archive: "zookeeper",
        arguments: vec![paths.config().join("zoo.cfg").display().to_string()],
        heap_mib: 128,
        disk_mib: None,
        movable_clock: false,
        jvm_options: Vec::new(),
        files: vec![
            ("config/zoo.cfg".into(), config.into_bytes()),
            ("config/log4j.properties".into(), log4j.as_bytes().to_vec()),
        ],
        folders: vec!["data".into()],
        start_limit: LIMIT,
    }
}

/// A node starts, is paused, resumed, stopped, killed and started again; its log goes on. `serves` waits until it
/// serves. It runs in the end.
pub async fn life(node: &OneNode<'_>, serves: impl AsyncFn()) {
    let (runtime, id) = (node.runtime, node.plan.id);
    assert_eq!(runtime.state(id).await.unwrap(), NodeState::NotStarted);
    runtime.signal(id, Signal::Kill).await.unwrap_err();
    node.start().await;
    serves().await;
    let first = runtime.state(id).await.unwrap();
    assert!(matches!(first, NodeState::Running { .. }), "{first:?}");
    let again = runtime.start(node.plan).await.unwrap_err().to_string();
    assert_eq!(again, format!("{id} is already running"));

    runtime.signal(id, Signal::Pause).await.unwrap();
    node.until(|state| matches!(state, NodeState::Paused { .. })).await;
    assert_eq!(runtime.state(id).await.unwrap().handle(), first.handle(), "it is the same process");
    runtime.signal(id, Signal::Resume).await.unwrap();
    node.until(|state| *state == first).await;

    runtime.signal(id, Signal::Terminate).await.unwrap();
    node.until(|state| *state == NodeState::Exited { code: 143 }).await;
    let down = runtime.signal(id, Signal::Terminate).await.unwrap_err().to_string();
    assert_eq!(down, format!("{id} is not running"));

    let mark = LogMark::at_end(runtime, id).await.unwrap();
    assert_eq!(mark.later(runtime).await.unwrap(), "", "a node that is down logs nothing");
    node.start().await;
    serves().await;
    let later = mark.later(runtime).await.unwrap();
    assert_eq!(later.matches(node.logged_at_start).count(), 1, "{later}");
    let log = runtime.log(id).await.unwrap();
    assert_eq!(log.matches(node.logged_at_start).count(), 2, "the log goes on: {log}");
    assert_ne!(runtime.state(id).await.unwrap(), first, "the handle is another one");

    runtime.signal(id, Signal::Pause).await.unwrap();
    runtime.signal(id, Signal::Kill).await.unwrap();
    node.until(|state| *state == NodeState::Exited { code: 137 }).await;
    node.start().await;
    serves().await;
}

/// Files of the plan are read as they were written, and listed with their sizes.
pub async fn files(node: &OneNode<'_>) {
    let (runtime, id) = (node.runtime, node.plan.id);
    let (path, contents) = &node.plan.files[0];
    assert_eq!(runtime.read(id, path).await.unwrap(), contents.as_slice());
    runtime.read(id, Path::new("config/none.cfg")).await.unwrap_err();
    let listed = runtime.files(id, &runtime.paths(id).config()).await.unwrap();
    let whole = runtime.paths(id).root.join(path);
    assert_eq!(listed.get(&whole), Some(&(contents.len() as u64)), "{listed:?}");
    runtime.usage(id).await.unwrap();
}

/// A script runs in the folder of the data, also while the node is paused.
pub async fn programs(node: &OneNode<'_>) {
    let (runtime, id) = (node.runtime, node.plan.id);
    let words = ["seven words".to_owned()];
    let written = runtime.shell(id, "echo \"$1\" > kept && cat kept", &words).await.unwrap();
    assert_eq!((written.code, written.stdout.as_str()), (0, "seven words\n"), "{written:?}");
    runtime.signal(id, Signal::Pause).await.unwrap();
    let wrong = runtime.shell(id, "cat kept; echo no >&2; exit 3", &[]).await.unwrap();
    assert_eq!((wrong.code, wrong.stderr.as_str()), (3, "no\n"), "{wrong:?}");
    assert_eq!(wrong.stdout, "seven words\n");
    runtime.signal(id, Signal::Resume).await.unwrap();
}

/// Data is removed from a node that is down, and its log stays. All of it is removed in the end, twice without harm.
pub async fn removal(node: &OneNode<'_>) {
    let (runtime, id) = (node.runtime, node.plan.id);
    let running = runtime.remove_data(node.plan).await.unwrap_err().to_string();
    assert_eq!(running, format!("{id} is running, so its data stays"));
    runtime.signal(id, Signal::Kill).await.unwrap();
    node.until(|state| *state == NodeState::Exited { code: 137 }).await;
    let log = runtime.log(id).await.unwrap();
    let mark = LogMark::at_end(runtime, id).await.unwrap();
    runtime.remove_data(node.plan).await.unwrap();
    assert_eq!(runtime.log(id).await.unwrap(), log, "the log outlives the data");
    assert_eq!(mark.later(runtime).await.unwrap(), "", "and marks in it stay");
    node.start().await;
    let left = runtime.files(id, &runtime.paths(id).data()).await.unwrap();
    assert!(!left.keys().any(|path| path.ends_with("kept")), "{left:?}");
    runtime.remove().await.unwrap();
    runtime.remove().await.unwrap();
}

impl OneNode<'_> {
    async fn start(&self) {
        self.runtime.start(self.plan).await.unwrap();
    }

    async fn until(&self, is_so: impl Fn(&NodeState) -> bool) {
        let reached = until(LIMIT, Duration::from_millis(10), || async {
            let seen = self.runtime.state(self.plan.id).await?;
            Ok::<_, RuntimeError>(match is_so(&seen) {
                true => Seen::Ready(()),
                false => Seen::NotYet(format!("{seen:?}")),
            })
        });
        reached.await.unwrap();
    }
}
