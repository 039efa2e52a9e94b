//! `trial versions`: which versions of Kafka and ZooKeeper there are.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::terminal;
use crate::distribution::{self, Cache, Line, Metadata, Product, Version};
use crate::error::UserError;
use crate::exit_code::ExitCode;

/// Upstream fixes the three newest lines of Kafka (https://kafka.apache.org/downloads).
const SUPPORTED_LINES: usize = 3;

/// List the versions of Kafka and ZooKeeper that a fixture or `--kafka` can name.
///
/// They are asked of Maven. Where it does not answer, those are listed that were published before this release of trial.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trial versions
  trial versions --json | jq -r '.[] | select(.supported) | .version'

In the table, * is a version that every release of trial is tried with.

With --json, an array of objects, newest first:
  product    \"Kafka\" or \"ZooKeeper\"
  version    as fixtures name it
  line       its first two numbers
  tried      whether every release of trial is tried with it
  cached     whether its jars are on this machine
  supported  whether upstream still fixes its line; only for Kafka
  java       the oldest Java that it runs on
  metadata   [\"zookeeper\", \"kraft\"]: what can keep its metadata; empty for ZooKeeper")]
pub struct VersionsArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Asks Maven and prints.
///
/// # Errors
/// When the cache folder is unknown, or standard output cannot be written.
pub fn main(arguments: &VersionsArgs) -> Result<ExitCode, UserError> {
    let cache = Cache::of_user()?;
    let products = super::block_on(async {
        let both = [Product::Kafka, Product::ZooKeeper].map(async |product| {
            (product, distribution::published(product).await.map_err(UserError::from))
        });
        Ok(futures::future::join_all(both).await)
    })?;
    let mut all = Vec::new();
    for (product, published) in products {
        let versions = published.unwrap_or_else(|error| {
            terminal::warn(&error);
            known(product)
        });
        all.extend(listed(product, versions, &cache)?);
    }
    terminal::print(&if arguments.json { json(&all)? } else { table(&all) })?;
    Ok(ExitCode::Passed)
}

/// A version as it is listed.
#[derive(Debug, Serialize)]
struct Listed {
    product: String,
    version: String,
    line: String,
    tried: bool,
    cached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    supported: Option<bool>,
    java: u32,
    metadata: Vec<Metadata>,
}

/// What this release of trial knows of without asking.
fn known(product: Product) -> Vec<Version> {
    let tried = distribution::releases().into_iter().filter(|it| it.product == product);
    let tried = tried.map(|release| release.version);
    distribution::newest(product).chain(tried).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Newest first.
fn listed(
    product: Product,
    versions: Vec<Version>,
    cache: &Cache,
) -> Result<Vec<Listed>, UserError> {
    let lines: BTreeSet<Line> = versions.iter().map(|version| version.line()).collect();
    let supported: Vec<Line> = lines.into_iter().rev().take(SUPPORTED_LINES).collect();
    let listed = versions.into_iter().rev().map(|version| {
        let release = distribution::find(product, &version.to_string())?;
        let (major, minor) = version.line();
        Ok(Listed {
            product: product.to_string(),
            version: version.to_string(),
            line: format!("{major}.{minor}"),
            tried: release.is_tried(),
            cached: distribution::is_cached(&release, cache),
            supported: (product == Product::Kafka).then(|| supported.contains(&version.line())),
            java: release.java(),
            metadata: release.metadata(),
        })
    });
    listed.collect()
}

fn json(all: &[Listed]) -> Result<String, UserError> {
    let text = serde_json::to_string_pretty(all);
    let text =
        text.map_err(|error| UserError::environment("failed to write JSON", "").because(error))?;
    Ok(text + "\n")
}

/// A row for each line.
fn table(all: &[Listed]) -> String {
    let head = ["", "Java", "metadata", "upstream", "on this machine", "versions"];
    let mut rows = vec![head.map(str::to_owned)];
    for line in all.chunk_by(|a, b| (&a.product, &a.line) == (&b.product, &b.line)) {
        let Some(first) = line.first() else { continue };
        let each = |of: &dyn Fn(&Listed) -> Option<String>| {
            line.iter().filter_map(of).collect::<Vec<_>>().join(" ")
        };
        let marked =
            |it: &Listed| Some(format!("{}{}", it.version, if it.tried { "*" } else { "" }));
        let metadata: Vec<_> = first.metadata.iter().map(Metadata::to_string).collect();
        rows.push([
            format!("{} {}", first.product, first.line),
            format!("{}+", first.java),
            metadata.join(", "),
            if first.supported == Some(true) { "supported".into() } else { String::new() },
            each(&|it| it.cached.then(|| it.version.clone())),
            each(&marked),
        ]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  "));
        text.push_str(cells.collect::<String>().trim_end());
        text.push('\n');
    }
    text + "* every release of trial is tried with it\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_kafka(versions: &[&str]) -> Vec<Listed> {
        let versions = versions.iter().map(|it| it.parse().expect("a version")).collect();
        let cache = Cache::at("no such folder");
        listed(Product::Kafka, versions, &cache).expect("versions of Kafka")
    }

    #[test]
    fn lines_are_listed_newest_first_and_the_newest_three_are_supported() {
        let all = of_kafka(&["2.5.0", "2.5.1", "3.9.2", "4.2.0", "4.3.0", "4.4.0"]);
        let supported: Vec<_> =
            all.iter().filter(|it| it.supported == Some(true)).map(|it| &*it.version).collect();
        assert_eq!(supported, ["4.4.0", "4.3.0", "4.2.0"]);
        let table = table(&all);
        let rows: Vec<_> = table.lines().collect();
        assert!(
            rows[1].starts_with("Kafka 4.4  17+   KRaft") && rows[1].ends_with(" 4.4.0*"),
            "{table}"
        );
        assert!(rows[5].ends_with(" 2.5.1 2.5.0*"), "{table}");
        assert!(rows[4].contains("ZooKeeper, KRaft") && !rows[4].contains("supported"), "{table}");
    }

    #[test]
    fn without_maven_the_newest_of_each_line_and_those_tried_are_known() {
        let known: Vec<_> = known(Product::Kafka).iter().map(Version::to_string).collect();
        assert!(
            ["0.11.0.3", "2.5.0", "2.5.1", "4.4.0"].iter().all(|it| known.contains(&(*it).into()))
        );
    }
}
