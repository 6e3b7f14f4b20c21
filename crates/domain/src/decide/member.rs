//! Suspending, reinstating, banning and merging members.

use crate::decide::draft::shift;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_program;
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::decide::till::none_due;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::member::{MemberFact, MergeFact};
use crate::state::get::State;
use crate::state::member::MemberState;
use crate::state::schedule::Schedule;

use crate::terms::member::ShutOutReason;
use crate::value::amount::Move;
use crate::value::bucket::{Bucket, Unit};
use crate::value::ids::MemberId;
use crate::value::money::Currency;
use crate::value::seq::Seq;

pub(super) fn suspend(
    state: &impl State,
    member: &MemberId,
    reason: ShutOutReason,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        MemberState::Active => Ok(vec![act(EntryKind::MemberSuspended, member, Some(reason), moment)]),
        other => Err(Rejection::WrongState { state: other.name(), needed: "active" }),
    }
}

pub(super) fn reinstate(state: &impl State, member: &MemberId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        MemberState::Suspended => Ok(vec![act(EntryKind::MemberReinstated, member, None, moment)]),
        other => Err(Rejection::WrongState { state: other.name(), needed: "suspended" }),
    }
}

/// Shuts a member out for good. Further commands take back the member's points, one for each activity.
pub(super) fn ban(
    state: &impl State,
    member: &MemberId,
    reason: ShutOutReason,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    match reads::member_state(state, member) {
        other @ (MemberState::Banned | MemberState::Merged) => {
            Err(Rejection::WrongState { state: other.name(), needed: "active or suspended" })
        }
        MemberState::Active | MemberState::Suspended => {
            Ok(vec![act(EntryKind::MemberBanned, member, Some(reason), moment)])
        }
    }
}

/// Records that a ban has taken everything back. The member can earn nothing later, so this stays true.
pub(super) fn complete_ban(
    state: &impl State,
    member: &MemberId,
    ban: Seq,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let known = reads::member(state, member);
    let Some(begun) = known.and_then(|known| known.ban.as_ref()) else {
        let state = reads::member_state(state, member);
        return Err(Rejection::WrongState { state: state.name(), needed: MemberState::Banned.name() });
    };
    if begun.seq != ban || known.is_some_and(|known| known.revoked_at.is_some()) {
        return Err(Rejection::NothingDue);
    }
    // Issued points that were taken back returned to this bucket, and so did points that adjustments took.
    if state.account(member).is_some_and(|account| account.balances.get(Bucket::Issued) < 0) {
        return Err(Rejection::Inconsistent("something that a banned member earned still stands"));
    }
    Ok(vec![act(EntryKind::BanCompleted, member, None, moment).referring_to(ban)])
}

/// Buckets that move with a member. Available and used points move, so all formulas over a person's points find them in
/// one account. The written-off bucket is never above zero. Money that is still to come moves, and so does money that
/// was paid, given or left unclaimed: sums over a person are in one account, too.
///
/// Issued points and granted money stay. Points that are pending, held or reserved, and money in a payment, prevent a
/// merger: see [`not_mergeable`].
const MOVING: [Bucket; 12] = [
    Bucket::Available,
    Bucket::Redeemed,
    Bucket::Expired,
    Bucket::Paid,
    Bucket::WrittenOff,
    Bucket::Due,
    Bucket::Carried,
    Bucket::Withheld,
    Bucket::Settled,
    Bucket::Lapsed,
    Bucket::Donated,
    Bucket::Matched,
];

/// Moves a member's points and money to another member, who is the same person, and closes the account.
pub(super) fn merge(
    state: &impl State,
    from: &MemberId,
    into: &MemberId,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    if balance(state, from, Bucket::Held) > 0 {
        none_due(state, from, moment.now)?;
    }
    let reasons = not_mergeable(state, from, into, the_program(state)?.terms.currency);
    if !reasons.is_empty() {
        return Err(Rejection::NotMergeable { reasons });
    }
    let fact = || Fact::Merge(Box::new(MergeFact { from: from.clone(), into: into.clone() }));
    let mut drafts = Vec::new();
    for bucket in MOVING {
        let (amount, moved) = (balance(state, from, bucket), bucket.unit().moved());
        let (source, sink) = if amount < 0 { (moved, bucket) } else { (bucket, moved) };
        let out = shift(source, sink, amount.saturating_abs())?;
        // Both histories show the merger, even when nothing moves.
        let is_first = drafts.is_empty();
        let kind = match bucket.unit() {
            _ if is_first => EntryKind::MemberMerged,
            Unit::Points => EntryKind::PointsMoved,
            Unit::Money => EntryKind::MoneyMoved,
        };
        if is_first || out.is_some() {
            drafts.push(Draft::act(kind, moment, fact()).of(from, out));
            drafts.push(Draft::act(kind, moment, fact()).of(into, out.map(Move::reversed)));
        }
    }
    Ok(drafts)
}

