//! One connection that goes over links.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::call::Exchange;
use super::pump::{Direction, Pump, Stopped};
use super::{Applied, Condition, Destination, Link, Met, Way};

/// A broker that is gone refuses at once what is sent to it.
const REFUSAL_LIMIT: Duration = Duration::from_millis(500);

/// How long the connection of a request that came late is kept.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Forwards a connection until both sides have closed it, or it is reset. A target that does not listen
/// resets the source's connection, which is nearest to what the source would see without a link.
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
    let Err(why) =
        carry(&mut source, &mut destination, &way, &exchange, target.speaks_kafka()).await
    else {
        return;
    };
    tracing::debug!(%target, %why, "a connection on a link was reset");
    reset(&source);
    if let Stopped::Before { request, calls, after } = why {
        drop(source);
        // What was kept goes on its way when the fault is healed.
        tokio::time::timeout(after, calls.ended()).await.ok();
        until_open(&way.there, exchange.client()).await;
        if deliver(&request, &mut destination, &way).await {
            calls.meet();
        }
        answers_go_nowhere(&mut destination).await;
    }
    reset(&destination);
}

async fn carry(
    source: &mut TcpStream,
    destination: &mut TcpStream,
    way: &Way,
    exchange: &Exchange,
    speaks_kafka: bool,
) -> Result<(), Stopped> {
    source.set_nodelay(true)?;
    destination.set_nodelay(true)?;
    let (from_source, to_source) = source.split();
    let (from_destination, to_destination) = destination.split();
    let pump = |link, direction| Pump::new(link, direction, exchange, speaks_kafka);
    let there = pump(&way.there, Direction::There).run(from_source, to_destination);
    let back = pump(&way.back, Direction::Back).run(from_destination, to_source);
    tokio::select! {
        // What comes after a reset meets the reset.
        biased;
        () = until_reset(way, exchange) => Err(Stopped::ByFault),
        ended = async { tokio::try_join!(there, back) } => ended.map(drop),
    }
}

/// Sends a request of a connection that is gone; false if the broker's end is gone too. Whether the broker takes
/// it is for the scenario to see. That the kernel has taken it says little, so an answer is waited for, which not
/// every request gets.
async fn deliver(request: &[u8], destination: &mut TcpStream, way: &Way) -> bool {
    if destination.write_all(request).await.is_err() {
        return false;
    }
    way.there.traffic().arrived(request.len());
    match tokio::time::timeout(REFUSAL_LIMIT, destination.read(&mut [0])).await {
        Ok(Ok(bytes)) => bytes > 0,
        Ok(Err(_)) => false,
        Err(_) => true,
    }
}

/// Waits until the link lets something arrive.
async fn until_open(link: &Link, client: Option<&str>) {
    let mut effects = link.effects.subscribe();
    // The link is held by the way, so the sender is there.
    effects.wait_for(|effects| !Condition::of(effects, client).is_silent()).await.ok();
}

