//! From a described cluster and its addresses to the files and the command line of each node:
//! `server.properties`, `log4j.properties`, and what the quorum has in place of them.

mod properties_file;

use std::path::PathBuf;

pub(super) use self::properties_file::PropertiesFile;
use super::listener;
use super::quorum::{Advertised, Quorum};
use super::spec::{BrokerSpec, ClusterSpec};
use crate::distribution::Distribution;
use crate::event::id::{BrokerId, NodeId};
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

/// The main class of brokers and controllers.
pub(super) const KAFKA: &str = "kafka.Kafka";

/// What the files of a node are rendered from.
pub struct Rendering<'a> {
    /// The cluster as described.
    pub spec: &'a ClusterSpec,
    /// Where its nodes listen.
    pub addresses: &'a Addresses,
    /// Where a node keeps its files.
    pub paths: &'a dyn Fn(NodeId) -> NodePaths,
}

/// What to start for every node, those of the quorum first. `kafka` and `zookeeper` are the distributions of
/// [`ClusterSpec::kafka`] and [`ClusterSpec::zookeeper`], the same one for a bundled ZooKeeper.
///
/// A node without an address is left out: a runtime reserves one for each node of the topology.
pub fn node_plans(
    spec: &ClusterSpec,
    addresses: &Addresses,
    paths: impl Fn(NodeId) -> NodePaths,
    quorum: &dyn Quorum,
    kafka: &Distribution,
    zookeeper: &Distribution,
) -> Vec<NodePlan> {
    let rendering = Rendering { spec, addresses, paths: &paths };
    let members = quorum.plans(&rendering, zookeeper);
    let brokers = spec.brokers().iter().filter_map(|(id, node)| {
        let paths = paths((*id).into());
        let server = server_properties(&rendering, (*id, node), quorum)?;
        Some(broker_plan(spec, (*id, node), &paths, server, kafka))
    });
    members.into_iter().chain(brokers).collect()
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
        archive: "kafka",
        arguments: vec![file.display().to_string()],
        heap_mib: broker.heap_mib,
        disk_mib: broker.disk_mib,
        movable_clock: broker.movable_clock,
        jvm_options: broker.jvm_options.clone(),
        files: vec![(file, server.into_bytes()), log4j(paths), tools_log4j(paths)],
        folders: log_dirs(broker, paths),
        start_limit: spec.start_limit(),
    }
}

/// `server.properties` of a broker; None for one without an address.
fn server_properties(
    rendering: &Rendering<'_>,
    (id, broker): (BrokerId, &BrokerSpec),
    quorum: &dyn Quorum,
) -> Option<String> {
    let Rendering { spec, addresses, paths } = rendering;
    let mut bound = Vec::new();
    let mut advertised = Vec::new();
    let mut protocols = Vec::new();
    let listeners = quorum.broker(spec, id, broker.host).listeners;
    let called = quorum.called_by_brokers().filter(|it| !listeners.contains(it));
    protocols.extend(called.map(|it| format!("{}:{}", it.name, it.security)));
    for listener in listeners {
        let address = addresses.get(id.into(), listener)?;
        let name = listener.name;
        let reached = match (quorum.advertised(spec, listener), listener.outside) {
            (Advertised::Nowhere, _) => None,
            (Advertised::ToNodes, _) | (Advertised::AsItIsReached, None) => Some(&address.inside),
            (Advertised::AsItIsReached, Some(_)) => match &address.outside {
                Some(outside) => Some(outside),
                // A runtime without links does not serve a listener that is reached by them.
                None => continue,
            },
        };
        bound.push(format!("{name}://{}", address.bind));
        advertised.extend(reached.map(|reached| format!("{name}://{reached}")));
        protocols.push(format!("{name}:{}", listener.security));
    }
    let dirs = log_dirs(broker, &paths(id.into())).into_iter().map(|dir| dir.display().to_string());

    let mut file = PropertiesFile::default();
    for (name, value) in quorum.properties_of_broker(rendering, id) {
        file.set(name, &value);
    }
    file.set("listeners", &bound.join(","));
    file.set("advertised.listeners", &advertised.join(","));
    file.set("listener.security.protocol.map", &protocols.join(","));
    file.set("inter.broker.listener.name", listener::INTERNAL.name);
    file.set("log.dirs", &dirs.collect::<Vec<_>>().join(","));
    for (name, value) in spec.broker_settings(id) {
        file.set(&name, &value);
    }
    Some(file.into_text())
}

fn log_dirs(broker: &BrokerSpec, paths: &NodePaths) -> Vec<PathBuf> {
    (1..=broker.log_dirs).map(|number| paths.data().join(format!("log-dir-{number}"))).collect()
}

/// The logging configuration of a node: its path and contents.
pub(super) fn log4j(paths: &NodePaths) -> (PathBuf, Vec<u8>) {
    (paths.config().join(LOG4J), LOG4J_TEXT.as_bytes().to_vec())
}

pub(super) fn tools_log4j(paths: &NodePaths) -> (PathBuf, Vec<u8>) {
    (paths.config().join(TOOLS_LOG4J), TOOLS_LOG4J_TEXT.as_bytes().to_vec())
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
