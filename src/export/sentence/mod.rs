//! Entries as sentences that can be sent to the member as they stand. They name no other member.

mod adjusted;
mod ceilings;
mod expired;
mod member;
mod money;
pub mod payments;
mod payout;
mod recorded;
mod till;
mod told;

use jiff::tz::TimeZone;

use super::words::{date, on, plain, points, was};
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::project::posted::Posted;
use crate::domain::terms::rules::book::RuleBook;
use crate::domain::terms::rules::set::{Exclusive, Holder, Rule};
use crate::domain::value::amount::Move;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::PayoutId;
use crate::domain::value::money::Currency;
use crate::domain::value::time::Day;

/// The facts of the programme that a sentence needs.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The time zone in which its days begin and end.
    pub zone: &'a TimeZone,
    /// The currency it pays out.
    pub currency: Currency,
    /// Every version of its rules.
    pub rules: &'a RuleBook,
}

/// Says in a sentence or a few what an entry means to its member; `None` for an entry that concerns no member.
///
/// `further` are the entries that the same act wrote right after it, for the same member: see [`further`]. Their moves
/// are said with the act, so a history without their own sentences is complete.
#[must_use]
pub fn sentence(entry: &Entry, further: &[&Entry], context: &Context<'_>) -> Option<String> {
    entry.member.as_ref()?;
    let about = About { entry, posted: Posted::by([entry].into_iter().chain(further.iter().copied())), context };
    Some(match entry.kind {
        EntryKind::ActivityRecorded => recorded::recorded(&about, last(entry, further)),
        EntryKind::ActivityReversed => told::reversed(&about, last(entry, further)),
        EntryKind::ActivityDisplaced => told::displaced(&about, last(entry, further)),
        EntryKind::KeyPassed => told::key_passed(&about),
        EntryKind::ActivityRestored => told::restored(&about, last(entry, further)),
        EntryKind::ActivityRevoked => told::revoked(&about, last(entry, further)),
        EntryKind::ActivityReinstated => told::reinstated(&about),
        EntryKind::ActivityRefunded => told::refunded(&about, last(entry, further)),
        EntryKind::ActivityConfirmed => told::confirmed(&about),
        EntryKind::WaitEnded => told::wait_ended(&about),
        EntryKind::AdjustmentProposed => adjusted::proposed(&about),
        EntryKind::PointsAdjusted => adjusted::posted(&about, last(entry, further)),
        EntryKind::AdjustmentRejected => adjusted::rejected(&about),
        EntryKind::AdjustmentRevoked => adjusted::revoked(&about, last(entry, further)),
        EntryKind::AdjustmentReinstated => adjusted::reinstated(&about),
        EntryKind::ProfileUpdated => member::profile_updated(&about),
        EntryKind::MemberSuspended => member::suspended(&about),
        EntryKind::MemberReinstated => member::reinstated(&about),
        EntryKind::MemberBanned => member::banned(&about),
        EntryKind::BanCompleted => member::completed(&about),
        EntryKind::LapseProposed => money::lapse_proposed(&about),
        EntryKind::LapseApproved => money::lapse_approved(&about),
        EntryKind::LapseRejected => money::lapse_rejected(&about),
        EntryKind::BanLiftProposed => member::lift_proposed(&about),
        EntryKind::BanLiftRejected => member::lift_rejected(&about),
        EntryKind::BanLifted => member::lifted(&about),
        EntryKind::BanLiftCompleted => member::lift_completed(&about),
        EntryKind::MemberMerged => member::merged(&about),
        EntryKind::MoneyMoved => member::money_moved(&about),
        EntryKind::MergerProposed => member::merger_proposed(&about),
        EntryKind::MergerApproved => member::merger_approved(&about),
        EntryKind::MergerRejected => member::merger_rejected(&about),
        EntryKind::PointsMoved | EntryKind::PayoutReduced | EntryKind::WrittenOff => further_move(&about),
        EntryKind::HoldCreated => till::held(&about),
        EntryKind::HoldCaptured => till::captured(&about),
        EntryKind::HoldReleased => till::released(&about),
        EntryKind::HoldExpired => till::expired(&about),
        EntryKind::PointsRedeemed => till::redeemed(&about),
        EntryKind::RedemptionRefunded => till::refunded(&about),
        EntryKind::PointsExpired => expired::expired(&about),
        EntryKind::PayoutReserved => payout::reserved(&about),
        EntryKind::PayoutPaid => payout::paid(&about),
        EntryKind::PayoutGranted => payout::granted(&about),
        EntryKind::PayoutReturned => payout::returned(&about),
        EntryKind::PayoutReleased => payout::released(&about),
        EntryKind::PayoutListed => payout::listed(&about),
        EntryKind::ChoiceSet => money::choice_set(&about),
        EntryKind::MoneyChosen => money::chosen(&about),
        EntryKind::MoneyCarried => money::carried(&about),
        EntryKind::MoneyLapsed => money::lapsed(&about),
        EntryKind::MoneyDonated => money::donated(&about),
        EntryKind::DonationMatched => money::matched(&about),
        EntryKind::DonationsReceived => money::received(&about),
        EntryKind::MoneyWithheld => money::withheld(&about),
        EntryKind::MoneyReleased => money::released(&about),
        EntryKind::MoneyDrawn => payments::drawn(&about),
        EntryKind::MoneyLeftOut => payments::left_out(&about),
        EntryKind::MoneySent => payments::sent(&about),
        EntryKind::MoneySettled => payments::settled(&about),
        EntryKind::MoneyBack => payments::back(&about),
        EntryKind::PaymentReported => payments::reported(&about),
        EntryKind::PayeeSet => payments::payee_set(&about),
        EntryKind::PayeeRemoved => payments::payee_removed(&about),
        EntryKind::PaymentRetried => payments::retried(&about),
        // Acts on the whole programme.
        _ => return None,
    })
}

