//! Rejections: reasons why a command is refused without effect. The caller can mend them.

use crate::state::adjustment::WAITING_MAX;
use crate::state::early::EARLY_MAX;
use crate::state::earning::CANDIDATES_MAX;
use crate::state::member::SUSPENSIONS_MAX;
use crate::state::statement::{PoolExceeded, PoolTaken};
use crate::terms::till::OPEN_HOLDS_MAX;
use thiserror::Error;

use crate::state::fold::error::FoldError;
use crate::state::hold::OpenHold;
use crate::terms::problem::Problem;
use crate::value::balances::Overflow;
use crate::value::bucket::Bucket;
use crate::value::ids::{MemberId, PayoutId, PersonId, RequestId};
use crate::value::payment_id::PAYMENTS_MAX;
use crate::value::principal::{Name, PrincipalId};
use crate::value::role::{Role, listed};
use crate::value::time::{Day, Micros};

/// Reason why a command is refused without effect. When several apply, a missing permission comes before a wrong state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// The id was used before with other values. The rejection does not tell those values.
    #[error("the id {id} was used before with other content; use a new id for new content")]
    ExistsWithDifferentContent {
        /// The id.
        id: RequestId,
    },
    /// The command is dated too far ahead of the ledger's time.
    #[error("it is dated {}, more than 5 minutes in the future; set the clock it was dated by, or send it when its time has come", .occurred_at.to_rfc3339())]
    DatedAhead {
        /// Time of the event by the sender's clock.
        occurred_at: Micros,
    },
    /// The object of the command does not exist.
    #[error("{resource} does not exist")]
    NotFound {
        /// Resource name of the object, relative to its programme.
        resource: String,
    },
    /// As many activities claim the exclusive key as may.
    #[error(
        "{CANDIDATES_MAX} activities claim the key {key} already, which is as many as may; those that were reversed can count again, so they keep their place"
    )]
    TooManyClaims {
        /// The key.
        key: String,
    },
    /// The member was suspended as often as may be.
    #[error(
        "the member was suspended {SUSPENSIONS_MAX} times already, which is as often as may be; ban the member, or leave it be"
    )]
    TooManySuspensions,
    /// A rule set must have the next version number.
    #[error("the next version of the rules is {expected}; publish under that number")]
    RuleSetVersion {
        /// The next version.
        expected: u32,
    },
    /// A rule set may not begin in the past, nor before its predecessor.
    #[error("the rules may come into force from {}, not earlier", .earliest.to_rfc3339())]
    RuleSetBackdated {
        /// The earliest time allowed.
        earliest: Micros,
    },
    /// A rule set contradicts itself, or versions before it.
    #[error("the rules have {} problems, the first: {}", problems.len(), first(problems))]
    RuleSetProblems {
        /// The problems, at least one.
        problems: Vec<Problem>,
    },
    /// The activity has no amount, or no quantity, of which the refund could be.
    #[error("the activity was reported without {of}; there is nothing to refund, reverse it instead")]
    NothingToRefund {
        /// `an amount` or `a quantity`.
        of: &'static str,
    },
    /// A confirmation or a refund is dated before its activity.
    #[error("it is dated before the activity, which occurred at {}; give the time of the event that you tell", .occurred_at.to_rfc3339())]
    DatedBeforeActivity {
        /// Time of the activity.
        occurred_at: Micros,
    },
    /// A single refund may not be larger than the whole amount, or the whole quantity, of its activity.
    #[error("the activity's whole {of} is {whole}; {asked} cannot be given back of it")]
    RefundExceedsAmount {
        /// `amount` or `quantity`.
        of: &'static str,
        /// All of it: an amount as a decimal with its currency.
        whole: String,
        /// The part of it asked for, in the same form.
        asked: String,
    },
    /// Too much news was told of an activity that has not come.
    #[error("{EARLY_MAX} pieces of news were told of the activity, which has not come; record the activity first")]
    TooMuchEarlyNews,
    /// Nothing of the activity, the hold, the expiry or the ban is due.
    #[error("nothing of it is due")]
    NothingDue,
    /// The act needs another state.
    #[error("this can only be done to what is {needed}; it is {state}")]
    WrongState {
        /// State of the object.
        state: &'static str,
        /// State that the act needs.
        needed: &'static str,
    },
    /// The members cannot be merged now.
    #[error("the members cannot be merged: {}", reasons.join("; "))]
    NotMergeable {
        /// Reasons, at least one.
        reasons: Vec<String>,
    },
    /// The member is suspended, banned or merged.
    #[error("the member is {state}; their points cannot be used")]
    MemberSuspended {
        /// State of the member: suspended, banned or merged.
        state: &'static str,
    },
    /// The act needs a person other than the one who drew it up.
    #[error("drawn up by {drawn_up_by}; another person must approve it")]
    SecondPersonRequired {
        /// The principal who drew it up.
        drawn_up_by: PrincipalId,
    },
    /// Who may do what does not allow it, or cannot be changed so.
    #[error(transparent)]
    Access(#[from] AccessRejection),
    /// As many adjustments wait for a second person as may.
    #[error(
        "{WAITING_MAX} adjustments wait for a second person, which is as many as may; have some approved or rejected"
    )]
    TooManyWaiting,
    /// The decision names other content than there is now.
    #[error(
        "the digest is not that of exactly this content as it is now; read the content again, and give the digest that it comes with"
    )]
    ContentChanged,
    /// The statement has less left than was asked for.
    #[error(transparent)]
    PoolExceeded(#[from] PoolExceeded),
    /// What is asked of savings, shares or choices cannot be.
    #[error(transparent)]
    Money(#[from] MoneyRejection),
    /// No member has points that count, or the pool is zero.
    #[error(
        "there is nothing to pay: for a payout, no member has points that count, or the pool is zero; for a batch, no member has money due that \
         files of this format can pay"
    )]
    NothingToPay,
    /// Another caller has taken this step of a payout or of a cut-off already, or its sums are no longer true.
    #[error("it has moved on; read it and go on from there")]
    StepTaken,
    /// The hold would last too long, or has ended already.
    #[error("the hold must expire after {}, and by {} at the latest", .now.to_rfc3339(), .latest.to_rfc3339())]
    HoldTerm {
        /// The ledger's time.
        now: Micros,
        /// Latest allowed expiry.
        latest: Micros,
    },
    /// The member has as many open holds as are allowed.
    #[error("the member has {OPEN_HOLDS_MAX} open holds, which is as many as are allowed; capture or release some")]
    TooManyHolds,
    /// The capture asks for more points than the hold has.
    #[error("the hold has {held} points; {asked} cannot be captured of it")]
    CaptureExceedsHold {
        /// Points of the hold.
        held: i64,
        /// Points asked for.
        asked: i64,
    },
    /// The hold expired too long ago.
    #[error("the hold could be captured until {}; redeem the points anew", .until.to_rfc3339())]
    CaptureTooLate {
        /// Time from which it could no longer be captured.
        until: Micros,
    },
    /// The member has fewer points to use than were asked for.
    #[error("the member has {available} points available; {asked} were asked for")]
    InsufficientPoints {
        /// Points available, below zero in debt.
        available: i64,
        /// Points asked for.
        asked: i64,
    },
    /// Credit has come since the young points of the member were summed up.
    #[error("points of the member have come or gone in between; the same call again sums them up anew")]
    CreditCame,
    /// The member has fewer points of the asked age than were asked for.
    #[error("the member has {old} points earned at least {days} days ago; {asked} were asked for")]
    PointsTooYoung {
        /// Available points that are old enough.
        old: i64,
        /// Age asked for, in days.
        days: u32,
        /// Points asked for.
        asked: i64,
    },
    /// The refund asks for more points than are left of the spending.
    #[error("{left} points are left of what was spent; {asked} cannot be given back")]
    RefundExceedsRedemption {
        /// Points that are not given back yet.
        left: i64,
        /// Points asked for.
        asked: i64,
    },
    /// Open holds of the member whose time is over must be ended first. The caller never sees this: the lane ends them
    /// and decides again.
    #[error("{} holds of the member are past their time and not ended yet; try again", .holds.len())]
    HoldsDue {
        /// The holds, at least one.
        holds: Vec<OpenHold>,
    },
    /// A sum would leave the range of amounts.
    #[error(transparent)]
    AmountOverflow(#[from] Overflow),
    /// The ledger contradicts itself.
    #[error("the ledger contradicts itself ({0}); verify the programme")]
    Inconsistent(&'static str),
}

/// Reason why a command is refused for who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccessRejection {
    /// The sender may not do it.
    #[error("this needs {}, as {} on this programme", if *.person { "a person" } else { "somebody" }, listed(.roles.iter().copied()))]
    NotPermitted {
        /// Roles of which the sender must have one.
        roles: &'static [Role],
        /// True when the sender must be a person.
        person: bool,
    },
    /// Somebody signed or drew up under a name, before the programme knew its persons.
    #[error(
        "it was drawn up or signed as {name}, a name that was only believed; have persons of the programme draw up and sign it anew"
    )]
    BelievedName {
        /// The name.
        name: Name,
    },
    /// What is to move money was drawn up and signed under two logins, which are one person's now.
    #[error(
        "it was drawn up and approved by one person, {by}, whose logins were linked since; cancel it, and draw it up anew from a new savings statement"
    )]
    OnePerson {
        /// Whoever drew it up.
        by: PrincipalId,
    },
    /// Whoever drew the change up is no owner any more.
    #[error("whoever drew it up is no owner any more; reject it, and draw it up anew")]
    DrawerIsNoOwner,
    /// The login is a person's of the programme already.
    #[error("the login is that of persons/{person} already; grant that person roles, or link the login")]
    LoginKnown {
        /// The person.
        person: PersonId,
    },
    /// The programme would have no owner.
    #[error(
        "a programme keeps at least one owner; where only one is left, who cannot make another alone, `goodturn access recover` does"
    )]
    LastOwner,
    /// Nothing would change.
    #[error("nothing would change: it is so already")]
    NothingToChange,
    /// There are as many as may be.
    #[error("there are {max} {of}, which is as many as may be")]
    TooMany {
        /// What there are too many of.
        of: &'static str,
        /// Most of them.
        max: i64,
    },
}

