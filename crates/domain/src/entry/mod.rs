//! The entry: one row of the log. Every field and number here is hashed and never changes its meaning.

pub mod access;
pub mod adjustment;
pub mod batch;
pub mod commands;
pub mod digest;
pub mod earning;
pub mod expiry;
pub mod fact;
pub mod format;
pub mod kinds;
pub mod member;
pub mod money;
pub mod name;
pub mod payout;
pub mod till;
pub mod told;

use std::borrow::Cow;

use borsh::BorshSerialize;

use crate::entry::commands::CommandKind;
use crate::entry::earning::{ActivityFact, PartChange};
use crate::entry::fact::Fact;
use crate::entry::format::Format;
use crate::entry::kinds::EntryKind;
use crate::entry::name::{CommandName, Request};
use crate::terms::activity::{Activity, Attributes};
use crate::terms::caps::Flow;
use crate::value::amount::Move;
use crate::value::balances::Balances;
use crate::value::encoding::{Hash, Secret, encode};
use crate::value::ids::{ActivityId, MemberId, ProgramId, RuleId, SourceId};
use crate::value::local::LocalTime;
use crate::value::principal::PrincipalId;
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};
use crate::value::tree;

/// One row of a programme's log: an event, with at most one move between two buckets of one member.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct Entry {
    /// Place in the log.
    pub seq: Seq,
    /// Format in which the entry was written.
    #[borsh(skip)]
    pub format: Format,
    /// Event that the entry records.
    pub kind: EntryKind,
    /// Source of the command.
    pub source: SourceId,
    /// Type of the command.
    pub command: CommandKind,
    /// Id and values of the command, on its first entry only.
    pub request: Option<Request>,
    /// The member that the entry concerns, if any.
    pub member: Option<MemberId>,
    /// The member's entry before this one; 0 for the first.
    pub prev_seq: Seq,
    /// The move, if anything moved.
    pub movement: Option<Move>,
    /// Time of the event, by the source's clock.
    pub occurred_at: Micros,
    /// The programme's day on which the entry counts. A reversal has the activity's day.
    pub local_day: Day,
    /// Time of recording, by the ledger's clock; it never decreases with seq.
    pub recorded_at: Micros,
    /// The entry that this one refers to, if any.
    pub refers: Option<Seq>,
    /// Version of the rules that decided the entry; 0 for none.
    pub rule_version: u32,
    /// The rule that decided the entry, if any.
    pub rule: Option<RuleId>,
    /// Points the rule gave, before any reduction.
    pub raw_points: i64,
    /// Reason of a decline or of a reversal.
    pub reason: Option<Reason>,
    /// The member's balances after the entry.
    pub balance_after: Balances,
    /// Content of the entry beside its move.
    pub fact: Fact,
    /// Salted digest of the entry's text, if it has one.
    pub note_digest: Option<Hash>,
    /// Sender of the command.
    pub principal: PrincipalId,
    /// The entry's leaf in the log's tree: the hash of all fields above, in the entry's format.
    #[borsh(skip)]
    pub leaf: Hash,
}

impl Entry {
    /// Returns the entries whose text is erased with this one.
    #[must_use]
    pub fn erased(&self) -> &[Seq] {
        match &self.fact {
            Fact::Payee(fact) => &fact.erased,
            _ => &[],
        }
    }

    /// Returns the command's name, on its first entry.
    #[must_use]
    pub fn command_name(&self) -> Option<CommandName> {
        let id = self.request.as_ref()?.id.clone();
        Some(CommandName { source: self.source.clone(), kind: self.command, id })
    }

    /// Returns the id of the recorded activity, on the first entry.
    #[must_use]
    pub fn activity_id(&self) -> Option<ActivityId> {
        let id = &self.request.as_ref()?.id;
        (self.command == CommandKind::RecordActivity).then(|| ActivityId::parse(id.as_str()).ok()).flatten()
    }

    /// Computes the leaf: `leaf_hash(format ‖ salt ‖ programme ‖ every field)`, in the canonical encoding.
    #[must_use]
    pub fn compute_leaf(&self, program: &ProgramId, secret: &Secret) -> Hash {
        tree::leaf_hash(&encode(&(self.format.number(), secret.salt(self.seq.get()), program, self)))
    }

