//! The weight of each member's points, before any are reserved.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Payouts;
use crate::board::BoardError;
use crate::domain::state::member::MemberState;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::MemberId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Day;
use crate::ledger::state::ProgramState;
use crate::log::LogError;

/// Accounts, or records of members, read at a time.
const PAGE: u32 = 500;

impl Payouts {
    /// Returns the credit that counts, by person, and the entry it reaches. It is the credit of days up to the last
    /// one, net of reversals.
    pub(crate) async fn eligible(
        &self,
        program: &Arc<ProgramState>,
        last_day: Day,
    ) -> Result<(HashMap<MemberId, i64>, Seq), BoardError> {
        // Credit below zero is included: the company may have borne some of the points that were taken.
        self.boards.credited(program, last_day).await
    }

    /// Returns the weight of each member's points, in the byte order of members. Members without weight are left out.
    pub(super) async fn weights(
        &self,
        program: &Arc<ProgramState>,
        eligible: &HashMap<MemberId, i64>,
    ) -> Result<Vec<(MemberId, i64)>, LogError> {
        let shut_out = self.shut_out(program).await?;
        let mut weights = Vec::new();
        let mut after: Option<MemberId> = None;
        loop {
            let page = self.ledger.log().accounts(&program.id, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(weights) };
            after = Some(last.member.clone());
            for account in page {
                let weight = account.left_of(eligible.get(&account.member).copied().unwrap_or(0));
                if weight > 0 && !shut_out.contains(&account.member) {
                    weights.push((account.member, weight));
                }
            }
        }
    }

    /// Returns the members who are suspended or banned. None of their points are reserved.
    async fn shut_out(&self, program: &ProgramState) -> Result<HashSet<MemberId>, LogError> {
        let mut shut_out = HashSet::new();
        let mut after: Option<RecordKey> = None;
        if program.read().program.as_ref().is_none_or(|program| program.members_kept == 0) {
            return Ok(shut_out);
        }
        loop {
            let page = self.ledger.log().records(&program.id, RecordKey::MEMBERS, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(shut_out) };
            after = Some(last.key.clone());
            shut_out.extend(page.into_iter().filter_map(|stored| match (stored.key, stored.record) {
                (RecordKey::Member(id), Record::Member(member)) if member.state() != MemberState::Active => Some(id),
                _ => None,
            }));
        }
    }
}
