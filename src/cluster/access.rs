//! How the listeners of a cluster are reached.

use super::listener::{CLIENT, INTERNAL, LINKED};
use super::quorum::zookeeper::listener as zookeeper;
use super::{Cluster, ClusterError, join};
use crate::event::id::{BrokerId, NodeId};
use crate::topology::{Address, Listener};

impl Cluster {
    /// `bootstrap.servers` for clients outside the cluster.
    pub fn bootstrap_servers(&self) -> String {
        join(self.outside(&CLIENT).map(|(_, address)| address.to_string()))
    }

    /// `bootstrap.servers` for clients outside the cluster that come in over links; none where there are none.
    pub fn linked_bootstrap(&self) -> Option<String> {
        let servers = join(self.outside(&LINKED).map(|(_, address)| address.to_string()));
        (!servers.is_empty()).then_some(servers)
    }

    /// `bootstrap.servers` for tools that run on a node.
    pub fn internal_bootstrap(&self) -> String {
        join(self.addresses.of(&INTERNAL).map(|(_, address)| address.inside.to_string()))
    }

    /// `zookeeper.connect` for tools that run on a node.
    pub fn zookeeper_connect(&self) -> String {
        join(self.addresses.of(&zookeeper::CLIENT).map(|(_, address)| address.inside.to_string()))
    }

    /// Where clients outside the cluster reach its ZooKeepers.
    pub fn zookeeper_outside(&self) -> String {
        join(self.outside(&zookeeper::CLIENT).map(|(_, address)| address.to_string()))
    }

    /// The nodes that a listener is reached at from outside the cluster, and where.
    pub(super) fn outside<'a>(
        &'a self,
        listener: &'a Listener,
    ) -> impl Iterator<Item = (NodeId, &'a Address)> + 'a {
        let all = self.addresses.of(listener);
        all.filter_map(|(node, address)| Some((node, address.outside.as_ref()?)))
    }

    /// Where clients outside the cluster reach each broker.
    pub(super) fn broker_addresses(&self) -> impl Iterator<Item = (BrokerId, &Address)> {
        self.outside(&CLIENT).filter_map(|(node, address)| match node {
            NodeId::Broker(id) => Some((id, address)),
            NodeId::ZooKeeper(_) => None,
        })
    }

    /// Where clients outside the cluster reach a broker.
    pub(super) fn broker_address(&self, id: BrokerId) -> Result<&Address, ClusterError> {
        let found = self.broker_addresses().find(|(broker, _)| *broker == id);
        found.map(|(_, address)| address).ok_or_else(|| self.no_such(id.into()))
    }
}
