//! What becomes of activities, told by rule, cap and entry, and as sentences to the member.

use std::collections::BTreeSet;

use goodturn::domain::entry::Entry;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::terms::rules::book::RuleBook;
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::time_zone;
use goodturn::export::sentence::{Context, further, sentence};
use goodturn::pb;
use goodturn::pb::record_activity_result::Result as ActivityResult;
use goodturn::pb::{DeclineReason, ReversalReason};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tonic::Code;

use crate::support::clients::{TestServer, accepted, at, database, kudos, pounds, qc, record};
use crate::support::every_kind::every_kind;
use crate::support::payouts::{create, declare_and_approve, payout};
use crate::support::process::GOODTURN;
use crate::support::refused::refused;
use crate::support::summer::{Story, name, reversal, rules, summer, survey};

/// The whole history, checked by hand against the rules.
#[tokio::test]
async fn a_history_reads_as_sentences_that_can_be_sent_to_the_member() {
    let story = summer().await;
    let history = story.history("ada", 1_000).await;
    let told: Vec<&str> = history.iter().rev().map(|entry| entry.sentence.as_str()).collect();
    assert_eq!(told.join("\n"), include_str!("explain_history.txt").trim_end());
    let by_page: Vec<pb::Entry> = story.history("ada", 1).await;
    assert_eq!(by_page, history, "pages that part the entries of one act say the same");
    let mut ledger = story.0.clients.ledger();
    let parent = "programs/qc".into();
    let all = ledger.list_entries(pb::ListEntriesRequest { parent, page_size: 1_000, ..Default::default() });
    assert!(all.await.unwrap().into_inner().entries.iter().all(|entry| entry.sentence.is_empty()));
}

const ALL: [&str; 29] = [
    "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "k1", "k2", "p1", "s1", "s2", "s3", "o1", "o2", "o3", "t1",
    "t2", "t3", "u1", "u2", "u3", "b1", "b4", "l1", "w1", "w2",
];

#[tokio::test]
async fn what_an_activity_brought_adds_up_and_all_of_them_add_up_to_the_balance() {
    // INV 30
    let story = summer().await;
    for member in ["ada", "bob"] {
        let mut sums = [0; 3];
        for id in ALL {
            let it = story.get(id).await;
            let totals = it.totals.unwrap();
            assert_eq!(
                totals.earned_points,
                totals.credited_points + totals.pending_points + totals.taken_back_points + totals.written_off_points,
                "{id}"
            );
            let sum = |of: fn(&pb::ActivityChange) -> i64| it.changes.iter().map(of).sum::<i64>();
            let written_off = sum(|change| change.written_off_points);
            assert_eq!(
                sum(|change| change.available_points + change.reserved_points),
                totals.credited_points + written_off
            );
            assert_eq!(sum(|change| change.pending_points), totals.pending_points, "{id}");
            assert_eq!(written_off, totals.written_off_points, "{id}");
            let recorded = it.outcomes.iter().map(|rule| rule.credited_points).sum::<i64>();
            assert_eq!(recorded, it.points, "{id}: what rules credited is what its first entry did");
            if it.member_id == member {
                sums[0] += totals.credited_points;
                sums[1] += totals.pending_points;
                sums[2] += totals.written_off_points;
            }
        }
        let name = format!("programs/qc/members/{member}");
        let balance = pb::GetBalanceRequest { name, min_seq: 0 };
        let balance = story.0.clients.ledger().get_balance(balance).await.unwrap().into_inner();
        assert_eq!(sums, [balance.credited_points, balance.pending_points, -balance.written_off_points], "{member}");
    }
}

#[tokio::test]
async fn caps_tell_what_flowed_in_and_what_passed_in_which_window() {
    // INV 41
    let story = summer().await;
    let a5 = story.get("a5").await;
    assert_eq!(a5.rule_set, "programs/qc/ruleSets/2");
    let [rule] = &a5.outcomes[..] else { panic!("one rule") };
    assert_eq!(
        (rule.rule_id.as_str(), rule.applied, rule.raw_points, rule.credited_points),
        ("answers", true, 100, 30)
    );
    let caps = rule.caps.iter().map(|cap| {
        let day = |date: &Option<goodturn::google::r#type::Date>| date.map(|date| (date.month, date.day)).unwrap();
        let window = (day(&cap.first_day), day(&cap.last_day));
        (cap.cap_id.as_str(), window, cap.limit_points, cap.flowed_in_points, cap.passed_points)
    });
    let expected = [("daily", ((6, 4), (6, 4)), 150, 100, 50), ("monthly", ((6, 1), (6, 30)), 280, 50, 30)];
    assert_eq!(caps.collect::<Vec<_>>(), expected);
    assert_eq!(a5.totals.unwrap().credited_points, 30);
}

