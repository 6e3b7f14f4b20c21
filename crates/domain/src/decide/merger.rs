//! Merging members: at once, or with a second person when much would move.

use crate::decide::command::Command;
use crate::decide::draft::shift;
use crate::decide::draft::{Draft, Moment};
use crate::decide::find::{the_merger, the_program};
use crate::decide::reads;
use crate::decide::rejection::Rejection;
use crate::decide::require::{self, in_state};
use crate::decide::till::none_due;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::member::{MergeFact, ProposalFact};
use crate::state::choice::Open;
use crate::state::get::State;
use crate::state::member::MemberState;
use crate::state::proposal::{Proposal, ProposalState};
use crate::state::schedule::Schedule;
use crate::value::amount::Move;
use crate::value::balances::Balances;
use crate::value::bucket::{Bucket, Unit};
use crate::value::encoding::Hash;
use crate::value::ids::{MemberId, MergerId};
use crate::value::money::Currency;
use crate::value::role::Role;

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
    Bucket::Sent,
    Bucket::Settled,
    Bucket::Lapsed,
    Bucket::Donated,
];

/// Buckets of money that is still to come to a member, or may come back.
const TO_COME: [Bucket; 4] = [Bucket::Due, Bucket::Carried, Bucket::Withheld, Bucket::Sent];

/// Merges a member into another, who is the same person. The merger waits for a second person when it would move more
/// points that can be used than one person may adjust, or any money that is still to come. So does every merger while a payout over a list
/// is open: nothing is reserved for its members, and whoever they are merged into gets their shares.
pub(super) fn merge(
    state: &impl State,
    command: &Command,
    (from, into): (&MemberId, &MemberId),
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    may_be_merged(state, from, into, moment)?;
    let limit = the_program(state)?.terms.adjustment_limit_points;
    let has = |bucket| balance(state, from, bucket);
    let is_listing = state.get::<Open>(&()).is_some_and(|open| open.lists > 0);
    if !is_listing && has(Bucket::Available) <= limit && TO_COME.into_iter().all(|bucket| has(bucket) <= 0) {
        return moves(state, from, into, moment);
    }
    require::a_person(&command.principal, &[Role::Community])?;
    let id = MergerId::parse(command.name.id.as_str())
        .map_err(|_| Rejection::Inconsistent("a merger has the id of another act"))?;
    let fact = ProposalFact { id, from: from.clone(), into: into.clone(), approved: None };
    let act = Draft::act(EntryKind::MergerProposed, moment, Fact::Proposal(Box::new(fact)));
    Ok(vec![act.of(from, None)])
}

/// Merges two members after a second person's approval. The digest is that of the content which that person saw.
pub(super) fn approve(
    state: &impl State,
    id: &MergerId,
    digest: &Hash,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    let merger = the_merger(state, id)?;
    in_state(merger.state, ProposalState::Proposed, ProposalState::name)?;
    let balances = state.account(&merger.from).map_or_else(Balances::default, |account| account.balances);
    if merger.content(id, &balances) != *digest {
        return Err(Rejection::ContentChanged);
    }
    may_be_merged(state, &merger.from, &merger.into, moment)?;
    let mut drafts = vec![decided(EntryKind::MergerApproved, id, merger, Some(*digest), moment)];
    drafts.extend(moves(state, &merger.from, &merger.into, moment)?);
    Ok(drafts)
}

pub(super) fn reject(state: &impl State, id: &MergerId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let merger = the_merger(state, id)?;
    in_state(merger.state, ProposalState::Proposed, ProposalState::name)?;
    Ok(vec![decided(EntryKind::MergerRejected, id, merger, None, moment)])
}

fn decided(kind: EntryKind, id: &MergerId, merger: &Proposal, approved: Option<Hash>, moment: &Moment<'_>) -> Draft {
    let fact = ProposalFact { id: id.clone(), from: merger.from.clone(), into: merger.into.clone(), approved };
    let act = Draft::act(kind, moment, Fact::Proposal(Box::new(fact)));
    act.of(&merger.from, None).referring_to(merger.seq)
}

