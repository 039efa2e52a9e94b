//! What a group does to its member between two looks: partitions come and go.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::consumer::{BaseConsumer, ConsumerContext, Rebalance};
use rdkafka::{ClientContext, TopicPartitionList};

use crate::client::position::Positions;

/// A partition, and an offset where one is meant.
pub type Place = (String, i32, Option<i64>);

/// Called with the partitions of one topic before the group's assignment takes effect.
pub type BeforeAssignment = Box<dyn Fn(&[i32]) + Send + Sync>;

/// What changed the position from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    Assigned(Vec<Place>),
    Revoked(Vec<Place>),
    Sought(Vec<Place>),
}

/// What happened to the assignment since it was last looked at.
pub struct Turns {
    turns: Mutex<Vec<Turn>>,
    before_assignment: Option<BeforeAssignment>,
    /// Where it knows where it reads.
    pub positions: Positions,
}

impl Turns {
    /// None so far.
    pub fn new(before_assignment: Option<BeforeAssignment>, positions: Positions) -> Self {
        Self { turns: Mutex::default(), before_assignment, positions }
    }

    /// Those that nobody has looked at.
    pub fn lock(&self) -> MutexGuard<'_, Vec<Turn>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Turns {
    fn stats_raw(&self, statistics: &[u8]) {
        self.positions.take_in(statistics);
    }
}

impl ConsumerContext for Turns {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        self.positions.forget();
        let places = |list: &TopicPartitionList| -> Vec<Place> {
            let elements = list.elements();
            elements.iter().map(|it| (it.topic().to_owned(), it.partition(), None)).collect()
        };
        let turn = match rebalance {
            Rebalance::Assign(list) => {
                let places = places(list);
                if let Some(before_assignment) = &self.before_assignment {
                    before_assignment(&places.iter().map(|(_, id, _)| *id).collect::<Vec<_>>());
                }
                Turn::Assigned(places)
            }
            Rebalance::Revoke(list) => Turn::Revoked(places(list)),
            Rebalance::Error(_) => return,
        };
        self.lock().push(turn);
    }
}
