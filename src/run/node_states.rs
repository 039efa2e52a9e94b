//! What the sentences of a scenario do to nodes that they name by number, to find what cannot be done to a node as it
//! is by then: kill it twice, resume it when nothing was paused, heal all when that was done already.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::fault_before::{HEAL, is_in_background};

/// Words that ask for what cannot be done to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible {
    /// The step, by its place in the scenario.
    pub step: usize,
    /// Why not.
    pub why: String,
    /// Where that is in the sentence: the number of the node, or what cannot be done.
    pub place: Range<usize>,
}

/// Words of faults after which a node may be down: one that has no room or no log directory left ends.
const DOWN: [&str; 4] = ["killed", "stopped", " fails", " full"];

/// Goes through the sentences of a scenario, each with whether it injects a fault or heals one. Nodes that are named
/// by their role are not followed.
pub fn impossible(sentences: &[(&str, bool)]) -> Vec<Impossible> {
    // Patterns that are known to be right; if they were not, the steps would find the mistake later.
    static SAID: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let nodes = r"^(broker|ZooKeeper)s? (\d+(?:(?:, | and )(?:ZooKeeper )?\d+)*) (?:is|are) ";
        Regex::new(&format!("{nodes}(killed|stopped|paused|restarted|resumed|started again)(.*)$"))
            .ok()
    });
    static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d+").ok());
    // What is done to the files of nodes that are down.
    static OF_DISK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^the (?:data of .+ is (wiped)|last .+ (?:is|are) (cut off|flipped) on .+)$")
            .ok()
    });
    let (Some(said), Some(number), Some(of_disk)) =
        (SAID.as_ref(), NUMBER.as_ref(), OF_DISK.as_ref())
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // What was done to each node, and has not been undone.
    let mut down: BTreeMap<String, &str> = BTreeMap::new();
    // All faults before were healed, and there was none since.
    let mut healed = false;
    let of_faults = sentences.iter().enumerate().filter(|(_, (_, of_faults))| *of_faults);
    for (step, (sentence, _)) in of_faults {
        if healed && *sentence == HEAL {
            let why = "all faults before are healed already".into();
            found.push(Impossible { step, why, place: 0..sentence.len() });
        }
        healed = *sentence == HEAL || (healed && is_in_background(sentence));
        let Some(words) = said.captures(sentence) else {
            if let Some(on) = of_disk.captures(sentence).and_then(|it| it.get(1).or(it.get(2)))
                && let Some(why) = nobody_was(sentences, step, &DOWN)
            {
                found.push(Impossible { step, why, place: on.range() });
            }
            // What is named by role may be any of the nodes.
            let undoes = ["again", "resumed", "healed", "restarted"];
            if undoes.iter().any(|word| sentence.contains(word)) {
                down.clear();
            }
            continue;
        };
        let (Some(kind), Some(list), Some(done), Some(rest)) =
            (words.get(1), words.get(2), words.get(3), words.get(4))
        else {
            continue;
        };
        let (done, at_once) = (done.as_str(), !rest.as_str().is_empty());
        let mut twice = BTreeSet::new();
        for id in number.find_iter(list.as_str()) {
            let node = format!("{} {}", kind.as_str(), id.as_str());
            if !twice.insert(node.clone()) {
                continue;
            }
            let why = match (done, down.get(&node)) {
                ("resumed", _) => nobody_was(sentences, step, &["paused"]),
                ("started again", _) => nobody_was(sentences, step, &DOWN),
                ("killed", Some(&"paused")) if !at_once => None,
                (_, None) => None,
                (_, Some(before)) => {
                    Some(format!("a step before has {before} {node}, and none has undone that"))
                }
            };
            if let Some(why) = why {
                let place = list.start() + id.start()..list.start() + id.end();
                found.push(Impossible { step, why, place });
            }
            match done {
                "killed" | "stopped" | "paused" if rest.as_str().is_empty() => {
                    down.insert(node, done)
                }
                _ => down.remove(&node),
            };
        }
    }
    found
}

/// Why nothing can be undone that no sentence before has done to any node.
fn nobody_was(sentences: &[(&str, bool)], step: usize, done: &[&str]) -> Option<String> {
    let mut before = sentences[..step].iter().filter(|(_, of_faults)| *of_faults);
    let was = before.any(|(sentence, _)| done.iter().any(|done| sentence.contains(done)));
    let done = if done == DOWN { "killed or stopped" } else { "paused" };
    (!was).then(|| format!("no step before has {done} a node"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sentences: &[&str]) -> Vec<(usize, String)> {
        let sentences: Vec<_> = sentences.iter().map(|sentence| (*sentence, true)).collect();
        impossible(&sentences).into_iter().map(|it| (it.step, it.why)).collect()
    }

    #[test]
    fn what_is_healed_cannot_be_healed_again() {
        let again = |step| vec![(step, "all faults before are healed already".to_owned())];
        assert_eq!(found(&["broker 1 is killed", HEAL, HEAL]), again(2));
        assert_eq!(found(&["broker 1 is killed", HEAL, "broker 2 is cut off", HEAL]), []);
        let in_background = "every 3 seconds broker 2 is restarted, for 60 seconds";
        assert_eq!(found(&["broker 1 is killed", HEAL, in_background, HEAL]), again(3));
        let others = [("broker 1 is killed", true), (HEAL, true), ("x", false), (HEAL, true)];
        assert_eq!(impossible(&others).len(), 1);
    }

    #[test]
    fn nodes_that_are_down_already_are_told() {
        let why = "a step before has killed broker 2, and none has undone that";
        for second in [
            "is killed",
            "is stopped",
            "is paused for 3 seconds",
            "is restarted",
            "is killed and started again",
        ] {
            let twice = found(&["brokers 1 and 2 are killed", &format!("broker 2 {second}")]);
            assert_eq!(twice, [(1, why.to_owned())], "{second}");
        }
        assert_eq!(
            found(&["ZooKeeper 1 is paused", "ZooKeeper 1 and ZooKeeper 2 are stopped"]).len(),
            1
        );
        assert_eq!(
            found(&["broker 1 is resumed"]),
            [(0, "no step before has paused a node".into())]
        );
        let at_once = "broker 1 is killed and started again at once";
        assert_eq!(found(&["broker 1 is paused", at_once]).len(), 1);
        for of_disk in [
            "the data of broker 1 is wiped",
            "the last 10 bytes of partition 0 of topic \"orders\" are flipped on broker 1",
        ] {
            assert_eq!(found(&["broker 1 is paused", of_disk]).len(), 1, "{of_disk}");
            for before in ["the controller is killed", "the disk of broker 1 is full"] {
                assert_eq!(found(&[before, of_disk]), [], "{of_disk}");
            }
        }
        let never = found(&["broker 1 is paused", "broker 1 is started again"]);
        assert_eq!(never, [(1, "no step before has killed or stopped a node".into())]);
    }

    #[test]
    fn what_may_be_done_is_no_mistake() {
        for sentences in [
            ["broker 1 is killed", "broker 1 is started again", "broker 1 is killed"],
            ["broker 1 is killed", "all faults are healed", "broker 1 is stopped"],
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
        ] {
            assert_eq!(found(&sentences), [], "{sentences:?}");
        }
    }
}
