//! The one place that waits. Every wait is for a condition and has a limit; nothing else may sleep
//! (clippy's `disallowed_methods` sees to it).

use std::fmt::Display;
use std::time::{Duration, Instant};

use thiserror::Error;

/// How often trial checks the effect of a fault: every 12 milliseconds, and as [`until`] slows down, every 48.
pub const EFFECT_LOOK: Duration = Duration::from_millis(12);

/// What one look at the condition found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<T> {
    /// The condition holds; the wait returns this value.
    Ready(T),
    /// The condition does not hold yet; the text says what was seen instead, for the message of a time-out.
    NotYet(String),
}

/// Why a wait ended without its condition.
#[derive(Debug, Error)]
pub enum WaitError<E> {
    /// The limit passed; `seen` is what the last look found.
    #[error("not within {}: {seen}", humantime::format_duration(*limit))]
    TimedOut {
        /// The limit that passed.
        limit: Duration,
        /// What the last look found instead.
        seen: String,
    },
    /// A look found that the condition can never hold.
    #[error(transparent)]
    Failed(E),
}

/// Looks every `interval` until `look` returns [`Seen::Ready`], fails, or `limit` has passed. Looks are not for
/// free to what they look at, so in a wait that takes long they become fewer: one in a
/// twentieth of what was waited, and in four intervals at least.
///
/// `look` is a closure that returns a future, `|| async { … }`: of an `async || { … }` the compiler cannot
/// tell that the future is `Send`. A look that hangs is cut off at the limit as well. The first look happens at once.
///
/// # Errors
/// [`WaitError::TimedOut`] after `limit`, [`WaitError::Failed`] with the error of a look.
pub async fn until<T, E: Display, F, Look>(
    limit: Duration,
    interval: Duration,
    mut look: F,
) -> Result<T, WaitError<E>>
where
    F: FnMut() -> Look,
    Look: Future<Output = Result<Seen<T>, E>>,
{
    let start = Instant::now();
    let mut last = String::from("nothing was seen");
    loop {
        let left = limit.saturating_sub(start.elapsed());
        match tokio::time::timeout(left.max(Duration::from_millis(1)), look()).await {
            Ok(Ok(Seen::Ready(value))) => return Ok(value),
            Ok(Ok(Seen::NotYet(seen))) => last = seen,
            Ok(Err(error)) => return Err(WaitError::Failed(error)),
            Err(_) => return Err(WaitError::TimedOut { limit, seen: last }),
        }
        if start.elapsed() >= limit {
            return Err(WaitError::TimedOut { limit, seen: last });
        }
        let waited = start.elapsed();
        pause(next_look(interval, waited).min(limit.saturating_sub(waited))).await;
    }
}

/// The time to the next look: `interval`, or a twentieth of what was waited already, up to four intervals. So
/// the wait is at most a twentieth longer than with a look at every moment.
fn next_look(interval: Duration, waited: Duration) -> Duration {
    (waited / 20).clamp(interval, interval * 4)
}

/// Lets time pass: for pacing a load or a schedule, never for hoping that something has happened.
#[expect(
    clippy::disallowed_methods,
    reason = "the one module that may sleep; everything else waits through it"
)]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// [`pause`] for a thread of its own, which may block.
#[expect(
    clippy::disallowed_methods,
    reason = "the one module that may sleep; everything else waits through it"
)]
pub fn pause_thread(time: Duration) {
    std::thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn returns_as_soon_as_the_condition_holds() {
        let looks = Cell::new(0);
        let found: Result<i32, WaitError<String>> =
            until(Duration::from_secs(5), Duration::from_millis(1), || async {
                let look = looks.replace(looks.get() + 1);
                Ok(if look == 2 {
                    Seen::Ready(look)
                } else {
                    Seen::NotYet(format!("{look} looks"))
                })
            })
            .await;
        assert_eq!(found.expect("ready at the third look"), 2);
    }

    #[test]
    fn looks_become_fewer_in_a_wait_that_takes_long() {
        let next = |waited_ms| {
            next_look(Duration::from_millis(50), Duration::from_millis(waited_ms)).as_millis()
        };
        assert_eq!([0, 1_000, 2_000, 4_000, 60_000].map(next), [50, 50, 100, 200, 200]);
    }

    #[tokio::test]
    async fn says_what_was_seen_last_when_the_limit_passes() {
        let found: Result<(), WaitError<String>> =
            until(Duration::from_millis(10), Duration::from_millis(2), || async {
                Ok(Seen::NotYet("two of three brokers".into()))
            })
            .await;
        assert_eq!(found.unwrap_err().to_string(), "not within 10ms: two of three brokers");
    }

    #[tokio::test]
    async fn a_look_that_hangs_is_cut_off() {
        let found: Result<(), WaitError<String>> =
            until(Duration::from_millis(10), Duration::from_millis(1), || async {
                std::future::pending::<()>().await;
                Ok(Seen::Ready(()))
            })
            .await;
        assert!(matches!(found, Err(WaitError::TimedOut { .. })));
    }

    #[tokio::test]
    async fn a_failure_ends_the_wait_at_once() {
        let found: Result<(), WaitError<String>> =
            until(Duration::from_secs(60), Duration::from_secs(60), || async {
                Err("dead".into())
            })
            .await;
        assert!(matches!(found, Err(WaitError::Failed(why)) if why == "dead"));
    }
}
