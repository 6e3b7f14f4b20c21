//! Who may do what, as it stands.

use super::time;
use crate::domain::state::access::{Change, ChangeState, Key, Person, PersonState};
use crate::domain::terms::access::{AccessChange, AccessTexts, KeyTerms, LoginText};
use crate::domain::value::ids::{AccessChangeId, PersonId, ProgramId};
use crate::domain::value::role::Roles;
use crate::domain::value::seq::Seq;
use crate::pb;
use crate::pb::access_change::Change as Changed;
use crate::wire::role;

/// Returns a person, with its logins.
pub(crate) fn person(program: &ProgramId, id: &PersonId, person: &Person, logins: Vec<LoginText>) -> pb::Person {
    let state = match &person.state {
        PersonState::Active => pb::PersonState::Active,
        PersonState::Removed => pb::PersonState::Removed,
        PersonState::Joined(_) => pb::PersonState::Joined,
    };
    let joined = match &person.state {
        PersonState::Joined(into) => person_name(program, into),
        PersonState::Active | PersonState::Removed => String::new(),
    };
    pb::Person {
        name: person_name(program, id),
        roles: roles(&person.roles),
        state: state.into(),
        joined,
        logins: logins.into_iter().map(login_of).collect(),
    }
}

/// Returns a key, without its secret.
pub(crate) fn key(program: &ProgramId, key: &Key) -> pb::Key {
    pb::Key { revoked: key.revoked.is_some(), seq: key.created.get(), ..key_of(program, &key.terms) }
}

/// Returns roles as callers know them.
pub(crate) fn roles(roles: &Roles) -> Vec<i32> {
    roles.iter().copied().map(role::number).collect()
}

/// Returns a change, with its texts as far as they were not erased.
pub(crate) fn access_change(
    program: &ProgramId,
    id: &AccessChangeId,
    change: &Change,
    texts: AccessTexts,
) -> pb::AccessChange {
    let login = texts.logins.into_iter().next().map(login_of);
    let of = |person: &PersonId| person_name(program, person);
    let person_roles = |person, given| pb::PersonRoles { person: of(person), roles: roles(given) };
    let (changed, about) = match &change.change {
        AccessChange::AddPerson(new) => (Changed::AddPerson(login.unwrap_or_default()), of(&new.person)),
        AccessChange::RemovePerson(person) => (Changed::RemovePerson(of(person)), of(person)),
        AccessChange::GrantRoles(person, more) => (Changed::GrantRoles(person_roles(person, more)), of(person)),
        AccessChange::RevokeRoles(person, fewer) => (Changed::RevokeRoles(person_roles(person, fewer)), of(person)),
        AccessChange::LinkLogin(link) => {
            let linked = pb::LoginLink { person: of(&link.person), login };
            (Changed::LinkLogin(linked), of(&link.person))
        }
        AccessChange::CreateKey(terms) => (Changed::CreateKey(key_of(program, terms)), key_name(program, terms)),
        AccessChange::RevokeKey(key) => {
            let name = format!("programs/{program}/keys/{key}");
            (Changed::RevokeKey(name.clone()), name)
        }
    };
    let state = match change.state {
        ChangeState::Proposed => pb::AccessChangeState::Proposed,
        ChangeState::Made => pb::AccessChangeState::Made,
        ChangeState::Rejected => pb::AccessChangeState::Rejected,
    };
    let (decided_by, decided_seq) = change.decided.as_ref().map(|(by, seq)| (by.to_string(), *seq)).unzip();
    pb::AccessChange {
        name: format!("programs/{program}/accessChanges/{id}"),
        change: Some(changed),
        note: texts.note,
        state: state.into(),
        seq: change.seq.get(),
        record_time: Some(time(change.recorded_at)),
        drawn_up_by: change.drawn_up_by.to_string(),
        decided_by: decided_by.unwrap_or_default(),
        decided_seq: decided_seq.map_or(0, Seq::get),
        about,
        secret_key: String::new(),
        rejection_note: String::new(),
    }
}

fn login_of(login: LoginText) -> pb::Login {
    let LoginText { issuer, subject, display_name } = login;
    pb::Login { issuer, subject, display_name }
}

fn person_name(program: &ProgramId, id: &PersonId) -> String {
    format!("programs/{program}/persons/{id}")
}

fn key_name(program: &ProgramId, terms: &KeyTerms) -> String {
    format!("programs/{program}/keys/{}", terms.id)
}

fn key_of(program: &ProgramId, terms: &KeyTerms) -> pb::Key {
    pb::Key {
        name: key_name(program, terms),
        service: terms.service.to_string(),
        roles: roles(&terms.roles),
        sources: terms.sources.iter().map(ToString::to_string).collect(),
        expire_time: Some(time(terms.expires_at)),
        revoked: false,
        seq: 0,
    }
}
