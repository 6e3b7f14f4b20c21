//! Principals: the senders of commands.

use std::fmt;
use std::sync::Arc;

use borsh::io::{Read, Result, Write};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::encoding::invalid;
use crate::value::ids::{IdError, check_opaque};

/// The sender of a command. Principals of different types are never the same, whatever their names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalId {
    /// A name that the caller gave.
    Named(Name),
    /// A person, by the id that an identity provider uses.
    Person(Name),
    /// A service, by its id.
    Service(Name),
    /// Goodturn itself, which posts what falls due. No caller can use this principal.
    Own,
}

/// Name of a principal of one type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// Parses a name: an opaque id.
    ///
    /// # Errors
    /// [`IdError`] says which rule the text breaks.
    pub fn parse(text: &str) -> std::result::Result<Self, IdError> {
        check_opaque(text)?;
        Ok(Self(Arc::from(text)))
    }
}

/// Name of the service itself, as people see it.
const OWN: &str = "goodturn";

impl PrincipalId {
    /// Parses a name that a caller gave.
    ///
    /// # Errors
    /// [`IdError`] says which rule the text breaks.
    pub fn parse(text: &str) -> std::result::Result<Self, IdError> {
        Name::parse(text).map(Self::Named)
    }

    /// Returns the service itself.
    #[must_use]
    pub const fn goodturn() -> Self {
        Self::Own
    }

    /// Returns the name without the type, as people see it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Named(name) | Self::Person(name) | Self::Service(name) => &name.0,
            Self::Own => OWN,
        }
    }

    /// True when the two principals may be one person. Case does not matter in names that callers gave.
    #[must_use]
    pub fn is_same_name(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(one), Self::Named(other)) => one.0.eq_ignore_ascii_case(&other.0),
            (one, other) => one == other,
        }
    }

    /// True when people would take the name for the service itself.
    #[must_use]
    pub fn looks_own(&self) -> bool {
        self.as_str().eq_ignore_ascii_case(OWN)
    }

    /// Writes the principal for a column of text: the type, a colon and the name; `own` for the service itself.
    #[must_use]
    pub fn stored(&self) -> String {
        match self {
            Self::Named(name) => format!("named:{}", name.0),
            Self::Person(name) => format!("person:{}", name.0),
            Self::Service(name) => format!("service:{}", name.0),
            Self::Own => "own".to_owned(),
        }
    }

    /// Reads a principal from a column of text; `None` when the text is not a principal.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let Some((kind, name)) = text.split_once(':') else { return (text == "own").then_some(Self::Own) };
        let name = Name::parse(name).ok()?;
        match kind {
            "named" => Some(Self::Named(name)),
            "person" => Some(Self::Person(name)),
            "service" => Some(Self::Service(name)),
            _ => None,
        }
    }
}

impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.stored())
    }
}

impl BorshSerialize for PrincipalId {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
        match self {
            Self::Named(name) => (1_u8, &*name.0).serialize(writer),
            Self::Person(name) => (2_u8, &*name.0).serialize(writer),
            Self::Service(name) => (3_u8, &*name.0).serialize(writer),
            Self::Own => 4_u8.serialize(writer),
        }
    }
}

impl BorshDeserialize for PrincipalId {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
        let kind = u8::deserialize_reader(reader)?;
        if kind == 4 {
            return Ok(Self::Own);
        }
        let typed = match kind {
            1 => Self::Named,
            2 => Self::Person,
            3 => Self::Service,
            _ => return Err(invalid(format!("{kind} is no type of principal"))),
        };
        let name = Name::parse(&String::deserialize_reader(reader)?);
        name.map(typed).map_err(|why| invalid(format!("principal {why}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::encoding::{decode, encode};

    fn named(name: &str) -> PrincipalId {
        PrincipalId::parse(name).expect("a name")
    }

    fn typed(name: &str) -> Name {
        Name::parse(name).expect("a name")
    }

    #[test]
    fn a_principal_is_stored_with_its_type_and_comes_back() {
        let all = [
            (named("anna"), "named:anna"),
            (named("own"), "named:own"),
            (named("person:7"), "named:person:7"),
            (PrincipalId::Person(typed("7")), "person:7"),
            (PrincipalId::Service(typed("7")), "service:7"),
            (PrincipalId::Own, "own"),
        ];
        for (principal, text) in all {
            assert_eq!(principal.stored(), text);
            assert_eq!(PrincipalId::from_stored(text).as_ref(), Some(&principal));
            assert_eq!(decode::<PrincipalId>(&encode(&principal)).expect("the same"), principal);
        }
        for odd in ["", "anna", "own:", "named:", "Named:anna", "robot:7", "named:a b"] {
            assert_eq!(PrincipalId::from_stored(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn four_eyes_tell_types_apart_and_names_but_not_their_case() {
        assert!(named("anna").is_same_name(&named("Anna")));
        assert!(!named("anna").is_same_name(&PrincipalId::Person(typed("anna"))));
        let (one, other) = (PrincipalId::Person(typed("a7")), PrincipalId::Person(typed("A7")));
        assert!(
            one.is_same_name(&one) && !one.is_same_name(&other),
            "an identity provider's ids are told apart by case"
        );
        assert!(named("Goodturn").looks_own() && !named("Goodturn").is_same_name(&PrincipalId::Own));
    }
}
