//! What is written about members stands beside the log, where it can be erased; the log has a salted digest of it.

use std::collections::HashMap;

use std::time::Duration;

use goodturn::app::start;
use goodturn::domain::value::time::Micros;
use goodturn::ledger::clock::{Clock as _, SystemClock};
use goodturn::pb;
use goodturn::pb::attribute_value::Value;
use goodturn::wire::time;
use prost::Message as _;

use crate::support::clients::{Clients, at, create_program, kudos, on_free_port, pounds, record};
use crate::support::money::{close, list_drafted, list_paid, over_list};
use crate::support::payments::drafted;
use crate::support::payouts::{approving, declare_and_approve, statement};
use crate::support::postgres::shared;

const WHEN: &str = "2018-04-01T12:00:00Z";

/// Stands in whatever is written about members.
const ABOUT: &str = "she-lives-in-Larch-Lane";

/// Stands in what finance writes about savings, which is about no member.
const OF_FINANCE: &str = "fewer-calls-in-April";

/// Requests that hold a text about a member: each has one field of this name. Those on access are `access::people`'s, and
/// an act shows the text of another.
fn fields_named_note() -> usize {
    let set = prost_types::FileDescriptorSet::decode(goodturn::proto::DESCRIPTORS).unwrap();
    let ours = set.file.iter().filter(|file| file.package().starts_with("goodturn"));
    let ours = ours.filter(|file| !file.name().ends_with("/principals.proto"));
    let messages = ours.flat_map(|file| &file.message_type).filter(|message| message.name() != "Act");
    let fields = messages.flat_map(|message| &message.field);
    fields.filter(|field| field.name() == "note").count()
}

/// An activity whose attributes, both a name and a value, say something about the member.
fn described(id: &str) -> pb::Activity {
    let value = pb::AttributeValue { value: Some(Value::Text(ABOUT.into())) };
    let attributes = HashMap::from([(ABOUT.to_owned(), value)]);
    pb::Activity { attributes, amount: Some(pounds(100)), ..kudos(id, "ben", WHEN) }
}

