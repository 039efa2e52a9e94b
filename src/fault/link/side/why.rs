//! Why there can be no fault with a side, or between two, as far as the words say.

use super::{NOT_OF_A_LEADER, Side, Who};
use crate::event::id::NodeId;
use crate::fault::Target;
use crate::fault::group::Group;

impl Side {
    /// Why there can be no link between the two, as far as the words say.
    pub fn why_not_to(&self, other: &Self) -> Option<String> {
        if self.is_relative() {
            return Some(format!("name nodes or clients first, and {self} second"));
        }
        if self.is_of_clients() && other.is_of_clients() {
            return Some("there is no link between clients".into());
        }
        let beyond = |clients: &Self, nodes: &Self| match nodes.group() {
            _ if !clients.is_of_clients() => None,
            Group::Brokers => None,
            Group::Controllers => Some("controllers"),
            Group::ZooKeepers => Some("ZooKeeper"),
        };
        if let Some(whom) = beyond(self, other).or_else(|| beyond(other, self)) {
            return Some(format!(
                "Kafka's clients have no connection to {whom}, so it would affect nothing"
            ));
        }
        if other.who == Who::Followers && self.leader().is_none() {
            return Some(NOT_OF_A_LEADER.into());
        }
        self.why_not_apart(other)
    }

    /// Why a node would be on both sides, or none on the other, as far as the words say.
    fn why_not_apart(&self, other: &Self) -> Option<String> {
        if self.is_of_clients() {
            return None;
        }
        let group = self.group();
        let is_to_all = other.is_every_one_of(group);
        if self.is_every_one_of(group) && (is_to_all || other.who == Who::Others(group)) {
            return Some(format!("there are none but {self}"));
        }
        if is_to_all {
            let kind = group.all();
            return Some(format!("no node has a link to itself: write the other {kind}"));
        }
        let (Who::Nodes(these), Who::Nodes(those)) = (&self.who, &other.who) else { return None };
        if these.who == those.who {
            return Some(format!("both sides are {self}, and no node has a link to itself"));
        }
        let is_of_brokers =
            |it: &Target| it.numbered().iter().any(|node| matches!(node, NodeId::Broker(_)));
        if (these.is_random() && is_of_brokers(those))
            || (those.is_random() && is_of_brokers(these))
        {
            return Some(
                "a random broker may be that broker itself: name the other brokers".into(),
            );
        }
        let shared = these.numbered().into_iter().find(|node| those.numbered().contains(node))?;
        Some(format!("{shared} has no link to itself"))
    }

    /// Why it sends no requests of Kafka's protocol that trial can recognize, as far as the words say.
    pub fn why_no_caller(&self) -> Option<String> {
        if self.is_relative() || self.who == Who::ZooKeeper {
            return Some(format!("name brokers, the clients or one client, not {self}"));
        }
        self.why_no_broker()
    }

    /// Why it gets no requests of Kafka's protocol, as far as the words say.
    pub fn why_no_callee(&self) -> Option<String> {
        match &self.who {
            Who::Nodes(_) => self.why_no_broker(),
            _ => Some(format!("name brokers, not {self}")),
        }
    }

    fn why_no_broker(&self) -> Option<String> {
        let Who::Nodes(target) = &self.who else { return None };
        let speaks_other = target.group() == Group::ZooKeepers;
        speaks_other.then(|| format!("ZooKeeper does not speak Kafka's protocol, so not {self}"))
    }
}

#[cfg(test)]
mod tests {
    use cucumber::Parameter as _;

    use super::*;

    fn side(said: &str) -> Side {
        let whole = regex::Regex::new(&format!("^(?:{})$", Side::REGEX)).expect("a pattern");
        assert!(whole.is_match(said), "{said:?} is no side");
        said.parse().expect("a side")
    }