/// Returns every reason why two members cannot be merged.
fn not_mergeable(state: &impl State, from: &MemberId, into: &MemberId, currency: Currency) -> Vec<String> {
    let mut reasons = Vec::new();
    if state.get::<Schedule>(&()).is_some_and(Schedule::is_running) {
        reasons.push("points are expiring right now; try again in a moment".into());
    }
    if from == into {
        reasons.push("they are one member".into());
    }
    let states = [("the member", reads::member_state(state, from)), ("the other", reads::member_state(state, into))];
    for (who, state) in states.into_iter().filter(|(_, state)| *state != MemberState::Active) {
        reasons.push(format!("{who} is {}", state.name()));
    }
    let has = |bucket| balance(state, from, bucket);
    let left = [
        (has(Bucket::Pending), "pending; wait until their waiting time ends"),
        (has(Bucket::Held), "held by a shop; have them captured or released"),
        (has(Bucket::Reserved), "reserved for a payout; have it executed or cancelled"),
        (-has(Bucket::Available), "owed; wait until they are repaid, or write them off by an adjustment"),
    ];
    for (points, what) in left.into_iter().filter(|(points, _)| *points > 0) {
        reasons.push(format!("{points} points are {what}"));
    }
    let in_payment = [
        (has(Bucket::Drawn), "in a payment batch; have it released or cancelled"),
        (has(Bucket::Sent), "on its way; wait until it has arrived or come back"),
    ];
    for (minor, what) in in_payment.into_iter().filter(|(minor, _)| *minor > 0) {
        reasons.push(format!("{} {} is {what}", currency.format(minor), currency.code()));
    }
    reasons
}

fn balance(state: &impl State, member: &MemberId, bucket: Bucket) -> i64 {
    state.account(member).map_or(0, |account| account.balances.get(bucket))
}

fn act(kind: EntryKind, member: &MemberId, reason: Option<ShutOutReason>, moment: &Moment<'_>) -> Draft {
    Draft::act(kind, moment, Fact::Member(MemberFact { reason })).of(member, None)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::state::account::Account;
    use crate::state::overlay::Changes;
    use crate::state::program::Program;
    use crate::state::record::{Record, RecordKey};
    use crate::terms::program::ProgramTerms;
    use crate::terms::rules::book::RuleBook;
    use crate::value::time::Micros;

    fn member(id: &str) -> MemberId {
        MemberId::parse(id).expect("an id")
    }

    /// Decides a merger in which the member that is merged away has this amount in one bucket.
    fn decided(bucket: Bucket, amount: i64) -> Result<Vec<Draft>, Rejection> {
        let mut account = Account::empty(member("old"));
        account.balances.put(bucket, amount);
        let terms = ProgramTerms {
            currency: Currency::from_code("GBP").expect("pounds"),
            time_zone: "Europe/London".into(),
            debt_limit_points: 50,
            adjustment_limit_points: 0,
        };
        let program = Program {
            terms,
            created_seq: Seq::ZERO.next(),
            created_at: Micros::new(0).expect("a time"),
            rule_version: 0,
            rules_in_force_from: None,
            early_kept: 0,
            members_kept: 0,
        };
        let mut state = Changes::default();
        state.records.insert(RecordKey::Program, (Seq::ZERO.next(), Record::Program(program)));
        state.accounts.insert(account.member.clone(), account);
        let moment =
            Moment { now: Micros::new(0).expect("a time"), zone: TimeZone::UTC, rules: &RuleBook::new(Vec::new()) };
        merge(&state, &member("old"), &member("new"), &moment)
    }

    /// INV 82: each bucket is the contra side, or it moves, or it prevents the merger.
    #[test]
    fn each_bucket_stays_moves_or_stands_in_the_way_of_a_merger() {
        use Bucket::{Drawn, Granted, Held, Issued, Moved, MovedMoney, Pending, Reserved, Sent};
        for bucket in Bucket::ALL {
            let amount = if bucket == Bucket::WrittenOff { -1_234 } else { 1_234 };
            let drafts = match (bucket, decided(bucket, amount)) {
                (Pending | Held | Reserved | Drawn | Sent, Err(Rejection::NotMergeable { reasons })) => {
                    assert_eq!(reasons.len(), 1, "{reasons:?}");
                    let told = if bucket.unit() == Unit::Money { "12.34 GBP is " } else { "1234 points are " };
                    assert!(reasons[0].starts_with(told), "{reasons:?}");
                    continue;
                }
                (bucket, decided) => decided.unwrap_or_else(|why| panic!("{bucket:?}: {why}")),
            };
            let stays = matches!(bucket, Issued | Granted | Moved | MovedMoney);
            for (id, left) in [("old", -amount), ("new", amount)] {
                let moves = drafts.iter().filter(|draft| draft.member == Some(member(id)));
                let moves: Vec<Move> = moves.filter_map(|draft| draft.movement).collect();
                let change = |of| moves.iter().map(|movement| movement.change_of(of)).sum::<i64>();
                let expected = if stays { [0, 0] } else { [left, -left] };
                assert_eq!([change(bucket), change(bucket.unit().moved())], expected, "{bucket:?} of {id}");
                assert_eq!(moves.len(), usize::from(!stays), "{bucket:?}: nothing else moves");
            }
        }
    }
}
