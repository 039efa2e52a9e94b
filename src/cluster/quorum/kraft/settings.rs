//! The settings of a controller: what trial sets where the fixture says nothing.

use crate::cluster::defaults::known_only;
use crate::cluster::properties::Properties;
use crate::event::Settings;

/// For every controller, and for brokers that are controllers as well.
const DEFAULTS: &[(&str, &str)] = &[
    // The default is 2 seconds. An active controller that is gone is missed after this time.
    ("controller.quorum.fetch.timeout.ms", "1000"),
    // The default is a second.
    ("controller.quorum.election.timeout.ms", "500"),
];

/// What trial sets for a controller of a version that knows these properties.
pub fn defaults(known: &Properties) -> Settings {
    known_only(known, DEFAULTS.iter().map(|(name, value)| (*name, (*value).to_owned())))
}
