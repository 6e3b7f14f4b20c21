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
    let left_out = months.len().saturating_sub(MONTHS_MAX);
    let months = &months[left_out..];
    let most = months.iter().map(|month| month.came.max(month.went).max(month.closing)).max().unwrap_or(0);
    let least = months.iter().map(|month| month.closing).min().unwrap_or(0).min(0);
    let step = round_step(most.max(-least));
    let (highest, lowest) = (step * (most.max(1) + step - 1).div_euclid(step), step * least.div_euclid(step));
    let span = (highest - lowest) as f64;
    let y = |amount: i128| TOP + HEIGHT * ((highest - amount) as f64) / span;
    let month_width = (WIDTH - LEFT - MARGIN) / (months.len().max(1) as f64);
    let mut pieces = String::new();
    let mut amount = lowest;
    while amount <= highest {
        pieces += &line(LEFT, y(amount), WIDTH - MARGIN, y(amount), "grid");
        pieces += &text(LEFT - 8.0, y(amount) + 4.0, "soft", "end", &shown(amount, currency));
        amount += step;
    }
    let every = months.len().div_ceil(LABELS_MAX).max(1);
    let width = (month_width * 0.32).min(28.0);
    let mut before: Option<(f64, f64)> = None;
    for (index, month) in months.iter().enumerate() {
        let middle = LEFT + month_width * (index as f64 + 0.5);
        for (amount, left, class) in [(month.came, middle - width, "came"), (month.went, middle, "went")] {
            pieces += &bar(left, y(amount), width, (y(0) - y(amount)).max(0.0), class);
        }
        let at = (middle, y(month.closing));
        if let Some((x, y)) = before {
            pieces += &line(x, y, at.0, at.1, "open");
        }
        pieces += &bar(at.0 - 2.0, at.1 - 2.0, 4.0, 4.0, "dot");
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
        subtitle: if left_out > 0 { format!("the last {MONTHS_MAX} months, {subtitle}") } else { subtitle.to_owned() },
        height: legend + 20.0,
        texts: "",
        shapes: ".came { fill: #2da44e } .went { fill: #bf8700 } .open { stroke: #0969da; stroke-width: 2 } .dot { fill: #0969da } .grid { stroke: #d0d7de }",
        dark: ".soft { fill: #9198a1 } .grid { stroke: #3d444d } .open { stroke: #4493f8 } .dot { fill: #4493f8 }",
    };
    frame.around(&pieces)
}

/// Returns a round distance of lines, 1, 2 or 5 times a power of ten, with which at most six lines reach an amount.
fn round_step(amount: i128) -> i128 {
    let mut power = 1_i128;
    loop {
        for factor in [1, 2, 5] {
            if amount <= 5 * factor * power {
                return factor * power;
            }
        }
        power *= 10;
    }
}

fn shown(amount: i128, currency: Option<Currency>) -> String {
    currency.map_or_else(|| grouped(amount), |currency| money(amount, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_has_two_bars_and_debts_stand_below_zero() {
        let month = |n: i128| Bar { label: format!("2018-{n:02}"), came: 100 * n, went: 50, closing: 60 - 40 * n };
        let months: Vec<Bar> = (1..=3).map(month).collect();
        let drawing = chart_of("Open points", "up to entry 9", None, &months);
        let count = |of: &str| drawing.matches(of).count();
        // One of each stands in the legend.
        assert_eq!((count("class=\"came\""), count("class=\"went\""), count("class=\"open\"")), (4, 4, 3));
        assert!(drawing.contains(">300<") && drawing.contains(">-100<") && drawing.contains("open at the end: -60"));
        let many = vec![month(1); 121];
        assert!(chart_of("Open points", "up to entry 9", None, &many).contains("the last 120 months, up to entry 9"));
        assert!(chart_of("Open points", "up to entry 0", None, &[]).contains("open at the end<"));
    }
}
