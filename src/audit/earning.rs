//! Deciding again the entries that must follow from versions of the rules, activities, later reports of these, the till
//! and expiry.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::form::ill_formed;
use crate::domain::decide::acts::TillAct;
use crate::domain::decide::again::{
    act_on_access, act_on_adjustment, act_on_finance, act_on_member, act_on_money, act_on_owners, act_on_payments,
    act_on_profile, act_on_proposal, act_on_terms, merger,
};
use crate::domain::decide::command::{Act, Command, Expiring, QualifiedActivity, Telling};
use crate::domain::decide::decide;
use crate::domain::decide::draft::{Draft, Moment};
use crate::domain::decide::reads::ban_of;
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::Entry;
use crate::domain::entry::commands::CommandKind;
use crate::domain::entry::earning::{ActivityFact, EarningFact};
use crate::domain::entry::fact::Fact;
use crate::domain::entry::format::Revision;
use crate::domain::entry::name::CommandName;
use crate::domain::entry::told::Told;
use crate::domain::state::get::{Referring, State};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::activity::{Activity, attributes_of};
use crate::domain::terms::expiry::Policy;
use crate::domain::terms::rules::book::{Qualified, RuleBook};
use crate::domain::terms::rules::check::check;
use crate::domain::terms::rules::set::RULES_PER_KIND_MAX;
use crate::domain::terms::till::Young;
use crate::domain::value::encoding::Note;
use crate::domain::value::ids::{MemberId, RequestId, RuleId};
use crate::domain::value::local::LocalTime;
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;

const DIFFERS: &str = "it credits something else than the rules in force give";
const DIFFERS_AT_TILL: &str = "it does something else than the hold or the redemption allows";
const DIFFERS_AT_CUT_OFF: &str = "other points expire than are past their time";
const DIFFERS_AT_MERGER: &str = "a merger moves something else than what the member has";
const DIFFERS_IN_FINANCE: &str = "it says something else of the statement or the payout than was decided";
const DIFFERS_IN_MONEY: &str = "something else becomes of money than the choices and the terms of its payout say";
const DIFFERS_IN_PAYMENTS: &str = "it says something else of a payment, or of where money goes, than was decided";
const MISSING: &str = "an entry of the command before it is missing";

/// The state of deciding again, command by command.
#[derive(Default)]
pub(super) struct Decisions {
    /// Notes of the page being checked: attributes, for conditions.
    pub(super) notes: BTreeMap<Seq, Note>,
    /// Activities that entries of the page refer to, by name.
    pub(super) referred: BTreeMap<CommandName, Arc<Entry>>,
    /// The step of a cut-off that the checked entry begins, if it begins one.
    pub(super) expiring: Option<Expiring>,
    /// The credit of its member that is younger than the checked entry of the till asks for, if it asks for an age.
    pub(super) young: Option<Young>,
    /// The members on whose lots the checked entry's step decides, if it is a step of a closing.
    pub(super) deciding: Vec<MemberId>,
    /// The entries that the last begun command must still write.
    expected: VecDeque<Draft>,
}

/// Returns the activity whose entry is needed to decide on this one again.
pub(super) fn referred(entry: &Entry) -> Option<CommandName> {
    let (source, id) = match &entry.fact {
        Fact::Activity(fact) => (&entry.source, fact.follows.as_ref()?),
        Fact::Earning(fact) if fact.begins.is_some() || entry.member.is_none() => (&fact.source, &fact.activity),
        _ => return None,
    };
    Some(CommandName::recording(source.clone(), id))
}

/// True when an entry's content follows from the entries before it, and from what it names of its command.
const fn is_decided_again(entry: &Entry) -> bool {
    // Shares are checked against the pool, with what is withheld of them.
    if matches!(entry.command, CommandKind::PostShares) {
        return false;
    }
    // Steps of a batch are checked lot by lot: which members they look at is not known.
    if matches!(entry.command, CommandKind::DrawLots | CommandKind::SendLots | CommandKind::LeaveOutLots) {
        return false;
    }
    entry.kind.is_of_finance() || entry.kind.is_of_closings() || is_fact_decided_again(&entry.fact)
}

