//! Requests that give every field, at least one for each type of command, with the values that each is digested from.

use std::collections::HashMap;

use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::digest::{Given, Values};
use goodturn::domain::value::ids::RequestId;
use goodturn::google::r#type::{Date, Money};
use goodturn::pb;
use goodturn::pb::attribute_value::Value;
use goodturn::pb::expiry::Lasts;
use goodturn::pb::rule::Wait;

use super::clients::{at, pounds};
use super::given_access::access;
use super::{given_finance, given_payments};

/// The values of a command of this type.
pub struct Vector {
    pub command: CommandKind,
    /// Name of the message, or `own`.
    pub of: &'static str,
    pub values: Values,
}

pub fn vectors() -> Vec<Vector> {
    let mut all = vec![
        given(CommandKind::CreateProgram, &create_program()),
        given(CommandKind::UpdateProgram, &update_program()),
        given(CommandKind::ApproveProgramUpdate, &approve_update()),
        given(CommandKind::RejectProgramUpdate, &reject_update()),
        given(CommandKind::PublishRuleSet, &publish_rule_set()),
        given(CommandKind::PublishRuleSet, &publish_expiry()),
        given(CommandKind::PublishRuleSet, &publish_rewards()),
        given(CommandKind::PublishRuleSet, &publish_inactivity()),
        given(CommandKind::RecordActivity, &record_activity()),
        given(CommandKind::RecordActivity, &record_little()),
        given(CommandKind::RecordActivity, &record_rated()),
        given(CommandKind::RecordActivity, &record_none()),
    ];
    all.extend(telling());
    all.extend(till());
    all.extend(people());
    all.extend(given_finance::finance());
    all.extend(given_payments::payments());
    all.extend(access());
    all.extend(own());
    all.sort_by_key(|vector| vector.command);
    all
}

pub(super) fn given<M: Given>(command: CommandKind, request: &M) -> Vector {
    let of = std::any::type_name::<M>().rsplit("::").next().unwrap();
    Vector { command, of, values: Values::of(request) }
}