#[tokio::test]
async fn each_rule_says_why_it_did_not_apply() {
    // INV 42
    let story = summer().await;
    let cases = [
        ("k1", DeclineReason::SelfDealing),
        ("p1", DeclineReason::NoRuleInForce),
        ("s1", DeclineReason::ConditionFailed),
        ("s2", DeclineReason::ConditionNotMet),
        ("o1", DeclineReason::NoAmount),
        ("a7", DeclineReason::NoExclusiveKey),
        ("u1", DeclineReason::NothingToFollow),
        ("u2", DeclineReason::NothingToFollow),
        ("a8", DeclineReason::Superseded),
    ];
    for (id, reason) in cases {
        let it = story.get(id).await;
        let [rule] = &it.outcomes[..] else { panic!("one rule") };
        assert_eq!((rule.applied, rule.decline_reason()), (false, reason), "{id}");
        assert_eq!((it.decline_reason(), rule.raw_points, rule.credited_points), (reason, 0, 0), "{id}");
    }
    for (id, reason) in
        [("a3", DeclineReason::CapFull), ("t3", DeclineReason::Unconfirmed), ("a0", DeclineReason::Reversed)]
    {
        let it = story.get(id).await;
        let [rule] = &it.outcomes[..] else { panic!("one rule") };
        assert!(rule.applied && rule.raw_points > 0, "{id}: the rule applied, and brought nothing");
        assert_eq!(it.decline_reason(), reason, "{id}");
    }
}

#[tokio::test]
async fn every_entry_about_an_activity_is_told_in_order() {
    let story = summer().await;
    let kinds = |it: &pb::Activity| it.changes.iter().map(|change| change.kind.clone()).collect::<Vec<_>>();
    let s3 = story.get("s3").await;
    assert_eq!(kinds(&s3), ["activity_recorded", "activity_reversed", "written_off"]);
    let moved = s3.changes.iter().map(|change| (change.available_points, change.written_off_points));
    assert_eq!(moved.collect::<Vec<_>>(), [(1_010, 0), (-50, 0), (0, 960)]);
    assert_eq!((s3.changes[1].reason.as_str(), s3.changes[1].principal.as_str()), ("fraud", "support"));
    let totals = s3.totals.unwrap();
    assert_eq!((totals.earned_points, totals.credited_points, totals.written_off_points), (1_010, 0, 960));

    let o2 = story.get("o2").await;
    assert_eq!(kinds(&o2), ["activity_recorded", "activity_refunded", "wait_ended"]);
    assert_eq!(o2.refunded, Some(pounds(2_600)));
    let [rule] = &o2.outcomes[..] else { panic!("one rule") };
    assert_eq!(
        (rule.raw_points, rule.pending_points, rule.brings_points),
        (20, 20, 9),
        "2 × £24.00 ÷ £5.00, rounded down"
    );
    assert_eq!(o2.totals.unwrap().credited_points, 9);
    assert_eq!(kinds(&story.get("t1").await), ["activity_recorded", "activity_confirmed"]);
    assert_eq!(story.get("t1").await.confirmed_at, Some(at("2018-06-08T10:00:00Z")));

    let a4 = story.get("a4").await;
    assert_eq!(kinds(&a4), ["activity_recorded", "activity_displaced"]);
    assert_eq!(a4.changes[1].displaced_by, name("b4"));
    assert!(!a4.changes[1].sentence.contains("b4"), "the member is not told of another's activity");
    let a0 = story.get("a0").await;
    assert_eq!(kinds(&a0), ["activity_reversed", "activity_recorded"], "what came before it stands in front");
    assert!(!story.get("k1").await.changes_truncated);
}

/// Under a cap, what is taken back is the difference it makes, so that single activities can look odd; their sum does not.
#[tokio::test]
async fn of_activities_over_a_cap_one_may_keep_what_another_gives_back() {
    // INV 41
    let story = Story::begin().await;
    story.answer("x1", "q1", "2018-06-03T10:00:00Z").await;
    story.answer("x2", "q2", "2018-06-03T11:00:00Z").await;
    story.answer("x3", "q3", "2018-06-03T12:00:00Z").await;
    story.reverse("x1", ReversalReason::Withdrawn, "2018-06-04T10:00:00Z").await;
    story.reverse("x3", ReversalReason::Withdrawn, "2018-06-04T11:00:00Z").await;
    let mut credited = Vec::new();
    for id in ["x1", "x2", "x3"] {
        credited.push(story.get(id).await.totals.unwrap().credited_points);
    }
    assert_eq!(credited, [100, 50, -50], "150, then 150 still, then what x2 alone brings");
}

