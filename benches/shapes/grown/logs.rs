//! Much of what becomes of logs: their groups, ends, replicas, flows and settings.

use super::TOPIC;
use crate::script::Script;

pub(super) fn groups(groups: usize, commits: usize) -> Vec<String> {
    let mut script = Script::new();
    for commit in 0..commits as u64 {
        for group in 0..groups {
            let places = format!(
                "\"partitions\":[{{\"topic\":\"{TOPIC}\",\"partition\":0,\"offset\":{}}}]",
                // Every fourth one goes back, further each time.
                if commit % 4 == 3 { 0 } else { commit }
            );
            let start = format!("\"commit-offsets\",\"group\":\"g-{group}\",{places}");
            script.operation("c", &start, "\"ok\"");
        }
    }
    script.files()
}

pub(super) fn resets(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for offset in 0..size as u64 {
        let place = format!("\"group\":\"g\",\"topic\":\"{TOPIC}\",\"partition\":0");
        script.line(&format!("\"event\":\"reset\",{place},\"offset\":{}", offset % 7));
        script.line(&format!("\"state\":\"group-offset\",{place},\"offset\":{}", offset % 5));
    }
    script.files()
}

pub(super) fn final_reads(partitions: usize, times: usize) -> Vec<String> {
    let mut script = Script::new();
    script.line("\"declare\":\"client\",\"client\":\"f\",\"final_reader\":true");
    for time in 1..=times as u64 {
        for partition in 0..partitions as u64 {
            let message = script.send("p", TOPIC, (partition, time - 1), "");
            // Every other message is lost.
            if time % 2 == 0 {
                script.read("f", TOPIC, message, "");
            }
            script.final_read(TOPIC, partition, time);
        }
    }
    script.files()
}

pub(super) fn replicas(partitions: usize, records: usize) -> Vec<String> {
    let mut script = Script::new();
    for partition in 0..partitions {
        for broker in 1..=3 {
            // One of three differs at each offset.
            let records: Vec<String> = (0..records)
                .map(|it| format!("[{it},\"m-{partition}-{it}\",{}]", broker / 3))
                .collect();
            script.line(&format!(
                "\"state\":\"replica\",\"topic\":\"{TOPIC}\",\"partition\":{partition},\"broker\":{broker},\"from\":0,\"to\":{},\"records\":[{}]",
                records.len(),
                records.join(",")
            ));
        }
    }
    script.files()
}

/// Each from a topic of its own to one of its own.
pub(super) fn flows(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for flow in 0..size {
        let (from, to) = (format!("from-{flow}"), format!("to-{flow}"));
        script.line(&format!(
            "\"declare\":\"flow\",\"topic\":\"{from}\",\"to_topic\":\"{to}\",\"group\":\"g-{flow}\""
        ));
        flow_once(&mut script, &from, &to, 0);
    }
    script.files()
}

pub(super) fn inputs(size: usize) -> Vec<String> {
    let mut script = Script::new();
    script.line("\"declare\":\"flow\",\"topic\":\"from\",\"to_topic\":\"to\",\"group\":\"g\"");
    for offset in 0..size as u64 {
        flow_once(&mut script, "from", "to", offset);
    }
    script.files()
}

fn flow_once(script: &mut Script, from: &str, to: &str, offset: u64) {
    let input = script.send("p", from, (0, offset), "");
    script.read("copier", from, input, "");
    // Every tenth input has two results.
    for copy in 0..=u64::from(offset.is_multiple_of(10)) {
        let source = format!(",\"source\":\"m-{}\"", input.number());
        let result = script.send("copier", to, (0, offset * 2 + copy), &source);
        script.read("c", to, result, "");
    }
}

/// Settings that change all the time, while messages are sent and some are lost.
pub(super) fn declarations(size: usize, of: &str) -> Vec<String> {
    let mut script = Script::new();
    for offset in 0..size as u64 {
        let setting = match of {
            "topic" => format!(
                "\"topic\":\"{TOPIC}\",\"min_insync_replicas\":{},\"unclean_election\":{}",
                1 + offset % 2,
                offset % 3 == 0
            ),
            _ => "\"client\":\"p\",\"acks\":-1".to_owned(),
        };
        script.line(&format!("\"declare\":\"{of}\",{setting}"));
        let message = script.send("p", TOPIC, (0, offset), "");
        if offset % 2 == 0 {
            script.read("c", TOPIC, message, "");
        }
    }
    script.final_read(TOPIC, 0, size as u64);
    script.files()
}

pub(super) fn incarnations(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for _ in 0..size {
        incarnation(&mut script, TOPIC);
    }
    script.files()
}

pub(super) fn incarnations_of_topics(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for number in 0..2 * size {
        incarnation(&mut script, &format!("{TOPIC}-{}", number % size));
    }
    script.files()
}

fn incarnation(script: &mut Script, topic: &str) {
    script.line(&format!("\"event\":\"topic-created\",\"topic\":\"{topic}\""));
    let message = script.send("p", topic, (0, 0), "");
    script.read("c", topic, message, "");
    script.line(&format!("\"event\":\"topic-deleted\",\"topic\":\"{topic}\""));
}

pub(super) fn deletions(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for offset in 0..size as u64 {
        let message = script.send("p", TOPIC, (0, offset), "");
        if offset % 3 == 0 {
            script.read("c", TOPIC, message, "");
        }
        script.line(&format!(
            "\"event\":\"records-deleted\",\"topic\":\"{TOPIC}\",\"partition\":0,\"offset\":{offset}"
        ));
    }
    script.final_read(TOPIC, 0, size as u64);
    script.files()
}

pub(super) fn partitions_added(size: usize) -> Vec<String> {
    let mut script = Script::new();
    for partition in 0..size as u64 {
        script.line(&format!(
            "\"event\":\"partitions-added\",\"topic\":\"{TOPIC}\",\"partitions_count\":{}",
            partition + 1
        ));
        let message = script.send("p", TOPIC, (partition, 0), "");
        script.read("c", TOPIC, message, "");
    }
    script.files()
}

/// Of each key only the last value is there.
pub(super) fn compacted(size: usize, keys: usize) -> Vec<String> {
    let mut script = Script::new();
    script.line(&format!(
        "\"declare\":\"topic\",\"topic\":\"{TOPIC}\",\"cleanup_policy\":\"compact\""
    ));
    script.line("\"declare\":\"client\",\"client\":\"f\",\"final_reader\":true");
    let mut last = Vec::new();
    for offset in 0..2 * size as u64 {
        let key = format!(",\"key\":\"k-{}\"", offset % keys as u64);
        let message = script.send("p", TOPIC, (0, offset), &key);
        if offset + keys as u64 >= 2 * size as u64 {
            last.push(message);
        }
    }
    last.into_iter().for_each(|message| script.read("f", TOPIC, message, ""));
    script.final_read(TOPIC, 0, 2 * size as u64);
    script.files()
}