/// Values with a limit of 0: unlike a limit that is not set, it counts as given.
pub fn create_program() -> pb::CreateProgramRequest {
    pb::CreateProgramRequest {
        program_id: "qc".into(),
        program: Some(pb::Program {
            currency_code: "GBP".into(),
            time_zone: "Europe/London".into(),
            debt_limit_points: Some(50),
            adjustment_limit_points: Some(0),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn update_program() -> pb::UpdateProgramRequest {
    let update = pb::ProgramUpdate {
        name: "programs/qc/updates/ticket-7".into(),
        debt_limit_points: Some(0),
        adjustment_limit_points: Some(2_000),
        note: "too much debt".into(),
        ..Default::default()
    };
    pb::UpdateProgramRequest { update: Some(update) }
}

fn approve_update() -> pb::ApproveProgramUpdateRequest {
    let name = "programs/qc/updates/ticket-7".into();
    pb::ApproveProgramUpdateRequest { name, content_digest: (0..32).collect() }
}

fn reject_update() -> pb::RejectProgramUpdateRequest {
    pb::RejectProgramUpdateRequest { name: "programs/qc/updates/ticket-7".into(), note: "no need".into() }
}

pub fn publish_rule_set() -> pb::PublishRuleSetRequest {
    let rules = vec![
        pb::Rule {
            rule_id: "answers".into(),
            activity_kind: "answer_accepted".into(),
            points: 100,
            cap_id: "monthly".into(),
            wait: Some(Wait::ConfirmWithinDays(30)),
            exclusive: "question".into(),
            exclusive_holder: pb::ExclusiveHolder::Latest.into(),
            starts_at: Some(at("2018-03-12T00:00:00Z")),
            ends_at: Some(at("2019-03-12T00:00:00.000001Z")),
            ..Default::default()
        },
        pb::Rule {
            rule_id: "orders".into(),
            activity_kind: "order".into(),
            points: 2,
            per_amount: Some(pounds(500)),
            condition: "amount_minor >= 500".into(),
            wait: Some(Wait::VestAfterDays(14)),
            follows: Some(pb::Follows { rule_id: "answers".into(), within_days: 10, past_cap: true }),
            ..Default::default()
        },
    ];
    let window = pb::CapWindow::Month.into();
    let cap = |id: &str, window, limit_points, within: &str| pb::Cap {
        cap_id: id.into(),
        window,
        limit_points,
        within_cap_id: within.into(),
    };
    pb::PublishRuleSetRequest {
        rule_set: Some(pb::RuleSet {
            name: "programs/qc/ruleSets/1".into(),
            // Before 1970, so below zero.
            in_force_from: Some(at("1969-12-31T23:59:59.5Z")),
            rules,
            caps: vec![
                cap("monthly", window, 3_000, "ever"),
                cap("ever", pb::CapWindow::Lifetime.into(), 1_000_000_000, ""),
            ],
            expiry: Some(pb::Expiry {
                lasts: Some(Lasts::HorizonMonths(24)),
                not_before_days: 365,
                ..Default::default()
            }),
            ..Default::default()
        }),
    }
}

/// A message that is present, with only a flag given in it.
fn publish_expiry() -> pb::PublishRuleSetRequest {
    let expiry = Some(pb::Expiry { lasts: Some(Lasts::RollOnce(true)), not_before_days: 0, ..Default::default() });
    let name = "programs/qc/ruleSets/2".into();
    pb::PublishRuleSetRequest { rule_set: Some(pb::RuleSet { name, expiry, ..Default::default() }) }
}

/// A list of messages, each with a field left out.
fn publish_inactivity() -> pb::PublishRuleSetRequest {
    let days = [(3, 31), (9, 30)].map(|(month, day)| Date { year: 0, month, day }).into();
    let expiry = Some(pb::Expiry { lasts: Some(Lasts::InactiveMonths(12)), not_before_days: 0, days });
    let name = "programs/qc/ruleSets/2".into();
    pb::PublishRuleSetRequest { rule_set: Some(pb::RuleSet { name, expiry, ..Default::default() }) }
}

/// Rules that pay by an amount and by a quantity.
fn publish_rewards() -> pb::PublishRuleSetRequest {
    let rules = vec![
        pb::Rule {
            rounding: pb::Rounding::WholeSteps.into(),
            min_amount_left: Some(pounds(2_500)),
            ..Default::default()
        },
        pb::Rule { per_quantity: Some(3), max_points: Some(100), ..Default::default() },
    ];
    let caps = vec![pb::Cap { window: pb::CapWindow::Hour.into(), ..Default::default() }];
    let name = "programs/qc/ruleSets/3".into();
    pb::PublishRuleSetRequest { rule_set: Some(pb::RuleSet { name, rules, caps, ..Default::default() }) }
}

pub fn record_activity() -> pb::RecordActivityRequest {
    let of = |value| pb::AttributeValue { value: Some(value) };
    let attributes = HashMap::from([
        ("colour".into(), of(Value::Text("grün".into()))),
        ("Colour".into(), of(Value::Text(String::new()))),
        ("items".into(), of(Value::Number(-3))),
        ("nothing".into(), of(Value::Number(0))),
        ("gift".into(), of(Value::Flag(true))),
        ("à".into(), of(Value::Flag(false))),
    ]);
    pb::RecordActivityRequest {
        activity: Some(pb::Activity {
            name: "programs/qc/sources/forum/activities/a1".into(),
            kind: "answer_accepted".into(),
            member_id: "ben".into(),
            counterparty_id: "cleo".into(),
            subject: "s1".into(),
            amount: Some(pounds(1_299)),
            attributes,
            occurred_at: Some(at("2018-04-01T12:00:00.25Z")),
            exclusive_key: "q1".into(),
            follows: "a0".into(),
            ..Default::default()
        }),
    }
}

/// An amount that is present, and 0.
fn record_little() -> pb::RecordActivityRequest {
    let (name, kind) = ("programs/qc/sources/forum/activities/a2".into(), "kudos".into());
    let amount = Some(Money::default());
    pb::RecordActivityRequest { activity: Some(pb::Activity { name, kind, amount, ..Default::default() }) }
}

/// Decimals count as they are written: these are one number, and given as two.
fn record_rated() -> pb::RecordActivityRequest {
    let of = |text: &str| pb::AttributeValue { value: Some(Value::Decimal(text.into())) };
    let attributes =
        HashMap::from([("exact".into(), of("4.5")), ("padded".into(), of("4.50")), ("empty".into(), of(""))]);
    let (name, kind) = ("programs/qc/sources/forum/activities/a3".into(), "rated".into());
    pb::RecordActivityRequest { activity: Some(pb::Activity { name, kind, attributes, ..Default::default() }) }
}

/// A quantity that is present, and 0.
fn record_none() -> pb::RecordActivityRequest {
    let (name, kind) = ("programs/qc/sources/shop/activities/a4".into(), "order".into());
    pb::RecordActivityRequest { activity: Some(pb::Activity { name, kind, quantity: Some(0), ..Default::default() }) }
}

fn telling() -> [Vector; 5] {
    let name = "programs/qc/sources/forum/activities/a1".to_owned();
    let occurred_at = Some(at("2018-04-02T00:00:00Z"));
    let restore = pb::RestoreActivityRequest {
        name: name.clone(),
        restoration_id: "s1".into(),
        occurred_at,
        note: "accepted again".into(),
    };
    let reverse = pb::ReverseActivityRequest {
        name: name.clone(),
        reversal_id: "r1".into(),
        reason: pb::ReversalReason::Fraud.into(),
        occurred_at,
        note: "zurück".into(),
    };
    let refund = pb::RefundActivityRequest {
        name: name.clone(),
        refund_id: "f1".into(),
        amount: Some(pounds(299)),
        occurred_at,
        note: "one of two".into(),
        quantity: None,
    };
    let of_quantity =
        pb::RefundActivityRequest { refund_id: "f2".into(), amount: None, quantity: Some(2), ..refund.clone() };
    let confirm = pb::ConfirmActivityRequest { name, confirmation_id: "c1".into(), occurred_at };
    [
        given(CommandKind::ReverseActivity, &reverse),
        given(CommandKind::RestoreActivity, &restore),
        given(CommandKind::RefundActivity, &refund),
        given(CommandKind::RefundActivity, &of_quantity),
        given(CommandKind::ConfirmActivity, &confirm),
    ]
}

fn till() -> [Vector; 5] {
    let hold = "programs/qc/sources/shop/holds/h1".to_owned();
    let redemption = "programs/qc/sources/shop/redemptions/d1".to_owned();
    let create = pb::CreateHoldRequest {
        hold: Some(pb::Hold {
            name: hold.clone(),
            member_id: "ben".into(),
            points: 500,
            expire_time: Some(at("2018-04-03T00:00:00Z")),
            subject: "order-7".into(),
            min_age_days: 30,
            ..Default::default()
        }),
    };
    let redeem = pb::RedeemPointsRequest {
        redemption: Some(pb::Redemption {
            name: redemption.clone(),
            member_id: "ben".into(),
            points: 1_000_000_000_000_000,
            subject: "order-8".into(),
            min_age_days: 366,
            ..Default::default()
        }),
    };
    let refund = pb::RefundRedemptionRequest { name: redemption, refund_id: "f1".into(), points: 20 };
    [
        given(CommandKind::CreateHold, &create),
        given(CommandKind::CaptureHold, &pb::CaptureHoldRequest { name: hold.clone(), points: 300 }),
        given(CommandKind::ReleaseHold, &pb::ReleaseHoldRequest { name: hold }),
        given(CommandKind::RedeemPoints, &redeem),
        given(CommandKind::RefundRedemption, &refund),
    ]
}

fn people() -> [Vector; 15] {
    let adjustment = "programs/qc/adjustments/j1".to_owned();
    let adjust = pb::AdjustPointsRequest {
        adjustment: Some(pb::Adjustment {
            name: adjustment.clone(),
            member_id: "ben".into(),
            points: -600,
            reason: pb::AdjustmentReason::Correction.into(),
            note: "counted twice".into(),
            occurred_at: Some(at("2018-01-01T00:00:00Z")),
            ..Default::default()
        }),
    };
    let (name, note) = ("programs/qc/members/mallory".to_owned(), "forty accounts".to_owned());
    let reason = pb::SuspensionReason::FraudSuspected.into();
    let suspend =
        pb::SuspendMemberRequest { name: name.clone(), suspension_id: "s1".into(), reason, note: note.clone() };
    let reinstate =
        pb::ReinstateMemberRequest { name: name.clone(), reinstatement_id: "n1".into(), note: note.clone() };
    let reason = pb::SuspensionReason::Fraud.into();
    let (lift_id, why) = ("l1".to_owned(), "honest votes".to_owned());
    let lift = pb::LiftBanRequest { name: name.clone(), lift_id: lift_id.clone(), note: why.clone() };
    let reject_lift = pb::RejectBanLiftRequest { name: name.clone(), lift_id: lift_id.clone(), note: why };
    let approve_lift = pb::ApproveBanLiftRequest { name: name.clone(), lift_id };
    let ban = pb::BanMemberRequest { name: name.clone(), ban_id: "b1".into(), reason, note: note.clone() };
    let (into_member_id, merge_id) = ("ben".into(), "m1".into());
    let (update_id, labels) = ("u1".into(), vec!["staff".into(), "board".into()]);
    let (whose, why) = (name.clone(), note.clone());
    let update = pb::UpdateMemberProfileRequest { name: whose, update_id, opted_out: true, labels, note: why };
    let merge = pb::MergeMembersRequest { name, into_member_id, merge_id, note };
    let names = vec!["programs/qc/adjustments/j1".into(), "programs/qc/adjustments/j2".into()];
    let (parent, list_digest): (String, Vec<u8>) = ("programs/qc".into(), (0..32).collect());
    let approve_all = pb::BatchApproveAdjustmentsRequest {
        parent: parent.clone(),
        names: names.clone(),
        list_digest: list_digest.clone(),
    };
    let reject_all = pb::BatchRejectAdjustmentsRequest { parent, names, list_digest, note: "no".into() };
    let merger = "programs/qc/mergers/m1".to_owned();
    let approve_merger = pb::ApproveMergerRequest { name: merger.clone(), content_digest: (0..32).collect() };
    let reject = pb::RejectAdjustmentRequest { name: adjustment.clone(), note: "no".into() };
    [
        given(CommandKind::AdjustPoints, &adjust),
        given(CommandKind::ApproveAdjustment, &pb::ApproveAdjustmentRequest { name: adjustment }),
        given(CommandKind::RejectAdjustment, &reject),
        given(CommandKind::SuspendMember, &suspend),
        given(CommandKind::ReinstateMember, &reinstate),
        given(CommandKind::BanMember, &ban),
        given(CommandKind::LiftBan, &lift),
        given(CommandKind::ApproveBanLift, &approve_lift),
        given(CommandKind::RejectBanLift, &reject_lift),
        given(CommandKind::MergeMembers, &merge),
        given(CommandKind::ApproveMerger, &approve_merger),
        given(CommandKind::RejectMerger, &pb::RejectMergerRequest { name: merger, note: "no".into() }),
        given(CommandKind::UpdateMemberProfile, &update),
        given(CommandKind::ApproveAdjustments, &approve_all),
        given(CommandKind::RejectAdjustments, &reject_all),
    ]
}

/// Returns commands of the service itself.
fn own() -> Vec<Vector> {
    let all = [
        (CommandKind::RevokeActivity, "9:revoke:3"),
        (CommandKind::ReinstateActivity, "12:reinstate:3"),
        (CommandKind::EndWait, "3:1522627200000000"),
        (CommandKind::ExpireHold, "4"),
        (CommandKind::RevokeAdjustment, "9:revoke:5"),
        (CommandKind::ReinstateAdjustment, "12:reinstate:5"),
        (CommandKind::ExpirePoints, "2020-04-01:ben"),
        (CommandKind::CompleteBan, "9:complete"),
        (CommandKind::CompleteBanLift, "12:complete"),
        (CommandKind::ReservePoints, "2018-q2"),
        (CommandKind::CompleteDraft, "2018-q2:mallory"),
        (CommandKind::PostShares, "2018-q2:ben"),
        (CommandKind::CompleteExecution, "2018-q2:mallory"),
        (CommandKind::ReturnPoints, "2018-q2"),
        (CommandKind::CompleteCancellation, "2018-q2:mallory"),
        (CommandKind::ReleasePoints, "2018-q2:released:ben"),
        (CommandKind::DecideLots, "2018-q2:90:ben"),
        (CommandKind::CompleteClosing, "2018-q2:90:mallory"),
        (CommandKind::DrawLots, "june:ben"),
        (CommandKind::CompleteBatch, "june"),
        (CommandKind::SendLots, "june:ben"),
        (CommandKind::CompleteRelease, "june"),
        (CommandKind::LeaveOutLots, "june:ben"),
        (CommandKind::CompleteBatchCancellation, "june"),
        (CommandKind::ExpirePayee, "f00d"),
        (CommandKind::RecoverAccess, "019ae000-0000-7000-8000-000000000000"),
    ];
    let own = |(command, id)| Vector { command, of: "own", values: Values::own(&RequestId::parse(id).unwrap()) };
    all.into_iter().map(own).collect()
}
