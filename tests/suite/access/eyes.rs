//! Four eyes are those of two persons, however many logins they have.

use goodturn::app::start;
use goodturn::pb;
use goodturn::pb::access_change::Change;
use tonic::{Code, Status};

use crate::support::clients::{Clients, accepted, on_free_port, pounds, record};
use crate::support::issuer::{Guarded, login};
use crate::support::payouts::{approving, create, payout, statement};
use crate::support::refused::Refused;

/// A server with rules, 100 points of Ben, and the persons Fiona (finance) and Adam (approver).
async fn with_persons() -> Guarded {
    let server = Guarded::start().await;
    server.publish().await;
    server.add("fiona", &[pb::Role::Finance, pb::Role::Community]).await;
    server.add("adam", &[pb::Role::Approver]).await;
    let forum = server.key("forum", &[pb::Role::Frontend], &["forum"]).await.secret_key;
    let activity = record(accepted("a1", "ben", "2018-04-01T00:00:00Z"));
    server.clients.showing(forum).ledger().record_activity(activity).await.unwrap();
    server
}

/// A draft of a payout, on a statement that Fiona declared and Adam approved.
async fn draft(server: &Guarded) -> pb::Payout {
    let name = "programs/qc/savingsStatements/h1".to_owned();
    server.by("fiona").payouts().create_savings_statement(statement("h1", pounds(1_000))).await.unwrap();
    let approve = approving(&server.by("adam"), &name).await;
    server.by("adam").payouts().approve_savings_statement(approve).await.unwrap();
    server.by("fiona").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner()
}

async fn approve(clients: &Clients, draft: &pb::Payout) -> Result<pb::Payout, Status> {
    let request = pb::ApprovePayoutRequest { name: draft.name.clone(), content_digest: draft.content_digest.clone() };
    Ok(clients.payouts().approve_payout(request).await?.into_inner())
}

async fn execute(clients: &Clients, draft: &pb::Payout) -> Result<pb::Payout, Status> {
    let request = pb::ExecutePayoutRequest { name: draft.name.clone() };
    Ok(clients.payouts().execute_payout(request).await?.into_inner())
}

