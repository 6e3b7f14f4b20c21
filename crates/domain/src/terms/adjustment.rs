//! Adjustments, as they are asked for.

use crate::value::codes::codes;
use std::sync::LazyLock;

use crate::value::ids::{ActivityKind, AdjustmentId, MemberId};
use crate::value::time::Micros;

/// Most points of one adjustment, given or taken: those of one rule's reward.
pub const POINTS_MAX: i64 = crate::value::amount::RULE_POINTS_MAX;

/// Most points that one person may adjust alone, where a programme does not say: at a point a penny, ten pounds.
pub const LIMIT_DEFAULT: i64 = 1_000;

codes! {
    /// Why points are adjusted. Boards count them under this name, as if it were a kind of activity.
    AdjustmentReason {
        /// A gift.
        Goodwill = 1, "goodwill";
        /// Something was wrong.
        Correction = 2, "correction";
        /// What the member had before the programme began.
        OpeningBalance = 3, "opening_balance";
    }
}

/// The names of reasons, as boards know them; in the order of their numbers.
static KINDS: LazyLock<Vec<ActivityKind>> = LazyLock::new(|| {
    let kind = |reason: &AdjustmentReason| ActivityKind::parse(reason.name()).expect("names of reasons are labels");
    AdjustmentReason::ALL.iter().map(kind).collect()
});

impl AdjustmentReason {
    /// The name under which boards count it.
    #[must_use]
    pub fn kind(self) -> &'static ActivityKind {
        &KINDS[usize::from(self.number()) - 1]
    }

    /// Whether boards count adjustments under this name, so that no rule may use it.
    #[must_use]
    pub fn is_reserved(kind: &ActivityKind) -> bool {
        KINDS.contains(kind)
    }
}

/// An adjustment, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentTerms {
    /// Its id.
    pub id: AdjustmentId,
    /// Whose points.
    pub member: MemberId,
    /// Points given, or, below zero, taken; never 0.
    pub points: i64,
    /// Why.
    pub reason: AdjustmentReason,
    /// When they count; `None` for the time at which it is recorded.
    pub occurred_at: Option<Micros>,
}
