//! Cluster fixtures: those shipped are read and rendered under every version of Kafka, invalid ones are
//! refused with exactly the message beside them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kafka_trial::cluster::quorum;
use kafka_trial::cluster::render::node_plans;
use kafka_trial::cluster::spec::{self, ClusterSpec};
use kafka_trial::distribution::{Distribution, Product, Release, Version, releases};
use kafka_trial::error::UserError;
use kafka_trial::event::id::{BrokerId, HostId, NodeId};
use kafka_trial::exit_code::ExitCode;
use kafka_trial::topology::{Address, Addresses, ListenerAddress, NodePaths, NodePlan, Topology};

use crate::support::files;
use crate::support::golden::Goldens;

fn versions() -> impl Iterator<Item = Version> {
    let of_kafka = |it: &Release| it.product == Product::Kafka && it.zookeeper.is_some();
    releases().into_iter().filter(of_kafka).map(|release| release.version)
}

fn folder(name: &str) -> PathBuf {
    Path::new("fixtures").join(name)
}

/// Addresses as a container runtime would give them; LINKED on brokers with an odd id only.
fn addresses(topology: &Topology) -> Addresses {
    let mut addresses = Addresses::default();
    for (node, _, listener) in topology.listeners() {
        let (port, outside) = match listener.name {
            "CLIENT" => (9093, Some(40_000)),
            "LINKED" => {
                (9094, matches!(node, NodeId::Broker(id) if id.0 % 2 == 1).then_some(50_000))
            }
            "client" => (listener.port, Some(42_181)),
            _ => (listener.port, None),
        };
        let at = |host: &str, port| Address { host: host.into(), port };
        let address = ListenerAddress {
            bind: at("0.0.0.0", port),
            inside: at(&node.to_string(), port),
            outside: outside.map(|port| at("127.0.0.1", port)),
        };
        addresses.insert(node, listener, address);
    }
    addresses
}

fn plans(spec: &ClusterSpec) -> Vec<NodePlan> {
    let distribution =
        |release: &Release| Distribution::new(release.clone(), "/jars".into(), Vec::new());
    node_plans(
        spec,
        &addresses(&spec.topology()),
        |node| NodePaths { root: Path::new("/trial").join(node.to_string()) },
        quorum::of(spec).as_ref(),
        &distribution(spec.kafka()),
        &distribution(spec.zookeeper()),
    )
}

fn file<'p>(plan: &'p NodePlan, name: &str) -> &'p str {
    let found = plan.files.iter().find(|(path, _)| path.ends_with(name));
    let contents = &found.unwrap_or_else(|| panic!("{} has no {name}", plan.id)).1;
    std::str::from_utf8(contents).expect("a text")
}

