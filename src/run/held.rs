//! `--keep-cluster`: clusters that stay for a look at them.

use std::sync::Arc;

use crate::cluster::Cluster;
use crate::cluster::listener::CLIENT;
use crate::event::Event;
use crate::event::stream::Events;
use crate::owned::interrupt::Interrupts;

/// Says how the clusters are reached and holds them until a signal: links and processes belong to this run,
/// so it has to stay too. Returns at once where there are none.
pub async fn hold(clusters: &[Arc<Cluster>], events: &Events, interrupts: &mut Interrupts) {
    for cluster in clusters {
        events.emit(Event::ClusterKept {
            cluster: cluster.name().to_owned(),
            brokers: cluster.access(&CLIENT).bootstrap,
            zookeepers: cluster.zookeeper_outside(),
        });
    }
    if !clusters.is_empty() {
        // Whichever signal it is, the run has ended as its scenarios did.
        interrupts.next().await;
    }
}
