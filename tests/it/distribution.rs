//! Fetching with a Maven that is a shell script: no network, and every way in which Maven can go wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kafka_trial::distribution::{
    Cache, Distribution, DistributionError, Maven, Product, class_data, fetch_with, find,
};
use kafka_trial::error::UserError;
use kafka_trial::event::stream::Events;
use kafka_trial::event::{Event, Stamped};
use kafka_trial::exit_code::ExitCode;
use kafka_trial::java::Java;
use kafka_trial::wait::{self, Seen};
use tokio::sync::mpsc::UnboundedReceiver;

const LIMIT: Duration = Duration::from_secs(20);

/// One of the scripts in `tests/it/fake_mvn`.
fn fake(name: &str) -> Maven {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fake_mvn");
    Maven { program: scripts.join(name), image: "no-such-image:none".into() }
}

async fn fetch(
    cache: &Cache,
    events: &Events,
    maven: &str,
) -> Result<Distribution, DistributionError> {
    let release = find(Product::Kafka, "2.5.0").expect("a known version");
    fetch_with(&release, cache, events, &fake(maven)).await
}

fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Cache::at(folder.path().join("cache"));
    (folder, cache)
}

/// Everything on the shelf of jars but the lock.
fn entries(cache: &Cache) -> Vec<String> {
    let names = fs::read_dir(cache.root().join("jars"))
        .expect("the shelf")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    names.filter(|name| name != "lock").collect()
}

fn phases(mut seen: UnboundedReceiver<Stamped>) -> Vec<String> {
    let mut phases = Vec::new();
    while let Ok(Stamped { event: Event::Phase { phase, .. }, .. }) = seen.try_recv() {
        phases.push(phase);
    }
    phases
}

fn environment_error(error: DistributionError) -> String {
    let error = UserError::from(error);
    assert_eq!(error.code, ExitCode::Environment);
    format!("{:?}", miette::Report::new(error))
}

#[tokio::test]
async fn the_jars_are_fetched_once_and_then_found() {
    let (_folder, cache) = cache();
    let (events, seen) = Events::channel();
    let first = fetch(&cache, &events, "copies").await.expect("fetched");
    let jar = first.jars.join("some.jar");
    assert_eq!(first.class_path(), [jar.display().to_string()]);
    assert_eq!(fs::read_to_string(jar).expect("the jar"), "contents\n");
    let again = fetch(&cache, &events, "fails").await.expect("in the cache: Maven is not asked");
    assert_eq!(again.class_path(), first.class_path());
    assert_eq!(entries(&cache).len(), 1, "{:?}", entries(&cache));
    assert_eq!(phases(seen), ["fetching", "fetched, 1 jars"]);
}

#[tokio::test]
async fn jars_that_are_broken_are_fetched_again_and_that_is_told() {
    type Break = fn(&Path);
    let cases: [(Break, &str); 4] = [
        (
            |jars| fs::write(jars.join("some.jar"), "cont").expect("cut"),
            "some.jar has 4 bytes and had 9",
        ),
        (
            |jars| fs::write(jars.join("some.jar"), "CONTENTS\n").expect("changed"),
            "some.jar has other contents",
        ),
        (|jars| fs::remove_file(jars.join("some.jar")).expect("removed"), "some.jar is missing"),
        (|jars| fs::write(jars.join("other.jar"), "").expect("added"), "other.jar was not there"),
    ];
    for (spoil, told) in cases {
        let (_folder, cache) = cache();
        let (events, seen) = Events::channel();
        let jars = fetch(&cache, &events, "copies").await.expect("fetched").jars;
        spoil(&jars);
        let again = fetch(&cache, &events, "copies").await.expect("fetched again");
        assert_eq!(again.jar_names(), ["some.jar"]);
        assert_eq!(fs::read_to_string(jars.join("some.jar")).expect("the jar"), "contents\n");
        assert_eq!(entries(&cache).len(), 1, "{:?}", entries(&cache));
        let phases = phases(seen);
        assert!(phases[2].starts_with("fetching again, as the jars in the cache are broken: "));
        assert!(phases[2].contains(told), "{phases:?}");
    }
}

#[tokio::test]
async fn of_two_fetches_at_once_one_runs_maven_and_the_other_waits() {
    let (_folder, cache) = cache();
    let (events, seen) = Events::channel();
    let both = tokio::join!(fetch(&cache, &events, "copies"), fetch(&cache, &events, "copies"));
    assert_eq!(both.0.expect("fetched").jars, both.1.expect("fetched").jars);
    assert_eq!(fs::read_to_string(cache.root().join("runs")).expect("runs"), "run\n");
    let waited = |phase: &String| phase == "waiting for another run that fetches";
    assert_eq!(phases(seen).iter().filter(|phase| waited(phase)).count(), 1);
}