/// Reason why a command on savings, shares or choices is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyRejection {
    /// A correction leaves less than runs have taken.
    #[error(transparent)]
    PoolTaken(#[from] PoolTaken),
    /// A correction must have the next version number.
    #[error("the next version of the statement is {expected}; read the statement, and correct it as that version")]
    StatementVersion {
        /// The next version.
        expected: u32,
    },
    /// Another version of the statement waits for a second person.
    #[error("version {expected} of the statement waits for a second person; read it, and name that version")]
    OtherVersionWaits {
        /// The version that waits.
        expected: u32,
    },
    /// A batch is to be paid on a day that has passed.
    #[error("it is to be paid on {}, which has passed; cancel the batch if there is one, and draw it up with a later day", .day.date())]
    PayDayPassed {
        /// The day.
        day: Day,
    },
    /// No payout whose choices are open offers the charity.
    #[error("no payout whose choices are open offers this charity; offered now: {}", named(offered))]
    CharityNotOffered {
        /// The charities that are offered, ascending.
        offered: Vec<MemberId>,
    },
    /// Choices are closed after their deadline.
    #[error("members may choose until {}; close the choices after that", .deadline.to_rfc3339())]
    ChoicesOpen {
        /// The last moment whose choice counts.
        deadline: Micros,
    },
    /// The deadline of a payout's choices has passed already.
    #[error("members could choose until {}, which has passed; give a later deadline", .deadline.to_rfc3339())]
    DeadlinePassed {
        /// The deadline.
        deadline: Micros,
    },
    /// A payout that takes what was carried is begun while choices of another are open, or as many are open as may.
    #[error("the choices of {} are open; close them first", named(payouts))]
    OtherChoicesOpen {
        /// The payouts.
        payouts: Vec<PayoutId>,
    },
    /// Rows of a list cannot be paid.
    #[error("the list has {} problems, the first: {}", problems.len(), first(problems))]
    ListProblems {
        /// The problems, at least one.
        problems: Vec<Problem>,
    },
    /// Destinations were changed after their payments were drawn.
    #[error("the money of {count} payments would go elsewhere by now; cancel the batch, and draw it up anew")]
    PayeesChanged {
        /// Number of such payments.
        count: u32,
    },
    /// As many payments are in a batch as may be.
    #[error("a batch has at most {PAYMENTS_MAX} payments")]
    TooManyPayments,
    /// A report tells of another amount than was sent.
    #[error("{sent_minor} minor units were sent; {told_minor} and a fee of {fee_minor} were told")]
    OtherAmount {
        /// What was sent, in minor units.
        sent_minor: i64,
        /// What was told, in minor units.
        told_minor: i64,
        /// The fee that was told with it, in minor units.
        fee_minor: i64,
    },
    /// A payment that has arrived is reported as paid under another reference.
    #[error("it was reported as paid before, under the reference {reference}; ask the bank whether it paid twice")]
    PaidBefore {
        /// The reference of the first report.
        reference: String,
    },
    /// The shares at a fixed rate sum to more than the pool.
    #[error("the shares sum to {owed_minor} minor units, the pool has {pool_minor}: {} are missing", owed_minor - pool_minor)]
    PoolTooSmall {
        /// Sum of the shares, in minor units.
        owed_minor: i64,
        /// The pool, in minor units.
        pool_minor: i64,
    },
}

impl Rejection {
    /// The sum of issued points leaves the range of an amount.
    pub const POINTS_OVERFLOW: Self = Self::AmountOverflow(Overflow(Bucket::Issued));
}

/// The fold refuses a sum that does not fit. Its other errors are contradictions of the ledger itself.
impl From<FoldError> for Rejection {
    fn from(error: FoldError) -> Self {
        match error {
            FoldError::Overflow(overflow) => Self::AmountOverflow(overflow),
            _ => Self::Inconsistent("a decision does not follow from the log"),
        }
    }
}

fn named<T: ToString>(ids: &[T]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    if ids.is_empty() { "none".into() } else { ids.join(", ") }
}

fn first(problems: &[Problem]) -> String {
    problems.first().map(|first| format!("{} {}", first.place, first.problem)).unwrap_or_default()
}
