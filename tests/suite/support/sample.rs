//! Entries and batches made by hand, for tests of the log alone.

use std::collections::HashMap;
use std::sync::Arc;

use borsh::BorshSerialize;
use goodturn::domain::decide::command::{Act, Command, QualifiedActivity, Telling};
use goodturn::domain::decide::decide;
use goodturn::domain::decide::draft::{Draft, Moment};
use goodturn::domain::decide::seal::{Head, SealContext};
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::format::Format;
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::entry::told::Told;
use goodturn::domain::state::earning::{Earning, Later};
use goodturn::domain::state::get::Referring;
use goodturn::domain::state::overlay::{Changes, Overlay};
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::state::statement::content_of;
use goodturn::domain::terms::activity::{Activity, Attributes};
use goodturn::domain::terms::payout::{PayoutTerms, PoolAsked};
use goodturn::domain::terms::program::ProgramTerms;
use goodturn::domain::terms::rules::book::{Qualified, RuleBook};
use goodturn::domain::terms::rules::set::{Reward, Rule, RuleSet};
use goodturn::domain::terms::savings::{SavingsLine, StatementTerms};
use goodturn::domain::value::encoding::{Hash, Note, Secret, encode};
use goodturn::domain::value::ids::{
    ActivityId, ActivityKind, MemberId, PayoutId, ProgramId, RequestId, RuleId, SourceId, StatementId,
};
use goodturn::domain::value::local::LocalTime;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::{Day, Micros, time_zone};
use goodturn::log::{Expect, Ready, Sealed};
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

pub const SECRET: Secret = Secret::new([7; 32]);

const LONDON: &str = "Europe/London";

pub fn program() -> ProgramId {
    ProgramId::parse("qc").unwrap()
}

pub fn member(id: &str) -> MemberId {
    MemberId::parse(id).unwrap()
}

/// Returns the programme's time zone.
pub fn zone() -> TimeZone {
    time_zone(LONDON).unwrap()
}

/// Returns the principal of a name; for `goodturn` it is the service itself.
pub fn principal(by: &str) -> PrincipalId {
    if by == "goodturn" { PrincipalId::goodturn() } else { PrincipalId::parse(by).unwrap() }
}

pub fn time(rfc3339: &str) -> Micros {
    Micros::from_rfc3339(rfc3339).unwrap()
}

/// Makes an act of `by` that comes from no configured source.
pub fn act(kind: CommandKind, id: &str, by: &str, act: Act) -> Command {
    Command { principal: principal(by), ..command(SourceId::goodturn(), kind, id, act) }
}

/// Returns a digest of values that no client gave: a log holds any 32 bytes. Those of the golden entries were made like
/// this.
pub fn digest_of(values: &impl BorshSerialize) -> Hash {
    Sha256::new()
        .chain_update(b"goodturn request v1")
        .chain_update(SECRET.bits())
        .chain_update(encode(values))
        .finalize()
        .into()
}

fn command(source: SourceId, kind: CommandKind, id: &str, act: Act) -> Command {
    let name = CommandName { source, kind, id: RequestId::parse(id).unwrap() };
    let digest = digest_of(&(name.kind, &name.id));
    Command { name, digest, principal: PrincipalId::parse("anna").unwrap(), act, note: None }
}

pub fn create_program() -> Command {
    create_program_in(LONDON)
}

/// Creates the programme with this time zone.
pub fn create_program_in(time_zone: &str) -> Command {
    let terms = ProgramTerms {
        currency: Currency::from_code("GBP").unwrap(),
        time_zone: time_zone.into(),
        debt_limit_points: 50,
        adjustment_limit_points: 1_000,
    };
    command(SourceId::goodturn(), CommandKind::CreateProgram, "qc", Act::CreateProgram(terms))
}

pub fn rule_set(version: u32, in_force_from: &str, points: i64) -> RuleSet {
    let kind = ActivityKind::parse("answer_accepted").unwrap();
    let rules = vec![Rule {
        id: RuleId::parse("answers").unwrap(),
        kind,
        reward: Reward::Fixed { points },
        condition: None,
        cap: None,
        wait: None,
        exclusive: None,
        follows: None,
        from: None,
        until: None,
        max_points: None,
        min_left_minor: None,
    }];
    RuleSet { version, in_force_from: time(in_force_from), rules, caps: Vec::new(), expiry: None }
}

