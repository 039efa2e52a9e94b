//! A bank: transfers between accounts, each a transaction of a withdrawal and a deposit. Whoever sees only what
//! was committed finds the same total whenever he looks; whoever sees more finds money that has left and not
//! arrived.
//!
//! A message is one half of a transfer: the key is the account, the value the amount, negative for the
//! withdrawal, and the header `transfer` has the number of the transfer.

use std::collections::BTreeMap;

use cucumber::{given, then, when};

use super::parameter::{ConsumerName, Count, Period, ProducerName, TopicName, in_order};
use super::producer::send;
use super::received::everything;
use super::world::{Told as _, World};
use crate::client::message::{Message, Received};
use crate::scenario::failure::StepFailure;

/// The header with the number of the transfer.
const TRANSFER: &str = "transfer";

/// Every so many transfers one is given up after its withdrawal.
const GIVEN_UP: u64 = 5;

/// Makes transfers, one after the other: begins a transaction, sends a withdrawal from one account and a
/// deposit of the same amount to another one, and commits. Every fifth is given up after the withdrawal was
/// written, and its transaction aborted. Accounts are keys, so they spread over the partitions.
///
/// ```gherkin
/// When producer "bank" makes transfers 1 to 50 between 10 accounts in topic "accounts"
/// ```
#[given(
    expr = "producer {string} makes transfers {count} to {count} between {count} accounts in topic {string}"
)]
#[when(
    expr = "producer {string} makes transfers {count} to {count} between {count} accounts in topic {string}"
)]
async fn transfer(
    world: &mut World,
    name: ProducerName,
    first: Count,
    last: Count,
    accounts: Count,
    topic: TopicName,
) -> Result<(), StepFailure> {
    check_transfer(&name, &first, &last, &accounts, &topic).map_err(StepFailure::usage)?;
    for number in first.0..=last.0 {
        world.producer(&name)?.begin_transaction().await.told(world.names()?)?;
        let [withdrawal, deposit] = halves(number, accounts.0);
        send(world, &name, &topic, &[withdrawal]).await?;
        let producer = world.producer(&name)?;
        if number.is_multiple_of(GIVEN_UP) {
            producer.abort_transaction().await.told(world.names()?)?;
            continue;
        }
        send(world, &name, &topic, &[deposit]).await?;
        producer.commit_transaction().await.told(world.names()?)?;
    }
    Ok(())
}

/// Whether there is something to transfer.
pub(crate) fn check_transfer(
    _: &str,
    first: &Count,
    last: &Count,
    accounts: &Count,
    _: &str,
) -> Result<(), String> {
    if accounts.0 < 2 {
        return Err("a transfer needs two accounts at least".into());
    }
    in_order(first, last)
}

/// Waits until the consumer has read all there is, at least so many transfers, and expects the money of all
/// accounts together to be what it was, and both halves of every transfer to be there.
///
/// ```gherkin
/// Then within 20 seconds consumer "auditor" finds the total unchanged by 40 transfers
/// ```
#[then(
    expr = "within {duration} consumer {string} finds the total unchanged by {count} transfer(s)"
)]
async fn unchanged(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    count: Count,
) -> Result<(), StepFailure> {
    let books = books(world, limit, &name, Count(2 * count.0)).await?;
    if books.total != 0 || books.halves() > 0 {
        return Err(StepFailure::expectation(format!("{name:?} finds {books}")));
    }
    if books.whole() != count.0 {
        return Err(StepFailure::expectation(format!(
            "expected {} transfers, {name:?} finds {books}",
            count.0
        )));
    }
    world.note(format!("{name:?} finds {books}"))
}

/// Waits until the consumer has read all there is, at least so many transfers, and expects money to be missing:
/// it has seen withdrawals of transfers that were given up.
///
/// ```gherkin
/// Then within 20 seconds consumer "nosy" finds the total changed by 50 transfers
/// ```
#[then(expr = "within {duration} consumer {string} finds the total changed by {count} transfer(s)")]
async fn changed(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    count: Count,
) -> Result<(), StepFailure> {
    // A transfer that was given up has one message.
    let books = books(world, limit, &name, count).await?;
    if books.total == 0 {
        return Err(StepFailure::expectation(format!("{name:?} finds {books}")));
    }
    world.note(format!("{name:?} finds {books}"))
}

