//! Reasons of declines and of reversals.

use crate::value::codes::codes;

codes! {
    /// Reason of a decline or of a reversal.
    Reason {
        /// The member and the counterparty are the same.
        SelfDealing = 1, "self_dealing";
        /// No rule for the kind was in force when the activity occurred.
        NoRuleInForce = 2, "no_rule_in_force";
        /// The rule's condition does not hold.
        ConditionNotMet = 3, "condition_not_met";
        /// The reported facts do not decide the rule's condition.
        ConditionFailed = 4, "condition_failed";
        /// The rule pays by an amount or asks for a least one, and no amount was reported.
        NoAmount = 5, "no_amount";
        /// The rule needs an exclusive key, and no key was reported.
        NoExclusiveKey = 6, "no_exclusive_key";
        /// The activity that it follows is missing, another member's, too old, or of another rule.
        NothingToFollow = 7, "nothing_to_follow";
        /// Another activity holds the exclusive key.
        Superseded = 8, "superseded";
        /// A cap is full.
        CapFull = 9, "cap_full";
        /// The activity was not confirmed in time: it ended unconfirmed.
        Unconfirmed = 10, "unconfirmed";
        /// The member was suspended or banned.
        Suspended = 13, "suspended";
        /// The member was merged into another.
        Merged = 14, "merged";
        /// The amount, or what refunds leave of it, is too small for a point, or below the least that the rule asks for.
        AmountTooSmall = 15, "amount_too_small";
        /// The whole amount or quantity was given back before the activity came.
        Refunded = 16, "refunded";
        /// The rule pays by a quantity, and no quantity was reported.
        NoQuantity = 17, "no_quantity";
        /// The quantity, or what refunds leave of it, is too small for a point.
        QuantityTooSmall = 18, "quantity_too_small";
        /// The act itself was undone.
        Withdrawn = 20, "withdrawn";
        /// The activity was reported by mistake.
        Mistake = 21, "mistake";
        /// The activity was fraud.
        Fraud = 22, "fraud";
    }
}

impl Reason {
    /// Returns the meaning of the reason in words, for the people concerned.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::SelfDealing => "nobody earns from themselves",
            Self::NoRuleInForce => "no rule was in force for it when it occurred",
            Self::ConditionNotMet => "the rule's condition does not hold",
            Self::ConditionFailed => "the rule's condition cannot be told from what was reported",
            Self::NoAmount => "the rule goes by an amount, and none was reported",
            Self::NoExclusiveKey => "the rule needs an exclusive key, and none was reported",
            Self::NothingToFollow => "what it should follow is not there, or does not qualify",
            Self::Superseded => "another activity takes its place",
            Self::CapFull => "a cap was full",
            Self::Unconfirmed => "it was not confirmed in time",
            Self::Suspended => "the member was suspended or banned",
            Self::Merged => "the member was merged into another",
            Self::AmountTooSmall => "its amount is too small for the rule",
            Self::Refunded => "all of it had been given back",
            Self::NoQuantity => "the rule pays by a quantity, and none was reported",
            Self::QuantityTooSmall => "its quantity is too small for a point",
            Self::Withdrawn => "it was undone",
            Self::Mistake => "it was reported by mistake",
            Self::Fraud => "it was fraud",
        }
    }
}
