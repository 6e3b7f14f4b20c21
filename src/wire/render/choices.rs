//! Choices, lots of money, and the closing of a payout's choices.

use super::finance::millionths;
use super::payments::payment_name;
use super::{money, time};
use crate::domain::entry::money::{LotSource, Outcome, Tallies, Tally};
use crate::domain::state::choice::{Choices, OpenRun};
use crate::domain::state::closing::{Closing, ClosingState};
use crate::domain::state::lapse::Lapse;
use crate::domain::state::lots::{Decided, Lot};
use crate::domain::state::proposal::ProposalState;
use crate::domain::terms::choice::{Choice, ChoiceTerms, WithoutChoice};
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::money::Currency;
use crate::domain::value::time::Micros;
use crate::pb;

pub(crate) fn choice(choice: &Choice) -> pb::Choice {
    let (method, charity_id) = match choice {
        Choice::Credit => (pb::PayoutMethod::Credit, String::new()),
        Choice::Cash => (pb::PayoutMethod::Cash, String::new()),
        Choice::Charity(id) => (pb::PayoutMethod::Charity, id.to_string()),
    };
    pb::Choice { method: method.into(), charity_id }
}

pub(super) fn choice_terms(terms: &ChoiceTerms, currency: Currency) -> pb::ChoiceTerms {
    let above_zero = |minor: i64| (minor > 0).then(|| money(minor, currency));
    pb::ChoiceTerms {
        deadline: Some(time(terms.deadline)),
        default_choice: match &terms.without_choice {
            WithoutChoice::CarryOnce => None,
            WithoutChoice::As(default) => Some(choice(default)),
        },
        minimum_credit: above_zero(terms.minimum_credit_minor),
        minimum_cash: above_zero(terms.minimum_cash_minor),
        charity_ids: terms.charities.iter().map(ToString::to_string).collect(),
        match_rate: if terms.match_millionths == 0 { String::new() } else { millionths(terms.match_millionths) },
        match_cap: above_zero(terms.match_cap_minor),
        takes_carried: terms.takes_carried,
    }
}

/// Returns a member's choice, with what counts for each payout whose choices are open.
pub(crate) fn payout_choice(
    (program, member): (&ProgramId, &MemberId),
    choices: &Choices,
    runs: &[(OpenRun, Vec<MemberId>)],
    now: Micros,
) -> pb::PayoutChoice {
    let last = choices.last();
    let run = |(run, charities): &(OpenRun, Vec<MemberId>)| pb::RunChoice {
        payout: format!("programs/{program}/payouts/{}", run.payout),
        deadline: Some(time(run.deadline)),
        choice: choices.by(run.deadline).map(choice),
        passed: run.deadline < now,
        charity_ids: charities.iter().map(ToString::to_string).collect(),
    };
    pb::PayoutChoice {
        name: format!("programs/{program}/members/{member}"),
        choice: last.and_then(|chosen| chosen.choice.as_ref()).map(choice),
        set_time: last.map(|chosen| time(chosen.at)),
        runs: runs.iter().map(run).collect(),
    }
}

/// Returns a closing, with what the company adds for each charity. The text of a rejection is not in it.
pub(crate) fn closing(
    program: &ProgramId,
    currency: Currency,
    closing: &Closing,
    matched: &[(MemberId, i64)],
) -> pb::Closing {
    let (state, approved, rejected) = match closing.state {
        ClosingState::Draft => (pb::ClosingState::Draft, false, false),
        ClosingState::Approved => (pb::ClosingState::Approved, true, false),
        ClosingState::Closed => (pb::ClosingState::Closed, true, false),
        ClosingState::Rejected => (pb::ClosingState::Rejected, false, true),
    };
    let by = closing.decided.as_ref().map(|(by, _)| by.to_string()).unwrap_or_default();
    let by_if = |is_so: bool| if is_so { by.clone() } else { String::new() };
    pb::Closing {
        name: format!("programs/{program}/payouts/{}/closing", closing.content.payout),
        state: state.into(),
        content_digest: closing.content.digest.to_vec(),
        as_of_seq: closing.content.as_of.get(),
        planned: Some(totals(&closing.content.tallies, currency)),
        decided: Some(totals(&closing.done, currency)),
        drafted_by: closing.drafted_by.to_string(),
        drafted_at: Some(time(closing.drafted_at)),
        approved_by: by_if(approved),
        rejected_by: by_if(rejected),
        rejection_note: String::new(),
        matched: matched.iter().map(|(charity, minor)| donation(charity, 0, *minor, currency)).collect(),
    }
}

fn total(tally: Tally, currency: Currency) -> pb::LotTotal {
    pb::LotTotal { lots: tally.lots, amount: Some(money(tally.minor, currency)) }
}

