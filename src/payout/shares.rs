//! The shares of a payout: a pure function of what was set aside, and the pool. Nothing of them is stored.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::domain::amount::Move;
use crate::domain::encoding::Hash;
use crate::domain::entry::{Entry, EntryKind, Seq};
use crate::domain::fact::Fact;
use crate::domain::ids::{MemberId, PayoutId, ProgramId};
use crate::domain::payout::Payout;
use crate::domain::split::{Share, SplitError, split};
use crate::ledger::recent::Recent;
use crate::log::{Log, LogError};

/// Entries read at a time.
const PAGE: u32 = 2_000;

/// Payouts whose shares are kept: the one being looked at, and those compared with it.
const KEPT_MAX: usize = 4;

/// Every share of a payout, in the byte order of members.
#[derive(Debug, PartialEq, Eq)]
pub struct Shares {
    /// The shares.
    pub shares: Vec<Share>,
    /// The entry that set each one's points aside, share by share.
    pub set_aside: Vec<Seq>,
}

impl Shares {
    /// Finds a member's share.
    #[must_use]
    pub fn of(&self, member: &MemberId) -> Option<(&Share, Seq)> {
        let at = self.shares.binary_search_by(|share| share.member.cmp(member)).ok()?;
        Some((&self.shares[at], self.set_aside[at]))
    }

    /// How many shares stand before and at a member: where a list goes on after it.
    #[must_use]
    pub fn after(&self, member: &MemberId) -> usize {
        self.shares.partition_point(|share| share.member <= *member)
    }
}

/// Computes shares from what was set aside: members in byte order, as drafting goes through them.
///
/// # Errors
/// [`SplitError`] when nothing was set aside.
pub fn from_set_aside(pool_minor: i64, set_aside: Vec<(MemberId, i64, Seq)>) -> Result<Shares, SplitError> {
    let seqs = set_aside.iter().map(|(_, _, seq)| *seq).collect();
    let weights = set_aside.into_iter().map(|(member, points, _)| (member, points)).collect();
    Ok(Shares { shares: split(pool_minor, weights)?, set_aside: seqs })
}

/// The points a payout's entry sets aside, if it does.
#[must_use]
pub fn set_aside_by(entry: &Entry, payout: &Payout) -> Option<(MemberId, i64, Seq)> {
    match (&entry.kind, &entry.fact) {
        (EntryKind::PayoutSetAside, Fact::PayoutAct(id)) if *id == payout.terms.id => {
            Some((entry.member.clone()?, entry.movement.map(Move::amount)?.get(), entry.seq))
        }
        _ => None,
    }
}

/// Reads what was set aside up to an entry.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn read_set_aside(
    log: &dyn Log,
    program: &ProgramId,
    payout: &Payout,
    through: Seq,
) -> Result<Vec<(MemberId, i64, Seq)>, LogError> {
    let mut set_aside = Vec::new();
    let mut after = payout.created_seq;
    while after < through {
        let page = log.entries(program, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        set_aside.extend(page.iter().filter(|entry| entry.seq <= through).filter_map(|e| set_aside_by(e, payout)));
    }
    Ok(set_aside)
}

/// The shares computed last, so that a list read page by page is computed once.
#[derive(Default)]
pub(super) struct Kept {
    recent: Mutex<Recent<(ProgramId, PayoutId, Hash), Arc<Shares>>>,
}

impl Kept {
    pub(super) fn get(&self, program: &ProgramId, payout: &Payout) -> Option<Arc<Shares>> {
        self.lock().get(&key(program, payout)).map(Arc::clone)
    }

    pub(super) fn put(&self, program: &ProgramId, payout: &Payout, shares: &Arc<Shares>) {
        self.lock().get_or_make(&key(program, payout), KEPT_MAX, || Arc::clone(shares));
    }

    fn lock(&self) -> MutexGuard<'_, Recent<(ProgramId, PayoutId, Hash), Arc<Shares>>> {
        self.recent.lock().expect("nothing panics while it holds the lock")
    }
}

fn key(program: &ProgramId, payout: &Payout) -> (ProgramId, PayoutId, Hash) {
    (program.clone(), payout.terms.id.clone(), payout.content)
}
