//! The clusters with the settings in force.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::event::Settings;
use crate::report::model::{ClusterSeen, Report};
use crate::report::text::{duration, visible};

/// Every cluster of the run.
pub fn clusters(report: &Report) -> Markup {
    html! {
        @if !report.clusters.is_empty() {
            h2 { "Clusters and their settings" }
            @for cluster in &report.clusters { (self::cluster(cluster)) }
        }
    }
}

fn cluster(cluster: &ClusterSeen) -> Markup {
    html! {
        details.cluster id={ "cluster-" (visible(&cluster.place)) } {
            summary {
                (visible(&cluster.place)) ": fixture " (visible(&cluster.fixture)) ", Kafka " (cluster.kafka)
                @match &cluster.zookeeper {
                    Some(version) => { ", ZooKeeper " (version) }
                    None => { ", without ZooKeeper" }
                }
                ", up after " (duration(cluster.start_ms))
            }
            @for (nodes, settings) in alike(&cluster.settings) {
                h4 { (nodes.join(", ")) }
                div.wide tabindex="0" {
                    table.data {
                        @for (name, value) in settings {
                            tr { td { code { (visible(name)) } } td { (visible(value)) } }
                        }
                    }
                }
            }
            p { "Everything else has Kafka's or ZooKeeper's default." }
        }
    }
}

/// Nodes that have the same settings together.
fn alike(settings: &BTreeMap<String, Settings>) -> Vec<(Vec<&str>, &Settings)> {
    let mut groups: Vec<(Vec<&str>, &Settings)> = Vec::new();
    for (node, settings) in settings {
        match groups.iter_mut().find(|(_, known)| *known == settings) {
            Some((nodes, _)) => nodes.push(node),
            None => groups.push((vec![node], settings)),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_with_the_same_settings_stand_together() {
        let settings = |value: &str| Settings::from([("num.io.threads".into(), value.into())]);
        let nodes = [("broker-1", "4"), ("broker-2", "8"), ("broker-3", "4")];
        let nodes = nodes.map(|(node, value)| (node.to_owned(), settings(value))).into();
        let groups: Vec<_> = alike(&nodes).into_iter().map(|(nodes, _)| nodes).collect();
        assert_eq!(groups, [vec!["broker-1", "broker-3"], vec!["broker-2"]]);
    }
}
