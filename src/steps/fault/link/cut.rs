//! Links that are cut: by silence, as when packets vanish, or by resets. What `{side}` can be is told with the
//! type [`Side`](crate::fault::link::Side): nodes as in `broker 2 is killed`, `the other brokers`, `its
//! followers`, `ZooKeeper`, `the clients`, `producer "p"`, `everything`.

use cucumber::{given, when};

use crate::fault::Fault;
use crate::fault::group::Group;
use crate::fault::link::{LinkTarget, Side};
use crate::link::Effect;
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Action;
use crate::steps::parameter::{Pause, Size};
use crate::steps::world::World;

/// Cuts every link between the two, both ways, as when packets vanish: no side gets an error, what is sent waits, and
/// new connections get no answer. When the fault is healed, what was sent arrives late, as TCP sends it again.
///
/// Each side is named as nodes are in `broker 2 is killed`, or is one of: the other brokers; the other
/// ZooKeepers; its followers (of a leader); ZooKeeper (all of them); the clients; producer "p"; consumer "c";
/// producer process "p"; copier "cp-1"; standalone consumer "s"; everything (all other nodes and the clients). A
/// host is cut as a whole, with all its nodes.
///
/// ```gherkin
/// When broker 3 is cut off from the other brokers
/// ```
/// ```gherkin
/// When the leader of partition 0 of topic "orders" is cut off from its followers
/// ```
/// ```gherkin
/// When brokers 1 and 2 are cut off from ZooKeeper
/// ```
#[given(expr = "{side} is/are cut off from {side}")]
#[when(expr = "{side} is/are cut off from {side}")]
async fn cut(world: &mut World, from: Side, to: Side) -> Result<(), StepFailure> {
    world.perform(means_cut(&from, &to)).await
}

pub(crate) fn means_cut(from: &Side, to: &Side) -> Action {
    link(Effect::Silence, LinkTarget::Between(from.clone(), to.clone()))
}

/// Whether there can be links between the two.
pub(crate) fn check_cut(from: &Side, to: &Side) -> Result<(), String> {
    from.why_not_to(to).map_or(Ok(()), Err)
}

/// Cuts every link between the two, as in `broker 3 is cut off from the other brokers`, lets this time pass, at
/// most 10 minutes, and heals them. A scenario in which the cut affected no traffic is inconclusive.
///
/// ```gherkin
/// When the clients are cut off from every broker for 10 seconds
/// ```
#[given(expr = "{side} is/are cut off from {side} for {pause}")]
#[when(expr = "{side} is/are cut off from {side} for {pause}")]
async fn cut_for(world: &mut World, from: Side, to: Side, time: Pause) -> Result<(), StepFailure> {
    world.perform(means_cut_for(&from, &to, &time)).await
}

pub(crate) fn means_cut_for(from: &Side, to: &Side, time: &Pause) -> Action {
    let target = LinkTarget::Between(from.clone(), to.clone());
    Action::Lasting { fault: Fault::Link { effect: Effect::Silence, target }, time: time.0 }
}

/// Whether there can be links between the two.
pub(crate) fn check_cut_for(from: &Side, to: &Side, _: &Pause) -> Result<(), String> {
    check_cut(from, to)
}

/// Cuts the links from one side to the other, as when packets vanish on the way there only. Nothing on a new
/// connection is answered, in either direction; those that are open go on one way. Sides are named as in
/// `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When nothing from broker 3 reaches the other brokers
/// ```
#[given(expr = "nothing from {side} reaches {side}")]
#[when(expr = "nothing from {side} reaches {side}")]
async fn cut_one_way(world: &mut World, from: Side, to: Side) -> Result<(), StepFailure> {
    world.perform(means_cut_one_way(&from, &to)).await
}

pub(crate) fn means_cut_one_way(from: &Side, to: &Side) -> Action {
    link(Effect::Silence, LinkTarget::From(from.clone(), to.clone()))
}

/// Whether there can be links between the two.
pub(crate) fn check_cut_one_way(from: &Side, to: &Side) -> Result<(), String> {
    check_cut(from, to)
}

/// Resets every connection between the two, and each new one as soon as it is made, so that both notice at
/// once. Sides are named as in `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When broker 3 is cut off from the other brokers by resets
/// ```
#[given(expr = "{side} is/are cut off from {side} by resets")]
#[when(expr = "{side} is/are cut off from {side} by resets")]
async fn reset(world: &mut World, from: Side, to: Side) -> Result<(), StepFailure> {
    world.perform(means_reset(&from, &to)).await
}

pub(crate) fn means_reset(from: &Side, to: &Side) -> Action {
    link(Effect::Reset, LinkTarget::Between(from.clone(), to.clone()))
}

/// Whether there can be links between the two.
pub(crate) fn check_reset(from: &Side, to: &Side) -> Result<(), String> {
    check_cut(from, to)
}

/// Resets each connection between the two once so many bytes more have gone over it one way, in the middle of
/// whatever they are; those to come as well. Sides are named as in `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When connections between producer "p" and broker 1 are reset after 100 KB
/// ```
#[given(expr = "connections between {side} and {side} are reset after {size}")]
#[when(expr = "connections between {side} and {side} are reset after {size}")]
async fn reset_after(
    world: &mut World,
    from: Side,
    to: Side,
    size: Size,
) -> Result<(), StepFailure> {
    world.perform(means_reset_after(&from, &to, &size)).await
}

pub(crate) fn means_reset_after(from: &Side, to: &Side, size: &Size) -> Action {
    link(Effect::ResetAfter(size.0 as u64), LinkTarget::Between(from.clone(), to.clone()))
}

/// Whether there can be links between the two, and bytes before the reset.
pub(crate) fn check_reset_after(from: &Side, to: &Side, size: &Size) -> Result<(), String> {
    if size.0 == 0 {
        return Err("connections that carry no byte are \"cut off by resets\"".into());
    }
    check_cut(from, to)
}

/// Splits all brokers, or all ZooKeepers, into a minority and a majority that do not hear each other; who is
/// where is drawn from the run's seed. Nodes that share a host are together, so that takes 3 hosts. The links are
/// cut as in `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When the ZooKeepers are split into a minority and a majority
/// ```
#[given(expr = "the {nodes} are split into a minority and a majority")]
#[when(expr = "the {nodes} are split into a minority and a majority")]
async fn split(world: &mut World, group: Group) -> Result<(), StepFailure> {
    world.perform(means_split(&group)).await
}

pub(crate) fn means_split(group: &Group) -> Action {
    link(Effect::Silence, LinkTarget::Halves(*group))
}

/// Cuts links one way, so that each of the brokers, or of the ZooKeepers, hears just a majority of them, and
/// each another one; the order in the ring is drawn from the run's seed. Nodes that share a host are one in the
/// ring, which takes 3 hosts. Jepsen calls this a majorities ring.
///
/// ```gherkin
/// When the ZooKeepers each hear another majority
/// ```
#[given(expr = "the {nodes} each hear another majority")]
#[when(expr = "the {nodes} each hear another majority")]
async fn ring(world: &mut World, group: Group) -> Result<(), StepFailure> {
    world.perform(means_ring(&group)).await
}

pub(crate) fn means_ring(group: &Group) -> Action {
    link(Effect::Silence, LinkTarget::Ring(*group))
}

/// A fault of links.
pub(super) fn link(effect: Effect, target: LinkTarget) -> Action {
    Action::once(Fault::Link { effect, target })
}
