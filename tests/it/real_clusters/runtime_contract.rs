//! The contract of every runtime that this machine has, with one ZooKeeper for each test.

#[path = "../../../src/runtime/contract.rs"]
mod contract;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use kafka_trial::cluster::quorum::zookeeper::listener::{CLIENT, zookeeper};
use kafka_trial::distribution::{Cache, Product, fetch, find};
use kafka_trial::event::id::{HostId, NodeId, ZooKeeperId};
use kafka_trial::event::node_state::NodeState;
use kafka_trial::event::run_id::RunId;
use kafka_trial::event::runtime_kind::RuntimeKind;
use kafka_trial::event::stream::Events;
use kafka_trial::owned::run_folder::RunFolder;
use kafka_trial::owned::signal::Signal;
use kafka_trial::runtime::provider::{ClusterPlace, Provider};
use kafka_trial::runtime::{ExecOutput, JavaCommand, Runtime, RuntimeError, registry};
use kafka_trial::topology::{ListenerAddress, NodePlan};
use kafka_trial::wait::{Seen, until};
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use self::contract::OneNode;
use crate::support::room;

const NODE: NodeId = NodeId::ZooKeeper(ZooKeeperId(1));
const LIMIT: Duration = Duration::from_secs(60);
const ATTEMPT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn every_runtime_keeps_the_contract() {
    with_zookeeper_in_each(async |zookeeper| {
        let node = OneNode {
            runtime: zookeeper.runtime.as_ref(),
            plan: &zookeeper.plan,
            logged_at_start: "Server environment:zookeeper.version",
        };
        contract::life(&node, async || zookeeper.until_it_answers().await).await;
        contract::files(&node).await;
        contract::programs(&node).await;
        contract::removal(&node).await;
    })
    .await;
}

#[tokio::test]
async fn a_killed_node_has_its_data_again_and_a_paused_one_is_silent() {
    with_zookeeper_in_each(async |zookeeper| {
        zookeeper.start().await;
        let made = zookeeper.shell(&["create", "/orders", "seven"], "").await;
        assert_eq!(made.code, 0, "{made:?}");
        zookeeper.runtime.signal(NODE, Signal::Kill).await.unwrap();
        zookeeper.until_it_is_down().await;
        zookeeper.start().await;
        let got = zookeeper.shell(&["get", "/orders"], "").await;
        assert!(got.stdout.lines().any(|line| line == "seven"), "{got:?}");

        zookeeper.runtime.signal(NODE, Signal::Pause).await.unwrap();
        let silence = zookeeper.ruok().await.unwrap_err();
        assert_eq!(silence.kind(), std::io::ErrorKind::TimedOut, "{silence}");
        zookeeper.runtime.signal(NODE, Signal::Resume).await.unwrap();
        zookeeper.until_it_answers().await;
    })
    .await;
}

