//! Watches the topics of a scenario and records in its history what becomes of them, whoever does it: a step, a tool,
//! a client. Topics are made, deleted and made anew, get more partitions, and other settings come into force.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cluster::quorum::KeptTopic;
use crate::cluster::topic_settings::TopicSettings;
use crate::history::line::{CleanupPolicy, Declare, Happening, Line};
use crate::history::recorder::{Recorder, monotonic_ns, wall_ms};
use crate::history::scenario::ScenarioHistory;
use crate::scenario::context::Context;

/// How often it looks by itself.
const INTERVAL: Duration = Duration::from_millis(200);

/// How long a step waits for a look, so that a ZooKeeper which hangs keeps no scenario up: what is seen later is
/// recorded with the same times.
pub const AT_A_STEP: Duration = Duration::from_millis(300);

/// How long a verdict waits for one: it rests on what was seen.
pub const AT_A_VERDICT: Duration = Duration::from_secs(5);

/// A watch over the topics of a scenario; it ends when this is dropped.
#[derive(Debug)]
pub struct TopicWatch {
    wanted: watch::Sender<u64>,
    looked: watch::Receiver<Looked>,
    journal: Arc<Journal>,
    task: JoinHandle<()>,
}

/// The last look: the number of the last wish that came before it, and whether ZooKeeper has answered.
#[derive(Debug, Clone, Copy)]
struct Looked {
    number: u64,
    answered: bool,
}

impl TopicWatch {
    /// Begins to watch the topics of which a scenario speaks.
    pub fn start(context: Arc<Context>) -> Self {
        let (wanted, mut wishes) = watch::channel(0);
        let (tell, looked) = watch::channel(Looked { number: 0, answered: true });
        let history = Arc::clone(&context.history);
        let journal = Arc::new(Journal { history, state: Mutex::default() });
        let kept = Arc::clone(&journal);
        let task = tokio::spawn(async move {
            let mut reader = context.cluster.quorum().topic_reader();
            loop {
                let number = *wishes.borrow_and_update();
                let topics: Vec<_> =
                    context.names.topics().into_iter().map(|(_, topic)| topic).collect();
                let found = match topics.is_empty() {
                    true => Some(BTreeMap::new()),
                    false => reader.look(&context.cluster, &topics).await,
                };
                let answered = found.is_some();
                if let Some(found) = found {
                    kept.enter(found);
                }
                // Nobody may wait for it any more.
                tell.send(Looked { number, answered }).ok();
                let wish = tokio::time::timeout(INTERVAL, wishes.changed());
                if let Ok(Err(_)) = wish.await {
                    return;
                }
            }
        });
        Self { wanted, looked, journal, task }
    }

    /// Looks now, and waits until what was seen is recorded: at most for so long, and not at all while no ZooKeeper
    /// serves: then nothing that matters here can change.
    pub async fn look(&self, limit: Duration) {
        self.wanted.send_modify(|number| *number += 1);
        let number = *self.wanted.borrow();
        let mut looked = self.looked.clone();
        if looked.borrow().answered {
            let done = looked.wait_for(|it| it.number >= number || !it.answered);
            // What comes late is recorded all the same.
            drop(tokio::time::timeout(limit, done).await);
        }
    }

    /// Ends the watch: nothing is recorded any more once this has returned.
    pub fn stop(&self) {
        self.task.abort();
        self.journal.lock().stopped = true;
    }
}

impl Drop for TopicWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The history of the scenario, and what is known of its topics.
#[derive(Debug)]
struct Journal {
    history: Arc<ScenarioHistory>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: BTreeMap<String, Known>,
    /// What is to be recorded once something else is: of topics alone no history is made.
    held_back: Vec<(Told, Line<'static>)>,
    stopped: bool,
}

/// A topic that was seen.
#[derive(Debug, Default)]
struct Known {
    /// As it was last; none where it is gone.
    topic: Option<KeptTopic>,
    /// The time of the last line about it.
    told_ns: u64,
}

/// Kind of a line about a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Event(Happening),
    Settings,
}

/// When a look was made.
#[derive(Debug, Clone, Copy)]
struct Moment {
    mono_ns: u64,
    wall_ms: u64,
}

