//! What deciding on a command reads.

use crate::decide::command::{Act, Step, TillAct};
use crate::decide::{adjustment, reads};
use crate::state::get::State;
use crate::state::hold::Hold;
use crate::state::record::{Record, RecordKey};
use crate::terms::till::Spending;
use crate::value::ids::{MemberId, PayoutId, SourceId};

impl Act {
    /// Members whose accounts the decision reads, as far as a state tells.
    #[must_use]
    pub fn members(&self, state: &impl State) -> Vec<MemberId> {
        match self {
            Self::RecordActivity(activity) => reads::members_of_activity(state, activity),
            Self::Tell(telling) => reads::members_of_telling(state, telling),
            Self::Till(act) => act.members(state),
            Self::AdjustPoints(terms) => vec![terms.member.clone()],
            Self::ApproveAdjustment(id) | Self::RejectAdjustment(id) | Self::RevokeAdjustment(id) => {
                adjustment::members_of(state, id)
            }
            Self::SuspendMember(member, _)
            | Self::ReinstateMember(member)
            | Self::BanMember(member, _)
            | Self::CompleteBan(member, _) => vec![member.clone()],
            Self::MergeMembers { from, into } => vec![from.clone(), into.clone()],
            Self::SetAside(_, step, _) => step.rows.iter().map(|row| row.member.clone()).collect(),
            Self::ReturnPoints(_, step) => step.rows.clone(),
            Self::PostShares(_, step) => step.rows.iter().map(|row| row.member.clone()).collect(),
            Self::Expire(step) => step.rows.iter().map(|row| row.member.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Records the decision reads, or the fold of its entries changes, as far as a state tells: what is found may lead to
    /// further ones. Beside the programme's own, which is always there.
    #[must_use]
    pub fn records(&self, source: &SourceId, state: &impl State) -> Vec<RecordKey> {
        match self {
            Self::CreateProgram(_) => Vec::new(),
            Self::PublishRuleSet(_) | Self::Expire(_) => vec![RecordKey::Expiry],
            Self::RecordActivity(activity) => reads::records_of_activity(state, source, activity),
            Self::Tell(telling) => reads::records_of_telling(state, telling),
            Self::Till(act) => act.records(state),
            Self::AdjustPoints(terms) => adjustment::records_of_terms(state, terms),
            Self::ApproveAdjustment(id) | Self::RejectAdjustment(id) | Self::RevokeAdjustment(id) => {
                adjustment::records_of(state, id)
            }
            Self::SuspendMember(member, _)
            | Self::ReinstateMember(member)
            | Self::BanMember(member, _)
            | Self::CompleteBan(member, _) => reads::member_key(state, member).into_iter().collect(),
            Self::MergeMembers { from, into } => {
                let kept = [from, into].into_iter().filter_map(|member| reads::member_key(state, member));
                kept.chain([RecordKey::Holds(from.clone()), RecordKey::Expiry]).collect()
            }
            Self::DeclareStatement(terms) => vec![RecordKey::Statement(terms.id.clone())],
            Self::ApproveStatement(id) => vec![RecordKey::Statement(id.clone())],
            Self::CreatePayout(terms, _) => {
                vec![RecordKey::Payout(terms.id.clone()), RecordKey::Statement(terms.statement.clone())]
            }
            Self::SetAside(id, step, _) => {
                let mut keys = records_of_step(id, step, |row| &row.member);
                keys.extend(step.rows.iter().filter_map(|row| reads::member_key(state, &row.member)));
                keys
            }
            Self::ReturnPoints(id, step) => records_of_step(id, step, |member| member),
            Self::PostShares(id, step) => records_of_step(id, step, |row| &row.member),
            Self::CompleteDraft(id)
            | Self::ApprovePayout(id, _)
            | Self::BeginExecution(id)
            | Self::CompleteExecution(id)
            | Self::BeginCancellation(id) => vec![RecordKey::Payout(id.clone())],
            Self::CompleteCancellation(id, statement) => {
                vec![RecordKey::Payout(id.clone()), RecordKey::Statement(statement.clone())]
            }
        }
    }
}

impl TillAct {
    /// The members whose points it is about, as far as a state tells: who asked for them, and who that is now.
    #[must_use]
    pub fn members(&self, state: &impl State) -> Vec<MemberId> {
        self.member(state).map_or_else(Vec::new, |member| reads::with_person(state, &member))
    }

    fn member(&self, state: &impl State) -> Option<MemberId> {
        match self {
            Self::Hold(asked, _) | Self::Redeem(asked) => Some(asked.member.clone()),
            Self::Capture(place, _) | Self::Release(place) | Self::Expire(place) => {
                state.get::<Hold>(place).map(|hold| hold.member.clone())
            }
            Self::Refund(place, spending, _) => match state.record(&RecordKey::spending(place, *spending)) {
                Some(Record::Hold(hold)) => Some(hold.member.clone()),
                Some(Record::Redemption(redemption)) => Some(redemption.member.clone()),
                _ => None,
            },
        }
    }

    /// The records it reads or changes, as far as a state tells.
    #[must_use]
    pub fn records(&self, state: &impl State) -> Vec<RecordKey> {
        let first = match self {
            Self::Hold(asked, _) => RecordKey::hold(&asked.place),
            Self::Redeem(asked) => RecordKey::spending(&asked.place, Spending::Redemption),
            Self::Capture(place, _) | Self::Release(place) | Self::Expire(place) => RecordKey::hold(place),
            Self::Refund(place, spending, _) => RecordKey::spending(place, *spending),
        };
        let mut keys = vec![first];
        if let Some(member) = self.member(state) {
            keys.extend(reads::chain_of(state, &member));
            keys.push(RecordKey::Holds(reads::person(state, &member)));
            keys.push(RecordKey::Holds(member));
        }
        keys
    }
}

/// The records of a step: the payout, and what is set aside of each member's points.
fn records_of_step<Row>(id: &PayoutId, step: &Step<Row>, member: fn(&Row) -> &MemberId) -> Vec<RecordKey> {
    let set_aside = step.rows.iter().map(|row| RecordKey::SetAside(member(row).clone()));
    [RecordKey::Payout(id.clone())].into_iter().chain(set_aside).collect()
}
