//! What trial says of itself, on standard error. `RUST_LOG` chooses, else the number of `-v`.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::error::UserError;

/// Client libraries complain of every broker that is down, which in a trial is no news.
const WARNINGS: &str = "warn,rdkafka=off,librdkafka=off";
/// With `-vv`.
const EVERYTHING: &str = "warn,kafka_trial=debug";

/// Starts to write to standard error. Called once, before anything else is done.
///
/// # Errors
/// When `RUST_LOG` cannot be understood.
pub fn start(verbose: u8) -> Result<(), UserError> {
    let asked = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let default = if verbose > 1 { EVERYTHING } else { WARNINGS };
    let filter = asked.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        let help = "write it like warn, or kafka_trial=debug,librdkafka=info";
        UserError::usage(format!("RUST_LOG cannot be {filter:?}"), help).because(error)
    })?;
    let colour = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .init();
    Ok(())
}
