//! The committed lists of properties of brokers and topics against what each version prints of itself: the main methods of
//! `kafka.server.KafkaConfig` and of `LogConfig` print an HTML table (0.11) or an HTML list (later). Needs Java, and Maven or a filled cache; without Java it says so and compares nothing.

use std::path::Path;

use kafka_trial::distribution::{Cache, Product, fetch, releases};
use kafka_trial::event::stream::Events;
use kafka_trial::java::{self, JavaError};
use regex::Regex;

use crate::support::golden::assert_golden;

/// Each list: the beginning of its name, the classes that print it in one version or another, and at least how many rows.
const LISTS: [(&str, &[&str], usize); 2] = [
    ("kafka", &["kafka.server.KafkaConfig"], 100),
    ("topic", &["kafka.log.LogConfig", "org.apache.kafka.storage.internals.log.LogConfig"], 20),
];

const HEADER: &str = "name\ttype\tdefault\tvalid\n";

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
    let mut rows = if html.starts_with("<table") { of_table(html) } else { of_list(html) };
    rows.sort();
    rows.dedup();
    assert!(rows.len() > at_least, "{list}: {} properties were printed", rows.len());
    let found = rows.iter().fold(HEADER.to_owned(), |list, row| list + &row.join("\t") + "\n");
    let path = Path::new("src/cluster/properties").join(format!("{list}.tsv"));
    assert_golden(path, &found);
}

/// `<tr>` rows of name, description, type, default, valid values, for topics the broker's property, importance.
fn of_table(html: &str) -> Vec<[String; 4]> {
    let cell = regex(r"(?s)<td>(.*?)</td>");
    html.split("<tr>")
        .filter_map(|row| {
            let cells: Vec<_> = cell.captures_iter(row).map(|found| text(&found[1])).collect();
            match cells.as_slice() {
                [name, _, kind, default, valid, _] | [name, _, kind, default, valid, _, _] => {
                    Some([name, kind, default, valid].map(Clone::clone))
                }
                _ => None,
            }
        })
        .collect()
}

/// `<li>` items with the name as heading and a small table of the rest.
fn of_list(html: &str) -> Vec<[String; 4]> {
    let heading = regex(r"(?s)<h4>(.*?)</h4>");
    let field = |item: &str, name: &str| {
        let found = regex(&format!("(?s)<th>{name}:</th><td>(.*?)</td>")).captures(item);
        text(&found.unwrap_or_else(|| panic!("no {name} in {item}"))[1])
    };
    html.split("<li>\n")
        .filter_map(|item| {
            let name = text(&heading.captures(item)?[1]);
            Some([name, field(item, "Type"), field(item, "Default"), field(item, "Valid Values")])
        })
        .collect()
}

/// Text of a piece of HTML: without tags, the characters of entities.
fn text(html: &str) -> String {
    let plain = regex("<[^>]*>").replace_all(html, "");
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let plain = entities
        .iter()
        .fold(plain.into_owned(), |text, (entity, letter)| text.replace(entity, letter));
    plain.trim().to_owned()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}
