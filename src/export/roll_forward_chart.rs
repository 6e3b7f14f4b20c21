//! The roll-forward as a chart: what came and went each month, and what was open at its end.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "places in a drawing; the numbers themselves are written exactly"
)]

use super::svg::{Frame, MARGIN, WIDTH, bar, line, text};
use super::words::{grouped, money};
use crate::domain::value::money::Currency;

/// A month of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The month.
    pub label: String,
    /// What came, at least 0.
    pub came: i128,
    /// What went, at least 0.
    pub went: i128,
    /// What was open at the end.
    pub closing: i128,
}

/// Most months that are drawn: the last ones. More would be narrower than a hair.
const MONTHS_MAX: usize = 120;

/// Months beside whose names there is room.
const LABELS_MAX: usize = 14;

const TOP: f64 = 100.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 110.0;

/// Draws the chart. Amounts are of a currency, or points.
#[must_use]
pub fn chart_of(title: &str, subtitle: &str, currency: Option<Currency>, months: &[Bar]) -> String {
    let months = &months[months.len().saturating_sub(MONTHS_MAX)..];
    let highest = months.iter().map(|month| month.came.max(month.went).max(month.closing)).max().unwrap_or(0).max(1);
    let lowest = months.iter().map(|month| month.closing).min().unwrap_or(0).min(0);
    let span = (highest - lowest) as f64;
    let y = |amount: i128| TOP + HEIGHT * ((highest - amount) as f64) / span;
    let step = (WIDTH - LEFT - MARGIN) / (months.len().max(1) as f64);
    let mut pieces = String::new();
    for amount in [highest, highest / 2, 0, lowest] {
        if amount == 0 || amount == highest || amount == highest / 2 || lowest < 0 {
            pieces += &line(LEFT, y(amount), WIDTH - MARGIN, y(amount), "grid");
            pieces += &text(LEFT - 8.0, y(amount) + 4.0, "soft", "end", &shown(amount, currency));
        }
    }
    let every = months.len().div_ceil(LABELS_MAX).max(1);
    let width = (step * 0.32).min(28.0);
    let mut before: Option<(f64, f64)> = None;
    for (index, month) in months.iter().enumerate() {
        let middle = LEFT + step * (index as f64 + 0.5);
        for (amount, left, class) in [(month.came, middle - width, "came"), (month.went, middle, "went")] {
            pieces += &bar(left, y(amount), width, (y(0) - y(amount)).max(0.0), class);
        }
        let at = (middle, y(month.closing));
        if let Some((x, y)) = before {
            pieces += &line(x, y, at.0, at.1, "open");
        }
        before = Some(at);
        if index % every == 0 {
            pieces += &text(middle, TOP + HEIGHT + 20.0, "soft", "middle", &month.label);
        }
    }
    let legend = TOP + HEIGHT + 44.0;
    for (x, class, words) in [(LEFT, "came", "came"), (LEFT + 120.0, "went", "went")] {
        pieces += &bar(x, legend - 10.0, 12.0, 12.0, class);
        pieces += &text(x + 18.0, legend, "", "start", words);
    }
    pieces += &line(LEFT + 240.0, legend - 4.0, LEFT + 260.0, legend - 4.0, "open");
    let last = months.last().map_or_else(String::new, |month| format!(": {}", shown(month.closing, currency)));
    pieces += &text(LEFT + 268.0, legend, "", "start", &format!("open at the end{last}"));
    let frame = Frame {
        label: "For each month a bar of what came and one of what went, and a line of what was open at its end",
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        height: legend + 20.0,
        texts: "",
        shapes: ".came { fill: #2da44e } .went { fill: #bf8700 } .open { stroke: #0969da; stroke-width: 2 } .grid { stroke: #d0d7de }",
        dark: ".soft { fill: #9198a1 } .grid { stroke: #3d444d } .open { stroke: #4493f8 }",
    };
    frame.around(&pieces)
}

fn shown(amount: i128, currency: Option<Currency>) -> String {
    currency.map_or_else(|| grouped(amount), |currency| money(amount, currency))
}
