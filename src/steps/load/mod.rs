//! Loads: many producers and consumers at once, what they achieve, and what that costs. A load takes the
//! cluster's whole strength, so a scenario with one has its cluster for itself.

pub mod disk;
pub mod expect;
pub mod loads;
pub mod options;
pub mod parameter;
pub mod read;
pub mod received;
pub mod send;
mod sending;
