//! A log with every kind of entry, which the golden vectors freeze.

use std::sync::Arc;

use goodturn::domain::decide::acts::{Step, TillAct};
use goodturn::domain::decide::command::{Act, Command, Eligible, Expiring, SharePosting};
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::state::statement::content_of;
use goodturn::domain::terms::activity::Activity;
use goodturn::domain::terms::adjustment::{AdjustmentReason, AdjustmentTerms};
use goodturn::domain::terms::caps::{Cap, CapWindow};
use goodturn::domain::terms::expiry::{Lasts, Policy, YearDay};
use goodturn::domain::terms::member::{Profile, ShutOutReason};
use goodturn::domain::terms::payout::PoolAsked;
use goodturn::domain::terms::rules::set::{Exclusive, Follows, Holder, Reward, Rounding, Rule, RuleSet, Wait};
use goodturn::domain::terms::savings::{LineText, StatementTerms, texts_note};
use goodturn::domain::terms::till::{Asked, Spending};
use goodturn::domain::value::encoding::Note;
use goodturn::domain::value::ids::{
    ActivityId, ActivityKind, AdjustmentId, CapId, ExclusiveKey, KeySpace, MemberLabel, MergerId, PayoutId, RuleId,
    StatementId, Subject,
};
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::{Day, Micros};

use super::every_access::entries_of_access;
use super::every_ban::entries_of_a_ban;
use super::sample::{
    Writer, act, award, create_program, done, member, payout_terms, publish, record as record_as, rule_set, savings,
    tell, time,
};
use super::signed::{approval_of_merger, approvals_of, list_of};
use super::till::{asked, at_till, place};
use super::{every_money, every_payment};

/// A log with every kind of entry: two awards, a payout, a reversal that is partly written off, a payout that is reduced
/// and cancelled, what activities and the till write.
pub fn every_kind() -> Vec<Arc<Entry>> {
    every_kind_and_its_commands().0
}

