//! The files and the command line of a controller, and what brokers are told of controllers.

use std::path::PathBuf;

use super::listener::CONTROLLER;
use crate::cluster::render::{self, PropertiesFile, Rendering, log4j};
use crate::cluster::spec::SeparateSpec;
use crate::distribution::{Distribution, Version};
use crate::event::id::{ControllerId, NodeId};
use crate::topology::{NodePaths, NodePlan};

/// What to start for every controller that is no broker.
pub(super) fn plans(rendering: &Rendering<'_>, distribution: &Distribution) -> Vec<NodePlan> {
    let separate = rendering.spec.separate_controllers().filter_map(|(id, node)| {
        let paths = (rendering.paths)(id.into());
        let server = server_properties(rendering, id)?;
        Some(plan(rendering, (id, node), &paths, server, distribution))
    });
    separate.collect()
}

fn plan(
    rendering: &Rendering<'_>,
    (id, controller): (ControllerId, &SeparateSpec),
    paths: &NodePaths,
    server: String,
    distribution: &Distribution,
) -> NodePlan {
    let file = paths.config().join("server.properties");
    NodePlan {
        id: id.into(),
        host: controller.host,
        distribution: distribution.clone(),
        main_class: render::KAFKA,
        archive: "kafka",
        arguments: vec![file.display().to_string()],
        heap_mib: controller.heap_mib,
        disk_mib: None,
        movable_clock: false,
        jvm_options: controller.jvm_options.clone(),
        files: vec![(file, server.into_bytes()), log4j(paths), render::tools_log4j(paths)],
        folders: vec![folder(paths)],
        start_limit: rendering.spec.start_limit(),
    }
}

/// The folder with the metadata log of a controller that is no broker.
fn folder(paths: &NodePaths) -> PathBuf {
    paths.data().join("log-dir-1")
}

/// `server.properties` of a controller; None for one without an address.
fn server_properties(rendering: &Rendering<'_>, id: ControllerId) -> Option<String> {
    let Rendering { spec, addresses, paths } = rendering;
    let address = addresses.get(id.into(), &CONTROLLER)?;
    let mut file = PropertiesFile::default();
    for (name, value) in of_node(rendering, id.0, "controller") {
        file.set(name, &value);
    }
    let name = CONTROLLER.name;
    file.set("listeners", &format!("{name}://{}", address.bind));
    if is_advertised(spec.kafka().version) {
        file.set("advertised.listeners", &format!("{name}://{}", address.inside));
    }
    file.set("listener.security.protocol.map", &format!("{name}:{}", CONTROLLER.security));
    file.set("log.dirs", &folder(&paths(id.into())).display().to_string());
    for (name, value) in spec.controller_settings(id) {
        file.set(&name, &value);
    }
    Some(file.into_text())
}

/// Who a node is and where controllers are, for a broker as well.
pub(super) fn of_node(
    rendering: &Rendering<'_>,
    id: i32,
    roles: &str,
) -> Vec<(&'static str, String)> {
    let voters = rendering.addresses.of(&CONTROLLER).filter_map(|(node, at)| {
        let id = match node {
            NodeId::Controller(id) => id.0,
            NodeId::Broker(id) => id.0,
            NodeId::ZooKeeper(_) => return None,
        };
        Some(format!("{id}@{}", at.inside))
    });
    vec![
        ("process.roles", roles.to_owned()),
        ("node.id", id.to_string()),
        ("controller.quorum.voters", voters.collect::<Vec<_>>().join(",")),
        ("controller.listener.names", CONTROLLER.name.to_owned()),
    ]
}

/// Whether a version lets controllers say where they are reached (KIP-853). Otherwise those who call them know it from
/// their own settings.
pub(super) fn is_advertised(kafka: Version) -> bool {
    kafka.line() >= (3, 9)
}
