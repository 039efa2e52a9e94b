//! The network of a cluster.

use std::net::Ipv4Addr;

use testcontainers::bollard::models::NetworkCreateRequest;
use testcontainers::bollard::query_parameters::InspectNetworkOptions;

use super::engine::{Engine, refused};
use super::owner::Owner;
use crate::runtime::RuntimeError;

/// A network on the engine.
#[derive(Debug)]
pub(super) struct Network {
    /// As the engine names it.
    pub(super) id: String,
    /// Where its containers reach this machine.
    pub(super) gateway: Option<Ipv4Addr>,
}

impl Network {
    /// Makes the network of a cluster.
    ///
    /// # Errors
    /// When the engine refuses, for example because it has no address range left.
    pub(super) async fn make(engine: &Engine, owner: &Owner) -> Result<Self, RuntimeError> {
        let doing = "make the network of the cluster";
        let request = NetworkCreateRequest {
            name: owner.name("network"),
            labels: Some(owner.labels()),
            ..NetworkCreateRequest::default()
        };
        let client = engine.client.clone();
        let made = owner.make(async move { client.create_network(request).await }).await;
        let id = made.map_err(refused(doing))?.id;
        let seen = engine.client.inspect_network(&id, None::<InspectNetworkOptions>).await;
        let ranges = seen.map_err(refused(doing))?.ipam.and_then(|ipam| ipam.config);
        let mut gateways = ranges.into_iter().flatten().filter_map(|it| it.gateway?.parse().ok());
        Ok(Self { id, gateway: gateways.next() })
    }
}
