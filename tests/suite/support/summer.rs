//! Half a summer of a member, in which every possible thing happens to activities.

use std::collections::HashMap;

use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::entry::told::Told;
use goodturn::domain::value::ids::{ProgramId, SourceId};
use goodturn::pb;
use goodturn::pb::ReversalReason;
use goodturn::pb::attribute_value::Value;
use goodturn::pb::rule::Wait;

use super::clients::{accepted, activity, at, kudos, pounds, record};
use super::payouts::{create, declare_and_approve, pay_out, payout};
use super::sample::tell;
use super::served::Served;

/// Returns rules under which everything can happen to an activity.
pub fn rules() -> pb::PublishRuleSetRequest {
    let rule = |id: &str, kind: &str, points| pb::Rule {
        rule_id: id.into(),
        activity_kind: kind.into(),
        points,
        ..Default::default()
    };
    let cap = |id: &str, window: pb::CapWindow, limit_points, within: &str| pb::Cap {
        cap_id: id.into(),
        window: window.into(),
        limit_points,
        within_cap_id: within.into(),
    };
    let answers =
        pb::Rule { cap_id: "daily".into(), exclusive: "question".into(), ..rule("answers", "answer_accepted", 100) };
    let follows = Some(pb::Follows { rule_id: "topups".into(), within_days: 30, past_cap: false });
    let rules = vec![
        answers,
        rule("kudos", "kudos", 1),
        pb::Rule { condition: "attributes.age >= 18".into(), ..rule("surveys", "survey", 1_010) },
        pb::Rule { ends_at: Some(at("2018-06-05T00:00:00Z")), ..rule("early", "share", 5) },
        pb::Rule { per_amount: Some(pounds(500)), wait: Some(Wait::VestAfterDays(14)), ..rule("orders", "order", 2) },
        pb::Rule { wait: Some(Wait::ConfirmWithinDays(7)), ..rule("topups", "top_up", 50) },
        pb::Rule { follows, ..rule("second", "second_top_up", 30) },
        rule("launch", "launch", 100),
        pb::Rule { wait: Some(Wait::ConfirmWithinDays(7)), ..rule("later", "launch", 60) },
        pb::Rule { cap_id: "trials".into(), wait: Some(Wait::ConfirmWithinDays(7)), ..rule("trials", "trial", 200) },
        pb::Rule { cap_id: "trials".into(), ..rule("paid", "paid_trial", 150) },
    ];
    let rule_set = pb::RuleSet {
        name: "programs/qc/ruleSets/2".into(),
        in_force_from: Some(at("2018-06-01T00:00:00Z")),
        rules,
        caps: vec![
            cap("daily", pb::CapWindow::Day, 150, "monthly"),
            cap("monthly", pb::CapWindow::Month, 280, ""),
            cap("trials", pb::CapWindow::Year, 200, ""),
        ],
        ..Default::default()
    };
    pb::PublishRuleSetRequest { rule_set: Some(rule_set) }
}

/// A server, and the events on it.
pub struct Story(pub Served);

impl Story {
    pub async fn begin() -> Self {
        let served = Served::at("2018-05-31T23:00:00Z").await;
        served.clients.programs().publish_rule_set(rules()).await.unwrap();
        served.clock.set("2018-06-01T00:00:00Z");
        Self(served)
    }

    pub async fn record(&self, it: pb::Activity) -> pb::Receipt {
        self.0.clock.set("2018-06-01T00:00:00Z".max(&rfc3339(&it)));
        self.0.clients.ledger().record_activity(record(it)).await.unwrap().into_inner()
    }

    /// Records an accepted answer of Ada's to a question.
    pub async fn answer(&self, id: &str, question: &str, when: &str) {
        self.answer_of("ada", id, question, when).await;
    }

    pub async fn answer_of(&self, member: &str, id: &str, question: &str, when: &str) {
        self.record(pb::Activity { exclusive_key: question.into(), ..accepted(id, member, when) }).await;
    }

    pub async fn survey(&self, id: &str, age: Option<i64>) {
        self.record(survey(id, age)).await;
    }

