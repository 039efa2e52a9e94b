//! One connection that goes over links.

use std::io::{self, Cursor};

use tokio::io::{AsyncReadExt as _, Interest};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::call::Exchange;
use super::election::first_message;
use super::pump::{Direction, Pump, Stopped};
use super::{Applied, Condition, Destination, HitCount, Way, late};

/// Forwards a connection until both sides have closed it, or it is reset. If the target does not listen, the source's
/// connection is reset. Without a link the source would see nearly the same.
pub(super) async fn forward(mut source: TcpStream, target: Destination, way: Way) {
    if !made(&source, &way).await {
        return reset(&source);
    }
    let mut destination = match target.connect().await {
        Ok(destination) => destination,
        Err(error) => {
            tracing::debug!(%target, %error, "a connection on a link was refused");
            return reset(&source);
        }
    };
    way.there.traffic().connected();
    let exchange = Exchange::default();
    let Err(why) = carry(&mut source, &mut destination, &way, &exchange, &target).await else {
        return;
    };
    tracing::debug!(%target, %why, "a connection on a link was reset");
    reset(&source);
    if let Stopped::Before { request, calls, after } = why {
        drop(source);
        late::arrive(&request, calls, after, &mut destination, &way.there, exchange.client()).await;
    }
    reset(&destination);
}

async fn carry(
    source: &mut TcpStream,
    destination: &mut TcpStream,
    way: &Way,
    exchange: &Exchange,
    target: &Destination,
) -> Result<(), Stopped> {
    source.set_nodelay(true)?;
    destination.set_nodelay(true)?;
    let (mut from_source, to_source) = source.split();
    let (from_destination, to_destination) = destination.split();
    let pump = |link, direction| Pump::new(link, direction, exchange, target.speaks_kafka());
    let there = async {
        let first = match target.ways_back() {
            Some(ways_back) => first_message(&mut from_source, ways_back).await?,
            None => Vec::new(),
        };
        let all = Cursor::new(first).chain(from_source);
        pump(&way.there, Direction::There).run(all, to_destination).await
    };
    let back = pump(&way.back, Direction::Back).run(from_destination, to_source);
    tokio::select! {
        // The reset affects what comes after it as well.
        biased;
        () = until_reset(way, exchange) => Err(Stopped::ByFault),
        ended = async { tokio::try_join!(there, back) } => ended.map(drop),
    }
}

/// Waits until a new connection is answered; false if it is reset, or its source has given up meanwhile.
async fn made(source: &TcpStream, way: &Way) -> bool {
    let (mut there, mut back) = (way.there.effects.subscribe(), way.back.effects.subscribe());
    let (mut unanswered, mut silences) = (false, Vec::new());
    loop {
        let (to, from) = (now(&mut there, None), now(&mut back, None));
        if is_reset(way, &to, &from) {
            return false;
        }
        if unanswered && has_given_up(source).await {
            return false;
        }
        if !to.is_silent() && !from.is_silent() {
            return true;
        }
        if !unanswered {
            unanswered = true;
            let link = if to.is_silent() { &way.there } else { &way.back };
            link.traffic().unanswered();
        }
        for hits in to.silences.into_iter().chain(from.silences) {
            if !silences.contains(&hits) {
                hits.add();
                silences.push(hits);
            }
        }
        changed(&mut there, &mut back).await;
    }
}

/// Waits until the links of an open connection reset it.
async fn until_reset(way: &Way, exchange: &Exchange) {
    let (mut there, mut back) = (way.there.effects.subscribe(), way.back.effects.subscribe());
    loop {
        let client = exchange.client();
        let (to, from) = (now(&mut there, client), now(&mut back, client));
        if is_reset(way, &to, &from) {
            return;
        }
        changed(&mut there, &mut back).await;
    }
}

/// Whether one of its links resets a connection. A reset is counted.
fn is_reset(way: &Way, there: &Condition, back: &Condition) -> bool {
    let of = |condition: &Condition, link| condition.resets().then_some(link);
    let Some(link) = of(there, &way.there).or(of(back, &way.back)) else { return false };
    link.traffic().reset();
    there.resets.iter().chain(&back.resets).for_each(HitCount::add);
    true
}

