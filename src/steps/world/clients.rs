//! The scenario's clients in this process, and programs. They are found by the names that the author gave them.

use std::collections::BTreeMap;
use std::fmt;

use futures::future::join_all;

use super::World;
use crate::client::ClientError;
use crate::client::admin::Admin;
use crate::client::consumer::Consumer;
use crate::client::external::Program;
use crate::client::producer::Producer;
use crate::client::sending::Sending;
use crate::cluster::listener::{CLIENT, LINKED};
use crate::history::header::is_header;
use crate::scenario::failure::StepFailure;
use crate::topology::Access;

impl World {
    /// How the scenario's clients connect: over links where one of its faults is about links.
    ///
    /// # Errors
    /// As [`World::environment`].
    pub fn access(&self) -> Result<Access, StepFailure> {
        let environment = self.environment()?;
        let cluster = &environment.cluster;
        let by_links = environment.by_links && cluster.is_reached(&LINKED);
        Ok(cluster.access(if by_links { &LINKED } else { &CLIENT }))
    }

    /// The scenario's admin client, made when it is first needed.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn admin(&mut self) -> Result<Admin, StepFailure> {
        if let Some(admin) = &self.admin {
            return Ok(admin.clone());
        }
        let admin = Admin::new(&self.cluster()?.access(&CLIENT))?;
        Ok(self.admin.insert(admin).clone())
    }

    /// Keeps a producer under a name.
    ///
    /// # Errors
    /// Usage, when the name is taken.
    pub fn add_producer(&mut self, name: String, producer: Producer) -> Result<(), StepFailure> {
        add(&mut self.producers, "producer", name, producer)
    }

    /// A producer by its name.
    ///
    /// # Errors
    /// Usage, when there is none.
    pub fn producer(&self, name: &str) -> Result<&Producer, StepFailure> {
        self.producers.get(name).ok_or_else(|| unknown("producer", name, self.producers.keys()))
    }

    /// Takes a producer, to close it.
    ///
    /// # Errors
    /// Usage, when there is none.
    pub fn take_producer(&mut self, name: &str) -> Result<Producer, StepFailure> {
        let producer = self.producers.remove(name);
        producer.ok_or_else(|| unknown("producer", name, self.producers.keys()))
    }

    /// Keeps a consumer under a name.
    ///
    /// # Errors
    /// Usage, when the name is taken.
    pub fn add_consumer(&mut self, name: String, consumer: Consumer) -> Result<(), StepFailure> {
        add(&mut self.consumers, "consumer", name, consumer)
    }

    /// A consumer by its name.
    ///
    /// # Errors
    /// Usage, when there is none.
    pub fn consumer(&self, name: &str) -> Result<&Consumer, StepFailure> {
        self.consumers.get(name).ok_or_else(|| unknown("consumer", name, self.consumers.keys()))
    }

    /// Every consumer with its name.
    pub fn consumers(&self) -> impl Iterator<Item = (&String, &Consumer)> {
        self.consumers.iter()
    }

    /// Takes a consumer, to close it.
    ///
    /// # Errors
    /// Usage, when there is none.
    pub fn take_consumer(&mut self, name: &str) -> Result<Consumer, StepFailure> {
        let consumer = self.consumers.remove(name);
        consumer.ok_or_else(|| unknown("consumer", name, self.consumers.keys()))
    }

    /// Every producer with its name.
    pub fn producers(&self) -> impl Iterator<Item = (&String, &Producer)> {
        self.producers.iter()
    }

    /// Keeps what a producer sends in the background.
    ///
    /// # Errors
    /// Usage, when it keeps sending already.
    pub fn add_sending(
        &mut self,
        producer: String,
        start: impl FnOnce() -> Sending,
    ) -> Result<(), StepFailure> {
        if self.sendings.contains_key(&producer) {
            let message = format!("producer {producer:?} keeps sending already");
            return Err(StepFailure::usage(message));
        }
        self.sendings.insert(producer, start());
        Ok(())
    }

    /// What a producer sends in the background.
    ///
    /// # Errors
    /// Usage, when it sends nothing.
    pub fn sending(&self, producer: &str) -> Result<&Sending, StepFailure> {
        self.sendings.get(producer).ok_or_else(|| not_sending(producer))
    }

    /// A producer that sends in the background.
    pub fn still_sending(&self) -> Option<&str> {
        self.sendings.keys().next().map(String::as_str)
    }

    /// Takes what a producer sends in the background, to stop it.
    ///
    /// # Errors
    /// Usage, when it sends nothing.
    pub fn take_sending(&mut self, producer: &str) -> Result<Sending, StepFailure> {
        self.sendings.remove(producer).ok_or_else(|| not_sending(producer))
    }

    /// Keeps a program under its command line; one of the same command line is dropped, and so killed.
    pub fn add_program(&mut self, line: String, program: Program) {
        self.programs.insert(line, program);
    }

    /// A program by its command line.
    ///
    /// # Errors
    /// Usage, when it was not started.
    pub fn program(&self, line: &str) -> Result<&Program, StepFailure> {
        let started = self.programs.get(line);
        started.ok_or_else(|| unknown("client program", line, self.programs.keys()))
    }

    /// Takes a program, to wait for its end; put it back to keep its output.
    ///
    /// # Errors
    /// Usage, when it was not started.
    pub fn take_program(&mut self, line: &str) -> Result<Program, StepFailure> {
        let started = self.programs.remove(line);
        started.ok_or_else(|| unknown("client program", line, self.programs.keys()))
    }

    /// Puts what programs have printed of histories into that of the scenario: of each whose output has the
    /// header of a history, that line and all after it which are JSON objects.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn record_programs(&self) -> Result<(), StepFailure> {
        let history = self.history()?;
        for (number, program) in self.programs.values().enumerate() {
            let lines = program.stdout();
            let header = lines.iter().position(|line| is_header(line));
            let Some(header) = header else { continue };
            history.add(&format!("program-{}", number + 1), &lines[header..])?;
        }
        Ok(())
    }

    /// Closes every client, consumers first, so that they leave their groups.
    pub(super) async fn close_clients(&mut self) -> Vec<ClientError> {
        self.programs.clear();
        self.sendings.clear();
        self.clients.kill_all();
        self.sampler = None;
        let loads = self.loads.close().await;
        let consumers = std::mem::take(&mut self.consumers).into_values();
        let consumers = join_all(consumers.map(Consumer::close)).await;
        let producers = std::mem::take(&mut self.producers).into_values();
        let producers = join_all(producers.map(Producer::close));
        let admin = join_all(self.admin.take().into_iter().map(Admin::close));
        let (producers, admin) = futures::future::join(producers, admin).await;
        let ended = consumers.into_iter().chain(producers).chain(admin);
        loads.into_iter().chain(ended.filter_map(Result::err)).collect()
    }
}

fn add<T>(
    known: &mut BTreeMap<String, T>,
    kind: &str,
    name: String,
    client: T,
) -> Result<(), StepFailure> {
    if known.contains_key(&name) {
        return Err(StepFailure::usage(format!("there is a {kind} {name:?} already")));
    }
    known.insert(name, client);
    Ok(())
}

fn not_sending(producer: &str) -> StepFailure {
    StepFailure::usage(format!(
        "producer {producer:?} does not keep sending: no step has made it do so, or it was stopped"
    ))
}

/// There is none of this name.
pub(super) fn unknown<N: fmt::Debug>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = N>,
) -> StepFailure {
    let known: Vec<_> = known.map(|name| format!("{name:?}")).collect();
    let known = match known.as_slice() {
        [] => format!("no {kind} was started"),
        known => format!("started were {}", known.join(", ")),
    };
    StepFailure::usage(format!("there is no {kind} {name:?}; {known}"))
}