/// Writes something about members wherever that can be done; returns in how many calls.
async fn write_everything(clients: &Clients) -> usize {
    let note = || ABOUT.to_owned();
    let anna = clients.by("anna");
    let (mut ledger, mut adjustments, mut members) = (anna.ledger(), anna.adjustments(), anna.members());
    ledger.record_activity(record(described("a1"))).await.unwrap();
    let name = |id: &str| kudos(id, "ben", WHEN).name;
    let (occurred_at, reason) = (Some(at(WHEN)), pb::ReversalReason::Mistake.into());
    let refund_id = "f1".to_owned();
    let amount = Some(pounds(50));
    let (name_of, quantity) = (name("a1"), None);
    let refund = pb::RefundActivityRequest { name: name_of, refund_id, amount, occurred_at, note: note(), quantity };
    ledger.refund_activity(refund).await.unwrap();
    let reversal_id = "r1".to_owned();
    let reversal = pb::ReverseActivityRequest { name: name("a1"), reversal_id, reason, occurred_at, note: note() };
    ledger.reverse_activity(reversal).await.unwrap();
    let restoration_id = "s1".to_owned();
    let restoration = pb::RestoreActivityRequest { name: name("a1"), restoration_id, occurred_at, note: note() };
    ledger.restore_activity(restoration).await.unwrap();
    let name = "programs/qc/adjustments/j1".to_owned();
    let large = pb::Adjustment {
        name: name.clone(),
        member_id: "ben".into(),
        points: 1_000_000,
        reason: pb::AdjustmentReason::Goodwill.into(),
        note: note(),
        ..Default::default()
    };
    adjustments.adjust_points(pb::AdjustPointsRequest { adjustment: Some(large) }).await.unwrap();
    adjustments.reject_adjustment(pb::RejectAdjustmentRequest { name, note: note() }).await.unwrap();
    let given = |id: &str, member_id: &str, points| {
        let name = format!("programs/qc/adjustments/{id}");
        let (member_id, reason, note) = (member_id.into(), pb::AdjustmentReason::Goodwill.into(), "thanks".into());
        let adjustment = Some(pb::Adjustment { name, member_id, points, reason, note, ..Default::default() });
        let mut adjustments = anna.adjustments();
        async move { adjustments.adjust_points(pb::AdjustPointsRequest { adjustment }).await.unwrap() }
    };
    given("j2", "ben", 1_000_000).await;
    let (parent, state) = ("programs/qc".to_owned(), pb::AdjustmentState::Proposed.into());
    let list = pb::ListAdjustmentsRequest { parent: parent.clone(), state, ..Default::default() };
    let pb::ListAdjustmentsResponse { list_digest, .. } =
        adjustments.list_adjustments(list).await.unwrap().into_inner();
    let names = vec!["programs/qc/adjustments/j2".into()];
    let rejection = pb::BatchRejectAdjustmentsRequest { parent, names, list_digest, note: note() };
    adjustments.batch_reject_adjustments(rejection).await.unwrap();
    given("j3", "gus", 1_000).await;
    given("j4", "gus", 1_000).await;
    let member = |id: &str| format!("programs/qc/members/{id}");
    let reason = pb::SuspensionReason::Requested.into();
    let suspend = pb::SuspendMemberRequest { name: member("cleo"), suspension_id: "s1".into(), reason, note: note() };
    members.suspend_member(suspend).await.unwrap();
    let labels = vec!["staff".into()];
    let update = pb::UpdateMemberProfileRequest {
        name: member("cleo"),
        update_id: "u1".into(),
        opted_out: false,
        labels,
        note: note(),
    };
    members.update_member_profile(update).await.unwrap();
    let reinstate = pb::ReinstateMemberRequest { name: member("cleo"), reinstatement_id: "i1".into(), note: note() };
    members.reinstate_member(reinstate).await.unwrap();
    let reason = pb::SuspensionReason::Fraud.into();
    let ban = pb::BanMemberRequest { name: member("dora"), ban_id: "b1".into(), reason, note: note() };
    members.ban_member(ban).await.unwrap();
    let lift = pb::LiftBanRequest { name: member("dora"), lift_id: "l1".into(), note: note() };
    members.lift_ban(lift).await.unwrap();
    let reject = pb::RejectBanLiftRequest { name: member("dora"), lift_id: "l1".into(), note: note() };
    members.reject_ban_lift(reject).await.unwrap();
    let into_member_id = "fay".to_owned();
    let merge = pb::MergeMembersRequest { name: member("emil"), into_member_id, merge_id: "m1".into(), note: note() };
    members.merge_members(merge).await.unwrap();
    let (name, into_member_id) = (member("gus"), "fay".to_owned());
    let merge = pb::MergeMembersRequest { name, into_member_id, merge_id: "m2".into(), note: String::new() };
    let name = members.merge_members(merge).await.unwrap().into_inner().proposed_merger;
    members.reject_merger(pb::RejectMergerRequest { name, note: note() }).await.unwrap();
    anna.payouts().create_savings_statement(statement("s0", pounds(1))).await.unwrap();
    let name = "programs/qc/savingsStatements/s0".to_owned();
    let rejection = pb::RejectSavingsStatementRequest { name, note: note(), version: 0 };
    anna.payouts().reject_savings_statement(rejection).await.unwrap();
    let rows = [("ben", 1)];
    declare_and_approve(clients, "l1", pounds(1)).await;
    let draft = list_drafted(clients, over_list("l1", &rows), &rows).await;
    anna.payouts().reject_payout(pb::RejectPayoutRequest { name: draft.name, note: note() }).await.unwrap();
    let soon = Micros::new(SystemClock.now().get() + 2_000_000).unwrap();
    let deadline = Some(time(soon));
    let asking =
        pb::Payout { choices: Some(pb::ChoiceTerms { deadline, ..Default::default() }), ..over_list("l2", &rows) };
    list_paid(clients, asking, pounds(1), &rows).await;
    while SystemClock.now() <= soon {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let closing = close(clients, "l2").await.unwrap();
    let name = "programs/qc/payouts/l2".to_owned();
    let reject = pb::RejectClosingRequest { name, content_digest: closing.content_digest, note: note() };
    anna.choices().reject_closing(reject).await.unwrap();
    let name = "programs/qc/updates/u1".to_owned();
    let update =
        pb::ProgramUpdate { name: name.clone(), debt_limit_points: Some(1), note: note(), ..Default::default() };
    anna.programs().update_program(pb::UpdateProgramRequest { update: Some(update) }).await.unwrap();
    let reject = pb::RejectProgramUpdateRequest { name, note: note() };
    anna.programs().reject_program_update(reject).await.unwrap();
    let rows = [("ben", 1)];
    list_paid(clients, over_list("l3", &rows), pounds(1), &rows).await;
    let cancel = pb::CancelBatchRequest { name: "programs/qc/batches/b1".into(), note: note() };
    drafted(clients, "b1", pb::FileFormat::CreditCsv).await.unwrap();
    anna.payments().cancel_batch(cancel).await.unwrap();
    let reason = pb::SuspensionReason::Fraud.into();
    let ban = pb::BanMemberRequest { name: member("ben"), ban_id: "b2".into(), reason, note: String::new() };
    members.ban_member(ban).await.unwrap();
    let lapse = pb::LapseMoneyRequest { name: member("ben"), lapse_id: "c1".into(), note: note() };
    anna.choices().lapse_money(lapse).await.unwrap();
    let reject = pb::RejectLapseRequest { name: member("ben"), lapse_id: "c1".into(), note: note() };
    anna.choices().reject_lapse(reject).await.unwrap();
    23
}

/// How many rows of each table hold a text, as such or within bytes.
fn rows_with(database: &str, text: &str) -> Vec<(String, usize)> {
    let listed = "select table_name from information_schema.tables where table_schema = 'public' order by 1";
    let tables = shared().psql(database, listed);
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let counted = tables.lines().map(|table| {
        let counting =
            format!("select count(*) from {table} t where t::text like '%{text}%' or t::text like '%{hex}%'");
        (table.to_owned(), shared().psql(database, &counting).parse().unwrap())
    });
    counted.filter(|(_, rows)| *rows > 0).collect()
}

#[tokio::test]
async fn what_is_written_about_members_stands_beside_the_log_and_not_in_it() {
    // INV 55, 64
    let url = shared().create_database();
    let database = url.rsplit('/').next().unwrap();
    let running = start(&on_free_port(url.clone())).await.unwrap();
    let clients = Clients::connect(running.address).await;
    create_program(&clients).await;
    let texts = write_everything(&clients).await;
    assert_eq!(texts, fields_named_note() + 1, "a text that is written nowhere here; attributes are the other one");
    assert_eq!(rows_with(database, ABOUT), [("note".to_owned(), texts)]);

    let mut declare = statement("s1", pounds(10_000));
    declare.savings_statement.as_mut().unwrap().lines[0].description = OF_FINANCE.into();
    clients.by("anna").payouts().create_savings_statement(declare).await.unwrap();
    let holding: Vec<String> = rows_with(database, OF_FINANCE).into_iter().map(|(table, _)| table).collect();
    assert_eq!(holding, ["note"], "what finance says of savings is signed by its digest");
    shared().psql(database, "delete from note");
    let approve = approving(&clients, "programs/qc/savingsStatements/s1").await;
    let approved = clients.by("ben").payouts().approve_savings_statement(approve).await.unwrap().into_inner();
    let line = &approved.lines[0];
    assert_eq!((&*line.description, &*line.evidence, line.quantity), ("", "", 1), "the figures stay");
}
