//! How fast histories are judged, in memory and from a file, and what memory that takes.
//!
//! `cargo bench --bench checker [-- MILLIONS…]`: histories of so many million operations (default 1 3 10),
//! half of them sends and half of them reads, one thread; seconds are of processor time. Memory is what the process grew by at its peak
//! (Linux only), divided by the number of messages.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kafka_trial::checker::check;
use kafka_trial::checker::history::History;
use kafka_trial::checker::verdict::Verdict;
use kafka_trial::history::assemble::Assembler;
use kafka_trial::history::line::{Batch, Declare, End, Line, Operation, Record, State, Text};
use kafka_trial::history::load::load;
use kafka_trial::history::recorder::{Flush, Recorder};
use kafka_trial::history::send::{Outgoing, Stored};
use nix::time::{ClockId, clock_gettime};

const PARTITIONS: u32 = 12;
const PRODUCERS: u64 = 8;
/// Messages in a transaction of one partition; every other transaction is none.
const TRANSACTION: u64 = 100;
const RECORDS_IN_POLL: usize = 20;

fn main() -> io::Result<()> {
    let sizes: Vec<u64> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1, 3, 10] } else { sizes };
    println!(
        "{:>12} {:>10} {:>14} {:>16} {:>10}",
        "operations", "from", "seconds", "operations/s", "B/message"
    );
    recording()?;
    for millions in sizes {
        let messages = millions * 500_000;
        in_memory(messages);
        from_file(messages)?;
    }
    Ok(())
}

/// What recording a send costs its caller, start and end together.
fn recording() -> io::Result<()> {
    const SENDS: u64 = 1_000_000;
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("recorded.ndjson");
    let before = Memory::mark();
    let recorder = Recorder::create(&path, None, Flush::Soon).map_err(io::Error::other)?;
    let mut client = recorder.client("p", Line::default());
    let start = Instant::now();
    for number in 0..SENDS {
        let message = format!("p-{number}");
        let message = Outgoing { topic: "orders", message: &message, ..Outgoing::default() };
        let id = client.start_send(&message);
        recorder.sent("p", id, Stored { partition: Some(0), offset: Some(number) });
    }
    let ns = start.elapsed().as_nanos() / u128::from(SENDS);
    recorder.finish().map_err(io::Error::other)?;
    let kib = before.grown().map_or_else(|| "?".into(), |bytes| (bytes / 1024).to_string());
    println!("recording: {ns} ns for each send, memory grew by {kib} KiB");
    fs::remove_file(path)
}

fn in_memory(messages: u64) {
    let before = Memory::mark();
    let mut assembler = Assembler::default();
    generate(messages, |line| assembler.add(&line).expect("a line that fits"));
    let history = assembler.finish();
    let start = cpu_time();
    judge(&history);
    print("memory", messages, start, &before);
}

fn from_file(messages: u64) -> io::Result<()> {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench.ndjson");
    write(&path, messages)?;
    let before = Memory::mark();
    let start = cpu_time();
    let loaded = load(std::slice::from_ref(&path)).expect("a history");
    judge(&loaded[0].history);
    print("file", messages, start, &before);
    fs::remove_file(path)
}

fn write(path: &Path, messages: u64) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(file, "{{\"format\":\"kafka-trial-history\",\"version\":1}}")?;
    let mut result = Ok(());
    generate(messages, |line| {
        if result.is_ok() {
            result = serde_json::to_writer(&mut file, &line).map_err(io::Error::from);
            result = std::mem::replace(&mut result, Ok(())).and_then(|()| file.write_all(b"\n"));
        }
    });
    result?;
    file.flush()
}

fn judge(history: &History) {
    let report = check(history);
    assert_eq!(report.verdict, Verdict::Passed, "{:#?}", report.checks);
}

fn print(from: &str, messages: u64, start: Duration, before: &Memory) {
    let (operations, seconds) = (messages * 2, (cpu_time() - start).as_secs_f64());
    let speed = operations as f64 / seconds;
    let memory = before.grown().map_or_else(|| "?".into(), |bytes| (bytes / messages).to_string());
    println!("{operations:>12} {from:>10} {seconds:>14.2} {speed:>16.0} {memory:>10}");
}

