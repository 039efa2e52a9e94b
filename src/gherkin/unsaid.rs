//! Steps that would silently never run, as they are part of a description: of a feature or a rule whose first
//! scenario has a misspelt header, say. A description is prose, and prose may begin with any word. So only what
//! leaves no doubt is a mistake here; the rest is for who knows the sentences that there are.

use std::ops::Range;

use super::language::{Kind, Language};
use super::line::Line;
use super::mistake::{Found, SyntaxMistake};
use super::unexpected::{nearest_header, without_colon};

/// A line of a description that reads like a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaid {
    /// What follows the keyword.
    pub sentence: String,
    /// What is wrong if there is such a sentence.
    pub mistake: SyntaxMistake,
    /// The bytes of the text that the mistake is about.
    pub place: Range<usize>,
}

/// Looks through the lines of the description of a feature or a rule: what is wrong, and what may be.
pub fn look(lines: &[Line<'_>], language: &'static Language) -> (Vec<Found>, Vec<Unsaid>) {
    let mut found: Vec<Found> = Vec::new();
    let mut unsaid = Vec::new();
    let mut header: Option<Found> = None;
    let mut is_next = false;
    for line in lines.iter().filter(|line| !line.text.is_empty()) {
        if let Some((keyword, kind)) = language.step(line.text) {
            let sentence = line.after(keyword);
            let (mistake, place) =
                header.clone().unwrap_or((SyntaxMistake::DescribedStep, line.span()));
            let is_misspelt = matches!(mistake, SyntaxMistake::UnknownHeader { .. });
            if is_next && is_misspelt && kind != Kind::Unknown && !sentence.is_empty() {
                found.push((mistake, place));
            } else {
                unsaid.push(Unsaid { sentence: sentence.into(), mistake, place });
            }
            is_next = false;
            continue;
        }
        let mistake = like_header(line, language);
        is_next = mistake.is_some();
        if let Some(mistake) = mistake {
            header = Some((mistake, line.span()));
        }
    }
    (found, unsaid)
}

/// What the line lacks to be a header. More than one of a thing is prose: `Rules: none`.
fn like_header(line: &Line<'_>, language: &'static Language) -> Option<SyntaxMistake> {
    let text = line.text.trim_end();
    if let Some((found, _)) = text.split_once(':') {
        let nearest = nearest_header(found, language)?;
        let is_plural = found.to_lowercase() == format!("{}s", nearest.to_lowercase());
        let found = found.into();
        return (!is_plural).then_some(SyntaxMistake::UnknownHeader { found, nearest });
    }
    without_colon(text, language).map(|header| SyntaxMistake::NoColon { header })
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;

    fn read(description: &str) -> (Vec<SyntaxMistake>, Vec<(String, SyntaxMistake)>) {
        let reading = Document::read(&format!("Feature: f\n{description}\nScenario: s\n* x\n"));
        let found = reading.found.into_iter().map(|(mistake, _)| mistake).collect();
        (found, reading.unsaid.into_iter().map(|it| (it.sentence, it.mistake)).collect())
    }

    #[test]
    fn a_misspelt_header_above_a_step_is_a_mistake() {
        let (found, unsaid) = read("Senario: lost\n\n  Given a cluster\n  And a topic");
        let mistake = SyntaxMistake::UnknownHeader { found: "Senario".into(), nearest: "Scenario" };
        assert_eq!(found, std::slice::from_ref(&mistake));
        assert_eq!(unsaid, [("a topic".into(), mistake)]);
    }

    #[test]
    fn prose_is_none_but_may_hold_steps() {
        assert_eq!(read("Rules: none\nNote: nothing"), (vec![], vec![]));
        let (found, unsaid) = read("Rules:\n  * be kind\nScenario lost\nWhen all else fails\n");
        assert_eq!(found, []);
        let no_colon = SyntaxMistake::NoColon { header: "Scenario" };
        assert_eq!(
            unsaid,
            [("be kind".into(), SyntaxMistake::DescribedStep), ("all else fails".into(), no_colon)]
        );
    }
}
