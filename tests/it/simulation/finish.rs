//! How a transaction ends: what its client tries, what comes of it, and what the client gets to know.

use std::collections::VecDeque;

use kafka_trial::history::line::{End, Line, Operation};

use super::kafka::Fate;
use super::sending::Open;
use super::world::{Event, World};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It arrives, and so does the answer.
    Well,
    /// It arrives, now or later, and the answer does not.
    AnswerLost,
    Late,
    /// It does not arrive.
    RequestLost,
    /// It is refused, such that it certainly had no effect.
    Refused,
}

#[derive(Debug)]
pub struct Finish {
    pub open: Open,
    /// The client gives up afterwards.
    pub dies: bool,
    tries: VecDeque<(Operation, Course)>,
    /// The request that is on its way, and how it ended if that is known here.
    started: Option<(u64, Option<End>)>,
}

impl Finish {
    /// Makes up what will happen; `doomed` if it can only be aborted.
    pub fn new(world: &mut World, open: Open, doomed: bool) -> Self {
        use Course::{AnswerLost, Late, Refused, RequestLost, Well};
        use Operation::{Abort, Commit};
        let errors = world.plan.errors;
        let (tries, dies): (Vec<_>, bool) = match (doomed, world.below(16)) {
            (true, 0) if errors => (vec![(Abort, AnswerLost)], true),
            (true, _) | (false, 0 | 1) => (vec![(Abort, Well)], false),
            (false, 2) if errors => (vec![(Commit, AnswerLost)], true),
            (false, 3) if errors => (vec![(Commit, RequestLost)], true),
            (false, 4) if errors => (vec![(Commit, Late)], true),
            (false, 5) if errors => (vec![(Commit, AnswerLost), (Commit, Well)], false),
            (false, 6) if errors => (vec![(Commit, RequestLost), (Commit, Well)], false),
            (false, 7) if errors => (vec![(Commit, AnswerLost), (Abort, Well)], false),
            (false, 8) if errors => (vec![(Commit, RequestLost), (Abort, Well)], false),
            (false, 9) if errors => (vec![(Commit, Refused), (Commit, Well)], false),
            (false, 10) if errors => (vec![(Commit, Refused), (Abort, Well)], false),
            (false, 11) if errors => (vec![(Commit, Refused)], true),
            (false, 12) if world.plan.crashes => (vec![], true),
            (false, _) => (vec![(Commit, Well)], false),
        };
        Self { open, dies, tries: tries.into(), started: None }
    }

    /// Goes on; false when nothing is left to try.
    pub fn step(&mut self, world: &mut World, client: &str) -> bool {
        let Some((operation, course)) = self.tries.front().copied() else { return false };
        match self.started {
            None => {
                let fields = Line { transaction: Some(self.open.number), ..Line::default() };
                self.started = Some((world.start(client, operation, fields), None));
            }
            Some((op, None)) => {
                let end = match course {
                    Course::Well => arrive(world, self.open, operation),
                    Course::AnswerLost => {
                        arrive(world, self.open, operation);
                        End::Unknown
                    }
                    Course::Late => {
                        world.later(Event::Decide(self.open.id, Fate::Committed));
                        End::Unknown
                    }
                    Course::RequestLost => End::Unknown,
                    Course::Refused => End::Failed,
                };
                self.started = Some((op, Some(end)));
            }
            Some((op, Some(end))) => {
                self.started = None;
                self.tries.pop_front();
                if end == End::Unknown && self.dies && world.one_in(2) {
                    // It dies before it knows.
                    return !self.tries.is_empty();
                }
                world.end(client, op, end, Line::default());
            }
        }
        !self.tries.is_empty()
    }
}

/// The coordinator answers. It refuses to abort what it has begun to commit, and the other way round.
fn arrive(world: &mut World, open: Open, operation: Operation) -> End {
    let fate = if operation == Operation::Commit { Fate::Committed } else { Fate::Aborted };
    world.decide(open.id, fate);
    if world.kafka.transactions[open.id].fate == fate { End::Ok } else { End::Failed }
}
