//! The contract of the docker runtime, with one ZooKeeper per test. Skipped where no engine answers.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use futures::FutureExt as _;
use kafka_trial::cluster::quorum::zookeeper::listener::{CLIENT, zookeeper};
use kafka_trial::distribution::{Cache, Distribution, Product, fetch, find};
use kafka_trial::event::id::{HostId, NodeId, ZooKeeperId};
use kafka_trial::event::node_state::NodeState;
use kafka_trial::event::run_id::RunId;
use kafka_trial::event::stream::Events;
use kafka_trial::owned::signal::Signal;
use kafka_trial::runtime::docker::{Docker, engine, prepare, sweep};
use kafka_trial::runtime::log_mark::LogMark;
use kafka_trial::runtime::{ExecOutput, JavaCommand, Runtime, RuntimeError};
use kafka_trial::topology::{Address, NodePlan};
use kafka_trial::wait::{Seen, until};
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::room;

const NODE: NodeId = NodeId::ZooKeeper(ZooKeeperId(1));
const LIMIT: Duration = Duration::from_secs(60);
const ATTEMPT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_killed_node_starts_again_with_its_data_and_its_log() {
    with_zookeeper(async |zookeeper| {
        zookeeper.start().await;
        let made = zookeeper.shell(&["create", "/orders", "seven"], "").await;
        assert_eq!(made.code, 0, "{made:?}");
        let first = zookeeper.docker.state(NODE).await.unwrap();

        zookeeper.docker.signal(NODE, Signal::Kill).await.unwrap();
        zookeeper.until(NodeState::Exited { code: 137 }).await;
        let error = zookeeper.docker.signal(NODE, Signal::Terminate).await.unwrap_err();
        assert_eq!(error.to_string(), "zookeeper-1 is not running");
        assert!(!zookeeper.log().await.is_empty(), "the log of a dead node is there");

        let mark = LogMark::at_end(zookeeper.docker.as_ref(), NODE).await.unwrap();
        assert_eq!(
            mark.later(zookeeper.docker.as_ref()).await.unwrap(),
            "",
            "nothing is logged when dead"
        );
        zookeeper.start().await;
        let later = mark.later(zookeeper.docker.as_ref()).await.unwrap();
        assert!(zookeeper.log().await.contains(&later), "{later}");
        assert_eq!(later.matches("Server environment:zookeeper.version").count(), 1, "{later}");
        assert_ne!(zookeeper.docker.state(NODE).await.unwrap(), first, "the handle is a new one");
        let got = zookeeper.shell(&["get", "/orders"], "").await;
        assert!(got.stdout.lines().any(|line| line == "seven"), "{got:?}");
        let starts = zookeeper.log().await.matches("Server environment:zookeeper.version").count();
        assert_eq!(starts, 2, "{}", zookeeper.log().await);

        zookeeper.docker.signal(NODE, Signal::Kill).await.unwrap();
        zookeeper.until(NodeState::Exited { code: 137 }).await;
        let (before, mark) = (
            zookeeper.log().await,
            LogMark::at_end(zookeeper.docker.as_ref(), NODE).await.unwrap(),
        );
        zookeeper.docker.remove_data(&zookeeper.plan).await.unwrap();
        assert_eq!(zookeeper.log().await, before, "the log outlives the data");
        assert_eq!(
            mark.later(zookeeper.docker.as_ref()).await.unwrap(),
            "",
            "and marks in it stay"
        );
    })
    .await;
}

