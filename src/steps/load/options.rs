//! What can be set for a load: settings of librdkafka, and what only loads have.

use std::time::Duration;

use cucumber::Parameter as _;
use cucumber::gherkin::Step;
use regex::Regex;

use crate::client::settings::Settings;
use crate::nearest::nearest;
use crate::steps::names::Names;
use crate::steps::parameter::{Period, Several};
use crate::steps::table::{self, TableMistake};

/// What only loads can be told.
const OF_LOADS: [&str; 3] = ["messages per transaction", "warm-up", "run in"];

/// What a table of settings says of a load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// `messages per transaction`.
    pub per_transaction: Option<u64>,
    /// `warm-up`.
    pub warm_up: Duration,
    /// `run in`: each producer in a process of its own.
    pub processes: bool,
    /// All others.
    pub settings: Settings,
}

impl Options {
    /// Reads the table below a step.
    ///
    /// # Errors
    /// For a table of another shape, or a value that cannot be read.
    pub fn read(step: &Step) -> Result<Self, TableMistake> {
        table::each_pair(step, Self::default(), Self::with)
    }

    fn with(mut self, name: &str, value: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{name:?} of a load cannot be {value:?}: {why}");
        match name {
            "messages per transaction" => {
                let number = value.parse::<Several>().map_err(wrong)?;
                self.per_transaction = Some(number.0);
            }
            "warm-up" => {
                let period = Regex::new(&format!("^(?:{})$", Period::REGEX));
                let is_period = period.is_ok_and(|period| period.is_match(value));
                let time = value.parse::<Period>().ok().filter(|it| is_period && !it.0.is_zero());
                self.warm_up = time.ok_or_else(|| wrong("write it as 5 seconds"))?.0;
            }
            "run in" => {
                self.processes = match value {
                    "threads" => false,
                    "processes" => true,
                    _ => return Err(wrong("it is threads or processes")),
                };
            }
            _ => {
                table::known(name, value).map_err(|why| match nearest(name, OF_LOADS) {
                    Some(near) => format!("a load has no setting {name:?}; did you mean {near:?}?"),
                    None => why,
                })?;
                self.settings = self.settings.with(name, value);
            }
        }
        Ok(self)
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

#[cfg(test)]
mod tests {
    use cucumber::gherkin::{Feature, GherkinEnv};

    use super::*;

    fn read(rows: &str) -> Result<Options, TableMistake> {
        let text = format!("Feature: f\nScenario: s\nWhen s:\n| name | value |\n{rows}\n");
        let feature = Feature::parse(text, GherkinEnv::default()).expect("Gherkin");
        Options::read(&feature.scenarios[0].steps[0])
    }

    #[test]
    fn parts_settings_of_librdkafka_from_those_of_loads() {
        let rows = "| acks | 1 |\n| messages per transaction | 500 |\n| warm-up | 2 seconds |";
        let options = read(rows).expect("settings");
        assert_eq!(options.per_transaction, Some(500));
        assert_eq!(options.warm_up, Duration::from_secs(2));
        assert_eq!(options.settings, Settings::default().with("acks", "1"));
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
            assert!(read(row).is_err(), "{row}");
        }
    }
}
