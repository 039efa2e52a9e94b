//! Reads the words by which sentences name nodes.

use std::ops::Range;
use std::str::FromStr;

use super::{Role, Who};
use crate::cluster::metadata::CoordinatorOf;
use crate::event::id::{BrokerId, ControllerId, ZooKeeperId};
use crate::fault::group::Group;

/// Whom the words mean; none where they name no node.
pub(super) fn read(said: &str) -> Option<Who> {
    let role = [
        ("the leader of partition ", Role::Leader),
        ("a follower of partition ", Role::Follower),
        ("every follower of partition ", Role::EveryFollower),
        ("every replica of partition ", Role::EveryReplica),
    ];
    for (words, role) in role {
        if let Some(rest) = said.strip_prefix(words) {
            let (partition, topic) = rest.split_once(" of topic ")?;
            let (partition, topic) = (partition.parse().ok()?, unquoted(topic));
            return Some(Who::Replica { role, partition, topic });
        }
    }
    let coordinator = [
        ("the coordinator of group ", CoordinatorOf::Group),
        ("the coordinator of transactional id ", CoordinatorOf::TransactionalId),
    ];
    for (words, of) in coordinator {
        if let Some(name) = said.strip_prefix(words) {
            return Some(Who::Coordinator { of, name: unquoted(name) });
        }
    }
    if let Some(rest) = said.strip_prefix("the ZooKeeper that broker ") {
        return Some(Who::ZooKeeperOf(BrokerId(numbers(rest).ok()?.first().copied()?)));
    }
    Some(match said {
        "the controller" => Who::Controller,
        "the active controller" => Who::ActiveController,
        "a standby controller" => Who::StandbyController,
        "the ZooKeeper leader" => Who::ZooKeeperLeader,
        "a ZooKeeper follower" => Who::ZooKeeperFollower,
        "a random broker" => Who::RandomBroker,
        "every broker" | "all brokers" => Who::Every(Group::Brokers),
        "every controller" | "all controllers" => Who::Every(Group::Controllers),
        "every ZooKeeper" | "all ZooKeepers" => Who::Every(Group::ZooKeepers),
        _ if said.starts_with("the ") => {
            let (done, kind) = said.strip_prefix("the ")?.split_once(' ')?;
            let group = match kind.trim_end_matches('s') {
                "ZooKeeper" => Group::ZooKeepers,
                "controller" => Group::Controllers,
                _ => Group::Brokers,
            };
            Who::Hit { done: done.parse().ok()?, group }
        }
        _ if said.starts_with("broker") => {
            Who::Brokers(numbers(said).ok()?.into_iter().map(BrokerId).collect())
        }
        _ if said.starts_with("controller") => {
            Who::Controllers(numbers(said).ok()?.into_iter().map(ControllerId).collect())
        }
        _ if said.starts_with("ZooKeeper") => {
            let ids = numbers::<u8>(said).ok()?;
            Who::ZooKeepers(ids.into_iter().map(ZooKeeperId).collect())
        }
        _ => return None,
    })
}

/// Where the numbers in a list of nodes are, each once.
pub fn places_of_numbers(said: &str) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for word in said.split(|letter: char| !letter.is_ascii_digit()) {
        let place = at..at + word.len();
        at = place.end + 1;
        let is_known = |known: &Range<usize>| said[known.clone()] == *word;
        if !word.is_empty() && !places.iter().any(is_known) {
            places.push(place);
        }
    }
    places
}

/// The numbers in a list of nodes, each once.
fn numbers<N: FromStr + PartialEq>(said: &str) -> Result<Vec<N>, N::Err> {
    let words = said.split(|letter: char| !letter.is_ascii_digit());
    let mut numbers = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        let number = word.parse()?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use cucumber::Parameter as _;

    use super::*;
    use crate::fault::Target;
    use crate::fault::participle::Participle;

    fn who(said: &str) -> Who {
        let whole = regex::Regex::new(&format!("^(?:{})$", Target::REGEX)).expect("a pattern");
        assert!(whole.is_match(said), "{said:?} is no target");
        said.parse::<Target>().expect("a target").who
    }

    #[test]
    fn reads_numbers() {
        assert_eq!(who("broker 2"), Who::Brokers(vec![BrokerId(2)]));
        let three = Who::Brokers([1, 2, 3].map(BrokerId).to_vec());
        assert_eq!(who("brokers 1, 2 and 3"), three);
        assert_eq!(who("broker 1, broker 2 and broker 3"), three);
        let both = Who::ZooKeepers([1, 2].map(ZooKeeperId).to_vec());
        assert_eq!(who("ZooKeeper 1 and ZooKeeper 2"), both);
        assert_eq!(who("ZooKeepers 1 and 2"), both);
        let both = Who::Controllers([101, 103].map(ControllerId).to_vec());
        assert_eq!(who("controllers 101 and 103"), both);
    }

    #[test]
    fn a_node_named_twice_is_one() {
        assert_eq!(who("brokers 1 and 1"), Who::Brokers(vec![BrokerId(1)]));
    }

    #[test]
    fn a_number_that_no_node_can_have_is_refused() {
        assert!("ZooKeeper 256".parse::<Target>().is_err());
        assert!("broker 9999999999".parse::<Target>().is_err());
    }

    #[test]
    fn reads_roles() {
        let topic = String::from("orders");
        assert_eq!(
            who("every follower of partition 3 of topic \"orders\""),
            Who::Replica { role: Role::EveryFollower, partition: 3, topic }
        );
        let of = CoordinatorOf::TransactionalId;
        assert_eq!(
            who("the coordinator of transactional id \"tx-1\""),
            Who::Coordinator { of, name: "tx-1".into() }
        );
        assert_eq!(
            who("the ZooKeeper that broker 1 is connected to"),
            Who::ZooKeeperOf(BrokerId(1))
        );
        assert_eq!(who("all ZooKeepers"), Who::Every(Group::ZooKeepers));
        assert_eq!(who("every controller"), Who::Every(Group::Controllers));
        assert_eq!(who("a standby controller"), Who::StandbyController);
        assert_ne!(who("the active controller"), who("the controller"));
    }

    #[test]
    fn reads_what_happened_before() {
        let done = Participle::Killed;
        assert_eq!(who("the killed brokers"), Who::Hit { done, group: Group::Brokers });
        let controllers = Who::Hit { done, group: Group::Controllers };
        assert_eq!(who("the killed controller"), controllers);
    }

    #[test]
    fn whom_a_fault_has_hit_is_unknown_in_the_background() {
        let check = |said: &str| said.parse::<Target>().expect("a target").check_in_background();
        assert!(check("the paused ZooKeeper").is_err());
        for known in ["broker 1", "the controller", "a random broker"] {
            assert_eq!(check(known), Ok(()), "{known}");
        }
    }
}
