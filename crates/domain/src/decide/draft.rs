//! Entries as decided, before they have a place in the log.

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

/// When a command is decided.
#[derive(Debug, Clone)]
pub struct Moment<'a> {
    /// The ledger's time: what `recorded_at` will say.
    pub now: Micros,
    /// The programme's time zone.
    pub zone: TimeZone,
    /// Every version of its rules.
    pub rules: &'a RuleBook,
}

impl Moment<'_> {
    /// The programme's day it is.
    #[must_use]
    pub fn today(&self) -> Day {
        self.now.day_in(&self.zone)
    }
}

/// An entry as decided: what it says, before it has a place in the log.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it records.
    pub kind: EntryKind,
    /// The member it concerns, if any.
    pub member: Option<MemberId>,
    /// What moves, if anything.
    pub movement: Option<Move>,
    /// When it happened.
    pub occurred_at: Micros,
    /// The day it counts on.
    pub local_day: Day,
    /// The entry it refers to, if any.
    pub refers: Option<Seq>,
    /// Version of the rules that decided it; 0 for none.
    pub rule_version: u32,
    /// The rule that decided it, if any.
    pub rule: Option<RuleId>,
    /// Points the rule gave.
    pub raw_points: i64,
    /// Why, as a code.
    pub reason: Option<Reason>,
    /// What it holds beside its move.
    pub fact: Fact,
    /// Salted digest of the text that goes with it, if any.
    pub note_digest: Option<Hash>,
}

impl Draft {
    /// An act on the whole programme, happening as it is recorded.
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

/// A move of an amount that may be zero: then nothing moves.
///
/// # Errors
/// [`Rejection::AmountOverflow`] for more than one entry can move: what does not fit is never left out in silence.
pub(super) fn shift(from: Bucket, to: Bucket, amount: i64) -> Result<Option<Move>, Rejection> {
    if amount == 0 {
        return Ok(None);
    }
    let movement = Amount::new(amount).and_then(|amount| Move::new(from, to, amount));
    movement.map(Some).ok_or(Rejection::AmountOverflow(Overflow(to)))
}
