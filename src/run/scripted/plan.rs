//! Plans of scenarios that have a name and no steps.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use cucumber::gherkin::{Feature, LineCol, Scenario, Span};

use crate::cluster::spec::{self, ClusterSpec};
use crate::event::scenario::ScenarioId;
use crate::plan::scene::demand::Room;
use crate::plan::{Batch, Plan, Planned};
use crate::runtime::Capability;

const FILE: &str = "a.feature";

/// A plan with a batch for each list of scenarios.
pub(super) fn plan(batches: Vec<Vec<Planned>>) -> Plan {
    let cluster = || ClusterSpec::named(spec::DEFAULT, spec::FOLDER.as_ref()).expect("a fixture");
    let selected = batches.iter().map(Vec::len).sum();
    let batches =
        batches.into_iter().map(|scenarios| Batch { cluster: cluster(), scenarios }).collect();
    Plan {
        batches,
        sources: Vec::new(),
        selected,
        files: 1,
        idle_lines: Vec::new(),
        idle_flags: Vec::new(),
        fingerprint: String::new(),
    }
}

/// A scenario that does not disturb its cluster.
pub(super) fn quiet(name: &str) -> Planned {
    let position = LineCol { line: 1, col: 1 };
    let feature = Feature {
        keyword: "Feature".into(),
        name: "a".into(),
        description: None,
        background: None,
        scenarios: Vec::new(),
        rules: Vec::new(),
        tags: Vec::new(),
        span: Span::default(),
        position,
        path: Some(FILE.into()),
    };
    let scenario = Scenario {
        keyword: "Scenario".into(),
        name: name.into(),
        description: None,
        steps: Vec::new(),
        examples: Vec::new(),
        tags: Vec::new(),
        span: Span::default(),
        position,
    };
    Planned {
        id: ScenarioId { file: PathBuf::from(FILE), line: 1, name: name.into() },
        feature: Arc::new(feature),
        rule: None,
        scenario,
        disturbs: false,
        needs: BTreeSet::new(),
        elsewhere: None,
        room: None,
    }
}

/// A scenario that needs its cluster for itself.
pub(super) fn disturbing(name: &str) -> Planned {
    Planned { disturbs: true, ..quiet(name) }
}

/// A scenario that needs links.
pub(super) fn with_links(name: &str) -> Planned {
    Planned { needs: [Capability::Links].into(), ..disturbing(name) }
}

/// A scenario that measures loads.
pub(super) fn with_load(name: &str) -> Planned {
    Planned { room: Some(Room::default()), ..disturbing(name) }
}
