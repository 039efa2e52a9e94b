//! `trial cluster`: a cluster to play with.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum as _};

use super::runtime::RuntimeArgument;
use super::terminal;
use crate::cluster::spec::{self, ClusterSpec};
use crate::distribution::Cache;
use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::keep::background_cluster::{self, Kept};

/// Start a cluster to play with, look at it, stop it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trial cluster up
  trial cluster up --cluster fixtures/clusters/old.yaml --runtime local
  trial cluster status
  trial cluster down")]
pub struct ClusterArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ClusterCommand,
}

/// What to do with the cluster.
#[derive(Debug, Subcommand)]
pub enum ClusterCommand {
    /// Start it and print where it listens
    Up(UpArgs),
    /// Say which clusters are up and where they listen
    Status,
    /// Stop and remove every cluster that was started by `trial cluster up`
    Down,
    /// Hold a cluster until it is asked to end; `up` starts this in the background
    #[command(hide = true)]
    Keep(UpArgs),
}

/// Which cluster.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Cluster fixture [default: three ZooKeepers, three brokers]
    #[arg(long, value_name = "FILE.yaml")]
    pub cluster: Option<PathBuf>,
    /// Version of Kafka instead of the fixture's
    #[arg(long, value_name = "VERSION")]
    pub kafka: Option<String>,
    /// Where it runs; auto takes docker where an engine answers, else local
    #[arg(long, value_enum, default_value_t)]
    pub runtime: RuntimeArgument,
}

/// Does what was asked with the cluster.
///
/// # Errors
/// When it does not come up or cannot be stopped.
pub fn main(arguments: &ClusterArgs) -> Result<ExitCode, UserError> {
    let cache = Cache::of_user()?;
    match &arguments.command {
        ClusterCommand::Up(arguments) => {
            arguments.spec()?;
            let kept = super::block_on(background_cluster::up(&cache, arguments.line()))?;
            terminal::print(&told(&kept))?;
        }
        ClusterCommand::Status => match background_cluster::kept(&cache)?.as_slice() {
            [] => terminal::print("no cluster is up\n")?,
            all => terminal::print(&all.iter().map(told).collect::<String>())?,
        },
        ClusterCommand::Down => {
            let stopped = super::block_on(background_cluster::down(&cache))?;
            terminal::print(&format!("{stopped} stopped\n"))?;
        }
        ClusterCommand::Keep(arguments) => {
            let spec = arguments.spec()?;
            let kept = super::block_on(background_cluster::keep(spec, arguments.runtime.0, cache));
            if let Err(error) = kept {
                // For `up`, which shows it in a frame of its own.
                return Ok(terminal::fail_plainly(&error));
            }
        }
    }
    Ok(ExitCode::Passed)
}

impl UpArgs {
    /// These arguments as they are typed.
    fn line(&self) -> Vec<OsString> {
        let runtime = self.runtime.to_possible_value();
        let runtime = runtime.map(|value| OsString::from(value.get_name())).unwrap_or_default();
        let mut line = vec!["--runtime".into(), runtime];
        for (flag, value) in [
            ("--cluster", self.cluster.as_ref().map(|file| file.clone().into_os_string())),
            ("--kafka", self.kafka.as_ref().map(OsString::from)),
        ] {
            line.extend(value.map(|value| [OsString::from(flag), value]).into_iter().flatten());
        }
        line
    }

    fn spec(&self) -> Result<ClusterSpec, UserError> {
        let spec = match &self.cluster {
            Some(file) => ClusterSpec::load(file)?,
            None => ClusterSpec::named(spec::DEFAULT, spec::FOLDER.as_ref())?,
        };
        match &self.kafka {
            Some(version) => spec.with_kafka(version),
            None => Ok(spec),
        }
    }
}

fn told(kept: &Kept) -> String {
    let Kept { run, cluster, kafka, runtime, bootstrap_servers, zookeepers, .. } = kept;
    let mut told = format!(
        "{run}: {cluster} (Kafka {kafka}, runtime {runtime})\n    \
         bootstrap.servers={bootstrap_servers}\n"
    );
    if !zookeepers.is_empty() {
        told += &format!("    zookeeper.connect={zookeepers}\n");
    }
    told
}
