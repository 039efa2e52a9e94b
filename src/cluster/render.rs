//! From a described cluster and its addresses to the files and the command line of each node:
//! `server.properties`, `zoo.cfg`, `myid`, `log4j.properties`.

mod properties_file;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::properties_file::PropertiesFile;
use super::listener;
use super::properties::release_line;
use super::quorum::zookeeper::listener as of_zookeeper;
use super::spec::{BrokerSpec, ClusterSpec, ZooKeeperSpec};
use crate::distribution::Distribution;
use crate::event::id::{BrokerId, NodeId, ZooKeeperId};
use crate::topology::{Addresses, LOG4J, NodePaths, NodePlan, TOOLS_LOG4J};

/// Everything to standard output, where the runtime collects it; ISO 8601 time with milliseconds.
const LOG4J_TEXT: &str = "\
log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p %m (%c)%n
";

/// As the file of this name in Kafka's own releases: warnings and errors to standard error, so that they do not mix
/// with what a tool prints.
const TOOLS_LOG4J_TEXT: &str = "\
log4j.rootLogger=WARN, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=[%d] %p %m (%c)%n
log4j.appender.stderr.Target=System.err
";

/// The time at the beginning of a line that a node has logged; none for a line that goes on from another.
pub fn time_of_line(line: &str) -> Option<jiff::Timestamp> {
    line.split(' ').next()?.parse().ok()
}

const KAFKA: &str = "kafka.Kafka";
const ZOOKEEPER: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

/// What to start for every node, ZooKeepers first. `kafka` and `zookeeper` are the distributions of
/// [`ClusterSpec::kafka`] and [`ClusterSpec::zookeeper`], the same one for a bundled ZooKeeper.
///
/// A node without an address is left out: a runtime reserves one for each node of the topology.
pub fn node_plans(
    spec: &ClusterSpec,
    addresses: &Addresses,
    paths: impl Fn(NodeId) -> NodePaths,
    kafka: &Distribution,
    zookeeper: &Distribution,
) -> Vec<NodePlan> {
    let zookeepers = spec.zookeepers().iter().filter_map(|(id, node)| {
        let paths = paths((*id).into());
        let zoo_cfg = zoo_cfg(spec, *id, addresses, &paths)?;
        Some(zookeeper_plan(spec, (*id, node), &paths, zoo_cfg, zookeeper))
    });
    let brokers = spec.brokers().iter().filter_map(|(id, node)| {
        let paths = paths((*id).into());
        let server = server_properties(spec, *id, addresses, &paths)?;
        Some(broker_plan(spec, (*id, node), &paths, server, kafka))
    });
    zookeepers.chain(brokers).collect()
}

fn broker_plan(
    spec: &ClusterSpec,
    (id, broker): (BrokerId, &BrokerSpec),
    paths: &NodePaths,
    server: String,
    distribution: &Distribution,
) -> NodePlan {
    let file = paths.config().join("server.properties");
    NodePlan {
        id: id.into(),
        host: broker.host,
        distribution: distribution.clone(),
        main_class: KAFKA,
        arguments: vec![file.display().to_string()],
        heap_mib: broker.heap_mib,
        disk_mib: broker.disk_mib,
        movable_clock: broker.movable_clock,
        jvm_options: broker.jvm_options.clone(),
        files: vec![(file, server), log4j(paths), tools_log4j(paths)],
        folders: log_dirs(broker, paths),
        start_limit: spec.start_limit(),
    }
}

fn zookeeper_plan(
    spec: &ClusterSpec,
    (id, zookeeper): (ZooKeeperId, &ZooKeeperSpec),
    paths: &NodePaths,
    zoo_cfg: String,
    distribution: &Distribution,
) -> NodePlan {
    let file = paths.config().join("zoo.cfg");
    let log_dir = zookeeper.separate_data_log_dir.then(|| data_log_dir(paths));
    NodePlan {
        id: id.into(),
        host: zookeeper.host,
        distribution: distribution.clone(),
        main_class: ZOOKEEPER,
        arguments: vec![file.display().to_string()],
        heap_mib: zookeeper.heap_mib,
        disk_mib: None,
        movable_clock: false,
        jvm_options: zookeeper.jvm_options.clone(),
        files: vec![(file, zoo_cfg), (paths.data().join("myid"), format!("{id}\n")), log4j(paths)],
        folders: std::iter::once(paths.data()).chain(log_dir).collect(),
        start_limit: spec.start_limit(),
    }
}

