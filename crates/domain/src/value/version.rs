//! Version bytes. A struct that is hashed or stored begins with its version. A later version stands beside the first,
//! and bytes are read as the version that wrote them.

use std::fmt;

use borsh::BorshDeserialize;
use borsh::io::{Error, ErrorKind, Read, Result};

use crate::value::encoding::invalid;

/// A struct whose version is above the known ones: a newer program wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewerVersion {
    /// Name of the struct.
    pub of: &'static str,
    /// Version that was found.
    pub found: u8,
    /// Newest version that this program knows.
    pub known: u8,
}

impl NewerVersion {
    /// Returns the newer version when an error was caused by one and by nothing else.
    #[must_use]
    pub fn told_by(error: &Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl fmt::Display for NewerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has version {}; this program knows {}", self.of, self.found, self.known)
    }
}

impl std::error::Error for NewerVersion {}

/// Reads the version byte of a struct that has one known version.
pub(crate) fn read_version<R: Read>(reader: &mut R, of: &'static str, known: u8) -> Result<()> {
    let found = read_version_up_to(reader, of, known)?;
    if found < known { Err(invalid(format!("{of} has version {found}, which does not exist"))) } else { Ok(()) }
}

/// Reads the version byte of a struct whose versions from 1 up to one are known.
pub(crate) fn read_version_up_to<R: Read>(reader: &mut R, of: &'static str, known: u8) -> Result<u8> {
    match u8::deserialize_reader(reader)? {
        found if found > known => Err(Error::new(ErrorKind::Unsupported, NewerVersion { of, found, known })),
        0 => Err(invalid(format!("{of} has version 0, which does not exist"))),
        found => Ok(found),
    }
}

/// Encodes a struct as its version byte and then its fields. The order of the fields given here never changes.
macro_rules! versioned {
    ($name:ident = $version:literal { $($field:ident),+ $(,)? }) => {
        impl borsh::BorshSerialize for $name {
            fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
                let Self { $($field),+ } = self;
                writer.write_all(&[$version])?;
                $(borsh::BorshSerialize::serialize($field, writer)?;)+
                Ok(())
            }
        }

        impl borsh::BorshDeserialize for $name {
            fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
                crate::value::version::read_version(reader, stringify!($name), $version)?;
                $(let $field = borsh::BorshDeserialize::deserialize_reader(reader)?;)+
                Ok(Self { $($field),+ })
            }
        }
    };
}

pub(crate) use versioned;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::member::MemberFact;
    use crate::value::encoding::{decode, encode};

    #[test]
    fn a_version_above_those_known_is_told_from_a_broken_encoding() {
        let mut bytes = encode(&MemberFact { reason: None });
        assert_eq!(bytes, [1, 0]);
        bytes[0] = 2;
        let newer = decode::<MemberFact>(&bytes).expect_err("a newer version");
        assert_eq!(newer.to_string(), "MemberFact has version 2; this program knows 1");
        let told = NewerVersion { of: "MemberFact", found: 2, known: 1 };
        assert_eq!(NewerVersion::told_by(&newer), Some(told));
        bytes[0] = 0;
        let broken = decode::<MemberFact>(&bytes).expect_err("no version");
        assert_eq!(NewerVersion::told_by(&broken), None);
    }
}