/// Moves a member's points and money to another member, and closes the account.
fn moves(state: &impl State, from: &MemberId, into: &MemberId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
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

/// Checks that nothing stands in the way of a merger.
fn may_be_merged(state: &impl State, from: &MemberId, into: &MemberId, moment: &Moment<'_>) -> Result<(), Rejection> {
    if balance(state, from, Bucket::Held) > 0 {
        none_due(state, from, moment.now)?;
    }
    let reasons = not_mergeable(state, from, into, the_program(state)?.terms.currency);
    if reasons.is_empty() { Ok(()) } else { Err(Rejection::NotMergeable { reasons }) }
}

/// Returns every reason why two members cannot be merged.
fn not_mergeable(state: &impl State, from: &MemberId, into: &MemberId, currency: Currency) -> Vec<String> {
    let mut reasons = Vec::new();
    if state.get::<Schedule>(&()).is_some_and(Schedule::is_running) {
        reasons.push("points are expiring right now; try again in a moment".into());
    }
    if state.get::<Open>(&()).is_some_and(|open| open.rows.iter().any(|run| run.is_closing)) {
        reasons.push("the choices of a payout are being closed right now; try again in a moment".into());
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
    let in_payment = [(has(Bucket::Drawn), "in a payment batch; have it released or cancelled")];
    for (minor, what) in in_payment.into_iter().filter(|(minor, _)| *minor > 0) {
        reasons.push(format!("{} {} is {what}", currency.format(minor), currency.code()));
    }
    reasons
}

fn balance(state: &impl State, member: &MemberId, bucket: Bucket) -> i64 {
    state.account(member).map_or(0, |account| account.balances.get(bucket))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::decide::command::Act;
    use crate::decide::rejection::AccessRejection;
    use crate::state::account::Account;
    use crate::state::overlay::Changes;
    use crate::state::program::Program;
    use crate::state::record::{Record, RecordKey};
    use crate::terms::program::ProgramTerms;
    use crate::terms::rules::book::RuleBook;
    use crate::value::encoding::Secret;
    use crate::value::ids::{RequestId, ServiceId};
    use crate::value::principal::PrincipalId;
    use crate::value::seq::Seq;
    use crate::value::time::Micros;

    fn member(id: &str) -> MemberId {
        MemberId::parse(id).expect("an id")
    }

    /// Decides a merger in which the member that is merged away has this amount in one bucket.
    fn merged(bucket: Bucket, amount: i64) -> Result<Vec<Draft>, Rejection> {
        with_one_bucket(bucket, amount, |state, moment| {
            may_be_merged(state, &member("old"), &member("new"), moment)?;
            moves(state, &member("old"), &member("new"), moment)
        })
    }

    fn with_one_bucket<T>(
        bucket: Bucket,
        amount: i64,
        decide: impl FnOnce(&Changes, &Moment<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let mut account = Account::empty(member("old"));
        account.balances.put(bucket, amount);
        let terms = ProgramTerms {
            currency: Currency::from_code("GBP").expect("pounds"),
            time_zone: "Europe/London".into(),
            debt_limit_points: 50,
            adjustment_limit_points: 1_234,
        };
        let program = Program::new(terms, Seq::ZERO.next(), Micros::new(0).expect("a time"));
        let mut state = Changes::default();
        state.records.insert(RecordKey::Program, (Seq::ZERO.next(), Record::Program(program)));
        state.accounts.insert(account.member.clone(), account);
        let moment =
            Moment { now: Micros::new(0).expect("a time"), zone: TimeZone::UTC, rules: &RuleBook::new(Vec::new()) };
        decide(&state, &moment)
    }

    /// INV 82: each bucket is the contra side, or it moves, or it prevents the merger.
    #[test]
    fn each_bucket_stays_moves_or_stands_in_the_way_of_a_merger() {
        use Bucket::{Drawn, Given, Granted, Held, Issued, Moved, MovedMoney, Pending, Reserved, Sent};
        for bucket in Bucket::ALL {
            let amount = if bucket == Bucket::WrittenOff { -1_234 } else { 1_234 };
            let drafts = match (bucket, merged(bucket, amount)) {
                (Pending | Held | Reserved | Drawn | Sent, Err(Rejection::NotMergeable { reasons })) => {
                    assert_eq!(reasons.len(), 1, "{reasons:?}");
                    let told = if bucket.unit() == Unit::Money { "12.34 GBP is " } else { "1234 points are " };
                    assert!(reasons[0].starts_with(told), "{reasons:?}");
                    continue;
                }
                (bucket, merged) => merged.unwrap_or_else(|why| panic!("{bucket:?}: {why}")),
            };
            let stays = matches!(bucket, Issued | Granted | Given | Moved | MovedMoney);
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
    fn asked_by(principal: PrincipalId) -> Command {
        let (from, into) = (member("old"), member("new"));
        let id = RequestId::parse("ticket-1").expect("an id");
        Command::own(&Secret::new([7; 32]), id, principal, Act::MergeMembers { from, into })
    }

    /// A service may merge what one person may, and draws up nothing that a second one must sign.
    #[test]
    fn a_service_merges_only_what_one_person_may() {
        let service = asked_by(PrincipalId::Service(ServiceId::parse("bot").expect("an id")));
        for (amount, may) in [(1_234, true), (1_235, false)] {
            let merged = with_one_bucket(Bucket::Available, amount, |state, moment| {
                merge(state, &service, (&member("old"), &member("new")), moment)
            });
            let refused = Rejection::from(AccessRejection::NotPermitted { roles: &[Role::Community], person: true });
            assert_eq!(
                merged.map(|drafts| drafts[0].kind),
                if may { Ok(EntryKind::MemberMerged) } else { Err(refused) }
            );
        }
    }

    /// INV 49: points that can be used need a second person above the limit, and money that is still to come always.
    #[test]
    fn a_merger_waits_for_a_second_person_when_much_would_move() {
        use Bucket::{Available, Carried, Due, Sent, Withheld};
        let command = asked_by(PrincipalId::parse("anna").expect("a name"));
        for bucket in Bucket::ALL {
            for amount in [1, 1_234, 1_235] {
                let drafts = with_one_bucket(bucket, amount, |state, moment| {
                    merge(state, &command, (&member("old"), &member("new")), moment)
                });
                let Ok(drafts) = drafts else { continue };
                let waits =
                    matches!(bucket, Due | Carried | Withheld | Sent) || (bucket == Available && amount > 1_234);
                let expected = if waits { EntryKind::MergerProposed } else { EntryKind::MemberMerged };
                assert_eq!(drafts[0].kind, expected, "{amount} in {bucket:?}");
                assert!(!waits || (drafts.len() == 1 && drafts[0].movement.is_none()), "nothing has moved");
            }
        }
    }
}