/// The same, with the commands that write it, each with the time at which it is decided.
pub fn every_kind_and_its_commands() -> (Vec<Arc<Entry>>, Vec<(Micros, Command)>) {
    let mut writer = Writer::default();
    let mut entries = Vec::new();
    let mut record = |writer: &mut Writer, commands: &[Command]| entries.extend(writer.record(commands));
    let payout = |id: &str| PayoutId::parse(id).unwrap();
    let step = |id: &str, kind, it| act(kind, id, "anna", it);
    let texts = Note { salt: [5; 16], text: texts_note(&[what_was_saved()]).into() };
    record(
        &mut writer,
        &[
            create_program(),
            publish(rule_set(1, "2018-03-12T00:00:00Z", 100)),
            award("a1", "ben"),
            award("a2", "cleo"),
            Command {
                note: Some(texts.clone()),
                ..act(CommandKind::DeclareStatement, "s", "anna", Act::DeclareStatement(savings()))
            },
            act(
                CommandKind::ApproveStatement,
                "s",
                "ben",
                Act::ApproveStatement(savings().id, content_of(1, &savings(), Some(texts.digest()))),
            ),
        ],
    );
    let rows = |members: &[&str], points| Step {
        after: None,
        through: member(members.last().unwrap()),
        rows: members.iter().map(|id| Eligible { member: member(id), points }).collect(),
    };
    record(
        &mut writer,
        &[
            step("p", CommandKind::CreatePayout, Act::CreatePayout(payout_terms("p", 101), PoolAsked::Stated)),
            step(
                "p",
                CommandKind::ReservePoints,
                Act::ReservePoints(payout("p"), rows(&["ben", "cleo"], 100), Seq::new(1_000).unwrap()),
            ),
            step("p", CommandKind::CompleteDraft, Act::CompleteDraft(payout("p"))),
        ],
    );
    let Some(Record::Payout(draft)) = writer.state.record(&RecordKey::Payout(payout("p"))) else { panic!("a draft") };
    let approve = Act::ApprovePayout(payout("p"), draft.content);
    let shares = [("ben", 51), ("cleo", 50)].map(|(id, share_minor)| SharePosting {
        member: member(id),
        points: 100,
        share_minor,
    });
    let returning = Step { after: None, through: member("cleo"), rows: vec![member("cleo")] };
    let posting = Step { after: None, through: member("cleo"), rows: shares.into() };
    record(
        &mut writer,
        &[
            act(CommandKind::ApprovePayout, "p:x", "ben", approve),
            step("p", CommandKind::BeginExecution, Act::BeginExecution(payout("p"))),
            step("p", CommandKind::PostShares, Act::PostShares(payout("p"), posting)),
            step("p", CommandKind::CompleteExecution, Act::CompleteExecution(payout("p"))),
            reverse("a1"),
            award("a3", "cleo"),
            award("a4", "cleo"),
            step("q", CommandKind::CreatePayout, Act::CreatePayout(payout_terms("q", 0), PoolAsked::Rest)),
            step(
                "q",
                CommandKind::ReservePoints,
                Act::ReservePoints(payout("q"), rows(&["cleo"], 300), Seq::new(1_000).unwrap()),
            ),
            reverse("a4"),
            step("q", CommandKind::BeginCancellation, Act::BeginCancellation(payout("q"))),
            step("q", CommandKind::ReturnPoints, Act::ReturnPoints(payout("q"), returning)),
            step("q", CommandKind::CompleteCancellation, Act::CompleteCancellation(payout("q"), savings().id)),
        ],
    );
    entries.extend(earning_entries(&mut writer));
    entries.extend(entries_of_people(&mut writer));
    entries.extend(till_entries(&mut writer));
    entries.extend(entries_of_expiry(&mut writer));
    entries.extend(entries_of_a_ban(&mut writer));
    entries.extend(entries_of_money(&mut writer));
    entries.extend(entries_of_a_rejected_statement(&mut writer));
    entries.extend(entries_of_lists(&mut writer));
    entries.extend(entries_without_activity(&mut writer));
    entries.extend(entries_of_access(&mut writer));
    entries.extend(entries_of_profiles(&mut writer));
    entries.extend(every_money::entries_of_money(&mut writer));
    entries.extend(every_payment::entries_of_payments(&mut writer));
    (entries, writer.sent)
}

/// Every kind of entry that the till writes.
fn till_entries(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let until = time("2018-05-02T00:00:00Z");
    let hold = |id: &str, points, subject: Option<&str>| {
        let subject = subject.map(|subject| Subject::parse(subject).unwrap());
        at_till(id, TillAct::Hold(Asked { subject, ..asked(id, "emil", points) }, until))
    };
    let first = [
        hold("h1", 60, Some("order-17")),
        hold("h2", 20, None),
        hold("h3", 10, None),
        at_till("h1", TillAct::Capture(place("h1"), Some(40))),
        at_till("h2", TillAct::Release(place("h2"))),
        at_till("r1", TillAct::Redeem(asked("r1", "emil", 30))),
        at_till("f1", TillAct::Refund(place("r1"), Spending::Redemption, Some(10))),
        at_till("f2", TillAct::Refund(place("h1"), Spending::Capture, None)),
    ];
    let mut entries = writer.record(&first);
    writer.now = time("2018-05-02T01:00:00Z");
    let (expiry, made_by) = (TillAct::Expire(place("h3")), entries[2].seq.to_string());
    let expiry = act(CommandKind::ExpireHold, &made_by, "goodturn", Act::Till(Box::new(expiry)));
    entries.extend(writer.record(&[expiry]));
    entries
}

/// Every kind of entry by which points expire.
fn entries_of_expiry(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let expiry = Some(Policy { lasts: Lasts::Months(1), not_before_days: 30, days: Vec::new() });
    let rules = RuleSet { expiry, ..rule_set(3, "2018-05-02T02:00:00Z", 100) };
    let mut entries = writer.record(&[publish(rules)]);
    for (date, points) in [("2018-12-01", 100), ("2019-01-01", 110)] {
        entries.extend(expired(writer, date, "emil", points));
    }
    entries
}

