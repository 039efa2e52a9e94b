//! The documents for people: their links lead somewhere, and what they show of features is what trial reads.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args as _, Command};
use cucumber::World as _;

use crate::cli::run::RunArgs;
use crate::gherkin::feature::steps_of;
use crate::steps::world::World;

const AT_THE_TOP: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/// Every document of the project with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut files: Vec<_> = AT_THE_TOP.iter().map(PathBuf::from).collect();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of documents") {
            let path = entry.expect("a document").path();
            match path.extension() {
                None if path.is_dir() => folders.push(path),
                Some(extension) if extension == "md" => files.push(path),
                _ => {}
            }
        }
    }
    files.into_iter().map(|it| (it.clone(), fs::read_to_string(&it).expect("a document"))).collect()
}

/// The lines of a document, each with the language of the block of code that it is in.
fn lines(text: &str) -> impl Iterator<Item = (Option<&str>, &str)> {
    let mut block = None;
    text.lines().filter_map(move |line| match line.trim_start().strip_prefix("```") {
        Some(language) => {
            block = if block.is_some() { None } else { Some(language) };
            None
        }
        None => Some((block, line)),
    })
}

/// The targets of the links in a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn has_heading(path: &Path, wanted: &str) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    let headings = lines(&text).filter(|(block, line)| block.is_none() && line.starts_with('#'));
    headings.into_iter().any(|(_, line)| anchor(line.trim_start_matches('#')) == wanted)
}

#[test]
fn every_link_leads_somewhere() {
    let mut dead = Vec::new();
    for (path, text) in documents() {
        let prose = lines(&text).filter(|(block, _)| block.is_none());
        for link in prose.flat_map(|(_, line)| links(line)).filter(|it| !it.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().unwrap_or(Path::new("")).join(file),
            };
            if !target.exists() || !heading.is_empty() && !has_heading(&target, heading) {
                dead.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert_eq!(dead, Vec::<String>::new());
}

#[test]
fn every_sentence_that_is_shown_calls_a_step() {
    let collection = World::collection();
    let mut shown = 0;
    for (path, text) in documents() {
        let of_features = lines(&text).filter(|(block, _)| *block == Some("gherkin"));
        let is_no_heading = |line: &&str| {
            let line = line.trim_start();
            !line.starts_with("Feature:") && !line.starts_with("Scenario:")
        };
        let steps: Vec<_> = of_features.map(|(_, line)| line).filter(is_no_heading).collect();
        for step in steps_of(&steps.join("\n")) {
            let found = collection.find(&step).unwrap_or_else(|why| panic!("{step}: {why}"));
            assert!(found.is_some(), "{}: {step} is no step", path.display());
            shown += 1;
        }
    }
    assert!(shown > 0, "no document shows a sentence");
}

#[test]
fn the_readme_shows_the_feature_of_its_picture() {
    let readme = fs::read_to_string("README.md").expect("the README");
    let feature = fs::read_to_string("docs/pictures/orders.feature").expect("its feature");
    assert!(readme.contains(&format!("```gherkin\n{feature}```")), "README.md shows another one");
}

#[test]
fn the_guide_lists_every_option_of_run() {
    let run = RunArgs::augment_args(Command::new("run"));
    let options: BTreeSet<_> = run.get_arguments().filter_map(|it| it.get_long()).collect();
    let page = fs::read_to_string("docs/guide/options.md").expect("the guide");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `--"));
    let ends = |it: char| !it.is_ascii_alphabetic() && it != '-';
    let short_only = ["quiet", "verbose"].into_iter();
    let listed = rows.filter_map(|row| row.split(ends).next()).chain(short_only);
    assert_eq!(listed.collect::<BTreeSet<_>>(), options);
}
