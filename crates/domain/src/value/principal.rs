//! Principals: the senders of commands.

use std::fmt;
use std::sync::Arc;

use borsh::io::{Read, Result, Write};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::encoding::invalid;
use crate::value::ids::{IdError, PersonId, ServiceId, check_opaque};

/// The sender of a command. Principals of different types are never the same, whatever their names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalId {
    /// A name that the caller gave.
    Named(Name),
    /// A person of the programme, whom a login has shown.
    Person(PersonId),
    /// A service of the programme, which an API key has shown.
    Service(ServiceId),
    /// Goodturn itself, which posts what falls due. No caller can use this principal.
    Own,
    /// An operator of the server, whom a login has shown, by the name that the server's file of access gives.
    Operator(Name),
}

/// Name that a caller gave, or that a file of access gives an operator.
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

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
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

    /// Returns the name without the type.
    fn as_str(&self) -> &str {
        match self {
            Self::Named(name) | Self::Operator(name) => &name.0,
            Self::Person(id) => id.as_str(),
            Self::Service(id) => id.as_str(),
            Self::Own => OWN,
        }
    }

    /// True when the two principals may be one person. Case does not matter in names that callers gave.
    #[must_use]
    pub fn may_be_same(&self, other: &Self) -> bool {
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
            Self::Person(id) => format!("person:{id}"),
            Self::Service(id) => format!("service:{id}"),
            Self::Own => "own".to_owned(),
            Self::Operator(name) => format!("operator:{}", name.0),
        }
    }

    /// Reads a principal from a column of text; `None` when the text is not a principal.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let Some((kind, name)) = text.split_once(':') else { return (text == "own").then_some(Self::Own) };
        match kind {
            "named" => Name::parse(name).ok().map(Self::Named),
            "person" => PersonId::parse(name).ok().map(Self::Person),
            "service" => ServiceId::parse(name).ok().map(Self::Service),
            "operator" => Name::parse(name).ok().map(Self::Operator),
            _ => None,
        }
    }
}

/// As people see it. Whoever was not a person in the first place is told from one.
impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(_) | Self::Person(_) | Self::Own => f.write_str(self.as_str()),
            Self::Service(_) | Self::Operator(_) => f.write_str(&self.stored()),
        }
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
            Self::Person(id) => (2_u8, id).serialize(writer),
            Self::Service(id) => (3_u8, id).serialize(writer),
            Self::Own => 4_u8.serialize(writer),
            Self::Operator(name) => (5_u8, &*name.0).serialize(writer),
        }
    }
}

impl BorshDeserialize for PrincipalId {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
        match u8::deserialize_reader(reader)? {
            1 => read_name(reader).map(Self::Named),
            2 => PersonId::deserialize_reader(reader).map(Self::Person),
            3 => ServiceId::deserialize_reader(reader).map(Self::Service),
            4 => Ok(Self::Own),
            5 => read_name(reader).map(Self::Operator),
            kind => Err(invalid(format!("{kind} is no type of principal"))),
        }
    }
}

fn read_name<R: Read>(reader: &mut R) -> Result<Name> {
    Name::parse(&String::deserialize_reader(reader)?).map_err(|why| invalid(format!("principal {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::encoding::{decode, encode};

    fn named(name: &str) -> PrincipalId {
        PrincipalId::parse(name).expect("a name")
    }

    fn person(id: &str) -> PrincipalId {
        PrincipalId::Person(PersonId::parse(id).expect("an id"))
    }

    #[test]
    fn a_principal_is_stored_with_its_type_and_comes_back() {
        let all = [
            (named("anna"), "named:anna"),
            (named("own"), "named:own"),
            (named("person:7"), "named:person:7"),
            (person("7"), "person:7"),
            (PrincipalId::Service(ServiceId::parse("7").expect("an id")), "service:7"),
            (PrincipalId::Own, "own"),
            (PrincipalId::Operator(Name::parse("olga").expect("a name")), "operator:olga"),
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
        assert!(named("anna").may_be_same(&named("Anna")));
        assert!(!named("anna").may_be_same(&person("anna")));
        let (one, other) = (person("a7"), person("A7"));
        assert!(one.may_be_same(&one) && !one.may_be_same(&other), "an identity provider's ids are told apart by case");
        assert!(named("Goodturn").looks_own() && !named("Goodturn").may_be_same(&PrincipalId::Own));
    }
}