const fn is_fact_decided_again(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::RuleSet(_)
            | Fact::Activity(_)
            | Fact::Earning(_)
            | Fact::PayoutReduction(_)
            | Fact::Adjustment(_)
            | Fact::AdjustmentMove(_)
            | Fact::Member(_)
            | Fact::Merge(_)
            | Fact::Proposal(_)
            | Fact::Hold(_)
            | Fact::Redemption(_)
            | Fact::ExpiryStep(_)
            | Fact::Expiry(_)
            | Fact::Owners(_)
            | Fact::AccessChange(_)
            | Fact::Choice(_)
            | Fact::Lot(_)
            | Fact::Lapse(_)
            | Fact::TermsUpdate(_)
            | Fact::Batch(_)
            | Fact::BatchContent(_)
            | Fact::BatchAct(_)
            | Fact::Part(_)
            | Fact::Report(_)
            | Fact::Payee(_)
            | Fact::Retry(_)
    )
}

impl Decisions {
    /// Returns the fault of an entry that is decided again, if there is one.
    pub(super) fn check(&mut self, entry: &Entry, before: &impl State, rules: &RuleBook) -> Option<String> {
        let is_decided = is_decided_again(entry);
        if is_decided && entry.request.is_none() {
            let expected = self.expected.pop_front();
            let differs = differs(&entry.fact);
            return (!expected.is_some_and(|draft| says(entry, &draft))).then(|| differs.into());
        }
        let is_missing = self.unfinished();
        let decided = match ill_formed(entry) {
            Some(problem) => Err(problem),
            None if is_decided => self.decide(entry, before, rules),
            None => Ok(VecDeque::new()),
        };
        let problem = match decided {
            Ok(expected) => {
                self.expected = expected;
                None
            }
            Err(problem) => {
                self.expected.clear();
                Some(problem)
            }
        };
        is_missing.map(Into::into).or(problem)
    }