/// Says what each entry of a member's history means, newest first as they come. `newer` are entries that may follow the
/// newest of them in the log, in order. Those that belong to it are among them.
#[must_use]
pub fn history(newest_first: &[Entry], newer: &[Entry], context: &Context<'_>) -> Vec<String> {
    let in_order: Vec<&Entry> = newest_first.iter().rev().chain(newer).collect();
    let count = newest_first.len();
    let sentences = (0..count).rev().map(|at| sentence(in_order[at], further(&in_order[at..]), context));
    sentences.map(Option::unwrap_or_default).collect()
}

/// Returns, of entries in order, those after the first that its act wrote right after it for the same member.
#[must_use]
pub fn further<'a, 'b>(of: &'a [&'b Entry]) -> &'a [&'b Entry] {
    let belongs = |pair: &&[&Entry]| {
        pair[1].kind.is_further_move()
            && pair[1].request.is_none()
            && pair[1].seq == pair[0].seq.next()
            && pair[1].member == pair[0].member
    };
    let count = of.windows(2).take_while(belongs).count();
    of.get(1..=count).unwrap_or_default()
}

/// An entry about an activity, with the moves of its act.
struct About<'a> {
    entry: &'a Entry,
    posted: Posted,
    context: &'a Context<'a>,
}

impl About<'_> {
    /// Returns the day on which the event of the entry happened.
    fn day(&self) -> Day {
        self.entry.occurred_at.day_in(self.context.zone)
    }

    /// Says an event, with the day on which it happened.
    fn told(&self, what: &str) -> String {
        on(self.day(), what)
    }

    /// Names the activity as a member may know it: its kind, and the source's id of it.
    fn activity(&self) -> String {
        match &self.entry.fact {
            Fact::Activity(fact) => {
                let id = self.entry.request.as_ref().map(|request| format!(" {}", request.id)).unwrap_or_default();
                format!("{}{id}", plain(fact.kind.as_str()))
            }
            Fact::Earning(fact) => {
                let kind = fact.kind.as_ref().map_or("the activity".into(), |kind| plain(kind.as_str()));
                format!("{kind} {}", fact.activity)
            }
            Fact::PayoutReduction(fact) => format!("{} {}", plain(fact.kind.as_str()), fact.activity),
            Fact::Adjustment(_) | Fact::AdjustmentMove(_) => "the adjustment".into(),
            _ => "the activity".into(),
        }
    }

    /// Names the activity, with its day.
    fn activity_of_day(&self) -> String {
        format!("{} of {}", self.activity(), date(self.entry.local_day))
    }

    /// Names the thing that the exclusive key of the activity stands for, as `question`.
    fn space(&self) -> String {
        self.exclusive().map_or("thing".into(), |exclusive| plain(exclusive.space.as_str()))
    }

    /// Says which other activity may hold its exclusive key.
    fn rival(&self) -> Rival {
        match self.exclusive().map(|exclusive| exclusive.holder) {
            Some(Holder::EarliestStanding) => Rival { stands: "an earlier one stands", stood: "an earlier one stood" },
            _ => Rival { stands: "a later one was recorded", stood: "a later one had been recorded" },
        }
    }

    fn exclusive(&self) -> Option<&Exclusive> {
        self.rule()?.exclusive.as_ref()
    }

    /// Returns the rule that the entry names.
    fn rule(&self) -> Option<&Rule> {
        self.context.rules.version(self.entry.rule_version)?.rule(self.entry.rule.as_ref()?)
    }
}

