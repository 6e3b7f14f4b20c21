//! Who somebody is now, and which roles that person or service has.

use crate::state::access::{Key, Login, Person, PersonState, ServiceKeys};
use crate::state::get::State;
use crate::value::encoding::Hash;
use crate::value::ids::{PersonId, ServiceId};
use crate::value::principal::PrincipalId;
use crate::value::role::Roles;

/// Returns the person that a person is now: itself, unless it joined another. The fold lets nobody join itself, by whatever way.
pub fn person_now(state: &impl State, person: &PersonId) -> PersonId {
    let next = |id: &PersonId| match &state.get::<Person>(id)?.state {
        PersonState::Joined(into) => Some(into.clone()),
        PersonState::Active | PersonState::Removed => None,
    };
    std::iter::successors(Some(person.clone()), next).last().unwrap_or_else(|| person.clone())
}

/// True when two principals may be one person, as they are known now.
pub fn may_be_one(state: &impl State, one: &PrincipalId, other: &PrincipalId) -> bool {
    let now = |principal: &PrincipalId| match principal {
        PrincipalId::Person(id) => PrincipalId::Person(person_now(state, id)),
        other => other.clone(),
    };
    now(one).may_be_same(&now(other))
}

/// Returns the person whose a login is now, if anybody's.
#[must_use]
pub fn person_of_login(state: &impl State, login: &Hash) -> Option<PersonId> {
    state.get::<Login>(login).map(|login| person_now(state, &login.0))
}

/// Returns the roles that a person has now; none when its logins open nothing.
#[must_use]
pub fn roles_of(state: &impl State, person: &PersonId) -> Roles {
    let person = state.get::<Person>(&person_now(state, person)).filter(|person| person.is_active());
    person.map(|person| person.roles.clone()).unwrap_or_default()
}

/// Returns what the keys of a service open that are not revoked.
pub fn roles_of_service(state: &impl State, service: &ServiceId) -> Roles {
    let keys = state.get::<ServiceKeys>(service).map(|keys| &keys.0[..]).unwrap_or_default();
    let live = keys.iter().filter_map(|id| state.get::<Key>(id)).filter(|key| key.revoked.is_none());
    live.flat_map(|key| key.terms.roles.iter().copied()).collect()
}
