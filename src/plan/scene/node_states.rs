//! What the sentences of a scenario do to nodes and clients that they name, to find what cannot be done to one as it
//! is by then: kill it twice, resume it when it was not paused, heal all when that was done already.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::fault::Participle;
use crate::plan::mistake::Impossible;
use crate::plan::scene::act::{Act, Done, Part};
use crate::plan::scene::fault_before::{WhyNot, unclear_plural};
use crate::plan::scene::spoken::Spoken;
use crate::plan::scene::whom::{CLIENT, Named, Whom};
use crate::steps::meaning::Deed;

/// Goes through the sentences of a scenario. A node that is named by its role stays anonymous
/// until a later sentence refers to it, as in `the killed broker`.
pub fn impossible(sentences: &[Spoken<'_>]) -> Vec<Impossible> {
    let mut scene = Scene::default();
    let mut found = Vec::new();
    for (step, spoken) in sentences.iter().enumerate() {
        let unclear = unclear_plural(&sentences[..step], spoken);
        let why_not = scene.follow(step, spoken);
        let why_not = unclear.into_iter().chain(why_not);
        found.extend(why_not.map(|(why, place)| Impossible { step, why, place }));
    }
    found
}

/// How a node or a client is, as far as the sentences tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Up,
    /// With what was done to it.
    Down(Participle),
    Paused,
    Unknown,
}

/// What has become of nodes and clients, and what is left to heal.
#[derive(Debug, Default)]
struct Scene {
    known: BTreeMap<Whom, State>,
    /// How those are of which nothing else is known, by kind; up where that is not told.
    others: BTreeMap<&'static str, State>,
    /// Whom the last fault of each participle has hit, by kind.
    hit: BTreeMap<(Participle, &'static str), Vec<Whom>>,
    /// What is broken: nodes and clients, or a step that has broken something else.
    broken: BTreeSet<Whom>,
    /// Whether a node may have been mended that is broken by its role, or the other way round.
    unsure: bool,
    any_fault: bool,
}

impl Scene {
    fn follow(&mut self, step: usize, spoken: &Spoken<'_>) -> Vec<WhyNot> {
        let Some(deed) = spoken.deed() else { return Vec::new() };
        let is_whole = self.any_fault && !self.unsure && self.broken.is_empty();
        self.any_fault |= deed.is_fault();
        match deed {
            Deed::Expects => Vec::new(),
            Deed::InBackground => {
                ["broker", "ZooKeeper"].into_iter().for_each(|kind| self.forget(kind, true));
                Vec::new()
            }
            Deed::Heals => {
                let hit = std::mem::take(&mut self.hit);
                *self = Self { hit, any_fault: true, ..Self::default() };
                // A client that has ended is not started again.
                self.others.insert(CLIENT, State::Unknown);
                let why = "nothing is left to heal: the faults before were undone, or have undone themselves";
                is_whole.then(|| (why.into(), 0..spoken.text.len())).into_iter().collect()
            }
            Deed::Breaks | Deed::Passes | Deed::Undoes => match spoken.action().and_then(Act::of) {
                Some(act) => self.act(step, spoken, &act, deed),
                None => self.disturb(step, spoken, deed),
            },
        }
    }

    /// What is done to the process of a node or a client.
    fn act(&mut self, step: usize, spoken: &Spoken<'_>, act: &Act, deed: Deed) -> Vec<WhyNot> {
        let at = spoken.place_of(&act.words).start;
        let hit = self.whom(&act.whom, &act.words, step);
        let seen: Vec<_> = hit.iter().map(|(whom, _)| self.state(whom, &act.whom)).collect();
        if let Named::Any(kind) | Named::All(kind) = act.whom {
            self.forget(kind, deed == Deed::Undoes);
            self.unsure |= deed == Deed::Undoes;
        }
        for participle in &act.participles {
            let kind = hit.first().map_or(CLIENT, |(whom, _)| whom.kind);
            let whom = hit.iter().map(|(whom, _)| whom.clone()).collect();
            self.hit.insert((*participle, kind), whom);
        }
        let mut found = Vec::new();
        for ((whom, place), state) in hit.into_iter().zip(seen) {
            let why = match (act.done, state) {
                // A client may have ended by itself.
                (Done::StartedAgain, State::Up) if whom.kind == CLIENT => None,
                (Done::StartedAgain, State::Up | State::Paused) => {
                    Some(never(&whom, "killed or stopped"))
                }
                (Done::Resumed, State::Up | State::Down(_)) => Some(never(&whom, "paused")),
                (Done::Resumed | Done::StartedAgain, _) | (_, State::Up | State::Unknown) => None,
                (Done::Killed, State::Paused) => None,
                (_, State::Paused) => Some(still(&whom, Participle::Paused)),
                (_, State::Down(done)) => Some(still(&whom, done)),
            };
            found.extend(why.map(|why| (why, at + place.start..at + place.end)));
            let now = match act.participles.first() {
                Some(Participle::Paused) if deed == Deed::Breaks => State::Paused,
                Some(done) if deed == Deed::Breaks => State::Down(*done),
                _ => State::Up,
            };
            if deed == Deed::Undoes && state == State::Unknown {
                // It may be the one that was hit by its role.
                self.forget(whom.kind, true);
                self.unsure = true;
            }
            match now {
                State::Up => self.broken.remove(&whom),
                _ => self.broken.insert(whom.clone()),
            };
            self.set(whom, now);
        }
        found
    }

