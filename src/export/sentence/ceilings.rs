//! The points that caps held back, in words. To a member a cap is a ceiling.

use super::super::words::{grouped, listed, points, was};
use super::Context;
use crate::domain::entry::earning::PartChange;
use crate::domain::terms::caps::{CapPeriod, CapWindow, Flow};

/// The points that flowed towards the caps, and how many of them each cap held back. Of points taken back, those that
/// were over a cap.
pub(super) struct Held {
    /// The points that flowed towards the caps, without their sign.
    pub(super) flowed: i64,
    /// The points that each cap held back, without their sign.
    by: Vec<(CapPeriod, i64)>,
}

impl Held {
    pub(super) fn of(parts: &[PartChange]) -> Self {
        let mut held = Self { flowed: 0, by: Vec::new() };
        for part in parts {
            let first = part.caps.first().map_or(part.passes, |flow| flow.change);
            // Points that are confirmed are held back by confirmed ones alone; points that wait are held back by both.
            let counts = if first.confirmed == 0 { |flow: Flow| flow.total } else { |flow: Flow| flow.confirmed };
            held.flowed = held.flowed.saturating_add(counts(first).saturating_abs());
            for (index, flow) in part.caps.iter().enumerate() {
                let passed = part.caps.get(index + 1).map_or(part.passes, |next| next.change);
                held.add(&flow.period, counts(flow.change).saturating_sub(counts(passed)).saturating_abs());
            }
        }
        held
    }

    fn add(&mut self, period: &CapPeriod, points: i64) {
        match self.by.iter_mut().find(|(known, _)| known == period) {
            Some((_, before)) => *before = before.saturating_add(points),
            None if points > 0 => self.by.push((period.clone(), points)),
            None => {}
        }
    }

    /// Returns the number of points that all of them held back.
    pub(super) fn points(&self) -> i64 {
        self.by.iter().map(|(_, points)| points).sum()
    }

    /// Says how much each held back:
    /// `60 were held back by the monthly ceiling of 3,000 points and 10 by the yearly ceiling of …`.
    pub(super) fn by_each(&self, context: &Context<'_>) -> String {
        let each = self.by.iter().enumerate().map(|(index, (period, held))| {
            let verb = if index == 0 { format!(" {} held back", was(*held)) } else { String::new() };
            format!("{}{verb} by {}", grouped(*held), ceiling(period, context))
        });
        listed(&each.collect::<Vec<_>>())
    }

    /// Names the ceilings: `the monthly ceiling of 3,000 points`.
    pub(super) fn ceilings(&self, context: &Context<'_>) -> String {
        listed(&self.by.iter().map(|(period, _)| ceiling(period, context)).collect::<Vec<_>>())
    }
}

fn ceiling(period: &CapPeriod, context: &Context<'_>) -> String {
    let limit = context.rules.limit(period, context.zone).map(|limit| format!(" of {}", points(limit)));
    let window = match context.rules.window(&period.cap) {
        Some(CapWindow::Hour) => "hourly ",
        Some(CapWindow::Day) => "daily ",
        Some(CapWindow::Week) => "weekly ",
        Some(CapWindow::Month) => "monthly ",
        Some(CapWindow::HalfYear | CapWindow::HalfYearFromJune) => "half-yearly ",
        Some(CapWindow::Year) => "yearly ",
        Some(CapWindow::Lifetime) => "lifetime ",
        None => "",
    };
    format!("the {window}ceiling{}", limit.unwrap_or_default())
}
