//! Much of what is done in transactions.

use super::TOPIC;
use crate::script::Script;

/// Transactions of so many messages each, which are read.
pub(super) fn transactions(number: usize, messages: usize) -> Vec<String> {
    let mut script = Script::new();
    let mut offset = 0;
    for id in 1..=number as u64 {
        let of = format!(",\"transaction\":{id}");
        script.control("p", "begin", id);
        let mut sent = Vec::new();
        for _ in 0..messages {
            sent.push(script.send("p", TOPIC, (0, offset), &of));
            offset += 1;
        }
        script.control("p", "commit", id);
        offset += 1;
        sent.into_iter().for_each(|message| script.read("c", TOPIC, message, ""));
    }
    script.final_read(TOPIC, 0, offset);
    script.files()
}

pub(super) fn aborted(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for id in 1..=size as u64 {
        script.control("p", "begin", id);
        let message = script.send("p", TOPIC, (0, id * 2), &format!(",\"transaction\":{id}"));
        script.control("p", "abort", id);
        script.read("c", TOPIC, message, "");
    }
    script.files()
}

/// Pairs of transactions each of which wrote before the other one in one of two partitions.
pub(super) fn crossing(size: usize) -> Vec<String> {
    let mut script = Script::new();
    let mut last = None;
    for pair in 1..=size as u64 {
        let of = format!(",\"transaction\":{pair}");
        for client in ["p", "q"] {
            script.control(client, "begin", pair);
        }
        for (client, partition, offset) in [("p", 0, 0), ("q", 0, 1), ("q", 1, 0), ("p", 1, 1)] {
            last = Some(script.send(client, TOPIC, (partition, pair * 4 + offset), &of));
        }
        for client in ["p", "q"] {
            script.control(client, "commit", pair);
        }
    }
    script.control("c", "begin", 1);
    last.into_iter().for_each(|message| script.read("c", TOPIC, message, ",\"transaction\":1"));
    script.control("c", "commit", 1);
    script.files()
}

/// Each transaction reads what the one before wrote, and the first what the last wrote.
pub(super) fn long_cycle(size: usize) -> Vec<String> {
    let mut script = Script::new();
    cycle(&mut script, 0, size as u64);
    script.files()
}

/// Each is longer than the one before.
pub(super) fn growing_cycles(size: usize) -> Vec<String> {
    let mut script = Script::new();
    // The lines are as many as the squares of the lengths say, so it is the length that has to be halved.
    let longest = (size as f64 * 100.0).sqrt() as u64;
    let mut first = 0;
    for length in 2..longest {
        cycle(&mut script, first, length);
        first += length;
    }
    script.files()
}

fn cycle(script: &mut Script, first: u64, length: u64) {
    let mut sent = Vec::new();
    for member in first..first + length {
        let client = format!("p-{member}");
        script.control(&client, "begin", 1);
        sent.push(script.send(&client, TOPIC, (0, member * 2), ",\"transaction\":1"));
    }
    for (number, message) in sent.into_iter().enumerate() {
        let client = format!("p-{}", first + (number as u64 + 1) % length);
        script.read(&client, TOPIC, message, ",\"transaction\":1");
        script.control(&client, "commit", 1);
    }
}

pub(super) fn endless(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for number in 0..size {
        let start = format!("\"send\",\"topic\":\"{TOPIC}\",\"message\":\"u-{number}\"");
        script.begin("p", &start);
    }
    let message = script.send("p", TOPIC, (0, 0), "");
    script.read("c", TOPIC, message, "");
    script.files()
}

pub(super) fn watermarks(size: usize) -> Vec<String> {
    let mut script = Script::new();
    script.line("\"declare\":\"limits\",\"stuck_ms\":10");
    for offset in 0..size as u64 {
        watermark(&mut script, offset % 10, offset);
    }
    script.files()
}

fn watermark(script: &mut Script, partition: u64, last_stable: u64) {
    script.line(&format!(
        "\"state\":\"watermarks\",\"topic\":\"{TOPIC}\",\"partition\":{partition},\"last_stable\":{last_stable},\"high_watermark\":{}",
        last_stable + 10
    ));
}

pub(super) fn stuck(size: usize) -> Vec<String> {
    let mut script = Script::new();
    script.line("\"declare\":\"limits\",\"stuck_ms\":10");
    for id in 1..=size as u64 {
        script.control("p", "begin", id);
        let start = format!(
            "\"send\",\"topic\":\"{TOPIC}\",\"partition\":0,\"message\":\"u-{id}\",\"transaction\":{id}"
        );
        script.operation("p", &start, "\"unknown\"");
        script.control("p", "commit", id);
    }
    for span in 0..size as u64 {
        watermark(&mut script, 0, span);
        script.wait(11 + span % 100);
        watermark(&mut script, 0, span);
    }
    script.files()
}
