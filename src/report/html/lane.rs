//! A lane of a timeline: what lasts and what happens, with labels where they have room.

use maud::{Markup, html};

use super::plot::{LETTER, TimeScale, WIDTH, place};
use crate::report::text::visible;

/// Height of a lane.
pub const LANE: f64 = 24.0;

/// Height of a band in its lane.
const BAND: f64 = 16.0;

/// A row of the timeline.
#[derive(Debug)]
pub struct Lane {
    /// What the lane is about.
    pub name: String,
    /// What lasts.
    pub bands: Vec<Band>,
    /// What happens at one time.
    pub marks: Vec<Mark>,
}

/// Something that lasts.
#[derive(Debug)]
pub struct Band {
    /// When it begins, in milliseconds.
    pub from: f64,
    /// When it ends.
    pub to: f64,
    /// Its colour, by class of the style.
    pub class: &'static str,
    /// What is written there where it has room.
    pub label: String,
    /// What is told of it when it is pointed at.
    pub told: String,
}

/// Something that happens at one time.
#[derive(Debug)]
pub struct Mark {
    /// When, in milliseconds.
    pub at: f64,
    /// Its colour, by class of the style.
    pub class: &'static str,
    /// What is written there where it has room.
    pub label: String,
    /// What is told of it when it is pointed at.
    pub told: String,
}

impl Lane {
    /// Draws the lane with its upper edge at `top`.
    pub fn draw(&self, scale: TimeScale, top: f64) -> Markup {
        let (upper, base) = (top + (LANE - BAND) / 2.0, top + LANE / 2.0 + 4.0);
        html! {
            g {
                text.lane x="0" y=(place(base)) { (shortened(&self.name, 21)) }
                @for band in &self.bands {
                    @let (x, to) = (scale.x(band.from), scale.x(band.to));
                    @let width = (to - x).max(1.5);
                    rect.{ "band " (band.class) } x=(place(x)) y=(place(upper)) width=(place(width)) height=(place(BAND)) {
                        title { (visible(&band.told)) }
                    }
                    @if fits(&band.label, width - 4.0) {
                        text.{ "label " (band.class) } x=(place(x + 4.0)) y=(place(base)) { (visible(&band.label)) }
                    }
                }
                @for (number, mark) in self.marks.iter().enumerate() {
                    @let x = scale.x(mark.at);
                    @let next = self.marks.get(number + 1).map_or(WIDTH, |next| scale.x(next.at) - 5.0);
                    path.{ "mark " (mark.class) } d=(format!("M{} {}l5 8l-5 8l-5 -8z", place(x), place(upper))) {
                        title { (visible(&mark.told)) }
                    }
                    @if fits(&mark.label, next - x - 8.0) {
                        text.label x=(place(x + 8.0)) y=(place(base)) { (visible(&mark.label)) }
                    }
                }
            }
        }
    }
}

fn fits(label: &str, width: f64) -> bool {
    LETTER * label.chars().count() as f64 <= width
}

fn shortened(name: &str, most: usize) -> String {
    let name = visible(name);
    if name.chars().count() <= most {
        return name.into_owned();
    }
    name.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_not_written_over_each_other() {
        let mark = |at| Mark { at, class: "leader", label: "0→2".into(), told: String::new() };
        let marks = vec![mark(0.0), mark(10.0), mark(990.0)];
        let lane = Lane { name: "leaders".into(), bands: Vec::new(), marks };
        let drawn = lane.draw(TimeScale::new(0.0, 1000.0), 0.0).0;
        assert_eq!(drawn.matches("<path").count(), 3);
        assert_eq!(drawn.matches("class=\"label\"").count(), 2, "the first has no room");
    }
}
