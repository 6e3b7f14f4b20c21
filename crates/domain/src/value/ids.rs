//! Ids: valid by construction, cheap to clone.
//!
//! There are two alphabets. A *label* is chosen by an operator (programmes, sources, kinds, rules, payouts): it is
//! lower case and short. An *opaque id* is chosen by a front end (members, activities): any segment that may stand
//! unescaped in a resource name. Both are ASCII, so byte order is the same here, in SQLite and in PostgreSQL
//! (`collate "C"`).

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// Longest label, in bytes. It is the limit of a DNS label, so a label can stand in a host name or a metric label.
pub const LABEL_BYTES_MAX: usize = 63;

/// Longest opaque id, in bytes. Twice a hex SHA-256, so that a front end may use a digest with a prefix.
pub const OPAQUE_BYTES_MAX: usize = 128;

/// Longest id of a command, in bytes: the service derives ids as `{label}:{opaque}`.
pub const REQUEST_ID_BYTES_MAX: usize = LABEL_BYTES_MAX + 1 + OPAQUE_BYTES_MAX;

/// Reason why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// The text is empty.
    #[error("is empty; give 1 to {max} characters")]
    Empty {
        /// Longest allowed, in bytes.
        max: usize,
    },
    /// The name belongs to the service itself.
    #[error("is the service itself; give another name")]
    Own,
    /// The text is longer than allowed.
    #[error("has {got} bytes; at most {max} are allowed")]
    TooLong {
        /// Bytes given.
        got: usize,
        /// Longest allowed, in bytes.
        max: usize,
    },
    /// The text holds a character outside the alphabet.
    #[error("has {found:?} at byte {at}; allowed are {alphabet}{advice}")]
    Alphabet {
        /// The first character that is not allowed.
        found: char,
        /// Place of that character, in bytes from 0.
        at: usize,
        /// Characters that are allowed.
        alphabet: &'static str,
        /// Another way to write the id; empty when there is none.
        advice: String,
    },
}

fn check(text: &str, max: usize, alphabet: &'static str, allowed: fn(usize, char) -> bool) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { max });
    }
    if text.len() > max {
        return Err(IdError::TooLong { got: text.len(), max });
    }
    match text.char_indices().find(|&(at, c)| !allowed(at, c)) {
        Some((at, found)) => Err(IdError::Alphabet { found, at, alphabet, advice: String::new() }),
        None => Ok(()),
    }
}

fn check_label(text: &str) -> Result<(), IdError> {
    check(text, LABEL_BYTES_MAX, "a-z 0-9 - _, the first a letter or digit", |at, c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || (at > 0 && matches!(c, '-' | '_'))
    })
}

/// Name of the service itself as a source.
const OWN: &str = "goodturn";

fn check_source(text: &str) -> Result<(), IdError> {
    if text == OWN { Err(IdError::Own) } else { check_label(text) }
}

fn is_opaque(_at: usize, c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | ':' | '@' | '+' | '=')
}

/// The alphabet of opaque ids, as error messages show it.
const OPAQUE: &str = "A-Z a-z 0-9 - . _ ~ : @ + =";

pub(crate) fn check_opaque(text: &str) -> Result<(), IdError> {
    check(text, OPAQUE_BYTES_MAX, OPAQUE, is_opaque).map_err(|error| match error {
        // White space is a slip of the caller's; no provider's ids contain it.
        IdError::Alphabet { found, at, alphabet, .. } if !found.is_whitespace() && !found.is_control() => {
            IdError::Alphabet { found, at, alphabet, advice: advice(text) }
        }
        other => other,
    })
}

/// Says how to write an id that has characters outside the alphabet. Different ids stay different.
fn advice(text: &str) -> String {
    let stays = |byte: u8| byte != b'=' && is_opaque(0, char::from(byte));
    let written: String = text
        .bytes()
        .map(|byte| if stays(byte) { char::from(byte).to_string() } else { format!("={byte:02X}") })
        .collect();
    if written.len() <= OPAQUE_BYTES_MAX {
        format!("; write it as {written}: each other byte, and =, as = and two hexadecimal digits")
    } else {
        "; write its SHA-256 in hexadecimal digits instead".to_owned()
    }
}

fn check_request_id(text: &str) -> Result<(), IdError> {
    check(text, REQUEST_ID_BYTES_MAX, OPAQUE, is_opaque)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses an id.
            ///
            /// # Errors
            /// [`IdError`] says which rule the text breaks.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                $check(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// Returns the id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the id as text that is shared with it.
            #[must_use]
            pub fn shared(&self) -> Arc<str> {
                Arc::clone(&self.0)
            }
        }

        /// An id is compared and hashed as its text, so maps are asked by texts.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

