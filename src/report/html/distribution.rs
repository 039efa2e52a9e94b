//! Latencies as a distribution: how long which share of the messages took at most, with room for the last few.

use maud::{Markup, html};

use super::plot::{LEFT, RIGHT, WIDTH, figure, place, valued};
use crate::report::text::visible;

/// Height of the plot without its legend.
const HEIGHT: f64 = 190.0;

/// Where it begins and ends.
const UPPER: f64 = 24.0;
const LOWER: f64 = HEIGHT - 24.0;

/// Shares beyond 99.9999 % are not told apart.
const MOST_NINES: f64 = 6.0;

/// A line.
#[derive(Debug, Clone)]
pub struct Curve {
    /// For the legend.
    pub name: String,
    /// Its colour, see the module `plot`.
    pub class: &'static str,
    /// Share of the messages, of 1, and the milliseconds that they did not exceed; rising.
    pub points: Vec<(f64, f64)>,
}

/// Draws the curves; the axis has as much room for the slowest tenth as for the nine before it, and so on.
pub fn distribution(told: &str, curves: &[Curve]) -> Markup {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let most = points().map(|(_, ms)| *ms).fold(0.0, f64::max);
    let most = if most > 0.0 { most } else { 1.0 };
    let known = points().map(|(share, _)| *share).filter(|share| *share < 1.0);
    let end = known.map(nines).fold(2.0, f64::max).min(MOST_NINES);
    let x = |share: f64| LEFT + nines(share).min(end) / end * (WIDTH - LEFT - RIGHT);
    let y = |ms: f64| LOWER - ms / most * (LOWER - UPPER);
    let height = HEIGHT + 15.0 * curves.len() as f64;
    let content = html! {
        g.axis {
            @for label in ["0", "50", "90", "99", "99.9", "99.99", "99.999"] {
                @let share = label.parse().unwrap_or(0.0) / 100.0;
                @if nines(share) < end - 0.1 {
                    line x1=(place(x(share))) x2=(place(x(share))) y1=(place(UPPER)) y2=(place(LOWER)) {}
                    text x=(place(x(share))) y=(place(LOWER + 16.0)) text-anchor="middle" { (label) " %" }
                }
            }
        }
        text.value x=(place(LEFT - 8.0)) y=(place(UPPER + 4.0)) text-anchor="end" { (valued(most, " ms")) }
        text.value x=(place(LEFT - 8.0)) y=(place(LOWER + 4.0)) text-anchor="end" { "0" }
        line.frame x1=(place(LEFT)) x2=(place(WIDTH - RIGHT)) y1=(place(LOWER)) y2=(place(LOWER)) {}
        @for (row, curve) in curves.iter().enumerate() {
            path.{ "line " (curve.class) } d=(path(&curve.points, x, y)) { title { (visible(&curve.name)) } }
            text.{ "legend " (curve.class) } x=(place(LEFT)) y=(place(HEIGHT + 10.0 + 15.0 * row as f64)) {
                "— " (visible(&curve.name))
            }
        }
    };
    figure(told, height, &content)
}

/// 1 for 90 %, 2 for 99 %; without end for all.
fn nines(share: f64) -> f64 {
    -(1.0 - share).max(0.0).log10()
}

fn path(points: &[(f64, f64)], x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> String {
    let commands = ["M"].into_iter().chain(std::iter::repeat("L"));
    let places = points.iter().zip(commands);
    places
        .map(|((share, ms), command)| format!("{command}{} {}", place(x(*share)), place(y(*ms))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nine_has_the_same_room_and_all_are_at_the_end() {
        assert_eq!([0.0, 0.9, 0.99].map(|share| nines(share).round()), [0.0, 1.0, 2.0]);
        let curve = |points: &[(f64, f64)]| Curve {
            name: "a".into(),
            class: "c0",
            points: points.to_vec(),
        };
        let drawn =
            distribution("", &[curve(&[(0.0, 0.0), (0.9, 5.0), (0.99, 8.0), (1.0, 10.0)])]).0;
        assert!(drawn.contains("d=\"M150 166L565 95L980 52.4L980 24\""), "{drawn}");
    }
}
