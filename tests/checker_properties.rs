//! A correct history is never accused; each kind of anomaly, injected into one, is always found by name.

mod simulation;

use std::path::Path;

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::checker::check;
use kafka_trial::checker::report::Report;
use kafka_trial::checker::verdict::Verdict;
use kafka_trial::history::line::{Batch, End, Line, Operation, Record, State};
use kafka_trial::history::load::Loader;
use proptest::prelude::*;
use simulation::{At, OUT, PARTITIONS, Simulation, offsets, partition, to_text};

fn judge(text: &[u8]) -> Report {
    let mut loader = Loader::default();
    loader.read(Path::new("simulated"), text).expect("a history");
    check(&loader.finish())
}

/// Puts an anomaly into a correct history.
fn inject(anomaly: Anomaly, s: &mut Simulation) {
    let at = PARTITIONS[0];
    let end = s.end_of(at);
    let first = records(s, at);
    match anomaly {
        Anomaly::LostWrite => forget(s, &acknowledged(s, "t0")),
        Anomaly::Unseen => {
            send(s, "x", "lost", at, Some(end), None);
            // Somebody looks again.
            s.add(Line {
                to: Some(end),
                high_watermark: Some(end),
                ..partition(at, Some(State::FinalRead))
            });
        }
        Anomaly::TruncatedRead => {
            let record = send(s, "x", "seen", at, Some(end), None);
            poll(s, "y", at, vec![record], None);
            s.add(Line {
                to: Some(end),
                high_watermark: Some(end),
                ..partition(at, Some(State::FinalRead))
            });
        }
        Anomaly::UnstableRead => {
            begin(s, "x");
            send(s, "x", "open", at, Some(end), Some(1));
            let record = send(s, "z", "behind", at, Some(end + 1), None);
            poll(s, "y", at, vec![record], None);
            send(s, "x", "later", at, Some(end + 2), Some(1));
            finish(s, "x", Operation::Abort);
        }
        Anomaly::ReadBeforeSend => {
            let record = Record { offset: end, message: Some("early".into()), digest: None };
            poll(s, "y", at, vec![record], None);
            send(s, "x", "early", at, Some(end), None);
        }
        Anomaly::UncommittedOffset => {
            begin(s, "x");
            let line = Line { transaction: Some(1), ..offsets("late", at, 1) };
            let id = s.start("x", Operation::SendOffsets, line);
            s.end("x", id, End::Ok, Line::default());
            finish(s, "x", Operation::Abort);
            let group = Some("late".into());
            let line = partition(at, Some(State::GroupOffset));
            s.add(Line { group, offset: Some(1), ..line });
        }
        Anomaly::Duplicate => append(s, at, vec![Record { offset: end, ..first[0].clone() }]),
        Anomaly::InconsistentOffset => {
            send(s, "x", "other", at, None, None);
            poll(
                s,
                "y",
                at,
                vec![Record { message: Some("other".into()), ..first[0].clone() }],
                None,
            );
        }
        Anomaly::AbortedRead => {
            begin(s, "x");
            let record = send(s, "x", "aborted", at, Some(end), Some(1));
            finish(s, "x", Operation::Abort);
            poll(s, "y", at, vec![record], None);
        }
        Anomaly::PrecommittedRead => {
            begin(s, "x");
            let record = send(s, "x", "early", at, Some(end), Some(1));
            poll(s, "y", at, vec![record], None);
            finish(s, "x", Operation::Commit);
        }
        Anomaly::TornTransaction => forget(s, &acknowledged(s, "t0")),
        Anomaly::PollSkip => {
            poll(s, "y", at, first[..1].to_vec(), None);
            poll(s, "y", at, first[2..3].to_vec(), None);
        }
        Anomaly::InternalPollSkip => {
            poll(s, "y", at, vec![first[0].clone(), first[2].clone()], None);
        }
        Anomaly::NonmonotonicPoll => {
            poll(s, "y", at, first[..2].to_vec(), None);
            poll(s, "y", at, first[..1].to_vec(), None);
        }
        Anomaly::InternalNonmonotonicPoll => {
            poll(s, "y", at, vec![first[1].clone(), first[0].clone()], None);
        }
        Anomaly::NonmonotonicSend => {
            send(s, "x", "one", at, Some(end + 1), None);
            send(s, "x", "two", at, Some(end), None);
        }
        Anomaly::InternalNonmonotonicSend => {
            begin(s, "x");
            send(s, "x", "one", at, Some(end + 1), Some(1));
            send(s, "x", "two", at, Some(end), Some(1));
            finish(s, "x", Operation::Commit);
        }
        Anomaly::Reordered => {
            let one = send(s, "x", "one", at, None, None);
            let two = send(s, "x", "two", at, None, None);
            append(s, at, vec![Record { offset: end, ..two }, Record { offset: end + 1, ..one }]);
        }
        Anomaly::Phantom => {
            append(
                s,
                at,
                vec![Record { offset: end, message: Some("ghost".into()), digest: None }],
            );
        }
        Anomaly::Corrupt => {
            let digest = first[0].digest.map(|digest| digest ^ 0x8000_0000);
            poll(s, "y", at, vec![Record { digest, ..first[0].clone() }], None);
        }
        Anomaly::OffsetRegression => {
            for offset in [end, end - 1] {
                let id = s.start("y", Operation::CommitOffsets, offsets("late", at, offset));
                s.end("y", id, End::Ok, Line::default());
            }
        }
        Anomaly::Unprocessed => forget(s, &acknowledged(s, "cp")),
        Anomaly::Reprocessed => {
            let end = s.end_of(OUT);
            let source = first[0].message.clone();
            let fields = Line { source, message: Some("again".into()), ..partition(OUT, None) };
            let id = s.start("x", Operation::Send, fields);
            s.end("x", id, End::Ok, Line { offset: Some(end), ..Line::default() });
            let record = Record { offset: end, message: Some("again".into()), digest: None };
            append(s, OUT, vec![record]);
        }
        Anomaly::DirtyWriteCycle => {
            begin(s, "x");
            begin(s, "y");
            let interleaved = [("x", "x1"), ("y", "y1"), ("x", "x2")].into_iter().zip(end..);
            let records: Vec<_> = interleaved
                .map(|((client, name), offset)| send(s, client, name, at, Some(offset), Some(1)))
                .collect();
            finish(s, "x", Operation::Commit);
            finish(s, "y", Operation::Commit);
            append(s, at, records);
        }
        Anomaly::CircularInformationFlow => {
            begin(s, "x");
            begin(s, "y");
            let x = send(s, "x", "x1", at, Some(end), Some(1));
            let y = send(s, "y", "y1", at, Some(end + 1), Some(1));
            poll(s, "x", at, vec![y], Some(1));
            poll(s, "y", at, vec![x], Some(1));
            finish(s, "x", Operation::Commit);
            finish(s, "y", Operation::Commit);
        }
        Anomaly::Stuck => {
            for _ in 0..3 {
                let line = Line {
                    last_stable: Some(end + 1),
                    high_watermark: Some(end + 2),
                    ..partition(at, Some(State::Watermarks))
                };
                s.add(line);
                s.pass(100);
            }
        }
        Anomaly::Unavailable => {
            let fields = Line { message: Some("slow".into()), ..partition(at, None) };
            let id = s.start("x", Operation::Send, fields);
            s.pass(100);
            s.end("x", id, End::Ok, Line { offset: Some(end), ..Line::default() });
        }
        Anomaly::ReplicaDivergence => {
            let dump = s.lines.iter_mut().rev().find(|line| line.broker == Some(2));
            let record = dump.expect("a dump").records.iter_mut().find(|r| r.message.is_some());
            let digest = &mut record.expect("a record").digest;
            *digest = digest.map(|digest| digest ^ 0x8000_0000);
        }
    }
}

