//! Terms of access: the changes of who may do what on a programme.

use std::collections::BTreeSet;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::encoding::{Hash, decode, encode};
use crate::value::ids::{KeyId, PersonId, ServiceId, SourceId};
use crate::value::role::{Role, Roles};
use crate::value::time::Micros;
use crate::value::version::versioned;

/// Fewest persons with whom a programme begins to know its persons: what one draws up another signs.
pub const FIRST_OWNERS_MIN: usize = 2;

/// Most persons with whom a programme begins. Owners add the others.
pub const FIRST_OWNERS_MAX: usize = 16;

/// Most persons of a programme, those who were removed among them: a company's staff, of whom few look after it.
pub const PERSONS_MAX: i64 = 1_000;

/// Most logins of a person.
pub const LOGINS_MAX: u8 = 16;

/// Most live keys of a service: the one in use, and the one that takes its place.
pub const LIVE_KEYS_MAX: u8 = 2;

/// Most keys of a programme that are not revoked.
pub const KEYS_MAX: i64 = 1_000;

/// Most sources of a key.
pub const SOURCES_MAX: usize = 16;

/// Longest life of a key, in days: it is replaced once a year, with a month to do so.
pub const KEY_DAYS_MAX: u16 = 400;

/// Returns the latest time at which a key that is created now may end.
#[must_use]
pub fn latest_key_end(now: Micros) -> Micros {
    now.days_later(KEY_DAYS_MAX)
}

/// A person, and one of the person's logins.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PersonLogin {
    /// The person.
    pub person: PersonId,
    /// What the log holds of the login: [`Secret::login`](crate::value::encoding::Secret::login).
    pub login: Hash,
}

/// An API key, as it is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTerms {
    /// Its id, which stands in the key.
    pub id: KeyId,
    /// The service that calls with the key.
    pub service: ServiceId,
    /// Keyed digest of the key's secret part. The key it is keyed with is a file outside the database.
    pub digest: Hash,
    /// Which file: the beginning of a digest of its content.
    pub pepper: [u8; 8],
    /// What the key opens; never a role that signs.
    pub roles: Roles,
    /// Sources under whose names the key may record; every source for none.
    pub sources: BTreeSet<SourceId>,
    /// Time from which the key opens nothing.
    pub expires_at: Micros,
}

versioned!(KeyTerms = 1 { id, service, digest, pepper, roles, sources, expires_at });

/// A change of who may do what. Variants are numbered by their order: new ones go to the end.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum AccessChange {
    /// Add a person, who has no role yet.
    AddPerson(PersonLogin),
    /// Take every role of a person, whose logins open nothing from then on.
    RemovePerson(PersonId),
    /// Give a person roles.
    GrantRoles(PersonId, Roles),
    /// Take roles of a person.
    RevokeRoles(PersonId, Roles),
    /// Make a login one of a person's. When it is another person's, the two are one person from then on.
    LinkLogin(PersonLogin),
    /// Create a key.
    CreateKey(Box<KeyTerms>),
    /// Let a key open nothing from now on.
    RevokeKey(KeyId),
}

impl AccessChange {
    /// True when two persons must sign the change: it lets somebody move money or points, or decide who does.
    #[must_use]
    pub fn takes_two(&self) -> bool {
        match self {
            Self::GrantRoles(_, roles) => roles.iter().copied().any(Role::takes_two),
            Self::LinkLogin(_) => true,
            Self::CreateKey(terms) => terms.roles.iter().copied().any(Role::takes_two),
            Self::AddPerson(_) | Self::RemovePerson(_) | Self::RevokeRoles(..) | Self::RevokeKey(_) => false,
        }
    }
}

impl fmt::Display for AccessChange {
    /// Writes what is done, as `grant_roles finance, approver`. On whom is not in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |roles: &Roles| roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
        match self {
            Self::AddPerson(_) => f.write_str("add_person"),
            Self::RemovePerson(_) => f.write_str("remove_person"),
            Self::GrantRoles(_, roles) => write!(f, "grant_roles {}", names(roles)),
            Self::RevokeRoles(_, roles) => write!(f, "revoke_roles {}", names(roles)),
            Self::LinkLogin(_) => f.write_str("link_login"),
            Self::CreateKey(terms) => write!(f, "create_key of {}, {}", terms.service, names(&terms.roles)),
            Self::RevokeKey(_) => f.write_str("revoke_key"),
        }
    }
}

/// The text beside the log of an entry on access: it names people, and can be erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessTexts {
    /// Why the change was made, in words.
    pub note: String,
    /// The logins that the entry holds digests of, in its order.
    pub logins: Vec<LoginText>,
}

versioned!(AccessTexts = 1 { note, logins });

/// A login, and how the person is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LoginText {
    /// Name of the issuer.
    pub issuer: String,
    /// The issuer's own name for the person.
    pub subject: String,
    /// How the person is called. Nothing compares it.
    pub display_name: String,
}

impl AccessTexts {
    /// Returns the text of the note.
    #[must_use]
    pub fn stored(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// The error says what is wrong with the bytes.
    pub fn from_stored(text: &[u8]) -> borsh::io::Result<Self> {
        decode(text)
    }
}