/// Without colour, 100 columns.
fn message(error: &UserError) -> String {
    let theme = miette::GraphicalTheme::unicode_nocolor();
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(100);
    let mut text = String::new();
    handler.render_report(&mut text, error).expect("a message can be written");
    // The handler pads its lines.
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn every_shipped_fixture_is_read_and_rendered_under_every_kafka() {
    let shipped = files::with_extension(folder("clusters"), "yaml");
    let name = |path: &PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
    let mut names: Vec<_> = shipped.iter().map(name).collect();
    names.sort();
    assert_eq!(
        names,
        spec::names(Path::new("no such folder")),
        "the fixtures shipped are those in the folder"
    );
    for path in shipped {
        let spec = ClusterSpec::load(&path).unwrap_or_else(|error| panic!("{}", message(&error)));
        for version in versions() {
            let spec = spec
                .clone()
                .with_kafka(&version.to_string())
                .expect("the version fits every fixture");
            assert_eq!(spec.kafka().version, version);
            let plans = plans(&spec);
            let members = spec.zookeepers().len() + spec.separate_controllers().count();
            assert_eq!(plans.len(), spec.brokers().len() + members);
            let topology = spec.topology();
            let hosts: Vec<(NodeId, HostId)> = topology.nodes().collect();
            assert_eq!(hosts, plans.iter().map(|plan| (plan.id, plan.host)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_shipped_fixture_is_the_same_from_the_folder_and_from_the_program() {
    for name in spec::names(Path::new("no such folder")) {
        let there = ClusterSpec::named(&name, &folder("clusters")).expect("in the folder");
        let inside = ClusterSpec::named(&name, Path::new("no such folder")).expect("embedded");
        assert_eq!(there.key(), inside.key());
        assert_eq!(there.name, inside.name);
    }
}

#[test]
fn every_shipped_fixture_says_what_it_is_for_in_its_first_line() {
    for path in files::with_extension(folder("clusters"), "yaml") {
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("# "), "{}", path.display());
        assert!(
            !text.lines().nth(1).expect("a second line").starts_with('#'),
            "{}",
            path.display()
        );
    }
}

#[test]
fn rendered_files_are_as_expected() {
    let mut goldens = Goldens::default();
    for path in files::with_extension(folder("clusters"), "yaml") {
        let spec = ClusterSpec::load(&path).expect("valid");
        for plan in plans(&spec) {
            let name =
                if plan.main_class == "kafka.Kafka" { "server.properties" } else { "zoo.cfg" };
            let path = folder("rendered").join(&spec.name).join(plan.id.to_string()).join(name);
            goldens.compare(path, file(&plan, name));
        }
    }
    goldens.finish(files::below(folder("rendered")));
}

#[test]
fn every_zookeeper_has_its_number_in_myid() {
    let spec = ClusterSpec::load(&folder("clusters/three-broker.yaml")).expect("valid");
    let plans = plans(&spec);
    let ids: Vec<_> = plans[..3].iter().map(|plan| file(plan, "data/myid")).collect();
    assert_eq!(ids, ["1\n", "2\n", "3\n"]);
}

#[test]
fn every_invalid_fixture_is_refused_with_its_message() {
    let invalid = files::with_extension(folder("clusters-invalid"), "yaml");
    let mut goldens = Goldens::default();
    for path in &invalid {
        let error = ClusterSpec::load(path).expect_err(&path.display().to_string());
        assert_eq!(error.code, ExitCode::Usage, "{}", path.display());
        goldens.compare(path.with_extension("err"), &message(&error));
    }
    goldens.finish(files::with_extension(folder("clusters-invalid"), "err"));
    assert!(invalid.len() >= 25, "some invalid fixtures are gone");
}

#[test]
fn a_fixture_that_is_not_there_is_named() {
    let missing = ClusterSpec::load(Path::new("no/such.yaml")).expect_err("missing");
    assert!(message(&missing).contains("no/such.yaml"));
    let folder_itself = ClusterSpec::load(&folder("clusters")).expect_err("a folder");
    assert_eq!(folder_itself.code, ExitCode::Usage);
    let misspelt = ClusterSpec::named("two-log-dir", &folder("clusters")).expect_err("misspelt");
    assert!(message(&misspelt).contains("did you mean two-log-dirs?"));
    let outside = ClusterSpec::named("../clusters/old", &folder("clusters")).expect_err("a path");
    assert!(message(&outside).contains("three-broker"), "{}", message(&outside));
}

#[test]
fn a_sentence_wins_over_the_fixture_and_survives_a_change_of_version() {
    let spec = ClusterSpec::named("auto-create", &folder("clusters")).expect("shipped");
    let table = vec![("num.partitions".to_owned(), "7".to_owned())];
    let spec = spec.with_settings(table).expect("known").with_kafka("0.11.0.3").expect("known");
    assert_eq!(spec.broker_settings(BrokerId(1))["num.partitions"], "7");
    assert_eq!(spec.broker_settings(BrokerId(3))["auto.create.topics.enable"], "true");
}

#[test]
fn a_sentence_with_a_mistake_names_the_setting() {
    let refused = |name: &str, value: &str| {
        let spec = ClusterSpec::named("single", &folder("clusters")).expect("shipped");
        spec.with_settings(vec![(name.to_owned(), value.to_owned())]).expect_err("refused")
    };
    let misspelt = refused("min.insync.replica", "1");
    assert_eq!(misspelt.nearest.as_deref(), Some("min.insync.replicas"));
    assert_eq!(refused("min.insync.replicas", "2").name, "min.insync.replicas");
}

#[test]
fn clusters_are_shared_by_what_they_are_not_by_their_name() {
    let spec = |name: &str| ClusterSpec::named(name, &folder("clusters")).expect("shipped");
    let old = spec("three-broker").with_kafka("0.11.0.3").expect("known");
    assert_eq!(old.key(), spec("old").key());
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for name in spec::names(&folder("clusters")) {
        assert!(keys.insert(spec(&name).key()), "{name} is like another");
    }
    let default = vec![("auto.create.topics.enable".to_owned(), "false".to_owned())];
    let same = spec("three-broker").with_settings(default).expect("known");
    assert_eq!(same.key(), spec("three-broker").key(), "the default written out");
}