#[tokio::test]
async fn a_node_ends_by_sigterm_and_a_paused_one_is_silent_and_can_be_killed() {
    with_zookeeper(async |zookeeper| {
        assert_eq!(zookeeper.docker.state(NODE).await.unwrap(), NodeState::NotStarted);
        zookeeper.start().await;

        zookeeper.docker.signal(NODE, Signal::Pause).await.unwrap();
        let paused = zookeeper.docker.state(NODE).await.unwrap();
        assert!(matches!(paused, NodeState::Paused { .. }), "{paused:?}");
        let silence = zookeeper.ruok().await.unwrap_err();
        assert_eq!(silence.kind(), std::io::ErrorKind::TimedOut, "{silence}");
        zookeeper.docker.signal(NODE, Signal::Resume).await.unwrap();
        zookeeper.until_it_answers().await;

        zookeeper.docker.signal(NODE, Signal::Terminate).await.unwrap();
        zookeeper.until(NodeState::Exited { code: 143 }).await;

        zookeeper.start().await;
        zookeeper.docker.signal(NODE, Signal::Pause).await.unwrap();
        zookeeper.docker.signal(NODE, Signal::Kill).await.unwrap();
        zookeeper.until(NodeState::Exited { code: 137 }).await;
    })
    .await;
}