    #[test]
    fn a_node_has_no_link_to_itself() {
        let why = |from, to| side(from).why_not_to(&side(to));
        assert_eq!(why("broker 1", "broker 2"), None);
        assert_eq!(
            why("broker 1", "brokers 2 and 1").as_deref(),
            Some("broker-1 has no link to itself")
        );
        assert_eq!(why("broker 1", "ZooKeeper 1"), None);
        assert!(why("the clients", "producer \"p\"").is_some());
        assert!(why("every broker", "the other brokers").is_some());
        assert_eq!(why("every broker", "the other ZooKeepers"), None);
        assert!(why("everything", "broker 1").is_some());
        assert!(why("a random broker", "broker 1").is_some());
        assert_eq!(why("a random broker", "ZooKeeper 1"), None);
    }

    #[test]
    fn nobody_is_on_both_sides() {
        let why = |from, to| side(from).why_not_to(&side(to));
        for said in [
            "the controller",
            "a random broker",
            "the killed broker",
            "broker 1",
            "every broker",
            "ZooKeeper",
            "a follower of partition 0 of topic \"orders\"",
        ] {
            assert!(why(said, said).is_some(), "{said}");
        }
        assert!(why("ZooKeeper", "every ZooKeeper").is_some());
        assert!(why("ZooKeeper", "the other ZooKeepers").is_some());
        for (from, to, others) in [
            ("broker 1", "every broker", "the other brokers"),
            ("the controller", "all brokers", "the other brokers"),
            ("ZooKeeper 1", "ZooKeeper", "the other ZooKeepers"),
            ("the ZooKeeper leader", "every ZooKeeper", "the other ZooKeepers"),
        ] {
            assert!(why(from, to).is_some_and(|why| why.ends_with(others)), "{from}, {to}");
        }
        let leader = "the leader of partition 0 of topic \"orders\"";
        for (from, to) in [
            ("the killed broker", "the paused broker"),
            ("the controller", leader),
            (leader, "a follower of partition 0 of topic \"orders\""),
            ("broker 1", "ZooKeeper"),
            ("ZooKeeper 1", "every broker"),
            ("every broker", "ZooKeeper"),
            ("broker 1", "everything"),
        ] {
            assert_eq!(why(from, to), None, "{from}, {to}");
        }
    }

    #[test]
    fn clients_have_no_links_to_zookeepers() {
        let why = |from, to| side(from).why_not_to(&side(to));
        for zookeepers in ["ZooKeeper", "ZooKeeper 1", "the ZooKeeper leader"] {
            assert!(why("producer \"p\"", zookeepers).is_some(), "{zookeepers}");
            assert!(why(zookeepers, "the clients").is_some(), "{zookeepers}");
        }
        assert!(why("the clients", "the other ZooKeepers").is_some());
        for others in ["every broker", "broker 1", "everything"] {
            assert_eq!(why("the clients", others), None, "{others}");
        }
        assert_eq!(why("ZooKeeper 1", "everything"), None);
    }

    #[test]
    fn whom_a_fault_has_hit_is_unknown_in_the_background() {
        assert!(side("the killed broker").check_in_background().is_err());
        for known in ["the other brokers", "broker 1", "ZooKeeper", "everything"] {
            assert_eq!(side(known).check_in_background(), Ok(()), "{known}");
        }
    }

    #[test]
    fn only_brokers_and_clients_speak_kafka() {
        assert_eq!(side("broker 1").why_no_caller(), None);
        let processes = ["producer process", "consumer process", "copier", "standalone consumer"];
        for client in ["producer", "consumer"].into_iter().chain(processes) {
            let client = side(&format!("{client} \"x\""));
            assert_eq!((client.why_no_caller(), client.is_of_clients()), (None, true));
        }
        for said in ["ZooKeeper 1", "ZooKeeper", "the ZooKeeper leader", "the other brokers"] {
            assert!(side(said).why_no_caller().is_some(), "{said}");
        }
        assert_eq!(side("the controller").why_no_callee(), None);
        assert!(side("the clients").why_no_callee().is_some());
    }

    #[test]
    fn followers_are_those_of_a_leader() {
        let why = |from| side(from).why_not_to(&side("its followers"));
        assert_eq!(why("the leader of partition 0 of topic \"orders\""), None);
        assert!(why("broker 1").is_some());
    }
}
