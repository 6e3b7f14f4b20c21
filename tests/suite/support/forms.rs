//! The two forms of a test: the short one runs with all others, the long one takes a night.

/// `long` asks for as many faults as a night allows; anything else for as many as every change can wait for.
const FORM: &str = "GOODTURN_FAULTS";

/// Picks by the form that is run.
pub fn short_or_long<T>(short: T, long: T) -> T {
    if std::env::var(FORM).is_ok_and(|form| form == "long") { long } else { short }
}
