//! The history of one scenario: a folder with one file for each process that takes part, all with the same
//! name in their headers, so that `trial verify FOLDER/*.ndjson` judges them as one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use super::line::Line;
use super::recorder::{ClientRecorder, Flush, Recorder, RecorderError};
use super::{FORMAT, VERSION};

/// The file of this process: its clients, faults, and what steps have looked up.
const OWN: &str = "trial.ndjson";

/// The file of the readers that read everything before a verdict; made anew for each.
pub const FINAL_READS: &str = "final-reads.ndjson";

/// The longest part of a scenario's name that becomes part of its folder's.
const LONGEST_SLUG: usize = 60;

/// The history of one scenario. Nothing is on disk before something is recorded.
#[derive(Debug)]
pub struct ScenarioHistory {
    parent: PathBuf,
    slug: String,
    state: Mutex<Recording>,
}

#[derive(Debug, Default)]
struct Recording {
    folder: Option<PathBuf>,
    own: Option<Recorder>,
    /// How many clients have asked for each name.
    clients: BTreeMap<String, usize>,
}

/// What another process needs to record what a client does there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name in the file's header.
    pub history: String,
    /// The client's name in the history: nobody else in it has the same.
    pub client: String,
    /// The file to create.
    pub file: PathBuf,
}

impl ScenarioHistory {
    /// The history of the scenario at a line of a feature, in a folder below `parent` that is made with the
    /// first thing recorded.
    pub fn new(parent: &Path, feature: &Path, line: usize, scenario: &str) -> Self {
        let stem = feature.file_stem().unwrap_or_default().to_string_lossy();
        let slug = slug(&format!("{stem} {line} {scenario}"));
        Self { parent: parent.to_owned(), slug, state: Mutex::default() }
    }

    /// The name in the headers of its files.
    pub fn name(&self) -> &str {
        &self.slug
    }

    /// The folder, once something was recorded.
    pub fn folder(&self) -> Option<PathBuf> {
        self.lock().folder.clone()
    }

    /// Records what happens in this process.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn recorder(&self) -> Result<Recorder, RecorderError> {
        let mut state = self.lock();
        if let Some(recorder) = &state.own {
            return Ok(recorder.clone());
        }
        let path = self.folder_of(&mut state)?.join(OWN);
        let recorder = Recorder::create(&path, Some(self.name()), Flush::Soon)?;
        Ok(state.own.insert(recorder).clone())
    }

    /// Records what a client in this process does. A name that was used before gets a number:
    /// a producer that was closed and another one of the same name are two clients.
    ///
    /// # Errors
    /// As [`ScenarioHistory::recorder`].
    pub fn client(
        &self,
        name: &str,
        declaration: Line<'_>,
    ) -> Result<ClientRecorder, RecorderError> {
        let recorder = self.recorder()?;
        let name = unique(&mut self.lock().clients, name);
        Ok(recorder.client(&name, declaration))
    }

    /// Where a client in another process records; as [`ScenarioHistory::client`] for its name.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn part(&self, client: &str) -> Result<Part, RecorderError> {
        let mut state = self.lock();
        let folder = self.folder_of(&mut state)?;
        let client = unique(&mut state.clients, client);
        let file = folder.join(format!("client-{}.ndjson", slug(&client)));
        Ok(Part { history: self.name().to_owned(), client, file })
    }

    /// Makes a file of lines that a program has printed, the header first, anew each time; what is no JSON object
    /// is left out.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn add(&self, file: &str, lines: &[String]) -> Result<(), RecorderError> {
        let path = self.folder_of(&mut self.lock())?.join(format!("{file}.ndjson"));
        let header = Line {
            format: Some(FORMAT.into()),
            version: Some(VERSION),
            name: Some(self.name().into()),
            ..Line::default()
        };
        let wrong = |error| RecorderError::new(&path, error);
        let mut text = serde_json::to_string(&header).map_err(|error| wrong(error.into()))?;
        for line in lines.iter().skip(1).filter(|line| line.starts_with('{')) {
            text.push('\n');
            text.push_str(line);
        }
        text.push('\n');
        fs::write(&path, text).map_err(wrong)
    }

    /// Its files but that of final reads, this process's first; what was recorded here so far is in them.
    /// Blocks until it is.
    ///
    /// # Errors
    /// When something could not be written or the folder not be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, RecorderError> {
        let (folder, own) = {
            let state = self.lock();
            (state.folder.clone(), state.own.clone())
        };
        if let Some(own) = own {
            own.flush()?;
        }
        let Some(folder) = folder else { return Ok(Vec::new()) };
        let read = || -> io::Result<Vec<PathBuf>> {
            fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect()
        };
        let mut files = read().map_err(|error| RecorderError::new(&folder, error))?;
        files.retain(|file| {
            let is_part = file.extension().is_some_and(|extension| extension == "ndjson");
            is_part && file.file_name().is_some_and(|name| name != FINAL_READS)
        });
        files.sort_by_key(|file| (file.file_name().is_some_and(|name| name != OWN), file.clone()));
        Ok(files)
    }

    /// Ends the recording of this process; blocks until everything is written.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn finish(&self) -> Result<(), RecorderError> {
        let own = self.lock().own.take();
        own.map_or(Ok(()), |own| own.finish())
    }

    fn folder_of(&self, state: &mut Recording) -> Result<PathBuf, RecorderError> {
        if let Some(folder) = &state.folder {
            return Ok(folder.clone());
        }
        let made = make_folder(&self.parent, &self.slug);
        let folder = made.map_err(|error| RecorderError::new(&self.parent, error))?;
        Ok(state.folder.insert(folder).clone())
    }

    fn lock(&self) -> MutexGuard<'_, Recording> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A folder that was not there: a scenario that is run again, or another run with the same results folder,