id!(
    /// A programme: the tenant.
    ProgramId,
    check_label
);
id!(
    /// A configured name of an origin of facts, as `forum`; or the service itself, a name that no client can use.
    SourceId,
    check_source
);
id!(
    /// A kind of activity, as `answer_accepted`.
    ActivityKind,
    check_label
);
id!(
    /// A label of a member, as `staff`.
    MemberLabel,
    check_label
);
id!(
    /// A rule within a rule set.
    RuleId,
    check_label
);
id!(
    /// A cap on a member's earnings.
    CapId,
    check_label
);
id!(
    /// A name space in which exclusive keys are compared, as `question`.
    KeySpace,
    check_label
);
id!(
    /// A savings statement.
    StatementId,
    check_label
);
id!(
    /// A payout.
    PayoutId,
    check_label
);
id!(
    /// A batch of payments.
    BatchId,
    check_label
);
id!(
    /// A member: a person, known by an opaque id from the front end.
    MemberId,
    check_opaque
);
id!(
    /// An event's id, chosen by its source.
    ActivityId,
    check_opaque
);
id!(
    /// A shop's own id of a hold, a redemption or a refund.
    TillId,
    check_opaque
);
id!(
    /// An adjustment, as the id of a support ticket.
    AdjustmentId,
    check_opaque
);
id!(
    /// A merger of two members, as the id of a support ticket.
    MergerId,
    check_opaque
);
id!(
    /// A person of a programme: somebody who may have several logins.
    PersonId,
    check_opaque
);
impl PersonId {
    /// Makes the id of a new person, which says nothing of the person.
    #[must_use]
    pub fn of_random(bytes: &[u8; 10]) -> Self {
        Self(format!("p-{}", crate::value::encoding::hex(bytes)).into())
    }
}
id!(
    /// A service: a program that calls with API keys, as `forum`.
    ServiceId,
    check_label
);
id!(
    /// An API key. It stands in the key itself, and is no secret.
    KeyId,
    check_label
);
id!(
    /// A change of who may do what on a programme.
    AccessChangeId,
    check_opaque
);
id!(
    /// A change of a programme's terms.
    UpdateId,
    check_opaque
);
id!(
    /// The subject of an activity, as the id of an answer.
    Subject,
    check_opaque
);
id!(
    /// A key that one activity at most can hold, as the id of a question with one accepted answer.
    ExclusiveKey,
    check_opaque
);
id!(
    /// A command's id: the last part of its name.
    RequestId,
    check_request_id
);

impl SourceId {
    /// Returns the service itself, as the source of acts that come from no configured source.
    #[must_use]
    pub fn goodturn() -> Self {
        Self(Arc::from(OWN))
    }

    /// Reads a stored source, which may be the service itself.
    ///
    /// # Errors
    /// [`IdError`] says which rule the text breaks.
    pub fn from_stored(text: &str) -> Result<Self, IdError> {
        if text == OWN { Ok(Self::goodturn()) } else { Self::parse(text) }
    }
}

impl RequestId {
    /// Takes a text that is made of valid parts.
    pub(super) const fn own(text: Arc<str>) -> Self {
        Self(text)
    }
}

/// Every other id is short enough, and its alphabet is part of this alphabet.
macro_rules! request_id_from {
    ($($id:ty),+) => {$(
        impl From<&$id> for RequestId {
            fn from(id: &$id) -> Self {
                Self(Arc::clone(&id.0))
            }
        }
    )+};
}

request_id_from!(
    AccessChangeId,
    ActivityId,
    AdjustmentId,
    MergerId,
    TillId,
    ProgramId,
    StatementId,
    PayoutId,
    BatchId,
    UpdateId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opaque_id_is_one_to_128_characters_that_may_stand_in_a_resource_name() {
        assert!(MemberId::parse("user-1837").is_ok());
        assert!(MemberId::parse(&"x".repeat(128)).is_ok());
        assert_eq!(MemberId::parse(""), Err(IdError::Empty { max: 128 }));
        assert_eq!(MemberId::parse(&"x".repeat(129)), Err(IdError::TooLong { got: 129, max: 128 }));
        for odd in ["a/b", "a b", "a\0b", "é", "a%20", "a\n", "\u{202e}a"] {
            assert!(matches!(MemberId::parse(odd), Err(IdError::Alphabet { .. })), "{odd:?}");
        }
    }

    #[test]
    fn an_id_of_a_provider_is_taken_or_the_error_says_how_to_write_it() {
        for taken in [
            "248289761001",
            "google-oauth2:110169484474386276334",
            "ann@example.org",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "AItOawmwtWwcT0k51BayewNvutrJUqsvl6qs7A4=",
            "user.ann+forum",
        ] {
            assert!(MemberId::parse(taken).is_ok(), "{taken}");
        }
        for (odd, written) in [
            ("auth0|5f7c8ec7", "auth0=7C5f7c8ec7"),
            ("ann#1234", "ann=231234"),
            ("gid://shopify/Order/1", "gid:=2F=2Fshopify=2FOrder=2F1"),
            ("Jos\u{e9}", "Jos=C3=A9"),
            ("a=|", "a=3D=7C"),
        ] {
            let told = MemberId::parse(odd).expect_err(odd).to_string();
            assert!(told.contains(&format!("; write it as {written}: ")), "{told}");
            assert!(MemberId::parse(written).is_ok(), "{written}");
        }
        let told = MemberId::parse(&"|".repeat(100)).expect_err("too long when it is written so").to_string();
        assert!(told.ends_with("; write its SHA-256 in hexadecimal digits instead"), "{told}");
    }

    #[test]
    fn no_client_can_name_the_service_as_a_source() {
        assert_eq!(SourceId::parse("goodturn"), Err(IdError::Own));
        assert_eq!(SourceId::from_stored("goodturn"), Ok(SourceId::goodturn()));
        assert_eq!(SourceId::from_stored("forum"), SourceId::parse("forum"));
    }

    #[test]
    fn a_label_is_lower_case_and_begins_with_a_letter_or_digit() {
        assert!(ProgramId::parse("qc-2018").is_ok());
        for odd in ["QC", "-qc", "_qc", "q.c", "q:c"] {
            assert!(matches!(ProgramId::parse(odd), Err(IdError::Alphabet { .. })), "{odd:?}");
        }
    }
}
