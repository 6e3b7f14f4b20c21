//! The close of a month: one page on which finance signs that the books are in order, or sees where they are not.

use super::close_page::as_document;
use super::scan::last_of_closed;
use super::sheet::{file_name, file_of};
use super::{BooksError, CloseFormat, Source, Written};
use crate::audit::{Report, check_through};
use crate::domain::entry::Entry;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::project::books::close::Close;
use crate::domain::project::books::roll_forward::{OfKind, RollForward, Row};
use crate::domain::value::bucket::Unit;
use crate::domain::value::ids::ActivityKind;
use crate::domain::value::month::Month;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::export::pdf::Press;
use crate::export::text_page::text_of;

/// A month that is closed.
pub(super) struct Closed {
    /// The month.
    pub(super) month: Month,
    /// The last entry of the month, and the time of that; `None` when it was not reached.
    pub(super) as_of: (Seq, Option<Micros>),
    /// What the verifier says of every entry up to it.
    pub(super) report: Report,
    /// What all entries come to; `None` when the verifier could not read up to the last one.
    pub(super) sums: Option<Sums>,
    /// Owners who were let in at the machine itself, ever: entry and time.
    pub(super) recovered: Vec<(Seq, Micros)>,
}

/// What the entries up to a month's end come to.
pub(super) struct Sums {
    /// Members with an entry.
    pub(super) members: usize,
    /// The month's points.
    pub(super) points: Row,
    /// The month's money.
    pub(super) money: Row,
    /// Points of the month, by kind of activity or reason of adjustments.
    pub(super) kinds: Vec<(ActivityKind, OfKind)>,
    /// The state at the month's end.
    pub(super) state: Close,
}

impl Sums {
    fn differences(&self) -> i64 {
        let points = i64::from(self.points.difference(Unit::Points) != 0);
        let money = i64::from(self.money.difference(Unit::Money) != 0);
        self.state.differences().saturating_add(points + money)
    }
}

impl Closed {
    /// Returns the number of differences: 0 when the books are in order. What could not be checked is one.
    pub(super) fn differences(&self) -> i64 {
        let findings = i64::try_from(self.report.findings.len()).unwrap_or(i64::MAX);
        findings.saturating_add(self.sums.as_ref().map_or(1, Sums::differences))
    }
}

/// What is gathered while the verifier reads.
#[derive(Default)]
struct Gathered {
    roll: RollForward,
    last: Option<(Seq, Micros)>,
    recovered: Vec<(Seq, Micros)>,
}

impl Gathered {
    fn take(&mut self, entry: &Entry) {
        self.roll.apply(entry);
        self.last = Some((entry.seq, entry.recorded_at));
        if entry.kind == EntryKind::AccessRecovered {
            self.recovered.push((entry.seq, entry.recorded_at));
        }
    }
}

/// Closes a month, and writes its page.
pub(super) async fn write(source: &Source, month: Month, format: CloseFormat) -> Result<Written, BooksError> {
    let closed = close(source, month).await?;
    let document = as_document(source, &closed);
    let (bytes, ending) = match format {
        CloseFormat::Pdf => (Press::new().write(&document)?, "pdf"),
        CloseFormat::Text => (text_of(&document).into_bytes(), "txt"),
    };
    let name = file_name(source, &format!("close {month}"), ending);
    Ok(Written { file: file_of(&bytes)?, name, rows: 1, seq: closed.as_of.0, differences: closed.differences() })
}

/// Checks every entry up to the end of a month.
async fn close(source: &Source, month: Month) -> Result<Closed, BooksError> {
    let through = last_of_closed(source, month).await?;
    let mut gathered = Gathered::default();
    let log = source.ledger().log();
    let checked = check_through(&**log, &source.program.id, through, |page| {
        for entry in page {
            gathered.take(entry);
        }
        (source.progress)(page.last().map_or(0, |entry| entry.seq.get()), through.get());
    });
    let checked = checked.await?;
    let (report, state) = checked.map(|checked| (checked.report, checked.state)).unwrap_or_default();
    let Gathered { roll, last, recovered } = gathered;
    let at = last.filter(|(seq, _)| *seq == through).map(|(_, at)| at);
    let row = |unit| roll.rows(unit, month, month).pop().expect("a month has a row");
    let sums = state.map(|state| Sums {
        members: roll.members(),
        points: row(Unit::Points),
        money: row(Unit::Money),
        kinds: roll.kinds(month, month).map(|(_, kind, of_kind)| (kind.clone(), *of_kind)).collect(),
        state: Close::of(&state, month.end_in(&source.zone)),
    });
    Ok(Closed { month, as_of: (through, at), report, sums, recovered })
}
