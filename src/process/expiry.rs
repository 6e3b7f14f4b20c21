//! Expiry: a walk over the members at each cut-off. Its steps are named after the day of the cut-off.

use std::sync::Arc;

use super::walk::{End, NextStep, STEP_MEMBERS, Walk, walk};
use super::{Swept, passes};
use crate::domain::decide::command::{Act, Command, Eligible, Expiring};
use crate::domain::state::account::Account;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::state::schedule::Schedule;
use crate::domain::terms::expiry::CutOff;
use crate::domain::value::ids::{MemberId, RequestId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::ledger::Ledger;
use crate::ledger::state::ProgramState;
use crate::log::LogError;

/// Accounts read at most for one page of a list. A page that finds no member to show is followed by another.
const LIST_ACCOUNTS_MAX: u32 = 10_000;

/// Points that expire at the cut-off to come, if nothing happens until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// The cut-off; `None` when nothing will expire.
    pub cut_off: Option<CutOff>,
    /// Members and their points, in the byte order of members.
    pub rows: Vec<(MemberId, i64)>,
    /// The last member looked at; `None` when there are no more.
    pub next: Option<MemberId>,
    /// Every entry up to this one is counted.
    pub seq: Seq,
}

/// Lets points expire that are past their time at a due cut-off, if there is one. Takes as many steps as a sweep takes.
///
/// # Errors
/// [`LogError`] when the log cannot be read; what was posted stays.
pub async fn expire(ledger: &Ledger, program: &Arc<ProgramState>) -> Result<Swept, LogError> {
    let walked = walk(ledger, program, Expiry { ledger, program }).await?;
    let mut swept = Swept { posted: walked.taken, failed: walked.missed, left: 0 };
    if let End::Refused(error) = walked.end {
        if !passes(&error) {
            tracing::warn!(program = %program.id, %error, "points that are past their time cannot expire");
        }
        swept.failed += 1;
    }
    Ok(swept)
}

/// Returns the points that expire at the cut-off to come: those of one member, or of each member after one.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn expiring(
    ledger: &Ledger,
    program: &Arc<ProgramState>,
    member: Option<&MemberId>,
    after: Option<&MemberId>,
    max: usize,
) -> Result<Upcoming, LogError> {
    let schedule = schedule(ledger, program).await?;
    let cut_off = schedule.and_then(|schedule| schedule.upcoming(now(ledger, program), &program.zone()));
    let mut upcoming = Upcoming { cut_off, rows: Vec::new(), next: None, seq: program.head_seq() };
    let Some(cut_off) = cut_off else { return Ok(upcoming) };
    let aged = ledger.aged(program, cut_off).await?;
    upcoming.seq = aged.through();
    let expires = |account: &Account| aged.of(&account.member).map_or(0, |credit| account.left_of(credit));
    if let Some(member) = member {
        let points = expires(&ledger.account(program, member).await?.0);
        upcoming.rows.extend((points > 0).then(|| (member.clone(), points)));
        return Ok(upcoming);
    }
    let mut after = after.cloned();
    let mut looked_at = 0;
    while looked_at < LIST_ACCOUNTS_MAX {
        let page = ledger.log().accounts(&program.id, after.as_ref(), STEP_MEMBERS).await?;
        if page.is_empty() {
            return Ok(upcoming);
        }
        for account in page {
            if upcoming.rows.len() == max {
                upcoming.next = after;
                return Ok(upcoming);
            }
            let points = expires(&account);
            upcoming.rows.extend((points > 0).then(|| (account.member.clone(), points)));
            after = Some(account.member);
        }
        looked_at += STEP_MEMBERS;
    }
    upcoming.next = after;
    Ok(upcoming)
}

/// The walk of the cut-off that is due.
struct Expiry<'a> {
    ledger: &'a Ledger,
    program: &'a Arc<ProgramState>,
}

impl Walk for Expiry<'_> {
    /// The cut-off, and the last member looked at.
    type Progress = (CutOff, Option<MemberId>);
    type Error = LogError;

    /// Then other due items have their turn.
    const STEPS_MAX: usize = 20;
    /// The sums of each step are as of now: the next sweep goes on.
    const STANDS_STILL_MAX: usize = Self::STEPS_MAX;

    async fn progress(&self) -> Result<Option<Self::Progress>, LogError> {
        if self.due().await?.is_none() {
            return Ok(None);
        }
        // Another server may have got further.
        self.ledger.catch_up(self.program).await?;
        self.due().await
    }

    async fn step(&self, (cut_off, after): &Self::Progress) -> Result<NextStep<Self::Progress>, LogError> {
        let aged = self.ledger.aged(self.program, *cut_off).await?;
        // Read after the sums: a member who is missing from the sums did not exist when they were made.
        let page = self.ledger.log().accounts(&self.program.id, after.as_ref(), STEP_MEMBERS).await?;
        let through = page.last().map(|account| account.member.clone());
        let reached = |Account { member, .. }| Some(Eligible { points: aged.of(&member)?, member });
        let rows = page.into_iter().filter_map(reached).collect();
        let id = RequestId::expiry(cut_off.day, after.as_ref());
        let step = Expiring { day: cut_off.day, after: after.clone(), through, rows, as_of: aged.through() };
        let command = Command::own(&self.program.secret, id, PrincipalId::goodturn(), Act::Expire(Box::new(step)));
        // Each step is summed up anew, from what is recorded: none is sent ahead.
        Ok(NextStep { command, leads_to: None })
    }
}

impl Expiry<'_> {
    async fn due(&self) -> Result<Option<(CutOff, Option<MemberId>)>, LogError> {
        let Some(schedule) = schedule(self.ledger, self.program).await? else { return Ok(None) };
        let due = schedule.due(now(self.ledger, self.program), &self.program.zone());
        Ok(due.map(|cut_off| (cut_off, schedule.through().cloned())))
    }
}

async fn schedule(ledger: &Ledger, program: &ProgramState) -> Result<Option<Schedule>, LogError> {
    Ok(match ledger.record(program, &RecordKey::Expiry).await? {
        Some(Record::Expiry(schedule)) => Some(schedule),
        _ => None,
    })
}

/// Returns the time at which the lane would decide.
fn now(ledger: &Ledger, program: &ProgramState) -> Micros {
    ledger.now().max(program.read().head.at)
}
