//! What the demo's communities do, what it earns them, and what it saves the company.

/// What a member can do in an input file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The asker marked an answer as the one that helped.
    AnswerAccepted,
    /// An up-vote.
    Kudos,
    /// A shared link that brought visitors in.
    Promotion,
}

/// Every kind, in the order of the rule set.
pub(super) const KINDS: [Kind; 3] = [Kind::AnswerAccepted, Kind::Kudos, Kind::Promotion];

/// What a kind earns and saves.
pub(super) struct KindTerms {
    /// Its name in the input and in the API.
    pub(super) activity_kind: &'static str,
    /// Id of the rule that rewards it.
    pub(super) rule_id: &'static str,
    /// Points for each.
    pub(super) points: i64,
    /// What it is, for a person.
    pub(super) meaning: &'static str,
    /// What it saves the company: the description of a line of the savings statement.
    pub(super) saving: &'static str,
    /// What one would have cost, in pence.
    pub(super) unit_cost_minor: i64,
    /// The part of them that counts, a decimal.
    pub(super) factor: &'static str,
    /// Where the figures of the savings come from.
    pub(super) evidence: &'static str,
}

impl Kind {
    /// Finds a kind by its name.
    pub(super) fn of(activity_kind: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.terms().activity_kind == activity_kind)
    }

    /// What it earns and saves.
    pub(super) const fn terms(self) -> &'static KindTerms {
        match self {
            Self::AnswerAccepted => &KindTerms {
                activity_kind: "answer_accepted",
                rule_id: "accepted-answer",
                points: 100,
                meaning: "an answer was marked as the one that helped",
                saving: "answers that replaced a support contact",
                unit_cost_minor: 7_000,
                factor: "0.85",
                evidence: "support-desk-cost-per-contact",
            },
            Self::Kudos => &KindTerms {
                activity_kind: "kudos",
                rule_id: "kudos",
                points: 1,
                meaning: "an up-vote on a question or an answer",
                saving: "thanks from readers who needed no contact",
                unit_cost_minor: 10,
                factor: "1",
                evidence: "reader-survey",
            },
            Self::Promotion => &KindTerms {
                activity_kind: "promotion",
                rule_id: "promotion",
                points: 500,
                meaning: "a shared link brought visitors in",
                saving: "promotions that replaced advertising",
                unit_cost_minor: 150_000,
                factor: "1",
                evidence: "advertising-rate-card",
            },
        }
    }
}