#[tokio::test]
async fn two_persons_pay_out_and_one_person_with_every_role_does_not() {
    // INV 49
    let server = with_persons().await;
    let fiona = server.change("fiona-too", Change::AddPerson(login("other"))).await.about;
    let every = [pb::Role::Finance, pb::Role::Approver, pb::Role::Community];
    server.change_together("every", Change::GrantRoles(crate::support::issuer::grant(&fiona, &every))).await;
    server.by("other").payouts().create_savings_statement(statement("h0", pounds(10))).await.unwrap();
    let own = approving(&server.by("other"), "programs/qc/savingsStatements/h0").await;
    let own = Refused::of(&server.by("other").payouts().approve_savings_statement(own).await.unwrap_err());
    own.because(Code::PermissionDenied, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    let draft = draft(&server).await;
    let refused = Refused::of(&approve(&server.by("fiona"), &draft).await.unwrap_err());
    assert_eq!(refused.because(Code::PermissionDenied, "ERROR_REASON_NOT_PERMITTED"), [("roles", "approver")]);
    approve(&server.by("adam"), &draft).await.unwrap();
    let paid = execute(&server.by("fiona"), &draft).await.unwrap();
    assert_eq!(paid.state(), pb::PayoutState::Executed);
    server.verified().await;
}

#[tokio::test]
async fn a_payout_that_two_logins_of_one_person_have_signed_is_not_executed() {
    // INV 86
    let server = with_persons().await;
    let draft = draft(&server).await;
    approve(&server.by("adam"), &draft).await.unwrap();
    // Both are one human being, as it turns out: Adam's login becomes Fiona's.
    let persons = pb::ListPersonsRequest { parent: "programs/qc".into(), ..Default::default() };
    let persons = server.by("anna").principals().list_persons(persons).await.unwrap().into_inner().persons;
    let of = |subject: &str| {
        let is = |person: &&pb::Person| person.logins[0].subject == subject;
        persons.iter().find(is).unwrap().clone()
    };
    let link = pb::LoginLink { person: of("fiona").name, login: Some(login("adam")) };
    server.change_together("link", Change::LinkLogin(link)).await;
    let refused = Refused::of(&execute(&server.by("fiona"), &draft).await.unwrap_err());
    refused.because(Code::FailedPrecondition, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    // Whoever has two logins has the roles of one person.
    let caller = pb::GetCallerRequest { parent: "programs/qc".into() };
    let adam = server.by("adam").principals().get_caller(caller).await.unwrap().into_inner();
    assert_eq!(adam.roles().collect::<Vec<_>>(), [pb::Role::Community, pb::Role::Finance]);
    assert!(of("fiona").name.ends_with(&adam.principal), "{adam:?}");
    // Nor is a payout begun on the statement that both have signed.
    let more = pb::Payout { name: "programs/qc/payouts/h2".into(), ..payout("h1") };
    let cancel = pb::CancelPayoutRequest { name: draft.name.clone() };
    server.by("fiona").payouts().cancel_payout(cancel).await.unwrap();
    let refused = Refused::of(&server.by("fiona").payouts().create_payout(create(more)).await.unwrap_err());
    refused.because(Code::FailedPrecondition, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    server.verified().await;
}

/// Whoever starts a server that believes names on the same database moves no money, and lets nobody in.
#[tokio::test]
async fn a_server_that_believes_names_moves_no_money_of_a_programme_that_knows_its_persons() {
    // INV 60
    let server = with_persons().await;
    let draft = draft(&server).await;
    approve(&server.by("adam"), &draft).await.unwrap();
    let second = start(&on_free_port(server.database.clone())).await.unwrap();
    let clients = Clients::connect(second.address).await.by("fiona");
    let refused = Refused::of(&execute(&clients, &draft).await.unwrap_err());
    assert_eq!(refused.because(Code::PermissionDenied, "ERROR_REASON_NOT_PERMITTED"), [("roles", "finance")]);
    let change = crate::support::issuer::change_request("in", Change::AddPerson(login("mallory")));
    let refused = Refused::of(&clients.principals().change_access(change).await.unwrap_err());
    assert_eq!(refused.because(Code::PermissionDenied, "ERROR_REASON_NOT_PERMITTED"), [("roles", "owner")]);
    second.stop().await.unwrap();
    assert_eq!(execute(&server.by("fiona"), &draft).await.unwrap().state(), pb::PayoutState::Executed);
    server.verified().await;
}

/// A programme that was made while names were believed gets its persons once.
#[tokio::test]
async fn a_programme_is_adopted_once_and_its_names_are_believed_up_to_there() {
    let server = Guarded::start().await;
    let first = start(&on_free_port(server.database.clone())).await.unwrap();
    let names = Clients::connect(first.address).await;
    let old = pb::CreateProgramRequest { program_id: "old".into(), ..crate::support::clients::qc() };
    names.by("anna").programs().create_program(old).await.unwrap();
    first.stop().await.unwrap();
    let get = pb::GetProgramRequest { name: "programs/old".into() };
    let stranger = server.by("anna").programs().get_program(get.clone()).await.unwrap_err();
    assert_eq!(stranger.code(), Code::PermissionDenied);
    let adopt = |owners: &[&str]| pb::AdoptProgramRequest {
        name: "programs/old".into(),
        owners: owners.iter().map(|owner| login(owner)).collect(),
    };
    for (owners, field) in [(&["anna"][..], "owners"), (&["anna", "anna"], "owners[1]")] {
        let refused = server.by("olga").principals().adopt_program(adopt(owners)).await.unwrap_err();
        Refused::of(&refused).breaks(&[field]);
    }
    let adopted = server.by("olga").principals().adopt_program(adopt(&["anna", "ben"])).await.unwrap().into_inner();
    assert_eq!(adopted.owners.len(), 2);
    let again = server.by("olga").principals().adopt_program(adopt(&["anna", "ben"])).await.unwrap().into_inner();
    assert_eq!(again, adopted);
    let others = server.by("olga").principals().adopt_program(adopt(&["carl", "ben"])).await.unwrap_err();
    assert_eq!(Refused::of(&others).reason, "ERROR_REASON_WRONG_STATE");
    server.by("anna").programs().get_program(get).await.unwrap();
    let verify = pb::VerifyProgramRequest { name: "programs/old".into() };
    let report = server.by("ben").audit().verify_program(verify).await.unwrap().into_inner();
    assert_eq!((report.findings.len(), report.entries, report.names_believed_through_seq), (0, 2, 1));
}