pub fn publish(rules: RuleSet) -> Command {
    let id = rules.version.to_string();
    command(SourceId::goodturn(), CommandKind::PublishRuleSet, &id, Act::PublishRuleSet(rules))
}

/// The time at which most activities occur.
pub const WHEN: &str = "2018-04-01T12:00:00Z";

/// Returns an activity of the forum's, in the middle of 1 April.
pub fn done(kind: &str, by: &str) -> Activity {
    Activity {
        kind: ActivityKind::parse(kind).unwrap(),
        member: member(by),
        counterparty: Some(member("asker")),
        subject: None,
        amount_minor: None,
        exclusive_key: None,
        follows: None,
        attributes: Attributes::new(),
        occurred_at: time(WHEN),
        quantity: None,
    }
}

/// Makes a command for an accepted answer, credited with 100 points.
pub fn award(id: &str, to: &str) -> Command {
    let note = Some(Note { salt: [3; 16], text: id.as_bytes().into() });
    Command { note, ..record(id, done("answer_accepted", to)) }
}

/// Makes a command that records an activity of the forum's. The writer asks the rules, and the clocks of its zone.
pub fn record(id: &str, activity: Activity) -> Command {
    let local = LocalTime::in_zone(activity.occurred_at, &zone());
    let act = Act::RecordActivity(Box::new(QualifiedActivity {
        id: ActivityId::parse(id).unwrap(),
        activity,
        qualified: Qualified::default(),
        epoch: 0,
        local,
    }));
    command(SourceId::parse("forum").unwrap(), CommandKind::RecordActivity, id, act)
}

/// Makes a command that reports on an activity of the forum's.
pub fn tell(id: &str, of: &str, told: Told, occurred_at: &str) -> Command {
    let source = SourceId::parse("forum").unwrap();
    let activity = ActivityId::parse(of).unwrap();
    let telling = Telling { source: source.clone(), activity, told, occurred_at: time(occurred_at) };
    let act = Act::Tell(Box::new(telling));
    command(source, act.kind(), id, act)
}

/// Returns a record that is due at a time, or never.
pub fn earning(due_at: Option<&str>) -> Record {
    let occurred_at = time("2018-04-01T12:00:00Z");
    Record::Activity(Box::new(Earning {
        seq: Seq::new(1).unwrap(),
        recorded_at: time("2018-04-01T12:00:00Z"),
        member: member("ben"),
        kind: ActivityKind::parse("answer_accepted").unwrap(),
        occurred_at,
        local_day: occurred_at.day_in(&TimeZone::UTC),
        amount_minor: None,
        version: 1,
        declined: None,
        parts: Vec::new(),
        key: None,
        is_penalty: false,
        later: Later::default(),
        due_at: due_at.map(time),
        quantity: None,
    }))
}

/// A log's state as a writer knows it. It seals batches that follow from each other.
#[derive(Clone)]
pub struct Writer {
    pub head: Head,
    pub state: Changes,
    pub now: Micros,
    /// The time zone of the days that it counts.
    pub zone: TimeZone,
    /// First entries by name, for the commands that refer to them.
    pub first: HashMap<CommandName, Arc<Entry>>,
    /// Every command that was sealed, with its time.
    pub sent: Vec<(Micros, Command)>,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            head: Head::empty(),
            state: Changes::default(),
            now: time("2018-04-02T00:00:00Z"),
            zone: zone(),
            first: HashMap::new(),
            sent: Vec::new(),
        }
    }
}

impl Writer {
    /// Returns a writer, and the batch that creates the programme with its first rules.
    pub fn with_program() -> (Self, Expect, Arc<Sealed>) {
        let mut writer = Self::default();
        let (expect, batch) = writer.seal(&[create_program(), publish(rule_set(1, "2018-03-12T00:00:00Z", 100))]);
        (writer, expect, batch)
    }

    /// Decides and seals commands, and returns their entries.
    pub fn record(&mut self, commands: &[Command]) -> Vec<Arc<Entry>> {
        self.seal(commands).1.entries.clone()
    }

    /// Decides and seals commands as one batch, as if it were recorded.
    pub fn seal(&mut self, commands: &[Command]) -> (Expect, Arc<Sealed>) {
        self.seal_as(commands, |_| ())
    }

