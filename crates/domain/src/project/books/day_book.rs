//! The day book: what moved each day, by event and place, for journals.

use std::collections::BTreeMap;

use crate::entry::Entry;
use crate::entry::kinds::EntryKind;
use crate::project::books::days::Days;
use crate::project::books::stored::{Stored, Sums};
use crate::value::bucket::Bucket;
use crate::value::month::Month;
use crate::value::time::Day;

/// What moved on one day of recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayMoves {
    /// The day.
    pub day: Day,
    /// What moved: by event, from a place to another.
    pub moves: BTreeMap<(EntryKind, Bucket, Bucket), i128>,
}

/// A page of the day book that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// What moved on a day.
    Day(DayMoves),
    /// The balances stored at the end of a day, the last one of its month on which anything was recorded.
    Balances(Day, Box<Sums>),
}

/// The day book, page by page. Nothing that is complete is kept.
#[derive(Debug, Clone, Default)]
pub struct DayBook {
    days: Days,
    stored: Stored,
    open: Option<DayMoves>,
}

impl DayBook {
    /// Takes in the next entry. Returns the pages that are complete before it.
    pub fn apply(&mut self, entry: &Entry) -> Vec<Page> {
        let day = self.days.of(entry).recorded;
        let mut pages = Vec::new();
        if self.open.as_ref().is_some_and(|open| open.day != day) {
            pages = self.end_of_day(day);
        }
        self.stored.apply(entry);
        let open = self.open.get_or_insert_with(|| DayMoves { day, moves: BTreeMap::new() });
        if let Some(movement) = entry.movement {
            let key = (entry.kind, movement.from(), movement.to());
            *open.moves.entry(key).or_default() += i128::from(movement.amount().get());
        }
        pages
    }

    /// Returns what moved on the last day, and the balances stored at its end.
    pub fn end(&mut self) -> (Option<DayMoves>, Sums) {
        (self.open.take(), *self.stored.sums())
    }

    fn end_of_day(&mut self, next: Day) -> Vec<Page> {
        let Some(open) = self.open.take() else { return Vec::new() };
        let day = open.day;
        let mut pages = vec![Page::Day(open)];
        if Month::of(day) != Month::of(next) {
            pages.push(Page::Balances(day, Box::new(*self.stored.sums())));
        }
        pages
    }
}
