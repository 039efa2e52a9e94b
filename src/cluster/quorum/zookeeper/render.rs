//! The files and the command line of a ZooKeeper: `zoo.cfg`, `myid`, `log4j.properties`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::listener;
use crate::cluster::render::{PropertiesFile, Rendering, log4j};
use crate::cluster::spec::{ClusterSpec, ZooKeeperSpec};
use crate::distribution::Distribution;
use crate::event::id::ZooKeeperId;
use crate::topology::{NodePaths, NodePlan};

const MAIN_CLASS: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

/// What to start for every ZooKeeper.
pub(super) fn plans(rendering: &Rendering<'_>, distribution: &Distribution) -> Vec<NodePlan> {
    let zookeepers = rendering.spec.zookeepers().iter().filter_map(|(id, node)| {
        let paths = (rendering.paths)((*id).into());
        let zoo_cfg = zoo_cfg(rendering, *id)?;
        Some(plan(rendering.spec, (*id, node), &paths, zoo_cfg, distribution))
    });
    zookeepers.collect()
}

fn plan(
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
        main_class: MAIN_CLASS,
        archive: "zookeeper",
        arguments: vec![file.display().to_string()],
        heap_mib: zookeeper.heap_mib,
        disk_mib: None,
        movable_clock: false,
        jvm_options: zookeeper.jvm_options.clone(),
        files: vec![
            (file, zoo_cfg.into_bytes()),
            (paths.data().join("myid"), format!("{id}\n").into_bytes()),
            log4j(paths),
        ],
        folders: std::iter::once(paths.data()).chain(log_dir).collect(),
        start_limit: spec.start_limit(),
    }
}

/// `zoo.cfg` of a ZooKeeper; None for one without an address.
fn zoo_cfg(rendering: &Rendering<'_>, id: ZooKeeperId) -> Option<String> {
    let Rendering { spec, addresses, paths } = rendering;
    let paths = paths(id.into());
    let zookeeper = spec.zookeepers().get(&id)?;
    let client = addresses.get(id.into(), &listener::CLIENT)?;
    let mut file = PropertiesFile::default();
    file.set("dataDir", &paths.data().display().to_string());
    if zookeeper.separate_data_log_dir {
        file.set("dataLogDir", &data_log_dir(&paths).display().to_string());
    }
    file.set("clientPort", &client.bind.port.to_string());
    file.set("clientPortAddress", &client.bind.host);
    if spec.zookeeper_version().is_some_and(|it| it.line() >= (3, 5)) {
        file.set("4lw.commands.whitelist", "*");
    }
    for (name, value) in spec.zookeeper_settings(id) {
        file.set(&name, &value);
    }
    // A ZooKeeper alone takes a server line for a mistake and logs an error.
    let ensemble = (spec.zookeepers().len() > 1).then_some(spec.zookeepers());
    for peer in ensemble.into_iter().flat_map(BTreeMap::keys) {
        let of_peer = |listener| addresses.get((*peer).into(), listener);
        let quorum = &of_peer(&listener::QUORUM)?.inside;
        let election = of_peer(&listener::ELECTION)?.inside.port;
        let settings = spec.zookeeper_settings(*peer);
        let observes = settings.get("peerType").is_some_and(|kind| kind == "observer");
        let role = if observes { ":observer" } else { "" };
        file.set(&format!("server.{peer}"), &format!("{quorum}:{election}{role}"));
    }
    Some(file.into_text())
}

fn data_log_dir(paths: &NodePaths) -> PathBuf {
    paths.root.join("data-log")
}