/// Words on an activity that holds the exclusive key of another.
struct Rival {
    stands: &'static str,
    stood: &'static str,
}

/// Says a move beside the first of an act.
fn further_move(about: &About<'_>) -> String {
    match &about.entry.fact {
        Fact::Hold(_) | Fact::Redemption(_) => return till::beside(about),
        Fact::Merge(_) => return member::brought_along(about),
        _ => {}
    }
    let count = points(moved(about.entry));
    let were = were(about.entry);
    let what = match about.entry.movement.map(|movement| (movement.from(), movement.to())) {
        Some((Bucket::WrittenOff, _)) => {
            format!("{count} that could not be taken from your balance {were} written off")
        }
        Some((Bucket::Moved, _) | (_, Bucket::Moved)) => {
            format!("{count} {were} moved between accounts of yours that were merged")
        }
        Some((Bucket::Pending, Bucket::Available)) => format!("{count} that waited can now be used"),
        Some((Bucket::Pending, _)) => format!("{count} that waited {were} taken back"),
        Some((Bucket::Reserved, _)) => {
            format!("{count} reserved for the payout {} {were} taken back", payout(about.entry))
        }
        Some((Bucket::Available, Bucket::WrittenOff)) => {
            format!("{count} of it {were} used to make good what had been written off")
        }
        Some((Bucket::Available, Bucket::Expired)) => format!("{count} of it had expired before"),
        Some((Bucket::Available, _)) => format!("{count} {were} taken from your balance"),
        Some((Bucket::Expired, _)) => format!("{count} of it had expired"),
        Some((_, Bucket::Pending)) => format!("{count} {were} added to those that wait"),
        _ => format!("{count} {were} added to your balance"),
    };
    format!("Part of what happened on {} to {}: {what}.", date(about.day()), about.activity_of_day())
}

/// Returns the last entry of an act: it has the member's balance after the act.
fn last<'a>(entry: &'a Entry, further: &[&'a Entry]) -> &'a Entry {
    further.last().copied().unwrap_or(entry)
}

fn moved(entry: &Entry) -> i64 {
    entry.movement.map_or(0, |movement: Move| movement.amount().get())
}

fn amount(entry: &Entry) -> String {
    points(moved(entry))
}

fn were(entry: &Entry) -> &'static str {
    was(moved(entry))
}

fn payout(entry: &Entry) -> &str {
    match &entry.fact {
        Fact::PayoutAct(id) => id.as_str(),
        Fact::Listed(row) => row.payout.as_str(),
        Fact::Lot(fact) => fact.lot.payout.as_str(),
        Fact::Part(part) => part.lot.payout.as_str(),
        fact => fact.reduces().map_or("", PayoutId::as_str),
    }
}
