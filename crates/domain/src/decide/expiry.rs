//! Expiry: at a cut-off, the unused rest of every member's credit within its reach expires.

use crate::decide::command::Expiring;
use crate::decide::draft::shift;
use crate::decide::draft::{Draft, Moment};
use crate::decide::rejection::Rejection;
use crate::decide::require;
use crate::entry::expiry::ExpiryStep;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::account::Account;
use crate::state::get::State;
use crate::state::schedule::Schedule;
use crate::terms::expiry::Reach;
use crate::value::bucket::Bucket;

/// Takes a step of the cut-off that is due. The credit in reach was summed up as of some entry.
pub(super) fn expire(state: &impl State, act: &Expiring, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let schedule = state.get::<Schedule>(&()).ok_or(Rejection::NothingDue)?;
    let cut_off = schedule.due(moment.now, &moment.zone).ok_or(Rejection::NothingDue)?;
    let goes_on = act.through.as_ref().is_none_or(|through| act.after.as_ref() < Some(through));
    if cut_off.day != act.day || schedule.through() != act.after.as_ref() || !goes_on {
        return Err(Rejection::StepTaken);
    }
    let changed_by = |account: &Account| match cut_off.reach {
        Reach::OfAge { .. } => account.credited_seq,
        // Whatever else is recorded of a member may be an activity of the day before.
        Reach::OfInactive { .. } => account.last_seq,
    };
    let (rows, through) = require::rows_still_true(state, &act.rows, act.through.as_ref(), act.as_of, changed_by)?;
    let step = ExpiryStep { cut_off, through: through.cloned(), as_of: act.as_of };
    let at_midnight = |kind, fact| Draft {
        occurred_at: cut_off.day.start_in(&moment.zone),
        local_day: cut_off.day,
        ..Draft::act(kind, moment, fact)
    };
    let mut drafts = vec![at_midnight(EntryKind::ExpiryProgressed, Fact::ExpiryStep(step))];
    for row in rows {
        let points = state.account(&row.member).map_or(0, |account| account.left_of(row.points));
        if let Some(movement) = shift(Bucket::Available, Bucket::Expired, points)? {
            let draft = at_midnight(EntryKind::PointsExpired, Fact::Expiry(cut_off));
            drafts.push(draft.of(&row.member, Some(movement)));
        }
    }
    Ok(drafts)
}
