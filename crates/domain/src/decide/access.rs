//! Access: the first persons of a programme, and changes of who may do what.

use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_access_change;
use crate::decide::rejection::{AccessRejection, Rejection};
use crate::decide::require::in_state;
use crate::entry::access::{AccessFact, Owners};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::access::{Access, Change, ChangeState, Key, Person, PersonState, ServiceKeys};
use crate::state::get::State;
use crate::state::persons::{person_of_login, roles_of};
use crate::terms::access::{
    AccessChange, KEYS_MAX, KeyTerms, LIVE_KEYS_MAX, LOGINS_MAX, PERSONS_MAX, PersonLogin, latest_key_end,
};
use crate::value::ids::{AccessChangeId, PersonId};
use crate::value::principal::PrincipalId;
use crate::value::role::{Role, Roles};

/// Most changes that wait for a second person.
const WAITING_MAX: i64 = 1_000;

/// Names the first persons of a programme. They are its owners.
pub(super) fn begin(state: &impl State, persons: &[PersonLogin], moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    if state.get::<Access>(&()).is_some() {
        return Err(Rejection::WrongState { state: "with persons", needed: "without persons" });
    }
    let fact = Fact::Owners(Owners { persons: persons.to_vec() });
    Ok(vec![Draft::act(EntryKind::AccessBegun, moment, fact)])
}

/// Makes a person an owner at the word of somebody at the machine itself: one who is known, or a new one.
pub(super) fn recover(state: &impl State, new: &PersonLogin, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    with_persons(state)?;
    let known_as = person_of_login(state, &new.login);
    if known_as.is_none() && state.get::<Person>(&new.person).is_some() {
        return Err(Rejection::Inconsistent("a person has the id of another"));
    }
    let person = known_as.unwrap_or_else(|| new.person.clone());
    let known = state.get::<Person>(&person);
    if known.is_some_and(|known| known.is_active() && known.roles.contains(&Role::Owner)) {
        return Err(Rejection::WrongState { state: "owner", needed: "no owner" });
    }
    let fact = Fact::Owners(Owners { persons: vec![PersonLogin { person, login: new.login }] });
    Ok(vec![Draft::act(EntryKind::AccessRecovered, moment, fact)])
}

/// Makes a change, or draws it up where two persons must sign it.
pub(super) fn change(
    state: &impl State,
    id: &AccessChangeId,
    change: &AccessChange,
    moment: &Moment<'_>,
) -> Result<Vec<Draft>, Rejection> {
    if state.get::<Change>(id).is_some() {
        return Err(Rejection::Inconsistent("a change of access has the id of another"));
    }
    let change = possible(state, change, moment)?;
    let takes_two = change.takes_two();
    if takes_two && state.get::<Access>(&()).is_some_and(|access| access.waiting >= WAITING_MAX) {
        return Err(AccessRejection::TooMany { of: "changes that wait for a second person", max: WAITING_MAX }.into());
    }
    let kind = if takes_two { EntryKind::AccessProposed } else { EntryKind::AccessChanged };
    let fact = AccessFact { id: id.clone(), change };
    Ok(vec![Draft::act(kind, moment, Fact::AccessChange(Box::new(fact)))])
}

pub(super) fn approve(state: &impl State, id: &AccessChangeId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let proposed = the_access_change(state, id)?;
    in_state(proposed.state, ChangeState::Proposed, ChangeState::name)?;
    let is_owner = match &proposed.drawn_up_by {
        PrincipalId::Person(drawer) => roles_of(state, drawer).contains(&Role::Owner),
        _ => false,
    };
    if !is_owner {
        return Err(AccessRejection::DrawerIsNoOwner.into());
    }
    let fact = AccessFact { id: id.clone(), change: possible(state, &proposed.change, moment)? };
    let act = Draft::act(EntryKind::AccessChanged, moment, Fact::AccessChange(Box::new(fact)));
    Ok(vec![act.referring_to(proposed.seq)])
}

pub(super) fn reject(state: &impl State, id: &AccessChangeId, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    let proposed = the_access_change(state, id)?;
    in_state(proposed.state, ChangeState::Proposed, ChangeState::name)?;
    let fact = AccessFact { id: id.clone(), change: proposed.change.clone() };
    let act = Draft::act(EntryKind::AccessRejected, moment, Fact::AccessChange(Box::new(fact)));
    Ok(vec![act.referring_to(proposed.seq)])
}

fn with_persons(state: &impl State) -> Result<&Access, Rejection> {
    state.get::<Access>(&()).ok_or(Rejection::WrongState { state: "without persons", needed: "with persons" })
}

