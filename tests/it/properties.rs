//! The committed lists of properties of brokers and topics against what each version prints of itself: the main methods of
//! `kafka.server.KafkaConfig` and of `LogConfig` print an HTML table (0.11) or an HTML list (later). Needs Java, and Maven or a filled cache; without Java it says so and compares nothing.

use std::path::Path;

use kafka_trial::distribution::{Cache, Product, fetch, html, releases};
use kafka_trial::event::stream::Events;
use kafka_trial::java::{self, JavaError};

use crate::support::golden::assert_golden;

/// Each list: the beginning of its name, the classes that print it in one version or another, and at least how many rows.
const LISTS: [(&str, &[&str], usize); 2] = [
    ("kafka", &["kafka.server.KafkaConfig"], 100),
    ("topic", &["kafka.log.LogConfig", "org.apache.kafka.storage.internals.log.LogConfig"], 20),
];

#[tokio::test]
async fn every_list_is_what_the_broker_prints() {
    let java = match java::find().await {
        Ok(java) => java,
        Err(missing @ JavaError::Missing { .. }) => {
            eprintln!("NOT COMPARED: the lists of broker properties, as {missing}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let cache = Cache::of_user().expect("a cache");
    let (events, _receiver) = Events::channel();
    for release in releases().into_iter().filter(|release| release.product == Product::Kafka) {
        let distribution = fetch(&release, &cache, &events).await.expect("the jars");
        let class_path = distribution.class_path().join(":");
        for (list, classes, at_least) in LISTS {
            let mut html = String::new();
            for class in classes {
                let printed = tokio::process::Command::new(&java.program)
                    .args(["-cp", &class_path, class])
                    .output()
                    .await
                    .expect("java runs");
                html.push_str(&String::from_utf8(printed.stdout).expect("UTF-8"));
            }
            compare(&html, &format!("{list}-{}", release.version), at_least);
        }
    }
}

fn compare(html: &str, list: &str, at_least: usize) {
    let found = html::list(html).expect("a list");
    let rows = found.lines().count() - 1;
    assert!(rows > at_least, "{list}: {rows} properties were printed");
    let path = Path::new("src/cluster/properties").join(format!("{list}.tsv"));
    assert_golden(path, &found);
}
