//! Plots over time as SVG, coloured by the style sheet so that they follow light and dark.
//!
//! For a section of its own: make a [`TimeScale`], stack [`Plot`]s below each other with [`Plot::draw`], and put
//! them into [`figure`]. Lines are told apart by class: `ack`, `read`, `bad`, `p50`, `p99`, `max`, and `c0` to `c7`
//! for anything else, such as the nodes of a cluster.

use maud::{Markup, PreEscaped, html};

use crate::report::text::visible;

/// Width of a figure, in units of its own.
pub const WIDTH: f64 = 1000.0;

/// Where the time begins; the names of lanes and the values of axes are left of it.
pub const LEFT: f64 = 150.0;

/// What is kept free at the right, for the last number of the axis.
pub const RIGHT: f64 = 20.0;

/// Height of a line of a legend.
const LEGEND: f64 = 15.0;

/// Width of a letter of the figures' text at most, to tell whether a text fits.
pub const LETTER: f64 = 6.6;

/// From time to place.
#[derive(Debug, Clone, Copy)]
pub struct TimeScale {
    from_ms: f64,
    per_ms: f64,
    to_ms: f64,
}

impl TimeScale {
    /// From and to which time, in milliseconds; an empty time becomes a second.
    pub fn new(from_ms: f64, to_ms: f64) -> Self {
        let to_ms = if to_ms - from_ms < 1.0 { from_ms + 1000.0 } else { to_ms };
        Self { from_ms, to_ms, per_ms: (WIDTH - LEFT - RIGHT) / (to_ms - from_ms) }
    }

    /// The place of a time; one outside of the scale is at its edge.
    pub fn x(self, ms: f64) -> f64 {
        LEFT + (ms.clamp(self.from_ms, self.to_ms) - self.from_ms) * self.per_ms
    }

    /// Where the scale ends.
    pub fn end(self) -> f64 {
        self.x(self.to_ms)
    }

    /// The axis: a line down to `bottom` at each round number of seconds, which stands above it.
    pub fn axis(self, bottom: f64) -> Markup {
        let span = self.to_ms - self.from_ms;
        let step = round_step(span / 8.0);
        let first = (self.from_ms / step).ceil();
        let ticks = (0_u32..).map(|number| (first + f64::from(number)) * step);
        let ticks = ticks.take_while(|ms| *ms <= self.to_ms);
        html! {
            g.axis {
                @for ms in ticks {
                    line x1=(place(self.x(ms))) x2=(place(self.x(ms))) y1="18" y2=(place(bottom)) {}
                    text x=(place(self.x(ms))) y="12" text-anchor="middle" { (seconds(ms)) }
                }
            }
        }
    }
}

/// 1, 2 or 5 times a power of ten, at least so much.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

fn seconds(ms: f64) -> String {
    format!("{} s", ms / 1000.0)
}

/// A coordinate, to a tenth.
pub fn place(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Values of a plot over time.
#[derive(Debug, Clone)]
pub struct Series {
    /// For the legend.
    pub name: String,
    /// Its colour, see the module.
    pub class: &'static str,
    /// Time in milliseconds and value; there is a gap where there is no value.
    pub points: Vec<(f64, Option<f64>)>,
}

/// How values are drawn.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A line from value to value.
    Line,
    /// A bar for each value, which counts what was in so many milliseconds with the point in their middle.
    Bars(f64),
}

/// Values over time with one axis, which begins at 0.
#[derive(Debug, Clone)]
pub struct Plot {
    /// What is plotted: `sends`.
    pub title: String,
    /// Of the values: `/s`, `ms`.
    pub unit: &'static str,
    /// How they are drawn.
    pub shape: Shape,
    /// The values.
    pub series: Vec<Series>,
}

impl Plot {
    /// Height of a plot with its legend.
    pub fn height(&self) -> f64 {
        (46.0 + LEGEND * self.series.len() as f64).max(114.0)
    }

    /// False where there is nothing to plot.
    pub fn has_values(&self) -> bool {
        self.series.iter().flat_map(|series| &series.points).any(|(_, value)| value.is_some())
    }

    /// Draws the plot with its upper edge at `top`.
    pub fn draw(&self, scale: TimeScale, top: f64) -> Markup {
        let (upper, lower) = (top + 24.0, top + self.height() - 10.0);
        let values = self.series.iter().flat_map(|series| &series.points);
        let most = values.filter_map(|(_, value)| *value).fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        let y = |value: f64| lower - value / most * (lower - upper);
        html! {
            g.plot {
                text.lane x="0" y=(place(top + 11.0)) { (visible(&self.title)) }
                text.value x=(place(LEFT - 8.0)) y=(place(upper + 4.0)) text-anchor="end" {
                    (valued(most, self.unit))
                }
                text.value x=(place(LEFT - 8.0)) y=(place(lower + 4.0)) text-anchor="end" { "0" }
                line.frame x1=(place(LEFT)) x2=(place(scale.end())) y1=(place(lower)) y2=(place(lower)) {}
                @for (row, series) in self.series.iter().enumerate() {
                    @let (class, d) = match self.shape {
                        Shape::Line => ("line ", line(&series.points, scale, y)),
                        Shape::Bars(width) => ("line bars ", bars(&series.points, width, scale, y)),
                    };
                    path.{ (class) (series.class) } d=(d) { title { (visible(&series.name)) } }
                    text.{ "legend " (series.class) } x="0" y=(place(upper + 22.0 + LEGEND * row as f64)) {
                        "— " (visible(&series.name))
                    }
                }
            }
        }
    }
}

