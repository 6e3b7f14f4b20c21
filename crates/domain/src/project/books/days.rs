//! The days of an entry: that of recording, and that on which what it tells happened.

use jiff::tz::TimeZone;

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::value::time::Day;

/// Tells the days of entries, in their order.
#[derive(Debug, Clone, Default)]
pub struct Days {
    zone: Option<TimeZone>,
    /// The day of recording of the entry before.
    last: Option<Day>,
    /// The day that the bank gives in the report recorded last.
    reported: Option<Day>,
}

/// The days of an entry, in the programme's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryDays {
    /// The day on which it was recorded. It never goes back in the log.
    pub recorded: Day,
    /// The day on which it happened: the bank's, for money that arrived or came back, and else the day on which the
    /// entry counts. What takes an activity back counts on the activity's day.
    pub happened: Day,
}

impl Days {
    /// Counts the next entry.
    pub fn of(&mut self, entry: &Entry) -> EntryDays {
        if let Fact::Program(terms) = &entry.fact {
            self.zone = terms.zone().ok();
        }
        if let Fact::Report(report) = &entry.fact {
            self.reported = report.on;
        }
        let recorded = entry.recorded_at.day_in(self.zone.as_ref().unwrap_or(&TimeZone::UTC));
        // Some clocks have gone back over midnight.
        let recorded = self.last.map_or(recorded, |last| last.max(recorded));
        self.last = Some(recorded);
        let reported = self.reported.filter(|_| matches!(entry.kind, EntryKind::MoneySettled | EntryKind::MoneyBack));
        EntryDays { recorded, happened: reported.unwrap_or(entry.local_day) }
    }
}
