//! Which scenarios of which files: paths, lines, tags and names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cucumber::gherkin::tagexpr::TagOperation;
use cucumber::tag::Ext as _;
use regex::Regex;

use crate::plan::feature_file::{Expanded, FeatureFile};
use crate::plan::mistake::{Mistake, MistakeKind};

/// What a run is asked to select. A scenario must fit all of it.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Files, folders and FILE:LINE, as given on the command line.
    pub paths: Vec<String>,
    /// A tag expression, such as `@slow and not @old`.
    pub tags: Option<TagOperation>,
    /// A pattern that is found in the scenario's name.
    pub name: Option<Regex>,
}

/// A file to read, and the lines whose scenarios are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The feature file.
    pub file: PathBuf,
    /// Lines as given with FILE:LINE; empty for the whole file.
    pub lines: BTreeSet<usize>,
}

impl Target {
    /// The lines given on which there is no scenario of the file.
    pub fn idle_lines(&self, file: &FeatureFile) -> impl Iterator<Item = usize> {
        let means_none = |line: &usize| !file.scenarios.iter().any(|it| at(file, it, *line));
        self.lines.iter().copied().filter(means_none)
    }
}

impl Selection {
    /// The files that the paths name, each once, in the order of the paths; those of a folder by name. And
    /// every path that does not exist or cannot be read.
    pub fn files(&self) -> (Vec<Target>, Vec<Mistake>) {
        let mut targets: Vec<Target> = Vec::new();
        let mut mistakes = Vec::new();
        for given in &self.paths {
            match find(given) {
                Ok(found) => found.into_iter().for_each(|target| add(&mut targets, target)),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        (targets, mistakes)
    }

    /// Whether tags, name and lines select the scenario.
    pub fn selects(&self, file: &FeatureFile, scenario: &Expanded, target: &Target) -> bool {
        let feature = &file.feature;
        let rule = scenario.rule.iter().flat_map(|rule| &rule.tags);
        let tags: Vec<_> = feature.tags.iter().chain(rule).chain(&scenario.scenario.tags).collect();
        self.tags.as_ref().is_none_or(|expression| expression.eval(&tags))
            && self.name.as_ref().is_none_or(|name| name.is_match(&scenario.scenario.name))
            && (target.lines.is_empty()
                || target.lines.iter().any(|line| at(file, scenario, *line)))
    }
}

/// Whether a line given with a file means the scenario: a line of it, its row of examples, or the header of it, its
/// feature or its rule.
fn at(file: &FeatureFile, scenario: &Expanded, line: usize) -> bool {
    let rule = scenario.rule.as_ref().map(|rule| rule.position.line);
    let mut keywords = [file.feature.position.line, scenario.lines.start].into_iter().chain(rule);
    let rows = file.scenarios.iter().filter(|other| other.lines == scenario.lines);
    let is_a_row = rows.filter_map(|other| other.row).any(|row| row == line);
    scenario.row == Some(line)
        || (scenario.lines.contains(&line) && !is_a_row)
        || keywords.any(|keyword| file.source.header(keyword).contains(&line))
}

fn find(given: &str) -> Result<Vec<Target>, Mistake> {
    let path = Path::new(given);
    if path.is_dir() {
        let files = features_below(path)?;
        return Ok(files.into_iter().map(|file| Target { file, lines: BTreeSet::new() }).collect());
    }
    if path.exists() {
        return Ok(vec![Target { file: path.into(), lines: BTreeSet::new() }]);
    }
    let split = given.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    match split {
        Some((file, line)) if Path::new(file).is_file() => {
            Ok(vec![Target { file: file.into(), lines: BTreeSet::from([line]) }])
        }
        _ => {
            let path = split.map_or(given, |(file, _)| file).into();
            Err(mistake(Path::new(given), MistakeKind::NotFound { path }))
        }
    }
}

/// Every `.feature` file below the folder, by name.
pub(crate) fn features_below(folder: &Path) -> Result<Vec<PathBuf>, Mistake> {
    let unreadable = |error: std::io::Error| {
        let kind = MistakeKind::Unreadable { path: folder.into(), why: error.to_string() };
        mistake(folder, kind)
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(features_below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "feature") {
            files.push(path);
        }
    }
    Ok(files)
}

fn mistake(file: &Path, kind: MistakeKind) -> Mistake {
    Mistake { kind, file: file.into(), place: None }
}

/// A file that is named twice is read once; named without lines, it is wanted whole.
fn add(targets: &mut Vec<Target>, target: Target) {
    // A path that cannot be resolved is told apart by how it is written.
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.into());
    match targets.iter_mut().find(|known| real(&known.file) == real(&target.file)) {
        Some(known) if known.lines.is_empty() || target.lines.is_empty() => known.lines.clear(),
        Some(known) => known.lines.extend(target.lines),
        None => targets.push(target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(paths: &[&str]) -> Selection {
        Selection { paths: paths.iter().map(ToString::to_string).collect(), ..Default::default() }
    }

    #[test]
    fn folders_are_searched_and_files_taken_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::create_dir(path("inner")).expect("made");
        for name in ["b.feature", "a.feature", "inner/c.feature", "notes.md"] {
            fs::write(path(name), "").expect("written");
        }
        let (found, mistakes) =
            selection(&[&path("b.feature:3"), &path(""), &path("a.feature:2")]).files();
        assert_eq!(mistakes, []);
        let names: Vec<_> = found.iter().map(|target| target.file.file_name()).collect();
        assert_eq!(names, ["b.feature", "a.feature", "c.feature"].map(|it| Some(it.as_ref())));
        assert!(found.iter().all(|target| target.lines.is_empty()), "{found:?}");
    }

    #[test]
    fn a_path_that_does_not_exist_is_a_mistake() {
        let (_, mistakes) = selection(&["no/such.feature:12"]).files();
        let path = "no/such.feature".into();
        assert_eq!(
            mistakes.into_iter().map(|it| it.kind).collect::<Vec<_>>(),
            [MistakeKind::NotFound { path }]
        );
    }
}
