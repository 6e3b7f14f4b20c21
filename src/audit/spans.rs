//! Comparing the daily totals that are stored with those that the entries give.

use std::collections::HashMap;

use super::Report;
use crate::domain::project::totals::Totals;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::seq::Seq;
use crate::log::{Log, LogError, StoredSpan};

/// Spans read at a time: some 3 MB.
const PAGE: u32 = 16;

/// Compares each stored span of the log's own. One that is not stored is no fault: it is made when it is wanted.
pub(super) async fn compare(
    log: &dyn Log,
    program: &ProgramId,
    totals: &Totals,
    report: &mut Report,
) -> Result<(), LogError> {
    let mut after = Seq::ZERO;
    loop {
        let read = log.spans(program, after, PAGE).await;
        let Some(heads) = report.readable(after, read)? else { return Ok(()) };
        let Some(last) = heads.last() else { return Ok(()) };
        after = last.through;
        let ends: Vec<Seq> = heads.iter().map(|head| head.through).collect();
        let mut stored: HashMap<Seq, Vec<u8>> = log.span_totals(program, &ends).await?.into_iter().collect();
        let head_seq = report.head_seq;
        for head in heads.into_iter().filter(|head| head.through <= head_seq) {
            let through = head.through;
            let found = StoredSpan { head, totals: stored.remove(&through).unwrap_or_default() };
            let expected = totals.span(through).map(|(span, leaf)| StoredSpan::of(&span, leaf));
            if expected != Some(found) {
                report.find(
                    through,
                    "the daily totals stored for the entries up to this one are not theirs; delete the row of this through_seq in \
                     span: servers make it again",
                );
            }
        }
    }
}
