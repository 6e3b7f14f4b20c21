//! The error of a refused call, and the check that the call did nothing.

use std::collections::BTreeMap;
use std::fmt::Debug;

use goodturn::domain::value::ids::{BatchId, ProgramId};
use goodturn::domain::value::payment_id::PaymentId;
use goodturn::google::rpc;
use goodturn::pb;
use prost::Message as _;
use tonic::{Code, Response, Status};
use tonic_types::{FieldViolation, StatusExt as _};

use super::clients::{Clients, at};
use super::issuer::login;

/// The error of a refused call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub code: Code,
    pub reason: String,
    pub message: String,
    pub metadata: BTreeMap<String, String>,
    /// The fields that break a rule, in the order of the error.
    pub fields: Vec<String>,
    /// Everything beside code and message, as it is sent.
    pub details: Vec<u8>,
}

impl Refused {
    /// Reads an error, and checks the parts that every error has: a reason in the domain `goodturn`, and an id to ask
    /// support about.
    pub fn of(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().unwrap_or_else(|| panic!("an error without a reason: {status:?}"));
        assert_eq!(info.domain, "goodturn", "{status:?}");
        assert!(details.request_info().is_some_and(|request| !request.request_id.is_empty()), "{status:?}");
        let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
        if info.reason == "ERROR_REASON_INVALID_REQUEST" {
            // What would be too long ends early, and the number tells how many there are.
            let is_cut = status.message().ends_with('…');
            let count: usize = info.metadata["violations"].parse().unwrap();
            assert!(count == violations.len() || is_cut && count > violations.len(), "{status:?}");
            let is_told = |broken: &FieldViolation| status.message().contains(&broken.description);
            assert!(is_cut || violations.iter().all(is_told), "{status:?}");
        } else {
            assert!(violations.is_empty(), "{status:?}");
        }
        Self {
            code: status.code(),
            reason: info.reason.clone(),
            message: status.message().into(),
            metadata: info.metadata.clone().into_iter().collect(),
            fields: violations.into_iter().map(|violation| violation.field).collect(),
            details: status.details().into(),
        }
    }

    /// Reads the error of one item of a batch.
    pub fn of_item(error: &rpc::Status) -> Self {
        Self::of(&Status::with_details(error.code.into(), error.message.clone(), error.encode_to_vec().into()))
    }

