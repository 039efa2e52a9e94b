//! What is done to groups: rebalances, and resets by hand.

use kafka_trial::history::line::{Happening, Line};
use rand::RngExt as _;

use super::consumer::{Consumer, Kind, Spot, take_over, turn};
use super::copier;
use super::world::{Actor, World};

impl World {
    fn members(&self, kinds: &[Kind]) -> Vec<(usize, &'static str)> {
        let member = |(row, actor): (usize, &Option<Actor>)| match actor {
            Some(Actor::Consumer(it)) if kinds.contains(&it.kind) && !it.has_died() => {
                Some((row, it.group))
            }
            _ => None,
        };
        self.actors.iter().enumerate().filter_map(member).collect()
    }

    fn consumer(&mut self, row: usize) -> &mut Consumer {
        match self.actors[row].as_mut() {
            Some(Actor::Consumer(consumer)) => consumer,
            _ => panic!("actor {row} is no consumer"),
        }
    }

    /// Some partition of a group goes to another member, or all that one had.
    pub fn rebalance(&mut self) {
        let members = self.members(&[Kind::Member]);
        let Some((new, group)) = members.get(self.random.random_range(0..members.len().max(1)))
        else {
            return;
        };
        let owned: Vec<(Spot, usize)> = {
            let of_group = self.owners.iter().filter(|((of, _), _)| of == group);
            of_group.map(|((_, spot), row)| (*spot, *row)).collect()
        };
        let (spot, old) = owned[self.below(owned.len())];
        let name = self.consumer(old).name.clone();
        if self.one_in(2) {
            turn(self, &name, Happening::Revoke, &[spot]);
            self.consumer(old).positions.remove(&spot);
            take_over(self, *new, &[spot]);
            return;
        }
        turn(self, &name, Happening::Revoke, &[]);
        self.consumer(old).positions.clear();
        let spots: Vec<Spot> =
            owned.iter().filter(|(_, row)| *row == old).map(|(spot, _)| *spot).collect();
        take_over(self, *new, &spots);
    }

    /// Somebody sets a group's offsets while nobody is in it.
    pub fn reset(&mut self) {
        let mut groups: Vec<&'static str> =
            self.members(&[Kind::Member]).into_iter().map(|(_, group)| group).collect();
        let copiers: Vec<usize> = (0..self.actors.len())
            .filter(|row| matches!(self.actors[*row], Some(Actor::Copier(_))))
            .collect();
        groups.extend((!copiers.is_empty()).then_some(copier::GROUP));
        let Some(group) = groups.get(self.random.random_range(0..groups.len().max(1))) else {
            return;
        };
        let owned: Vec<(Spot, usize)> = {
            let of_group = self.owners.iter().filter(|((of, _), _)| of == group);
            of_group.map(|((_, spot), row)| (*spot, *row)).collect()
        };
        for (spot, row) in &owned {
            let name = self.consumer(*row).name.clone();
            turn(self, &name, Happening::Revoke, &[*spot]);
        }
        let log = self.any_log("orders");
        let (start, end) = (self.kafka.logs[log].start, self.kafka.logs[log].end);
        let offset = self.random.random_range(start..=end);
        self.kafka.committed.insert((group, log), offset);
        let line = Line {
            event: Some(Happening::Reset),
            group: Some((*group).into()),
            offset: Some(offset),
            ..self.about(log, None)
        };
        self.record("", line);
        for (spot, row) in owned {
            take_over(self, row, &[spot]);
        }
        if *group == copier::GROUP {
            for row in copiers {
                if let Some(Actor::Copier(copier)) = self.actors[row].as_mut() {
                    copier.reset();
                }
            }
        }
    }
}
