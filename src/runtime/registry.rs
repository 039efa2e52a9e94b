//! Every kind of runtime. A new one is a folder with a [`Provider`], its name in [`RuntimeKind`], and an entry here.

use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::provider::{IsAlive, Provider};
use super::{docker, local};
use crate::error::UserError;
use crate::event::runtime_kind::RuntimeKind;

/// In this order they are tried where nobody asks for one.
static ALL: &[Registered] = &[docker::provider::REGISTERED, local::provider::REGISTERED];

/// A runtime that is looked for on this machine.
pub type Finding = BoxFuture<'static, Result<Arc<dyn Provider>, UserError>>;

/// A kind of runtime, before anybody knows whether this machine has it.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    /// Which kind.
    pub kind: RuntimeKind,
    /// For the help of `--runtime`.
    pub about: &'static str,
    /// What it needs, as in "a Docker engine".
    pub needs: &'static str,
    /// Says that this was not found, as in "no Docker engine answers".
    pub lacking: &'static str,
    /// How to get it, as in "start Docker".
    pub remedy: &'static str,
    /// Its runs may leave something outside their folders, which [`Provider::sweep`] removes.
    pub leaves_more_than_processes: bool,
    /// Looks for it on this machine.
    pub find: fn() -> Finding,
}

/// Every kind, in the order in which they are tried.
pub fn all() -> &'static [Registered] {
    ALL
}

/// Finds the runtime that is asked for, or the first that this machine has. The text says why it is this one.
///
/// # Errors
/// When the machine lacks it, or has none at all.
pub async fn find(kind: Option<RuntimeKind>) -> Result<(Arc<dyn Provider>, String), UserError> {
    find_in(ALL, kind).await
}

async fn find_in(
    all: &[Registered],
    kind: Option<RuntimeKind>,
) -> Result<(Arc<dyn Provider>, String), UserError> {
    let mut missing: Vec<(&Registered, UserError)> = Vec::new();
    for registered in all.iter().filter(|it| kind.is_none_or(|kind| it.kind == kind)) {
        match (registered.find)().await {
            Ok(provider) if kind.is_some() => return Ok((provider, "asked for".into())),
            Ok(provider) => {
                let lacking: Vec<_> = missing.iter().map(|(it, _)| it.lacking).collect();
                let because = match lacking.as_slice() {
                    [] => format!("{} answers", provider.found()),
                    lacking => lacking.join(", "),
                };
                return Ok((provider, because));
            }
            Err(error) if kind.is_some() => return Err(error),
            Err(error) => missing.push((registered, error)),
        }
    }
    let join = |of: &dyn Fn(&(&Registered, UserError)) -> String, by: &str| {
        missing.iter().map(of).collect::<Vec<_>>().join(by)
    };
    Err(UserError::environment(
        format!(
            "there is neither {}: {}",
            join(&|(it, _)| it.needs.into(), " nor "),
            join(&|(_, error)| error.to_string(), "; ")
        ),
        join(&|(it, _)| it.remedy.into(), ", or "),
    ))
}

/// Removes what dead runs have left outside their folders, whichever runtime they used. What cannot be removed now is
/// left to the next run, so it is only logged.
pub async fn sweep(used: Option<&dyn Provider>, state: &Path, is_alive: &IsAlive<'_>) {
    for registered in ALL.iter().filter(|it| it.leaves_more_than_processes) {
        let other;
        let provider = match used.filter(|used| used.kind() == registered.kind) {
            Some(used) => used,
            None => match (registered.find)().await {
                Ok(found) => {
                    other = found;
                    other.as_ref()
                }
                Err(_) => continue,
            },
        };
        if let Err(error) = provider.sweep(state, is_alive).await {
            let kind = registered.kind;
            tracing::warn!(%kind, %error, "what killed runs have left could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use async_trait::async_trait;

    use super::*;
    use crate::distribution::{Distribution, Prints};
    use crate::event::stream::Events;
    use crate::runtime::provider::ClusterPlace;
    use crate::runtime::{Runtime, RuntimeError};

    #[derive(Debug)]
    struct Found(RuntimeKind);

    #[async_trait]
    impl Prints for Found {
        async fn print(&self, _: &Distribution, _: &str, _: &Events) -> Result<String, UserError> {
            Err(UserError::environment("nothing is started here", ""))
        }
    }

    #[async_trait]
    impl Provider for Found {
        fn kind(&self) -> RuntimeKind {
            self.0
        }

        fn found(&self) -> String {
            "Docker engine 27".into()
        }

        async fn disk(&self, state: &Path) -> PathBuf {
            state.into()
        }

        async fn place(&self, _: ClusterPlace<'_>) -> Result<Arc<dyn Runtime>, UserError> {
            Err(UserError::environment("nothing is started here", ""))
        }

        async fn sweep(&self, _: &Path, _: &IsAlive<'_>) -> Result<(), RuntimeError> {
            Ok(())
        }
    }

    fn missing(what: &str) -> UserError {
        UserError::environment(what, "")
    }

    fn registry(engine: bool, java: bool) -> [Registered; 2] {
        let docker = docker::provider::REGISTERED;
        let local = local::provider::REGISTERED;
        [
            Registered {
                find: match engine {
                    true => || Box::pin(async { Ok(Arc::new(Found(RuntimeKind::Docker)) as _) }),
                    false => || Box::pin(async { Err(missing("no socket")) }),
                },
                ..docker
            },
            Registered {
                find: match java {
                    true => || Box::pin(async { Ok(Arc::new(Found(RuntimeKind::Local)) as _) }),
                    false => || Box::pin(async { Err(missing("Java was not found")) }),
                },
                ..local
            },
        ]
    }

    async fn found(engine: bool, java: bool, kind: Option<RuntimeKind>) -> Result<String, String> {
        let found = find_in(&registry(engine, java), kind).await;
        let found = found.map(|(found, because)| format!("{}: {because}", found.kind()));
        found.map_err(|error| error.in_full())
    }

    #[tokio::test]
    async fn the_first_runtime_that_is_there_is_taken_and_the_reason_said() {
        assert_eq!(found(true, true, None).await, Ok("docker: Docker engine 27 answers".into()));
        assert_eq!(found(false, true, None).await, Ok("local: no Docker engine answers".into()));
        let error = found(false, false, None).await.expect_err("there is none");
        assert_eq!(
            error,
            "there is neither a Docker engine nor a Java: no socket; Java was not found (help: start Docker, or \
             install Java 17 (apt-get install openjdk-17-jre-headless))"
        );
    }

    #[tokio::test]
    async fn a_runtime_that_is_asked_for_is_not_replaced_by_another() {
        let local = Some(RuntimeKind::Local);
        assert_eq!(found(true, true, local).await, Ok("local: asked for".into()));
        assert_eq!(found(true, false, local).await, Err("Java was not found".into()));
    }

    #[test]
    fn every_kind_is_registered_once() {
        use clap::ValueEnum as _;
        let registered: Vec<_> = all().iter().map(|it| it.kind).collect();
        assert_eq!(registered, RuntimeKind::value_variants());
    }
}
