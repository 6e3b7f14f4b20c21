//! Access: the first persons of a programme, and changes of who may do what.

use crate::decide::draft::{Draft, Moment};
use crate::decide::find::the_access_change;
use crate::decide::rejection::{AccessRejection, Rejection};
use crate::decide::require::in_state;
use crate::entry::access::{AccessFact, Owners};
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::state::access::{
    Access, Change, ChangeState, Key, Person, ServiceKeys, Standing, person_now, roles_of, whose,
};
use crate::state::get::State;
use crate::terms::access::{
    AccessChange, KEY_DAYS_MAX, KEYS_MAX, KeyTerms, LIVE_KEYS_MAX, LOGINS_MAX, NewPerson, PERSONS_MAX,
};
use crate::value::ids::{AccessChangeId, PersonId};
use crate::value::principal::PrincipalId;
use crate::value::role::{Role, Roles};

/// Most changes that wait for a second person.
const WAITING_MAX: i64 = 1_000;

/// Names the first persons of a programme. They are its owners.
pub(super) fn begin(state: &impl State, persons: &[NewPerson], moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    if state.get::<Access>(&()).is_some() {
        return Err(Rejection::WrongState { state: "with persons", needed: "without persons" });
    }
    let fact = Fact::Owners(Owners { persons: persons.to_vec() });
    Ok(vec![Draft::act(EntryKind::AccessBegun, moment, fact)])
}

/// Makes a person an owner at the word of somebody at the machine itself: one who is known, or a new one.
pub(super) fn recover(state: &impl State, new: &NewPerson, moment: &Moment<'_>) -> Result<Vec<Draft>, Rejection> {
    if state.get::<Access>(&()).is_none() {
        return Err(Rejection::WrongState { state: "without persons", needed: "with persons" });
    }
    let whose = whose(state, &new.login);
    if whose.is_none() && state.get::<Person>(&new.person).is_some() {
        return Err(Rejection::Inconsistent("a person has the id of another"));
    }
    let person = whose.unwrap_or_else(|| new.person.clone());
    let known = state.get::<Person>(&person);
    if known.is_some_and(|known| known.is_active() && known.roles.contains(&Role::Owner)) {
        return Err(Rejection::WrongState { state: "owner", needed: "no owner" });
    }
    let fact = Fact::Owners(Owners { persons: vec![NewPerson { person, login: new.login }] });
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

/// Checks that a change can be made now, and returns it as it is made: of the person that somebody is now.
fn possible(state: &impl State, change: &AccessChange, moment: &Moment<'_>) -> Result<AccessChange, Rejection> {
    let access =
        state.get::<Access>(&()).ok_or(Rejection::Inconsistent("a programme without persons has no access"))?;
    Ok(match change {
        AccessChange::AddPerson(new) => AccessChange::AddPerson(addable(state, access, new)?),
        AccessChange::RemovePerson(id) => {
            let (id, roles) = active(state, id)?;
            an_owner_stays(access, roles)?;
            AccessChange::RemovePerson(id)
        }
        AccessChange::GrantRoles(id, more) => {
            let (id, roles) = active(state, id)?;
            if more.is_subset(roles) {
                return Err(AccessRejection::NothingToChange.into());
            }
            AccessChange::GrantRoles(id, more.clone())
        }
        AccessChange::RevokeRoles(id, fewer) => {
            let (id, roles) = active(state, id)?;
            if fewer.is_disjoint(roles) {
                return Err(AccessRejection::NothingToChange.into());
            }
            if fewer.contains(&Role::Owner) {
                an_owner_stays(access, roles)?;
            }
            AccessChange::RevokeRoles(id, fewer.clone())
        }
        AccessChange::LinkLogin(link) => AccessChange::LinkLogin(linkable(state, access, link)?),
        AccessChange::CreateKey(terms) => {
            may_be_created(state, access, terms, moment)?;
            change.clone()
        }
        AccessChange::RevokeKey(id) => {
            let key = state.get::<Key>(id).ok_or_else(|| Rejection::NotFound { resource: format!("keys/{id}") })?;
            if key.revoked.is_some() {
                return Err(AccessRejection::NothingToChange.into());
            }
            change.clone()
        }
    })
}

/// Returns a person to add. Somebody who was removed is the same person again.
fn addable(state: &impl State, access: &Access, new: &NewPerson) -> Result<NewPerson, Rejection> {
    if let Some(person) = whose(state, &new.login) {
        let is_removed = state.get::<Person>(&person).is_some_and(|known| known.standing == Standing::Removed);
        return if is_removed {
            Ok(NewPerson { person, login: new.login })
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

fn linkable(state: &impl State, access: &Access, link: &NewPerson) -> Result<NewPerson, Rejection> {
    let (person, _) = active(state, &link.person)?;
    let mut logins = state.get::<Person>(&person).map_or(0, |person| person.logins);
    match whose(state, &link.login) {
        None => logins += 1,
        Some(other) if other == person => return Err(AccessRejection::NothingToChange.into()),
        Some(other) => {
            let other = state.get::<Person>(&other).ok_or(Rejection::Inconsistent("a login is nobody's"))?;
            // The two are one from then on, so one owner fewer.
            an_owner_stays(access, &other.roles)?;
            logins = logins.saturating_add(other.logins);
        }
    }
    if logins > LOGINS_MAX {
        return Err(AccessRejection::TooMany { of: "logins of the person", max: LOGINS_MAX.into() }.into());
    }
    Ok(NewPerson { person, login: link.login })
}

fn may_be_created(state: &impl State, access: &Access, terms: &KeyTerms, moment: &Moment<'_>) -> Result<(), Rejection> {
    let needs_sources = terms.roles.iter().any(|role| !role.is_for_persons());
    let latest = moment.now.get().saturating_add(KEY_DAYS_MAX * 24 * 60 * 60 * 1_000_000);
    if needs_sources && terms.sources.is_empty() || terms.expires_at.get() > latest {
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
    if live >= LIVE_KEYS_MAX {
        return Err(AccessRejection::TooMany { of: "keys of the service that open something", max: 2 }.into());
    }
    Ok(())
}

/// Returns the person that a person is now, and its roles.
fn active<'a>(state: &'a impl State, id: &PersonId) -> Result<(PersonId, &'a Roles), Rejection> {
    let person = person_now(state, id);
    match state.get::<Person>(&person) {
        Some(known) if known.is_active() => Ok((person, &known.roles)),
        Some(_) => Err(Rejection::WrongState { state: "removed", needed: "active" }),
        None => Err(Rejection::NotFound { resource: format!("persons/{id}") }),
    }
}

/// Checks that the programme has an owner when somebody with these roles is none any more.
fn an_owner_stays(access: &Access, roles: &Roles) -> Result<(), Rejection> {
    if roles.contains(&Role::Owner) && access.owners <= 1 { Err(AccessRejection::LastOwner.into()) } else { Ok(()) }
}
