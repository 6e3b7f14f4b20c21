//! The acts of the demo's communities, the points they earn, and the money they save the company.

/// The kinds of acts in an input file.
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

/// The earnings and savings of a kind.
pub(super) struct KindTerms {
    /// The kind's name in the input and in the API.
    pub(super) activity_kind: &'static str,
    /// The id of the rule that rewards it.
    pub(super) rule_id: &'static str,
    /// Points for each.
    pub(super) points: i64,
    /// The meaning of the kind, for a person.
    pub(super) meaning: &'static str,
    /// The saving of the company: the description of a line of the savings statement.
    pub(super) saving: &'static str,
    /// The cost that one would have had, in pence.
    pub(super) unit_cost_minor: i64,
    /// The part of them that counts, as a decimal.
    pub(super) factor: &'static str,
    /// The source of the figures of the savings.
    pub(super) evidence: &'static str,
}

impl Kind {
    /// Finds a kind by its name.
    pub(super) fn of(activity_kind: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.terms().activity_kind == activity_kind)
    }

    /// Returns its earnings and savings.
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
