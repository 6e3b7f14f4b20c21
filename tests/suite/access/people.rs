//! Persons, their roles, and what they open.

use goodturn::pb;
use goodturn::pb::access_change::Change;
use tonic::Code;

use crate::support::clients::{accepted, at, first_rules, qc, record};
use crate::support::issuer::{Guarded, grant, login};
use crate::support::postgres::shared;
use crate::support::refused::Refused;

#[tokio::test]
async fn owners_let_others_in_and_each_opens_what_its_role_says() {
    // INV 18, 60, 61
    let server = Guarded::start().await;
    server.publish().await;
    let key = server.key("forum", &[pb::Role::Frontend], &["forum"]).await;
    assert_eq!(key.state(), pb::AccessChangeState::Made);
    let forum = server.clients.showing(&key.secret_key);
    forum.ledger().record_activity(record(accepted("a1", "ben", "2018-04-01T00:00:00Z"))).await.unwrap();
    let balance = pb::GetBalanceRequest { name: "programs/qc/members/ben".into(), min_seq: 0 };
    assert_eq!(forum.ledger().get_balance(balance.clone()).await.unwrap().into_inner().available_points, 100);
    // Nobody else's source, and no money.
    let mut elsewhere = accepted("a2", "ben", "2018-04-01T00:00:00Z");
    elsewhere.name = "programs/qc/sources/shop/activities/a2".into();
    let refused = Refused::of(&forum.ledger().record_activity(record(elsewhere)).await.unwrap_err());
    assert_eq!((refused.code, refused.reason.as_str()), (Code::PermissionDenied, "ERROR_REASON_NOT_PERMITTED"));
    let list = pb::ListSavingsStatementsRequest { parent: "programs/qc".into(), ..Default::default() };
    let refused = Refused::of(&forum.payouts().list_savings_statements(list).await.unwrap_err());
    assert_eq!(refused.code, Code::PermissionDenied);
    // A stranger, and a person without a role, learn nothing: not even whether there is such a programme.
    server.add("nora", &[]).await;
    let nowhere = pb::GetBalanceRequest { name: "programs/nowhere/members/ben".into(), min_seq: 0 };
    for who in ["stranger", "nora", "anna"] {
        let here = server.by(who).ledger().get_balance(balance.clone()).await.unwrap_err();
        let there = server.by(who).ledger().get_balance(nowhere.clone()).await.unwrap_err();
        assert_eq!((here.code(), here.message()), (there.code(), there.message()), "{who}");
        assert_eq!(here.code(), Code::PermissionDenied, "{who}: {here:?}");
    }
    server.verified().await;
}

#[tokio::test]
async fn two_persons_grant_the_roles_that_move_money_and_the_last_owner_stays() {
    // INV 49, 86
    let server = Guarded::start().await;
    let fiona = server.change("add", Change::AddPerson(login("fiona"))).await.about;
    let proposed = server.change("finance", Change::GrantRoles(grant(&fiona, &[pb::Role::Finance]))).await;
    assert_eq!(proposed.state(), pb::AccessChangeState::Proposed);
    let approve = pb::ApproveAccessChangeRequest { name: proposed.name.clone() };
    let own = server.by("anna").principals().approve_access_change(approve.clone()).await.unwrap_err();
    assert_eq!(Refused::of(&own).reason, "ERROR_REASON_SECOND_PERSON_REQUIRED");
    let made = server.by("ben").principals().approve_access_change(approve).await.unwrap().into_inner();
    assert_eq!(made.state(), pb::AccessChangeState::Made);
    let persons = pb::ListPersonsRequest { parent: "programs/qc".into(), ..Default::default() };
    let persons = server.by("anna").principals().list_persons(persons).await.unwrap().into_inner().persons;
    let found = persons.iter().find(|person| person.name == fiona).unwrap();
    assert_eq!((found.roles().collect::<Vec<_>>(), &found.logins), (vec![pb::Role::Finance], &vec![login("fiona")]));
    let named = |subject: &str| {
        let of = |person: &&pb::Person| person.logins[0].subject == subject;
        persons.iter().find(of).unwrap().name.clone()
    };
    // Ben goes, and Anna stays.
    server.change("ben-goes", Change::RemovePerson(named("ben"))).await;
    let list = pb::ListPersonsRequest { parent: "programs/qc".into(), ..Default::default() };
    let gone = server.by("ben").principals().list_persons(list).await.unwrap_err();
    assert_eq!(gone.code(), Code::PermissionDenied);
    for last in [Change::RemovePerson(named("anna")), Change::RevokeRoles(grant(&named("anna"), &[pb::Role::Owner]))] {
        let last = server.try_change("anna", "last", last).await.unwrap_err();
        assert_eq!(Refused::of(&last).reason, "ERROR_REASON_LAST_OWNER");
    }
    let known = server.try_change("anna", "again", Change::AddPerson(login("fiona"))).await.unwrap_err();
    assert_eq!(Refused::of(&known).reason, "ERROR_REASON_LOGIN_KNOWN");
    let same = Change::GrantRoles(grant(&fiona, &[pb::Role::Finance]));
    let same = server.try_change("anna", "same", same).await.unwrap_err();
    assert_eq!(Refused::of(&same).reason, "ERROR_REASON_WRONG_STATE");
    server.verified().await;
}

