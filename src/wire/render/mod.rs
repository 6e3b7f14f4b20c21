//! From recorded values to messages.

mod access;
mod activity;
mod adjustment;
mod books;
mod choices;
mod explained;
mod finance;
mod flags;
mod member;
mod payments;
mod rules;
mod simulation;
mod till;

use prost_types::Timestamp;

use crate::board::{Row, Standing};
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::project::people::Hidden;
use crate::domain::state::account::Account;
use crate::domain::state::lots::Lots;
use crate::domain::state::program::Program;
use crate::domain::state::proposal::ProposalState;
use crate::domain::state::update::Update;
use crate::domain::terms::activity::Attributes;
use crate::domain::terms::member::ShutOutReason;
use crate::domain::value::balances::Balances;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::money::Currency;
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::{Day, Micros};
use crate::google::r#type::{Date, Money};
use crate::pb;

pub(crate) use self::access::{access_change, key, person, roles};
use self::activity::decline_reason;
pub(crate) use self::activity::{activity, attributes, known_since, state_now, waiting};
pub(crate) use self::adjustment::{adjustment, adjustment_totals};
pub(crate) use self::books::member_statement;
pub(crate) use self::choices::{closing, closing_line, lapse, outcome, payout_choice};
pub(crate) use self::explained::{change, outcomes, totals};
pub(crate) use self::finance::{correction, payout, share, statement};
pub(crate) use self::flags::{flag, flag_thresholds, flags_seen};
pub(crate) use self::member::{member, merger};
pub(crate) use self::payments::{batch, due, due_state, payment, payment_state, payment_total};
pub(crate) use self::rules::rule_set;
pub(crate) use self::simulation::simulation;
pub(crate) use self::till::{hold, redemption, till_receipt};

/// Writes a time.
#[must_use]
pub fn time(micros: Micros) -> Timestamp {
    let nanos = i32::try_from(micros.get().rem_euclid(1_000_000) * 1_000).expect("below a second");
    Timestamp { seconds: micros.get().div_euclid(1_000_000), nanos }
}

