//! Settings of clients that librdkafka takes and brokers of some versions take no notice of: a scenario about them
//! would prove nothing.

use crate::distribution::{Line, Version};

/// A setting that asks something of brokers.
struct Asks {
    name: &'static str,
    /// The only value that does; any, where there is none.
    value: Option<&'static str>,
    /// The first version that takes notice; none where no version on ZooKeeper does.
    since: Option<Line>,
    what: &'static str,
}

#[rustfmt::skip]
const ASKS: &[Asks] = &[
    Asks { name: "group.instance.id", value: None, since: Some((2, 3)), what: "static members of groups" },
    Asks { name: "client.rack", value: None, since: Some((2, 4)), what: "reading from the nearest replica" },
    Asks { name: "group.protocol", value: Some("consumer"), since: None, what: "the rebalance protocol of KIP-848" },
    Asks { name: "group.remote.assignor", value: None, since: None, what: "the rebalance protocol of KIP-848" },
    Asks { name: "enable.metrics.push", value: Some("true"), since: None, what: "metrics of clients" },
];

/// Whether brokers of this version take notice of a setting.
///
/// # Errors
/// Why not, and since when they do.
pub fn check(name: &str, value: &str, kafka: Version) -> Result<(), String> {
    let asks = |it: &&Asks| it.name == name && it.value.is_none_or(|asks| asks == value);
    let Some(Asks { since, what, .. }) = ASKS.iter().find(asks) else { return Ok(()) };
    let set = format!("brokers of Kafka {kafka} take no notice of {name}={value}");
    match since {
        Some(since) if kafka.line() >= *since => Ok(()),
        Some((major, minor)) => Err(format!("{set}: {what} came with {major}.{minor}")),
        None => Err(format!("{set}: {what} is for clusters without ZooKeeper")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::settings::Settings;

    fn of(kafka: &str, name: &str, value: &str) -> Result<(), String> {
        check(name, value, kafka.parse().expect("a version"))
    }

    #[test]
    fn what_brokers_do_not_heed_is_told() {
        let error = of("0.11.0.3", "group.instance.id", "a").unwrap_err();
        assert!(error.contains("static members of groups came with 2.3"), "{error}");
        assert_eq!(of("2.5.0", "group.instance.id", "a"), Ok(()));
        assert!(of("2.3.1", "client.rack", "r1").is_err());
        assert_eq!(of("2.10.0", "client.rack", "r1"), Ok(()));
        assert_eq!(of("0.11.0.3", "compression.type", "lz4"), Ok(()));
        assert!(of("3.9.2", "group.protocol", "consumer").is_err());
        assert_eq!(of("3.9.2", "group.protocol", "classic"), Ok(()));
    }

    #[test]
    fn every_setting_is_one_of_librdkafka() {
        for Asks { name, value, .. } in ASKS {
            let set = Settings::default().with(*name, value.unwrap_or("any"));
            set.config().unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
