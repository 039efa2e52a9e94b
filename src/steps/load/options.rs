//! What can be set for a load: settings of librdkafka, and what only loads have.

use std::sync::Arc;
use std::time::Duration;

use cucumber::Parameter as _;
use cucumber::gherkin::Step;
use regex::Regex;

use crate::client::settings::Settings;
use crate::client::together::Kind;
use crate::load::process::Home;
use crate::nearest::nearest;
use crate::owned::run_folder::RunFolder;
use crate::scenario::names::Names;
use crate::steps::parameter::{Period, Several};
use crate::steps::table::{self, TableMistake};

/// Options that only producers of loads take.
const OF_PRODUCERS: [&str; 3] = ["messages per transaction", "warm-up", "run in"];

/// Options that only consumers of loads take.
const OF_CONSUMERS: [&str; 3] = ["messages per second", "warm-up", "run in"];

/// What a table of settings says of the producers of a load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SendingOptions {
    /// `messages per transaction`.
    pub per_transaction: Option<u64>,
    /// `warm-up`.
    pub warm_up: Duration,
    /// `run in`.
    pub runs_in: RunsIn,
    /// All others.
    pub settings: Settings,
}

/// What a table of settings says of the consumers of a load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadingOptions {
    /// `messages per second`: at most so many, of all consumers together.
    pub rate: Option<u64>,
    /// `warm-up`.
    pub warm_up: Duration,
    /// `run in`.
    pub runs_in: RunsIn,
    /// All others.
    pub settings: Settings,
}

/// What each client of a load is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunsIn {
    /// A thread of trial.
    #[default]
    Threads,
    /// A process.
    Processes,
}

impl SendingOptions {
    /// Reads the table below a step.
    ///
    /// # Errors
    /// For a table of another shape, or a value that cannot be read.
    pub fn read(step: &Step) -> Result<Self, TableMistake> {
        table::each_pair(step, Self::default(), |mut options, name, value| {
            match name {
                "messages per transaction" => options.per_transaction = Some(several(name, value)?),
                "warm-up" => options.warm_up = warm_up(value)?,
                "run in" => options.runs_in = RunsIn::read(value)?,
                _ => options.settings = with(options.settings, name, value, OF_PRODUCERS)?,
            }
            Ok(options)
        })
    }

    /// The kind of producer that the settings are of.
    pub fn kind(&self) -> Kind {
        match self.per_transaction {
            Some(_) => Kind::Transactional,
            None => Kind::Producer,
        }
    }

    /// Settings of the producers of a load: transactions need an id, which is the topic's name unless given.
    pub fn settings(&self, topic: &str, names: &Names) -> Settings {
        let given = self.settings.get("transactional.id");
        match given.or(self.per_transaction.map(|_| topic)) {
            None => self.settings.clone(),
            Some(id) => self.settings.clone().with("transactional.id", names.transactional_id(id)),
        }
    }
}

impl ReadingOptions {
    /// Reads the table below a step.
    ///
    /// # Errors
    /// For a table of another shape, or a value that cannot be read.
    pub fn read(step: &Step) -> Result<Self, TableMistake> {
        table::each_pair(step, Self::default(), |mut options, name, value| {
            match name {
                "messages per second" => options.rate = Some(several(name, value)?),
                "warm-up" => options.warm_up = warm_up(value)?,
                "run in" => options.runs_in = RunsIn::read(value)?,
                _ => options.settings = with(options.settings, name, value, OF_CONSUMERS)?,
            }
            Ok(options)
        })
    }
}

impl RunsIn {
    fn read(value: &str) -> Result<Self, String> {
        match value {
            "threads" => Ok(Self::Threads),
            "processes" => Ok(Self::Processes),
            _ => Err(wrong("run in", value, "it is threads or processes")),
        }
    }

    /// The home of the clients; processes are the run's.
    pub fn home(self, run: &Arc<RunFolder>) -> Home {
        match self {
            Self::Threads => Home::Threads,
            Self::Processes => Home::Processes(Arc::clone(run)),
        }
    }
}

fn several(name: &str, value: &str) -> Result<u64, String> {
    let number = value.parse::<Several>();
    number.map(|number| number.0).map_err(|why| wrong(name, value, why))
}

fn warm_up(value: &str) -> Result<Duration, String> {
    let period = Regex::new(&format!("^(?:{})$", Period::REGEX));
    let is_period = period.is_ok_and(|period| period.is_match(value));
    let time = value.parse::<Period>().ok().filter(|it| is_period && !it.0.is_zero());
    time.map(|time| time.0).ok_or_else(|| wrong("warm-up", value, "write it as 5 seconds"))
}

/// A setting of librdkafka; where it is none, one of `own` may be meant.
fn with(settings: Settings, name: &str, value: &str, own: [&str; 3]) -> Result<Settings, String> {
    table::known(name, value).map_err(|why| match nearest(name, own) {
        Some(near) => format!("a load has no setting {name:?}; did you mean {near:?}?"),
        None => why,
    })?;
    Ok(settings.with(name, value))
}

fn wrong(name: &str, value: &str, why: &str) -> String {
    format!("{name:?} of a load cannot be {value:?}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gherkin::feature::steps_of;

    fn step(rows: &str) -> Step {
        steps_of(&format!("When s:\n| name | value |\n{rows}")).remove(0)
    }

    #[test]
    fn parts_settings_of_librdkafka_from_those_of_loads() {
        let rows = "| acks | all |\n| messages per transaction | 500 |\n| warm-up | 2 seconds |";
        let options = SendingOptions::read(&step(rows)).expect("settings");
        assert_eq!(options.per_transaction, Some(500));
        assert_eq!(options.warm_up, Duration::from_secs(2));
        assert_eq!(options.settings, Settings::default().with("acks", "all"));
        let names = Names::new("x");
        assert_eq!(options.settings("t", &names).get("transactional.id"), Some("t-x"));
    }

    #[test]
    fn refuses_what_cannot_be_read() {
        for row in [
            "| messages per transaction | 0 |",
            "| warm-up | 5 |",
            "| warm-up | 0 seconds |",
            "| run in | thread |",
            "| acsk | all |",
        ] {
            assert!(SendingOptions::read(&step(row)).is_err(), "{row}");
        }
        let why = |row| ReadingOptions::read(&step(row)).expect_err("a mistake").why;
        assert!(why("| messages per secnd | 5 |").contains("\"messages per second\""));
        assert!(why("| messages per second | 0 |").contains("cannot be \"0\""));
    }

    #[test]
    fn consumers_have_a_rate() {
        let rows = "| messages per second | 2 000 |\n| run in | processes |\n| check.crcs | true |";
        let options = ReadingOptions::read(&step(rows)).expect("settings");
        assert_eq!((options.rate, options.runs_in), (Some(2000), RunsIn::Processes));
        assert_eq!(options.settings, Settings::default().with("check.crcs", "true"));
    }
}
