//! Expiry, as the sweeper drives it: steps over the members. Each step is named after the cut-off and the member where
//! the step before ended, so each is taken once, by whichever server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Mutex as AsyncMutex;

use super::recent::Recent;
use super::state::ProgramState;
use super::sweeper::Swept;
use super::{Ledger, SubmitError};
use crate::domain::decide::command::{Act, Command, Eligible, Expiring};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::Entry;
use crate::domain::project::ages::Aged;
use crate::domain::state::account::Account;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::state::schedule::Schedule;
use crate::domain::terms::expiry::{CutOff, Reach};
use crate::domain::value::ids::{MemberId, ProgramId, RequestId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::log::LogError;

/// Members of one step. Each gets at most one entry, so other callers hardly notice the commit.
const STEP_MEMBERS: u32 = 500;

/// Steps of a sweep. Then other due items have their turn.
const STEPS_MAX: usize = 20;

/// Entries read at a time while credit is summed up.
const PAGE: u32 = 2_000;

/// Cut-offs whose sums are kept: the one being posted, and the one to come.
const KEPT_MAX: usize = 2;

/// Accounts read at most for one page of a list. A page that finds no member to show is followed by another.
const LIST_ACCOUNTS_MAX: u32 = 10_000;

/// Sums of the credit that is past its time, by programme. A programme has sums once it was asked for them.
pub(super) type Sums = Mutex<HashMap<ProgramId, Arc<AsyncMutex<ProgramSums>>>>;

/// Sums of one programme.
#[derive(Default)]
pub(super) struct ProgramSums {
    /// The log that the sums belong to: the number of times it was found to be another.
    resets: u64,
    kept: Recent<Reach, Aged>,
}

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

impl Ledger {
    /// Lets points expire that are past their time at a due cut-off, if there is one. Takes as many steps as a sweep
    /// takes.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read; what was posted stays.
    pub async fn expire(&self, program: &Arc<ProgramState>) -> Result<Swept, LogError> {
        let mut swept = Swept::default();
        for _ in 0..STEPS_MAX {
            let Some(command) = self.next_step(program).await? else { break };
            match self.submit(program, command, None).await {
                Ok(_) => swept.posted += 1,
                // Another server was there first, or the next member was credited a moment ago.
                Err(SubmitError::Rejected(Rejection::StepTaken | Rejection::NothingDue)) => swept.failed += 1,
                Err(error) => {
                    if !matches!(error, SubmitError::Overloaded | SubmitError::Unavailable) {
                        tracing::warn!(program = %program.id, %error, "points that are past their time cannot expire");
                    }
                    swept.failed += 1;
                    break;
                }
            }
        }
        Ok(swept)
    }

    /// Returns the step to take now, if a cut-off is due.
    async fn next_step(&self, program: &Arc<ProgramState>) -> Result<Option<Command>, LogError> {
        if self.due_cut_off(program).await?.is_none() {
            return Ok(None);
        }
        // Another server may have got further.
        self.catch_up(program).await?;
        let Some((schedule, cut_off)) = self.due_cut_off(program).await? else { return Ok(None) };
        let after = schedule.through().cloned();
        let sums = self.sums_of(program);
        let mut sums = sums.lock().await;
        let aged = self.aged(&mut sums, program, cut_off.reach).await?;
        // Read after the sums: a member who is missing from the sums did not exist when they were made.
        let page = self.log.accounts(&program.id, after.as_ref(), STEP_MEMBERS).await?;
        let through = page.last().map(|account| account.member.clone());
        let rows =
            page.into_iter().map(|Account { member, .. }| Eligible { points: aged.of(&member), member }).collect();
        let id = RequestId::expiry(cut_off.day, after.as_ref());
        let act = Act::Expire(Box::new(Expiring { day: cut_off.day, after, through, rows, as_of: aged.through() }));
        Ok(Some(Command::own(&program.secret, id, PrincipalId::goodturn(), act)))
    }

    /// Returns the points that expire at the cut-off to come: those of one member, or of each member after one.
    ///
    /// # Errors
    /// [`LogError`] when the log cannot be read.
    pub async fn expiring(
        &self,
        program: &Arc<ProgramState>,
        member: Option<&MemberId>,
        after: Option<&MemberId>,
        max: usize,
    ) -> Result<Upcoming, LogError> {
        let schedule = self.schedule(program).await?;
        let (now, zone) = self.moment(program);
        let cut_off = schedule.and_then(|schedule| schedule.upcoming(now, &zone));
        let mut upcoming = Upcoming { cut_off, rows: Vec::new(), next: None, seq: program.head_seq() };
        let Some(cut_off) = cut_off else { return Ok(upcoming) };
        let sums = self.sums_of(program);
        let mut sums = sums.lock().await;
        let aged = self.aged(&mut sums, program, cut_off.reach).await?;
        upcoming.seq = aged.through();
        let lapses = |account: &Account| account.left_of(aged.of(&account.member));
        if let Some(member) = member {
            let points = lapses(&self.account(program, member).await?.0);
            upcoming.rows.extend((points > 0).then(|| (member.clone(), points)));
            return Ok(upcoming);
        }
        let mut after = after.cloned();
        let mut looked_at = 0;
        while looked_at < LIST_ACCOUNTS_MAX {
            let page = self.log.accounts(&program.id, after.as_ref(), STEP_MEMBERS).await?;
            if page.is_empty() {
                return Ok(upcoming);
            }
            for account in page {
                if upcoming.rows.len() == max {
                    upcoming.next = after;
                    return Ok(upcoming);
                }
                let points = lapses(&account);
                upcoming.rows.extend((points > 0).then(|| (account.member.clone(), points)));
                after = Some(account.member);
            }
            looked_at += STEP_MEMBERS;
        }
        upcoming.next = after;
        Ok(upcoming)
    }

    async fn due_cut_off(&self, program: &ProgramState) -> Result<Option<(Schedule, CutOff)>, LogError> {
        let Some(schedule) = self.schedule(program).await? else { return Ok(None) };
        let (now, zone) = self.moment(program);
        Ok(schedule.due(now, &zone).map(|cut_off| (schedule, cut_off)))
    }

    async fn schedule(&self, program: &ProgramState) -> Result<Option<Schedule>, LogError> {
        Ok(match self.record(program, &RecordKey::Expiry).await? {
            Some(Record::Expiry(schedule)) => Some(schedule),
            _ => None,
        })
    }

    /// Returns the time at which the lane would decide, and the programme's time zone.
    fn moment(&self, program: &ProgramState) -> (Micros, jiff::tz::TimeZone) {
        let committed = program.read();
        (self.now().max(committed.head.at), committed.zone.clone())
    }

    fn sums_of(&self, program: &ProgramState) -> Arc<AsyncMutex<ProgramSums>> {
        let mut sums = self.sums.lock().expect("nothing panics while it holds the lock");
        Arc::clone(sums.entry(program.id.clone()).or_default())
    }

    /// Sums up the credit that is past its time, up to the last committed entry.
    async fn aged<'a>(
        &self,
        sums: &'a mut ProgramSums,
        program: &ProgramState,
        reach: Reach,
    ) -> Result<&'a Aged, LogError> {
        let (head, resets) = {
            let committed = program.read();
            (committed.head.seq, committed.resets)
        };
        if sums.resets != resets {
            // The log is another than the one summed up so far.
            *sums = ProgramSums { resets, ..ProgramSums::default() };
        }
        let aged = sums.kept.get_or_make_mut(&reach, KEPT_MAX, || Aged::new(reach));
        if aged.through() > head {
            *aged = Aged::new(reach);
        }
        while aged.through() < head {
            let page: Vec<Entry> = self.log.entries(&program.id, aged.through(), PAGE).await?;
            if page.first().is_none_or(|first| first.seq != aged.through().next()) {
                let (row, problem) = (format!("seq {}", aged.through().next()), "the entry is missing".to_owned());
                return Err(LogError::Corrupt { table: "entry", column: "seq", row, problem });
            }
            page.iter().take_while(|entry| entry.seq <= head).for_each(|entry| aged.apply(entry));
        }
        Ok(aged)
    }
}
