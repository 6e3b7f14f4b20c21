//! Contents that are signed by decisions on adjustments and mergers, as a log says them.

use goodturn::domain::decide::command::{Act, AdjustmentList, Command};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::state::adjustment::{Adjustment, Listing};
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::overlay::Changes;
use goodturn::domain::state::proposal::Proposal;
use goodturn::domain::value::ids::{AdjustmentId, MergerId};

use super::sample::act;

/// The list of these adjustments, ascending, with its digest.
pub fn list_of(state: &Changes, ids: &[&str]) -> AdjustmentList {
    let ids: Vec<AdjustmentId> = ids.iter().map(|id| AdjustmentId::parse(id).unwrap()).collect();
    let mut listing = Listing::default();
    for id in &ids {
        listing.add(id, state.get::<Adjustment>(id).unwrap());
    }
    AdjustmentList { ids, digest: listing.digest() }
}

/// The commands by which somebody approves these adjustments together.
pub fn approvals_of(state: &Changes, ids: &[&str], by: &str) -> Vec<Command> {
    let sign = Act::ApproveAdjustments(Box::new(list_of(state, ids)));
    let each = |id: &&str| {
        let it = Act::ApproveAdjustment(AdjustmentId::parse(id).unwrap());
        act(CommandKind::ApproveAdjustment, id, by, it)
    };
    [act(CommandKind::ApproveAdjustments, &ids.join("+"), by, sign)].into_iter().chain(ids.iter().map(each)).collect()
}

/// The command by which somebody approves a merger as it is now.
pub fn approval_of_merger(state: &Changes, id: &str, by: &str) -> Command {
    let merger_id = MergerId::parse(id).unwrap();
    let merger = state.get::<Proposal>(&merger_id).unwrap();
    let digest = merger.content(&merger_id, &state.account(&merger.from).unwrap().balances);
    act(CommandKind::ApproveMerger, id, by, Act::ApproveMerger(merger_id, digest))
}