/// Points that expire on a chosen day of the year, as their member was inactive.
fn entries_without_activity(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let days = vec![YearDay::new(3, 31).unwrap(), YearDay::new(9, 30).unwrap()];
    let expiry = Some(Policy { lasts: Lasts::Inactive(1), not_before_days: 0, days });
    let rules = RuleSet { expiry, ..rule_set(4, "2019-01-02T00:00:00Z", 100) };
    let mut entries = writer.record(&[publish(rules)]);
    entries.extend(expired(writer, "2019-03-31", "ida", 4_000));
    entries
}

/// The steps of a cut-off at which one member's points expire.
fn expired(writer: &mut Writer, date: &str, whose: &str, points: i64) -> Vec<Arc<Entry>> {
    let whose = || Some(member(whose));
    let step = |id: &str, after, through, rows| {
        let day = Day::from_date(date.parse().unwrap());
        let step = Expiring { day, after, through, rows, as_of: Seq::new(1_000).unwrap() };
        act(CommandKind::ExpirePoints, id, "goodturn", Act::Expire(Box::new(step)))
    };
    writer.now = time(&format!("{date}T12:00:00Z"));
    let rows = whose().map(|member| Eligible { member, points }).into_iter().collect();
    let end = format!("{date}:{}", whose().unwrap());
    let steps = [step(date, None, whose(), rows), step(&end, whose(), None, Vec::new())];
    writer.record(&steps)
}

/// A merger of a member to whom money is due.
fn entries_of_money(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let merge = Act::MergeMembers { from: member("cleo"), into: member("hana") };
    let mut entries = writer.record(&[act(CommandKind::MergeMembers, "m2", "anna", merge)]);
    let approve = approval_of_merger(&writer.state, "m2", "ben");
    entries.extend(writer.record(&[approve]));
    entries
}

/// Decisions on several adjustments at once, and a merger that is rejected.
fn entries_of_lists(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let adjust = |name: &str| {
        let (id, reason) = (AdjustmentId::parse(name).unwrap(), AdjustmentReason::Goodwill);
        let terms = AdjustmentTerms { id, member: member("ida"), points: 2_000, reason, occurred_at: None };
        act(CommandKind::AdjustPoints, name, "anna", Act::AdjustPoints(Box::new(terms)))
    };
    let mut entries = writer.record(&["k1", "k2", "k3"].map(adjust));
    let approvals = approvals_of(&writer.state, &["k1", "k2"], "ben");
    entries.extend(writer.record(&approvals));
    let reject = Act::RejectAdjustments(Box::new(list_of(&writer.state, &["k3"])));
    let merge = Act::MergeMembers { from: member("ida"), into: member("hana") };
    let note = Some(Note { salt: [8; 16], text: b"no".to_vec().into() });
    let k3 = AdjustmentId::parse("k3").unwrap();
    let commands = [
        act(CommandKind::RejectAdjustments, "k3", "ben", reject),
        Command { note, ..act(CommandKind::RejectAdjustment, "k3", "ben", Act::RejectAdjustment(k3)) },
        act(CommandKind::MergeMembers, "m3", "anna", merge),
        act(CommandKind::RejectMerger, "m3", "ben", Act::RejectMerger(MergerId::parse("m3").unwrap())),
    ];
    entries.extend(writer.record(&commands));
    entries
}

/// A statement that is rejected.
fn entries_of_a_rejected_statement(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let terms = StatementTerms { id: StatementId::parse("s2").unwrap(), ..savings() };
    let id = terms.id.clone();
    let declare = Command {
        note: Some(Note { salt: [6; 16], text: texts_note(&[what_was_saved()]).into() }),
        ..act(CommandKind::DeclareStatement, "s2", "anna", Act::DeclareStatement(terms))
    };
    let reject = Command {
        note: Some(Note { salt: [7; 16], text: b"counted twice".to_vec().into() }),
        ..act(CommandKind::RejectStatement, "s2", "ben", Act::RejectStatement(id, 1))
    };
    writer.record(&[declare, reject])
}

