//! Reasons for shutting a member out, and what is known of members beside their points.

use crate::value::codes::codes;
use crate::value::ids::MemberLabel;
use crate::value::version::versioned;

/// Most labels of a member.
pub const LABELS_MAX: usize = 10;

/// What a programme is told of a member beside acts and points. Boards leave out who opted out, or has a label.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// True when the member asked not to be shown on boards.
    pub opted_out: bool,
    /// Labels in byte order, each once. An update sets at most [`LABELS_MAX`]; a merger joins those of both.
    pub labels: Vec<MemberLabel>,
}

versioned!(Profile = 1 { opted_out, labels });

impl Profile {
    /// Joins the profile of a member who is merged into this one: who asked not to be shown stays so.
    pub fn join(&mut self, other: Self) {
        self.opted_out |= other.opted_out;
        self.labels.extend(other.labels);
        self.labels.sort();
        self.labels.dedup();
    }
}

codes! {
    /// Reason for shutting a member out.
    ShutOutReason {
        /// Somebody investigates the member's acts.
        FraudSuspected = 1, "fraud_suspected";
        /// The member broke the terms.
        TermsBroken = 2, "terms_broken";
        /// The member asked for it.
        Requested = 3, "requested";
        /// The member committed fraud.
        Fraud = 4, "fraud";
    }
}
