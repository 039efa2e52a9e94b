//! Histories that have much of one thing.

mod logs;
mod transactions;

use super::Shape;
use super::script::{Message, Script};

/// All of them; sizes are such that judging the shorter one takes some hundredths of a second.
pub(super) fn shapes() -> Vec<Shape> {
    let shape = |name: &str, size, make: fn(usize) -> Vec<String>| Shape {
        name: name.to_owned(),
        size,
        make: Box::new(make),
    };
    vec![
        shape("messages", 10_000, |n| spread(n, [1, 1, 1])),
        shape("topics", 5_000, |n| spread(n, [n, 1, 1])),
        shape("partitions", 5_000, |n| spread(n, [1, n, 1])),
        shape("clients", 5_000, |n| spread(n, [1, 1, n])),
        shape("topics, partitions and clients", 5_000, |n| spread(n, [n, n, n])),
        shape("polls in vain", 12_500, polls_in_vain),
        shape("one long poll", 25_000, long_poll),
        shape("readers of everything", 500, readers),
        shape("transactions", 5_000, |n| transactions::transactions(n, 1)),
        shape("transactions that are aborted and seen", 5_000, transactions::aborted),
        shape("one long transaction", 10_000, |n| transactions::transactions(1, n)),
        shape("transactions that cross, and one that reads", 5_000, transactions::crossing),
        shape("one long cycle of transactions", 5_000, transactions::long_cycle),
        shape("cycles that grow", 400, transactions::growing_cycles),
        shape("operations without an end", 10_000, transactions::endless),
        shape("assignments", 10_000, |n| turns(n, "assign")),
        shape("seeks", 10_000, |n| turns(n, "seek")),
        shape("groups", 5_000, |n| logs::groups(n, 1)),
        shape("commits of one group", 10_000, |n| logs::groups(1, n)),
        shape("resets of one group", 10_000, logs::resets),
        shape("final reads of partitions", 10_000, |n| logs::final_reads(n, 1)),
        shape("final reads of one partition", 10_000, |n| logs::final_reads(1, n)),
        shape("replicas", 5_000, |n| logs::replicas(n, 1)),
        shape("records of one replica", 5_000, |n| logs::replicas(1, n)),
        shape("watermarks", 15_000, transactions::watermarks),
        shape("stuck for short times, nobody knows by whom", 10_000, transactions::stuck),
        shape("faults", 10_000, |n| faults(n, false)),
        shape("faults of one name", 10_000, |n| faults(n, true)),
        shape("faults, and skips that grow", 750, faults_and_skips),
        shape("flows", 2_500, logs::flows),
        shape("inputs of one flow", 5_000, logs::inputs),
        shape("limits of topics", 5_000, |n| limits(n, true)),
        shape("limits of all", 5_000, |n| limits(n, false)),
        shape("declarations of one topic", 5_000, |n| logs::declarations(n, "topic")),
        shape("declarations of one client", 5_000, |n| logs::declarations(n, "client")),
        shape("incarnations of one topic", 2_500, logs::incarnations),
        shape("incarnations of topics", 1_250, logs::incarnations_of_topics),
        shape("deletions of records", 5_000, logs::deletions),
        shape("partitions added", 2_500, logs::partitions_added),
        shape("keys of a compacted topic", 5_000, |n| logs::compacted(n, n)),
        shape("values of one key", 5_000, |n| logs::compacted(n, 1)),
        shape("files of one history", 1_000, |n| files(n, true)),
        shape("files of one history each", 1_000, |n| files(n, false)),
    ]
}

const TOPIC: &str = "orders";

/// Messages over so many topics, partitions and clients.
fn spread(size: usize, [topics, partitions, clients]: [usize; 3]) -> Vec<String> {
    let mut script = Script::new();
    let mut offset = 0;
    for number in 0..size as u64 {
        let topic = format!("{TOPIC}-{}", number % topics as u64);
        let partition = number % partitions as u64;
        let client = number % clients as u64;
        let offset = if topics.max(partitions) == 1 {
            std::mem::replace(&mut offset, number + 1)
        } else {
            0
        };
        let message = script.send(&format!("p-{client}"), &topic, (partition, offset), "");
        script.read(&format!("c-{client}"), &topic, message, "");
    }
    script.files()
}