    /// A fault that is none of processes.
    fn disturb(&mut self, step: usize, spoken: &Spoken<'_>, deed: Deed) -> Vec<WhyNot> {
        if deed == Deed::Breaks {
            self.broken.insert(Whom { kind: "step", name: step.to_string() });
        }
        let Some(part) = spoken.action().and_then(Part::of) else { return Vec::new() };
        let at = spoken.place_of(&part.words).start;
        let mut found = Vec::new();
        for (whom, place) in self.whom(&part.whom, &part.words, step) {
            let why = match (part.needs_running, self.state(&whom, &part.whom)) {
                (true, State::Down(done)) => Some(still(&whom, done)),
                (true, State::Paused) => Some(still(&whom, Participle::Paused)),
                (false, State::Up | State::Paused) => Some(never(&whom, "killed or stopped")),
                _ => None,
            };
            found.extend(why.map(|why| (why, at + place.start..at + place.end)));
            if part.may_end {
                self.set(whom.clone(), State::Unknown);
                self.forget(whom.kind, false);
            }
        }
        found
    }

    /// Whom the words mean, each with its place in them. Who is named by a role is known by the step from then on.
    fn whom(&self, named: &Named, words: &str, step: usize) -> Vec<(Whom, Range<usize>)> {
        match named {
            Named::These(these) => these.clone(),
            Named::Hit { done, kind } => {
                let hit = self.hit.get(&(*done, *kind)).into_iter().flatten();
                hit.map(|whom| (whom.clone(), 0..words.len())).collect()
            }
            Named::All(kind) => vec![(Whom::every(kind), 0..words.len())],
            Named::Any(kind) => {
                let name = format!("the {kind} of step {}", step + 1);
                vec![(Whom { kind, name }, 0..words.len())]
            }
        }
    }

    /// How it is; who is meant by a role may be any of the kind.
    fn state(&self, whom: &Whom, named: &Named) -> State {
        let others = self.others.get(whom.kind).copied().unwrap_or(State::Up);
        if let Some(state) = self.known.get(whom) {
            return *state;
        }
        let by_role = matches!(named, Named::Any(_) | Named::All(_));
        let mut of_kind = self.known.iter().filter(|(known, _)| known.kind == whom.kind);
        match by_role && of_kind.any(|(_, state)| *state != others) {
            true => State::Unknown,
            false => others,
        }
    }

    fn set(&mut self, whom: Whom, state: State) {
        if whom == Whom::every(whom.kind) {
            self.known.retain(|known, _| known.kind != whom.kind);
            self.others.insert(whom.kind, state);
        } else {
            self.known.insert(whom, state);
        }
    }

