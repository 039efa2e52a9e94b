//! A request that arrives after its connection was reset.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::call::Chosen;
use super::{Condition, Link};

/// A broker that is gone refuses a request at once.
const REFUSAL_LIMIT: Duration = Duration::from_millis(500);

/// How long the connection of a request that came late is kept.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Lets the request arrive when its time has come, or when its fault is healed.
pub(super) async fn arrive(
    request: &[u8],
    calls: Chosen,
    after: Duration,
    destination: &mut TcpStream,
    link: &Link,
    client: Option<&str>,
) {
    tokio::time::timeout(after, calls.ended()).await.ok();
    until_open(link, client).await;
    if deliver(request, destination, link).await {
        calls.meet();
    }
    answers_go_nowhere(destination).await;
}

/// Sends a request of a connection that is gone; false if the broker's end is gone too. The scenario sees whether the
/// broker takes it. That the kernel has taken it says little, so this waits for an answer, which not every request
/// gets.
async fn deliver(request: &[u8], destination: &mut TcpStream, link: &Link) -> bool {
    // What is there already answers other requests.
    let mut chunk = [0; 1024];
    loop {
        match destination.try_read(&mut chunk) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(_) => return false,
        }
    }
    if destination.write_all(request).await.is_err() {
        return false;
    }
    link.traffic().arrived(request.len());
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::link::echo::{Echo, apply, say, stays_silent};
    use crate::link::frame::tests::request;
    use crate::link::{ApiKey, Applied, Calls, Effect, Fate, Half, HitCount};
    use crate::topology::Protocol;
    use crate::wait::{Seen, until};

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
        let echo = Echo::of(Protocol::Kafka).await;
        let (effect, calls) = lose(Half::Request, Fate::Lost);
        apply(&echo.way.there, effect);
        let mut client = echo.connect().await;
        let other = request(18, 3, "p", b"");
        say(&mut client, &other).await.unwrap();
        assert!(say(&mut client, &produce("p")).await.is_err());
        let counts = echo.way.there.traffic().counts();
        assert_eq!((counts.bytes, counts.calls, calls.hits.times()), (other.len() as u64, 1, 1));
        say(&mut echo.connect().await, &produce("p")).await.unwrap();
    }

    #[tokio::test]
    async fn a_lost_response_resets_the_connection_of_a_request_that_has_arrived() {
        let echo = Echo::of(Protocol::Kafka).await;
        let (effect, calls) = lose(Half::Response, Fate::Lost);
        apply(&echo.way.there, effect);
        let sent = produce("p");
        assert!(say(&mut echo.connect().await, &sent).await.is_err());
        assert_eq!(echo.way.there.traffic().counts().bytes, sent.len() as u64);
        assert_eq!((echo.way.back.traffic().counts().bytes, calls.hits.times()), (0, 1));
    }

    #[tokio::test]
    async fn only_the_calls_of_the_client_are_lost() {
        let echo = Echo::of(Protocol::Kafka).await;
        let (effect, _) = lose(Half::Request, Fate::Lost);
        let (client, hits) = (Some("p".into()), HitCount::default());
        echo.way.there.apply(Applied { fault: 1, effect, client, hits });
        say(&mut echo.connect().await, &produce("q")).await.unwrap();
        assert!(say(&mut echo.connect().await, &produce("p")).await.is_err());
    }

    #[tokio::test]
    async fn a_late_request_arrives_though_its_sender_has_gone() {
        let echo = Echo::of(Protocol::Kafka).await;
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
        let echo = Echo::of(Protocol::Kafka).await;
        let (effect, _) = lose(Half::Response, Fate::Late(Duration::from_secs(600)));
        apply(&echo.way.there, effect);
        let (time, jitter) = (Duration::from_millis(1), Duration::ZERO);
        let (fault, effect) = (2, Effect::Delay { time, jitter, seed: 0 });
        echo.way.back.apply(Applied { fault, effect, client: None, hits: HitCount::default() });
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
        let echo = Echo::of(Protocol::Kafka).await;
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
        assert_eq!(calls.hits.times(), 0, "it has not arrived yet");
        arrives(&echo, pieces.len()).await;
        assert!(began.elapsed() >= late, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_request_that_was_kept_after_a_reset_arrives_when_the_fault_is_healed() {
        let echo = Echo::of(Protocol::Kafka).await;
        let (effect, calls) = lose(Half::Request, Fate::AfterReset(Duration::from_secs(600)));
        apply(&echo.way.there, effect);
        let mut client = echo.connect().await;
        client.write_all(&produce("p")).await.unwrap();
        assert!(client.read(&mut [0]).await.is_err());
        assert_eq!(calls.hits.times(), 0);
        echo.way.there.lift(1);
        arrives(&echo, produce("p").len()).await;
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
