//! The fold of changes of access.

use crate::entry::Entry;
use crate::entry::access::{AccessFact, Owners};
use crate::entry::kinds::EntryKind;
use crate::state::access::{Access, Change, ChangeState, Key, Login, Person, PersonState, ServiceKeys};
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::state::persons::person_now;
use crate::terms::access::{AccessChange, KeyTerms, PersonLogin};
use crate::value::ids::PersonId;
use crate::value::role::{Role, Roles};

impl<S: State> Overlay<'_, S> {
    /// Makes persons owners without another owner's word.
    pub(super) fn admit_owners(&mut self, entry: &Entry, owners: &Owners) -> Result<(), FoldError> {
        if self.get::<Access>(&()).is_none() {
            let access = Access { begun: entry.seq, persons: 0, owners: 0, keys: 0, waiting: 0 };
            self.put(&(), entry.seq, access);
        }
        for (place, new) in (0_u32..).zip(&owners.persons) {
            self.admit(entry, new, place)?;
            self.change_roles(entry, &new.person, |roles| roles.extend([Role::Owner]))?;
        }
        Ok(())
    }

    pub(super) fn apply_to_access(&mut self, entry: &Entry, fact: &AccessFact) -> Result<(), FoldError> {
        let is_decision = entry.refers.is_some();
        let state = match entry.kind {
            EntryKind::AccessProposed => ChangeState::Proposed,
            EntryKind::AccessRejected => ChangeState::Rejected,
            _ => ChangeState::Made,
        };
        if is_decision {
            self.change(&fact.id, entry.seq, |change: &mut Change| {
                change.state = state;
                change.decided = Some((entry.principal.clone(), entry.seq));
            })?;
        } else {
            let change = Change {
                change: fact.change.clone(),
                state,
                seq: entry.seq,
                recorded_at: entry.recorded_at,
                drawn_up_by: entry.principal.clone(),
                note_digest: entry.note_digest,
                decided: None,
            };
            self.put(&fact.id, entry.seq, change);
        }
        let waiting = i64::from(state == ChangeState::Proposed) - i64::from(is_decision);
        self.count(entry, |access| access.waiting += waiting)?;
        if state == ChangeState::Made { self.make(entry, &fact.change) } else { Ok(()) }
    }

    fn make(&mut self, entry: &Entry, change: &AccessChange) -> Result<(), FoldError> {
        match change {
            AccessChange::AddPerson(new) => self.admit(entry, new, 0),
            AccessChange::RemovePerson(id) => {
                self.change_roles(entry, id, Roles::clear)?;
                self.change(id, entry.seq, |person: &mut Person| person.state = PersonState::Removed)
            }
            AccessChange::GrantRoles(id, more) => self.change_roles(entry, id, |roles| roles.extend(more)),
            AccessChange::RevokeRoles(id, fewer) => {
                self.change_roles(entry, id, |roles| roles.retain(|role| !fewer.contains(role)))
            }
            AccessChange::LinkLogin(link) => self.link(entry, link),
            AccessChange::CreateKey(terms) => self.create_key(entry, terms),
            AccessChange::RevokeKey(id) => {
                self.change(id, entry.seq, |key: &mut Key| key.revoked = Some(entry.seq))?;
                self.count(entry, |access| access.keys -= 1)
            }
        }
    }

    /// Adds a person, or lets one who was removed come back.
    fn admit(&mut self, entry: &Entry, new: &PersonLogin, place: u32) -> Result<(), FoldError> {
        if self.get::<Person>(&new.person).is_some() {
            return self.change(&new.person, entry.seq, |person: &mut Person| person.state = PersonState::Active);
        }
        self.put(&new.login, entry.seq, Login(new.person.clone()));
        self.put(&new.person, entry.seq, Person::added((entry.seq, place)));
        self.count(entry, |access| access.persons += 1)
    }

    /// Makes a login one of a person's. A person whose it was joins that person, and has no roles of its own from then
    /// on.
    fn link(&mut self, entry: &Entry, link: &PersonLogin) -> Result<(), FoldError> {
        let known = self.get::<Login>(&link.login).map(|login| login.0.clone());
        let Some(other) = known.map(|person| person_now(self, &person)) else {
            self.put(&link.login, entry.seq, Login(link.person.clone()));
            // The text stands beside the entry that proposed it.
            let text = (entry.refers.unwrap_or(entry.seq), 0);
            return self.change(&link.person, entry.seq, |person: &mut Person| person.logins.push(text));
        };
        if other == link.person || !self.get::<Person>(&link.person).is_some_and(Person::is_active) {
            return Err(FoldError::NoRecord(format!("the person {} whom another could join", link.person)));
        }
        self.change_roles(entry, &other, Roles::clear)?;
        let logins = self.change(&other, entry.seq, |person: &mut Person| {
            person.state = PersonState::Joined(link.person.clone());
            person.logins.clone()
        })?;
        self.change(&link.person, entry.seq, |person: &mut Person| person.logins.extend(logins))
    }

    fn create_key(&mut self, entry: &Entry, terms: &KeyTerms) -> Result<(), FoldError> {
        let mut keys = self.get::<ServiceKeys>(&terms.service).cloned().unwrap_or_default();
        keys.0.retain(|id| self.get::<Key>(id).is_some_and(|key| key.is_live(entry.recorded_at)));
        keys.0.push(terms.id.clone());
        self.put(&terms.service, entry.seq, keys);
        self.put(&terms.id, entry.seq, Key { terms: terms.clone(), created: entry.seq, revoked: None });
        self.count(entry, |access| access.keys += 1)
    }

    fn change_roles(&mut self, entry: &Entry, id: &PersonId, change: impl FnOnce(&mut Roles)) -> Result<(), FoldError> {
        let owners = self.change(id, entry.seq, |person: &mut Person| {
            let was = i64::from(person.roles.contains(&Role::Owner));
            change(&mut person.roles);
            i64::from(person.roles.contains(&Role::Owner)) - was
        })?;
        self.count(entry, |access| access.owners += owners)
    }

    fn count(&mut self, entry: &Entry, change: impl FnOnce(&mut Access)) -> Result<(), FoldError> {
        self.change(&(), entry.seq, change)
    }
}