fn polls_in_vain(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for number in 0..size {
        script.operation(&format!("c-{}", number % 10), "\"poll\"", "\"ok\"");
    }
    script.files()
}

fn long_poll(size: usize) -> Vec<String> {
    let mut script = Script::new();
    let mut messages = Vec::new();
    for offset in 0..size as u64 / 10 {
        messages.push(script.send("p", TOPIC, (0, offset), ""));
    }
    for client in 0..10 {
        script.poll(&format!("c-{client}"), TOPIC, &messages, "");
    }
    script.files()
}

/// Each reads all that there is, of which there is little.
fn readers(size: usize) -> Vec<String> {
    let mut script = Script::new();
    let messages: Vec<Message> =
        (0..50).map(|offset| script.send("p", TOPIC, (0, offset), "")).collect();
    for reader in 0..size {
        script.poll(&format!("c-{reader}"), TOPIC, &messages, "");
    }
    script.files()
}

fn turns(size: usize, event: &str) -> Vec<String> {
    let mut script = Script::new();
    let place = format!("\"partitions\":[{{\"topic\":\"{TOPIC}\",\"partition\":0}}]");
    for offset in 0..size as u64 {
        script.line(&format!("\"event\":\"{event}\",\"client\":\"c\",{place}"));
        let message = script.send("p", TOPIC, (0, offset), "");
        // Every other one goes back.
        script.read("c", TOPIC, message, "");
        if offset % 2 == 0 {
            script.read("d", TOPIC, message, "");
        }
    }
    script.files()
}

fn faults(size: usize, same_name: bool) -> Vec<String> {
    let mut script = Script::new();
    let name = |number: usize| if same_name { 0 } else { number };
    for number in 0..size {
        script.line(&format!("\"event\":\"fault\",\"fault\":\"fault {}\"", name(number)));
    }
    let message = script.send("p", TOPIC, (0, 0), "");
    script.read("c", TOPIC, message, "");
    for number in 0..size {
        let fault = format!("\"fault\":\"fault {}\",\"evidence\":\"a pause\"", name(number));
        script.line(&format!("\"event\":\"heal\",{fault}"));
    }
    script.files()
}

/// Each skip is worse than the one before, and each in a time of faults.
fn faults_and_skips(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for number in 0..size {
        script.line(&format!("\"event\":\"fault\",\"fault\":\"fault {number}\""));
    }
    let mut offset = 0;
    for gap in 1..=size as u64 {
        offset += gap;
        for offset in [offset, offset + gap / 2 + 1] {
            let message = script.send("p", TOPIC, (0, offset), "");
            script.read("c", TOPIC, message, "");
            if offset % 2 == 0 {
                script.read("d", TOPIC, message, "");
            }
        }
    }
    script.files()
}

fn limits(size: usize, of_topics: bool) -> Vec<String> {
    let mut script = Script::new();
    for number in 0..size {
        let topic = format!("{TOPIC}-{number}");
        let of = if of_topics { format!(",\"topic\":\"{topic}\"") } else { String::new() };
        script.line(&format!(
            "\"declare\":\"limits\"{of},\"stuck_ms\":10,\"writes_unavailable_ms\":1,\"reads_unavailable_ms\":1"
        ));
        let message = script.send("p", &topic, (0, 0), "");
        script.read("c", &topic, message, "");
    }
    script.files()
}

/// Each with clients of its own.
fn files(size: usize, same_name: bool) -> Vec<String> {
    let file = |number: usize| {
        let mut script = Script::named(&format!("h-{}", if same_name { 0 } else { number }));
        let client = format!("p-{number}");
        for offset in 0..10 {
            let start = format!(
                "\"send\",\"topic\":\"{TOPIC}\",\"partition\":{number},\"message\":\"{client}-{offset}\""
            );
            script.operation(&client, &start, &format!("\"ok\",\"offset\":{offset}"));
        }
        script.text()
    };
    (0..size).map(file).collect()
}
