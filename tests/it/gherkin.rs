//! Features are read as the official parser reads them. `fixtures/gherkin` has features of its own test data and of
//! the compatibility kit of Cucumber (`official`, with their licences) and others (`own`), each with the messages that
//! the official parser makes of it (`@cucumber/gherkin` 42.0.1). Where `.ci/run` has got that parser, it is asked again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kafka_trial::gherkin::{Document, Language};
use kafka_trial::plan::feature_file::FeatureFile;
use kafka_trial::report::messages;
use serde_json::{Value, json};

use crate::support::files;
use crate::support::golden::Goldens;

const PARSER: &str = "tests/formatters/node_modules/@cucumber/gherkin";

/// Good features that `trial check` refuses, and why; docs/gherkin.md says so.
const STRICTER: [(&str, &str); 5] = [
    ("official/good/empty.feature", "the file is empty"),
    ("official/good/incomplete_feature_1.feature", "the feature has no scenario"),
    ("official/good/incomplete_feature_2.feature", "the feature has no scenario"),
    ("official/good/incomplete_feature_3.feature", "the file is empty"),
    ("official/good/spaces_in_language.feature", "the feature has no scenario"),
];

fn features(folder: &str) -> Vec<PathBuf> {
    files::with_extension(folder, "feature").into_iter().collect()
}

/// What the official parser makes of each feature; none where it is not there.
fn official(paths: &[PathBuf]) -> Option<Vec<Vec<Value>>> {
    if !Path::new(PARSER).exists() || Command::new("node").arg("--version").output().is_err() {
        return None;
    }
    let mut node = Command::new("node")
        .arg("tests/formatters/parse.js")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut input = node.stdin.take().expect("its input");
    let lines: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = node.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let told = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    Some(told.map(|it| it["messages"].as_array().expect("messages").clone()).collect())
}

/// What trial makes of a feature; the official parser says nothing else of one that it refuses.
fn ours(path: &Path) -> Result<Vec<Value>, String> {
    let text = fs::read_to_string(path).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let found = Document::read(text).found;
    if found.is_empty() {
        return Ok(messages::of_text(&path.display().to_string(), text));
    }
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let found = found.iter().map(|(it, place)| format!("{}: {it}", line(place.start)));
    Err(found.collect::<Vec<_>>().join("; "))
}

/// With ids numbered as they come up, as every parser has its own.
fn renumbered(messages: &[Value]) -> Vec<Value> {
    fn walk(value: &mut Value, key: &str, known: &mut HashMap<String, usize>) {
        match value {
            Value::String(text) if ["id", "astNodeId", "astNodeIds"].contains(&key) => {
                let next = known.len();
                *text = known.entry(text.clone()).or_insert(next).to_string();
            }
            Value::Array(values) => values.iter_mut().for_each(|it| walk(it, key, known)),
            Value::Object(fields) => fields.iter_mut().for_each(|(key, it)| walk(it, key, known)),
            _ => {}
        }
    }
    let mut known = HashMap::new();
    let mut messages = messages.to_vec();
    messages.iter_mut().for_each(|message| walk(message, "", &mut known));
    messages
}

fn assert_same(path: &Path, ours: &[Value], theirs: &[Value]) {
    let (ours, theirs) = (renumbered(ours), renumbered(theirs));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let (left, right) = (format!("{ours:#}"), format!("{theirs:#}"));
        let differs = left.lines().zip(right.lines()).find(|(left, right)| left != right);
        assert_eq!(differs, None, "{}\n{left}\nofficial: {right}", path.display());
        assert_eq!(ours, theirs, "{}", path.display());
    }
    assert_eq!(ours.len(), theirs.len(), "{}", path.display());
}

fn is_refused(messages: &[Value]) -> bool {
    messages.iter().any(|message| message.get("parseError").is_some())
}

fn golden(path: &Path) -> PathBuf {
    path.with_extension("feature.ndjson")
}