/// Members who are not shown on boards.
fn entries_of_profiles(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let labels = ["board", "staff"].map(|label| MemberLabel::parse(label).unwrap()).to_vec();
    let update = |id: &str, whose: &str, profile| {
        act(CommandKind::UpdateMemberProfile, id, "anna", Act::UpdateMemberProfile(member(whose), profile))
    };
    let commands = [
        update("u1", "ben", Profile { opted_out: true, labels: Vec::new() }),
        update("u2", "nina", Profile { opted_out: false, labels }),
    ];
    writer.record(&commands)
}

/// Every kind of entry that people write about a member's points and membership.
fn entries_of_people(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let id = |id: &str| AdjustmentId::parse(id).unwrap();
    let adjust = |name: &str, points| {
        let occurred_at = Some(time("2017-01-01T00:00:00Z"));
        let reason = AdjustmentReason::OpeningBalance;
        let terms = AdjustmentTerms { id: id(name), member: member("dora"), points, reason, occurred_at };
        act(CommandKind::AdjustPoints, name, "anna", Act::AdjustPoints(Box::new(terms)))
    };
    let dora = || member("dora");
    let commands = [
        adjust("j1", 500),
        adjust("j2", 5_000),
        adjust("j3", -5_000),
        act(CommandKind::ApproveAdjustment, "j2", "ben", Act::ApproveAdjustment(id("j2"))),
        act(CommandKind::RejectAdjustment, "j3", "ben", Act::RejectAdjustment(id("j3"))),
        adjust("j4", -600),
        act(CommandKind::SuspendMember, "s1", "anna", Act::SuspendMember(dora(), ShutOutReason::FraudSuspected)),
        act(CommandKind::ReinstateMember, "s1", "anna", Act::ReinstateMember(dora())),
        act(CommandKind::MergeMembers, "m1", "anna", Act::MergeMembers { from: member("frank"), into: dora() }),
        act(CommandKind::BanMember, "s1", "anna", Act::BanMember(dora(), ShutOutReason::Fraud)),
        act(CommandKind::RevokeAdjustment, "1:revoke:1", "anna", Act::RevokeAdjustment(id("j1"))),
        act(CommandKind::RevokeAdjustment, "1:revoke:2", "anna", Act::RevokeAdjustment(id("j2"))),
    ];
    writer.record(&commands)
}