    /// Does the same, and lets a function change the decision before it is sealed.
    pub fn seal_as(&mut self, commands: &[Command], mut change: impl FnMut(&mut Vec<Draft>)) -> (Expect, Arc<Sealed>) {
        let expect = Expect { seq: self.head.seq, epoch: self.head.epoch };
        let id = program();
        let context = SealContext { program: &id, secret: &SECRET, recorded_at: self.now, format: Format::CURRENT };
        let mut entries: Vec<Arc<Entry>> = Vec::new();
        let mut notes: Vec<(Seq, Note)> = Vec::new();
        let mut changes = Changes::default();
        for command in commands {
            let mut below = self.state.clone();
            below.absorb(changes.clone());
            let rules = rule_book(&below);
            let moment = Moment { now: self.now, zone: self.zone.clone(), rules: &rules };
            self.sent.push((self.now, command.clone()));
            let mut command = command.clone();
            let entry = command.refers().and_then(|name| self.first.get(&name).cloned());
            let below = Referring { state: &below, entry: entry.as_deref() };
            if let Act::RecordActivity(activity) = &mut command.act {
                activity.local = LocalTime::in_zone(activity.activity.occurred_at, &self.zone);
                activity.qualified = rules.qualify(&command.name.source, &activity.activity, activity.local);
            }
            let mut overlay = Overlay::new(&below);
            let mut drafts = decide(&below, &command, &moment).unwrap();
            change(&mut drafts);
            let sealed = self.head.seal(&mut overlay, &context, &command, drafts).unwrap();
            self.first.insert(command.name.clone(), Arc::clone(&sealed[0]));
            notes.extend(command.note.clone().map(|note| (sealed[0].seq, note)));
            entries.extend(sealed);
            changes.absorb(overlay.changes);
        }
        self.state.absorb(changes.clone());
        let sealed = Sealed { head: self.head.clone(), entries, changes, notes, ready: Ready::default() };
        (expect, Arc::new(sealed))
    }
}

/// Returns the rules that a state holds.
fn rule_book(state: &Changes) -> RuleBook {
    let published = state.records.values().filter_map(|(_, record)| match record {
        Record::RuleSet(rules) => Some(rules.clone()),
        _ => None,
    });
    RuleBook::new(published.collect())
}

/// The key of a record of an activity, and the time it is due.
pub type Due = (&'static str, Option<&'static str>);

/// Makes a batch change records of activities too, so that they are due at these times.
pub fn with_due(mut batch: Arc<Sealed>, records: &[Due]) -> Arc<Sealed> {
    let changed = Arc::make_mut(&mut batch);
    for &(key, due_at) in records {
        let key = RecordKey::parse(key).unwrap();
        changed.changes.records.insert(key, (changed.head.seq, earning(due_at)));
    }
    batch
}

/// Has savings declared and approved, and a payout begun on them that counts what was earned up to a day.
pub fn payout_begun(id: &str, last_day: Day) -> [Command; 3] {
    let statement = StatementId::parse(id).unwrap();
    let declared = StatementTerms { id: statement.clone(), ..savings() };
    let content = content_of(1, &declared, None);
    let terms = PayoutTerms { statement: statement.clone(), last_day, ..payout_terms(id, 100) };
    [
        act(CommandKind::DeclareStatement, id, "anna", Act::DeclareStatement(declared)),
        act(CommandKind::ApproveStatement, id, "ben", Act::ApproveStatement(statement, content)),
        act(CommandKind::CreatePayout, id, "anna", Act::CreatePayout(terms, PoolAsked::Stated)),
    ]
}

/// The approval of [`savings`] that were declared without texts.
pub fn approve_savings() -> Act {
    Act::ApproveStatement(savings().id, content_of(1, &savings(), None))
}

/// Savings, as they are declared.
pub fn savings() -> StatementTerms {
    StatementTerms {
        id: StatementId::parse("s").unwrap(),
        first_day: Day::new(17_600).unwrap(),
        last_day: Day::new(17_700).unwrap(),
        lines: vec![SavingsLine { quantity: 2, unit_cost_minor: 1_000, factor_millionths: 500_000 }],
        programme_cost_minor: 10,
        redeemed_at_till_minor: 0,
        community_share_millionths: 250_000,
    }
}

/// Terms of a payout of these savings.
pub fn payout_terms(id: &str, pool_minor: i64) -> PayoutTerms {
    let (statement, last_day) = (savings().id, savings().last_day);
    PayoutTerms::of_pool(PayoutId::parse(id).unwrap(), statement, last_day, pool_minor)
}
