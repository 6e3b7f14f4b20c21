//! Places at which a test may let the server die or be careless. They do nothing without the feature `failpoints`.

use crate::domain::entry::format::Format;

/// Dies here, by SIGKILL, if `FAILPOINTS` says so: `lane-before-append=3*off->return` dies on the fourth pass.
#[cfg(feature = "failpoints")]
pub(crate) fn may_die(point: &str) {
    if fail::eval(point, drop).is_some() {
        let own_id = std::process::id().to_string();
        let _killed = std::process::Command::new("kill").args(["-KILL", &own_id]).status();
        // Nothing may happen after the point, however late the signal comes.
        loop {
            std::thread::park();
        }
    }
}

/// True when `FAILPOINTS` asks for something, as `sqlite-careless=return`.
#[cfg(feature = "failpoints")]
pub(crate) fn is_set(point: &str) -> bool {
    fail::eval(point, drop).is_some()
}

/// Reads `FAILPOINTS`. They hold until the process ends.
#[cfg(feature = "failpoints")]
pub fn set_up() {
    std::mem::forget(fail::FailScenario::setup());
}

/// Returns the newest format that this program knows and writes. It is the one after that if `FAILPOINTS` has
/// `next-format=return`: a test then sees how an older program treats the log of a newer one.
#[cfg(feature = "failpoints")]
pub(crate) fn newest_format() -> Format {
    static NEWEST: std::sync::LazyLock<Format> = std::sync::LazyLock::new(|| {
        let is_next = std::env::var("FAILPOINTS").is_ok_and(|points| points.contains("next-format"));
        if is_next { Format::CURRENT.next() } else { Format::CURRENT }
    });
    *NEWEST
}

#[cfg(not(feature = "failpoints"))]
pub(crate) fn newest_format() -> Format {
    Format::CURRENT
}

#[cfg(not(feature = "failpoints"))]
pub(crate) fn may_die(_point: &str) {}

#[cfg(not(feature = "failpoints"))]
pub(crate) fn is_set(_point: &str) -> bool {
    false
}

#[cfg(not(feature = "failpoints"))]
pub fn set_up() {}
