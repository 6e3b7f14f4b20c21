//! Young credit: the points of a person that were earned in the last days, from the person's own entries.

use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::terms::till::{Young, old_enough_on};
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::MICROS_AHEAD_MAX;
use crate::ledger::Ledger;
use crate::ledger::state::ProgramState;
use crate::log::LogError;

/// Most entries of a person that are looked through. 10,000 take some 50 ms of one connection, and are twenty times the
/// entries of the busiest member of a real community in half a year.
pub const YOUNG_ENTRIES_MAX: usize = 10_000;

/// Entries read at a time.
const PAGE: u32 = 500;

impl Ledger {
    /// Returns the credit of a member that is younger than so many days today, with that of members who were merged into
    /// it; `None` when too many entries would have to be looked through.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn young(&self, program: &ProgramState, member: &MemberId, days: u32) -> Result<Option<Young>, LogError> {
        let zone = program.zone();
        let Some(through) = old_enough_on(self.now().day_in(&zone), days) else { return Ok(None) };
        // An entry is dated at most so far ahead, so what was recorded before is of that day or an earlier one.
        let since = through.start_in(&zone).plus(-MICROS_AHEAD_MAX);
        let (account, _) = self.account(program, member).await?;
        let as_of = account.last_seq;
        let (mut points, mut looked_through) = (0_i64, 0);
        let mut chains = vec![as_of];
        while let Some(mut from) = chains.pop() {
            while from > Seq::ZERO {
                let page = self.log.history(&program.id, from, PAGE).await?;
                looked_through += page.len();
                if looked_through > YOUNG_ENTRIES_MAX {
                    return Ok(None);
                }
                from = page.last().map_or(Seq::ZERO, |entry| entry.prev_seq);
                for entry in &page {
                    if entry.recorded_at < since {
                        from = Seq::ZERO;
                        break;
                    }
                    let is_young = entry.credit_day().is_some_and(|day| day > through);
                    points = points.saturating_add(if is_young { entry.credited() } else { 0 });
                    if let Some(from) = merged_into(entry) {
                        chains.push(self.account(program, from).await?.0.last_seq);
                    }
                }
            }
        }
        Ok(Some(Young { through, points, as_of }))
    }
}

/// Returns the member that an entry's member took in by a merger, if the entry is of one.
fn merged_into(entry: &Entry) -> Option<&MemberId> {
    match &entry.fact {
        Fact::Merge(fact) if entry.kind == EntryKind::MemberMerged && entry.member.as_ref() == Some(&fact.into) => {
            Some(&fact.from)
        }
        _ => None,
    }
}
