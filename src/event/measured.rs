//! What was measured of a load, as reports have it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Which way messages went.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From producers to the cluster; latency is until the acknowledgement.
    Sent,
    /// From the cluster to consumers; latency is from when the message was due at its producer.
    Received,
}

/// What was measured of all producers, or all consumers, of a load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// When it began; seconds and tenths count from here.
    #[schemars(with = "String")]
    pub began: jiff::Timestamp,
    /// Messages that were done, without those of the warm-up.
    pub messages: u64,
    /// Messages that were done in the warm-up.
    pub warm_up_messages: u64,
    /// Bytes of the values of all of them.
    pub bytes: u64,
    /// From the beginning, or the end of the warm-up, until the last message was done.
    #[serde(rename = "took_us", with = "micros")]
    #[schemars(with = "u64")]
    pub took: Duration,
    /// Messages that failed, by the name of the error.
    pub failed: BTreeMap<String, u64>,
    /// Over all of them; none where none was measured.
    pub latency: Option<Percentiles>,
    /// Latencies as a distribution: share of messages, of 1, and the latency that they did not exceed, in
    /// microseconds.
    pub distribution: Vec<(f64, u64)>,
    /// By second.
    pub seconds: Vec<Second>,
    /// Messages that were done, by tenth of a second.
    #[serde(skip)]
    pub tenths: Vec<u64>,
    /// How many had which latency, in microseconds.
    #[serde(skip)]
    pub latencies: Option<Arc<Histogram<u32>>>,
    /// Messages that were done, by partition.
    #[serde(deserialize_with = "by_number")]
    pub partitions: BTreeMap<i32, Amount>,
}

/// One second of a load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "LoadSecond")]
pub struct Second {
    /// Messages that were done.
    pub messages: u64,
    /// Messages that failed.
    pub failed: u64,
    /// Of those that were done; none in the warm-up, or where there were none.
    pub latency: Option<Percentiles>,
}

/// A number of messages, and the bytes of their values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// Number of messages.
    pub messages: u64,
    /// Bytes of their values.
    pub bytes: u64,
}

impl std::ops::AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }
}

/// Latencies in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Percentiles {
    /// Half of the messages took no longer.
    pub p50_us: u64,
    /// 95 %.
    pub p95_us: u64,
    /// 99 %.
    pub p99_us: u64,
    /// 99.9 %.
    pub p999_us: u64,
    /// The longest.
    pub max_us: u64,
}

impl Measured {
    /// Messages per second; 0 where nothing was measured.
    pub fn rate(&self) -> f64 {
        let seconds = self.took.as_secs_f64();
        if seconds > 0.0 { self.messages as f64 / seconds } else { 0.0 }
    }

    /// The latency that this share of the messages, of 1, did not exceed; none where none was measured.
    pub fn latency_at(&self, share: f64) -> Option<Duration> {
        let latencies = self.latencies.as_ref().filter(|latencies| !latencies.is_empty())?;
        Some(Duration::from_micros(latencies.value_at_quantile(share)))
    }

    /// How many failed.
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// For people: `64000 messages in 2.1 s: 30476 a second, 30.5 MB/s; latency 50 % 12.3 ms, …`.
    pub fn summary(&self) -> String {
        let Self { messages, took, .. } = self;
        let all = self.messages + self.warm_up_messages;
        let size = if all > 0 { self.bytes as f64 / all as f64 } else { 0.0 };
        let (rate, seconds) = (self.rate(), took.as_secs_f64());
        let speed = rate * size / 1e6;
        let mut text =
            format!("{messages} messages in {seconds:.2} s: {rate:.0} a second, {speed:.1} MB/s");
        if let Some(Percentiles { p50_us, p95_us, p99_us, p999_us, max_us }) = self.latency {
            let ms = |us: u64| format!("{:.1} ms", us as f64 / 1000.0);
            text += &format!(
                "; latency 50 % {}, 95 % {}, 99 % {}, 99.9 % {}, longest {}",
                ms(p50_us),
                ms(p95_us),
                ms(p99_us),
                ms(p999_us),
                ms(max_us)
            );
        }
        if self.warm_up_messages > 0 {
            text += &format!("; {} messages before, to warm up", self.warm_up_messages);
        }
        let failed = self.failed.iter().map(|(error, count)| format!("; {count} failed: {error}"));
        text + &failed.collect::<String>()
    }
}

/// Keys of JSON are texts, and inside of an event or a flattened struct serde does not make numbers of them.
fn by_number<'a, D: Deserializer<'a>>(from: D) -> Result<BTreeMap<i32, Amount>, D::Error> {
    let by_text = BTreeMap::<String, Amount>::deserialize(from)?;
    let parsed = by_text.into_iter().map(|(number, amount)| Ok((number.parse()?, amount)));
    parsed.collect::<Result<_, std::num::ParseIntError>>().map_err(D::Error::custom)
}

/// Durations as whole microseconds.
mod micros {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_rate_size_and_failures() {
        let measured = Measured {
            began: jiff::Timestamp::UNIX_EPOCH,
            messages: 1000,
            warm_up_messages: 0,
            bytes: 1_000_000,
            took: Duration::from_millis(500),
            failed: [("_MSG_TIMED_OUT".to_owned(), 3)].into(),
            latency: None,
            distribution: Vec::new(),
            seconds: Vec::new(),
            tenths: Vec::new(),
            latencies: None,
            partitions: BTreeMap::new(),
        };
        assert_eq!(
            measured.summary(),
            "1000 messages in 0.50 s: 2000 a second, 2.0 MB/s; 3 failed: _MSG_TIMED_OUT"
        );
        let text = serde_json::to_string(&measured).expect("JSON");
        assert_eq!(serde_json::from_str::<Measured>(&text).expect("the same"), measured);
    }
}
