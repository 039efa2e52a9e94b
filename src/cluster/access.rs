//! How the listeners of a cluster are reached.

use super::listener::CLIENT;
use super::quorum::zookeeper::listener as zookeeper;
use super::{Cluster, ClusterError, join};
use crate::event::id::{BrokerId, NodeId};
use crate::topology::{Access, Address, Listener};

impl Cluster {
    /// How a listener is reached by those it is for: clients outside the cluster, or programs that run on a node.
    pub fn access(&self, listener: &Listener) -> Access {
        let bootstrap = match listener.outside {
            Some(_) => join(self.outside(listener).map(|(_, address)| address.to_string())),
            None => join(self.addresses.of(listener).map(|(_, it)| it.inside.to_string())),
        };
        Access { bootstrap, security: listener.security }
    }

    /// Whether a listener is reached from outside the cluster: by links only where there are links.
    pub fn is_reached(&self, listener: &Listener) -> bool {
        self.outside(listener).next().is_some()
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
            NodeId::Controller(_) | NodeId::ZooKeeper(_) => None,
        })
    }

    /// Where clients outside the cluster reach a broker.
    pub(super) fn broker_address(&self, id: BrokerId) -> Result<&Address, ClusterError> {
        let found = self.broker_addresses().find(|(broker, _)| *broker == id);
        found.map(|(_, address)| address).ok_or_else(|| self.no_such(id.into()))
    }
}
