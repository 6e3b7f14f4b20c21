//! Names of things: valid by construction, cheap to clone.
//!
//! Two alphabets. A *label* is chosen by an operator (programmes, sources, kinds, rules, payouts): it is lower case and
//! short. An *opaque id* is chosen by a front end (members, activities): any segment that may stand unescaped in a
//! resource name. Both are ASCII, so byte order is the same here, in SQLite and in PostgreSQL (`collate "C"`).

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::value::time::Day;

/// Longest label, in bytes: that of a DNS label, so a name can stand in a host name or a metric label.
pub const LABEL_BYTES_MAX: usize = 63;

/// Longest opaque id, in bytes. Twice a hex SHA-256, so that a front end may use a digest with a prefix.
pub const OPAQUE_BYTES_MAX: usize = 128;

/// Longest id of a command, in bytes: the service derives ids as `{label}:{opaque}`.
pub const REQUEST_ID_BYTES_MAX: usize = LABEL_BYTES_MAX + 1 + OPAQUE_BYTES_MAX;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// The text is empty.
    #[error("is empty; give 1 to {max} characters")]
    Empty {
        /// Longest allowed, in bytes.
        max: usize,
    },
    /// The text is longer than allowed.
    #[error("has {got} bytes; at most {max} are allowed")]
    TooLong {
        /// Bytes given.
        got: usize,
        /// Longest allowed, in bytes.
        max: usize,
    },
    /// The text holds a character outside the alphabet.
    #[error("has {found:?} at byte {at}; allowed are {alphabet}")]
    Alphabet {
        /// The first character that is not allowed.
        found: char,
        /// Where it stands, in bytes from 0.
        at: usize,
        /// What is allowed.
        alphabet: &'static str,
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
        Some((at, found)) => Err(IdError::Alphabet { found, at, alphabet }),
        None => Ok(()),
    }
}

fn check_label(text: &str) -> Result<(), IdError> {
    check(text, LABEL_BYTES_MAX, "a-z 0-9 - _, the first a letter or digit", |at, c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || (at > 0 && matches!(c, '-' | '_'))
    })
}

fn is_opaque(_at: usize, c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | ':' | '@' | '+' | '=')
}

fn check_opaque(text: &str) -> Result<(), IdError> {
    check(text, OPAQUE_BYTES_MAX, "A-Z a-z 0-9 - . _ ~ : @ + =", is_opaque)
}

fn check_request_id(text: &str) -> Result<(), IdError> {
    check(text, REQUEST_ID_BYTES_MAX, "A-Z a-z 0-9 - . _ ~ : @ + =", is_opaque)
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
    /// A configured name for where facts come from, as `forum`.
    SourceId,
    check_label
);
id!(
    /// A kind of activity, as `answer_accepted`.
    ActivityKind,
    check_label
);
id!(
    /// A rule within a rule set.
    RuleId,
    check_label
);
id!(
    /// A cap on what a member earns.
    CapId,
    check_label
);
id!(
    /// A name under which exclusive keys are compared, as `question`.
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
    /// A member: a person, known by an opaque id from the front end.
    MemberId,
    check_opaque
);
id!(
    /// A source's own id of an event.
    ActivityId,
    check_opaque
);
id!(
    /// A shop's own id of a hold, of a redemption, or of a refund of one.
    TillId,
    check_opaque
);
id!(
    /// An adjustment, as the id of a support ticket.
    AdjustmentId,
    check_opaque
);
id!(
    /// What an activity was about, as the id of an answer.
    Subject,
    check_opaque
);
id!(
    /// What can be had once only, as the id of a question that has one accepted answer.
    ExclusiveKey,
    check_opaque
);
id!(
    /// Who sends a command.
    PrincipalId,
    check_opaque
);
id!(
    /// A command's id: the last part of its name.
    RequestId,
    check_request_id
);

impl SourceId {
    /// The service itself, as the source of acts that come from no configured source.
    #[must_use]
    pub fn goodturn() -> Self {
        Self(Arc::from("goodturn"))
    }
}

impl PrincipalId {
    /// The service itself, as who posts what falls due.
    #[must_use]
    pub fn goodturn() -> Self {
        Self(Arc::from("goodturn"))
    }

    /// Whether two names are told apart by nothing but upper and lower case: then they are no two persons.
    #[must_use]
    pub fn is_same_name(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl RequestId {
    /// The id of a step of a payout that begins after a member.
    #[must_use]
    pub fn step_after(payout: &PayoutId, member: &MemberId) -> Self {
        Self(Arc::from(format!("{payout}:{member}")))
    }

    /// The id of an approval of exactly this content.
    #[must_use]
    pub fn approval(payout: &PayoutId, content_hex: &str) -> Self {
        Self(Arc::from(format!("{payout}:{content_hex}")))
    }

    /// The id of settling what became due of the activity that an entry records.
    #[must_use]
    pub fn settling(activity_seq: i64, due_micros: i64) -> Self {
        Self(Arc::from(format!("{activity_seq}:{due_micros}")))
    }

    /// The id of ending a hold that an entry made, once its time is over.
    #[must_use]
    pub fn expiring(hold_seq: i64) -> Self {
        Self(Arc::from(hold_seq.to_string()))
    }

    /// The id of taking back, for the ban that an entry records, what another gave.
    #[must_use]
    pub fn revoking(ban_seq: i64, entry_seq: i64) -> Self {
        Self(Arc::from(format!("{ban_seq}:revoke:{entry_seq}")))
    }

    /// The id of saying that the ban which an entry records has taken everything back.
    #[must_use]
    pub fn completing(ban_seq: i64) -> Self {
        Self(Arc::from(format!("{ban_seq}:complete")))
    }

    /// Whether it is the id of taking something back for the ban that an entry records.
    #[must_use]
    pub fn is_revoking(&self, ban_seq: i64) -> bool {
        self.0.strip_prefix(&format!("{ban_seq}:revoke:")).is_some_and(|entry| entry.parse::<i64>().is_ok())
    }

    /// The id of a step of a cut-off that begins after a member.
    #[must_use]
    pub fn expiry(day: Day, after: Option<&MemberId>) -> Self {
        let day = day.date();
        Self(Arc::from(after.map_or_else(|| day.to_string(), |member| format!("{day}:{member}"))))
    }

    /// The id of a version of the rules.
    #[must_use]
    pub fn version(version: u32) -> Self {
        Self(Arc::from(version.to_string()))
    }
}

/// Every other id is short enough, and of an alphabet that is part of this one's.
macro_rules! request_id_from {
    ($($id:ty),+) => {$(
        impl From<&$id> for RequestId {
            fn from(id: &$id) -> Self {
                Self(Arc::clone(&id.0))
            }
        }
    )+};
}

request_id_from!(ActivityId, AdjustmentId, TillId, ProgramId, StatementId, PayoutId);

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
    fn a_label_is_lower_case_and_begins_with_a_letter_or_digit() {
        assert!(ProgramId::parse("qc-2018").is_ok());
        for odd in ["QC", "-qc", "_qc", "q.c", "q:c"] {
            assert!(matches!(ProgramId::parse(odd), Err(IdError::Alphabet { .. })), "{odd:?}");
        }
    }

    #[test]
    fn the_longest_derived_id_fits() {
        let payout = PayoutId::parse(&"p".repeat(LABEL_BYTES_MAX)).expect("an id");
        let member = MemberId::parse(&"m".repeat(OPAQUE_BYTES_MAX)).expect("an id");
        let id = RequestId::step_after(&payout, &member);
        assert_eq!(RequestId::parse(id.as_str()), Ok(id));
    }
}