    /// Returns the fault when no further entry of the last begun command comes.
    pub(super) fn unfinished(&self) -> Option<&'static str> {
        (!self.expected.is_empty()).then_some(MISSING)
    }

    /// Returns the entries that the command of an entry must write after it.
    fn decide(&self, entry: &Entry, before: &impl State, rules: &RuleBook) -> Result<VecDeque<Draft>, String> {
        let Some(Record::Program(program)) = before.record(&RecordKey::Program) else {
            return Err("no programme was created before it".into());
        };
        let zone = program.terms.zone().map_err(|_| "the programme's time zone is unknown")?;
        let moment = Moment { now: entry.recorded_at, zone, rules };
        match &entry.fact {
            Fact::RuleSet(set) => {
                let mut problems = check(&set.rules, &set.caps);
                problems.extend(set.expiry.iter().flat_map(Policy::problems));
                if !problems.is_empty() {
                    return Err(must_not(&Rejection::RuleSetProblems { problems }));
                }
                again(entry, Act::PublishRuleSet(set.clone()), before, &moment)
            }
            Fact::Activity(fact) => self.record_again(entry, fact, before, &moment),
            Fact::Earning(fact) => self.tell_again(entry, fact, before, &moment),
            Fact::Hold(_) | Fact::Redemption(_) => {
                let act = TillAct::of(entry, self.young).ok_or(DIFFERS_AT_TILL)?;
                again(entry, Act::Till(Box::new(act)), before, &moment).map_err(told_as(DIFFERS_AT_TILL))
            }
            Fact::Adjustment(fact) => again(entry, act_on_adjustment(entry, fact).ok_or(DIFFERS)?, before, &moment),
            Fact::Profile(profile) => again(entry, act_on_profile(entry, profile).ok_or(DIFFERS)?, before, &moment),
            Fact::Member(fact) => again(entry, act_on_member(entry, *fact).ok_or(DIFFERS)?, before, &moment),
            Fact::Merge(fact) => again(entry, merger(fact), before, &moment),
            Fact::Owners(owners) => again(entry, act_on_owners(entry, owners).ok_or(DIFFERS)?, before, &moment),
            Fact::AccessChange(fact) => again(entry, act_on_access(entry, fact).ok_or(DIFFERS)?, before, &moment),
            Fact::Proposal(fact) => again(entry, act_on_proposal(entry, fact).ok_or(DIFFERS)?, before, &moment),
            Fact::TermsUpdate(change) => {
                again(entry, act_on_terms(entry, change, before).ok_or(DIFFERS)?, before, &moment)
            }
            _ if entry.kind.is_of_finance() => {
                let act = act_on_finance(entry, before).ok_or(DIFFERS_IN_FINANCE)?;
                again(entry, act, before, &moment).map_err(told_as(DIFFERS_IN_FINANCE))
            }
            Fact::Batch(_)
            | Fact::BatchContent(_)
            | Fact::BatchAct(_)
            | Fact::Report(_)
            | Fact::Payee(_)
            | Fact::Retry(_) => {
                let act = act_on_payments(entry).ok_or(DIFFERS_IN_PAYMENTS)?;
                again(entry, act, before, &moment).map_err(told_as(DIFFERS_IN_PAYMENTS))
            }
            Fact::Choice(_)
            | Fact::Lapse(_)
            | Fact::Closing(_)
            | Fact::PayoutContent(_)
            | Fact::PayoutStep(_)
            | Fact::PayoutAct(_) => {
                let act = act_on_money(entry, before, self.deciding.clone()).ok_or(DIFFERS_IN_MONEY)?;
                again(entry, act, before, &moment).map_err(told_as(DIFFERS_IN_MONEY))
            }
            Fact::ExpiryStep(_) => {
                let step = self.expiring.clone().ok_or(DIFFERS_AT_CUT_OFF)?;
                let id = RequestId::expiry(step.day, step.after.as_ref());
                if entry.request.as_ref().is_none_or(|request| request.id != id) {
                    return Err(format!("a step of a cut-off has another name than {id}"));
                }
                again(entry, Act::Expire(Box::new(step)), before, &moment).map_err(told_as(DIFFERS_AT_CUT_OFF))
            }
            _ => Err(DIFFERS.into()),
        }
    }

    fn tell_again(
        &self,
        entry: &Entry,
        fact: &EarningFact,
        before: &impl State,
        moment: &Moment<'_>,
    ) -> Result<VecDeque<Draft>, String> {
        let told = Told::of(entry, fact).ok_or(DIFFERS)?;
        let (source, activity) = (fact.source.clone(), fact.activity.clone());
        let mut occurred_at = entry.occurred_at;
        if told == Told::WaitEnded
            && let Some(Record::Activity(earning)) =
                before.record(&RecordKey::Activity(source.clone(), activity.clone()))
            && let Some(due) = earning.due_at
        {
            // No source reports it, so none of its content is the source's word.
            occurred_at = due;
            let id = RequestId::ending_wait(earning.seq.get(), due.get());
            if entry.request.as_ref().is_none_or(|request| request.id != id) {
                return Err(format!("a waiting time is ended by another name than {id}"));
            }
        }
        if matches!(told, Told::Revoked | Told::Reinstated) {
            let id = changing(entry, told == Told::Revoked, before);
            if id.is_none() || entry.request.as_ref().map(|request| &request.id) != id.as_ref() {
                return Err(
                    "the service takes back only what banned members earned, and gives it back when the ban is lifted"
                        .into(),
                );
            }
        }
        let telling = Telling { source, activity, told, occurred_at };
        let before = Referring { state: before, entry: self.recorded_before(entry) };
        again(entry, Act::Tell(Box::new(telling)), &before, moment)
    }

    fn record_again(
        &self,
        entry: &Entry,
        fact: &ActivityFact,
        before: &impl State,
        moment: &Moment<'_>,
    ) -> Result<VecDeque<Draft>, String> {
        let note = self.notes.get(&entry.seq);
        let attributes = note.and_then(|note| attributes_of(&note.text).ok()).unwrap_or_default();
        let id = entry.activity_id().ok_or(DIFFERS)?;
        let activity = entry.activity(fact, attributes).ok_or(DIFFERS)?;
        // The offset is believed as it is stored, and so are the day and the hour that follow from it.
        let local = entry.local_time(fact).ok_or(DIFFERS)?;
        let before = Referring { state: before, entry: self.recorded_before(entry) };
        let with = |qualified| {
            let (id, activity) = (id.clone(), activity.clone());
            let activity = QualifiedActivity { id, activity, qualified, epoch: 0, local };
            again(entry, Act::RecordActivity(Box::new(activity)), &before, moment)
        };
        if entry.note_digest.is_none() || note.is_some() {
            return with(moment.rules.qualify(&entry.source, &activity, local));
        }
        let mut problem = DIFFERS.to_owned();
        for qualified in readings(entry, fact, &activity, local, moment.rules) {
            match with(qualified) {
                Ok(expected) => return Ok(expected),
                Err(why) => problem = why,
            }
        }
        Err(problem)
    }

    fn recorded_before(&self, entry: &Entry) -> Option<&Entry> {
        self.referred.get(&referred(entry)?).map(|referred| &**referred).filter(|referred| referred.seq < entry.seq)
    }
}

