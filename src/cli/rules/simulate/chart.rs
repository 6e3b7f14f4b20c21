//! The chart: points by kind, recorded and in the draft, above members by the difference that the draft makes for them.

#![expect(clippy::float_arithmetic, reason = "places on a drawing are no points and no money")]

use super::Simulation;
use crate::cli::text::{counted, counted_as, grouped, member};
use goodturn::export::svg::{Frame, MARGIN, WIDTH, bar, line, text};
use goodturn::pb;

/// Sizes in pixels.
const LEFT: f64 = 190.0;
const RIGHT: f64 = 210.0;
const TOP: f64 = 104.0;
const ROW: f64 = 44.0;
const BAR: f64 = 15.0;
const COLUMNS: f64 = 200.0;

/// Style of the words below the columns.
const TEXTS: &str = ".border { fill: #57606a; font-size: 10px }\n  ";

/// Each colour has its word beside it.
const SHAPES: &str = ".then { fill: #8c959f } .draft { fill: #2f6fdd } .gain { fill: #2f6fdd }
  .lose { fill: #c8641b } .same { fill: #8c959f } .axis { stroke: #1f2328; stroke-width: 1.5 }";

/// The same colours for black paper.
const DARK: &str = ".soft, .border { fill: #9198a1 }
    .then, .same { fill: #6e7681 } .draft, .gain { fill: #539bf5 } .lose { fill: #e0823d } .axis { stroke: #e6edf3 }";

/// Draws the outcome as SVG.
pub(super) fn svg(simulation: &Simulation) -> String {
    let (kinds, bottom) = kinds(simulation);
    let (members, height) = members(simulation, bottom + 66.0);
    let total = simulation.total();
    let frame = Frame {
        label: "What a draft of the rules would have given",
        title: format!("{} over {}, {} to {}", simulation.file, simulation.program, simulation.from, simulation.to),
        subtitle: format!(
            "{} of {}; computed on the log up to entry {}.",
            counted_as(total.activities, "activity", "activities"),
            counted(simulation.members(), "member"),
            grouped(simulation.found.seq),
        ),
        height,
        texts: TEXTS,
        shapes: SHAPES,
        dark: DARK,
    };
    frame.around(&(kinds + &members))
}

/// Draws two bars for each kind, and for all kinds. Returns the lower end, too.
fn kinds(simulation: &Simulation) -> (String, f64) {
    let credited = |sums: pb::SimulatedSums| sums.credited_points.unwrap_or_default();
    let rows: Vec<(&str, pb::Compared)> =
        simulation.kinds().chain([("all", simulation.total())]).map(|(name, sums)| (name, credited(sums))).collect();
    let most = rows.iter().map(|(_, points)| points.then.max(points.draft)).max().unwrap_or_default();
    let mut svg = text(MARGIN, TOP - 20.0, "key", "start", "Points credited");
    svg += &legend(&[("then", "then"), ("draft", "draft")], TOP - 20.0);
    let mut y = TOP;
    for (name, points) in rows {
        svg += &text(LEFT - 12.0, y + BAR + 5.0, if name == "all" { "key" } else { "" }, "end", &member(name));
        for (class, number, y) in [("then", points.then, y), ("draft", points.draft, y + BAR + 2.0)] {
            let width = (WIDTH - LEFT - RIGHT) * part(number, most);
            svg += &bar(LEFT, y, width, BAR, class);
            svg += &text(LEFT + width + 6.0, y + 12.0, "", "start", &grouped(number));
        }
        let difference = points.draft.saturating_sub(points.then);
        let sign = if difference > 0 { "+" } else { "" };
        svg += &text(WIDTH - MARGIN, y + BAR + 5.0, "key", "end", &format!("{sign}{}", grouped(difference)));
        y += ROW;
    }
    svg += &line(LEFT, TOP - 6.0, LEFT, y - 6.0, "axis");
    (svg, y)
}

/// Draws a column for each band of differences. Returns the lower end of the drawing, too.
fn members(simulation: &Simulation, top: f64) -> (String, f64) {
    let found = &simulation.found;
    let most = found.differences.iter().map(|band| band.members).max().unwrap_or_default();
    let mut svg = text(MARGIN, top - 20.0, "key", "start", "Members, by the difference in points credited to them");
    let sides = [("lose", found.losers), ("same", found.unchanged), ("gain", found.winners)];
    let words = ["lose", "unchanged", "gain"];
    let named: Vec<(&str, String)> = sides
        .iter()
        .zip(words)
        .map(|((class, members), word)| (*class, format!("{} {word}", grouped(*members))))
        .collect();
    let named: Vec<(&str, &str)> = named.iter().map(|(class, word)| (*class, word.as_str())).collect();
    svg += &legend(&named, top - 20.0);
    let floor = top + 24.0 + COLUMNS;
    let columns = i32::try_from(found.differences.len().max(1)).unwrap_or(i32::MAX);
    let step = (WIDTH - 2.0 * MARGIN) / f64::from(columns);
    let mut x = MARGIN;
    for band in &found.differences {
        let class = match (band.least_points, band.greatest_points) {
            (Some(least), _) if least > 0 => "gain",
            (_, Some(greatest)) if greatest < 0 => "lose",
            _ => "same",
        };
        let middle = x + step / 2.0;
        if band.members > 0 {
            let height = COLUMNS * part(band.members, most);
            svg += &bar(x + 4.0, floor - height, step - 8.0, height, class);
            svg += &text(middle, floor - height - 6.0, "", "middle", &grouped(band.members));
        }
        let [upper, lower] = borders(band);
        svg += &text(middle, floor + 16.0, "border", "middle", &upper);
        svg += &text(middle, floor + 29.0, "border", "middle", &lower);
        x += step;
    }
    svg += &line(MARGIN, floor, WIDTH - MARGIN, floor, "axis");
    (svg, floor + 50.0)
}

/// Draws coloured squares with their words, from the right.
fn legend(entries: &[(&str, &str)], y: f64) -> String {
    let mut svg = String::new();
    let mut right = WIDTH - MARGIN;
    for (class, word) in entries.iter().rev() {
        // Eight pixels a character are enough for every letter but m and w; the square takes sixteen.
        let chars = i32::try_from(word.chars().count()).unwrap_or(i32::MAX);
        let left = right - 8.0 * f64::from(chars) - 16.0;
        svg += &text(left + 16.0, y, "", "start", word);
        svg += &bar(left, y - 10.0, 11.0, 11.0, class);
        right = left - 8.0;
    }
    svg
}

/// Returns the borders of a band in two lines: `100 to`, `999`.
fn borders(band: &pb::DifferenceBand) -> [String; 2] {
    match (band.least_points, band.greatest_points) {
        (Some(least), Some(greatest)) if least == greatest => [grouped(least), String::new()],
        (Some(least), Some(greatest)) => [format!("{} to", grouped(least)), grouped(greatest)],
        (Some(least), None) => [grouped(least), "or more".into()],
        (None, Some(greatest)) => [grouped(greatest), "or less".into()],
        (None, None) => ["any".into(), String::new()],
    }
}

/// Returns a number as a part of the greatest, 0 to 1, to a ten-thousandth.
fn part(number: i64, most: i64) -> f64 {
    if number <= 0 || most <= 0 {
        return 0.0;
    }
    let parts = i128::from(number) * 10_000 / i128::from(most);
    f64::from(i32::try_from(parts).unwrap_or(10_000)) / 10_000.0
}
