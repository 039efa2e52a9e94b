//! What controllers keep for the whole cluster.

use super::log::State;
use crate::cluster::probe;
use crate::cluster::standing::Standing;

/// How the topics begin that brokers make for themselves.
const INTERNAL: &str = "__";

/// What holds for the whole cluster now.
pub(super) fn of(state: &State) -> Standing {
    let mut standing = Standing { nodes: state.image.standing(), ..Standing::default() };
    for (topic, settings, is_untouched) in state.image.settings_of_topics() {
        if !topic.starts_with(INTERNAL) || topic == probe::TOPIC {
            continue;
        }
        let name = format!("settings of topic {topic}");
        if is_untouched {
            standing.untouched.insert(name.clone());
        }
        standing.nodes.insert(name, format!("{settings:?}").into_bytes());
    }
    standing
}