/// What a consumer makes of the transfers that it has seen.
#[derive(Debug, Default, PartialEq, Eq)]
struct Books {
    /// Money that has come into being; less than nothing where it is gone.
    total: i64,
    /// For each transfer, how many messages of it there are.
    transfers: BTreeMap<String, u64>,
}

impl Books {
    fn of(received: &[Received]) -> Result<Self, StepFailure> {
        let mut books = Self::default();
        for received in received {
            let message = &received.message;
            let amount = text(&message.value).and_then(|text| text.parse::<i64>().ok());
            let number = message.headers.iter().find(|(header, _)| header == TRANSFER);
            let number = number.and_then(|(_, value)| text(value));
            let (Some(amount), Some(number)) = (amount, number) else {
                let message = format!("what is at {} is no half of a transfer", received.place);
                return Err(StepFailure::usage(message));
            };
            books.total += amount;
            *books.transfers.entry(number.to_owned()).or_default() += 1;
        }
        Ok(books)
    }

    /// Transfers of which both halves are there, once each.
    fn whole(&self) -> u64 {
        self.transfers.values().filter(|messages| **messages == 2).count() as u64
    }

    /// Transfers of which too little is there, or too much.
    fn halves(&self) -> u64 {
        self.transfers.len() as u64 - self.whole()
    }
}

impl std::fmt::Display for Books {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, halves, total) = (self.whole(), self.halves(), self.total);
        write!(f, "{whole} whole transfers and {halves} others; the total has changed by {total}")
    }
}

async fn books(
    world: &World,
    limit: Period,
    name: &str,
    messages: Count,
) -> Result<Books, StepFailure> {
    let received = everything(world, &[name], messages.as_usize(), limit).await?;
    if received.is_empty() {
        let message = format!("consumer {name:?} has seen no transfer, so nothing was compared");
        return Err(StepFailure::inconclusive(message));
    }
    Books::of(&received).told(world.names()?)
}

fn text(bytes: &Option<Vec<u8>>) -> Option<&str> {
    std::str::from_utf8(bytes.as_deref()?).ok()
}

/// Withdrawal and deposit of a transfer.
fn halves(number: u64, accounts: u64) -> [Message; 2] {
    let from = number % accounts;
    // Another one, whatever the number.
    let to = (from + 1 + number / accounts % (accounts - 1)) % accounts;
    let amount = i64::try_from(number % 100).unwrap_or_default() + 1;
    [(from, -amount), (to, amount)].map(|(account, amount)| Message {
        key: Some(format!("account-{account}").into()),
        headers: vec![(TRANSFER.into(), Some(number.to_string().into()))],
        ..Message::of(amount.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::message::Place;

    fn received(messages: Vec<Message>) -> Vec<Received> {
        let place = Place { topic: "t".into(), partition: 0, offset: 0 };
        let received = |message| Received { place: place.clone(), identity: None, message };
        messages.into_iter().map(received).collect()
    }

    #[test]
    fn whole_transfers_leave_the_total() {
        for accounts in 2..7 {
            let all: Vec<_> = (1..=100).flat_map(|number| halves(number, accounts)).collect();
            for pair in all.chunks(2) {
                assert_ne!(pair[0].key, pair[1].key);
            }
            let books = Books::of(&received(all)).expect("transfers");
            assert_eq!((books.total, books.whole(), books.halves()), (0, 100, 0));
        }
    }

    #[test]
    fn a_withdrawal_alone_changes_it() {
        let [withdrawal, deposit] = halves(7, 3);
        let books = Books::of(&received(vec![withdrawal])).expect("half of a transfer");
        assert_eq!((books.total, books.whole(), books.halves()), (-8, 0, 1));
        let twice = received(vec![deposit.clone(), deposit]);
        assert_eq!(Books::of(&twice).expect("a deposit").total, 16);
    }

    #[test]
    fn what_is_no_transfer_is_refused() {
        assert!(Books::of(&received(vec![Message::of("hello")])).is_err());
    }
}