    pub async fn order(&self, id: &str, pence: Option<i64>) {
        self.record(pb::Activity { amount: pence.map(pounds), ..activity(id, "order", "ada", "2018-06-06T09:00:00Z") })
            .await;
    }

    pub async fn reverse(&self, id: &str, why: ReversalReason, when: &str) {
        self.0.clock.set(when);
        self.0.clients.by("support").ledger().reverse_activity(reversal(id, why, when)).await.unwrap();
    }

    pub async fn refund(&self, id: &str, refund: &str, pence: i64, when: &str) {
        self.0.clock.set(when);
        let (name, amount, occurred_at) = (name(id), Some(pounds(pence)), Some(at(when)));
        let refund =
            pb::RefundActivityRequest { name, refund_id: refund.into(), amount, occurred_at, ..Default::default() };
        self.0.clients.ledger().refund_activity(refund).await.unwrap();
    }

    pub async fn confirm(&self, id: &str, when: &str) {
        self.0.clock.set(when);
        let (name, confirmation_id, occurred_at) = (name(id), id.into(), Some(at(when)));
        let confirm = pb::ConfirmActivityRequest { name, confirmation_id, occurred_at };
        self.0.clients.ledger().confirm_activity(confirm).await.unwrap();
    }

    /// Posts the due items of an activity, as the service does by itself.
    pub async fn end_wait(&self, id: &str, when: &str) {
        self.0.clock.set(when);
        let mut command = tell(&format!("settle-{id}"), id, Told::WaitEnded, when);
        command.name = CommandName { source: SourceId::goodturn(), kind: CommandKind::EndWait, ..command.name };
        let program = self.0.ledger.program(&ProgramId::parse("qc").unwrap()).await.unwrap().unwrap();
        self.0.ledger.submit(&program, command, None).await.unwrap();
    }

    pub async fn get(&self, id: &str) -> pb::Activity {
        let name = name(id);
        self.0.clients.ledger().get_activity(pb::GetActivityRequest { name }).await.unwrap().into_inner()
    }

    pub async fn history(&self, member: &str, page_size: i32) -> Vec<pb::Entry> {
        let (mut entries, mut page_token) = (Vec::new(), String::new());
        loop {
            let parent = format!("programs/qc/members/{member}");
            let request = pb::ListEntriesRequest { parent, page_size, page_token, ..Default::default() };
            let page = self.0.clients.ledger().list_entries(request).await.unwrap().into_inner();
            entries.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return entries;
            }
        }
    }
}

/// Returns a survey that Ada answered, with her age.
pub fn survey(id: &str, age: Option<i64>) -> pb::Activity {
    let attributes = age.map(|age| ("age".into(), pb::AttributeValue { value: Some(Value::Number(age)) }));
    let attributes: HashMap<_, _> = attributes.into_iter().collect();
    pb::Activity { attributes, ..activity(id, "survey", "ada", "2018-06-06T08:00:00Z") }
}

pub fn name(id: &str) -> String {
    format!("programs/qc/sources/forum/activities/{id}")
}

pub fn reversal(id: &str, why: ReversalReason, when: &str) -> pb::ReverseActivityRequest {
    let (reason, occurred_at) = (why.into(), Some(at(when)));
    pb::ReverseActivityRequest { name: name(id), reversal_id: id.into(), reason, occurred_at, ..Default::default() }
}

fn rfc3339(of: &pb::Activity) -> String {
    let at = of.occurred_at.as_ref().unwrap();
    goodturn::domain::value::time::Micros::new(at.seconds * 1_000_000).unwrap().to_rfc3339()
}

