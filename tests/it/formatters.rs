//! What others read: Cucumber messages go through the official formatter and query library, `junit.xml` fits the
//! schema of Jenkins. All come from packages, which `.ci/run` gets into `tests/formatters`; without them these tests say
//! so and try nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use serde_json::Value;

use crate::support::chromium;
use crate::support::recorded::cases;

const FORMATTER: &str = "tests/formatters/node_modules/@cucumber/html-formatter";
const QUERY: &str = "tests/formatters/node_modules/@cucumber/query";
const SCHEMA: &str = "tests/formatters/junit-10.xsd";

fn runs(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

#[test]
fn the_official_formatter_shows_every_scenario() {
    if !(runs("node") && Path::new(FORMATTER).exists()) {
        eprintln!("NOT TESTED: Cucumber messages, as there is no node or no {FORMATTER}");
        return;
    }
    for case in cases() {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("page.html");
        let mut command = Command::new("node");
        command.arg("tests/formatters/format.js").arg(case.join("messages.ndjson")).arg(&page);
        let output = command.output().expect("node runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {told}", case.display());
        shows_every_scenario(&case, &page, folder.path());
    }
}

/// The page is made by its script, so only a browser tells what it shows.
fn shows_every_scenario(case: &Path, page: &Path, folder: &Path) {
    let Some(browser) = chromium::find() else {
        eprintln!("NOT TESTED: the page of the formatter, as there is no Chromium on this machine");
        return;
    };
    let output = chromium::shown(browser, page, folder, &["--virtual-time-budget=20000"]);
    let shown = String::from_utf8_lossy(&output.stdout);
    // What comes after is the script, with the messages in it.
    let (_, body) = shown.split_once("<body").expect("a page");
    let shown = body.split("<script").next().unwrap_or_default();
    let report = fs::read_to_string(case.join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    for scenario in report["scenarios"].as_array().expect("scenarios") {
        // It folds features up in which everything passed, so of these only the file is seen.
        let shows = if scenario["status"] == "passed" { "feature" } else { "name" };
        let name = scenario[shows].as_str().expect("a name");
        let name = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(shown.contains(&name), "{name} is not in what {} shows", case.display());
    }
}

#[test]
fn junit_fits_the_schema_of_jenkins() {
    if !(runs("xmllint") && Path::new(SCHEMA).exists()) {
        eprintln!(
            "NOT TESTED: junit.xml against its schema, as there is no xmllint or no {SCHEMA}"
        );
        return;
    }
    let mut attempts = 0;
    for case in cases() {
        let text = fs::read_to_string(case.join("junit.xml")).expect("junit.xml");
        attempts += text.matches("<flakyFailure ").count() + text.matches("<rerunFailure ").count();
        let valid = known(&text);
        assert_eq!(errors(&valid), "", "{}", case.display());
        // A schema that accepts anything would not tell.
        assert!(
            errors(&valid.replacen("<testcase ", "<testcase colour=\"red\" ", 1))
                .contains("colour")
        );
    }
    assert!(attempts > 0, "no recorded run tried a scenario again");
}

/// Without the attributes that quick-junit writes and the schema does not know: how many cases of all suites were
/// skipped, and when a case and an attempt began and how long that attempt took. Readers pass over them.
fn known(junit: &str) -> String {
    let unknown = [
        ("testsuites", vec!["skipped"]),
        ("testcase", vec!["timestamp"]),
        ("flakyFailure", vec!["timestamp", "time"]),
        ("rerunFailure", vec!["timestamp", "time"]),
    ];
    unknown.into_iter().fold(junit.to_owned(), |junit, (element, attributes)| {
        attributes.into_iter().fold(junit, |junit, attribute| {
            let written = Regex::new(&format!(r#"(<{element} (?:[^>]* )?){attribute}="[^"]*" ?"#));
            written.expect("a pattern").replace_all(&junit, "$1").into_owned()
        })
    })
}

fn errors(junit: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("junit.xml");
    fs::write(&file, junit).expect("written");
    let mut command = Command::new("xmllint");
    let output =
        command.args(["--noout", "--schema", SCHEMA]).arg(&file).output().expect("it runs");
    if output.status.success() {
        return String::new();
    }
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_official_query_library_finds_rules_rows_and_attempts() {
    if !(runs("node") && Path::new(QUERY).exists()) {
        eprintln!("NOT TESTED: Cucumber messages, as there is no node or no {QUERY}");
        return;
    }
    let messages = "fixtures/reports/rules-and-rows/messages.ndjson";
    let output = Command::new("node").args(["tests/formatters/query.js", messages]).output();
    let output = output.expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let found: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let executions: BTreeSet<_> = found
        .iter()
        .map(|it| {
            let text = |of: &str| it[of].as_str().unwrap_or("-");
            let name = format!("{} / {} / {}", text("rule"), text("examples"), text("name"));
            format!("{name}: {} at attempt {}", text("status"), it["attempt"])
        })
        .collect();
    assert_eq!(
        executions.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "- / - / Nothing is paid yet: PASSED at attempt 0",
            "What is not paid is not there / - / It holds what was sent: FAILED at attempt 1",
            "What is paid is kept / - / It holds what was sent: PASSED at attempt 0",
            "What is paid is kept / - / What passes at another attempt: PASSED at attempt 1",
            "What is paid is kept / large / A tool pays 5000000: PASSED at attempt 0",
            "What is paid is kept / small / A tool pays 5: PASSED at attempt 0",
        ]
    );
    let steps = |name: &str, rule: &str| {
        let it = found.iter().find(|it| it["name"] == name && it["rule"] == rule);
        it.expect("it was run")["steps"].clone()
    };
    let kept = steps("It holds what was sent", "What is paid is kept");
    assert_eq!(
        kept,
        serde_json::json!([
            "PASSED Context Given a running Kafka cluster described by \"single\"",
            "PASSED Context And a topic \"payments\" with 1 partition and replication factor 1",
            "PASSED Context And a consumer \"books\" reading topic \"payments\" from the beginning",
            "PASSED Context Given a producer \"till\"",
            "PASSED Action When producer \"till\" sends to topic \"payments\":",
            "PASSED Action And producer \"till\" sends messages numbered 1 to 2 to topic \"payments\"",
            "PASSED Outcome Then topic \"payments\" holds 3 messages",
            "PASSED Outcome But topic \"payments\" holds 3 messages",
        ])
    );
    let star = &steps("What passes at another attempt", "What is paid is kept")[3];
    assert!(star.as_str().is_some_and(|it| it.starts_with("PASSED Unknown * ")), "{star}");
}
