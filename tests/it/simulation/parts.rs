//! The files of a history: who writes into which, and which of them tell the time.

use std::collections::BTreeMap;

use kafka_trial::history::line::{Happening, Line};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::plan::{Clocks, Plan};
use super::world::Recorded;

/// Lines by file, without headers, in the order in which the files are read.
pub fn parts(plan: &Plan, lines: &[Recorded], seed: u64) -> Vec<Vec<Line<'static>>> {
    let files = plan.files;
    let mut parts = vec![Vec::new(); files];
    let mut clients: BTreeMap<&str, usize> = BTreeMap::new();
    let mut started: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    let middle_ns = lines.get(lines.len() / 2).map_or(0, |line| line.at_ns);
    for recorded in lines {
        let known = clients.len() + 1;
        let home = match recorded.by.as_str() {
            "" => 0,
            client => *clients.entry(client).or_insert(known) % files,
        };
        let turned = matches!(
            recorded.line.event,
            Some(Happening::Assign | Happening::Revoke | Happening::Seek)
        );
        let apart = plan.turns_apart && turned;
        let late = plan.rotated && recorded.at_ns > middle_ns && !recorded.by.is_empty();
        let mut file = (home + usize::from(apart) + usize::from(late)) % files;
        // Both lines of an operation are in one file.
        if let Some(id) = recorded.line.id {
            let operation = (recorded.by.as_str(), id);
            file = *started.entry(operation).or_insert(file);
        }
        let timed = match plan.clocks {
            Clocks::All => true,
            Clocks::Some => file == 0,
            Clocks::None => false,
        };
        let mono_ns = timed.then_some(recorded.at_ns);
        parts[file].push(Line { mono_ns, ..recorded.line.clone() });
    }
    if plan.clocks != Clocks::None {
        parts.shuffle(&mut StdRng::seed_from_u64(seed));
    }
    parts
}

/// Lines as a file has them.
pub fn to_text(lines: &[Line<'_>]) -> Vec<u8> {
    let mut text = br#"{"format":"kafka-trial-history","version":1,"name":"simulated"}"#.to_vec();
    text.push(b'\n');
    for line in lines {
        serde_json::to_writer(&mut text, line).expect("JSON");
        text.push(b'\n');
    }
    text
}
