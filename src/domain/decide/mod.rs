//! Deciding: what a command writes, given the state it meets. Pure: no clock, no I/O, no randomness.

pub(super) mod adjustment;
mod claims;
mod earning;
mod expiry;
mod finance;
mod member;
mod payout;
mod post;
pub(super) mod reads;
mod telling;
mod till;

pub use self::reads::{ban_of, member_state};

use jiff::tz::TimeZone;

use super::account::Overflow;
use super::amount::{Amount, Move};
use super::bucket::Bucket;
use super::command::{Act, Command, Eligible};
use super::encoding::{Hash, Note};
use super::entry::{EntryKind, Reason, Seq};
use super::fact::Fact;
use super::fold::State;
use super::ids::{MemberId, PrincipalId, RuleId};
use super::program::{Program, ProgramTerms};
use super::record::{Record, RecordKey};
use super::rejection::Rejection;
use super::rules::RuleBook;
use super::time::{Day, Micros, time_zone};

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
    fn act(kind: EntryKind, moment: &Moment<'_>, fact: Fact) -> Self {
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

    fn of(self, member: &MemberId, movement: Option<Move>) -> Self {
        Self { member: Some(member.clone()), movement, ..self }
    }

    fn referring_to(self, seq: Seq) -> Self {
        Self { refers: Some(seq), ..self }
    }
}

/// Decides a command: the entries it writes, at least one, all or none; or why it is refused.
///
/// # Errors
/// [`Rejection`]: nothing is written, and the command's id stays free.
pub fn decide(state: &impl State, command: &Command, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    // Here, not where requests are read: the clock may step back between, and it is this time that is recorded.
    if let Some(occurred_at) = command.act.dated().filter(|at| at.is_ahead_of(moment.now)) {
        return Err(Rejection::DatedAhead { occurred_at });
    }
    let mut drafts = match &command.act {
        Act::CreateProgram(terms) => create_program(terms, moment),
        Act::PublishRuleSet(rules) => earning::publish_rule_set(state, rules, moment),
        Act::RecordActivity(activity) => earning::record_activity(state, &command.name, activity, moment),
        Act::Tell(telling) => telling::tell(state, telling, moment),
        Act::Till(act) => till::decide(state, act, moment),
        Act::AdjustPoints(terms) => adjustment::adjust_points(state, terms, moment),
        Act::ApproveAdjustment(id) => adjustment::approve(state, id, &command.principal, moment),
        Act::RejectAdjustment(id) => adjustment::reject(state, id, moment),
        Act::RevokeAdjustment(id) => adjustment::revoke(state, id, moment),
        Act::SuspendMember(id, reason) => member::suspend(state, id, *reason, moment),
        Act::ReinstateMember(id) => member::reinstate(state, id, moment),
        Act::BanMember(id, reason) => member::ban(state, id, *reason, moment),
        Act::CompleteBan(id, ban) => member::complete_ban(state, id, *ban, moment),
        Act::MergeMembers { from, into } => member::merge(state, from, into, moment),
        Act::DeclareStatement(terms) => Ok(finance::declare_statement(terms, moment)),
        Act::ApproveStatement(id) => finance::approve_statement(state, id, &command.principal, moment),
        Act::CreatePayout(terms, asked) => finance::create_payout(state, terms, *asked, moment),
        Act::SetAside(id, step, as_of) => payout::set_aside(state, id, step, *as_of, moment),
        Act::CompleteDraft(id) => payout::complete_draft(state, id, moment),
        Act::ApprovePayout(id, digest) => payout::approve(state, id, digest, &command.principal, moment),
        Act::BeginExecution(id) => payout::begin_execution(state, id, moment),
        Act::PostShares(id, step) => payout::post_shares(state, id, step, moment),
        Act::CompleteExecution(id) => payout::complete_execution(state, id, moment),
        Act::BeginCancellation(id) => payout::begin_cancellation(state, id, moment),
        Act::ReturnPoints(id, step) => payout::return_points(state, id, step, moment),
        Act::CompleteCancellation(id, _) => payout::complete_cancellation(state, id, moment),
        Act::Expire(step) => expiry::expire(state, step, moment),
    }?;
    drafts[0].note_digest = command.note.as_ref().map(Note::digest);
    Ok(drafts)
}

fn create_program(terms: &ProgramTerms, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let zone =
        time_zone(&terms.time_zone).map_err(|_| Rejection::Inconsistent("a programme's time zone is unknown"))?;
    let own = Moment { zone, ..moment.clone() };
    Ok(vec![Draft::act(EntryKind::ProgramCreated, &own, Fact::Program(terms.clone()))])
}

/// Four eyes: who drew something up cannot be the one who approves it, nor can a name that differs in case alone.
///
/// Also asked before a replay is answered: authorisation comes first.
///
/// # Errors
/// [`Rejection::SecondPersonRequired`] when both are one person.
pub fn require_second_person(drawn_up_by: &PrincipalId, by: &PrincipalId) -> Result<(), Rejection> {
    if drawn_up_by.is_same_name(by) { Err(Rejection::SecondPersonRequired { drawn_up_by: by.clone() }) } else { Ok(()) }
}

/// The rows of a step whose sums hold, and the last member whom it passes with them. A member who was credited, or whose credit was
/// taken back, since these were summed up ends the step: it goes on from there with fresh sums.
fn still_true<'a>(
    state: &impl State,
    rows: &'a [Eligible],
    through: Option<&'a MemberId>,
    as_of: Seq,
) -> Result<(&'a [Eligible], Option<&'a MemberId>), Rejection> {
    let has_changed = |row: &Eligible| state.account(&row.member).is_some_and(|account| account.credited_seq > as_of);
    match rows.iter().position(has_changed) {
        None => Ok((rows, through)),
        Some(0) => Err(Rejection::StepTaken),
        Some(changed) => Ok((&rows[..changed], Some(&rows[changed - 1].member))),
    }
}

/// A move of an amount that may be zero: then nothing moves.
///
/// # Errors
/// [`Rejection::AmountOverflow`] for more than one entry can move: what does not fit is never left out in silence.
fn shift(from: Bucket, to: Bucket, amount: i64) -> Result<Option<Move>, Rejection> {
    if amount == 0 {
        return Ok(None);
    }
    let movement = Amount::new(amount).and_then(|amount| Move::new(from, to, amount));
    movement.map(Some).ok_or(Rejection::AmountOverflow(Overflow(to)))
}

fn the_program(state: &impl State) -> Result<&Program, Rejection> {
    match state.record(&RecordKey::Program) {
        Some(Record::Program(program)) => Ok(program),
        _ => Err(Rejection::NotFound { resource: "the programme".into() }),
    }
}

macro_rules! expect_record {
    ($name:ident, $variant:ident, $id:ty, $record:ty, $what:literal) => {
        fn $name<'a>(state: &'a impl State, id: &$id) -> Result<&'a $record, Rejection> {
            match state.record(&RecordKey::$variant(id.clone())) {
                Some(Record::$variant(record)) => Ok(record),
                _ => Err(Rejection::NotFound { resource: format!(concat!($what, "/{}"), id) }),
            }
        }
    };
}

expect_record!(the_statement, Statement, super::ids::StatementId, super::savings::Statement, "savingsStatements");
expect_record!(the_adjustment, Adjustment, super::ids::AdjustmentId, super::adjustment::Adjustment, "adjustments");
expect_record!(the_payout, Payout, super::ids::PayoutId, super::payout::Payout, "payouts");
