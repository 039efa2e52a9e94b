//! Whatever bytes a history consists of, it is judged or refused, and no check panics: the corpus of the fuzz
//! target, and mutations of it and of every history in fixtures/histories. On a nightly compiler
//! `cargo fuzz run history` looks for more, led by coverage.

use std::fs;
use std::path::{Path, PathBuf};

use kafka_trial::checker::check;
use kafka_trial::history::load::Loader;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// How many mutations of each file are tried.
const MUTATIONS: u64 = 60;

/// Pieces that mean something in a history.
const PIECES: [&[u8]; 12] = [
    b"\n",
    b"{",
    b"}",
    b"[]",
    b"null",
    b"-1",
    b"18446744073709551615",
    b"\"",
    b"\xff",
    b"\"ok\"",
    b"\"failed\"",
    b",",
];

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = fs::read_dir(root.join("fuzz/corpus/history")).expect("the corpus");
    let kinds = fs::read_dir(root.join("fixtures/histories")).expect("fixtures/histories");
    let histories =
        kinds.flat_map(|kind| fs::read_dir(kind.expect("a folder").path()).expect("histories"));
    let files = corpus.chain(histories).map(|file| file.expect("a file").path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_none_or(|it| it != "json")).collect();
    files.sort();
    files
}

fn judge(bytes: &[u8]) {
    let mut loader = Loader::default();
    if loader.read(Path::new("mutated"), bytes).is_err() {
        return;
    }
    for check in &check(&loader.finish()).checks {
        let reason = check.reason.as_deref().unwrap_or_default();
        assert!(!reason.contains("panicked"), "{reason}:\n{}", String::from_utf8_lossy(bytes));
    }
}

fn mutate(bytes: &mut Vec<u8>, chance: &mut StdRng) {
    for _ in 0..chance.random_range(1..6) {
        let at = chance.random_range(0..=bytes.len());
        let to = (at + chance.random_range(0..40)).min(bytes.len());
        match chance.random_range(0..5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let piece = PIECES[chance.random_range(0..PIECES.len())];
                bytes.splice(at..to.min(at + piece.len()), piece.iter().copied());
            }
            // A line, or a piece of one, comes again.
            3 => {
                let piece = bytes[at..to].to_vec();
                let again = chance.random_range(0..=bytes.len());
                bytes.splice(again..again, piece);
            }
            _ => bytes[at..to].iter_mut().filter(|it| it.is_ascii_digit()).for_each(|digit| {
                *digit = b'0' + chance.random_range(0..10);
            }),
        }
    }
}

#[test]
fn no_bytes_make_the_checker_panic() {
    let files = files();
    assert!(files.len() > 80, "{} files", files.len());
    for (number, file) in files.iter().enumerate() {
        let bytes = fs::read(file).expect("readable");
        judge(&bytes);
        for mutation in 0..MUTATIONS {
            let mut chance = StdRng::seed_from_u64(number as u64 * MUTATIONS + mutation);
            let mut mutated = bytes.clone();
            mutate(&mut mutated, &mut chance);
            judge(&mutated);
        }
    }
}