#[tokio::test]
async fn an_activity_with_too_much_between_its_entries_says_that_some_may_be_missing() {
    let story = Story::begin().await;
    let first = pb::Activity { kind: "top_up".into(), ..kudos("x1", "ada", "2018-06-02T10:00:00Z") };
    story.record(first).await;
    for batch in 0..10 {
        let kudos = (0..1_000).map(|n| kudos(&format!("k{batch}-{n}"), "ada", "2018-06-02T09:00:00Z")).collect();
        let batch =
            pb::BatchRecordActivitiesRequest { parent: "programs/qc".into(), activities: kudos, ..Default::default() };
        let results = story.0.clients.ledger().batch_record_activities(batch).await.unwrap().into_inner().results;
        assert!(results.iter().all(|it| matches!(it.result, Some(ActivityResult::Receipt(_)))));
    }
    story.confirm("x1", "2018-06-03T10:00:00Z").await;
    let whole = story.get("x1").await;
    assert!(!whole.changes_truncated && whole.totals.is_some(), "10,000 are looked through");
    story.record(kudos("k", "ada", "2018-06-03T11:00:00Z")).await;
    story.reverse("x1", ReversalReason::Withdrawn, "2018-06-03T12:00:00Z").await;
    let parted = story.get("x1").await;
    assert!(parted.changes_truncated);
    assert_eq!(parted.totals, None);
    let kinds = parted.changes.iter().map(|change| change.kind.as_str());
    assert_eq!(kinds.collect::<Vec<_>>(), ["activity_recorded", "activity_confirmed", "activity_reversed"]);
}

#[tokio::test]
async fn something_told_of_what_has_not_come_is_mentioned() {
    let story = Story::begin().await;
    let clients = &story.0.clients;
    let ask = || pb::GetActivityRequest { name: name("x1") };
    let told = refused(clients, clients.ledger().get_activity(ask())).await;
    assert_eq!(told.message, format!("{} does not exist", name("x1")));
    clients.ledger().reverse_activity(reversal("x1", ReversalReason::Fraud, "2018-06-01T00:00:00Z")).await.unwrap();
    let told = refused(clients, clients.ledger().get_activity(ask())).await;
    let resource = name("x1");
    assert_eq!(told.because(Code::NotFound, "ERROR_REASON_NOT_FOUND"), [("resource", resource.as_str())]);
    assert!(told.message.contains("what was told of it is kept, and looked at once you record it"), "{}", told.message);
}

#[tokio::test]
async fn every_entry_that_concerns_a_member_has_a_sentence_and_no_other_has() {
    let story = summer().await;
    let qc = ProgramId::parse("qc").unwrap();
    let log = story.0.ledger.log().entries(&qc, Seq::ZERO, 1_000).await.unwrap();
    let sample: Vec<Entry> = every_kind().iter().map(|entry| Entry::clone(entry)).collect();
    let rules = RuleBook::new(Vec::new());
    let zone = time_zone("Europe/London").unwrap();
    let context = Context { zone: &zone, currency: Currency::from_code("GBP").unwrap(), rules: &rules };
    let mut told = BTreeSet::new();
    for entries in [&log, &sample] {
        let in_order: Vec<&Entry> = entries.iter().collect();
        for (at, entry) in entries.iter().enumerate() {
            let sentence = sentence(entry, further(&in_order[at..]), &context);
            assert_eq!(sentence.is_some(), entry.member.is_some(), "{}", entry.kind.name());
            let Some(sentence) = sentence else { continue };
            let odd = [" .", "  ", "_", " 1 points", "asker"].iter().find(|odd| sentence.contains(**odd));
            assert!(sentence.ends_with('.') && odd.is_none(), "{sentence}");
            told.insert(entry.kind);
        }
    }
    let others = EntryKind::ALL.iter().filter(|kind| !told.contains(kind)).map(|kind| kind.name());
    let others: Vec<&str> = others.collect();
    let expected = [
        "program_created",
        "rule_set_published",
        "program_update_proposed",
        "program_updated",
        "program_update_rejected",
        "expiry_progressed",
        "statement_declared",
        "statement_approved",
        "statement_rejected",
        "statement_corrected",
        "payout_created",
        "payout_progressed",
        "payout_drafted",
        "payout_approved",
        "payout_executing",
        "payout_executed",
        "payout_cancelling",
        "payout_cancelled",
        "payout_rejected",
        "payout_releasing",
        "closing_drafted",
        "closing_approved",
        "closing_rejected",
        "closing_progressed",
        "choices_closed",
        "adjustments_approved",
        "adjustments_rejected",
        "access_begun",
        "access_changed",
        "access_proposed",
        "access_rejected",
        "access_recovered",
        "batch_created",
        "batch_progressed",
        "batch_drafted",
        "batch_approved",
        "batch_releasing",
        "batch_released",
        "batch_cancelling",
        "batch_cancelled",
    ];
    assert_eq!(others, expected);
}

