//! A message on its way to its log, in a transaction or outside of any.

use kafka_trial::history::line::{End, Line, Operation};
use rand::RngExt as _;

use super::kafka::{Fate, LogId, MessageId, TransactionId};
use super::world::{Message, World};

/// A transaction that a client has begun.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    pub id: TransactionId,
    pub number: u64,
}

/// A message on its way.
#[derive(Debug)]
pub struct Send {
    pub op: u64,
    pub message: MessageId,
    pub end: End,
    /// It will be written; an acknowledgement of the leader alone may be of what never will.
    pub arrives: bool,
    pub arrived: bool,
    pub offset: Option<u64>,
}

/// A transaction begins, which no broker hears of.
pub fn begin(world: &mut World, client: &str, number: u64) -> Open {
    let fields = Line { transaction: Some(number), ..Line::default() };
    world.at_once(client, Operation::Begin, End::Ok, fields);
    let open = Open { id: world.kafka.transactions.len(), number };
    world.kafka.transactions.push(super::kafka::Transaction {
        client: client.to_owned(),
        number,
        fate: Fate::Open,
        logs: std::collections::BTreeSet::new(),
        offsets: Vec::new(),
        unwritten: 0,
    });
    open
}

/// Hands a message to the producer; if nothing is changed about it, all goes well.
pub fn start_send(
    world: &mut World,
    client: &str,
    log: LogId,
    open: Option<Open>,
    source: Option<MessageId>,
) -> Send {
    let message = world.messages.len();
    let key = world.random.random_range(0..3);
    let digest = world.random.random_range(1..u32::MAX);
    let compacted = world.kafka.topics[world.kafka.logs[log].topic].compacted;
    let tombstone = compacted && world.one_in(4);
    let knows_partition = !(world.plan.sparse && world.one_in(2));
    let place = world.about(log, None);
    let fields = Line {
        partition: place.partition.filter(|_| knows_partition),
        message: Some(format!("m{message}").into()),
        tombstone: tombstone.then_some(true),
        key: compacted.then(|| format!("k{key}").into()),
        digest: world.plan.digests.then_some(digest),
        transaction: open.map(|open| open.number),
        source: source.map(|source| world.messages[source].id.clone().into()),
        ..place
    };
    let op = world.start(client, Operation::Send, fields);
    world.messages.push(Message {
        id: format!("m{message}"),
        digest,
        key,
        tombstone,
        client: client.to_owned(),
        log,
        transaction: open.map(|open| open.id),
        source,
        outcome: None,
        offset: None,
        start_ns: world.now_ns,
        end_ns: u64::MAX,
    });
    Send { op, message, end: End::Ok, arrives: true, arrived: false, offset: None }
}

/// The leader writes it, and so do its followers.
pub fn arrive(world: &mut World, send: &mut Send) {
    send.arrived = true;
    let (log, transaction) = {
        let message = &world.messages[send.message];
        (message.log, message.transaction)
    };
    if transaction.is_some_and(|id| world.kafka.transactions[id].fate != Fate::Open) {
        // Its time was up, and its producer is fenced.
        (send.end, send.arrives) = (End::Failed, false);
    }
    if send.arrives {
        if let Some(id) = transaction {
            world.kafka.transactions[id].logs.insert(log);
        }
        send.offset = Some(world.kafka.logs[log].append(send.message, transaction));
    } else {
        send.offset = Some(world.kafka.logs[log].end);
    }
}

/// The producer learns how it ended.
pub fn acknowledge(world: &mut World, client: &str, send: &Send) {
    let log = world.messages[send.message].log;
    let sparse = world.plan.sparse;
    let partition = (!(sparse && world.one_in(3))).then(|| world.kafka.logs[log].number);
    let offset = world.moved.get(&send.message).copied().or(send.offset);
    let offset = offset.filter(|_| send.end == End::Ok && !(sparse && world.one_in(3)));
    let partition = partition.filter(|_| send.end == End::Ok);
    world.end(client, send.op, send.end, Line { partition, offset, ..Line::default() });
    let now_ns = world.now_ns;
    let message = &mut world.messages[send.message];
    (message.outcome, message.end_ns) = (Some(send.end), now_ns);
    message.offset = offset;
}
