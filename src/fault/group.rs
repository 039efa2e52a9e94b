//! The kinds of nodes of a cluster.

use std::fmt;
use std::str::FromStr;

use cucumber::Parameter;

use crate::topology::Role;

/// The nodes of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "nodes", regex = "brokers|controllers|ZooKeepers")]
pub enum Group {
    /// All brokers.
    Brokers,
    /// All controllers of KRaft, also those that are brokers as well.
    Controllers,
    /// All ZooKeepers.
    ZooKeepers,
}

impl Group {
    /// What its nodes do.
    pub fn role(self) -> Role {
        match self {
            Self::Brokers => Role::Broker,
            Self::Controllers => Role::Controller,
            Self::ZooKeepers => Role::ZooKeeper,
        }
    }

    /// One of them, in words.
    pub fn one(self) -> &'static str {
        match self {
            Self::Brokers => "broker",
            Self::Controllers => "controller",
            Self::ZooKeepers => "ZooKeeper",
        }
    }

    /// All of them, in words.
    pub fn all(self) -> &'static str {
        match self {
            Self::Brokers => "brokers",
            Self::Controllers => "controllers",
            Self::ZooKeepers => "ZooKeepers",
        }
    }
}

impl FromStr for Group {
    type Err = String;

    fn from_str(said: &str) -> Result<Self, String> {
        [Self::Brokers, Self::Controllers, Self::ZooKeepers]
            .into_iter()
            .find(|group| group.all() == said)
            .ok_or_else(|| format!("{said:?} are neither brokers nor controllers nor ZooKeepers"))
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {}", self.all())
    }
}
