//! Why a member is shut out.

use crate::value::codes::codes;

codes! {
    /// Why a member is shut out.
    ShutOutReason {
        /// Somebody looks into what they did.
        FraudSuspected = 1, "fraud_suspected";
        /// They broke the terms.
        TermsBroken = 2, "terms_broken";
        /// They asked for it.
        Requested = 3, "requested";
        /// They committed fraud.
        Fraud = 4, "fraud";
    }
}