/// A correct history: producers with and without transactions, one consumer for each partition.
fn generate(messages: u64, mut add: impl FnMut(Line<'_>)) {
    let producers: Vec<String> = (0..PRODUCERS).map(|n| format!("producer-{n}")).collect();
    let consumers: Vec<String> = (0..PARTITIONS).map(|n| format!("consumer-{n}")).collect();
    let (mut now_ns, wall_ms) = (81_234_567_890_u64, 1_795_384_687_123_u64);
    let mut ids = vec![0_u64; producers.len() + consumers.len()];
    let mut ends = vec![0_u64; PARTITIONS as usize];
    let mut unread: Vec<Vec<(u64, u64)>> = vec![Vec::new(); PARTITIONS as usize];
    let mut operation = |who: usize, name: &str, start: Line<'_>, end: Line<'_>| {
        ids[who] += 1;
        for line in [start, end] {
            now_ns += 1_000;
            let (client, id) = (Some(Text::from(name.to_owned())), Some(ids[who]));
            let (mono_ns, wall_ms) = (Some(now_ns), Some(wall_ms + now_ns / 1_000_000));
            add(Line { client, id, mono_ns, wall_ms, ..line });
        }
    };
    let ended = || Line { end: Some(End::Ok), ..Line::default() };
    let mut block = 0;
    let mut sent = 0;
    while sent < messages {
        let who = (block % PRODUCERS) as usize;
        let partition = (block % u64::from(PARTITIONS)) as usize;
        let transaction = (block / PRODUCERS).is_multiple_of(2).then_some(block + 1);
        let control = |start| Line { start: Some(start), transaction, ..Line::default() };
        if transaction.is_some() {
            operation(who, &producers[who], control(Operation::Begin), ended());
        }
        for _ in 0..TRANSACTION.min(messages - sent) {
            sent += 1;
            let offset = ends[partition];
            ends[partition] += 1;
            unread[partition].push((offset, sent));
            let start = Line {
                start: Some(Operation::Send),
                topic: Some("orders".into()),
                partition: u32::try_from(partition).ok(),
                message: Some(format!("{who}-{sent}").into()),
                digest: Some(digest(sent)),
                transaction,
                ..Line::default()
            };
            operation(who, &producers[who], start, Line { offset: Some(offset), ..ended() });
        }
        if transaction.is_some() {
            operation(who, &producers[who], control(Operation::Commit), ended());
            ends[partition] += 1;
        }
        let reader = producers.len() + partition;
        for records in unread[partition].chunks(RECORDS_IN_POLL) {
            let records = records.iter().map(|(offset, message)| Record {
                offset: *offset,
                message: Some(format!("{who}-{message}").into()),
                digest: Some(digest(*message)),
            });
            let batch = Batch {
                topic: "orders".into(),
                partition: u32::try_from(partition).unwrap_or(0),
                records: records.collect(),
            };
            let start = Line { start: Some(Operation::Poll), ..Line::default() };
            let end = Line { batches: vec![batch], ..ended() };
            operation(reader, &consumers[partition], start, end);
        }
        unread[partition].clear();
        block += 1;
    }
    for (partition, end) in (0..).zip(ends) {
        add(Line {
            state: Some(State::FinalRead),
            topic: Some("orders".into()),
            partition: Some(partition),
            to: Some(end),
            high_watermark: Some(end),
            ..Line::default()
        });
    }
    let declare = Some(Declare::Topic);
    add(Line { declare, topic: Some("orders".into()), ..Line::default() });
}

fn digest(message: u64) -> u32 {
    (message as u32).wrapping_mul(2_654_435_761) | 1
}

/// What this thread has used, so that other work on the machine does not count.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock").into()
}

/// Resident memory of this process.
struct Memory(Option<u64>);

impl Memory {
    /// Memory now; the peak counts from here.
    fn mark() -> Self {
        // Without this file the peak is that of the whole run, which is too much, never too little.
        fs::write("/proc/self/clear_refs", "5").ok();
        Self(status("VmRSS:"))
    }

    /// Bytes by which the peak is above the mark.
    fn grown(&self) -> Option<u64> {
        Some(status("VmHWM:")?.saturating_sub(self.0?))
    }
}

/// A field of /proc/self/status, in bytes.
fn status(field: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}