/// An act that takes back what many payouts have reserved writes an entry for each: more than are read at a time.
#[tokio::test]
async fn an_act_of_many_entries_is_told_whole() {
    let story = Story::begin().await;
    for (member, id) in [("ada", "a1"), ("bob", "b1")] {
        story.answer_of(member, id, id, "2018-06-02T12:00:00Z").await;
    }
    let clients = &story.0.clients;
    story.0.clock.set("2018-10-01T00:00:00Z");
    for n in 0..40 {
        for member in ["ada", "bob"].iter().filter(|_| n > 0) {
            let thanks = kudos(&format!("{member}-{n}"), member, "2018-06-02T12:00:00Z");
            clients.ledger().record_activity(record(thanks)).await.unwrap();
        }
        let id = format!("p{n:02}");
        declare_and_approve(clients, &id, pounds(100)).await;
        clients.by("anna").payouts().create_payout(create(payout(&id))).await.unwrap();
    }
    // The reversal takes a point from each of the last 39 payouts, and the other 61 from the first.
    story.reverse("b1", ReversalReason::Withdrawn, "2018-10-01T00:00:00Z").await;
    let it = story.get("b1").await;
    assert_eq!((it.changes.len(), it.changes_truncated), (42, false));
    assert_eq!(it.totals.unwrap().taken_back_points, 100);
    let history = story.history("bob", 1_000).await;
    assert_eq!(story.history("bob", 1).await, history, "pages that part the entries of one act say the same");
    // Another answer is accepted, which takes the question from hers.
    let other = pb::Activity { exclusive_key: "a1".into(), ..accepted("a2", "cyd", "2018-06-03T12:00:00Z") };
    clients.ledger().record_activity(record(other)).await.unwrap();
    let it = story.get("a1").await;
    assert_eq!((it.changes.len(), it.changes[1].displaced_by.clone()), (42, name("a2")));
    assert_eq!(it.totals.unwrap().taken_back_points, 100);
}

/// Attributes can be erased; which rules applied is in the log.
#[tokio::test]
async fn outcomes_outlive_the_attributes() {
    let server = TestServer::start().await;
    let clients = &server.clients;
    clients.programs().create_program(qc()).await.unwrap();
    let mut rules = rules();
    rules.rule_set.as_mut().unwrap().name = "programs/qc/ruleSets/1".into();
    clients.programs().publish_rule_set(rules).await.unwrap();
    for (id, age) in [("s2", 17), ("s3", 30)] {
        clients.ledger().record_activity(record(survey(id, Some(age)))).await.unwrap();
    }
    let mut told = Vec::new();
    for _ in 0..2 {
        for id in ["s2", "s3"] {
            let it = clients.ledger().get_activity(pb::GetActivityRequest { name: name(id) }).await.unwrap();
            told.push(it.into_inner().outcomes);
        }
        let options: SqliteConnectOptions = database(&server.folder).parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        sqlx::query("delete from note").execute(&mut connection).await.unwrap();
    }
    assert_eq!((told[0][0].decline_reason(), told[0][0].applied), (DeclineReason::ConditionNotMet, false));
    assert_eq!((told[1][0].raw_points, told[1][0].applied), (1_010, true));
    assert_eq!(told[..2], told[2..]);
}

#[tokio::test]
async fn history_prints_the_sentences_newest_first() {
    let server = TestServer::with_program().await;
    for (id, day) in [("a1", 1), ("a2", 2)] {
        let it = accepted(id, "ben", &format!("2018-04-0{day}T12:00:00Z"));
        server.clients.ledger().record_activity(record(it)).await.unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(GOODTURN);
        command.args(["history", "ben", "--program", "qc", "--server", &format!("http://{}", server.running.address)]);
        command.args(arguments);
        tokio::task::spawn_blocking(move || String::from_utf8(command.output().unwrap().stdout).unwrap())
    };
    let newest = "On 2 April 2018 you earned 100 points: answer accepted a2 (rule answers, version 1).\n";
    let oldest = "On 1 April 2018 you earned 100 points: answer accepted a1 (rule answers, version 1).\n";
    assert_eq!(run(&[]).await.unwrap(), format!("{newest}{oldest}"));
    assert_eq!(run(&["--limit", "1"]).await.unwrap(), newest);
}
