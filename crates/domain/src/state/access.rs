//! Access, as it is recorded: persons, their logins, keys, and changes of these.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::access::{AccessChange, KeyTerms};
use crate::value::codes::codes;
use crate::value::encoding::Hash;
use crate::value::ids::{KeyId, PersonId};
use crate::value::principal::PrincipalId;
use crate::value::role::Roles;
use crate::value::seq::Seq;
use crate::value::time::Micros;

/// What a programme counts of its persons and keys. There is none until it has its first persons.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Access {
    /// The entry with the first persons. Whoever is named in entries before it was believed.
    pub begun: Seq,
    /// Persons, those who were removed or joined among them.
    pub persons: i64,
    /// Persons who are owners.
    pub owners: i64,
    /// Keys that are not revoked.
    pub keys: i64,
    /// Changes that wait for a second person.
    pub waiting: i64,
}

/// A person of a programme.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Person {
    /// Roles that the person has.
    pub roles: Roles,
    /// What the person's logins open.
    pub state: PersonState,
    /// The person's logins, oldest first: the entry whose note has the text of each, and its place among those of the note.
    pub logins: Vec<(Seq, u32)>,
}

/// What became of a person.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PersonState {
    /// The person's logins open what its roles say.
    Active,
    /// The person's logins open nothing.
    Removed,
    /// The person's logins were linked to another person, who stands for both from then on.
    Joined(PersonId),
}

impl Person {
    /// Makes a person who was added.
    #[must_use]
    pub(in crate::state) fn added(text: (Seq, u32)) -> Self {
        Self { roles: Roles::new(), state: PersonState::Active, logins: vec![text] }
    }

    /// True when the person's logins open what its roles say.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == PersonState::Active
    }
}

/// The person to whom a login was linked. That person may have joined another since.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Login(pub PersonId);

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Key {
    /// The key, as it was created.
    pub terms: KeyTerms,
    /// The entry that created it.
    pub created: Seq,
    /// The entry that revoked it.
    pub revoked: Option<Seq>,
}

impl Key {
    /// True when the key opens what its roles say.
    #[must_use]
    pub fn is_live(&self, now: Micros) -> bool {
        self.revoked.is_none() && now < self.terms.expires_at
    }
}

/// The keys of a service that were not over when the last of them was created.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ServiceKeys(pub Vec<KeyId>);

codes! {
    /// State of a change.
    ChangeState {
        /// The change waits for a second person.
        Proposed = 1, "proposed";
        /// The change was made.
        Made = 2, "made";
        /// A person rejected the change.
        Rejected = 3, "rejected";
    }
}

/// A change of who may do what.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Change {
    /// The change.
    pub change: AccessChange,
    /// Its state.
    pub state: ChangeState,
    /// The entry that made or proposed it.
    pub seq: Seq,
    /// Time of that entry.
    pub recorded_at: Micros,
    /// The principal who drew it up.
    pub drawn_up_by: PrincipalId,
    /// Salted digest of its texts, if it has some.
    pub note_digest: Option<Hash>,
    /// The principal who approved or rejected it, with the entry of that decision.
    pub decided: Option<(PrincipalId, Seq)>,
}
