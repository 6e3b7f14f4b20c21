//! Reasons for shutting a member out.

use crate::value::codes::codes;

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