/// Every kind of entry that activities write under rules with caps, terms, conditions and exclusive keys.
fn earning_entries(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let plain = rule_set(2, "2018-04-02T00:05:00Z", 100);
    let rule = |id: &str, kind: &str, reward| Rule {
        id: RuleId::parse(id).unwrap(),
        kind: ActivityKind::parse(kind).unwrap(),
        reward,
        ..plain.rules[0].clone()
    };
    let cap = |id: &str, window, limit_points, within: Option<&str>| Cap {
        id: CapId::parse(id).unwrap(),
        window,
        limit_points,
        within: within.map(|id| CapId::parse(id).unwrap()),
    };
    let monthly = CapId::parse("monthly").unwrap();
    let orders = Rule {
        condition: Some("amount_minor >= 500".into()),
        cap: Some(monthly.clone()),
        wait: Some(Wait::Vesting { days: 14 }),
        ..rule("orders", "order", Reward::PerAmount { points: 2, per_minor: 500, rounding: Rounding::Down })
    };
    let answers = Rule {
        cap: Some(monthly),
        exclusive: Some(Exclusive { space: KeySpace::parse("question").unwrap(), holder: Holder::Latest }),
        from: Some(time("2018-04-02T00:05:00Z")),
        ..rule("answers", "answer_accepted", Reward::Fixed { points: 100 })
    };
    let friends = Rule {
        wait: Some(Wait::Confirmation { days: 120 }),
        until: Some(time("2019-01-01T00:00:00Z")),
        ..rule("friends", "friend", Reward::Fixed { points: 500 })
    };
    let top_ups = Rule {
        follows: Some(Follows { rule: RuleId::parse("friends").unwrap(), within_days: 120, past_cap: false }),
        ..rule("top-ups", "top_up", Reward::Fixed { points: 5 })
    };
    let recruits = Rule {
        exclusive: Some(Exclusive { space: KeySpace::parse("recruit").unwrap(), holder: Holder::EarliestStanding }),
        ..rule("recruits", "recruit", Reward::Fixed { points: 50 })
    };
    let bottles = Rule {
        cap: Some(CapId::parse("hourly").unwrap()),
        max_points: Some(20),
        ..rule("bottles", "crate", Reward::PerQuantity { points: 5, per_quantity: 2 })
    };
    let per_amount = |rounding| Reward::PerAmount { points: 1, per_minor: 100, rounding };
    let steps = rule("steps", "crate", per_amount(Rounding::WholeSteps));
    let large = Rule { min_left_minor: Some(2_500), ..rule("large", "crate", per_amount(Rounding::HalfUp)) };
    let caps = vec![
        cap("hourly", CapWindow::Hour, 15, Some("ever")),
        cap("monthly", CapWindow::Month, 150, Some("ever")),
        cap("ever", CapWindow::Lifetime, 900, None),
    ];
    let rules = vec![answers, orders, friends, top_ups, recruits, bottles, steps, large];
    let rules = RuleSet { rules, caps, ..plain };
    let activity = |id: &str, kind: &str, to: &str, change: &dyn Fn(&mut Activity)| {
        let occurred_at = time("2018-04-02T00:05:00Z");
        let mut activity = Activity { counterparty: None, occurred_at, ..done(kind, to) };
        change(&mut activity);
        record_as(id, activity)
    };
    let question = |activity: &mut Activity| activity.exclusive_key = Some(ExclusiveKey::parse("q1").unwrap());
    let first = [
        publish(rules),
        activity("b1", "order", "dora", &|order| order.amount_minor = Some(25_000)),
        activity("b2", "answer_accepted", "dora", &question),
        activity("b3", "answer_accepted", "emil", &question),
        tell("c1", "b1", Told::Refunded { minor: 10_000, quantity: 0 }, "2018-04-02T00:05:00Z"),
        activity("b4", "friend", "emil", &|_| {}),
        activity("b5", "top_up", "emil", &|top_up| top_up.follows = Some(ActivityId::parse("b4").unwrap())),
        tell("c2", "b4", Told::Confirmed, "2018-04-02T00:05:00Z"),
        tell("c3", "b6", Told::Reversed(Reason::Withdrawn), "2018-04-02T00:05:00Z"),
        activity("b6", "friend", "emil", &|_| {}),
        activity("b7", "recruit", "dora", &question),
        activity("b8", "recruit", "emil", &question),
        tell("c5", "b7", Told::Reversed(Reason::Fraud), "2018-04-02T00:05:00Z"),
        activity("b9", "crate", "dora", &|bottles| {
            (bottles.quantity, bottles.amount_minor) = (Some(12), Some(2_550));
        }),
        tell("c6", "b9", Told::Refunded { minor: 100, quantity: 11 }, "2018-04-02T00:05:00Z"),
        tell("c7", "b9", Told::Refunded { minor: 0, quantity: 2 }, "2018-04-02T00:05:00Z"),
    ];
    let mut entries = writer.record(&first);
    writer.now = time("2018-05-01T00:00:00Z");
    entries.extend(writer.record(&[tell("c4", "b1", Told::WaitEnded, "2018-05-01T00:00:00Z")]));
    entries
}

fn what_was_saved() -> LineText {
    LineText { description: "answers".into(), evidence: "ticket 7".into() }
}

fn reverse(id: &str) -> Command {
    tell(id, id, Told::Reversed(Reason::Fraud), "2018-04-02T00:00:00Z")
}
