//! Cycles of transactions, after Adya: write-write edges by the order of offsets, write-read edges by what
//! a transaction polled.

use petgraph::Directed;
use petgraph::graph::{Graph, NodeIndex};
use rustc_hash::FxHashMap;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::findings::{Example, Findings};
use super::history::{Fate, Isolation, NONE, TransactionId};
use super::index::Index;

/// An edge between two different transactions; `true` for write-read under read_uncommitted.
type Edge = (TransactionId, TransactionId, Dependency);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dependency {
    /// The second wrote behind the first.
    Write,
    /// The second polled what the first wrote.
    Read,
    /// The same, under read_uncommitted.
    UncommittedRead,
}

/// G0. Transactions would be isolated in what they write if none wrote both before and after another one.
pub fn dirty_write_cycle(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let edges = writes(index);
    for cycle in cycles(&edges) {
        findings.add(Facts::default(), cycle.length(), || describe(index, &cycle));
    }
    Compared::all(edges.len())
}

/// G1c. A transaction that read what another one wrote does not come before it in any way. Cycles of
/// write-read edges alone cannot be under read_committed; with write-write edges they can.
pub fn circular_information_flow(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut edges = reads(index);
    if edges.is_empty() {
        return Compared::default();
    }
    let mut in_read_cycle = rustc_hash::FxHashSet::default();
    // Those first that need no read_uncommitted edge: such an edge beside them excuses nothing.
    let committed = edges.iter().filter(|edge| edge.2 == Dependency::Read).copied();
    let committed: Vec<Edge> = committed.collect();
    for (uncommitted, edges) in [(false, &committed), (true, &edges)] {
        for cycle in cycles(edges) {
            if cycle.members.iter().any(|id| in_read_cycle.contains(id)) {
                continue;
            }
            let facts = Facts::default().with(Fact::ReadUncommitted, uncommitted);
            findings.add(facts, cycle.length(), || describe(index, &cycle));
            in_read_cycle.extend(cycle.members);
        }
    }
    edges.append(&mut writes(index));
    for cycle in cycles(&edges) {
        let reads = cycle.edges.iter().any(|edge| edge.2 != Dependency::Write);
        if reads && !cycle.members.iter().any(|id| in_read_cycle.contains(id)) {
            let facts = Facts::default().with(Fact::OverWrites, true);
            findings.add(facts, cycle.length(), || describe(index, &cycle));
        }
    }
    Compared::all(edges.len())
}

/// Each transaction and the next one in the same partition.
fn writes(index: &Index<'_>) -> Vec<Edge> {
    let history = index.history;
    let mut edges = Vec::new();
    for partition in 0..history.partitions.len() {
        let mut last = NONE;
        for send in index.acknowledged.of(u32::try_from(partition).unwrap_or(NONE)) {
            let id = history.sends.transaction[*send as usize];
            if id == NONE || history.transactions[id as usize].fate() != Fate::Committed {
                continue;
            }
            if last != NONE && last != id {
                edges.push((last, id, Dependency::Write));
            }
            last = id;
        }
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// The writer of what was polled and the transaction that polled it.
fn reads(index: &Index<'_>) -> Vec<Edge> {
    let history = index.history;
    let mut edges = Vec::new();
    for (row, message) in history.reads.message.iter().enumerate() {
        let poll = history.polls[history.reads.poll[row] as usize];
        let send = history.send_of[*message as usize];
        if poll.transaction == NONE || send == NONE {
            continue;
        }
        let writer = history.sends.transaction[send as usize];
        let isolation = history.clients[poll.client as usize].isolation;
        let dependency = match isolation {
            Isolation::ReadCommitted => Dependency::Read,
            Isolation::ReadUncommitted => Dependency::UncommittedRead,
        };
        if writer != NONE && writer != poll.transaction {
            let edge = (writer, poll.transaction, dependency);
            if edges.last() != Some(&edge) {
                edges.push(edge);
            }
        }
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// Transactions each of which comes before each other one.
struct Cycle {
    /// By number.
    members: Vec<TransactionId>,
    /// The edges between them.
    edges: Vec<Edge>,
}

impl Cycle {
    fn length(&self) -> u64 {
        self.members.len() as u64
    }
}

/// The strongly connected components with more than one transaction.
fn cycles(edges: &[Edge]) -> Vec<Cycle> {
    let mut graph: Graph<TransactionId, (), Directed, u32> = Graph::default();
    let mut nodes: FxHashMap<TransactionId, NodeIndex<u32>> = FxHashMap::default();
    for (from, to, _) in edges {
        let [from, to] =
            [from, to].map(|id| *nodes.entry(*id).or_insert_with(|| graph.add_node(*id)));
        graph.add_edge(from, to, ());
    }
    // Kosaraju's, because petgraph's other one recurses as deep as the longest path.
    let mut components: Vec<Vec<TransactionId>> = petgraph::algo::kosaraju_scc(&graph)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| component.into_iter().map(|node| graph[node]).collect())
        .collect();
    for component in &mut components {
        component.sort_unstable();
    }
    components.sort_unstable();
    let mut cycle_of: FxHashMap<TransactionId, usize> = FxHashMap::default();
    for (number, component) in components.iter().enumerate() {
        cycle_of.extend(component.iter().map(|id| (*id, number)));
    }
    let cycle = |members| Cycle { members, edges: Vec::new() };
    let mut cycles: Vec<Cycle> = components.into_iter().map(cycle).collect();
    // One pass for all of them: where there are many cycles there are many edges.
    for edge in edges {
        let [from, to] = [edge.0, edge.1].map(|id| cycle_of.get(&id));
        if let Some(number) = from.filter(|from| to == Some(from)) {
            cycles[*number].edges.push(*edge);
        }
    }
    cycles
}

/// The shortest way from the first member back to itself, in words.
fn describe(index: &Index<'_>, Cycle { members, edges }: &Cycle) -> Example {
    let mut next: FxHashMap<TransactionId, Vec<(TransactionId, Dependency)>> = FxHashMap::default();
    for (from, to, dependency) in edges {
        next.entry(*from).or_default().push((*to, *dependency));
    }
    let start = members[0];
    let mut came_from: FxHashMap<TransactionId, (TransactionId, Dependency)> = FxHashMap::default();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(id) = queue.pop_front() {
        for (to, dependency) in next.get(&id).into_iter().flatten() {
            if let std::collections::hash_map::Entry::Vacant(place) = came_from.entry(*to) {
                place.insert((id, *dependency));
                queue.push_back(*to);
            }
        }
        if came_from.contains_key(&start) {
            break;
        }
    }
    let mut steps = Vec::new();
    let mut at = start;
    while let Some((from, dependency)) = came_from.get(&at) {
        let verb = if *dependency == Dependency::Write { "wrote behind" } else { "read from" };
        steps.push(format!("{} {verb} {}", index.transaction(at), index.transaction(*from)));
        at = *from;
        if at == start {
            break;
        }
    }
    let begin_ns = index.history.transactions[start as usize].begin_ns;
    let text = format!("{} transactions in a cycle: {}", members.len(), steps.join("; "));
    Example { text, ..index.example_at(begin_ns, begin_ns) }
}
