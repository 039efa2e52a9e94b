//! Settings of clients that librdkafka takes and brokers of some versions take no notice of: a scenario about them
//! would prove nothing.

use crate::cluster::properties::release_line;

/// A setting that asks something of brokers.
struct Asks {
    name: &'static str,
    /// The only value that does; any, where there is none.
    value: Option<&'static str>,
    /// The first version that takes notice; none where no version on ZooKeeper does.
    since: Option<(u32, u32)>,
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
pub fn check(name: &str, value: &str, kafka: &str) -> Result<(), String> {
    let asks = |it: &&Asks| it.name == name && it.value.is_none_or(|asks| asks == value);
    let Some(Asks { since, what, .. }) = ASKS.iter().find(asks) else { return Ok(()) };
    let set = format!("brokers of Kafka {kafka} take no notice of {name}={value}");
    match since {
        Some(since) if release_line(kafka).is_some_and(|line| line >= *since) => Ok(()),
        Some((major, minor)) => Err(format!("{set}: {what} came with {major}.{minor}")),
        None => Err(format!("{set}: {what} is for clusters without ZooKeeper")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::settings::Settings;

    #[test]
    fn what_brokers_do_not_heed_is_told() {
        let error = check("group.instance.id", "a", "0.11.0.3").unwrap_err();
        assert!(error.contains("static members of groups came with 2.3"), "{error}");
        assert_eq!(check("group.instance.id", "a", "2.5.0"), Ok(()));
        assert!(check("client.rack", "r1", "2.3.1").is_err());
        assert_eq!(check("client.rack", "r1", "2.10.0"), Ok(()));
        assert_eq!(check("compression.type", "lz4", "0.11.0.3"), Ok(()));
        assert!(check("group.protocol", "consumer", "3.9.2").is_err());
        assert_eq!(check("group.protocol", "classic", "3.9.2"), Ok(()));
    }

    #[test]
    fn every_setting_is_one_of_librdkafka() {
        for Asks { name, value, .. } in ASKS {
            let set = Settings::default().with(*name, value.unwrap_or("any"));
            set.config().unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
