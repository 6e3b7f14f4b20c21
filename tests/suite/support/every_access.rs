//! Every kind of entry on access, for the log with every kind.

use std::collections::BTreeSet;
use std::sync::Arc;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::terms::access::{AccessChange, AccessTexts, KeyTerms, LoginText, PersonLogin};
use goodturn::domain::value::encoding::Note;
use goodturn::domain::value::ids::{AccessChangeId, KeyId, PersonId, ServiceId, SourceId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::role::{Role, Roles};

use super::sample::{SECRET, Writer, act, time};

pub fn person(id: &str) -> PersonId {
    PersonId::parse(id).unwrap()
}

/// Returns a person with the login of the same name.
pub fn person_login(id: &str) -> PersonLogin {
    PersonLogin { person: person(id), login: SECRET.login("https://login.example", id) }
}

/// Makes an act of a person of the programme.
pub fn by_person(kind: CommandKind, id: &str, by: &str, it: Act) -> Command {
    Command { principal: PrincipalId::Person(person(by)), ..act(kind, id, "anna", it) }
}

/// Makes a change of access by a person.
pub fn changing(id: &str, by: &str, change: AccessChange) -> Command {
    let of = AccessChangeId::parse(id).unwrap();
    by_person(CommandKind::ChangeAccess, id, by, Act::ChangeAccess(of, Box::new(change)))
}

pub fn approving(id: &str, by: &str) -> Command {
    let of = AccessChangeId::parse(id).unwrap();
    by_person(CommandKind::ApproveAccessChange, id, by, Act::ApproveAccessChange(of))
}

pub fn roles(roles: &[Role]) -> Roles {
    roles.iter().copied().collect()
}

/// The first persons, and every change that there is: made at once, with a second person's approval, and rejected.
pub fn entries_of_access(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let texts = AccessTexts {
        note: String::new(),
        logins: vec![LoginText {
            issuer: "https://login.example".into(),
            subject: "p-1".into(),
            display_name: "Anna".into(),
        }],
    };
    let begin = Act::BeginAccess(vec![person_login("p-1"), person_login("p-2")]);
    let begin = Command {
        note: Some(Note { salt: [9; 16], text: texts.stored().into() }),
        ..act(CommandKind::BeginAccess, "qc", "anna", begin)
    };
    let key = KeyTerms {
        id: KeyId::parse("k3y").unwrap(),
        service: ServiceId::parse("forum").unwrap(),
        digest: [7; 32],
        pepper: [8; 8],
        roles: roles(&[Role::Frontend, Role::Auditor]),
        sources: BTreeSet::from([SourceId::parse("forum").unwrap()]),
        expires_at: time("2020-01-01T00:00:00Z"),
    };
    let reject = AccessChangeId::parse("c5").unwrap();
    let commands = [
        begin,
        changing("c1", "p-1", AccessChange::AddPerson(person_login("p-3"))),
        changing("c2", "p-1", AccessChange::GrantRoles(person("p-3"), roles(&[Role::Auditor]))),
        changing("c3", "p-1", AccessChange::GrantRoles(person("p-3"), roles(&[Role::Approver]))),
        approving("c3", "p-2"),
        changing("c4", "p-2", AccessChange::RevokeRoles(person("p-3"), roles(&[Role::Auditor]))),
        changing("c5", "p-1", AccessChange::LinkLogin(PersonLogin { person: person("p-1"), ..person_login("p-3") })),
        by_person(CommandKind::RejectAccessChange, "c5", "p-2", Act::RejectAccessChange(reject)),
        changing("c6", "p-1", AccessChange::CreateKey(Box::new(key))),
        changing("c7", "p-1", AccessChange::RevokeKey(KeyId::parse("k3y").unwrap())),
        changing("c8", "p-1", AccessChange::RemovePerson(person("p-3"))),
        act(CommandKind::RecoverAccess, "r1", "goodturn", Act::RecoverAccess(person_login("p-3"))),
    ];
    writer.record(&commands)
}