    /// True when a record is kept of the activity from the start: something of it may fall due, it claims an exclusive
    /// key, a ban covers it, or further moves of it ask for it. The record of any other activity begins with the first news of it.
    #[must_use]
    pub fn keeps_activity(&self, fact: &ActivityFact) -> bool {
        let parts = self.parts(fact);
        let waits = || parts.iter().any(|part| part.brings.waiting() != 0);
        let is_asked_for = || fact.given_back != 0 || parts.iter().any(|part| part.passes.confirmed < 0);
        !parts.is_empty()
            && (fact.due_at.is_some() || fact.claims.is_some() || fact.is_revoked || waits() || is_asked_for())
    }

    /// Returns 1 when the entry adds an adjustment to those that wait for a second person, −1 when it takes one out, and
    /// 0 for any other.
    #[must_use]
    pub const fn changes_waiting(&self) -> i64 {
        match self.kind {
            EntryKind::AdjustmentProposed => 1,
            EntryKind::AdjustmentRejected => -1,
            EntryKind::PointsAdjusted if self.refers.is_some() => -1,
            _ => 0,
        }
    }

    /// True for points that a penalty takes, or that come back when it is undone.
    #[must_use]
    pub fn is_of_penalty(&self) -> bool {
        match &self.fact {
            Fact::Activity(_) => self.raw_points < 0,
            Fact::Earning(fact) => fact.is_penalty,
            Fact::PayoutReduction(fact) => fact.is_penalty,
            _ => false,
        }
    }

    /// True for points that an adjustment or a penalty takes: points that were earned before count as used.
    #[must_use]
    pub fn uses_oldest(&self) -> bool {
        match &self.fact {
            Fact::Adjustment(fact) => fact.points < 0,
            Fact::AdjustmentMove(fact) => fact.of.points < 0,
            _ => self.is_of_penalty(),
        }
    }

    /// Returns the day on which the entry's credit counts; `None` for points that an adjustment or a penalty takes, which
    /// come out of the oldest credit, as spent points do.
    #[must_use]
    pub fn credit_day(&self) -> Option<Day> {
        (!self.uses_oldest()).then_some(self.local_day)
    }

    /// Returns the points that the entry credits; negative when it takes credit back. See [`Move::credited`].
    #[must_use]
    pub fn credited(&self) -> i64 {
        self.movement.map_or(0, Move::credited)
    }

    /// Returns the recorded activity as its source reported it, from the entry's fact and the attributes beside the
    /// log; `None` for an entry without a member.
    #[must_use]
    pub fn activity(&self, fact: &ActivityFact, attributes: Attributes) -> Option<Activity> {
        Some(Activity {
            kind: fact.kind.clone(),
            member: self.member.clone()?,
            counterparty: fact.counterparty.clone(),
            subject: fact.subject.clone(),
            amount_minor: fact.amount_minor,
            exclusive_key: fact.exclusive_key.clone(),
            follows: fact.follows.clone(),
            attributes,
            occurred_at: self.occurred_at,
            quantity: fact.quantity,
        })
    }

    /// Returns the local time of the activity, by the offset from UTC that was stored with it; `None` when no place has
    /// had that offset.
    #[must_use]
    pub fn local_time(&self, fact: &ActivityFact) -> Option<LocalTime> {
        LocalTime::with_offset(self.occurred_at, fact.utc_offset_s)
    }

    /// Returns the activity's outcome under each rule that applied, also when only the entry's own columns hold it.
    #[must_use]
    pub fn parts<'a>(&self, fact: &'a ActivityFact) -> Cow<'a, [PartChange]> {
        match (&fact.parts[..], &self.rule) {
            ([], Some(rule)) if self.reason.is_none() => {
                let all = Flow { confirmed: self.raw_points, total: self.raw_points };
                vec![PartChange { rule: rule.clone(), brings: all, caps: Vec::new(), passes: all }].into()
            }
            (parts, _) => parts.into(),
        }
    }
}
