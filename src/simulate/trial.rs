//! The ledger as it would be under the draft: commands of the log, decided again on a separate state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::people::{Banned, People};
use super::{ActivityName, Question, asks_for_attributes};
use crate::domain::decide::command::{Act, Command, QualifiedActivity, Telling};
use crate::domain::decide::decide;
use crate::domain::decide::draft::Moment;
use crate::domain::decide::rejection::Rejection;
use crate::domain::decide::seal::{Head, SealContext};
use crate::domain::entry::Entry;
use crate::domain::entry::commands::CommandKind;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::format::Format;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::entry::name::CommandName;
use crate::domain::entry::told::Told;
use crate::domain::state::get::{Referring, State as _};
use crate::domain::state::member::Member;
use crate::domain::state::overlay::{Changes, Overlay};
use crate::domain::state::program::Program;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::activity::attributes_of;
use crate::domain::terms::rules::book::{Qualified, RuleBook};
use crate::domain::terms::rules::set::{PublishedRuleSet, RuleSet};
use crate::domain::value::encoding::{Note, Secret};
use crate::domain::value::ids::{MemberId, ProgramId, RequestId, SourceId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::reason::Reason;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::{Day, Micros, UnknownTimeZone};

/// A fixed secret: nobody reads the hashes made here.
const SECRET: Secret = Secret::new([0; 32]);

/// Entries that a command writes under the draft.
type Written = Vec<Arc<Entry>>;

/// The ledger under the draft.
pub(super) struct Trial<'a> {
    program: &'a ProgramId,
    zone: TimeZone,
    /// The draft, in force from the beginning of time.
    book: RuleBook,
    principal: PrincipalId,
    state: Changes,
    people: People,
    /// Everybody whom the log bans at some time.
    banned: Banned,
    /// Their activities, in the order of recording.
    covered: Vec<(MemberId, ActivityName)>,
    head: Head,
    /// The times at which records fall due. Some of these records are no longer due.
    due: BTreeSet<(Micros, RecordKey)>,
    /// Activities that will be reported on once they are recorded.
    told_of: BTreeSet<ActivityName>,
    /// Entries of those activities that are recorded and of which the state keeps no record yet.
    recorded: BTreeMap<ActivityName, Arc<Entry>>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        question: &Question<'a>,
        told_of: BTreeSet<ActivityName>,
        banned: Banned,
    ) -> Result<Self, UnknownTimeZone> {
        let always = Day::MIN.start_in(&TimeZone::UTC);
        let principal = PrincipalId::goodturn();
        let draft = PublishedRuleSet {
            rules: RuleSet { version: 1, in_force_from: always, ..question.draft.clone() },
            published_seq: Seq::ZERO,
            published_at: always,
            published_by: principal.clone(),
        };
        let program = Program {
            rule_version: 1,
            rules_in_force_from: Some(always),
            ..Program::new(question.terms.clone(), Seq::ZERO, always)
        };
        let mut state = Changes::default();
        state.records.insert(RecordKey::Program, (Seq::ZERO, Record::Program(program)));
        Ok(Self {
            program: question.program,
            zone: question.terms.zone()?,
            book: RuleBook::new(vec![draft]),
            principal,
            state,
            people: People::of(question.terms, always),
            banned,
            covered: Vec::new(),
            head: Head::empty(),
            due: BTreeSet::new(),
            told_of,
            recorded: BTreeMap::new(),
        })
    }

    /// Takes an act on a member into account. A ban covers every activity of the person, and no longer when it is lifted:
    /// under the draft, others may bring points than those which the log took back.
    pub(super) fn take_member(&mut self, entry: &Entry) -> Result<Written, Rejection> {
        self.people.take(entry)?;
        let (told, id): (_, fn(i64, i64) -> RequestId) = match entry.kind {
            EntryKind::MemberBanned => (Told::Revoked, RequestId::revoking),
            EntryKind::BanLifted => (Told::Reinstated, RequestId::reinstating),
            _ => return Ok(Vec::new()),
        };
        let of_person =
            |(member, _): &&(MemberId, ActivityName)| Some(self.people.person(member)) == entry.member.as_ref();
        let covered: Vec<_> = self.covered.iter().filter(of_person).cloned().collect();
        let mut written = Vec::new();
        for ((member, key), n) in covered.into_iter().rev().zip(0..) {
            self.renew_standing(&member, entry.seq);
            let name =
                CommandName { source: SourceId::goodturn(), kind: told.command_kind(), id: id(entry.seq.get(), n) };
            let recorded = self.recorded.remove(&key);
            let (source, activity) = key;
            let act = Act::Tell(Box::new(Telling { source, activity, told, occurred_at: entry.recorded_at }));
            match self.write(name, act, entry.recorded_at, recorded.as_deref()) {
                Ok(entries) => written.extend(entries),
                // It brings nothing under the draft.
                Err(Rejection::NothingDue) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    /// Lets suspensions and bans of a member hold, or no longer hold.
    fn renew_standing(&mut self, member: &MemberId, seq: Seq) {
        let standing = self.people.record(member);
        if standing == Member::default() {
            return;
        }
        if let Some((_, Record::Program(program))) = self.state.records.get_mut(&RecordKey::Program) {
            program.members_kept = 1;
        }
        self.state.records.insert(RecordKey::Member(member.clone()), (seq, Record::Member(standing)));
    }

    /// Records an activity of the log. An activity whose attributes were erased meets no rule that asks for them.
    pub(super) fn record(
        &mut self,
        entry: &Entry,
        note: Option<&Note>,
        lacks_attributes: bool,
    ) -> Result<Written, Rejection> {
        let (Fact::Activity(fact), Some(id), Some(name)) = (&entry.fact, entry.activity_id(), entry.command_name())
        else {
            return Err(Rejection::Inconsistent("an activity has no name"));
        };
        let attributes = note.and_then(|note| attributes_of(&note.text).ok()).unwrap_or_default();
        let activity = entry.activity(fact, attributes).ok_or(Rejection::Inconsistent("an activity has no member"))?;
        let local =
            entry.local_time(fact).ok_or(Rejection::Inconsistent("an activity has an offset that no place has"))?;
        let mut qualified = self.book.qualify(&entry.source, &activity, local);
        if lacks_attributes {
            self.fail_conditions(&mut qualified);
        }
        self.renew_standing(&activity.member, entry.seq);
        if self.people.is_merged(&activity.member) {
            qualified.hits.clear();
            qualified.declined = Some(Reason::Merged);
        }
        let followed = activity.follows.as_ref();
        let followed = followed.and_then(|id| self.recorded.get(&(entry.source.clone(), id.clone())).cloned());
        let recording = QualifiedActivity { id: id.clone(), activity, qualified, epoch: 0, local };
        let covered = self.banned.ever_covers(&recording.activity.member);
        let member = recording.activity.member.clone();
        let written = self.write_recording(name, recording, entry.recorded_at, followed.as_deref())?;
        let key = (entry.source.clone(), id);
        let is_kept = self.state.record(&RecordKey::Activity(key.0.clone(), key.1.clone())).is_some();
        let is_told_of = self.told_of.remove(&key);
        if covered {
            self.covered.push((member, key.clone()));
        }
        if !is_kept && (is_told_of || covered || self.may_be_followed(&written[0])) {
            self.recorded.insert(key, Arc::clone(&written[0]));
        }
        Ok(written)
    }

    /// Records an activity. One for whose key too many claim is refused in a ledger; here it earns nothing.
    fn write_recording(
        &mut self,
        name: CommandName,
        recording: QualifiedActivity,
        now: Micros,
        followed: Option<&Entry>,
    ) -> Result<Written, Rejection> {
        let act = |recording| Act::RecordActivity(Box::new(recording));
        match self.write(name.clone(), act(recording.clone()), now, followed) {
            Err(Rejection::TooManyClaims { .. }) => {
                let mut refused = recording;
                refused.qualified.hits.clear();
                refused.qualified.declined = Some(Reason::Superseded);
                self.write(name, act(refused), now, followed)
            }
            written => written,
        }
    }

    /// True when other activities may follow an activity under the draft.
    fn may_be_followed(&self, entry: &Entry) -> bool {
        let Fact::Activity(fact) = &entry.fact else { return false };
        entry.parts(fact).iter().any(|part| self.book.is_followed(&part.rule))
    }

    /// Reports on an activity as the log does.
    pub(super) fn tell(&mut self, entry: &Entry) -> Result<Written, Rejection> {
        let (Fact::Earning(fact), Some(name)) = (&entry.fact, entry.command_name()) else {
            return Err(Rejection::Inconsistent("what was told of an activity has no name"));
        };
        let telling = Telling {
            source: fact.source.clone(),
            activity: fact.activity.clone(),
            told: Told::of(entry, fact).ok_or(Rejection::Inconsistent("an entry tells nothing of an activity"))?,
            occurred_at: entry.occurred_at,
        };
        entry.member.iter().for_each(|member| self.renew_standing(member, entry.seq));
        let recorded = self.recorded.remove(&(fact.source.clone(), fact.activity.clone()));
        self.write(name, Act::Tell(Box::new(telling)), entry.recorded_at, recorded.as_deref())
    }

    /// Ends the waiting time that ends first, at its own time; `None` when none has ended by `now`.
    pub(super) fn end_next_wait(&mut self, now: Micros) -> Result<Option<Written>, Rejection> {
        while let Some((due, key)) = self.due.first().filter(|(due, _)| *due <= now).cloned() {
            self.due.pop_first();
            if self.state.record(&key).and_then(Record::due_at) != Some(due) {
                continue;
            }
            let RecordKey::Activity(source, activity) = key else { continue };
            let name = CommandName::own(CommandKind::EndWait, &activity);
            let telling = Telling { source, activity, told: Told::WaitEnded, occurred_at: due };
            return self.write(name, Act::Tell(Box::new(telling)), due, None).map(Some);
        }
        Ok(None)
    }

    /// Decides a command, and takes its entries into account. `refers` is the entry of the activity it reports on, or
    /// follows.
    fn write(
        &mut self,
        name: CommandName,
        act: Act,
        now: Micros,
        refers: Option<&Entry>,
    ) -> Result<Written, Rejection> {
        let command = Command { name, digest: [0; 32], principal: self.principal.clone(), act, note: None };
        let moment = Moment { now, zone: self.zone.clone(), rules: &self.book };
        let state = Referring { state: &self.state, entry: refers };
        let drafts = decide(&state, &command, &moment)?;
        let mut overlay = Overlay::new(&state);
        let context = SealContext { program: self.program, secret: &SECRET, recorded_at: now, format: Format::CURRENT };
        let written = self.head.seal(&mut overlay, &context, &command, drafts)?;
        let changes = overlay.changes;
        let due = changes.records.iter().filter_map(|(key, (_, record))| Some((record.due_at()?, key.clone())));
        self.due.extend(due);
        self.state.absorb(changes);
        Ok(written)
    }

    /// Drops every rule whose condition asks for attributes that were erased.
    fn fail_conditions(&self, qualified: &mut Qualified) {
        let draft = self.book.version(qualified.version);
        qualified.hits.retain(|hit| !draft.and_then(|draft| draft.rule(&hit.rule)).is_some_and(asks_for_attributes));
        if qualified.hits.is_empty() {
            qualified.declined = Some(Reason::ConditionFailed);
        }
    }
}