/// What the final reader read of a partition.
fn records(s: &Simulation, at: At) -> Vec<Record<'static>> {
    let lines = s.lines.iter().filter(|line| line.client.as_deref() == Some("final"));
    let batches = lines.flat_map(|line| &line.batches);
    let batches = batches.filter(|batch| &*batch.topic == at.0 && batch.partition == at.1);
    batches.flat_map(|batch| batch.records.clone()).collect()
}

/// The first message that a client sent.
fn acknowledged(s: &Simulation, client: &str) -> String {
    let sent = |line: &&Line<'_>| {
        line.start == Some(Operation::Send) && line.client.as_deref() == Some(client)
    };
    let line = s.lines.iter().find(sent).expect("a send");
    line.message.as_deref().expect("a message").to_owned()
}

/// Takes a message out of everything that anybody read.
fn forget(s: &mut Simulation, message: &str) {
    for batch in s.lines.iter_mut().flat_map(|line| &mut line.batches) {
        batch.records.retain(|record| record.message.as_deref() != Some(message));
    }
}

fn begin(s: &mut Simulation, client: &str) {
    transact(s, client, Operation::Begin);
}

fn finish(s: &mut Simulation, client: &str, operation: Operation) {
    transact(s, client, operation);
}

fn transact(s: &mut Simulation, client: &str, operation: Operation) {
    let id = s.start(client, operation, Line { transaction: Some(1), ..Line::default() });
    s.end(client, id, End::Ok, Line::default());
}

