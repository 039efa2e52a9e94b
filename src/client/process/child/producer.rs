//! Sends numbered messages, in transactions or not.

use std::time::{Duration, Instant};

use super::control::Control;
use super::log::Log;
use super::sender::{Identity, Sender};
use super::trouble::Trouble;
use crate::client::message::Message;
use crate::client::process::task::{Produce, Report, Task};

/// How often a producer without transactions reports how far it is.
const TELL: Duration = Duration::from_millis(50);

/// Sends everything, then waits to be stopped.
pub fn run(task: &Task, work: &Produce, control: &Control, log: &mut Log) -> Result<(), Trouble> {
    let id = work.transactions.as_ref().map(|transactions| transactions.id.as_str());
    let sender = Sender::start(task, log.recorder(), id)?;
    control.report(&Report::Ready);
    match &work.transactions {
        None => send(work, &sender, control, log)?,
        Some(transactions) => send_in_transactions(work, transactions.size, &sender, control, log)?,
    }
    while !control.is_stopping() {
        sender.let_pass(TELL);
    }
    Ok(())
}

fn send(work: &Produce, sender: &Sender, control: &Control, log: &mut Log) -> Result<(), Trouble> {
    let mut pace = Pace::of(work.rate);
    let mut told = Instant::now();
    for number in 1..=work.count {
        pace.wait(sender, control);
        if control.is_stopping() {
            break;
        }
        send_one(work, number, None, sender, log)?;
        if told.elapsed() >= TELL {
            told = Instant::now();
            control.report(&Report::Done(sender.delivered()));
        }
    }
    sender.flush().map_err(for_good)?;
    control.report(&Report::Done(sender.delivered()));
    if !control.is_stopping() {
        control.report(&Report::Finished);
    }
    Ok(())
}

fn send_in_transactions(
    work: &Produce,
    size: u64,
    sender: &Sender,
    control: &Control,
    log: &mut Log,
) -> Result<(), Trouble> {
    let mut pace = Pace::of(work.rate);
    let mut next = 1;
    while next <= work.count && !control.is_stopping() {
        let last = work.count.min(next + size - 1);
        let transaction = sender.begin(log)?;
        let sent = (next..=last).try_for_each(|number| {
            pace.wait(sender, control);
            send_one(work, number, Some(transaction), sender, log)
        });
        let delivered = sent.and_then(|()| sender.flush());
        // Until its commit is asked for, another producer certainly aborts the transaction.
        let is_open = delivered.is_err();
        let committed = delivered.and_then(|()| {
            control.halfway();
            sender.commit(log, transaction)
        });
        match committed {
            Ok(()) => {
                control.report(&Report::Done(last));
                next = last + 1;
            }
            // The same numbers once more, as new messages.
            Err(Trouble::Refused(why)) => {
                control.report(&Report::Refused(why));
                match sender.abort(log, transaction) {
                    Err(Trouble::Stuck(_)) => sender.start_anew()?,
                    aborted => aborted?,
                }
            }
            Err(Trouble::Stuck(why)) if is_open => {
                control.report(&Report::Refused(why));
                sender.start_anew()?;
            }
            Err(trouble) => return Err(trouble),
        }
    }
    if next > work.count {
        control.report(&Report::Finished);
    }
    Ok(())
}

fn send_one(
    work: &Produce,
    number: u64,
    transaction: Option<u64>,
    sender: &Sender,
    log: &mut Log,
) -> Result<(), Trouble> {
    let message = log.next_message();
    let identity = Identity { message: &message, source: None, transaction };
    sender.send(log, &work.topic, &Message::of(number.to_string()), &identity)
}

/// Without transactions there is nothing to abort and to begin anew.
fn for_good(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused(why) => Trouble::Failed(why),
        other => other,
    }
}

/// Messages at a steady rate: each has its time, whatever those before have taken.
struct Pace {
    began: Instant,
    /// Between two messages; zero is no limit.
    interval: Duration,
    due: u32,
}

impl Pace {
    fn of(rate: Option<u64>) -> Self {
        let interval = rate.map_or(Duration::ZERO, |rate| {
            Duration::from_secs(1) / u32::try_from(rate.max(1)).unwrap_or(u32::MAX)
        });
        Self { began: Instant::now(), interval, due: 0 }
    }

    /// Waits until the next message is due.
    fn wait(&mut self, sender: &Sender, control: &Control) {
        let due = self.interval.saturating_mul(self.due);
        self.due += 1;
        while let Some(left) = due.checked_sub(self.began.elapsed()).filter(|left| !left.is_zero())
        {
            if control.is_stopping() {
                return;
            }
            sender.let_pass(left);
        }
    }
}