fn now(effects: &mut watch::Receiver<Vec<Applied>>, client: Option<&str>) -> Condition {
    Condition::of(&effects.borrow_and_update(), client)
}

async fn changed(
    there: &mut watch::Receiver<Vec<Applied>>,
    back: &mut watch::Receiver<Vec<Applied>>,
) {
    // The links are held by the way, so their senders are there.
    tokio::select! {
        _ = there.changed() => {}
        _ = back.changed() => {}
    }
}

/// Whether the source has closed a connection that was never answered.
async fn has_given_up(source: &TcpStream) -> bool {
    match source.ready(Interest::READABLE | Interest::WRITABLE).await {
        Ok(ready) => ready.is_read_closed(),
        Err(_) => true,
    }
}

/// Has the connection reset when it is dropped.
pub(super) fn reset(stream: &TcpStream) {
    // A connection that is gone already takes no option.
    let told: io::Result<()> = stream.set_zero_linger();
    told.ok();
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::link::echo::{Echo, apply, say, stays_silent};
    use crate::link::election::tests::message;
    use crate::link::{Effect, WaysBack};
    use crate::topology::Protocol;
    use crate::wait::{Seen, until};

    #[tokio::test]
    async fn bytes_go_both_ways_and_are_counted() {
        let echo = Echo::start().await;
        let mut client = echo.connect().await;
        say(&mut client, b"hello").await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        let (there, back) = (echo.way.there.traffic().counts(), echo.way.back.traffic().counts());
        assert_eq!((there.connections, there.bytes, back.bytes), (1, 5, 5));
    }

    #[tokio::test]
    async fn one_that_is_called_for_an_election_calls_back_over_links() {
        let (own, way) = ("127.16.4.4:3888".parse().unwrap(), "127.16.6.4:3888".parse().unwrap());
        let ways_back: WaysBack = [(own, way)].into();
        let told = message(-65536, "127.16.4.4:3888");
        for (listener, expected) in
            [(Protocol::Election, "127.16.6.4:3888"), (Protocol::Quorum, "127.16.4.4:3888")]
        {
            let echo = Echo::calling_back(listener, ways_back.clone()).await;
            let mut caller = echo.connect().await;
            caller.write_all(&told).await.unwrap();
            let mut heard = vec![0; told.len()];
            caller.read_exact(&mut heard).await.unwrap();
            assert_eq!(heard, message(-65536, expected));
            say(&mut caller, b"and more").await.unwrap();
        }
        let silent = Echo::calling_back(Protocol::Election, ways_back).await;
        let mut caller = silent.connect().await;
        caller.write_all(&told[..10]).await.unwrap();
        stays_silent(&mut caller).await;
        apply(&silent.way.there, Effect::Reset);
        assert!(caller.read(&mut [0]).await.is_err(), "it is reset in the middle of the message");
    }

    #[tokio::test]
    async fn dropping_an_entry_closes_its_connections() {
        let echo = Echo::start().await;
        let mut client = echo.connect().await;
        say(&mut client, b"x").await.unwrap();
        drop(echo);
        assert_eq!(client.read(&mut [0]).await.unwrap_or(0), 0);
    }

    #[tokio::test]
    async fn what_is_sent_into_silence_arrives_when_it_is_over() {
        let echo = Echo::start().await;
        let mut client = echo.connect().await;
        say(&mut client, b"before").await.unwrap();
        apply(&echo.way.back, Effect::Silence);
        client.write_all(b"during").await.unwrap();
        stays_silent(&mut client).await;
        assert_eq!(echo.way.back.traffic().counts().held, 6);
        echo.way.back.lift(1);
        let mut answer = [0; 6];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"during");
    }

    #[tokio::test]
    async fn a_connection_made_into_silence_is_answered_when_it_is_over() {
        let echo = Echo::start().await;
        apply(&echo.way.there, Effect::Silence);
        let mut client = echo.connect().await;
        client.write_all(b"x").await.unwrap();
        stays_silent(&mut client).await;
        let given_up = echo.connect().await;
        drop(given_up);
        let counts = || echo.way.there.traffic().counts();
        let both =
            until::<_, String, _, _>(Duration::from_secs(5), Duration::from_millis(1), || async {
                let seen = counts().unanswered;
                Ok(if seen == 2 { Seen::Ready(()) } else { Seen::NotYet(seen.to_string()) })
            });
        both.await.unwrap();
        echo.way.there.lift(1);
        client.read_exact(&mut [0]).await.unwrap();
        assert_eq!(counts().connections, 1, "who has given up is not connected later");
    }

    #[tokio::test]
    async fn a_reset_ends_open_connections_and_new_ones() {
        let echo = Echo::start().await;
        let mut client = echo.connect().await;
        say(&mut client, b"x").await.unwrap();
        apply(&echo.way.there, Effect::Reset);
        let error = client.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let mut new = echo.connect().await;
        assert!(say(&mut new, b"x").await.is_err());
        assert_eq!(echo.way.there.traffic().counts().reset, 2);
        echo.way.there.lift(1);
        say(&mut echo.connect().await, b"x").await.unwrap();
    }

    #[tokio::test]
    async fn delays_do_not_add_up_along_a_stream() {
        let echo = Echo::start().await;
        let (time, jitter) = (Duration::from_millis(100), Duration::ZERO);
        apply(&echo.way.there, Effect::Delay { time, jitter, seed: 0 });
        let mut client = echo.connect().await;
        let began = Instant::now();
        for _ in 0..10 {
            client.write_all(b"x").await.unwrap();
        }
        client.read_exact(&mut [0; 10]).await.unwrap();
        assert!(began.elapsed() >= time, "{:?}", began.elapsed());
        assert!(began.elapsed() < 5 * time, "{:?}", began.elapsed());
        assert_eq!(echo.way.there.traffic().counts().delayed, 10);
    }

    #[tokio::test]
    async fn a_limited_bandwidth_is_kept() {
        let echo = Echo::start().await;
        apply(&echo.way.there, Effect::Bandwidth(100_000));
        let began = Instant::now();
        say(&mut echo.connect().await, &[7; 20_000]).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn exactly_so_many_bytes_pass_before_a_reset() {
        let echo = Echo::start().await;
        let mut client = echo.connect().await;
        say(&mut client, b"before").await.unwrap();
        apply(&echo.way.there, Effect::ResetAfter(10));
        client.write_all(&[7; 100]).await.unwrap();
        let mut answer = Vec::new();
        assert!(client.read_to_end(&mut answer).await.is_err());
        let counts = echo.way.there.traffic().counts();
        assert_eq!((counts.bytes, counts.reset), (16, 1));
    }

    #[tokio::test]
    async fn closing_is_told_late() {
        let echo = Echo::start().await;
        let late = Duration::from_millis(100);
        apply(&echo.way.there, Effect::LateClose(late));
        let mut client = echo.connect().await;
        say(&mut client, b"x").await.unwrap();
        let began = Instant::now();
        client.shutdown().await.unwrap();
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        assert!(began.elapsed() >= late, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn what_one_fault_has_met_is_no_evidence_of_another_on_the_same_link() {
        let echo = Echo::start().await;
        let mut client = echo.connect().await;
        say(&mut client, b"before").await.unwrap();
        let (time, jitter) = (Duration::from_millis(1), Duration::ZERO);
        let delay = apply(&echo.way.there, Effect::Delay { time, jitter, seed: 0 });
        let bandwidth = apply(&echo.way.back, Effect::Bandwidth(100));
        let limit = apply(&echo.way.there, Effect::ResetAfter(1_000));
        let silence = apply(&echo.way.back, Effect::Silence);
        let reset = HitCount::default();
        client.write_all(b"x").await.unwrap();
        stays_silent(&mut client).await;
        let hits = [&delay, &bandwidth, &limit, &silence, &reset].map(|hits| hits.times() > 0);
        assert_eq!(hits, [true, true, false, true, false]);
        echo.way.back.lift(1);
        let (effect, fault) = (Effect::Reset, 2);
        echo.way.back.apply(Applied { fault, effect, client: None, hits: reset.clone() });
        assert!(client.read_to_end(&mut Vec::new()).await.is_err());
        assert_eq!((reset.times(), limit.times()), (1, 0));
    }
}
