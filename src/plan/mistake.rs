//! What can be wrong with features before anything has started.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::error::UserError;
use crate::gherkin::SyntaxMistake;

/// A mistake and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct Mistake {
    /// What is wrong.
    pub kind: MistakeKind,
    /// The feature file, or the path that was given.
    pub file: PathBuf,
    /// The text of the file and the bytes of it that are wrong; none when the file could not be read.
    pub place: Option<(Arc<str>, Range<usize>)>,
}

/// Words of a sentence that ask for what cannot be, as the other sentences of the scenario tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible {
    /// The step, by its place in the scenario.
    pub step: usize,
    /// Why not.
    pub why: String,
    /// Where the words are in the sentence.
    pub place: Range<usize>,
}

/// The kinds of mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MistakeKind {
    /// Neither a file nor a folder.
    #[error("there is no file or folder {}", path.display())]
    NotFound {
        /// As given.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// The file or the folder.
        path: PathBuf,
        /// What it said.
        why: String,
    },
    /// Bytes that are no UTF-8.
    #[error("the file is not in UTF-8")]
    NotUtf8 {
        /// The first byte that is wrong.
        byte: u8,
    },
    /// Nothing but white space and comments.
    #[error("the file is empty")]
    Empty,
    /// Not Gherkin.
    #[error(transparent)]
    Syntax(#[from] SyntaxMistake),
    /// A feature without a scenario.
    #[error("the feature has no scenario")]
    NoScenario,
    /// A scenario without a step.
    #[error("the scenario has no step")]
    NoStep,
    /// Two scenarios of a feature or a rule with one name.
    #[error("there is a scenario of this name on line {line} already")]
    SameName {
        /// Where the first one is.
        line: usize,
    },
    /// An outline without examples, or examples without a row of values.
    #[error("the scenario outline has no examples")]
    NoExamples,
    /// `<name>` where no column has that name.
    #[error("no column of the examples is named \"{name}\"")]
    NoColumn {
        /// The name between the angle brackets.
        name: String,
    },
    /// No step reads like this.
    #[error("undefined step")]
    Undefined {
        /// The keywords after which the same sentence is a step.
        other_keywords: Vec<&'static str>,
        /// Keyword and sentence of the nearest steps, best first.
        nearest: Vec<String>,
    },
    /// Several steps read like this.
    #[error("ambiguous step")]
    Ambiguous {
        /// Where they are in the source.
        steps: Vec<String>,
    },
    /// An argument of the sentence that its step refuses.
    #[error("the step does not take \"{argument}\"")]
    Argument {
        /// As written.
        argument: String,
        /// What the step says of it.
        why: String,
    },
    /// Arguments that its step refuses together.
    #[error("this cannot be done")]
    Together {
        /// What the step says of them.
        why: String,
    },
    /// A sentence that ends with a colon, and nothing below it.
    #[error("the sentence ends with a colon, but there is no table and no text below it")]
    NothingBelow,
    /// A table or a text below a sentence that takes none.
    #[error("this step takes no table and no text")]
    SomethingBelow,
    /// A table that the step cannot read.
    #[error("{why}")]
    Table {
        /// What is wrong with it.
        why: String,
    },
    /// No step of the scenario or of its background names a cluster.
    #[error("the scenario names no cluster")]
    NoCluster,
    /// A step names a node that the cluster of its scenario does not have.
    #[error("there is no {node} in this cluster")]
    NoSuchNode {
        /// As in `broker 9`.
        node: String,
        /// Those that there are.
        there: String,
    },
    /// A step speaks of a fault that no step before has injected.
    #[error("no step before has done what \"{words}\" speaks of")]
    NoFaultBefore {
        /// As in `the killed broker`.
        words: String,
    },
    /// Steps of one scenario name different clusters.
    #[error("the scenario names two different clusters")]
    TwoClusters,
    /// The table of settings has not the columns name and value.
    #[error("a table of settings has the columns name and value")]
    NotSettings,
    /// The cluster that the sentence describes cannot be.
    #[error("{what}")]
    Cluster {
        /// What is wrong with it.
        what: String,
        /// How to fix it; may be empty.
        help: String,
    },
}

