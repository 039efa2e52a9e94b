//! The committed lists of broker properties against what each broker prints of itself: the main method of
//! `kafka.server.KafkaConfig` prints an HTML table (0.11) or an HTML list (later). `TRIAL_BLESS=1` writes
//! the lists anew. Needs Java, and Maven or a filled cache; without Java it says so and compares nothing.

use std::fs;
use std::path::Path;

use kafka_trial::distribution::{Cache, Product, fetch, releases};
use kafka_trial::java::{self, JavaError};
use kafka_trial::run::events::Events;
use regex::Regex;

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
    for release in releases().iter().filter(|release| release.product == Product::Kafka) {
        let distribution = fetch(release, &cache, &events).await.expect("the jars");
        let printed = tokio::process::Command::new(&java.program)
            .args(["-cp", &distribution.class_path().join(":"), "kafka.server.KafkaConfig"])
            .output()
            .await
            .expect("java runs");
        let html = String::from_utf8(printed.stdout).expect("UTF-8");
        let mut rows = if html.starts_with("<table") { of_table(&html) } else { of_list(&html) };
        rows.sort();
        rows.dedup();
        let error = String::from_utf8_lossy(&printed.stderr);
        assert!(rows.len() > 100, "{release} printed {} properties: {error}", rows.len());

        let found = rows.iter().fold(HEADER.to_owned(), |list, row| list + &row.join("\t") + "\n");
        let path = Path::new("src/cluster/properties").join(format!("{release}.tsv"));
        if std::env::var_os("TRIAL_BLESS").is_some() {
            fs::write(&path, &found).expect("the list can be written");
        }
        let expected = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; TRIAL_BLESS=1 writes it", path.display()));
        assert!(found == expected, "{} is not what {release} prints", path.display());
    }
}

/// `<tr>` rows of name, description, type, default, valid values, importance.
fn of_table(html: &str) -> Vec<[String; 4]> {
    let cell = regex(r"(?s)<td>(.*?)</td>");
    html.split("<tr>")
        .filter_map(|row| {
            let cells: Vec<_> = cell.captures_iter(row).map(|found| text(&found[1])).collect();
            let [name, _, kind, default, valid, _]: [String; 6] = cells.try_into().ok()?;
            Some([name, kind, default, valid])
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
