//! What an entry holds beside its move. With the move, it is all that is needed to rebuild every balance and record.

use std::borrow::Cow;

use borsh::{BorshDeserialize, BorshSerialize};

use super::adjustment::{AdjustmentFact, AdjustmentMove};
use super::caps::{CapPeriod, Flow};
use super::earning::{ClaimKey, Earning};
use super::encoding::Hash;
use super::entry::{Entry, Seq};
use super::expiry::CutOff;
use super::ids::{
    ActivityId, ActivityKind, ExclusiveKey, KeySpace, MemberId, PayoutId, RuleId, SourceId, StatementId, Subject,
};
use super::member::{MemberFact, MergeFact};
use super::payout::PayoutTerms;
use super::program::ProgramTerms;
use super::rules::{Activity, Attributes, RuleSet};
use super::savings::StatementTerms;
use super::till::{Place, Spending};
use super::time::Micros;

/// What an entry holds beside its move.
///
/// Variants are numbered by their place: new ones go to the end.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Fact {
    /// The terms of a programme.
    Program(ProgramTerms),
    /// A version of the rules.
    RuleSet(RuleSet),
    /// An activity.
    Activity(Box<ActivityFact>),
    /// What was told of an activity.
    Earning(Box<EarningFact>),
    /// Declared savings.
    Statement(StatementTerms),
    /// The statement approved.
    StatementApproval(StatementId),
    /// The terms of a payout.
    Payout(PayoutTerms),
    /// A step over the members up to and with this one.
    PayoutStep(PayoutStep),
    /// The content fixed or signed.
    PayoutContent(PayoutContent),
    /// The payout it belongs to.
    PayoutAct(PayoutId),
    /// The payout, and the activity for which it was reduced.
    PayoutReduction(Box<PayoutReduction>),
    /// An adjustment.
    Adjustment(AdjustmentFact),
    /// The adjustment that a further move belongs to.
    AdjustmentMove(Box<AdjustmentMove>),
    /// An act on a member.
    Member(MemberFact),
    /// A merger of two members.
    Merge(Box<MergeFact>),
    /// A shop's hold.
    Hold(Box<HoldFact>),
    /// Points spent at the till.
    Redemption(Box<RedemptionFact>),
    /// A step of a cut-off at which points expire.
    ExpiryStep(ExpiryStep),
    /// The cut-off at which points expired.
    Expiry(CutOff),
}

/// What the log keeps of an activity. Attributes are beside the log, under the entry's note digest.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ActivityFact {
    /// What was done.
    pub kind: ActivityKind,
    /// Whose act it rests on.
    pub counterparty: Option<MemberId>,
    /// What it was about.
    pub subject: Option<Subject>,
    /// Value of the order it was about, in minor units.
    pub amount_minor: Option<i64>,
    /// What can be had once only.
    pub exclusive_key: Option<ExclusiveKey>,
    /// The activity of the same source that it follows.
    pub follows: Option<ActivityId>,
    /// What it is to its exclusive key, if anything.
    pub claims: Option<Claims>,
    /// Whether something was told of it before it came.
    pub ends_early: bool,
    /// Whether a record is kept of it from the start; of others one begins when something is told of them.
    pub tracked: bool,
    /// When something of it falls due.
    pub due_at: Option<Micros>,
    /// What it brings by each rule that applied; empty for one rule without a cap or a term, of which the entry says all.
    pub parts: Vec<PartChange>,
}

/// What an activity is to its exclusive key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Claims {
    /// It is the latest, and so holds the key.
    Latest(KeySpace),
    /// It is one of those of which the earliest that stands holds the key.
    Candidate(KeySpace),
}

impl Claims {
    /// Where the key is compared.
    #[must_use]
    pub const fn space(&self) -> &KeySpace {
        match self {
            Self::Latest(space) | Self::Candidate(space) => space,
        }
    }
}

/// What is told of an activity after, or before, it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EarningFact {
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// Kind of the activity, the board it counts on; unknown before the activity came.
    pub kind: Option<ActivityKind>,
    /// What was given back of its amount, in minor units.
    pub refunded_minor: i64,
    /// Whether it is the first thing told of an activity that has not come.
    pub begins_early: bool,
    /// The activity as it was, where its record begins with this.
    pub begins: Option<Earning>,
    /// Whether another activity holds its exclusive key from now on.
    pub is_displaced: bool,
    /// The exclusive key that it does not claim any more: what was reversed never stands again.
    pub gives_up: Option<ClaimKey>,
    /// When something of the activity falls due next.
    pub due_at: Option<Micros>,
    /// What the activity brings by each of its rules from now on; empty where nothing changes.
    pub parts: Vec<PartChange>,
}

/// What an entry makes of one part of an activity.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PartChange {
    /// The rule.
    pub rule: RuleId,
    /// What the activity brings by it from now on, before caps.
    pub brings: Flow,
    /// How that changes what flowed into each cap, from the innermost on.
    pub caps: Vec<CapFlow>,
    /// How it changes what passes them all: what the member gets, or loses.
    pub passes: Flow,
}