impl Journal {
    fn enter(&self, mut found: BTreeMap<String, KeptTopic>) {
        let moment = Moment { mono_ns: monotonic_ns(), wall_ms: wall_ms() };
        let mut state = self.lock();
        let State { known, held_back, stopped } = &mut *state;
        if *stopped {
            return;
        }
        for name in found.keys() {
            if !known.contains_key(name) {
                known.insert(name.clone(), Known::default());
            }
        }
        for (name, known) in known {
            held_back.extend(known.become_now(name, found.remove(name), moment));
        }
        if held_back.is_empty() || self.history.folder().is_none() {
            return;
        }
        // Other recorders report a file that cannot be made.
        if let Ok(recorder) = self.history.recorder() {
            held_back.drain(..).for_each(|(told, line)| record(&recorder, told, line));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn record(recorder: &Recorder, told: Told, line: Line<'static>) {
    match told {
        Told::Event(event) => recorder.event(event, line),
        Told::Settings => recorder.declare(Declare::Topic, line),
    }
}

impl Known {
    /// Takes over how the topic is now, and says what that means.
    fn become_now(
        &mut self,
        name: &str,
        now: Option<KeptTopic>,
        moment: Moment,
    ) -> Vec<(Told, Line<'static>)> {
        let mut told = Vec::new();
        let before = self.topic.take();
        let is_same = before.as_ref().map(|it| &it.id) == now.as_ref().map(|it| &it.id);
        if let Some(before) = before.as_ref().filter(|_| !is_same) {
            // One that is there again was gone just before that.
            let gone = now.as_ref().map(|now| moment.at(now.created_ms));
            let line = self.line(name, &before.id, gone.unwrap_or(moment));
            told.push((Told::Event(Happening::TopicDeleted), line));
        }
        if let Some(now) = &now {
            let same = before.as_ref().filter(|_| is_same);
            if same.is_none() {
                let line = self.line(name, &now.id, moment.at(now.created_ms));
                told.push((Told::Event(Happening::TopicCreated), line));
            }
            if same.is_some_and(|before| before.partitions < now.partitions) {
                let line = self.line(name, &now.id, moment.at(now.written_ms));
                let partitions_count = Some(now.partitions);
                let line = Line { topic_id: None, partitions_count, ..line };
                told.push((Told::Event(Happening::PartitionsAdded), line));
            }
            if same.is_none_or(|before| before.settings != now.settings) {
                let since = same.and(now.settings_written_ms).unwrap_or(now.created_ms);
                let line = self.line(name, &now.id, moment.at(since));
                told.push((Told::Settings, with(line, &now.settings)));
            }
        }
        self.topic = now;
        told
    }

    /// A line about the topic, of this moment and behind those before it.
    fn line(&mut self, name: &str, id: &str, at: Moment) -> Line<'static> {
        self.told_ns = at.mono_ns.max(self.told_ns + 1);
        Line {
            topic: Some(name.to_owned().into()),
            topic_id: Some(id.to_owned().into()),
            mono_ns: Some(self.told_ns),
            wall_ms: Some(at.wall_ms),
            ..Line::default()
        }
    }
}

impl Moment {
    /// That of a time before this by the wall clock.
    fn at(self, wall_ms: i64) -> Self {
        let wall_ms = u64::try_from(wall_ms).unwrap_or_default().min(self.wall_ms);
        let before_ns = (self.wall_ms - wall_ms).saturating_mul(1_000_000);
        Self { mono_ns: self.mono_ns.saturating_sub(before_ns), wall_ms }
    }
}

/// A line that declares these settings.
pub fn with<'a>(line: Line<'a>, settings: &TopicSettings) -> Line<'a> {
    Line {
        min_insync_replicas: settings.min_insync_replicas,
        unclean_election: settings.unclean_election,
        message_format: settings.message_format,
        cleanup_policy: settings.cleanup_policy.as_deref().and_then(|policy| match policy {
            "delete" => Some(CleanupPolicy::Delete),
            "compact" => Some(CleanupPolicy::Compact),
            "compact,delete" => Some(CleanupPolicy::CompactAndDelete),
            _ => None,
        }),
        retention_ms: settings.retention_ms,
        retention_bytes: settings.retention_bytes,
        delete_retention_ms: settings.delete_retention_ms.and_then(|ms| u64::try_from(ms).ok()),
        ..line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_NS: u64 = 1_000_000_000;

    fn topic(id: &str, created_ms: i64, unclean: bool, partitions: u32) -> KeptTopic {
        KeptTopic {
            id: id.into(),
            created_ms,
            written_ms: created_ms,
            partitions,
            settings: TopicSettings { unclean_election: Some(unclean), ..TopicSettings::default() },
            settings_written_ms: Some(9_000),
        }
    }

    /// What is told of a topic that is like this one look after the other, a second apart, with the times.
    fn told(looks: &[Option<KeptTopic>]) -> Vec<(Told, u64)> {
        let mut known = Known::default();
        let moments =
            (10..).map(|second| Moment { mono_ns: second * SECOND_NS, wall_ms: second * 1000 });
        let told = looks.iter().zip(moments);
        let told = told.flat_map(|(now, moment)| known.become_now("t", now.clone(), moment));
        told.map(|(told, line)| (told, line.mono_ns.expect("a time"))).collect()
    }

    #[test]
    fn a_topic_that_stays_as_it_is_is_told_once() {
        let looks = vec![Some(topic("a", 8_000, false, 1)); 3];
        let expected = [
            (Told::Event(Happening::TopicCreated), 8 * SECOND_NS),
            (Told::Settings, 8 * SECOND_NS + 1),
        ];
        assert_eq!(told(&looks), expected);
    }

    #[test]
    fn one_that_is_made_anew_between_two_looks_was_gone_before() {
        let looks = [Some(topic("a", 8_000, false, 1)), Some(topic("b", 10_500, false, 1)), None];
        let expected = [
            (Told::Event(Happening::TopicDeleted), 10_500_000_000),
            (Told::Event(Happening::TopicCreated), 10_500_000_001),
            (Told::Settings, 10_500_000_002),
            (Told::Event(Happening::TopicDeleted), 12 * SECOND_NS),
        ];
        assert_eq!(told(&looks)[2..], expected);
    }

    #[test]
    fn settings_are_told_as_of_when_they_were_written_and_partitions_by_their_number() {
        let looks = [Some(topic("a", 8_000, false, 1)), Some(topic("a", 8_000, true, 3))];
        let expected = [
            (Told::Event(Happening::PartitionsAdded), 8_000_000_002),
            (Told::Settings, 9 * SECOND_NS),
        ];
        assert_eq!(told(&looks)[2..], expected);
    }
}
