//! Steps that cut, slow and disturb links. A scenario that uses one has its clients come in by listener LINKED,
//! over links as well.

pub mod call;
pub mod cut;
pub mod recurring;
pub mod slow;