/// How much more, or less, flows into one window of a cap.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CapFlow {
    /// The cap and its window.
    pub period: CapPeriod,
    /// The difference.
    pub change: Flow,
}

/// How far a payout's step reaches.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PayoutStep {
    /// The payout.
    pub payout: PayoutId,
    /// The last member looked at.
    pub through: MemberId,
}

/// What a payout's digest stands for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PayoutContent {
    /// The payout.
    pub payout: PayoutId,
    /// Digest of its content.
    pub digest: Hash,
}

/// For which activity points set aside are taken back.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PayoutReduction {
    /// The payout that had set them aside.
    pub payout: PayoutId,
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// Kind of the activity, the board it counts on.
    pub kind: ActivityKind,
}

/// The hold an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HoldFact {
    /// Its name.
    pub place: Place,
    /// What the points are for.
    pub subject: Option<Subject>,
    /// Until when they are held.
    pub expires_at: Micros,
    /// Points that the next entry gives back, as this one spends but a part.
    pub given_back: i64,
    /// Points of what is given back that the last entry of the act moves to what was written off.
    pub made_good: i64,
}

/// What was spent, or of which something is given back.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RedemptionFact {
    /// The name of the redemption, or of the hold that was captured.
    pub place: Place,
    /// Which of the two.
    pub spending: Spending,
    /// What it was spent on.
    pub subject: Option<Subject>,
    /// Points of what is given back that the next entry moves to what was written off.
    pub made_good: i64,
}

/// How far a cut-off has got.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExpiryStep {
    /// The cut-off.
    pub cut_off: CutOff,
    /// The last member looked at; `None` when every one is.
    pub through: Option<MemberId>,
    /// Credit that is past its time was summed up to this entry.
    pub as_of: Seq,
}

impl ActivityFact {
    /// The activity as its source reported it, given the attributes that stand beside the log; `None` for an entry that
    /// concerns no member.
    #[must_use]
    pub fn activity(&self, entry: &Entry, attributes: Attributes) -> Option<Activity> {
        Some(Activity {
            kind: self.kind.clone(),
            member: entry.member.clone()?,
            counterparty: self.counterparty.clone(),
            subject: self.subject.clone(),
            amount_minor: self.amount_minor,
            exclusive_key: self.exclusive_key.clone(),
            follows: self.follows.clone(),
            attributes,
            occurred_at: entry.occurred_at,
        })
    }

    /// What the activity brings by each rule that applied, also where its entry's own columns say it all.
    #[must_use]
    pub fn all_parts(&self, entry: &Entry) -> Cow<'_, [PartChange]> {
        match (&self.parts[..], &entry.rule) {
            ([], Some(rule)) if entry.reason.is_none() => {
                let all = Flow { confirmed: entry.raw_points, total: entry.raw_points };
                vec![PartChange { rule: rule.clone(), brings: all, caps: Vec::new(), passes: all }].into()
            }
            (parts, _) => parts.into(),
        }
    }
}

impl EarningFact {
    /// Says which activity an entry is about, and no more.
    #[must_use]
    pub fn about(source: &SourceId, activity: &ActivityId, kind: &ActivityKind) -> Self {
        Self {
            source: source.clone(),
            activity: activity.clone(),
            kind: Some(kind.clone()),
            refunded_minor: 0,
            begins_early: false,
            begins: None,
            is_displaced: false,
            gives_up: None,
            due_at: None,
            parts: Vec::new(),
        }
    }
}

impl Fact {
    /// The kind of activity whose credit the entry changes, if any; of an adjustment, its reason.
    #[must_use]
    pub fn activity_kind(&self) -> Option<&ActivityKind> {
        match self {
            Self::Activity(fact) => Some(&fact.kind),
            Self::Earning(fact) => fact.kind.as_ref(),
            Self::PayoutReduction(fact) => Some(&fact.kind),
            Self::Adjustment(fact) => Some(fact.reason.kind()),
            Self::AdjustmentMove(fact) => Some(fact.of.reason.kind()),
            _ => None,
        }
    }

    /// Whether it is an adjustment that takes points: what was used, of whatever was earned before.
    #[must_use]
    pub fn is_taken_by_adjustment(&self) -> bool {
        match self {
            Self::Adjustment(fact) => fact.points < 0,
            Self::AdjustmentMove(fact) => fact.of.points < 0,
            _ => false,
        }
    }

    /// The payout that has less set aside by the entry, if one has.
    #[must_use]
    pub fn reduces(&self) -> Option<&PayoutId> {
        match self {
            Self::PayoutReduction(fact) => Some(&fact.payout),
            Self::AdjustmentMove(fact) => fact.payout.as_ref(),
            _ => None,
        }
    }
}
