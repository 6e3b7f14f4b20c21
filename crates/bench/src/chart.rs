//! The chart: one bar for each goal, as a multiple of the goal.

#![expect(clippy::float_arithmetic, reason = "places on a drawing are no points and no money")]

use super::report::Outcome;
use super::stats::Spread;
use goodturn::export::svg::{Frame, MARGIN, WIDTH, line, text};

/// Sizes in pixels.
const LEFT: f64 = 450.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 92.0;
const ROW: f64 = 46.0;
const BAR: f64 = 18.0;

/// Longest bar, as a multiple of its goal. The label of a longer one says so.
const REACH_MAX: f64 = 3.0;

/// Goals that are met and missed differ by word as well as by colour.
const SHAPES: &str = ".met { fill: #2f6fdd } .missed { fill: #c8641b }
  .grid { stroke: #d0d7de } .goal { stroke: #1f2328; stroke-width: 2 } .whisker { stroke: #1f2328; stroke-width: 1.5 }";

/// The same colours for black paper.
const DARK: &str = ".soft { fill: #9198a1 }
    .met { fill: #539bf5 } .missed { fill: #e0823d } .grid { stroke: #30363d }
    .goal, .whisker { stroke: #e6edf3 }";

const SUBTITLE: &str = "Bar: median of the ratios to the peer, as a multiple of the goal. Whisker: least and greatest pair. Longer is better.";

/// Draws the outcomes as SVG.
pub(crate) fn svg(outcomes: &[Outcome], caption: &str) -> String {
    let rows: Vec<(&Outcome, Spread)> =
        outcomes.iter().filter_map(|outcome| Some((outcome, outcome.ratios()?))).collect();
    let reach = reach(rows.iter().map(|(outcome, ratios)| top_of(outcome, *ratios)));
    let scale = Scale { reach };
    let bottom = rows.iter().fold(TOP, |y, _| y + ROW);
    let mut pieces = String::new();
    for tick in [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0].into_iter().filter(|tick| *tick <= reach) {
        let x = scale.x(tick);
        pieces += &line(x, TOP - 8.0, x, bottom, "grid");
        pieces += &text(x, bottom + 18.0, "soft", "middle", &format!("{tick}×"));
    }
    pieces += &text(scale.x(reach / 2.0), bottom + 38.0, "soft", "middle", "multiple of the goal");
    let mut y = TOP;
    for (outcome, ratios) in rows {
        pieces += &bar(outcome, ratios, y, scale);
        y += ROW;
    }
    pieces += &line(scale.x(1.0), TOP - 8.0, scale.x(1.0), bottom, "goal");
    pieces += &text(scale.x(1.0), TOP - 14.0, "soft", "middle", "goal");
    pieces += &text(MARGIN, bottom + 62.0, "soft", "start", caption);
    let frame = Frame {
        label: "Goals of Goodturn and what was measured",
        title: "goodturn-bench: what was measured against each goal".into(),
        subtitle: SUBTITLE.into(),
        height: bottom + 74.0,
        texts: "",
        shapes: SHAPES,
        dark: DARK,
    };
    frame.around(&pieces)
}

/// The scale from a multiple of the goal to a place on the drawing.
#[derive(Clone, Copy)]
struct Scale {
    reach: f64,
}

impl Scale {
    fn x(self, reached: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (reached / self.reach).clamp(0.0, 1.0)
    }
}

/// Returns the end of the axis: a half past the longest bar or whisker, at least a half past the goal.
fn reach(tops: impl Iterator<Item = f64>) -> f64 {
    let longest = tops.fold(1.0, f64::max);
    ((longest * 2.0).floor() / 2.0 + 0.5).min(REACH_MAX)
}

fn top_of(outcome: &Outcome, ratios: Spread) -> f64 {
    outcome.target.reached(ratios.min).max(outcome.target.reached(ratios.max))
}

fn bar(outcome: &Outcome, ratios: Spread, y: f64, scale: Scale) -> String {
    let met = if outcome.target.met(ratios.median) { "met" } else { "missed" };
    let place = |ratio| scale.x(outcome.target.reached(ratio));
    let (from, to) = (place(ratios.min).min(place(ratios.max)), place(ratios.min).max(place(ratios.max)));
    let middle = y + BAR / 2.0 + 6.0;
    let beyond = if outcome.target.reached(ratios.median) > scale.reach { " ▸" } else { "" };
    let mut svg = text(MARGIN, middle - 2.0, "key", "start", outcome.key);
    svg += &text(124.0, middle - 2.0, "", "start", &outcome.full_title());
    svg += &text(124.0, middle + 13.0, "soft", "start", outcome.peer());
    svg += &format!(
        "<rect class=\"{met}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>\n",
        middle - BAR / 2.0,
        place(ratios.median) - LEFT
    );
    svg += &line(from, middle, to, middle, "whisker");
    svg += &line(from, middle - 4.0, from, middle + 4.0, "whisker");
    svg += &line(to, middle - 4.0, to, middle + 4.0, "whisker");
    let label = format!("{:.2}×{beyond}", ratios.median);
    svg += &text(WIDTH - RIGHT + 14.0, middle - 2.0, "key", "start", &label);
    svg + &text(WIDTH - RIGHT + 14.0, middle + 13.0, "soft", "start", &format!("goal {}, {met}", outcome.target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Pair, Target};

    #[test]
    fn the_goal_lies_at_one_and_bars_never_leave_the_drawing() {
        let scale = Scale { reach: 2.0 };
        let places = [0.0, 1.0, 2.0, 9.0].map(|reached| format!("{:.0}", scale.x(reached)));
        assert_eq!(places, ["450", "650", "850", "850"]);
    }

    #[test]
    fn the_axis_goes_half_a_goal_past_the_longest_bar() {
        assert!((reach([0.4, 0.7].into_iter()) - 1.5).abs() < 1e-9, "past the goal at least");
        assert!((reach([1.6].into_iter()) - 2.0).abs() < 1e-9);
        assert!((reach([40.0].into_iter()) - 3.0).abs() < 1e-9, "and no further than three times");
    }

    #[test]
    fn a_latency_below_its_goal_is_a_long_bar() {
        let pairs = vec![Pair { ours: 50.0, peer: 100.0 }];
        let outcome = Outcome::new("P6", "p99 < peak & more", Target::AtMost(1.0), pairs).on("PostgreSQL", "pgbench");
        let drawn = svg(&[outcome], "a caption");
        assert!(drawn.contains("class=\"met\""), "{drawn}");
        assert!(drawn.contains("p99 &lt; peak &amp; more"), "{drawn}");
        assert!(drawn.contains("0.50×"), "{drawn}");
    }
}