/// Plays half a summer of Ada's, in which every possible thing happens.
pub async fn summer() -> Story {
    let story = Story::begin().await;
    story
        .0
        .clients
        .ledger()
        .reverse_activity(reversal("a0", ReversalReason::Mistake, "2018-05-31T00:00:00Z"))
        .await
        .unwrap();
    story.answer("a0", "q0", "2018-06-02T10:00:00Z").await;
    story.answer("a1", "q1", "2018-06-03T10:00:00Z").await;
    story.answer("a2", "q2", "2018-06-03T11:00:00Z").await;
    story.answer("a3", "q3", "2018-06-03T12:00:00Z").await;
    story.answer("a4", "q4", "2018-06-04T10:00:00Z").await;
    story.answer("a5", "q5", "2018-06-04T11:00:00Z").await;
    story.answer("a6", "q6", "2018-06-05T10:00:00Z").await;
    story.answer("a7", "", "2018-06-05T11:00:00Z").await;
    story.record(pb::Activity { counterparty_id: "ada".into(), ..kudos("k1", "ada", "2018-06-05T12:00:00Z") }).await;
    story.record(kudos("k2", "ada", "2018-06-05T12:30:00Z")).await;
    story.record(activity("p1", "share", "ada", "2018-06-05T13:00:00Z")).await;
    story.survey("s1", None).await;
    story.survey("s2", Some(17)).await;
    story.survey("s3", Some(30)).await;
    story.order("o1", None).await;
    story.order("o2", Some(5_000)).await;
    story.order("o3", Some(5_000)).await;
    story.record(activity("t1", "top_up", "ada", "2018-06-06T10:00:00Z")).await;
    story.record(activity("t2", "top_up", "ada", "2018-06-06T11:00:00Z")).await;
    story.record(activity("u1", "second_top_up", "ada", "2018-06-06T12:00:00Z")).await;
    let follows = |id: &str, of: &str, when: &str| pb::Activity {
        follows: of.into(),
        ..activity(id, "second_top_up", "ada", when)
    };
    story.record(follows("u2", "t9", "2018-06-06T12:30:00Z")).await;
    story.record(follows("u3", "t1", "2018-06-06T12:40:00Z")).await;
    story.answer_of("bob", "b1", "q1", "2018-06-07T10:00:00Z").await;
    story.reverse("a6", ReversalReason::Withdrawn, "2018-06-07T11:00:00Z").await;
    story.answer_of("bob", "b4", "q4", "2018-06-07T12:00:00Z").await;
    story.answer("a8", "q4", "2018-06-07T09:00:00Z").await;
    story.confirm("t1", "2018-06-08T10:00:00Z").await;
    story.refund("o2", "r1", 2_600, "2018-06-09T10:00:00Z").await;
    story.end_wait("t2", "2018-06-14T10:00:00Z").await;
    story.record(activity("t3", "top_up", "ada", "2018-06-02T10:00:00Z")).await;
    story.end_wait("o2", "2018-06-21T10:00:00Z").await;
    story.end_wait("o3", "2018-06-21T10:00:00Z").await;
    story.refund("o3", "r2", 5_000, "2018-06-22T10:00:00Z").await;
    story.refund("o3", "r3", 100, "2018-06-23T10:00:00Z").await;
    story.record(activity("l1", "launch", "ada", "2018-07-02T10:00:00Z")).await;
    story.reverse("l1", ReversalReason::Withdrawn, "2018-07-03T10:00:00Z").await;
    story.record(activity("w1", "trial", "ada", "2018-07-04T10:00:00Z")).await;
    story.record(activity("w2", "paid_trial", "ada", "2018-07-05T10:00:00Z")).await;
    story.reverse("w2", ReversalReason::Withdrawn, "2018-07-06T10:00:00Z").await;
    story.confirm("w1", "2018-07-07T10:00:00Z").await;
    story.0.clock.set("2018-09-02T00:00:00Z");
    let clients = &story.0.clients;
    declare_and_approve(clients, "draft", pounds(100)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("draft"))).await.unwrap().into_inner();
    clients.by("anna").payouts().cancel_payout(pb::CancelPayoutRequest { name: draft.name }).await.unwrap();
    pay_out(clients, "summer", pounds(123_456)).await;
    story.reverse("s3", ReversalReason::Fraud, "2018-09-03T10:00:00Z").await;
    story.reverse("k2", ReversalReason::Mistake, "2018-09-04T10:00:00Z").await;
    story
}