/// Returns the id of taking back for a ban, or of giving back after it was lifted, what the entry refers to.
fn changing(entry: &Entry, is_taken_back: bool, before: &impl State) -> Option<RequestId> {
    let (ban, of) = (ban_of(before, entry.member.as_ref()?)?, entry.refers?.get());
    if is_taken_back {
        return Some(RequestId::revoking(ban.term.seq.get(), of));
    }
    let (_, lifted) = ban.lift?.decided?;
    Some(RequestId::reinstating(lifted.get(), of))
}

/// Tells a difference in the words for what it is about; other findings stay.
fn told_as(differs: &'static str) -> impl Fn(String) -> String {
    move |why| if why == DIFFERS { differs.into() } else { why }
}

/// Returns the finding for an entry that differs from the decision.
const fn differs(fact: &Fact) -> &'static str {
    match fact {
        Fact::Hold(_) | Fact::Redemption(_) => DIFFERS_AT_TILL,
        Fact::ExpiryStep(_) | Fact::Expiry(_) => DIFFERS_AT_CUT_OFF,
        Fact::Merge(_) => DIFFERS_AT_MERGER,
        Fact::Lot(_) => DIFFERS_IN_MONEY,
        Fact::Part(_) => DIFFERS_IN_PAYMENTS,
        _ => DIFFERS,
    }
}

/// Returns the possible verdicts of the rules on an activity whose attributes were erased, the likeliest first.
///
/// Conditions that ask for attributes can no longer be asked, so each may have held or not. There are at most 2⁸
/// readings, as many as the rules of a kind allow. Only the choice of the conditions that held is believed.
fn readings<'a>(
    entry: &'a Entry,
    fact: &'a ActivityFact,
    activity: &'a Activity,
    local: LocalTime,
    rules: &'a RuleBook,
) -> impl Iterator<Item = Qualified> + 'a {
    let unknown = rules.asking_for_attributes(activity);
    let parts = entry.parts(fact);
    let earned = |id: &RuleId| parts.iter().any(|part| part.rule == *id);
    let likeliest =
        (0_u32..).zip(&unknown).filter(|(_, id)| earned(id)).fold(0_u32, |mask, (bit, _)| mask | (1 << bit));
    // The reason why a condition did not hold is told only by an entry that declines for it.
    let why = entry.reason.filter(|why| *why == Reason::ConditionFailed).unwrap_or(Reason::ConditionNotMet);
    let count = if unknown.len() <= RULES_PER_KIND_MAX { 1_u32 << unknown.len() } else { 0 };
    (0..count).map(move |other| {
        let held = |id: &RuleId| {
            let bit = (0_u32..).zip(&unknown).find(|(_, other)| **other == id).map_or(0, |(bit, _)| bit);
            (likeliest ^ other) & (1 << bit) != 0
        };
        rules.qualify_erased(&entry.source, activity, local, |id| if held(id) { Ok(()) } else { Err(why) })
    })
}

/// Decides the command of an entry again. Returns the entries that it must write after this one.
fn again(entry: &Entry, act: Act, before: &impl State, moment: &Moment<'_>) -> Result<VecDeque<Draft>, String> {
    let (name, request) = entry.command_name().zip(entry.request.as_ref()).ok_or(DIFFERS)?;
    if name.kind != act.kind() {
        return Err(format!("it is named as {}, not as {}", name.kind.name(), act.kind().name()));
    }
    let command = Command { name, digest: request.digest, principal: entry.principal.clone(), act, note: None };
    // A change of a rule of deciding must keep the earlier revision in place, here.
    let decided = match entry.format.revision() {
        Revision::First => decide(before, &command, moment),
    };
    let mut drafts: VecDeque<Draft> = decided.map_err(|why| must_not(&why))?.into();
    match drafts.pop_front() {
        Some(first) if says(entry, &first) => Ok(drafts),
        _ => Err(DIFFERS.into()),
    }
}

fn must_not(why: &Rejection) -> String {
    format!("it must not have been recorded: {why}")
}

/// True when an entry says what was decided.
fn says(entry: &Entry, draft: &Draft) -> bool {
    let moved = (entry.kind, &entry.member, entry.movement, entry.occurred_at, entry.local_day, entry.refers);
    let ruled = (entry.rule_version, &entry.rule, entry.raw_points, entry.reason);
    moved == (draft.kind, &draft.member, draft.movement, draft.occurred_at, draft.local_day, draft.refers)
        && ruled == (draft.rule_version, &draft.rule, draft.raw_points, draft.reason)
        && entry.fact == draft.fact
}
