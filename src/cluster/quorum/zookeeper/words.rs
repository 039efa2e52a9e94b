//! What ZooKeepers tell by four-letter words: their mode, and which session owns what. No client library
//! is needed for that, and a node that has lost its quorum still answers.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::cluster::quorum::{Registration, Registrations};
use crate::cluster::talk;
use crate::event::id::BrokerId;
use crate::event::node_state::Mode;
use crate::topology::Address;

/// The mode in an answer to `srvr`.
pub fn mode_of(srvr: &str) -> Mode {
    let mode = srvr.lines().find_map(|line| line.strip_prefix("Mode: "));
    match mode.map(str::trim) {
        Some("leader") => Mode::Leader,
        Some("follower") => Mode::Follower,
        Some("standalone") => Mode::Standalone,
        _ => Mode::Looking,
    }
}

/// Whether an answer to `cons` lists a connection of the session that a broker has registered with.
pub fn is_connected(session: Registration, cons: &str) -> bool {
    let name = format!("sid=0x{:x}", session.0);
    cons.split([',', '(', ')']).any(|field| field == name)
}

/// The brokers by the session that owns their ephemeral node, and the controller, from an answer to `dump`: a line with
/// the number of each session, then its ephemeral nodes, indented.
pub fn registrations(dump: &str) -> Registrations {
    let mut brokers = BTreeMap::new();
    let (mut owner, mut of_controller) = (None, None);
    for line in dump.lines() {
        let path = line.trim();
        if let Some(number) = path.strip_prefix("0x") {
            let number = number.trim_end_matches(':');
            owner = u64::from_str_radix(number, 16).ok().map(Registration);
        } else if path == "/controller" {
            of_controller = owner;
        } else if let Some(id) = path.strip_prefix("/brokers/ids/")
            && let (Ok(id), Some(owner)) = (id.parse(), owner)
        {
            brokers.insert(BrokerId(id), owner);
        }
    }
    let controller = brokers.iter().find(|(_, session)| Some(**session) == of_controller);
    Registrations { controller: controller.map(|(id, _)| (*id).into()), brokers }
}

/// A ZooKeeper that is starting or paused may accept a connection and never answer on it.
const ATTEMPT: Duration = Duration::from_secs(1);
const ATTEMPTS: usize = 5;

/// Sends a four-letter word once and reads the answer to its end.
///
/// # Errors
/// When nobody listens there, or the answer is not there within a second.
pub async fn ask(address: &Address, word: &str) -> io::Result<String> {
    let talk = async {
        let mut stream = talk::connect(address).await?;
        stream.write_all(word.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    talk::within(ATTEMPT, talk).await
}

/// [`ask`] until there is an answer, on a new connection each time; one that refuses is not asked again.
///
/// # Errors
/// When nobody listens there, or nobody answers within 5 seconds.
pub async fn ask_patiently(address: &Address, word: &str) -> io::Result<String> {
    let mut answer = ask(address, word).await;
    for _ in 1..ATTEMPTS {
        match &answer {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                answer = ask(address, word).await;
            }
            _ => break,
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "SessionTracker dump:\nSession Sets (4)/(2):\n\
        0 expire at Thu Jan 01 00:00:00 UTC 1970:\n\
        ephemeral nodes dump:\nSessions with Ephemerals (2):\n\
        0x1000a5ab8f70000:\n\t/brokers/ids/2\n\t/controller\n\
        0x2000a5ab8f70001:\n\t/brokers/ids/1\n";

    #[test]
    fn a_dump_tells_brokers_and_controller() {
        let found = registrations(DUMP);
        let brokers: Vec<_> = found.brokers.keys().copied().collect();
        assert_eq!(brokers, [BrokerId(1), BrokerId(2)]);
        assert_eq!(found.controller, Some(BrokerId(2).into()));
    }

    #[test]
    fn a_dump_without_controller_has_none() {
        let found = registrations(&DUMP.replace("\t/controller\n", ""));
        assert_eq!(found.controller, None);
    }

    #[test]
    fn a_connection_is_found_by_its_whole_session_number() {
        let cons =
            " /127.0.0.1:51122[1](queued=0,recved=9,sent=9,sid=0x1000a5ab8f70000,lop=PING)\n";
        assert!(is_connected(Registration(0x0100_0a5a_b8f7_0000), cons));
        assert!(!is_connected(Registration(0x0010_00a5_ab8f_7000), cons));
    }

    #[test]
    fn a_zookeeper_without_quorum_is_looking() {
        assert_eq!(mode_of("Zookeeper version: 3.5.7\nMode: leader\n"), Mode::Leader);
        let refusal = "This ZooKeeper instance is not currently serving requests\n";
        assert_eq!(mode_of(refusal), Mode::Looking);
    }
}
