//! Golden files: what is found now is compared with a file in the tree.
//!
//! The files are exactly what they show, as people and other programs read them too. `TRIAL_BLESS=1` in the
//! environment writes what is found; the difference is for review.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

/// The golden files of a test.
#[must_use = "finish() fails where files differ"]
#[derive(Default)]
pub struct Goldens {
    compared: BTreeSet<PathBuf>,
    differences: String,
}

impl Goldens {
    /// Compares with a file, or writes it.
    pub fn compare(&mut self, path: impl AsRef<Path>, found: &str) {
        let path = path.as_ref();
        if std::env::var_os("TRIAL_BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, found).expect("written");
        }
        let expected = fs::read_to_string(path).unwrap_or_default();
        if expected != found {
            let difference = TextDiff::from_lines(expected.as_str(), found);
            let difference = difference.unified_diff().to_string();
            self.differences += &format!("{}:\n{difference}\n", path.display());
        }
        self.compared.insert(path.to_owned());
    }

    /// Fails where a file differs, and where one of `all` golden files was compared with nothing.
    pub fn finish(self, all: impl IntoIterator<Item = PathBuf>) {
        let Self { compared, differences } = self;
        assert!(differences.is_empty(), "TRIAL_BLESS=1 accepts what was found:\n{differences}");
        let unused: Vec<_> = all.into_iter().filter(|file| !compared.contains(file)).collect();
        assert!(unused.is_empty(), "golden files of no case: {unused:?}");
    }
}

/// Compares with one file, or writes it.
pub fn assert_golden(path: impl AsRef<Path>, found: &str) {
    let mut goldens = Goldens::default();
    goldens.compare(path, found);
    goldens.finish([]);
}