/// Keeps the connection to the broker a while: a broker may drop what a closed connection has sent.
async fn answers_go_nowhere(destination: &mut TcpStream) {
    let mut nowhere = tokio::io::sink();
    let answers = tokio::io::copy(destination, &mut nowhere);
    tokio::time::timeout(ANSWER_LIMIT, answers).await.ok();
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
        for met in to.silences.into_iter().chain(from.silences) {
            if !silences.contains(&met) {
                met.once();
                silences.push(met);
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

/// Whether a connection is reset by one of its links, which is counted then.
fn is_reset(way: &Way, there: &Condition, back: &Condition) -> bool {
    let of = |condition: &Condition, link| condition.resets().then_some(link);
    let Some(link) = of(there, &way.there).or(of(back, &way.back)) else { return false };
    link.traffic().reset();
    there.resets.iter().chain(&back.resets).for_each(Met::once);
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
    // A connection that is gone already cannot be told how to go.
    let told: io::Result<()> = stream.set_zero_linger();
    told.ok();
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
    use std::sync::Arc;
    use std::time::Instant;

    use tokio::net::TcpListener;

    use super::*;
    use crate::link::frame::tests::request;
    use crate::link::{ApiKey, Calls, Effect, Entry, Fate, Half, Listener};
    use crate::wait::{Seen, until};

    /// A server that sends back what it gets, and links to it.
    struct Echo {
        entry: Entry,
        way: Way,
    }

    impl Echo {
        async fn start() -> Self {
            Self::of(Listener::ZooKeeper).await
        }

        async fn of(what: Listener) -> Self {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let SocketAddr::V4(target) = listener.local_addr().unwrap() else { unreachable!() };
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    tokio::spawn(async move {
                        let (mut read, mut write) = stream.split();
                        tokio::io::copy(&mut read, &mut write).await.ok();
                    });
                }
            });
            let link = |name: &str| Arc::new(Link::new(name.into(), false));
            let (there, back) = (link("a → b"), link("b → a"));
            let way = Way { there, back };
            let (known, listen) = (way.clone(), SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
            let target = Destination::new(what, target);
            let entry = Entry::open(listen, target, move |_| Some(known.clone())).await.unwrap();
            Self { entry, way }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.entry.listen()).await.unwrap()
        }
    }

    async fn say(stream: &mut TcpStream, text: &[u8]) -> io::Result<()> {
        stream.write_all(text).await?;
        let mut answer = vec![0; text.len()];
        stream.read_exact(&mut answer).await?;
        assert_eq!(answer, text);
        Ok(())
    }

    fn apply(link: &Link, effect: Effect) -> Met {
        let met = Met::default();
        link.apply(Applied { fault: 1, effect, client: None, met: met.clone() });
        met
    }

    /// Nothing is to be seen of what should not come, so this waits a moment for it.
    async fn stays_silent(stream: &mut TcpStream) {
        let mut byte = [0];
        let heard = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut byte)).await;
        assert!(heard.is_err(), "{heard:?}");
    }

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

    /// The echo's answer to a request of Kafka has the API key and version where its correlation id would be, so
    /// a request with those bytes as its correlation id is answered as by a broker.
    fn produce(client: &str) -> Vec<u8> {
        request(0, 3, client, b"records")
    }

    fn lose(half: Half, fate: Fate) -> (Effect, Arc<Calls>) {
        let calls = Arc::new(Calls::next(1, ApiKey(0), half, fate));
        (Effect::Calls(Arc::clone(&calls)), calls)
    }

    #[tokio::test]
    async fn a_lost_request_does_not_arrive_and_resets_its_connection() {
        let echo = Echo::of(Listener::Kafka).await;
        let (effect, calls) = lose(Half::Request, Fate::Lost);
        apply(&echo.way.there, effect);
        let mut client = echo.connect().await;
        let other = request(18, 3, "p", b"");
        say(&mut client, &other).await.unwrap();
        assert!(say(&mut client, &produce("p")).await.is_err());
        let counts = echo.way.there.traffic().counts();
        assert_eq!((counts.bytes, counts.calls, calls.met.times()), (other.len() as u64, 1, 1));
        say(&mut echo.connect().await, &produce("p")).await.unwrap();
    }

    #[tokio::test]
    async fn a_lost_response_resets_the_connection_of_a_request_that_has_arrived() {
        let echo = Echo::of(Listener::Kafka).await;
        let (effect, calls) = lose(Half::Response, Fate::Lost);
        apply(&echo.way.there, effect);
        let sent = produce("p");
        assert!(say(&mut echo.connect().await, &sent).await.is_err());
        assert_eq!(echo.way.there.traffic().counts().bytes, sent.len() as u64);
        assert_eq!((echo.way.back.traffic().counts().bytes, calls.met.times()), (0, 1));
    }

    #[tokio::test]
    async fn only_the_calls_of_the_client_are_lost() {
        let echo = Echo::of(Listener::Kafka).await;
        let (effect, _) = lose(Half::Request, Fate::Lost);
        let (client, met) = (Some("p".into()), Met::default());
        echo.way.there.apply(Applied { fault: 1, effect, client, met });
        say(&mut echo.connect().await, &produce("q")).await.unwrap();
        assert!(say(&mut echo.connect().await, &produce("p")).await.is_err());
    }

    #[tokio::test]
    async fn a_late_request_arrives_though_its_sender_has_gone() {
        let echo = Echo::of(Listener::Kafka).await;
        let late = Duration::from_millis(100);
        let (effect, _) = lose(Half::Request, Fate::Late(late));
        apply(&echo.way.there, effect);
        let began = Instant::now();
        let mut client = echo.connect().await;
        client.write_all(&produce("p")).await.unwrap();
        drop(client);
        arrives(&echo, produce("p").len()).await;
        assert!(began.elapsed() >= late, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_late_response_arrives_when_its_fault_is_healed_and_not_when_another_is() {
        let echo = Echo::of(Listener::Kafka).await;
        let (effect, _) = lose(Half::Response, Fate::Late(Duration::from_secs(600)));
        apply(&echo.way.there, effect);
        let (time, jitter) = (Duration::from_millis(1), Duration::ZERO);
        let (fault, effect) = (2, Effect::Delay { time, jitter, seed: 0 });
        echo.way.back.apply(Applied { fault, effect, client: None, met: Met::default() });
        let mut client = echo.connect().await;
        client.write_all(&produce("p")).await.unwrap();
        stays_silent(&mut client).await;
        echo.way.back.lift(2);
        stays_silent(&mut client).await;
        echo.way.there.lift(1);
        let mut answer = vec![0; produce("p").len()];
        client.read_exact(&mut answer).await.unwrap();
    }

    #[tokio::test]
    async fn a_request_arrives_after_its_connection_was_reset() {
        let echo = Echo::of(Listener::Kafka).await;
        let late = Duration::from_millis(100);
        let (effect, calls) = lose(Half::Request, Fate::AfterReset(late));
        apply(&echo.way.there, effect);
        let began = Instant::now();
        let mut client = echo.connect().await;
        let pieces = produce("p");
        client.write_all(&pieces[..20]).await.unwrap();
        client.write_all(&pieces[20..]).await.unwrap();
        assert!(client.read(&mut [0]).await.is_err());
        assert!(began.elapsed() < late, "{:?}", began.elapsed());
        assert_eq!(calls.met.times(), 0, "it has not arrived yet");
        arrives(&echo, pieces.len()).await;
        assert!(began.elapsed() >= late, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_request_that_was_kept_after_a_reset_arrives_when_the_fault_is_healed() {
        let echo = Echo::of(Listener::Kafka).await;
        let (effect, calls) = lose(Half::Request, Fate::AfterReset(Duration::from_secs(600)));
        apply(&echo.way.there, effect);
        let mut client = echo.connect().await;
        client.write_all(&produce("p")).await.unwrap();
        assert!(client.read(&mut [0]).await.is_err());
        assert_eq!(calls.met.times(), 0);
        echo.way.there.lift(1);
        arrives(&echo, produce("p").len()).await;
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
        let reset = Met::default();
        client.write_all(b"x").await.unwrap();
        stays_silent(&mut client).await;
        let met = [&delay, &bandwidth, &limit, &silence, &reset].map(|met| met.times() > 0);
        assert_eq!(met, [true, true, false, true, false]);
        echo.way.back.lift(1);
        let (effect, fault) = (Effect::Reset, 2);
        echo.way.back.apply(Applied { fault, effect, client: None, met: reset.clone() });
        assert!(client.read_to_end(&mut Vec::new()).await.is_err());
        assert_eq!((reset.times(), limit.times()), (1, 0));
    }

    /// Waits until so many bytes have arrived.
    async fn arrives(echo: &Echo, bytes: usize) {
        let arrived =
            until::<_, String, _, _>(Duration::from_secs(5), Duration::from_millis(1), || async {
                let seen = echo.way.there.traffic().counts().bytes;
                Ok(if seen == bytes as u64 {
                    Seen::Ready(())
                } else {
                    Seen::NotYet(seen.to_string())
                })
            });
        arrived.await.unwrap();
    }
}
