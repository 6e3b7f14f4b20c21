//! What becomes of a membership.

use super::About;
use crate::domain::fact::Fact;
use crate::domain::member::ShutOutReason;

/// For now.
pub(super) fn suspended(about: &About<'_>) -> String {
    let told = about.told(&format!("your membership was suspended{}.", why(about)));
    told + " While that lasts nothing is earned, and points can be neither used nor paid out."
}

/// No longer.
pub(super) fn reinstated(about: &About<'_>) -> String {
    about.told("your membership was reinstated. What you do from then on earns points again.")
}

/// For good.
pub(super) fn banned(about: &About<'_>) -> String {
    let told = about.told(&format!("you were banned from the programme{}.", why(about)));
    told + " What was earned is taken back, and nothing is earned any more."
}

fn why(about: &About<'_>) -> &'static str {
    match about.entry.fact {
        Fact::Member(fact) => match fact.reason {
            Some(ShutOutReason::FraudSuspected) => ", while what happened is looked into",
            Some(ShutOutReason::TermsBroken) => " for breaking its terms",
            Some(ShutOutReason::Requested) => " as you asked",
            Some(ShutOutReason::Fraud) => " for fraud",
            None => "",
        },
        _ => "",
    }
}
