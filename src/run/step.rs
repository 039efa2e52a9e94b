//! Performs each step and reports it there and then. The events of cucumber come in a stream that may lag behind
//! the steps: what a step notes would seem to be of the step before it.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::time::Instant;

use cucumber::gherkin::Step;
use cucumber::step::{Collection, Context as Call};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use regex::Regex;

use crate::event::Event;
use crate::event::status::Status;
use crate::event::stream::millis;
use crate::plan::description::sentence;
use crate::run::perform::{failure_of, status_of};
use crate::scenario::context::Context;
use crate::scenario::failure::StepFailure;
use crate::scenario::topic_watch::AT_A_STEP;
use crate::steps::world::World;

/// One step for every sentence: it calls the step that the sentence fits, and reports its start and its end.
#[expect(clippy::expect_used, reason = "the expression is a constant")]
pub fn told() -> Collection<World> {
    let any = Regex::new("(?s)^.*$").expect("an expression");
    let all = Collection::new().given(None, any.clone(), perform);
    all.when(None, any.clone(), perform).then(None, any, perform)
}

fn perform(world: &mut World, context: Call) -> LocalBoxFuture<'_, ()> {
    async move {
        let step = context.step;
        let Some(environment) = &world.environment else {
            return fail(StepFailure::usage("the scenario is none of the plan's"));
        };
        let Context { events, scenario: id, .. } = &**environment;
        let (events, id) = (events.clone(), id.clone());
        let steps = Arc::clone(&environment.steps);
        let line = step.position.line;
        let text = sentence(&step);
        let since = Instant::now();
        events.emit(Event::StepStarted { scenario: id.clone(), line, text: text.clone() });
        let ended = AssertUnwindSafe(call(world, &steps, &step)).catch_unwind().await;
        if let Some(environment) = &world.environment {
            environment.topics.look(AT_A_STEP).await;
        }
        let failure = ended.as_ref().err().map(|panic| failure_of(panic.as_ref()));
        events.emit(Event::StepFinished {
            scenario: id,
            line,
            text,
            took_ms: millis(since.elapsed()),
            status: failure.as_ref().map_or(Status::Passed, status_of),
            reason: failure.as_ref().map(|failure| failure.message.clone()),
            kind: failure.as_ref().map(|failure| failure.kind),
        });
        if let Err(panic) = ended {
            resume_unwind(panic);
        }
    }
    .boxed_local()
}

/// Calls the step that the sentence fits. The plan has seen that there is just one.
async fn call(world: &mut World, steps: &Collection<World>, step: &Step) {
    let found = steps.find(step).map(|it| it.map(|(step, _, _, context)| (*step, context)));
    match found {
        Ok(Some((call, context))) => call(world, context).await,
        Ok(None) => fail(StepFailure::usage("no step matches this sentence")),
        Err(ambiguous) => fail(StepFailure::usage(ambiguous.to_string())),
    }
}

/// A step fails by a panic, as cucumber takes nothing else.
fn fail(failure: StepFailure) {
    resume_unwind(Box::new(failure.to_string()));
}
