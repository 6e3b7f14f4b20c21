//! How long to wait for a server that is silent on an open link, or that is away.

use std::time::Duration;

/// How long a silent server is believed to be working: three times as long as it keeps a call waiting.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(30);

/// The times since which nothing was answered. Times count from the beginning of the import.
#[derive(Debug, Default)]
pub(super) struct Patience {
    /// The last answer on this link. Or the time since the link began, or since nothing was waited for.
    silent: Duration,
    /// The first trouble after the last answer; `None` while all is well.
    away: Option<Duration>,
}

impl Patience {
    /// Notes an answer.
    pub(super) const fn answered(&mut self, now: Duration) {
        *self = Self { silent: now, away: None };
    }

    /// Notes that a link begins, or that nothing is waited for. A server that answers questions is not certainly back:
    /// it may not be able to record anything.
    pub(super) const fn nothing_is_due(&mut self, now: Duration) {
        self.silent = now;
    }

    /// True when the link must be given up.
    pub(super) fn is_silent(&self, now: Duration) -> bool {
        now.saturating_sub(self.silent) > SILENCE_MAX
    }

    /// Notes that the server cannot be asked. Returns how long this has been so.
    pub(super) fn troubled(&mut self, now: Duration) -> Duration {
        now.saturating_sub(*self.away.get_or_insert(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[test]
    fn after_an_outage_of_any_length_a_new_link_has_all_the_time_of_a_first_one() {
        let mut patience = Patience::default();
        patience.answered(at(1));
        assert_eq!(patience.troubled(at(2)), at(0));
        assert_eq!(patience.troubled(at(100)), at(98));
        patience.nothing_is_due(at(101));
        assert!(!patience.is_silent(at(131)), "30 s");
        assert!(patience.is_silent(at(132)), "and no more");
    }

    #[test]
    fn only_an_answer_ends_the_time_that_a_server_is_away() {
        let mut patience = Patience::default();
        assert_eq!(patience.troubled(at(10)), at(0));
        for second in [20, 30, 40] {
            patience.nothing_is_due(at(second));
            assert_eq!(patience.troubled(at(second + 5)), at(second - 5), "a link that began is no answer");
        }
        patience.answered(at(50));
        assert_eq!(patience.troubled(at(70)), at(0));
    }
}
