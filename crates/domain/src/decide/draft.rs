//! Drafts: decided entries without a place in the log yet.

use jiff::tz::TimeZone;

use crate::decide::rejection::Rejection;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::terms::rules::book::RuleBook;
use crate::value::amount::{Amount, Move};
use crate::value::balances::Overflow;
use crate::value::bucket::Bucket;
use crate::value::encoding::Hash;
use crate::value::ids::{MemberId, RuleId};
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

/// Circumstances in which a command is decided.
#[derive(Debug, Clone)]
pub struct Moment<'a> {
    /// The ledger's time, which becomes `recorded_at`.
    pub now: Micros,
    /// The programme's time zone.
    pub zone: TimeZone,
    /// Every version of the programme's rules.
    pub rules: &'a RuleBook,
}

impl Moment<'_> {
    /// Returns the programme's day of this moment.
    #[must_use]
    pub fn today(&self) -> Day {
        self.now.day_in(&self.zone)
    }
}

/// A decided entry without a place in the log yet.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Event that the entry records.
    pub kind: EntryKind,
    /// The member that the entry concerns, if any.
    pub member: Option<MemberId>,
    /// The move, if anything moves.
    pub movement: Option<Move>,
    /// Time of the event.
    pub occurred_at: Micros,
    /// The day on which the entry counts.
    pub local_day: Day,
    /// The entry that this one refers to, if any.
    pub refers: Option<Seq>,
    /// Version of the rules that decided the entry; 0 for none.
    pub rule_version: u32,
    /// The rule that decided the entry, if any.
    pub rule: Option<RuleId>,
    /// Points the rule gave.
    pub raw_points: i64,
    /// Reason of a decline or of a reversal.
    pub reason: Option<Reason>,
    /// Content of the entry beside its move.
    pub fact: Fact,
    /// Salted digest of the entry's text, if it has one.
    pub note_digest: Option<Hash>,
}

impl Draft {
    /// Makes an act on the whole programme. It happens when it is recorded.
    pub(super) fn act(kind: EntryKind, moment: &Moment<'_>, fact: Fact) -> Self {
        Self {
            kind,
            member: None,
            movement: None,
            occurred_at: moment.now,
            local_day: moment.today(),
            refers: None,
            rule_version: 0,
            rule: None,
            raw_points: 0,
            reason: None,
            fact,
            note_digest: None,
        }
    }

    pub(super) fn of(self, member: &MemberId, movement: Option<Move>) -> Self {
        Self { member: Some(member.clone()), movement, ..self }
    }

    pub(super) fn referring_to(self, seq: Seq) -> Self {
        Self { refers: Some(seq), ..self }
    }
}

/// Makes a move of an amount; `None` when the amount is zero.
///
/// # Errors
/// [`Rejection::AmountOverflow`] when the amount does not fit in one entry. Such an amount is never left out in
/// silence.
pub(super) fn shift(from: Bucket, to: Bucket, amount: i64) -> Result<Option<Move>, Rejection> {
    if amount == 0 {
        return Ok(None);
    }
    let movement = Amount::new(amount).and_then(|amount| Move::new(from, to, amount));
    movement.map(Some).ok_or(Rejection::AmountOverflow(Overflow(to)))
}
