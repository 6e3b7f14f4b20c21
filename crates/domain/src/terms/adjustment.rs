//! Adjustments, as a person asks for them.

use crate::value::codes::codes;
use std::sync::LazyLock;

use crate::value::ids::{ActivityKind, AdjustmentId, MemberId};
use crate::value::time::Micros;

/// Most points of one adjustment, given or taken: as many as the reward of one rule.
pub const POINTS_MAX: i64 = crate::value::amount::RULE_POINTS_MAX;

/// Most points that one person may adjust alone, when a programme sets no limit: ten pounds at a point a penny.
pub const LIMIT_DEFAULT: i64 = 1_000;

codes! {
    /// Reason of an adjustment. Boards count adjustments under this name, as if it were a kind of activity.
    AdjustmentReason {
        /// A gift.
        Goodwill = 1, "goodwill";
        /// A mistake is corrected.
        Correction = 2, "correction";
        /// Points that the member had before the programme began.
        OpeningBalance = 3, "opening_balance";
    }
}

/// Names of the reasons as boards know them, in the order of their numbers.
static KINDS: LazyLock<Vec<ActivityKind>> = LazyLock::new(|| {
    let kind = |reason: &AdjustmentReason| ActivityKind::parse(reason.name()).expect("names of reasons are labels");
    AdjustmentReason::ALL.iter().map(kind).collect()
});

impl AdjustmentReason {
    /// Returns the name under which boards count the adjustment.
    #[must_use]
    pub fn kind(self) -> &'static ActivityKind {
        &KINDS[usize::from(self.number()) - 1]
    }

    /// True when boards count adjustments under this name. No rule may use it.
    #[must_use]
    pub fn is_reserved(kind: &ActivityKind) -> bool {
        KINDS.contains(kind)
    }
}

/// An adjustment, as a person asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentTerms {
    /// Id of the adjustment.
    pub id: AdjustmentId,
    /// The member who gets or loses the points.
    pub member: MemberId,
    /// Points given; below zero, points taken; never 0.
    pub points: i64,
    /// Reason of the adjustment.
    pub reason: AdjustmentReason,
    /// Time when the points count; `None` for the time of recording.
    pub occurred_at: Option<Micros>,
}
