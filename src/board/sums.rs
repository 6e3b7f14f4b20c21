//! Boards and weights as sums of daily totals: spans of the store, and what follows the last of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::members::{Handle, Members, index};
use super::ranks::Board;
use super::{AsOf, BoardError, BoardName};
use crate::domain::project::people::{Hidden, People};
use crate::domain::project::span::{OpenSpan, SPAN_ENTRIES, Span, Total, complete_at};
use crate::domain::project::totals::Credited;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::domain::value::window::Window;
use crate::log::{FOLD_PAGE, Log, LogError, SpanHead, StoredSpan, next_page};

/// Spans read at a time: some 3 MB.
const SPANS_AT_ONCE: usize = 16;

/// Everything that is known of a programme's totals as of an entry.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) program: ProgramId,
    /// Spans that are stored, from the first on.
    pub(super) stored: Arc<Vec<SpanHead>>,
    /// Spans that are complete and not stored yet.
    pub(super) complete: Vec<Arc<StoredSpan>>,
    /// What follows them.
    pub(super) open: Arc<OpenSpan>,
    pub(super) people: Arc<People>,
    /// True when complete spans are stored.
    pub(super) stores: bool,
}

impl Known {
    /// Returns the last entry that is counted.
    pub(super) fn through(&self) -> Seq {
        self.open.through()
    }

    /// Gives each span up to an entry to `take`; spans without a day of the window are skipped.
    pub(super) async fn each(
        &self,
        log: &dyn Log,
        through: Seq,
        window: Option<Window>,
        mut take: impl FnMut(&Span) + Send,
    ) -> Result<(), LogError> {
        let overlaps = |head: &SpanHead| {
            head.through <= through
                && head.days.is_some_and(|days| {
                    window.is_none_or(|window| days.first() <= window.last() && window.first() <= days.last())
                })
        };
        let wanted: Vec<&SpanHead> = self.stored.iter().filter(|head| overlaps(head)).collect();
        for heads in wanted.chunks(SPANS_AT_ONCE) {
            tokio::task::yield_now().await;
            let ends: Vec<Seq> = heads.iter().map(|head| head.through).collect();
            let totals: HashMap<Seq, Vec<u8>> = log.span_totals(&self.program, &ends).await?.into_iter().collect();
            for head in heads {
                match totals.get(&head.through).and_then(|totals| head.with(totals)) {
                    Some(span) => take(&span),
                    None => take(&self.made_anew(log, head).await?),
                }
            }
        }
        for span in self.complete.iter().filter(|span| overlaps(&span.head)) {
            take(&span.head.with(&span.totals).expect("it was made here"));
        }
        let complete = complete_at(through);
        if complete == complete_at(self.through()) {
            take(&self.open.totals(through));
            return Ok(());
        }
        // A part of a span.
        take(&self.folded(log, complete, through).await?.totals(through));
        Ok(())
    }

    async fn folded(&self, log: &dyn Log, after: Seq, through: Seq) -> Result<OpenSpan, LogError> {
        let (mut open, mut read) = (OpenSpan::after(after), after);
        while let Some(page) = next_page(log, &self.program, &mut read, through, FOLD_PAGE).await? {
            for entry in &page {
                open.apply(entry);
            }
        }
        Ok(open)
    }

    /// Makes a span again whose stored totals are not what was written, and puts it in their place.
    async fn made_anew(&self, log: &dyn Log, head: &SpanHead) -> Result<Span, LogError> {
        tracing::warn!(program = %self.program, through = %head.through, "stored daily totals are wrong, and made anew from the log");
        let before = Seq::new(head.through.get() - SPAN_ENTRIES).unwrap_or(Seq::ZERO);
        let open = self.folded(log, before, head.through).await?;
        let span = open.totals(head.through);
        if self.stores
            && let Err(error) = log.put_span(&self.program, &StoredSpan::of(&span, open.leaf())).await
        {
            tracing::warn!(program = %self.program, %error, "daily totals cannot be stored");
        }
        Ok(span)
    }

    /// Returns a board with the points as of one entry, and the persons left out as of another.
    pub(super) async fn board(
        &self,
        log: &dyn Log,
        members: &Members,
        name: &BoardName,
        AsOf { points, left_out }: AsOf,
    ) -> Result<Board, BoardError> {
        let mut sums: Vec<Total> = Vec::new();
        self.each(log, points, Some(name.window), |span| add(&mut sums, members, name, span)).await?;
        if points == self.through() && left_out >= points {
            return Ok(made(name, members, &self.people, sums));
        }
        Ok(made(name, members, &self.people.as_of(points, left_out), sums))
    }

    /// Returns the points credited to each person up to a day.
    pub(super) async fn credited(&self, log: &dyn Log, last_day: Day) -> Result<HashMap<MemberId, i64>, LogError> {
        let mut credited = Credited::default();
        self.each(log, self.through(), None, |span| credited.add(span, last_day)).await?;
        Ok(credited.of_persons(&self.people))
    }
}

/// Adds the totals of a span.
fn add(sums: &mut Vec<Total>, members: &Members, name: &BoardName, span: &Span) {
    let mut handles: Vec<Option<Handle>> = vec![None; span.members.len()];
    for row in span.rows_of(name.window, name.kind.as_ref()) {
        let handle = &mut handles[index(row.member)];
        let handle = *handle.get_or_insert_with(|| {
            members.number(span.members.get(index(row.member)).expect("a row names a member of its span"))
        });
        if sums.len() <= index(handle) {
            sums.resize(index(handle) + 1, Total::default());
        }
        let sum = &mut sums[index(handle)];
        *sum = sum.plus(row.total);
    }
}

/// Makes a board of the totals of members.
fn made(name: &BoardName, members: &Members, people: &People, mut sums: Vec<Total>) -> Board {
    for member in people.merged() {
        let Some(from) = members.find(member.as_str()).map(index).filter(|from| *from < sums.len()) else { continue };
        let total = std::mem::take(&mut sums[from]);
        if total == Total::default() {
            continue;
        }
        let into = index(members.number(people.person(member).as_str()));
        if sums.len() <= into {
            sums.resize(into + 1, Total::default());
        }
        sums[into] = sums[into].plus(total);
    }
    let hidden: HashMap<Handle, Hidden> =
        people.all_hidden().filter_map(|(member, reasons)| Some((members.find(member.as_str())?, reasons))).collect();
    Board::of(name.clone(), sums, |person| hidden.get(&person).copied().unwrap_or_default())
}