/// must not mix with what is there.
fn make_folder(parent: &Path, slug: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(parent)?;
    let mut number = 1;
    loop {
        let folder = match number {
            1 => parent.join(slug),
            _ => parent.join(format!("{slug}-{number}")),
        };
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|()| folder),
        }
    }
}

fn unique(clients: &mut BTreeMap<String, usize>, name: &str) -> String {
    let count = clients.entry(name.to_owned()).or_default();
    *count += 1;
    match count {
        1 => name.to_owned(),
        number => {
            let numbered = format!("{name} ({number})");
            unique(clients, &numbered)
        }
    }
}

/// Lower-case letters, digits and hyphens.
fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let mut slug = words.join("-").to_ascii_lowercase();
    slug.truncate(LONGEST_SLUG);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::load::load;

    fn history(parent: &Path) -> ScenarioHistory {
        ScenarioHistory::new(parent, Path::new("features/tour.feature"), 4, "No loss: \"at all\"")
    }

    #[test]
    fn is_not_there_before_something_is_recorded() {
        let parent = tempfile::tempdir().expect("a folder");
        let history = history(&parent.path().join("history"));
        assert_eq!(history.name(), "tour-4-no-loss-at-all");
        assert!(history.files().expect("none").is_empty());
        history.finish().expect("nothing to finish");
        assert!(!parent.path().join("history").exists());
    }

    #[test]
    fn its_files_are_one_history_with_a_name_for_each_client() {
        let parent = tempfile::tempdir().expect("a folder");
        let history = history(parent.path());
        let names = ["p", "p", "p"]
            .map(|name| history.client(name, Line::default()).expect("recorded").name().to_owned());
        assert_eq!(names, ["p", "p (2)", "p (3)"]);
        let part = history.part("p").expect("a part");
        assert_eq!(part.client, "p (4)");
        let other = Recorder::create(&part.file, Some(&part.history), Flush::Always);
        let _in_another_process = other.expect("created").client(&part.client, Line::default());
        let files = history.files().expect("flushed");
        assert!(files[0].ends_with(OWN), "{files:?}");
        let loaded = load(&files).expect("readable");
        assert_eq!((loaded.len(), loaded[0].history.clients.len()), (1, 4));
    }

    #[test]
    fn what_a_program_has_printed_is_a_part() {
        let parent = tempfile::tempdir().expect("a folder");
        let history = history(parent.path());
        let lines = [
            r#"{"format":"kafka-trial-history","version":1,"name":"of its own"}"#,
            r#"{"declare":"client","client":"python"}"#,
            "sent everything",
        ];
        for _ in 0..2 {
            history.add("program-1", &lines.map(str::to_owned)).expect("written");
        }
        history.recorder().expect("recorded");
        let loaded = load(&history.files().expect("flushed")).expect("readable");
        assert_eq!((loaded.len(), loaded[0].history.clients.len()), (1, 1));
    }

    #[test]
    fn a_scenario_that_is_run_again_has_a_folder_of_its_own() {
        let parent = tempfile::tempdir().expect("a folder");
        let histories = [history(parent.path()), history(parent.path())];
        for history in &histories {
            history.recorder().expect("recorded");
        }
        assert_ne!(histories[0].folder(), histories[1].folder());
    }
}
