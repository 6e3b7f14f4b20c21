//! The roll-forward: what was open at the beginning of a month, each movement, and what is open at its end.
//!
//! `closing = opening + Σ lines`, for points and for money apart. Months are those of recording, in the programme's
//! zone: what is recorded later never changes a month that is over. The part of a line that happened in an earlier
//! month is told beside it.
//!
//! The sum of the movements is compared with balances that are stored: `difference = closing − Σ stored balances`,
//! which is 0.

use std::collections::BTreeMap;

use crate::entry::Entry;
use crate::project::books::days::Days;
use crate::project::books::lines::{LINES, Line, open};
use crate::project::books::stored::{Stored, Sums};
use crate::value::bucket::Unit;
use crate::value::ids::ActivityKind;
use crate::value::month::Month;
use crate::value::seq::Seq;

/// What a line comes to within a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// By how much it changes what is open, in points or minor units.
    pub amount: i128,
    /// The part of it that happened in an earlier month.
    pub earlier: i128,
}

impl Amounts {
    fn add(&mut self, amount: i64, is_earlier: bool) {
        self.amount += i128::from(amount);
        if is_earlier {
            self.earlier += i128::from(amount);
        }
    }
}

/// Points that activities of one kind, or adjustments for one reason, brought within a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OfKind {
    /// Points earned.
    pub earned: Amounts,
    /// Points taken back.
    pub taken_back: Amounts,
    /// Points given and taken by adjustments.
    pub adjusted: Amounts,
}

#[derive(Debug, Clone)]
struct Sum {
    lines: [Amounts; LINES],
    kinds: BTreeMap<ActivityKind, OfKind>,
    stored: Sums,
    through: Seq,
}

/// A month of a roll-forward, of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The month.
    pub month: Month,
    /// What was open before.
    pub opening: i128,
    /// The movements, in the order of [`Line::ALL`].
    pub lines: Vec<(Line, Amounts)>,
    /// What is open at the end: `opening + Σ lines`.
    pub closing: i128,
    /// The balances stored at the end, of every member and bucket.
    pub stored: Sums,
    /// The last entry recorded by the end of the month; 0 for none.
    pub through: Seq,
}

impl Row {
    /// Returns `closing − Σ stored balances`: 0 unless something is wrong.
    #[must_use]
    pub fn difference(&self, unit: Unit) -> i128 {
        self.closing - open(unit).map(|bucket| self.stored.get(bucket)).sum::<i128>()
    }
}

/// Sums of every month so far.
#[derive(Debug, Clone, Default)]
pub struct RollForward {
    days: Days,
    stored: Stored,
    months: BTreeMap<Month, Sum>,
}

impl RollForward {
    /// Takes in the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        let days = self.days.of(entry);
        self.stored.apply(entry);
        let month = Month::of(days.recorded);
        let none = || Sum {
            lines: [Amounts::default(); LINES],
            kinds: BTreeMap::new(),
            stored: Sums::default(),
            through: Seq::ZERO,
        };
        let sum = self.months.entry(month).or_insert_with(none);
        sum.stored = *self.stored.sums();
        sum.through = entry.seq;
        let Some((line, amount)) = Line::of(entry) else { return };
        let is_earlier = Month::of(days.happened) < month;
        sum.lines[line.index()].add(amount, is_earlier);
        if let Some(kind) = entry.fact.activity_kind() {
            if !sum.kinds.contains_key(kind) {
                sum.kinds.insert(kind.clone(), OfKind::default());
            }
            let of_kind = sum.kinds.get_mut(kind).expect("it was put there");
            match line {
                Line::Earned => of_kind.earned.add(amount, is_earlier),
                Line::TakenBack => of_kind.taken_back.add(amount, is_earlier),
                Line::Adjusted => of_kind.adjusted.add(amount, is_earlier),
                _ => {}
            }
        }
    }

    /// Returns the first month in which anything was recorded.
    #[must_use]
    pub fn first_month(&self) -> Option<Month> {
        self.months.keys().next().copied()
    }

    /// Returns the number of members with an entry.
    #[must_use]
    pub fn members(&self) -> usize {
        self.stored.members()
    }

    /// Returns the rows of some months of a unit, one for each month, also where nothing was recorded.
    #[must_use]
    pub fn rows(&self, unit: Unit, first: Month, last: Month) -> Vec<Row> {
        let (mut opening, mut stored, mut through) = (0_i128, Sums::default(), Seq::ZERO);
        for sum in self.months.range(..first).map(|(_, sum)| sum) {
            opening += lines_of(unit).map(|line| sum.lines[line.index()].amount).sum::<i128>();
            (stored, through) = (sum.stored, sum.through);
        }
        let mut rows = Vec::new();
        let mut month = first;
        while month <= last {
            let sum = self.months.get(&month);
            let moved = |line: Line| sum.map(|sum| sum.lines[line.index()]).unwrap_or_default();
            let lines: Vec<(Line, Amounts)> = lines_of(unit).map(|line| (line, moved(line))).collect();
            let closing = opening + lines.iter().map(|(_, moved)| moved.amount).sum::<i128>();
            if let Some(sum) = sum {
                (stored, through) = (sum.stored, sum.through);
            }
            rows.push(Row { month, opening, lines, closing, stored, through });
            opening = closing;
            if month == Month::MAX {
                break;
            }
            month = month.next();
        }
        rows
    }

    /// Returns what each kind of activity, and each reason of adjustments, brought in some months, by month and kind.
    pub fn kinds(&self, first: Month, last: Month) -> impl Iterator<Item = (Month, &ActivityKind, &OfKind)> {
        let months = self.months.range(first..=last.max(first));
        months.flat_map(|(month, sum)| sum.kinds.iter().map(|(kind, of_kind)| (*month, kind, of_kind)))
    }
}

/// Returns the lines of a unit.
pub fn lines_of(unit: Unit) -> impl Iterator<Item = Line> {
    Line::ALL.iter().copied().filter(move |line| line.unit() == unit)
}
