//! A served programme under the rules of one test, for tricks of members and sources.

use std::sync::Arc;

use goodturn::google::r#type::Money;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;

use super::clients::{at, qc, record};
use super::sample::program;
use super::served::Served;

/// The time at which most things happen. The clock stands here until it is set.
pub const WHEN: &str = "2018-04-01T12:00:00Z";

/// A served programme, and the calls to it.
pub struct Stage {
    pub served: Served,
}

impl Stage {
    /// Begins with these rules in force from 13 March 2018 on.
    pub async fn under(rules: Vec<pb::Rule>, caps: Vec<pb::Cap>) -> Self {
        let served = Served::at("2018-03-12T00:00:00Z").await;
        let stage = Self { served };
        stage.publish(2, "2018-03-13T00:00:00Z", rules, caps).await.unwrap();
        stage.served.clock.set(WHEN);
        stage
    }

    /// Begins with a programme of this debt limit, and these rules in force from 13 March 2018 on.
    pub async fn owing(debt_limit_points: Option<i64>, rules: Vec<pb::Rule>) -> Self {
        Self::capped(debt_limit_points, rules, vec![]).await
    }

    /// Does the same under caps.
    pub async fn capped(debt_limit_points: Option<i64>, rules: Vec<pb::Rule>, caps: Vec<pb::Cap>) -> Self {
        Self::of(pb::Program { debt_limit_points, ..qc().program.unwrap() }, rules, caps).await
    }

    /// Begins with a programme of this time zone, and these rules in force from 13 March 2018 on.
    pub async fn in_zone(time_zone: &str, rules: Vec<pb::Rule>, caps: Vec<pb::Cap>) -> Self {
        Self::of(pb::Program { time_zone: time_zone.into(), ..qc().program.unwrap() }, rules, caps).await
    }

    async fn of(program: pb::Program, rules: Vec<pb::Rule>, caps: Vec<pb::Cap>) -> Self {
        let served = Served::empty(Arc::new(MemoryLog::default()), "2018-03-12T00:00:00Z").await;
        served
            .clients
            .programs()
            .create_program(pb::CreateProgramRequest { program: Some(program), ..qc() })
            .await
            .unwrap();
        let stage = Self { served };
        stage.publish(1, "2018-03-13T00:00:00Z", rules, caps).await.unwrap();
        stage.served.clock.set(WHEN);
        stage
    }

    pub async fn publish(
        &self,
        version: u32,
        from: &str,
        rules: Vec<pb::Rule>,
        caps: Vec<pb::Cap>,
    ) -> Result<tonic::Response<pb::RuleSet>, tonic::Status> {
        let name = format!("programs/qc/ruleSets/{version}");
        let rule_set = Some(pb::RuleSet { name, in_force_from: Some(at(from)), rules, caps, ..Default::default() });
        self.served.clients.programs().publish_rule_set(pb::PublishRuleSetRequest { rule_set }).await
    }

    /// Records an activity that is not refused. It may earn nothing.
    pub async fn done(&self, activity: pb::Activity) -> pb::Receipt {
        self.served.clients.ledger().record_activity(record(activity)).await.unwrap().into_inner()
    }

    pub async fn reversed(&self, activity: &str, id: &str) -> pb::Receipt {
        let reverse = crate::support::reversals::withdrawn(activity, id);
        self.served.clients.ledger().reverse_activity(reverse).await.unwrap().into_inner()
    }

    pub async fn restored(&self, activity: &str, id: &str, when: &str) -> pb::Receipt {
        let restore = crate::support::reversals::restoration(activity, id, when);
        self.served.clients.ledger().restore_activity(restore).await.unwrap().into_inner()
    }

    pub async fn refunded(&self, activity: &str, id: &str, amount: Money) -> pb::Receipt {
        let refund = refund(activity, id, amount);
        self.served.clients.ledger().refund_activity(refund).await.unwrap().into_inner()
    }

    pub async fn confirmed(&self, activity: &str, id: &str, when: &str) -> pb::Receipt {
        self.served.clients.ledger().confirm_activity(confirmation(activity, id, when)).await.unwrap().into_inner()
    }

    /// Returns the points that a member can use, and those that wait.
    pub async fn has(&self, member: &str) -> (i64, i64) {
        let request = pb::GetBalanceRequest { name: format!("programs/qc/members/{member}"), min_seq: 0 };
        let balance = self.served.clients.ledger().get_balance(request).await.unwrap().into_inner();
        (balance.available_points, balance.pending_points)
    }

    /// Checks the end of a fraud: the points that each member can use, that nothing waits, and that the log is true.
    #[track_caller]
    pub fn ends<'a>(&'a self, available: &'a [(&'a str, i64)]) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            for (member, points) in available {
                assert_eq!(self.has(member).await, (*points, 0), "{member}, at {caller}");
            }
            let report = goodturn::audit::verify(&**self.served.ledger.log(), &program(), |_| ()).await;
            assert_eq!(report.unwrap().unwrap().findings, [], "at {caller}");
        }
    }
}

pub fn refund(activity: &str, id: &str, amount: Money) -> pb::RefundActivityRequest {
    pb::RefundActivityRequest {
        name: format!("programs/qc/sources/forum/activities/{activity}"),
        refund_id: id.into(),
        amount: Some(amount),
        occurred_at: Some(at(WHEN)),
        ..Default::default()
    }
}

pub fn confirmation(activity: &str, id: &str, when: &str) -> pb::ConfirmActivityRequest {
    pb::ConfirmActivityRequest {
        name: format!("programs/qc/sources/forum/activities/{activity}"),
        confirmation_id: id.into(),
        occurred_at: Some(at(when)),
    }
}

pub fn rule(id: &str, kind: &str, points: i64) -> pb::Rule {
    pb::Rule { rule_id: id.into(), activity_kind: kind.into(), points, ..Default::default() }
}

/// Accepted answers earn 100, once for each question.
pub fn one_a_question() -> pb::Rule {
    pb::Rule { exclusive: "question".into(), ..rule("answers", "answer_accepted", 100) }
}

/// One point for every pound.
pub fn point_a_pound(cap: &str) -> pb::Rule {
    pb::Rule { per_amount: Some(super::clients::pounds(100)), cap_id: cap.into(), ..rule("purchases", "purchase", 1) }
}

pub fn cap(id: &str, window: pb::CapWindow, limit_points: i64, within: &str) -> pb::Cap {
    pb::Cap { cap_id: id.into(), window: window.into(), limit_points, within_cap_id: within.into() }
}

/// 50 points a day within 90 a month.
pub fn daily_and_monthly() -> Vec<pb::Cap> {
    vec![cap("daily", pb::CapWindow::Day, 50, "monthly"), cap("monthly", pb::CapWindow::Month, 90, "")]
}

/// Returns the same activity, of another source.
pub fn by_the_shop(activity: pb::Activity) -> pb::Activity {
    pb::Activity { name: activity.name.replace("/sources/forum/", "/sources/shop/"), ..activity }
}