/// Checks that a change can be made now, and returns it as it is made.
fn possible(state: &impl State, change: &AccessChange, moment: &Moment<'_>) -> Result<AccessChange, Rejection> {
    let access = with_persons(state)?;
    match change {
        AccessChange::AddPerson(new) => return Ok(AccessChange::AddPerson(addable(state, access, new)?)),
        AccessChange::RemovePerson(id) => an_owner_stays(access, active(state, id)?)?,
        AccessChange::GrantRoles(id, more) => {
            if more.is_subset(active(state, id)?) {
                return Err(AccessRejection::NothingToChange.into());
            }
        }
        AccessChange::RevokeRoles(id, fewer) => {
            let roles = active(state, id)?;
            if fewer.is_disjoint(roles) {
                return Err(AccessRejection::NothingToChange.into());
            }
            if fewer.contains(&Role::Owner) {
                an_owner_stays(access, roles)?;
            }
        }
        AccessChange::LinkLogin(link) => linkable(state, access, link)?,
        AccessChange::CreateKey(terms) => may_be_created(state, access, terms, moment)?,
        AccessChange::RevokeKey(id) => {
            let key = state.get::<Key>(id).ok_or_else(|| Rejection::NotFound { resource: format!("keys/{id}") })?;
            if key.revoked.is_some() {
                return Err(AccessRejection::NothingToChange.into());
            }
        }
    }
    Ok(change.clone())
}

/// Returns a person to add. Somebody who was removed is the same person again.
fn addable(state: &impl State, access: &Access, new: &PersonLogin) -> Result<PersonLogin, Rejection> {
    if let Some(person) = person_of_login(state, &new.login) {
        let is_removed = state.get::<Person>(&person).is_some_and(|known| known.state == PersonState::Removed);
        return if is_removed {
            Ok(PersonLogin { person, login: new.login })
        } else {
            Err(AccessRejection::LoginKnown { person }.into())
        };
    }
    if state.get::<Person>(&new.person).is_some() {
        return Err(Rejection::Inconsistent("a person has the id of another"));
    }
    if access.persons >= PERSONS_MAX {
        return Err(AccessRejection::TooMany { of: "persons", max: PERSONS_MAX }.into());
    }
    Ok(new.clone())
}

fn linkable(state: &impl State, access: &Access, link: &PersonLogin) -> Result<(), Rejection> {
    active(state, &link.person)?;
    let logins_of = |id| state.get::<Person>(id).map_or(0, |person| person.logins.len());
    let more = match person_of_login(state, &link.login) {
        None => 1,
        Some(other) if other == link.person => return Err(AccessRejection::NothingToChange.into()),
        Some(other) => {
            let known = state.get::<Person>(&other).ok_or(Rejection::Inconsistent("a login is nobody's"))?;
            // The two are one from then on, so one owner fewer.
            an_owner_stays(access, &known.roles)?;
            known.logins.len()
        }
    };
    if logins_of(&link.person) + more > LOGINS_MAX.into() {
        return Err(AccessRejection::TooMany { of: "logins of the person", max: LOGINS_MAX.into() }.into());
    }
    Ok(())
}

fn may_be_created(state: &impl State, access: &Access, terms: &KeyTerms, moment: &Moment<'_>) -> Result<(), Rejection> {
    let needs_source = terms.roles.iter().copied().any(Role::needs_source);
    if needs_source && terms.sources.is_empty() || terms.expires_at > latest_key_end(moment.now) {
        return Err(Rejection::Inconsistent("a key records for no source, or lives too long"));
    }
    if state.get::<Key>(&terms.id).is_some() {
        return Err(Rejection::Inconsistent("a key has the id of another"));
    }
    if access.keys >= KEYS_MAX {
        return Err(AccessRejection::TooMany { of: "keys that are not revoked", max: KEYS_MAX }.into());
    }
    let is_live = |id| state.get::<Key>(id).is_some_and(|key| key.is_live(moment.now));
    let live =
        state.get::<ServiceKeys>(&terms.service).map_or(0, |keys| keys.0.iter().filter(|id| is_live(id)).count());
    if live >= LIVE_KEYS_MAX.into() {
        let of = "valid keys of the service";
        return Err(AccessRejection::TooMany { of, max: LIVE_KEYS_MAX.into() }.into());
    }
    Ok(())
}

/// Returns the roles of a person who is active.
fn active<'a>(state: &'a impl State, id: &PersonId) -> Result<&'a Roles, Rejection> {
    match state.get::<Person>(id) {
        Some(known) if known.is_active() => Ok(&known.roles),
        Some(known) if known.state == PersonState::Removed => {
            Err(Rejection::WrongState { state: "removed", needed: "active" })
        }
        Some(_) => Err(Rejection::WrongState { state: "joined to another person", needed: "active" }),
        None => Err(Rejection::NotFound { resource: format!("persons/{id}") }),
    }
}

/// Checks that the programme has an owner when somebody with these roles is none any more.
fn an_owner_stays(access: &Access, roles: &Roles) -> Result<(), Rejection> {
    if roles.contains(&Role::Owner) && access.owners <= 1 { Err(AccessRejection::LastOwner.into()) } else { Ok(()) }
}
