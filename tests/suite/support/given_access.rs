//! Requests on access that give every field, at least one for each type of command.

use goodturn::domain::entry::commands::CommandKind;
use goodturn::pb;
use goodturn::pb::access_change::Change;

use super::clients::at;
use super::given::{Vector, create_program, given};

pub fn access() -> Vec<Vector> {
    let change = |id: &str, change| pb::ChangeAccessRequest {
        access_change: Some(pb::AccessChange {
            name: format!("programs/qc/accessChanges/{id}"),
            change: Some(change),
            note: "joined finance".into(),
            ..Default::default()
        }),
    };
    let person = || "programs/qc/persons/p-1".to_owned();
    let roles = |role: pb::Role| pb::PersonRoles { person: person(), roles: vec![role.into()] };
    let link = pb::LoginLink { person: person(), login: Some(login("anna")) };
    let key = pb::Key {
        service: "forum".into(),
        roles: vec![pb::Role::Frontend.into(), pb::Role::Auditor.into()],
        sources: vec!["forum".into()],
        expire_time: Some(at("2027-11-29T00:00:00.000001Z")),
        ..Default::default()
    };
    let changes = [
        change("c1", Change::AddPerson(login("anna"))),
        change("c2", Change::RemovePerson(person())),
        change("c3", Change::GrantRoles(roles(pb::Role::Finance))),
        change("c4", Change::RevokeRoles(roles(pb::Role::Auditor))),
        change("c5", Change::LinkLogin(link)),
        change("c6", Change::CreateKey(key)),
        change("c7", Change::RevokeKey("programs/qc/keys/abcdefghijkm".into())),
    ];
    let owners = vec![login("anna"), login("ben")];
    let create = pb::CreateProgramRequest { owners: owners.clone(), ..create_program() };
    let adopt = pb::AdoptProgramRequest { name: "programs/qc".into(), owners };
    let name = "programs/qc/accessChanges/c3".to_owned();
    let approve = pb::ApproveAccessChangeRequest { name: name.clone() };
    let reject = pb::RejectAccessChangeRequest { name, note: "no".into() };
    let mut all = vec![
        given(CommandKind::CreateProgram, &create),
        given(CommandKind::BeginAccess, &adopt),
        given(CommandKind::ApproveAccessChange, &approve),
        given(CommandKind::RejectAccessChange, &reject),
    ];
    all.extend(changes.iter().map(|change| given(CommandKind::ChangeAccess, change)));
    all
}

fn login(subject: &str) -> pb::Login {
    pb::Login { issuer: "https://login.example".into(), subject: subject.into(), display_name: "Anna".into() }
}