/// What parameters take whose names do not tell it.
const TAKEN: [(&str, &str); 8] = [
    (
        "{target}",
        r#"as in: broker 2, brokers 1 and 3, the controller, the leader of partition 0 of topic "orders""#,
    ),
    ("{side}", r#"as in: broker 2, the controller, the other brokers, ZooKeeper, producer "p""#),
    (
        "{client}",
        r#"as in: copier "cp", producer process "p", consumer process "c", standalone consumer "s""#,
    ),
    (
        "{java}",
        "as in: Java, Java 3.9.2; without a number it is the client of the cluster's version",
    ),
    ("{pause}", "as in: 5 seconds; more than 0 seconds and at most 10 minutes"),
    ("{interval}", "as in: 5 seconds, 5 to 10 seconds"),
    ("{rate}", "as in: 20 KB/s, 3 Mbit/s"),
    ("{clients}", "as in: everyone, all clients"),
];

impl MistakeKind {
    /// How to fix it; empty when the message says it already.
    fn help(&self) -> String {
        match self {
            Self::NotFound { .. } => {
                "name a feature file, FILE:LINE, or a folder with feature files".into()
            }
            Self::NotUtf8 { byte } => format!(
                "the byte 0x{byte:02X} is \"{}\" in Latin-1; save the file as UTF-8",
                char::from(*byte)
            ),
            Self::Empty => "write a feature, or remove the file".into(),
            Self::Syntax(mistake) => mistake.help(),
            Self::NoScenario => "write \"Scenario: \" and a name, and steps below it".into(),
            Self::NoStep => {
                "write steps below it; each begins with Given, When, Then, And or But".into()
            }
            Self::SameName { .. } => {
                "give each a name of its own: reports and --name tell them apart by it".into()
            }
            Self::NoExamples => {
                "write \"Examples:\" below its steps, with a heading and rows of values".into()
            }
            Self::NoColumn { .. } => {
                "in an outline, what stands between < and > is replaced from the examples".into()
            }
            Self::Undefined { other_keywords, .. } if !other_keywords.is_empty() => {
                format!("this sentence is a {}", other_keywords.join(" or a "))
            }
            Self::Undefined { nearest, .. } if nearest.is_empty() => {
                "`trial steps WORDS` finds the sentences there are".into()
            }
            Self::Undefined { nearest, .. } => {
                let shown = TAKEN.iter().filter(|(parameter, _)| {
                    nearest.iter().any(|sentence| sentence.contains(parameter))
                });
                let shown = shown.map(|(parameter, taken)| format!("{parameter} is {taken}"));
                let lines: Vec<String> = nearest.iter().cloned().chain(shown).collect();
                format!("nearest: {}", lines.join("\n         "))
            }
            Self::Ambiguous { steps } => {
                format!("it could be any of these, a mistake in trial: {}", steps.join(", "))
            }
            Self::Argument { why, .. } | Self::Together { why } => why.clone(),
            Self::NothingBelow => "`trial steps` shows what each step takes".into(),
            Self::SomethingBelow => "remove it; sentences that take one end with a colon".into(),
            Self::NoCluster => {
                "begin it, or the background, with \"Given a running Kafka cluster\"".into()
            }
            Self::NoSuchNode { there, .. } => format!("it has {there}"),
            Self::NoFaultBefore { .. } => {
                "inject it in a step before, as in \"When broker 2 is killed\", or name the node"
                    .into()
            }
            Self::TwoClusters => "a scenario runs on one cluster".into(),
            Self::NotSettings => "write | name | value | as its first row".into(),
            Self::Cluster { help, .. } => help.clone(),
            Self::Unreadable { .. } | Self::Table { .. } => String::new(),
        }
    }

    /// What is written below the marked text.
    fn label(&self) -> &'static str {
        match self {
            Self::Undefined { other_keywords, .. } if !other_keywords.is_empty() => {
                "not with this keyword"
            }
            Self::Undefined { .. } => "no step reads like this",
            Self::Argument { .. } => "this argument",
            Self::TwoClusters => "the second",
            Self::NoColumn { .. } => "used here",
            _ => "here",
        }
    }
}

impl From<Mistake> for UserError {
    fn from(mistake: Mistake) -> Self {
        let error = Self::usage(mistake.kind.to_string(), mistake.kind.help());
        match mistake.place {
            Some((text, span)) => {
                let file = mistake.file.display().to_string();
                error.at(file, &*text, span, mistake.kind.label())
            }
            None => error,
        }
    }
}
