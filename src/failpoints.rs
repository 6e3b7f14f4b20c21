//! Places at which a test may have the server die or be careless; nothing at all without the feature `failpoints`.

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

/// Whether `FAILPOINTS` asks for something, as `sqlite-careless=return`.
#[cfg(feature = "failpoints")]
pub(crate) fn is_set(point: &str) -> bool {
    fail::eval(point, drop).is_some()
}

/// Reads `FAILPOINTS`; they hold until the process ends.
#[cfg(feature = "failpoints")]
pub fn set_up() {
    std::mem::forget(fail::FailScenario::setup());
}

/// The newest format that this program knows, and writes: the one after it if `FAILPOINTS` has `next-format=return`, for a test
/// of what an older program makes of a newer one's log.
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