    /// Something was done to nobody knows which node of the kind: who was up may not be, and where something was
    /// undone, the other way round.
    fn forget(&mut self, kind: &'static str, undone: bool) {
        let forgotten = |state: &State| undone || *state == State::Up;
        let others = self.others.entry(kind).or_insert(State::Up);
        let known = self.known.iter_mut().filter(|(known, _)| known.kind == kind);
        for state in known.map(|(_, state)| state).chain([others]).filter(|state| forgotten(state))
        {
            *state = State::Unknown;
        }
    }
}

fn still(whom: &Whom, done: Participle) -> String {
    format!("a step before has {done} {}, and none has undone that", whom.name)
}

fn never(whom: &Whom, done: &str) -> String {
    format!("no step before has {done} {}", whom.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::scene::spoken::spoken;

    const NOTHING: &str = "within 10 seconds every broker is registered";

    const HEAL: &str = "all faults are healed";

    const NOTHING_LEFT: &str =
        "nothing is left to heal: the faults before were undone, or have undone themselves";

    fn found(sentences: &[&str]) -> Vec<(usize, String)> {
        impossible(&spoken(sentences)).into_iter().map(|it| (it.step, it.why)).collect()
    }

    #[test]
    fn what_is_whole_cannot_be_healed() {
        let whole = |step| vec![(step, NOTHING_LEFT.to_owned())];
        assert_eq!(found(&["broker 1 is killed", HEAL, HEAL]), whole(2));
        let in_background = "every 3 seconds broker 2 is restarted, for 60 seconds";
        assert_eq!(found(&["broker 1 is killed", HEAL, in_background, HEAL]), whole(3));
        assert_eq!(found(&["broker 1 is restarted", HEAL]), whole(1));
        assert_eq!(found(&["broker 1 is paused for 3 seconds", HEAL]), whole(1));
        let started = ["the controller is killed", "the killed broker is started again", HEAL];
        assert_eq!(found(&started), whole(2));
        assert_eq!(
            found(&["brokers 1 and 2 are paused", "brokers 1 and 2 are resumed", HEAL]).len(),
            1
        );
        for broken in [
            ["broker 1 is killed", HEAL, "broker 2 is cut off from the other brokers"],
            ["brokers 1 and 2 are killed", "broker 1 is started again", NOTHING],
            ["the controller is killed", "broker 1 is started again", NOTHING],
            [
                "broker 1 is killed",
                "broker 1 is started again",
                "nothing from broker 1 reaches broker 2",
            ],
        ] {
            assert_eq!(found(&[&broken[..], &[HEAL]].concat()), [], "{broken:?}");
        }
    }

    #[test]
    fn what_is_down_already_is_told() {
        let why = "a step before has killed broker 2, and none has undone that";
        for second in [
            "is killed",
            "is stopped",
            "is paused for 3 seconds",
            "is restarted",
            "is killed and started again at once",
        ] {
            let twice = found(&["brokers 1 and 2 are killed", &format!("broker 2 {second}")]);
            assert_eq!(twice, [(1, why.to_owned())], "{second}");
        }
        for (first, second) in [
            ("ZooKeeper 1 is paused", "ZooKeeper 1 and ZooKeeper 2 are stopped"),
            ("broker 1 is paused", "broker 1 is killed and started again at once"),
            ("every broker is killed", "broker 1 is killed"),
            ("every broker is paused", "every broker is paused"),
            ("the controller is stopped", "the stopped broker is stopped"),
            ("broker 1 is killed", "the clock of broker 1 is moved 1 hour forward"),
            ("broker 1 is paused", "log directory 1 of broker 1 fails"),
            ("copier \"cp\" is killed", "copier \"cp\" is killed"),
            (
                "within 9 seconds copier \"cp\" is paused halfway through a batch",
                "copier \"cp\" is stopped",
            ),
        ] {
            assert_eq!(found(&[first, second]).len(), 1, "{first}, {second}");
        }
    }

    #[test]
    fn what_was_not_done_cannot_be_undone() {
        let never = |done| vec![(1, format!("no step before has {done}"))];
        let two = ["broker 2 is killed", "broker 1 is started again"];
        assert_eq!(found(&two), never("killed or stopped broker 1"));
        assert_eq!(found(&["broker 2 is paused", "broker 1 is resumed"]), never("paused broker 1"));
        assert_eq!(found(&["broker 1 is paused", "broker 1 is started again"]).len(), 1);
        assert_eq!(found(&["copier \"a\" is killed", "broker 1 is started again"]).len(), 1);
        assert_eq!(found(&["copier \"a\" is killed", "copier \"b\" is resumed"]).len(), 1);
        let twice =
            ["broker 1 is killed", "broker 1 is started again", "broker 1 is started again"];
        assert_eq!(found(&twice).len(), 1);
        for of_disk in [
            "the data of broker 1 is wiped",
            "the last 10 bytes of partition 0 of topic \"orders\" are flipped on broker 1",
        ] {
            assert_eq!(found(&["broker 1 is paused", of_disk]).len(), 1, "{of_disk}");
            assert_eq!(found(&["broker 2 is killed", of_disk]).len(), 1, "{of_disk}");
            for before in ["the controller is killed", "the disk of broker 1 is full"] {
                assert_eq!(found(&[before, of_disk]), [], "{of_disk}");
            }
        }
    }

    #[test]
    fn several_are_not_those_of_several_steps() {
        let two = [
            "broker 1 is killed",
            "the controller is killed",
            "the killed brokers are started again",
        ];
        assert_eq!(found(&two).len(), 1);
        let last = [
            "broker 1 is killed",
            "brokers 2 and 3 are killed",
            "the killed brokers are started again",
        ];
        assert_eq!(found(&last), []);
    }

    #[test]
    fn what_may_be_done_is_no_mistake() {
        for sentences in [
            ["broker 1 is killed", "broker 1 is started again", "broker 1 is killed"],
            ["broker 1 is killed", HEAL, "broker 1 is stopped"],
            ["brokers 1 and 1 are killed", "broker 1 is started again", "broker 1 is killed"],
            ["broker 1 is killed", "the killed broker is started again", "broker 1 is paused"],
            ["broker 1 is paused", "broker 1 is killed", "broker 2 is killed"],
            [
                "broker 1 is restarted",
                "broker 1 is killed and started again twice",
                "broker 1 is stopped",
            ],
            ["the controller is killed", "broker 1 is started again", "ZooKeeper 1 is killed"],
            ["broker 1 is paused for 3 seconds", "broker 1 is paused", "broker 1 is resumed"],
            [
                "broker 1 is killed",
                "the data of the killed broker is wiped",
                "broker 1 is started again",
            ],
            ["the disk of broker 1 is full", "broker 1 is started again", "broker 1 is killed"],
            ["the controller is killed", "a random broker is killed", "broker 1 is started again"],
            ["copier \"a\" is paused", "copier \"a\" is resumed", "copier \"a\" is started again"],
            ["every broker is killed", "broker 1 is started again", "broker 1 is killed"],
            [
                "every broker is killed",
                "the killed brokers are started again",
                "broker 1 is killed",
            ],
        ] {
            assert_eq!(found(&sentences), [], "{sentences:?}");
        }
    }
}