fn send(
    s: &mut Simulation,
    client: &str,
    message: &str,
    at: At,
    offset: Option<u64>,
    transaction: Option<u64>,
) -> Record<'static> {
    let message: String = message.into();
    let fields = Line { message: Some(message.clone().into()), transaction, ..partition(at, None) };
    let id = s.start(client, Operation::Send, fields);
    s.end(client, id, End::Ok, Line { offset, ..Line::default() });
    Record { offset: offset.unwrap_or(0), message: Some(message.into()), digest: None }
}

fn poll(
    s: &mut Simulation,
    client: &str,
    at: At,
    records: Vec<Record<'static>>,
    transaction: Option<u64>,
) {
    let id = s.start(client, Operation::Poll, Line { transaction, ..Line::default() });
    let batches = vec![Batch { topic: at.0.into(), partition: at.1, records }];
    s.end(client, id, End::Ok, Line { batches, ..Line::default() });
}

/// The final reader reads some more, behind the end.
fn append(s: &mut Simulation, at: At, records: Vec<Record<'static>>) {
    let end = Some(records.last().map_or(0, |record| record.offset) + 1);
    poll(s, "final", at, records, None);
    s.add(Line { to: end, high_watermark: end, ..partition(at, Some(State::FinalRead)) });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_correct_history_is_never_accused(seed: u64, steps in 0_usize..300) {
        let report = judge(&to_text(&Simulation::run(seed, steps).lines));
        for check in &report.checks {
            prop_assert_eq!(check.violations + check.undecided, 0, "{:#?}", check);
        }
        prop_assert_eq!(report.verdict, Verdict::Passed);
    }

    #[test]
    fn each_injected_anomaly_is_found_by_name(seed: u64, steps in 0_usize..100) {
        let before = judge(&to_text(&Simulation::run(seed, steps).lines));
        for anomaly in Anomaly::ALL {
            let mut simulation = Simulation::run(seed, steps);
            inject(anomaly, &mut simulation);
            let after = judge(&to_text(&simulation.lines));
            let found = |report: &Report| report.of(anomaly).map_or(0, kafka_trial::checker::report::CheckReport::found);
            prop_assert!(found(&after) > found(&before), "{} is not found", anomaly);
            if anomaly != Anomaly::DirtyWriteCycle {
                prop_assert_eq!(after.verdict, Verdict::Failed, "{}", anomaly);
            }
        }
    }

    #[test]
    fn a_damaged_history_is_judged_or_refused(
        seed: u64,
        steps in 0_usize..30,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut: prop::sample::Index,
    ) {
        let mut text = to_text(&Simulation::run(seed, steps).lines);
        for (at, byte) in damage {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text.truncate(cut.index(text.len()) + 1);
        let mut loader = Loader::default();
        if let Err(error) = loader.read(Path::new("damaged"), text.as_slice()) {
            prop_assert!(error.to_string().starts_with("damaged:"), "{}", error);
            return Ok(());
        }
        let report = check(&loader.finish());
        let panicked = report.checks.iter().filter_map(|check| check.reason.as_ref());
        let panicked: Vec<_> = panicked.filter(|reason| reason.contains("panicked")).collect();
        prop_assert!(panicked.is_empty(), "{:?}", panicked);
    }
}
