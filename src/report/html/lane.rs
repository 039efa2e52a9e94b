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
    /// What the tooltip says.
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
    /// What the tooltip says.
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
                    @let room = self.next(band).map_or(to, |next| to.min(scale.x(next))) - x - 4.0;
                    @if let Some(label) = band.labels().find(|label| fits(label, room)) {
                        text.{ "label " (band.class) } x=(place(x + 4.0)) y=(place(base)) { (visible(label)) }
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

    /// When the next band begins, which is drawn over this one where both last.
    fn next(&self, band: &Band) -> Option<f64> {
        let later = self.bands.iter().filter(|other| other.from > band.from);
        later.map(|other| other.from).min_by(f64::total_cmp)
    }
}

impl Band {
    /// The label, and its beginning where there is no room for more: `2` of `2: kill`.
    fn labels(&self) -> impl Iterator<Item = &str> {
        let short = self.label.split_once(':').map(|(short, _)| short);
        std::iter::once(self.label.as_str()).chain(short)
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
    fn the_label_of_a_band_ends_where_the_next_band_begins() {
        let band = |from, label: &str| {
            let (label, told) = (label.into(), String::new());
            Band { from, to: 1000.0, class: "fault", label, told }
        };
        let drawn = |second| {
            let bands = vec![band(0.0, "1: silence"), band(second, "2: kill")];
            let lane = Lane { name: "broker-2".into(), bands, marks: Vec::new() };
            lane.draw(TimeScale::new(0.0, 1000.0), 0.0).0
        };
        assert!(drawn(500.0).contains(">1: silence</text>"));
        let close = drawn(50.0);
        assert!(close.contains(">1</text>") && close.contains(">2: kill</text>"), "{close}");
    }

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