#[tokio::test]
async fn programs_on_a_node_have_input_output_exit_codes_and_a_limit() {
    with_zookeeper_in_each(async |zookeeper| {
        zookeeper.start().await;
        let typed = zookeeper.shell(&[], "create /typed words\nget /typed\nquit\n").await;
        assert!(typed.stdout.contains("words"), "{typed:?}");
        let wrong = zookeeper.shell(&["get", "/nothing"], "").await;
        assert_eq!(wrong.code, 1, "{wrong:?}");
        assert!(wrong.stderr.contains("/nothing"), "{wrong:?}");

        let folder = zookeeper.runtime.paths(NODE).data().join("endless");
        let endless = JavaCommand {
            main_class: "org.apache.zookeeper.server.quorum.QuorumPeerMain".into(),
            arguments: vec!["0".into(), folder.display().to_string()],
            stdin: String::new(),
            limit: Duration::from_secs(2),
        };
        let error = zookeeper.runtime.java(NODE, &endless).await.unwrap_err();
        assert!(matches!(error, RuntimeError::Timeout { node: NODE, .. }), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn only_what_dead_runs_of_the_same_state_folder_left_on_an_engine_is_swept() {
    with_zookeeper_in_each(async |zookeeper| {
        if zookeeper.provider.kind() != RuntimeKind::Docker {
            return;
        }
        let (provider, state) = (&zookeeper.provider, zookeeper.run.state());
        let run = zookeeper.run.id().to_string();
        provider.sweep(Path::new("/another/state"), &|_| false).await.unwrap();
        provider.sweep(state, &|id| id == run).await.unwrap();
        assert_eq!(left(zookeeper.run.id()).await, 2, "a host and a network");
        provider.sweep(state, &|_| false).await.unwrap();
        assert_eq!(left(zookeeper.run.id()).await, 0);
    })
    .await;
}

struct ZooKeeper {
    provider: Arc<dyn Provider>,
    runtime: Arc<dyn Runtime>,
    plan: NodePlan,
    address: ListenerAddress,
    run: Arc<RunFolder>,
    /// What the run owns is below it.
    _state: tempfile::TempDir,
}

impl ZooKeeper {
    async fn start(&self) {
        self.runtime.start(&self.plan).await.unwrap();
        self.until_it_answers().await;
    }

    async fn until_it_is_down(&self) {
        let down = until(LIMIT, Duration::from_millis(10), || async {
            let seen = self.runtime.state(NODE).await?;
            Ok::<_, RuntimeError>(match seen.is_alive() {
                true => Seen::NotYet(format!("{seen:?}")),
                false => Seen::Ready(()),
            })
        });
        down.await.unwrap();
    }

    async fn until_it_answers(&self) {
        let answered = until(LIMIT, Duration::from_millis(50), || async {
            if let NodeState::Exited { code } = self.runtime.state(NODE).await.unwrap() {
                let log = self.runtime.log(NODE).await.unwrap();
                return Err(format!("exited with {code}: {log}"));
            }
            Ok(match self.ruok().await {
                Ok(answer) if answer == "imok" => Seen::Ready(()),
                other => Seen::NotYet(format!("{other:?}")),
            })
        });
        answered.await.unwrap();
    }

    /// A ZooKeeper that is just starting may accept a connection and leave it without an answer, so each
    /// attempt has a limit of its own.
    async fn ruok(&self) -> std::io::Result<String> {
        let outside = self.address.outside.as_ref().unwrap();
        let address = SocketAddr::new(outside.host.parse().unwrap(), outside.port);
        let ask = async {
            let mut stream = tokio::net::TcpStream::connect(address).await?;
            stream.write_all(b"ruok").await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok(answer)
        };
        tokio::time::timeout(ATTEMPT, ask).await?
    }

    async fn shell(&self, command: &[&str], stdin: &str) -> ExecOutput {
        let server = self.address.inside.to_string();
        let words = ["-server", server.as_str()];
        let words = words.iter().chain(command);
        let program = JavaCommand {
            main_class: "org.apache.zookeeper.ZooKeeperMain".into(),
            arguments: words.map(ToString::to_string).collect(),
            stdin: stdin.into(),
            limit: LIMIT,
        };
        self.runtime.java(NODE, &program).await.unwrap()
    }
}

/// Runs a test on a place for one ZooKeeper in each runtime, and sees to it that nothing of it is left.
async fn with_zookeeper_in_each(test: impl AsyncFn(&ZooKeeper)) {
    let _room = room::for_a_cluster();
    for registered in registry::all() {
        let provider = match (registered.find)().await {
            Ok(provider) => provider,
            Err(why) => {
                eprintln!("NOT TESTED: the {} runtime cannot be used: {why}", registered.kind);
                continue;
            }
        };
        let zookeeper = place(provider).await;
        let outcome = AssertUnwindSafe(test(&zookeeper)).catch_unwind().await;
        zookeeper.runtime.remove().await.unwrap();
        if let Err(panic) = outcome {
            eprintln!("in the {} runtime", registered.kind);
            std::panic::resume_unwind(panic);
        }
        if registered.kind == RuntimeKind::Docker {
            let left = left(zookeeper.run.id()).await;
            assert_eq!(left, 0, "containers and networks left");
        }
    }
}

async fn place(provider: Arc<dyn Provider>) -> ZooKeeper {
    let (events, _unread) = Events::channel();
    let release = find(Product::ZooKeeper, "3.6.1").unwrap();
    let cache = Cache::of_user().unwrap();
    let jars = fetch(&release, &cache, &events).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let run = Arc::new(RunFolder::create(state.path(), RunId::new()).unwrap());
    let distributions = [jars.clone()];
    let cluster = ClusterPlace {
        run: &run,
        name: "one",
        distributions: &distributions,
        cache: &cache,
        events: &events,
    };
    let runtime = provider.place(cluster).await.unwrap();
    let topology = [(NODE, zookeeper(HostId(1)))].into_iter().collect();
    let addresses = runtime.reserve(&topology, false).await.unwrap();
    let address = addresses.get(NODE, &CLIENT).unwrap().clone();
    let plan = contract::plan(runtime.as_ref(), NODE, jars, &address.bind);
    ZooKeeper { provider, runtime, plan, address, run, _state: state }
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