/// What the official parser said of it.
fn recorded(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(golden(path)).expect("what the official parser says");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn good_features_mean_what_they_mean_to_the_official_parser_and_bad_ones_are_refused() {
    let (mut good, mut bad) = (0, 0);
    for path in features("fixtures/gherkin") {
        let theirs = recorded(&path);
        match ours(&path) {
            Ok(ours) => {
                assert_same(&path, &ours, &theirs);
                good += 1;
            }
            Err(why) => {
                assert!(is_refused(&theirs), "{} is good, but: {why}", path.display());
                bad += 1;
            }
        }
    }
    assert!(good > 40 && bad > 15, "{good} good, {bad} bad");
}

#[test]
fn good_features_are_accepted_but_for_those_that_are_known() {
    let mut refused = BTreeMap::new();
    for path in features("fixtures/gherkin").iter().filter(|path| ours(path).is_ok()) {
        let mistakes = match FeatureFile::read(path, &|_, _| false) {
            Ok(file) if file.is_bare => vec!["the feature has no scenario".into()],
            Ok(file) => file.mistakes.iter().map(ToString::to_string).collect(),
            Err(mistakes) => mistakes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        };
        if !mistakes.is_empty() {
            let path = path.strip_prefix("fixtures/gherkin").expect("below it");
            refused.insert(path.display().to_string(), mistakes.join("; "));
        }
    }
    let known = STRICTER.iter().map(|(path, why)| (path.to_string(), why.to_string()));
    assert_eq!(refused, known.collect());
}

#[test]
fn the_official_parser_says_what_is_recorded_of_it() {
    let paths = features("fixtures/gherkin");
    let Some(theirs) = official(&paths) else {
        eprintln!(
            "NOT TESTED: what is recorded of the official parser, as there is no node or no {PARSER}"
        );
        return;
    };
    let mut goldens = Goldens::default();
    for (path, messages) in paths.iter().zip(theirs) {
        let lines: String = messages.iter().map(|message| format!("{message}\n")).collect();
        goldens.compare(golden(path), &lines);
    }
    goldens.finish(files::with_extension("fixtures/gherkin", "ndjson"));
}

/// A feature with every keyword of a language.
fn feature_in(code: &str) -> String {
    let (_, language) = Language::named(code).expect("it is in the list");
    let words = |of: &str| -> Vec<String> {
        let list = fs::read_to_string("src/gherkin/languages.json").expect("the list");
        let list: Value = serde_json::from_str(&list).expect("JSON");
        let words = list[code][of].as_array().expect("keywords");
        words.iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
    };
    assert!(!language.name.is_empty());
    let steps = || {
        let kinds = ["given", "when", "then", "and", "but"].into_iter();
        let lines = kinds.flat_map(words).map(|word| format!("    {word}a topic \"t\"\n"));
        lines.collect::<String>()
    };
    let mut text = format!("# language: {code}\n");
    text += &format!("{}: f\n  {}: b\n{}", words("feature")[0], words("background")[0], steps());
    for word in words("scenario") {
        text += &format!("  {word}: s\n{}", steps());
    }
    for rule in words("rule") {
        text += &format!("  {rule}: r\n");
        for outline in words("scenarioOutline") {
            text += &format!("  {outline}: <n>\n{}", steps());
            for examples in words("examples") {
                text += &format!("    {examples}: e\n      | n |\n      | 1 |\n");
            }
        }
    }
    text
}

#[test]
fn every_language_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for code in Language::all().keys() {
        let path = folder.path().join(format!("{code}.feature"));
        fs::write(&path, feature_in(code)).expect("written");
        let file = FeatureFile::read(&path, &|_, _| true).expect("Gherkin");
        assert!(file.mistakes.is_empty(), "{code}: {:?}", file.mistakes);
        let steps = file.scenarios.iter().flat_map(|it| &it.scenario.steps);
        assert!(steps.clone().all(|step| step.value == "a topic \"t\""), "{code}");
        assert!(
            file.scenarios.len() >= 2 && file.scenarios.iter().any(|it| it.row.is_some()),
            "{code}"
        );
        paths.push(path);
    }
    assert!(paths.len() >= 80);
    compare(&paths, "features in every language");
}

#[test]
fn shipped_features_mean_what_they_mean_to_the_official_parser() {
    let mut paths = features("features");
    paths.extend(features("fixtures/features"));
    let readable = |path: &PathBuf| fs::read_to_string(path).is_ok();
    paths.retain(readable);
    compare(&paths, "the shipped features");
}

/// Lines in any order, many of them nonsense: both refuse, or both read the same.
#[test]
fn features_made_of_random_lines_are_read_alike() {
    const LINES: &[&str] = &[
        "Feature: f",
        "  Background:",
        "  Background: b",
        "Rule: r",
        "  Scenario: s",
        "Example: <a>",
        "  Scenario Outline: <a> <b>",
        "Examples:",
        "  Scenarios: e",
        "    Given a <a>",
        "    When b",
        "Then c",
        "    And d <b>",
        "* e",
        "| a | b |",
        "  | 1 | 2 | # c",
        "    | x\\|y | \\n |",
        "| a |",
        "  \"\"\"",
        "    \"\"\"json",
        "```",
        "",
        "   ",
        "# comment",
        "  # language: en",
        "@a @b",
        "  @c #d",
        "prose",
        "  Rules: none",
        "Given",
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).expect("it is small")
    };
    let mut paths = Vec::new();
    for number in 0..3000 {
        let mut lines = vec!["Feature: f", "Scenario Outline: <a>", "Given a"];
        let kept = next(lines.len() + 1);
        lines.truncate(kept);
        lines.extend((0..next(12)).map(|_| LINES[next(LINES.len())]));
        let path = folder.path().join(format!("{number}.feature"));
        fs::write(&path, lines.join("\n")).expect("written");
        paths.push(path);
    }
    let kinds = compare(&paths, "features made of random lines");
    assert!(kinds.is_none_or(|kinds| kinds == BTreeSet::from([false, true])));
}

/// Compares with what the official parser says, if it is there; tells what there was of good and bad.
fn compare(paths: &[PathBuf], what: &str) -> Option<BTreeSet<bool>> {
    let Some(theirs) = official(paths) else {
        eprintln!(
            "NOT TESTED: {what} against the official parser, as there is no node or no {PARSER}"
        );
        return None;
    };
    assert_eq!(paths.len(), theirs.len());
    let mut kinds = BTreeSet::new();
    for (path, theirs) in paths.iter().zip(&theirs) {
        let refused = is_refused(theirs);
        kinds.insert(refused);
        let text = || fs::read_to_string(path).expect("text");
        match ours(path) {
            Ok(ours) if !refused => assert_same(path, &ours, theirs),
            Ok(_) => panic!("{} is accepted:\n{}\n{}", path.display(), text(), json!(theirs)),
            Err(_) if refused => {}
            Err(why) if is_stricter(&why) => {}
            Err(why) => panic!("{} is refused: {why}\n{}", path.display(), text()),
        }
    }
    Some(kinds)
}

/// What the official parser lets pass: a row without a cell, and a misspelt header above steps in a description.
fn is_stricter(why: &str) -> bool {
    why.split("; ")
        .all(|it| it.ends_with("the row does not end with |") || it.contains("unknown header"))
}
