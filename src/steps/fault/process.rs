//! Nodes that crash, stop, hang and come back. What `{target}` can be is told with the type
//! [`Target`](crate::fault::Target): `broker 2`, `the leader of partition 0 of topic "orders"`, `the
//! controller`, `a random broker`, `ZooKeeper 1 and ZooKeeper 2`, `the ZooKeeper leader`, and more.

use cucumber::{given, when};

use crate::fault::{Fault, NodeFault, Target};
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Action;
use crate::steps::parameter::{Pause, Times};
use crate::steps::world::World;

/// Kills nodes with SIGKILL, all at once: they crash.
///
/// Nodes are named by number (broker 2; brokers 1 and 3; ZooKeeper 1), by role (the leader of partition 0 of
/// topic "orders"; a follower, every follower, every replica of …; the controller; the coordinator of group
/// "g"; the coordinator of transactional id "tx"; the ZooKeeper leader; a ZooKeeper follower; the ZooKeeper
/// that broker 1 is connected to; every broker; every ZooKeeper), by chance from the run's seed (a random
/// broker), or by what happened to them before (the killed broker; the stopped ZooKeepers).
///
/// ```gherkin
/// When broker 2 is killed
/// ```
/// ```gherkin
/// When the leader of partition 0 of topic "orders" is killed
/// ```
/// ```gherkin
/// When ZooKeeper 1 and ZooKeeper 2 are killed
/// ```
#[given(expr = "{target} is/are killed")]
#[when(expr = "{target} is/are killed")]
async fn kill(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_kill(&target)).await
}

pub(crate) fn means_kill(target: &Target) -> Action {
    node(NodeFault::Kill, target)
}

/// Stops nodes with SIGTERM, all at once, and waits until they have ended: a clean stop. A node that has not
/// stopped after 30 seconds is killed, and the scenario is inconclusive. Nodes are named as in
/// `broker 2 is killed`.
///
/// ```gherkin
/// When the controller is stopped
/// ```
#[given(expr = "{target} is/are stopped")]
#[when(expr = "{target} is/are stopped")]
async fn stop(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_stop(&target)).await
}

pub(crate) fn means_stop(target: &Target) -> Action {
    node(NodeFault::Stop, target)
}

/// Pauses nodes with SIGSTOP, all at once: they keep their connections and do not answer. Nodes are named as
/// in `broker 2 is killed`.
///
/// ```gherkin
/// When the controller is paused
/// ```
#[given(expr = "{target} is/are paused")]
#[when(expr = "{target} is/are paused")]
async fn pause(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_pause(&target)).await
}

pub(crate) fn means_pause(target: &Target) -> Action {
    node(NodeFault::Pause, target)
}

/// Pauses nodes as in `the controller is paused`, lets this time pass, at most 10 minutes, and resumes them. Nodes are named as in
/// `broker 2 is killed`.
///
/// ```gherkin
/// When the controller is paused for 10 seconds
/// ```
#[given(expr = "{target} is/are paused for {pause}")]
#[when(expr = "{target} is/are paused for {pause}")]
async fn pause_for(world: &mut World, target: Target, time: Pause) -> Result<(), StepFailure> {
    world.perform(means_pause_for(&target, &time)).await
}

pub(crate) fn means_pause_for(target: &Target, time: &Pause) -> Action {
    let fault = Fault::Node { what: NodeFault::Pause, target: target.clone() };
    Action::Lasting { fault, time: time.0 }
}

/// Resumes nodes that are paused. Nodes are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When the paused broker is resumed
/// ```
#[given(expr = "{target} is/are resumed")]
#[when(expr = "{target} is/are resumed")]
async fn resume(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_resume(&target)).await
}

pub(crate) fn means_resume(target: &Target) -> Action {
    Action::Resume(target.clone())
}

/// Starts nodes that are down, with the data and addresses that they had, and waits until brokers are
/// registered again and ZooKeepers answer. Nodes are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When broker 2 is started again
/// ```
/// ```gherkin
/// When the killed broker is started again
/// ```
#[given(expr = "{target} is/are started again")]
#[when(expr = "{target} is/are started again")]
async fn start_again(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_start_again(&target)).await
}

pub(crate) fn means_start_again(target: &Target) -> Action {
    Action::StartAgain(target.clone())
}

/// Stops nodes with SIGTERM, starts them again at once, and waits until brokers are registered again and
/// ZooKeepers answer. Nodes are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When the leader of partition 0 of topic "orders" is restarted
/// ```
#[given(expr = "{target} is/are restarted")]
#[when(expr = "{target} is/are restarted")]
async fn restart(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_restart(&target)).await
}

