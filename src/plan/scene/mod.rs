//! What the sentences of a scenario mean for each other: nodes, clients and topics that a sentence needs, and what the
//! sentences before it have done to them.

mod act;
pub mod clients_named;
pub mod demand;
pub mod equipment;
pub mod fault_before;
pub mod node_states;
pub mod nodes_named;
pub mod partitions_named;
pub mod roles_named;
pub mod spoken;
mod whom;
