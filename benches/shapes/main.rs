//! Whether judging a history takes time in proportion to its length, whatever its shape:
//!
//! ```text
//! cargo bench --bench shapes                  # all shapes
//! cargo bench --bench shapes -- cycle fault   # those with one of these in their names
//! ```
//!
//! Each shape is made in two sizes, one twice as long as the other, and both are judged from their files, one thread.
//! The processor time of the longer one must be at most 2.5 times that of the shorter one; a pass that is worse than
//! linear comes to 4. Shapes are those of [`grown`], which say what there is much of, and each history in
//! fixtures/histories many times over ([`copies`]): so whatever is found there is found often. The exit code is 1 where
//! one shape grows faster, and no figure of a slow machine makes it so: both sizes are measured again, in turn, up to
//! thirty times, and the least of each counts. Where that is too much, both are made four times as long: of a few
//! milliseconds a good part may be memory that only the longer one has to ask the kernel for.

mod copies;
mod grown;
mod script;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use kafka_trial::checker::check;
use kafka_trial::history::load::load;
use nix::time::{ClockId, clock_gettime};

/// The longer one may take so many times what the shorter one takes.
const MOST: f64 = 2.5;

/// How often both sizes are measured at least, and at most.
const ROUNDS: (u32, u32) = (2, 30);

/// A history of some size: the texts of its files.
type Make = Box<dyn Fn(usize) -> Vec<String>>;

/// A way in which histories can be long.
struct Shape {
    name: String,
    /// Makes one; twice the size makes twice as many lines.
    make: Make,
    /// The smaller of the two sizes.
    size: usize,
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let mut shapes = grown::shapes();
    shapes.extend(copies::shapes());
    shapes.retain(|it| wanted.is_empty() || wanted.iter().any(|part| it.name.contains(part)));
    println!("{:>9} {:>9} {:>7} {:>9}  shape", "seconds", "twice", "ratio", "found");
    let mut worse = 0;
    for shape in &shapes {
        worse += u32::from(!is_linear(shape));
    }
    println!("{} passed, {worse} failed", shapes.len() - worse as usize);
    if worse == 0 && !shapes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_linear(shape: &Shape) -> bool {
    let linear = [1, 4].iter().any(|times| measured(shape, times * shape.size) <= MOST);
    if !linear {
        println!("{:>38}  {} GROWS FASTER", "", shape.name);
    }
    linear
}

/// How many times as long twice the size takes.
fn measured(shape: &Shape, size: usize) -> f64 {
    // Two of these may run side by side.
    let folder = format!("shapes-{}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let sizes = [size, 2 * size];
    let [short, long] = sizes.map(|size| write(&folder.join(size.to_string()), (shape.make)(size)));
    let mut least = [Duration::MAX; 2];
    let mut found = 0;
    let ratio = |least: [Duration; 2]| least[1].as_secs_f64() / least[0].as_secs_f64();
    for round in 0..ROUNDS.1 {
        // What stays far above it for long is not the machine's doing.
        let rounds = if ratio(least) > 1.4 * MOST { ROUNDS.1 / 3 } else { ROUNDS.1 };
        if round >= rounds || (round >= ROUNDS.0 && ratio(least) <= MOST) {
            break;
        }
        for (files, least) in [&short, &long].into_iter().zip(&mut least) {
            let (time, anomalies) = judge(files);
            *least = time.min(*least);
            found = anomalies;
        }
    }
    fs::remove_dir_all(&folder).expect("a folder that can be removed");
    let [one, twice] = least.map(|time| time.as_secs_f64());
    let (ratio, name) = (ratio(least), &shape.name);
    println!("{one:>9.3} {twice:>9.3} {ratio:>7.2} {found:>9}  {name}");
    ratio
}

fn write(folder: &Path, texts: Vec<String>) -> Vec<PathBuf> {
    fs::create_dir_all(folder).expect("a folder");
    let files = texts.into_iter().enumerate().map(|(number, text)| {
        let path = folder.join(format!("{number}.ndjson"));
        fs::write(&path, text).expect("a file that can be written");
        path
    });
    files.collect()
}

/// How long it took, and how many anomalies there are.
fn judge(files: &[PathBuf]) -> (Duration, u64) {
    let start = cpu_time();
    let loaded = load(files).unwrap_or_else(|error| panic!("{error}"));
    let found = loaded.iter().flat_map(|it| check(&it.history).checks).map(|it| it.found()).sum();
    (cpu_time() - start, found)
}

/// What this thread has used, so that other work on the machine does not count.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock").into()
}
