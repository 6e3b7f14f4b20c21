//! A bound on lines of the log that callers can cause.

use std::sync::Mutex;
use std::time::Duration;

use super::clock::Stopwatch;

/// Lines of one kind in a second, at most: 15 KB a second, or a good gigabyte a day, however fast callers send what is refused. The rest is
/// counted.
pub const LINES_MAX: u32 = 50;

/// Counts the lines of each second.
pub struct Lines(Mutex<Counted>);

struct Counted {
    since: Stopwatch,
    written: u32,
    left_out: u64,
}

impl Default for Lines {
    fn default() -> Self {
        Self(Mutex::new(Counted { since: Stopwatch::start(), written: 0, left_out: 0 }))
    }
}

impl Lines {
    /// Takes a line of this second, and returns true when there was one left. Writes how many were left out before, where that was not said
    /// yet.
    pub fn take(&self) -> bool {
        let (has_room, left_out) = self.count();
        if left_out > 0 {
            tracing::warn!(lines = left_out, "lines were left out: there were too many in a second");
        }
        has_room
    }

    fn count(&self) -> (bool, u64) {
        let mut counted = self.0.lock().expect("nothing panics while it holds the lock");
        let mut left_out = 0;
        if counted.since.elapsed() >= Duration::from_secs(1) {
            left_out = counted.left_out;
            *counted = Counted { since: Stopwatch::start(), written: 0, left_out: 0 };
        }
        let has_room = counted.written < LINES_MAX;
        if has_room {
            counted.written += 1;
        } else {
            counted.left_out += 1;
        }
        (has_room, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn lines_of_a_second_are_bounded_and_those_left_out_are_told_once() {
        let lines = Lines::default();
        assert_eq!((0..60).filter(|_| lines.take()).count(), 50);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(lines.count(), (true, 10));
        assert_eq!(lines.count(), (true, 0));
    }
}
