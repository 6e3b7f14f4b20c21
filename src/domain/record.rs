//! Keyed records: what the fold of the log gives beside accounts. They are written with the entries that change them,
//! and can be dropped and rebuilt from the log to the same bytes.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use super::earning::Earning;
use super::entry::Seq;
use super::ids::{ActivityId, PayoutId, SourceId, StatementId};
use super::payout::Payout;
use super::program::Program;
use super::rules::PublishedRuleSet;
use super::savings::Statement;
use super::time::Micros;

/// Key of a record within its programme. As text, keys of one kind sort together, rule sets by version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKey {
    /// The programme itself.
    Program,
    /// A version of the rules.
    RuleSet(u32),
    /// Whether an activity was taken back, and by which entry.
    Reversal(SourceId, ActivityId),
    /// A savings statement.
    Statement(StatementId),
    /// A payout.
    Payout(PayoutId),
    /// What an activity has earned.
    Activity(SourceId, ActivityId),
}

impl RecordKey {
    /// Before every rule set, as a prefix to list them by.
    pub const RULE_SETS: &'static str = "rule_set/";
    /// Before every payout, as a prefix to list them by.
    pub const PAYOUTS: &'static str = "payout/";

    /// Finds the key that its text stands for.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('/').unwrap_or((text, ""));
        let key = match kind {
            "program" => Self::Program,
            "rule_set" => Self::RuleSet(rest.parse().ok()?),
            "reversal" | "activity" => {
                let (source, activity) = rest.split_once('/')?;
                let (source, activity) = (SourceId::parse(source).ok()?, ActivityId::parse(activity).ok()?);
                if kind == "reversal" { Self::Reversal(source, activity) } else { Self::Activity(source, activity) }
            }
            "statement" => Self::Statement(StatementId::parse(rest).ok()?),
            "payout" => Self::Payout(PayoutId::parse(rest).ok()?),
            _ => return None,
        };
        (key.to_string() == text).then_some(key)
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => f.write_str("program"),
            Self::RuleSet(version) => write!(f, "rule_set/{version:010}"),
            Self::Reversal(source, activity) => write!(f, "reversal/{source}/{activity}"),
            Self::Statement(id) => write!(f, "statement/{id}"),
            Self::Payout(id) => write!(f, "payout/{id}"),
            Self::Activity(source, activity) => write!(f, "activity/{source}/{activity}"),
        }
    }
}

/// What a key holds.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Record {
    /// The programme.
    Program(Program),
    /// A version of the rules.
    RuleSet(PublishedRuleSet),
    /// The entry that took an activity back.
    Reversal(Seq),
    /// A savings statement.
    Statement(Statement),
    /// A payout.
    Payout(Payout),
    /// What an activity has earned.
    Activity(Earning),
}

impl Record {
    /// When something is to be done about it; `None` when nothing is. The log keeps it beside the record, to be asked by.
    #[must_use]
    pub const fn due_at(&self) -> Option<Micros> {
        match self {
            Self::Activity(earning) => earning.due_at,
            Self::Program(_) | Self::RuleSet(_) | Self::Reversal(_) | Self::Statement(_) | Self::Payout(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_their_text_and_rule_sets_sort_by_version() {
        let activity = || (SourceId::parse("forum").expect("an id"), ActivityId::parse("vote-1").expect("an id"));
        let keys = [
            RecordKey::Program,
            RecordKey::RuleSet(2),
            RecordKey::RuleSet(10),
            RecordKey::Reversal(activity().0, activity().1),
            RecordKey::Statement(StatementId::parse("h1").expect("an id")),
            RecordKey::Payout(PayoutId::parse("h1").expect("an id")),
            RecordKey::Activity(activity().0, activity().1),
        ];
        for key in &keys {
            assert_eq!(RecordKey::parse(&key.to_string()).as_ref(), Some(key));
        }
        assert!(keys[1].to_string() < keys[2].to_string());
        for odd in ["", "program/", "rule_set/2", "reversal/forum", "activity/forum", "cake/1"] {
            assert_eq!(RecordKey::parse(odd), None, "{odd:?}");
        }
    }
}
