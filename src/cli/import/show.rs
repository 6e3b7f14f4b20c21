//! The progress shown while an import runs: a bar on a terminal, else a line now and then. All of it goes to standard
//! error.

use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use super::tally::Tally;
use crate::cli::out;
use crate::cli::text::{grouped, per_second};
use goodturn::ledger::clock::Stopwatch;

/// How often a line is shown when there is no terminal: a log of an hour stays readable.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// The display of the progress.
pub(super) struct Show {
    bar: ProgressBar,
    clock: Stopwatch,
    told: Stopwatch,
    /// Number of lines that an earlier run had answered.
    read_before: u64,
    /// Bytes of all files; then bytes of the files before the one that is being read.
    length: Option<u64>,
    before: u64,
    first_offset: u64,
}

impl Show {
    /// Begins the display for files with so many bytes in all, if known. Some of these were answered before.
    ///
    /// # Errors
    /// None in practice: the bar's form is right.
    pub(super) fn begin(length: Option<u64>, first_offset: u64, read_before: u64) -> anyhow::Result<Self> {
        // The message is cut to the rest of the terminal's width, as a bar that wraps cannot be drawn over.
        let template = if length.is_some() { "  {bar:16} {percent:>3}%  {wide_msg}" } else { "  {spinner} {wide_msg}" };
        let style = ProgressStyle::with_template(template)?.progress_chars("█▉▊▋▌▍▎▏ ");
        let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_style(style);
        bar.set_position(first_offset);
        let (clock, told) = (Stopwatch::start(), Stopwatch::start());
        Ok(Self { bar, clock, told, read_before, length, before: 0, first_offset })
    }

    /// Shows the progress.
    pub(super) fn tick(&mut self, offset: u64, tally: &Tally) {
        let is_due = self.bar.is_hidden() && self.told.elapsed() >= PLAIN_EVERY;
        if self.bar.is_hidden() && !is_due {
            return;
        }
        let at = self.before + offset;
        let message = self.message(at, tally);
        if is_due {
            self.told = Stopwatch::start();
            out::say(&message);
        }
        self.bar.set_message(message);
        self.bar.set_position(at);
    }

    /// Says something beside the bar.
    pub(super) fn say(&self, text: &str) {
        self.bar.suspend(|| out::say(text));
    }

    /// Goes on to the next file.
    pub(super) fn file_ends(&mut self, length: u64) {
        self.before += length;
    }

    /// Ends the bar, and returns how long the import took.
    pub(super) fn end(&self) -> Duration {
        self.bar.finish_and_clear();
        self.clock.elapsed()
    }

    /// Returns how long the import took so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Returns the progress as text, with the more important parts first.
    fn message(&self, at: u64, tally: &Tally) -> String {
        let number = |count: u64| grouped(i64::try_from(count).unwrap_or(i64::MAX));
        let read = usize::try_from(tally.read.saturating_sub(self.read_before)).unwrap_or(usize::MAX);
        let pace = grouped(per_second(read, self.clock.elapsed()));
        let mut message = format!("{} lines, {pace}/s", number(tally.read));
        if let Some(left) = self.left(at) {
            message += &format!(", {:#} left", HumanDuration(left));
        }
        let counts = [
            (tally.rejected(), "rejected"),
            (tally.recorded_before, "recorded before"),
            (tally.declined(), "earned nothing"),
        ];
        for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
            message += &format!(", {} {what}", number(count));
        }
        message
    }

    /// Returns how long the rest will take at the pace so far. Returns `None` before anything is answered, or when the
    /// end is not known.
    fn left(&self, at: u64) -> Option<Duration> {
        let left = u128::from(self.length?.saturating_sub(at));
        let done = u128::from(at.saturating_sub(self.first_offset));
        let millis = self.clock.elapsed().as_millis().saturating_mul(left).checked_div(done)?;
        Some(Duration::from_millis(u64::try_from(millis).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::window::{INVALID, Outcome};
    use super::*;
    use goodturn::pb::DeclineReason;

    /// Returns the text after the pace.
    fn told(length: Option<u64>, at: u64, outcomes: &[Outcome]) -> String {
        let mut tally = Tally::default();
        for outcome in outcomes {
            tally.count(outcome, 10);
        }
        let message = Show::begin(length, 0, 0).expect("the template of the bar is right").message(at, &tally);
        message.split_once("/s").expect("the pace is told").1.to_owned()
    }

    fn recorded(seq: i64, declined: DeclineReason) -> Outcome {
        Outcome::Recorded { seq, points: 0, declined, waits: false }
    }

    #[test]
    fn what_is_rejected_comes_first_and_what_is_zero_is_left_out() {
        let now = recorded(11, DeclineReason::Unspecified);
        let before = || recorded(10, DeclineReason::Unspecified);
        let nothing = recorded(12, DeclineReason::SelfDealing);
        let rejected = Outcome::Rejected { reason: INVALID.into(), problems: Vec::new() };
        assert_eq!(told(None, 0, &[now]), "");
        assert_eq!(told(None, 0, &[before(), before(), nothing]), ", 2 recorded before, 1 earned nothing");
        assert_eq!(told(None, 0, &[before(), rejected]), ", 1 rejected, 1 recorded before");
    }

    #[test]
    fn what_is_left_is_told_once_something_is_answered() {
        assert_eq!(told(Some(10), 0, &[]), "");
        assert_eq!(told(Some(10), 10, &[]), ", 0s left");
    }
}