pub(crate) fn date(day: Day) -> Date {
    let date = day.date();
    Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

/// Writes an amount of money.
#[must_use]
pub fn money(minor: i64, currency: Currency) -> Money {
    let per_main = currency.minor_per_main();
    let nanos = i32::try_from(minor % per_main * (1_000_000_000 / per_main)).expect("below one main unit");
    Money { currency_code: currency.code().into(), units: minor / per_main, nanos }
}

pub(crate) fn program(id: &ProgramId, program: &Program, head: Seq) -> pb::Program {
    pb::Program {
        name: format!("programs/{id}"),
        currency_code: program.terms.currency.code().into(),
        time_zone: program.terms.time_zone.clone(),
        debt_limit_points: Some(program.terms.debt_limit_points),
        created_at: Some(time(program.created_at)),
        head_seq: head.get(),
        adjustment_limit_points: Some(program.terms.adjustment_limit_points),
    }
}

/// Returns a change of a programme's limits, with the texts of the proposal and of its rejection.
pub(crate) fn program_update(
    id: &ProgramId,
    update: &Update,
    [note, rejection_note]: [String; 2],
) -> pb::ProgramUpdate {
    let state = match update.state {
        ProposalState::Proposed => pb::ProgramUpdateState::Proposed,
        ProposalState::Approved => pb::ProgramUpdateState::Approved,
        ProposalState::Rejected => pb::ProgramUpdateState::Rejected,
    };
    pb::ProgramUpdate {
        name: format!("programs/{id}/updates/{}", update.change.id),
        debt_limit_points: update.change.debt_limit_points,
        adjustment_limit_points: update.change.adjustment_limit_points,
        note,
        state: state.into(),
        content_digest: update.content().to_vec(),
        drawn_up_by: update.drawn_up_by.to_string(),
        decided_by: update.decided.as_ref().map(|(by, _)| by.to_string()).unwrap_or_default(),
        rejection_note,
        seq: update.seq.get(),
    }
}

/// Returns the receipt of a command by its first entry, and by the last that it wrote about the same member.
pub(crate) fn receipt(program: &ProgramId, currency: Currency, entry: &Entry, last: &Entry) -> pb::Receipt {
    let (excess_minor, excess_quantity, given_back) = match &entry.fact {
        Fact::Earning(fact) => (fact.excess_minor, fact.excess_quantity, fact.given_back),
        Fact::Activity(fact) => (0, 0, fact.given_back),
        _ => (0, 0, 0),
    };
    pb::Receipt {
        entry: entry_name(program, entry.seq),
        seq: entry.seq.get(),
        recorded_at: Some(time(entry.recorded_at)),
        points: entry.movement.map_or(0, |movement| movement.change_of(Bucket::Available)) - given_back,
        decline_reason: decline_reason(entry.reason.filter(|_| entry.kind == EntryKind::ActivityRecorded)).into(),
        balance: last.member.as_ref().map(|member| balances(member, last.seq, &last.balance_after, None, currency)),
        excess: (excess_minor > 0).then(|| money(excess_minor, currency)),
        excess_quantity,
        ..Default::default()
    }
}

/// Returns the balances of an account, without its lots.
pub(super) fn plain_balance(account: &Account, seq: Seq, currency: Currency) -> pb::Balance {
    balances(&account.member, seq, &account.balances, Some(account.credited), currency)
}

pub(crate) fn balance(
    program: &ProgramId,
    (account, lots): (&Account, &Lots),
    seq: Seq,
    currency: Currency,
) -> pb::Balance {
    pb::Balance {
        lots: lots.rows.iter().map(|lot| choices::lot(program, currency, lot)).collect(),
        ..plain_balance(account, seq, currency)
    }
}

/// Returns the contents of every bucket. The points ever credited follow from them: all that were issued and are not
/// pending, plus those written off, which a reversal took back from the credit too.
fn balances(
    member: &MemberId,
    seq: Seq,
    balances: &Balances,
    credited: Option<i64>,
    currency: Currency,
) -> pb::Balance {
    let get = |bucket| balances.get(bucket);
    // Few members have such money.
    let above_zero = |bucket| Some(get(bucket)).filter(|minor| *minor != 0).map(|minor| money(minor, currency));
    pb::Balance {
        member_id: member.to_string(),
        seq: seq.get(),
        available_points: get(Bucket::Available),
        pending_points: get(Bucket::Pending),
        held_points: get(Bucket::Held),
        reserved_points: get(Bucket::Reserved),
        redeemed_points: get(Bucket::Redeemed),
        expired_points: get(Bucket::Expired),
        paid_points: get(Bucket::Paid),
        written_off_points: get(Bucket::WrittenOff),
        credited_points: credited.unwrap_or_else(|| -get(Bucket::Issued) - get(Bucket::Pending)),
        due: Some(money(get(Bucket::Due), currency)),
        moved_points: get(Bucket::Moved),
        carried: above_zero(Bucket::Carried),
        withheld: above_zero(Bucket::Withheld),
        lapsed: above_zero(Bucket::Lapsed),
        donated: above_zero(Bucket::Donated),
        drawn: above_zero(Bucket::Drawn),
        sent: above_zero(Bucket::Sent),
        settled: above_zero(Bucket::Settled),
        // They stand in a record of their own.
        lots: Vec::new(),
    }
}

fn entry_name(program: &ProgramId, seq: Seq) -> String {
    format!("programs/{program}/entries/{seq}")
}

pub(crate) fn entry(program: &ProgramId, currency: Currency, entry: &Entry) -> pb::Entry {
    let movement = entry.movement;
    pb::Entry {
        name: entry_name(program, entry.seq),
        seq: entry.seq.get(),
        kind: entry.kind.name().into(),
        member_id: entry.member.as_ref().map(ToString::to_string).unwrap_or_default(),
        prev_seq: entry.prev_seq.get(),
        from_bucket: movement.map(|movement| movement.from().name().into()).unwrap_or_default(),
        to_bucket: movement.map(|movement| movement.to().name().into()).unwrap_or_default(),
        amount: movement.map_or(0, |movement| movement.amount().get()),
        occurred_at: Some(time(entry.occurred_at)),
        local_date: Some(date(entry.local_day)),
        recorded_at: Some(time(entry.recorded_at)),
        source: entry.source.to_string(),
        request_id: entry.request.as_ref().map(|request| request.id.to_string()).unwrap_or_default(),
        refers_seq: entry.refers.map_or(0, Seq::get),
        rule_version: entry.rule_version.into(),
        rule_id: entry.rule.as_ref().map(ToString::to_string).unwrap_or_default(),
        raw_points: entry.raw_points,
        reason: reason(entry).into(),
        principal: entry.principal.to_string(),
        activity: (entry.kind == EntryKind::ActivityRecorded)
            .then(|| activity(program, entry, &Attributes::new(), currency))
            .flatten(),
        balance_after: entry
            .member
            .as_ref()
            .map(|member| balances(member, entry.seq, &entry.balance_after, None, currency)),
        leaf_hash: entry.leaf.to_vec(),
        sentence: String::new(),
    }
}

/// Returns the reason, as a code.
fn reason(entry: &Entry) -> &'static str {
    let told = entry.reason.map(Reason::name);
    told.or_else(|| match &entry.fact {
        Fact::Adjustment(fact) => Some(fact.reason.name()),
        Fact::AdjustmentMove(fact) => Some(fact.of.reason.name()),
        Fact::Member(fact) => fact.reason.map(ShutOutReason::name),
        _ => None,
    })
    .unwrap_or_default()
}

pub(crate) fn row(row: &Row) -> pb::LeaderboardRow {
    pb::LeaderboardRow { rank: count(row.rank), member_id: row.member.to_string(), points: row.points }
}

pub(crate) fn standing(standing: &Standing, seq: Seq) -> pb::Standing {
    pb::Standing {
        member_id: standing.person.to_string(),
        rank: count(standing.rank),
        points: standing.points,
        ranked_members: count(standing.ranked),
        seq: seq.get(),
        neighbours: standing.neighbours.iter().map(row).collect(),
        left_out: left_out(standing.hidden),
    }
}

fn left_out(hidden: Hidden) -> Vec<i32> {
    let reasons = [
        (Hidden::SUSPENDED, pb::LeftOutReason::Suspended),
        (Hidden::BANNED, pb::LeftOutReason::Banned),
        (Hidden::OPTED_OUT, pb::LeftOutReason::OptedOut),
        (Hidden::LABELLED, pb::LeftOutReason::Labelled),
    ];
    reasons.into_iter().filter(|(reason, _)| hidden.has(*reason)).map(|(_, reason)| reason.into()).collect()
}

pub(crate) fn count(count: usize) -> i64 {
    i64::try_from(count).expect("a length fits an i64")
}