    /// Checks code and reason, and returns the metadata of the reason.
    #[track_caller]
    pub fn because(&self, code: Code, reason: &str) -> Vec<(&str, &str)> {
        assert_eq!((self.code, self.reason.as_str()), (code, reason), "{}", self.message);
        self.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    /// Checks that the form is wrong, in exactly these fields.
    #[track_caller]
    pub fn breaks(&self, fields: &[&str]) {
        self.because(Code::InvalidArgument, "ERROR_REASON_INVALID_REQUEST");
        assert_eq!(self.fields, fields, "{}", self.message);
    }
}

/// Makes a call that must be refused, and checks that the programme `qc` is as it was: INV 4.
pub async fn refused<T: Debug>(clients: &Clients, call: impl Future<Output = Result<Response<T>, Status>>) -> Refused {
    let before = head_seq(clients).await;
    let refused = Refused::of(&call.await.expect_err("this must be refused"));
    assert_eq!(head_seq(clients).await, before, "a refused call did something: {refused:?}");
    refused
}

/// Returns the seq of the last entry of the programme `qc`.
pub async fn head_seq(clients: &Clients) -> i64 {
    let get = pb::GetProgramRequest { name: "programs/qc".into() };
    clients.programs().get_program(get).await.unwrap().into_inner().head_seq
}

/// Calls every method of a programme with a request of good form that names things of `program`.
pub async fn every_method(clients: &Clients, program: &str) -> Vec<(&'static str, Result<(), Status>)> {
    let (mut programs, mut ledger, mut boards) = (clients.programs(), clients.ledger(), clients.boards());
    let (mut till, mut adjustments) = (clients.till(), clients.adjustments());
    let (mut payouts, mut audit, mut members) = (clients.payouts(), clients.audit(), clients.members());
    let mut principals = clients.principals();
    let activity = format!("{program}/sources/forum/activities/a1");
    let member = format!("{program}/members/ben");
    let merger = format!("{program}/mergers/m1");
    let payout = format!("{program}/payouts/p1");
    let statement = format!("{program}/savingsStatements/s1");
    let occurred_at = Some(at("2018-04-01T12:00:00Z"));
    let (hold, redemption) =
        (format!("{program}/sources/shop/holds/h1"), format!("{program}/sources/shop/redemptions/r1"));
    let (name, member_id, expire_time) = (hold.clone(), "ben".to_owned(), occurred_at);
    let held = pb::Hold { name, member_id: member_id.clone(), points: 1, expire_time, ..default() };
    let redeemed = pb::Redemption { name: redemption.clone(), member_id, points: 1, ..default() };
    let day = || Some(goodturn::google::r#type::Date { year: 2018, month: 4, day: 1 });
    let draft = pb::Payout { name: payout.clone(), savings_statement: statement.clone(), last_day: day(), ..default() };
    let savings = pb::SavingsStatement { name: statement.clone(), ..default() };
    let fact = pb::Activity {
        name: activity.clone(),
        kind: "kudos".into(),
        member_id: "ben".into(),
        occurred_at,
        ..default()
    };
    let reversal = pb::ReverseActivityRequest {
        name: activity.clone(),
        reversal_id: "r1".into(),
        reason: pb::ReversalReason::Mistake.into(),
        occurred_at,
        ..default()
    };
    let restoration = crate::support::reversals::restoration("a1", "s1", "2018-04-01T12:00:00Z");
    let restoration = pb::RestoreActivityRequest { name: activity.clone(), ..restoration };
    let refund = pb::RefundActivityRequest {
        name: activity.clone(),
        refund_id: "f1".into(),
        amount: Some(crate::support::clients::pounds(100)),
        occurred_at,
        ..default()
    };
    let confirmation = pb::ConfirmActivityRequest { name: activity.clone(), confirmation_id: "c1".into(), occurred_at };
    let adjustment = format!("{program}/adjustments/a1");
    let given = pb::Adjustment {
        name: adjustment.clone(),
        member_id: "ben".into(),
        points: 1,
        reason: pb::AdjustmentReason::Goodwill.into(),
        note: "thanks".into(),
        ..default()
    };
    let rule = pb::Rule { rule_id: "kudos".into(), activity_kind: "kudos".into(), points: 1, ..Default::default() };
    let rules = pb::RuleSet {
        name: format!("{program}/ruleSets/1"),
        in_force_from: occurred_at,
        rules: vec![rule],
        ..default()
    };
    let simulation = pb::SimulateRuleSetRequest {
        parent: program.to_owned(),
        rule_set: Some(rules.clone()),
        first_day: day(),
        last_day: day(),
        ..default()
    };
    macro_rules! answers {
        ($($client:ident . $method:ident ( $request:expr );)+) => {
            vec![$((stringify!($method), $client.$method($request).await.map(drop)),)+]
        };
    }
    let change = pb::AccessChange {
        name: format!("{program}/accessChanges/c1"),
        change: Some(pb::access_change::Change::AddPerson(login("x"))),
        note: "why".into(),
        ..default()
    };
    let update = format!("{program}/updates/u1");
    let (all, ben, mal) = (|| program.to_owned(), member.clone(), member.clone());
    let (mut choices, mut payments, mut books) = (clients.choices(), clients.payments(), clients.books());
    let batch = format!("{program}/batches/b1");
    let payment = payment_name(program);
    let member_name = member.clone();
    let first = pb::StreamActivitiesRequest { parent: all(), activities: vec![fact.clone()] };
    // A stream gives the reason of its end once it has begun.
    let streamed = match ledger.stream_activities(tokio_stream::once(first)).await {
        Ok(stream) => stream.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    let mut answers = answers! {
        principals.adopt_program(pb::AdoptProgramRequest { name: all(), owners: ["x", "y"].map(login).to_vec() });
        principals.change_access(pb::ChangeAccessRequest { access_change: Some(change.clone()) });
        principals.approve_access_change(pb::ApproveAccessChangeRequest { name: change.name.clone() });
        principals.reject_access_change(pb::RejectAccessChangeRequest { name: change.name, note: "no".into() });
        principals.list_access_changes(pb::ListAccessChangesRequest { parent: all(), ..default() });
        principals.list_persons(pb::ListPersonsRequest { parent: all(), ..default() });
        principals.list_keys(pb::ListKeysRequest { parent: all(), ..default() });
        principals.get_caller(pb::GetCallerRequest { parent: all() });
        programs.get_program(pb::GetProgramRequest { name: all() });
        programs.update_program(pb::UpdateProgramRequest { update: Some(pb::ProgramUpdate { name: update.clone(), debt_limit_points: Some(1), note: "why".into(), ..default() }) });
        programs.approve_program_update(pb::ApproveProgramUpdateRequest { name: update.clone(), content_digest: vec![0; 32] });
        programs.reject_program_update(pb::RejectProgramUpdateRequest { name: update.clone(), note: "no".into() });
        programs.get_program_update(pb::GetProgramUpdateRequest { name: update });
        programs.publish_rule_set(pb::PublishRuleSetRequest { rule_set: Some(rules) });
        programs.simulate_rule_set(simulation);
        programs.get_rule_set(pb::GetRuleSetRequest { name: format!("{program}/ruleSets/1") });
        programs.list_rule_sets(pb::ListRuleSetsRequest { parent: all(), ..default() });
        ledger.record_activity(pb::RecordActivityRequest { activity: Some(fact.clone()) });
        ledger.batch_record_activities(pb::BatchRecordActivitiesRequest { parent: all(), activities: vec![fact], ..default() });
        ledger.reverse_activity(reversal);
        ledger.restore_activity(restoration);
        ledger.refund_activity(refund);
        ledger.confirm_activity(confirmation);
        adjustments.adjust_points(pb::AdjustPointsRequest { adjustment: Some(given) });
        adjustments.approve_adjustment(pb::ApproveAdjustmentRequest { name: adjustment.clone() });
        adjustments.reject_adjustment(pb::RejectAdjustmentRequest { name: adjustment.clone(), note: "no".into() });
        adjustments.batch_approve_adjustments(pb::BatchApproveAdjustmentsRequest { parent: all(), names: vec![adjustment.clone()], list_digest: vec![0; 32] });
        adjustments.batch_reject_adjustments(pb::BatchRejectAdjustmentsRequest { parent: all(), names: vec![adjustment.clone()], list_digest: vec![0; 32], note: "no".into() });
        adjustments.list_adjustments(pb::ListAdjustmentsRequest { parent: all(), ..default() });
        adjustments.get_adjustment(pb::GetAdjustmentRequest { name: adjustment });
        ledger.get_activity(pb::GetActivityRequest { name: activity });
        ledger.get_balance(pb::GetBalanceRequest { name: member.clone(), min_seq: 0 });
        ledger.batch_get_balances(pb::BatchGetBalancesRequest { parent: all(), names: vec![member.clone()], min_seq: 0 });
        ledger.list_entries(pb::ListEntriesRequest { parent: all(), ..default() });
        ledger.list_expiring(pb::ListExpiringRequest { parent: all(), ..default() });
        ledger.list_waiting(pb::ListWaitingRequest { parent: all(), ..default() });
        ledger.watch_entries(pb::WatchEntriesRequest { parent: all(), ..default() });
        till.create_hold(pb::CreateHoldRequest { hold: Some(held) });
        till.capture_hold(pb::CaptureHoldRequest { name: hold.clone(), points: 0 });
        till.release_hold(pb::ReleaseHoldRequest { name: hold.clone() });
        till.get_hold(pb::GetHoldRequest { name: hold.clone() });
        till.list_holds(pb::ListHoldsRequest { parent: member.clone() });
        till.redeem_points(pb::RedeemPointsRequest { redemption: Some(redeemed) });
        till.get_redemption(pb::GetRedemptionRequest { name: redemption });
        till.refund_redemption(pb::RefundRedemptionRequest { name: hold, refund_id: "f1".into(), points: 0 });
        members.suspend_member(pb::SuspendMemberRequest { name: member.clone(), suspension_id: "s1".into(), reason: 1, ..default() });
        members.update_member_profile(pb::UpdateMemberProfileRequest { name: member.clone(), update_id: "u1".into(), ..default() });
        members.reinstate_member(pb::ReinstateMemberRequest { name: member.clone(), reinstatement_id: "r1".into(), ..default() });
        members.ban_member(pb::BanMemberRequest { name: member.clone(), ban_id: "b1".into(), reason: 4, ..default() });
        members.lift_ban(pb::LiftBanRequest { name: member.clone(), lift_id: "l1".into(), ..default() });
        members.approve_ban_lift(pb::ApproveBanLiftRequest { name: member.clone(), lift_id: "l1".into() });
        members.reject_ban_lift(pb::RejectBanLiftRequest { name: member.clone(), lift_id: "l1".into(), ..default() });
        members.merge_members(pb::MergeMembersRequest { name: member.clone(), into_member_id: "cleo".into(), merge_id: "m1".into(), ..default() });
        members.batch_merge_members(pb::BatchMergeMembersRequest { parent: all(), ..default() });
        members.approve_merger(pb::ApproveMergerRequest { name: merger.clone(), content_digest: vec![0; 32] });
        members.reject_merger(pb::RejectMergerRequest { name: merger.clone(), note: "no".into() });
        members.get_merger(pb::GetMergerRequest { name: merger });
        members.list_mergers(pb::ListMergersRequest { parent: all(), ..default() });
        members.list_members(pb::ListMembersRequest { parent: all(), ..default() });
        members.get_member(pb::GetMemberRequest { name: member.clone() });
        boards.get_leaderboard(pb::GetLeaderboardRequest { parent: all(), ..default() });
        boards.get_standing(pb::GetStandingRequest { name: ben.clone(), ..default() });
        boards.batch_get_leaderboards(pb::BatchGetLeaderboardsRequest { parent: all(), boards: vec![default()], ..default() });
        boards.batch_get_standings(pb::BatchGetStandingsRequest { name: member, boards: vec![default()], ..default() });
        payouts.create_savings_statement(pb::CreateSavingsStatementRequest { savings_statement: Some(savings.clone()) });
        payouts.approve_savings_statement(pb::ApproveSavingsStatementRequest { name: statement.clone(), content_digest: vec![0; 32] });
        payouts.reject_savings_statement(pb::RejectSavingsStatementRequest { name: statement.clone(), note: "no".into(), version: 0 });
        payouts.correct_savings_statement(pb::CorrectSavingsStatementRequest { savings_statement: Some(savings), version: 2 });
        payouts.get_savings_statement(pb::GetSavingsStatementRequest { name: statement });
        payouts.list_savings_statements(pb::ListSavingsStatementsRequest { parent: all(), ..default() });
        payouts.preview_payout(pb::PreviewPayoutRequest { payout: Some(draft.clone()), top: 0 });
        payouts.create_payout(pb::CreatePayoutRequest { payout: Some(draft) });
        payouts.approve_payout(pb::ApprovePayoutRequest { name: payout.clone(), content_digest: vec![0; 32] });
        payouts.execute_payout(pb::ExecutePayoutRequest { name: payout.clone() });
        payouts.cancel_payout(pb::CancelPayoutRequest { name: payout.clone() });
        payouts.reject_payout(pb::RejectPayoutRequest { name: payout.clone(), note: "no".into() });
        payouts.add_list_rows(pb::AddListRowsRequest { name: payout.clone(), rows: vec![pb::ListRow { member_id: "ben".into(), weight: 1 }], ..default() });
        payouts.list_payouts(pb::ListPayoutsRequest { parent: all(), ..default() });
        choices.set_payout_choice(pb::SetPayoutChoiceRequest { name: ben.clone(), choice_id: "c1".into(), ..default() });
        choices.batch_set_payout_choices(pb::BatchSetPayoutChoicesRequest { parent: all(), ..default() });
        choices.get_payout_choice(pb::GetPayoutChoiceRequest { name: ben });
        choices.close_choices(pb::CloseChoicesRequest { name: payout.clone() });
        choices.approve_closing(pb::ApproveClosingRequest { name: payout.clone(), content_digest: vec![0; 32] });
        choices.reject_closing(pb::RejectClosingRequest { name: payout.clone(), content_digest: vec![0; 32], note: "no".into() });
        choices.get_closing(pb::GetClosingRequest { name: payout.clone() });
        choices.lapse_money(pb::LapseMoneyRequest { name: mal.clone(), lapse_id: "l1".into(), note: "why".into() });
        choices.approve_lapse(pb::ApproveLapseRequest { name: mal.clone(), lapse_id: "l1".into(), content_digest: vec![0; 32] });
        choices.reject_lapse(pb::RejectLapseRequest { name: mal.clone(), lapse_id: "l1".into(), note: "no".into() });
        choices.get_lapse(pb::GetLapseRequest { name: mal });
        choices.list_closing_lines(pb::ListClosingLinesRequest { parent: payout.clone(), ..default() });
        payments.batch_set_payees(pb::BatchSetPayeesRequest { parent: all(), ..default() });
        payments.remove_payee(pb::RemovePayeeRequest { name: member_name.clone() });
        payments.list_due_payments(pb::ListDuePaymentsRequest { parent: all(), format: 1, ..default() });
        payments.create_batch(pb::CreateBatchRequest { batch: Some(pb::Batch { name: batch.clone(), format: 1, ..default() }) });
        payments.get_batch(pb::GetBatchRequest { name: batch.clone() });
        payments.list_batches(pb::ListBatchesRequest { parent: all(), ..default() });
        payments.list_payments(pb::ListPaymentsRequest { parent: batch.clone(), ..default() });
        payments.get_payment(pb::GetPaymentRequest { name: payment.clone() });
        payments.approve_batch(pb::ApproveBatchRequest { name: batch.clone(), content_digest: vec![0; 32] });
        payments.cancel_batch(pb::CancelBatchRequest { name: batch.clone(), note: "no".into() });
        payments.export_batch(pb::ExportBatchRequest { name: batch.clone() });
        payments.report_payments(pb::ReportPaymentsRequest { parent: batch.clone(), ..default() });
        payments.retry_payment(pb::RetryPaymentRequest { name: payment });
        payments.reconcile_batch(pb::ReconcileBatchRequest { name: batch });
        payouts.get_payout(pb::GetPayoutRequest { name: payout.clone() });
        payouts.list_shares(pb::ListSharesRequest { parent: payout.clone(), ..default() });
        payouts.explain_share(pb::ExplainShareRequest { name: format!("{payout}/shares/ben"), ..default() });
        books.export_report(pb::ExportReportRequest { parent: all(), report: Some(pb::export_report_request::Report::Register(pb::RegisterReport {})), ..default() });
        books.get_member_statement(pb::GetMemberStatementRequest { name: member_name.clone(), first_day: day(), last_day: day() });
        audit.verify_program(pb::VerifyProgramRequest { name: all() });
        audit.list_acts(pb::ListActsRequest { parent: all(), ..default() });
        audit.list_flags(pb::ListFlagsRequest { parent: all(), ..default() });
    };
    answers.push(("stream_activities", streamed));
    answers
}

/// The name of a payment that a batch could have.
fn payment_name(program: &str) -> String {
    let of = ProgramId::parse(program.trim_start_matches("programs/")).unwrap();
    let id = PaymentId::of(&of, &BatchId::parse("b1").unwrap(), 1);
    format!("{program}/batches/b1/payments/{id}")
}

fn default<T: Default>() -> T {
    T::default()
}