pub(crate) fn means_restart(target: &Target) -> Action {
    node(NodeFault::Restart, target)
}

/// Kills nodes with SIGKILL, starts them again at once, and waits until brokers are registered again and
/// ZooKeepers answer. A broker that ends at its start because its old ZooKeeper session still lives is
/// started again until it stays, and that is reported. Nodes are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When broker 2 is killed and started again at once
/// ```
#[given(expr = "{target} is/are killed and started again at once")]
#[when(expr = "{target} is/are killed and started again at once")]
async fn crash(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_crash(&target)).await
}

pub(crate) fn means_crash(target: &Target) -> Action {
    node(NodeFault::Crash, target)
}

/// Kills nodes with SIGKILL and starts them again, as in `broker 2 is killed and started again at once`, this
/// many times, 1 to 100. A role is looked up before each: the leader of a partition is another broker then.
///
/// ```gherkin
/// When broker 2 is killed and started again 5 times
/// ```
#[given(expr = "{target} is/are killed and started again {times}")]
#[when(expr = "{target} is/are killed and started again {times}")]
async fn crash_loop(world: &mut World, target: Target, times: Times) -> Result<(), StepFailure> {
    world.perform(means_crash_loop(&target, &times)).await
}

pub(crate) fn means_crash_loop(target: &Target, times: &Times) -> Action {
    let fault = Fault::Node { what: NodeFault::Crash, target: target.clone() };
    Action::Fault { fault, times: times.0 }
}

/// Restarts nodes cleanly, as in `broker 2 is restarted`, this many times, 1 to 100. A role is looked up
/// before each: the leader of a partition is another broker then.
///
/// ```gherkin
/// When the controller is restarted 5 times
/// ```
#[given(expr = "{target} is/are restarted {times}")]
#[when(expr = "{target} is/are restarted {times}")]
async fn restart_loop(world: &mut World, target: Target, times: Times) -> Result<(), StepFailure> {
    world.perform(means_restart_loop(&target, &times)).await
}

pub(crate) fn means_restart_loop(target: &Target, times: &Times) -> Action {
    let fault = Fault::Node { what: NodeFault::Restart, target: target.clone() };
    Action::Fault { fault, times: times.0 }
}

/// Restarts nodes cleanly one after another; the next one is stopped when the last one is back and all
/// replicas are in sync again. Nodes are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When all brokers are restarted one after another
/// ```
#[given(expr = "{target} are restarted one after another")]
#[when(expr = "{target} are restarted one after another")]
async fn roll(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_roll(&target)).await
}

pub(crate) fn means_roll(target: &Target) -> Action {
    node(NodeFault::RollingRestart { in_sync: true }, target)
}

/// Restarts nodes cleanly one after another; the next one is stopped as soon as the last one is back, also
/// while replicas are out of sync. Nodes are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When all brokers are restarted one after another without waiting for replicas
/// ```
#[given(expr = "{target} are restarted one after another without waiting for replicas")]
#[when(expr = "{target} are restarted one after another without waiting for replicas")]
async fn roll_fast(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_roll_fast(&target)).await
}

pub(crate) fn means_roll_fast(target: &Target) -> Action {
    node(NodeFault::RollingRestart { in_sync: false }, target)
}

/// Removes all data of nodes that are down, as if their disks had been replaced. Nodes are named as in
/// `broker 2 is killed`.
///
/// ```gherkin
/// When the data of the stopped broker is wiped
/// ```
#[given(expr = "the data of {target} is wiped")]
#[when(expr = "the data of {target} is wiped")]
async fn wipe(world: &mut World, target: Target) -> Result<(), StepFailure> {
    world.perform(means_wipe(&target)).await
}

pub(crate) fn means_wipe(target: &Target) -> Action {
    node(NodeFault::Wipe, target)
}

/// Undoes every fault of the scenario but those in the background, the last one first. What is paused is resumed.
/// What is down is started and has to be back in the cluster. Disks, links and clocks are as before. Where every
/// fault is undone already, the sentence is a mistake.
///
/// ```gherkin
/// When all faults are healed
/// ```
#[given(expr = "all faults are healed")]
#[when(expr = "all faults are healed")]
async fn heal(world: &mut World) -> Result<(), StepFailure> {
    world.perform(means_heal()).await
}

pub(crate) fn means_heal() -> Action {
    Action::HealAll
}

fn node(what: NodeFault, target: &Target) -> Action {
    Action::once(Fault::Node { what, target: target.clone() })
}
