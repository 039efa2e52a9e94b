//! Numbers by which a sentence names a broker, a ZooKeeper or a partition.

use std::ops::Deref;
use std::str::FromStr;

use cucumber::Parameter;

use super::Count;

/// The number of a broker, as in `broker 2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "count", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct BrokerNumber(Count);

/// The number of a ZooKeeper, as in `ZooKeeper 2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "count", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct ZooKeeperNumber(Count);

/// The number of a partition that must be there, as in `partition 0 of topic "orders"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "count", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct PartitionNumber(Count);

macro_rules! counted {
    ($($name:ident)*) => {$(
        impl FromStr for $name {
            type Err = <Count as FromStr>::Err;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl Deref for $name {
            type Target = Count;

            fn deref(&self) -> &Count {
                &self.0
            }
        }
    )*};
}

counted! { BrokerNumber ZooKeeperNumber PartitionNumber }