#[tokio::test]
async fn an_interrupted_fetch_ends_maven_and_leaves_nothing() {
    let (_folder, cache) = cache();
    let (events, _seen) = Events::channel();
    let pid = {
        let fetching = fetch(&cache, &events, "hangs");
        let started = wait::until(LIMIT, Duration::from_millis(5), || async {
            let pid = fs::read_to_string(cache.root().join("pid"));
            Ok::<_, String>(pid.map_or_else(|error| Seen::NotYet(error.to_string()), Seen::Ready))
        });
        tokio::select! {
            ended = fetching => panic!("it hangs, and yet: {ended:?}"),
            pid = started => pid.expect("Maven has started"),
        }
    };
    let stat = PathBuf::from(format!("/proc/{}/stat", pid.trim()));
    wait::until(LIMIT, Duration::from_millis(5), || async {
        let stat = fs::read_to_string(&stat).unwrap_or_default();
        let gone = stat.is_empty() || stat.contains(") Z ");
        Ok::<_, String>(if gone { Seen::Ready(()) } else { Seen::NotYet(stat) })
    })
    .await
    .expect("Maven is gone");
    assert!(entries(&cache).is_empty(), "{:?}", entries(&cache));
    fetch(&cache, &events, "copies").await.expect("the lock is free again");
}

#[tokio::test]
async fn what_a_killed_run_has_left_is_swept_by_the_next_fetch() {
    let (_folder, cache) = cache();
    let (events, _seen) = Events::channel();
    let stale = cache.root().join("jars").join(".partial-abc").join("jars");
    fs::create_dir_all(&stale).expect("made");
    fs::write(stale.join("half.jar"), "half").expect("written");
    fetch(&cache, &events, "copies").await.expect("fetched");
    assert!(!stale.exists());
}

#[tokio::test]
async fn a_maven_that_fails_is_shown_with_its_last_words() {
    let (_folder, cache) = cache();
    let (events, _seen) = Events::channel();
    let error = fetch(&cache, &events, "fails").await.expect_err("Maven fails");
    let shown = environment_error(error);
    for part in ["kafka-2.5.0", "exit status: 1", "Connection refused", "settings.xml"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
    assert!(!shown.contains("-e switch"), "{shown}");
    assert!(entries(&cache).is_empty(), "{:?}", entries(&cache));
}

#[tokio::test]
async fn a_version_that_is_not_published_is_told_with_the_nearest_one() {
    let (_folder, cache) = cache();
    let (events, _seen) = Events::channel();
    let error = |version| {
        let (cache, events) = (&cache, &events);
        async move {
            let release = find(Product::Kafka, version).expect("it could be");
            let fetched = fetch_with(&release, cache, events, &fake("lists")).await;
            UserError::from(fetched.expect_err("no jars"))
        }
    };
    let missing = error("4.4.7").await;
    assert_eq!(missing.code, ExitCode::Usage);
    let shown = format!("{:?}", miette::Report::new(missing));
    assert!(shown.contains("Kafka 4.4.7 is not published"), "{shown}");
    assert!(shown.contains("did you mean 4.4.0?"), "{shown}");
    let published = format!("{:?}", miette::Report::new(error("2.5.0").await));
    assert!(published.contains("could not fetch the jars of kafka-2.5.0"), "{published}");
}

#[tokio::test]
async fn a_maven_that_copies_nothing_is_an_error() {
    let (_folder, cache) = cache();
    let (events, _seen) = Events::channel();
    let error = fetch(&cache, &events, "nothing").await.expect_err("no jars");
    assert!(environment_error(error).contains("copied no jar"));
    assert!(entries(&cache).is_empty(), "{:?}", entries(&cache));
}

#[tokio::test]
async fn a_file_in_the_way_of_the_cache_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("written");
    let (events, _seen) = Events::channel();
    let error = fetch(&Cache::at(&file), &events, "copies").await.expect_err("it is a file");
    let shown = environment_error(error);
    assert!(shown.contains("TRIAL_CACHE_DIR"), "{shown}");
    assert!(shown.replace(['\n', ' ', '│'], "").contains(&file.display().to_string()), "{shown}");
}

#[tokio::test]
async fn class_data_that_cannot_be_made_is_tried_once_and_told_in_every_run() {
    let (_folder, cache) = cache();
    let (events, seen) = Events::channel();
    let distribution = fetch(&cache, &events, "copies").await.expect("fetched");
    let java =
        Java { program: "/bin/false".into(), version: 17, identity: "no Java at all".into() };
    for _ in 0..2 {
        let none = class_data(&distribution, &java, &cache, &events).await.expect("no error");
        assert_eq!(none, None);
    }
    let phases = phases(seen);
    let count = |start: &str| phases.iter().filter(|phase| phase.starts_with(start)).count();
    assert_eq!(count("making class-data archives"), 1, "{phases:?}");
    assert_eq!(count("no class-data archives, it starts slower"), 2, "{phases:?}");
}

#[tokio::test]
async fn a_java_that_cannot_make_class_data_is_not_tried() {
    let (_folder, cache) = cache();
    let (events, seen) = Events::channel();
    let distribution = fetch(&cache, &events, "copies").await.expect("fetched");
    let java = Java { program: "/bin/false".into(), version: 11, identity: "Java 11".into() };
    let none = class_data(&distribution, &java, &cache, &events).await.expect("no error");
    assert_eq!(none, None);
    assert_eq!(phases(seen), ["fetching", "fetched, 1 jars"]);
}

#[test]
fn a_fetch_can_be_moved_to_another_thread() {
    fn is_send(_: impl Send) {}
    let (_folder, cache) = cache();
    let (events, _seen) = Events::channel();
    is_send(fetch(&cache, &events, "copies"));
}