#[tokio::test]
async fn programs_on_a_node_have_input_output_exit_codes_and_a_limit() {
    with_zookeeper(async |zookeeper| {
        zookeeper.start().await;
        let typed = zookeeper.shell(&[], "create /typed words\nget /typed\nquit\n").await;
        assert!(typed.stdout.contains("words"), "{typed:?}");
        let wrong = zookeeper.shell(&["get", "/nothing"], "").await;
        assert_eq!(wrong.code, 1, "{wrong:?}");
        assert!(wrong.stderr.contains("/nothing"), "{wrong:?}");

        let endless = JavaCommand {
            main_class: "org.apache.zookeeper.server.quorum.QuorumPeerMain".into(),
            arguments: vec!["2182".into(), "/tmp/endless".into()],
            stdin: String::new(),
            limit: Duration::from_secs(2),
        };
        let error = zookeeper.docker.java(NODE, &endless).await.unwrap_err();
        assert!(matches!(error, RuntimeError::Timeout { node: NODE, .. }), "{error:?}");

        let config = zookeeper.docker.read(NODE, Path::new("config/zoo.cfg")).await.unwrap();
        assert!(String::from_utf8(config).unwrap().contains("clientPort"));
        zookeeper.docker.read(NODE, Path::new("config/none.cfg")).await.unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn only_what_dead_runs_of_the_same_state_folder_left_is_swept() {
    with_zookeeper(async |zookeeper| {
        let engine = engine().await.unwrap();
        let run = zookeeper.run.to_string();
        let elsewhere = sweep(&engine, Path::new("/another/state"), &|_| false).await.unwrap();
        assert_eq!(elsewhere, 0);
        let alive = sweep(&engine, zookeeper.state.path(), &|id| id == run).await.unwrap();
        assert_eq!(alive, 0);
        assert_eq!(left(&zookeeper.run).await, 2, "a host and a network");
        let dead = sweep(&engine, zookeeper.state.path(), &|_| false).await.unwrap();
        assert_eq!(dead, 2);
        assert_eq!(left(&zookeeper.run).await, 0);
    })
    .await;
}

struct ZooKeeper {
    docker: Box<dyn Runtime>,
    plan: NodePlan,
    outside: Address,
    run: RunId,
    state: tempfile::TempDir,
}

impl ZooKeeper {
    async fn start(&self) {
        self.docker.start(&self.plan).await.unwrap();
        self.until_it_answers().await;
    }

    async fn until_it_answers(&self) {
        let answered = until(LIMIT, Duration::from_millis(50), || async {
            if let NodeState::Exited { code } = self.docker.state(NODE).await.unwrap() {
                return Err(format!("exited with {code}: {}", self.log().await));
            }
            Ok(match self.ruok().await {
                Ok(answer) if answer == "imok" => Seen::Ready(()),
                other => Seen::NotYet(format!("{other:?}")),
            })
        });
        answered.await.unwrap();
    }

    async fn until(&self, state: NodeState) {
        let reached = until(LIMIT, Duration::from_millis(10), || async {
            let seen = self.docker.state(NODE).await?;
            Ok::<_, RuntimeError>(if seen == state {
                Seen::Ready(())
            } else {
                Seen::NotYet(format!("{seen:?}"))
            })
        });
        reached.await.unwrap();
    }

    /// A ZooKeeper that is just starting may accept a connection and leave it without an answer, so each
    /// attempt has a limit of its own.
    async fn ruok(&self) -> std::io::Result<String> {
        assert_eq!(self.outside.host, "127.0.0.1");
        let address = SocketAddr::from(([127, 0, 0, 1], self.outside.port));
        let ask = async {
            let mut stream = tokio::net::TcpStream::connect(address).await?;
            stream.write_all(b"ruok").await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok(answer)
        };
        tokio::time::timeout(ATTEMPT, ask).await?
    }

    async fn shell(&self, words: &[&str], stdin: &str) -> ExecOutput {
        let words = ["-server", "zookeeper-1:2181"].iter().chain(words);
        let command = JavaCommand {
            main_class: "org.apache.zookeeper.ZooKeeperMain".into(),
            arguments: words.map(ToString::to_string).collect(),
            stdin: stdin.into(),
            limit: LIMIT,
        };
        self.docker.java(NODE, &command).await.unwrap()
    }

    async fn log(&self) -> String {
        self.docker.log(NODE).await.unwrap()
    }
}

/// Runs a test on a place for one ZooKeeper, and sees to it that nothing of it is left.
async fn with_zookeeper(test: impl AsyncFnOnce(&ZooKeeper)) {
    let _room = room::for_a_cluster();
    let engine = match engine().await {
        Ok(engine) => engine,
        Err(why) => return eprintln!("SKIPPED, as the docker runtime cannot be used: {why}"),
    };
    let (events, _unread) = Events::channel();
    let release = find(Product::ZooKeeper, "3.6.1").unwrap();
    let jars = fetch(release, &Cache::of_user().unwrap(), &events).await.unwrap();
    let image = prepare(&engine, &jars, &events).await.unwrap();
    let (run, state) = (RunId::new(), tempfile::tempdir().unwrap());
    let docker: Box<dyn Runtime> =
        Box::new(Docker::new(engine, run.clone(), state.path(), "one", vec![image]));
    let topology = [(NODE, zookeeper(HostId(1)))].into_iter().collect();
    let addresses = docker.reserve(&topology, false).await.unwrap();
    let outside = addresses.get(NODE, &CLIENT).unwrap().outside.clone().unwrap();
    let plan = plan(docker.as_ref(), jars);
    let zookeeper = ZooKeeper { docker, plan, outside, run, state };
    let outcome = AssertUnwindSafe(test(&zookeeper)).catch_unwind().await;
    zookeeper.docker.remove().await.unwrap();
    zookeeper.docker.remove().await.unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    assert_eq!(left(&zookeeper.run).await, 0, "containers and networks left");
}

fn plan(docker: &dyn Runtime, distribution: Distribution) -> NodePlan {
    let paths = docker.paths(NODE);
    let config = format!(
        "dataDir={}\nclientPort=2181\nadmin.enableServer=false\n4lw.commands.whitelist=*\n",
        paths.data().display()
    );
    let log4j = "log4j.rootLogger=INFO, out\n\
                 log4j.appender.out=org.apache.log4j.ConsoleAppender\n\
                 log4j.appender.out.layout=org.apache.log4j.PatternLayout\n";
    NodePlan {
        id: NODE,
        host: HostId(1),
        distribution,
        main_class: "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        arguments: vec![paths.config().join("zoo.cfg").display().to_string()],
        heap_mib: 128,
        disk_mib: None,
        movable_clock: false,
        jvm_options: Vec::new(),
        files: vec![
            ("config/zoo.cfg".into(), config),
            ("config/log4j.properties".into(), log4j.into()),
        ],
        folders: vec!["data".into()],
        start_limit: LIMIT,
    }
}

/// How many containers and networks of the run there are.
async fn left(run: &RunId) -> usize {
    let client = docker_client_instance().await.unwrap();
    let filters = HashMap::from([("label", vec![format!("kafka-trial.run={run}")])]);
    let containers = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let networks = ListNetworksOptionsBuilder::new().filters(&filters).build();
    client.list_containers(Some(containers)).await.unwrap().len()
        + client.list_networks(Some(networks)).await.unwrap().len()
}
