//! What a feature file says of a scenario, for reports, which read no features.

use cucumber::gherkin;

use crate::event::scenario::{Description, Sentence};
use crate::plan::Planned;

impl From<&Planned> for Description {
    fn from(planned: &Planned) -> Self {
        let Planned { feature, rule, scenario, .. } = planned;
        let rule = rule.as_deref();
        let tags = feature.tags.iter().chain(rule.iter().flat_map(|it| &it.tags));
        let backgrounds = [feature.background.as_ref(), rule.and_then(|it| it.background.as_ref())];
        let steps = backgrounds.into_iter().flatten().flat_map(|background| &background.steps);
        Self {
            feature: feature.name.clone(),
            rule: rule.map(|rule| rule.name.clone()),
            tags: tags.chain(&scenario.tags).cloned().collect(),
            steps: steps.chain(&scenario.steps).map(Sentence::from).collect(),
        }
    }
}

impl From<&gherkin::Step> for Sentence {
    fn from(step: &gherkin::Step) -> Self {
        Self {
            line: step.position.line,
            text: sentence(step),
            table: step.table.iter().flat_map(|table| table.rows.clone()).collect(),
            block: step.docstring.clone(),
        }
    }
}

/// Keyword and sentence on one line, whatever a row of examples has filled in.
pub fn sentence(step: &gherkin::Step) -> String {
    format!("{} {}", step.keyword.trim(), step.value).replace('\n', "\\n")
}
