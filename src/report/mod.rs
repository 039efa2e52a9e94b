//! Reporters: they know events and nothing else.

pub(crate) mod compare;
mod events_file;
pub(crate) mod files;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod junit;
mod live;
pub(crate) mod markdown;
pub(crate) mod merge;
pub mod messages;
pub mod model;
mod nmon;
pub(crate) mod read;
mod shown;
mod slowest;
mod terminal;
pub(crate) mod text;

use std::path::{Path, PathBuf};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use self::compare::{Comparison, Finding, Tolerance};
use self::events_file::EventsFile;
use self::model::{Fold, Report};
use self::nmon::NmonFiles;
use self::terminal::Terminal;
pub use self::terminal::Verbosity;
use crate::error::UserError;
use crate::event::{Event, Stamped};

/// The reporters of a run, fed from its stream of events until that ends.
#[derive(Debug)]
pub struct Reporters {
    task: JoinHandle<Result<Option<Finding>, UserError>>,
}

/// An earlier run, to compare with.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Its report.
    pub report: Box<Report>,
    /// How much worse this run may be.
    pub tolerance: Tolerance,
}

impl Baseline {
    /// What has become of it.
    pub fn compare(&self, report: &Report) -> Comparison {
        compare::compare(&self.report, report, self.tolerance)
    }
}

impl Reporters {
    /// Makes the folder `out` and reports into it and to the terminal.
    ///
    /// # Errors
    /// When `out` cannot be made or written.
    pub fn start(
        mut stream: UnboundedReceiver<Stamped>,
        out: &Path,
        verbosity: Verbosity,
        baseline: Option<Baseline>,
    ) -> Result<Self, UserError> {
        let mut file = EventsFile::create(out)?;
        let out = out.to_owned();
        let mut nmon = NmonFiles::new(&out);
        let mut terminal = Terminal::new(out.clone(), verbosity);
        let task = tokio::spawn(async move {
            let mut written = Ok(());
            let mut statistics = Ok(());
            let mut made = Ok(());
            let mut finding = None;
            let mut fold = Fold::default();
            while let Some(event) = stream.recv().await {
                fold.add(&event);
                terminal.show(&event, &fold);
                written = file.write(&event);
                if statistics.is_ok() {
                    statistics = nmon.write(&event);
                }
                if matches!(event.event, Event::RunFinished { .. })
                    && let Some(report) = fold.report()
                {
                    let comparison = baseline.as_ref().map(|it| it.compare(&report));
                    let comparison = comparison.as_ref();
                    made = files::write(&report, comparison, &out)
                        .and_then(|()| markdown::append(&report, comparison));
                    finding = comparison.map(Comparison::finding);
                    terminal.end(&report, comparison, made.is_ok());
                }
            }
            let results = [written, statistics, made].into_iter();
            let mut errors = results.filter_map(Result::err);
            match errors.next() {
                None => Ok(finding),
                Some(first) => Err(first.with_others(errors.collect())),
            }
        });
        Ok(Self { task })
    }

    /// Waits until every event is reported; what the comparison with the baseline comes to, if there is one.
    /// Every sender of the stream must be gone.
    ///
    /// # Errors
    /// When `events.ndjson`, a report or a file of statistics could not be written.
    pub async fn finish(self) -> Result<Option<Finding>, UserError> {
        self.task.await.unwrap_or_else(|error| {
            Err(UserError::environment("a reporter has panicked: this is a bug", "").because(error))
        })
    }
}

/// The default place of results, and the link `latest` beside it.
///
/// # Errors
/// When the link cannot be made.
pub fn link_latest(out: &Path) -> std::io::Result<()> {
    let (Some(folder), Some(name)) = (out.parent(), out.file_name()) else { return Ok(()) };
    let latest: PathBuf = folder.join("latest");
    if latest.is_symlink() {
        std::fs::remove_file(&latest)?;
    }
    std::os::unix::fs::symlink(name, latest)
}