/// `server.properties` of a broker; None for one without an address.
fn server_properties(
    spec: &ClusterSpec,
    id: BrokerId,
    addresses: &Addresses,
    paths: &NodePaths,
) -> Option<String> {
    let broker = spec.brokers().get(&id)?;
    let mut bound = Vec::new();
    let mut advertised = Vec::new();
    let mut protocols = Vec::new();
    for listener in listener::ALL {
        let address = addresses.get(id.into(), listener)?;
        let reached = match listener.outside {
            None => &address.inside,
            Some(_) => match &address.outside {
                Some(outside) => outside,
                // A runtime without links does not serve a listener that is reached by them.
                None => continue,
            },
        };
        let name = listener.name;
        bound.push(format!("{name}://{}", address.bind));
        advertised.push(format!("{name}://{reached}"));
        protocols.push(format!("{name}:{}", listener.security));
    }
    let dirs = log_dirs(broker, paths).into_iter().map(|dir| dir.display().to_string());
    let zookeepers = addresses.of(&of_zookeeper::CLIENT).map(|(_, at)| at.inside.to_string());

    let mut file = PropertiesFile::default();
    file.set("broker.id", &id.to_string());
    file.set("listeners", &bound.join(","));
    file.set("advertised.listeners", &advertised.join(","));
    file.set("listener.security.protocol.map", &protocols.join(","));
    file.set("inter.broker.listener.name", listener::INTERNAL.name);
    file.set("log.dirs", &commas(dirs));
    file.set("zookeeper.connect", &commas(zookeepers));
    for (name, value) in spec.broker_settings(id) {
        file.set(&name, &value);
    }
    Some(file.into_text())
}

/// `zoo.cfg` of a ZooKeeper; None for one without an address.
fn zoo_cfg(
    spec: &ClusterSpec,
    id: ZooKeeperId,
    addresses: &Addresses,
    paths: &NodePaths,
) -> Option<String> {
    let zookeeper = spec.zookeepers().get(&id)?;
    let client = addresses.get(id.into(), &of_zookeeper::CLIENT)?;
    let mut file = PropertiesFile::default();
    file.set("dataDir", &paths.data().display().to_string());
    if zookeeper.separate_data_log_dir {
        file.set("dataLogDir", &data_log_dir(paths).display().to_string());
    }
    file.set("clientPort", &client.bind.port.to_string());
    file.set("clientPortAddress", &client.bind.host);
    if release_line(spec.zookeeper_version()) >= Some((3, 5)) {
        file.set("4lw.commands.whitelist", "*");
    }
    for (name, value) in spec.zookeeper_settings(id) {
        file.set(&name, &value);
    }
    // A ZooKeeper alone takes a server line for a mistake and logs an error.
    let ensemble = (spec.zookeepers().len() > 1).then_some(spec.zookeepers());
    for peer in ensemble.into_iter().flat_map(BTreeMap::keys) {
        let of_peer = |listener| addresses.get((*peer).into(), listener);
        let quorum = &of_peer(&of_zookeeper::QUORUM)?.inside;
        let election = of_peer(&of_zookeeper::ELECTION)?.inside.port;
        let settings = spec.zookeeper_settings(*peer);
        let observes = settings.get("peerType").is_some_and(|kind| kind == "observer");
        let role = if observes { ":observer" } else { "" };
        file.set(&format!("server.{peer}"), &format!("{quorum}:{election}{role}"));
    }
    Some(file.into_text())
}

fn log_dirs(broker: &BrokerSpec, paths: &NodePaths) -> Vec<PathBuf> {
    (1..=broker.log_dirs).map(|number| paths.data().join(format!("log-dir-{number}"))).collect()
}

fn data_log_dir(paths: &NodePaths) -> PathBuf {
    paths.root.join("data-log")
}

fn commas(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

fn log4j(paths: &NodePaths) -> (PathBuf, String) {
    (paths.config().join(LOG4J), LOG4J_TEXT.to_owned())
}

fn tools_log4j(paths: &NodePaths) -> (PathBuf, String) {
    (paths.config().join(TOOLS_LOG4J), TOOLS_LOG4J_TEXT.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_line_is_at_its_beginning() {
        let line = "2026-11-25T11:06:12.123+01:00 WARN  Unexpected error (a.b.C)";
        assert_eq!(time_of_line(line).map(|time| time.as_second()), Some(1_795_601_172));
        assert_eq!(time_of_line("\tat a.b.C.d(C.java:1)"), None);
    }
}