/// A path through the points; a point between two gaps is a short line, as a path of one point is not seen.
fn line(points: &[(f64, Option<f64>)], scale: TimeScale, y: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for (ms, value) in points {
        let Some(value) = value else {
            drawing = false;
            continue;
        };
        let (x, y) = (scale.x(*ms), y(*value));
        let command = if drawing { 'L' } else { 'M' };
        path.push_str(&format!("{command}{} {}", place(x), place(y)));
        if !drawing {
            path.push_str("h3");
        }
        drawing = true;
    }
    path
}

/// The outline of the bars of this width in milliseconds; those that touch have one outline, and 0 has no bar.
fn bars(
    points: &[(f64, Option<f64>)],
    width: f64,
    scale: TimeScale,
    y: impl Fn(f64) -> f64,
) -> String {
    let mut path = String::new();
    let mut drawn_to = None;
    let close = |path: &mut String| path.push_str(&format!("V{}", place(y(0.0))));
    for (ms, value) in points {
        let Some(value) = value.filter(|value| *value > 0.0) else { continue };
        let (from, to) = (scale.x(ms - width / 2.0), scale.x(ms + width / 2.0));
        // Places are written to a tenth, so nearer ones are the same.
        if drawn_to.is_none_or(|end: f64| from - end > 0.1) {
            if drawn_to.is_some() {
                close(&mut path);
            }
            path.push_str(&format!("M{} {}", place(from), place(y(0.0))));
        }
        path.push_str(&format!("V{}H{}", place(y(value)), place(to)));
        drawn_to = Some(to);
    }
    if drawn_to.is_some() {
        close(&mut path);
    }
    path
}

/// A number that is short: `950`, `12.5 k`, `3 M`.
pub fn number(value: f64) -> String {
    let (value, unit) = match value {
        1_000_000.0.. => (value / 1_000_000.0, " M"),
        1000.0.. => (value / 1000.0, " k"),
        _ => (value, ""),
    };
    let digits = usize::from(value < 100.0 && value.fract() > 0.0);
    format!("{value:.digits$}{unit}")
}

/// A number with its unit; a second and more is in seconds.
pub fn valued(value: f64, unit: &str) -> String {
    match unit {
        " ms" if value >= 1000.0 => format!("{} s", number(value / 1000.0)),
        unit => format!("{}{unit}", number(value)),
    }
}

/// A figure of this height; `told` is what it shows, in words.
pub fn figure(told: &str, height: f64, content: &Markup) -> Markup {
    html! {
        figure.timeline {
            svg viewBox=(format!("0 0 {WIDTH} {}", place(height))) role="img" aria-label=(visible(told)) {
                (PreEscaped(&content.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_steps() {
        assert_eq!(
            [0.9, 1.0, 1.3, 4.0, 830.0, 6000.0].map(round_step),
            [1.0, 1.0, 2.0, 5.0, 1000.0, 10_000.0]
        );
    }

    #[test]
    fn a_scale_without_time_still_has_places() {
        let scale = TimeScale::new(5.0, 5.0);
        assert_eq!((scale.x(5.0), scale.x(-9.0)), (LEFT, LEFT));
        assert!(scale.x(1e9) <= WIDTH);
    }

    #[test]
    fn a_line_has_gaps_where_there_is_no_value() {
        let points = [(0.0, Some(1.0)), (100.0, None), (200.0, Some(2.0)), (300.0, Some(0.5))];
        let drawn = line(&points, TimeScale::new(0.0, 830.0), |value| value);
        assert_eq!(drawn, "M150 1h3M350 2h3L450 0.5");
    }

    #[test]
    fn bars_stand_on_the_axis_for_as_long_as_they_count() {
        let points =
            [(50.0, Some(1.0)), (150.0, Some(3.0)), (250.0, Some(0.0)), (350.0, Some(2.0))];
        let drawn = bars(&points, 100.0, TimeScale::new(0.0, 830.0), |value| 10.0 - value);
        assert_eq!(drawn, "M150 10V9H250V7H350V10M450 10V8H550V10");
        assert_eq!(bars(&[(50.0, None)], 100.0, TimeScale::new(0.0, 830.0), |value| value), "");
    }

    #[test]
    fn large_numbers_are_short() {
        assert_eq!(
            [950.0, 12_500.0, 3_000_000.0, 0.25].map(number),
            ["950", "12.5 k", "3 M", "0.2"]
        );
        assert_eq!(valued(12_500.0, "/s"), "12.5 k/s");
        assert_eq!([999.0, 3480.0].map(|ms| valued(ms, " ms")), ["999 ms", "3.5 s"]);
    }
}