/// Who somebody is, and why something was changed, stands beside the log, where it can be erased; the log has keyed digests of it.
#[tokio::test]
async fn who_somebody_is_stands_beside_the_log_and_not_in_it() {
    // INV 64
    let server = Guarded::start_on(shared().create_database()).await;
    let subject = "she-lives-in-Larch-Lane";
    server.change("c1", Change::AddPerson(login(subject))).await;
    let link = pb::LoginLink { person: server.add("carl", &[]).await, login: Some(login(subject)) };
    let linked = server.change("link", Change::LinkLogin(link)).await;
    let reject = pb::RejectAccessChangeRequest { name: linked.name, note: format!("no: {subject}") };
    let rejected = server.by("ben").principals().reject_access_change(reject).await.unwrap().into_inner();
    assert_eq!(
        (rejected.state(), rejected.rejection_note),
        (pb::AccessChangeState::Rejected, format!("no: {subject}"))
    );
    let database = server.database.rsplit('/').next().unwrap();
    let listed = "select table_name from information_schema.tables where table_schema = 'public' order by 1";
    let hex: String = subject.bytes().map(|byte| format!("{byte:02x}")).collect();
    for table in shared().psql(database, listed).lines() {
        let counting =
            format!("select count(*) from {table} t where t::text like '%{subject}%' or t::text like '%{hex}%'");
        let rows: u32 = shared().psql(database, &counting).parse().unwrap();
        assert_eq!(rows, if table == "note" { 3 } else { 0 }, "{table}");
    }
    server.verified().await;
}

/// Two programmes have the same ids everywhere, and whoever belongs to one is shown nothing of the other.
#[tokio::test]
async fn two_programmes_with_equal_ids_show_nothing_of_each_other() {
    // INV 60
    let server = Guarded::start().await;
    server.publish().await;
    let forum = server.key("forum", &[pb::Role::Frontend], &["forum"]).await.secret_key;
    // The other has its own owners, key and points under the same ids.
    let owners = ["zoe", "yan"].map(login).to_vec();
    let create = pb::CreateProgramRequest { program_id: "other".into(), owners, ..qc() };
    server.by("olga").programs().create_program(create).await.unwrap();
    let zoe = server.by("zoe");
    let change = |id: &str, change| pb::ChangeAccessRequest {
        access_change: Some(pb::AccessChange {
            name: format!("programs/other/accessChanges/{id}"),
            change: Some(change),
            note: "why".into(),
            ..Default::default()
        }),
    };
    let carla = zoe.principals().change_access(change("add-carla", Change::AddPerson(login("carla")))).await.unwrap();
    let roles = grant(&carla.into_inner().about, &[pb::Role::Community, pb::Role::Auditor]);
    zoe.principals().change_access(change("grant-carla", Change::GrantRoles(roles))).await.unwrap();
    let signed = pb::ApproveAccessChangeRequest { name: "programs/other/accessChanges/grant-carla".into() };
    server.by("yan").principals().approve_access_change(signed).await.unwrap();
    let mut rules = first_rules();
    rules.rule_set.as_mut().unwrap().name = "programs/other/ruleSets/1".into();
    rules.rule_set.as_mut().unwrap().rules[0].points = 7;
    server.by("carla").programs().publish_rule_set(rules).await.unwrap();
    let key = pb::Key {
        service: "forum".into(),
        roles: vec![pb::Role::Frontend.into()],
        sources: vec!["forum".into()],
        expire_time: Some(at("2027-01-01T00:00:00Z")),
        ..Default::default()
    };
    let other_forum = zoe.principals().change_access(change("key-forum", Change::CreateKey(key))).await.unwrap();
    let other_forum = other_forum.into_inner().secret_key;
    let name = |program: &str, rest: &str| format!("programs/{program}/{rest}");
    for (program, key, points) in [("qc", &forum, 100), ("other", &other_forum, 7)] {
        let clients = server.clients.showing(key);
        let activity = pb::Activity {
            name: name(program, "sources/forum/activities/a1"),
            ..accepted("a1", "ben", "2018-04-01T00:00:00Z")
        };
        clients.ledger().record_activity(record(activity)).await.unwrap();
        let balance = pb::GetBalanceRequest { name: name(program, "members/ben"), min_seq: 0 };
        assert_eq!(clients.ledger().get_balance(balance).await.unwrap().into_inner().available_points, points);
        let entries = pb::ListEntriesRequest { parent: format!("programs/{program}"), ..Default::default() };
        let entries = clients.ledger().list_entries(entries).await.unwrap().into_inner().entries;
        let credited: Vec<i64> =
            entries.iter().filter(|entry| entry.member_id == "ben").map(|entry| entry.amount).collect();
        assert_eq!(credited, [points]);
        let elsewhere = if program == "qc" { "other" } else { "qc" };
        let balance = pb::GetBalanceRequest { name: name(elsewhere, "members/ben"), min_seq: 0 };
        assert_eq!(clients.ledger().get_balance(balance).await.unwrap_err().code(), Code::Unauthenticated);
    }
    // Carla has other roles here than there.
    for (program, expected) in
        [("qc", vec![pb::Role::Community]), ("other", vec![pb::Role::Community, pb::Role::Auditor])]
    {
        let caller = pb::GetCallerRequest { parent: format!("programs/{program}") };
        let caller = server.by("carla").principals().get_caller(caller).await.unwrap().into_inner();
        assert_eq!(caller.roles().collect::<Vec<_>>(), expected, "{program}");
    }
    server.verified().await;
}