/// Returns the withheld money of a member that lapses, or would.
pub(crate) fn lapse(
    (program, member): (&ProgramId, &MemberId),
    currency: Currency,
    lapse: &Lapse,
    is_stale: bool,
    [proposal_note, rejection_note]: [String; 2],
) -> pb::Lapse {
    let state = match lapse.state {
        ProposalState::Proposed => pb::LapseState::Proposed,
        ProposalState::Approved => pb::LapseState::Approved,
        ProposalState::Rejected => pb::LapseState::Rejected,
    };
    pb::Lapse {
        name: format!("programs/{program}/members/{member}/lapse"),
        lapse_id: lapse.id.to_string(),
        state: state.into(),
        withheld: Some(total(lapse.withheld, currency)),
        content_digest: lapse.content.to_vec(),
        drawn_up_by: lapse.drawn_up_by.to_string(),
        decided_by: lapse.decided.as_ref().map(|(by, _)| by.to_string()).unwrap_or_default(),
        proposal_note,
        rejection_note,
        seq: lapse.seq.get(),
        stale: is_stale,
    }
}

fn totals(tallies: &Tallies, currency: Currency) -> pb::ClosingTotals {
    let total = |tally| Some(total(tally, currency));
    let donated = tallies.donated.iter().map(|(id, tally)| donation(id, tally.lots, tally.minor, currency));
    pb::ClosingTotals {
        credit: total(tallies.credit),
        cash: total(tallies.cash),
        carried: total(tallies.carried()),
        below_minimum: total(tallies.below_minimum),
        unchosen: total(tallies.unchosen),
        withheld: total(tallies.withheld),
        moved: total(tallies.moved),
        lapsed: total(tallies.lapsed),
        donated: donated.collect(),
    }
}

fn donation(charity: &MemberId, lots: i64, minor: i64, currency: Currency) -> pb::DonationTotal {
    pb::DonationTotal { charity_id: charity.to_string(), lots, amount: Some(money(minor, currency)) }
}

/// Returns what becomes of a lot.
pub(crate) fn closing_line(
    program: &ProgramId,
    currency: Currency,
    member: &MemberId,
    decided: &Decided,
) -> pb::ClosingLine {
    pb::ClosingLine {
        member_id: member.to_string(),
        payout: format!("programs/{program}/payouts/{}", decided.name.payout),
        granted_to: decided.name.of.to_string(),
        amount: Some(money(decided.minor, currency)),
        outcome: outcome(&decided.outcome).into(),
        charity_id: match &decided.outcome {
            Outcome::Donated(charity) => charity.to_string(),
            _ => String::new(),
        },
        state: lot_state(decided.bucket).into(),
    }
}

pub(crate) const fn outcome(outcome: &Outcome) -> pb::LotOutcome {
    match outcome {
        Outcome::Due(Choice::Cash) => pb::LotOutcome::Cash,
        Outcome::Due(_) => pb::LotOutcome::Credit,
        Outcome::BelowMinimum => pb::LotOutcome::BelowMinimum,
        Outcome::Withheld => pb::LotOutcome::Withheld,
        Outcome::Moved => pb::LotOutcome::Moved,
        Outcome::Unchosen => pb::LotOutcome::Unchosen,
        Outcome::Lapsed => pb::LotOutcome::Lapsed,
        Outcome::Donated(_) => pb::LotOutcome::Donated,
    }
}

/// Returns where a lot is.
const fn lot_state(bucket: Bucket) -> pb::LotState {
    match bucket {
        Bucket::Due => pb::LotState::Due,
        Bucket::Carried => pb::LotState::Carried,
        Bucket::Withheld => pb::LotState::Withheld,
        Bucket::Lapsed => pb::LotState::Lapsed,
        Bucket::Donated => pb::LotState::Donated,
        Bucket::Drawn => pb::LotState::Drawn,
        Bucket::Sent => pb::LotState::Sent,
        Bucket::Settled => pb::LotState::Settled,
        // The others are no places of lots.
        Bucket::Granted
        | Bucket::Given
        | Bucket::MovedMoney
        | Bucket::Issued
        | Bucket::Pending
        | Bucket::Available
        | Bucket::Held
        | Bucket::Reserved
        | Bucket::Redeemed
        | Bucket::Expired
        | Bucket::WrittenOff
        | Bucket::Paid
        | Bucket::Moved => pb::LotState::Unspecified,
    }
}

const fn lot_source(source: LotSource) -> pb::LotSource {
    match source {
        LotSource::Share => pb::LotSource::Share,
        LotSource::Donations => pb::LotSource::Donations,
        LotSource::Match => pb::LotSource::Match,
    }
}

/// Returns a lot as its member sees it.
pub(super) fn lot(program: &ProgramId, currency: Currency, lot: &Lot) -> pb::Lot {
    pb::Lot {
        payout: format!("programs/{program}/payouts/{}", lot.name.payout),
        granted_to: lot.name.of.to_string(),
        amount: Some(money(lot.minor, currency)),
        state: lot_state(lot.bucket).into(),
        choice: lot.choice().as_ref().map(choice),
        carried_once: lot.carried_once,
        source: lot_source(lot.name.source).into(),
        payment: lot.payment.as_ref().map(|payment| payment_name(program, payment)).unwrap_or_default(),
    }
}
