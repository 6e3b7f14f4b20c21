//! Checks who signed: money is moved, and statements are signed, by persons who had the role for it, and by two of them.

use crate::domain::entry::Entry;
use crate::domain::entry::commands::CommandKind;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::state::access::Access;
use crate::domain::state::batch::Batch;
use crate::domain::state::closing::Closing;
use crate::domain::state::get::State;
use crate::domain::state::lapse::Lapse;
use crate::domain::state::payout::Payout;
use crate::domain::state::persons::{may_be_one, roles_of};
use crate::domain::state::statement::Statement;
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::role::{Role, listed};

/// Returns the fault of an entry about money in the state before it, if there is one. Acts that are decided again are checked there.
pub(super) fn wrongly_signed(entry: &Entry, before: &impl State) -> Option<String> {
    let mut signatures = signatures(entry, before).into_iter().flatten();
    without_role(entry, before).or_else(|| signatures.find_map(|signed| signed.fault(before)))
}

/// Who drew something up, who signed it, and what is told when both are one person.
struct Signed {
    drawer: PrincipalId,
    signer: PrincipalId,
    told: &'static str,
}

/// Finds an act on money by somebody without the role for it, once the programme knows its persons.
fn without_role(entry: &Entry, before: &impl State) -> Option<String> {
    let needed: &[Role] = match entry.kind {
        EntryKind::StatementDeclared
        | EntryKind::StatementCorrected
        | EntryKind::PayoutCreated
        | EntryKind::ClosingDrafted
        | EntryKind::LapseProposed
        | EntryKind::BatchCreated
        | EntryKind::BatchReleasing
        | EntryKind::PaymentReported
        | EntryKind::PayeeSet
        | EntryKind::PaymentRetried
        | EntryKind::PayoutExecuting => &[Role::Finance],
        EntryKind::StatementApproved
        | EntryKind::PayoutApproved
        | EntryKind::ClosingApproved
        | EntryKind::LapseApproved
        | EntryKind::BatchApproved
        | EntryKind::AdjustmentsApproved => &[Role::Approver],
        EntryKind::StatementRejected
        | EntryKind::PayoutCancelling
        | EntryKind::PayoutRejected
        | EntryKind::ClosingRejected
        | EntryKind::BatchCancelling
        | EntryKind::LapseRejected => &[Role::Finance, Role::Approver],
        EntryKind::AdjustmentsRejected => &[Role::Community, Role::Finance, Role::Approver],
        EntryKind::PayeeRemoved if entry.command == CommandKind::RemovePayee => &[Role::Finance],
        _ => return None,
    };
    before.get::<Access>(&())?;
    let has = match &entry.principal {
        PrincipalId::Person(id) => roles_of(before, id),
        _ => return Some(format!("{} is by no person of the programme", entry.kind.name())),
    };
    let lacks = !needed.iter().any(|role| has.contains(role));
    lacks.then(|| format!("its person had no role as {} then", listed(needed.iter().copied())))
}

/// Returns the signatures that an entry makes, or rests on.
fn signatures(entry: &Entry, before: &impl State) -> [Option<Signed>; 2] {
    let by_entry =
        |drawer: &PrincipalId, told| Signed { drawer: drawer.clone(), signer: entry.principal.clone(), told };
    let of_statement = |id| {
        let statement = before.get::<Statement>(id)?;
        let told = "the statement it pays from was declared and approved by one person";
        Some(Signed { drawer: statement.declared_by.clone(), signer: statement.decided.clone()?.0, told })
    };
    match (entry.kind, &entry.fact) {
        (EntryKind::StatementApproved, Fact::StatementContent(content)) => {
            let told = "the statement was approved by the person who declared it";
            let statement = before.get::<Statement>(&content.statement);
            let drawer = statement.and_then(|statement| statement.declared_as(&content.digest));
            [drawer.map(|drawer| by_entry(drawer, told)), None]
        }
        (EntryKind::PayoutCreated, Fact::Payout(terms)) => [of_statement(&terms.statement), None],
        (EntryKind::PayoutApproved, Fact::PayoutContent(content)) => {
            let told = "the payout was approved by the person who drafted it";
            [before.get::<Payout>(&content.payout).map(|payout| by_entry(&payout.drafted_by, told)), None]
        }
        (EntryKind::ClosingApproved, Fact::PayoutContent(content)) => {
            let told = "the closing was approved by the person who drew it up";
            [before.get::<Closing>(&content.payout).map(|closing| by_entry(&closing.drafted_by, told)), None]
        }
        (EntryKind::LapseApproved, Fact::Lapse(_)) => {
            let told = "that money lapses was approved by the person who asked for it";
            let lapse = entry.member.as_ref().and_then(|member| before.get::<Lapse>(member));
            [lapse.map(|lapse| by_entry(&lapse.drawn_up_by, told)), None]
        }
        (EntryKind::BatchApproved, Fact::BatchContent(content)) => {
            let told = "the batch was approved by the person who drew it up";
            [before.get::<Batch>(&content.batch).map(|batch| by_entry(&batch.drafted_by, told)), None]
        }
        (EntryKind::BatchReleasing, Fact::BatchAct(id)) => {
            let told = "the batch it begins to release was drawn up and approved by one person";
            let signed = before.get::<Batch>(id).and_then(|batch| {
                let (signer, ..) = batch.approved.clone()?;
                Some(Signed { drawer: batch.drafted_by.clone(), signer, told })
            });
            [signed, None]
        }
        (EntryKind::PayoutExecuting, Fact::PayoutAct(id)) => {
            let Some(payout) = before.get::<Payout>(id) else { return [None, None] };
            let told = "the payout it begins to execute was drafted and approved by one person";
            let signer = payout.approved_by.clone();
            let own = signer.map(|signer| Signed { drawer: payout.drafted_by.clone(), signer, told });
            [own, of_statement(&payout.terms.statement)]
        }
        _ => [None, None],
    }
}

impl Signed {
    /// Returns the fault of the signatures, as whoever made them is known now.
    fn fault(&self, state: &impl State) -> Option<String> {
        let Self { drawer, signer, told } = self;
        let is_named = [drawer, signer].iter().any(|principal| matches!(principal, PrincipalId::Named(_)));
        if is_named && state.get::<Access>(&()).is_some() {
            return Some("it rests on the signature of a name that was only believed".into());
        }
        may_be_one(state, drawer, signer).then(|| (*told).to_owned())
    }
}
