//! What is told while an import runs: a bar on a terminal, a line now and then elsewhere. All of it goes to standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::tally::Tally;
use crate::cli::demo::text::{count, grouped, per_second};
use crate::ledger::clock::Stopwatch;

/// How often a line is told where there is no terminal: a log of an hour stays readable.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// What tells.
pub(super) struct Show {
    bar: ProgressBar,
    clock: Stopwatch,
    told: Stopwatch,
    /// Lines that an earlier run had answered.
    read_before: u64,
    /// Bytes of all files, and of those before the one that is being read.
    length: Option<u64>,
    before: u64,
    first_offset: u64,
}

impl Show {
    /// Tells of files with so many bytes in all, where that is known, of which some were answered before.
    ///
    /// # Errors
    /// Never: the bar's form is right.
    pub(super) fn begin(length: Option<u64>, first_offset: u64, read_before: u64) -> anyhow::Result<Self> {
        let template = if length.is_some() { "  {bar:24} {msg}, {eta} left" } else { "  {spinner} {msg}" };
        let style = ProgressStyle::with_template(template)?.progress_chars("█▉▊▋▌▍▎▏ ");
        let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_style(style);
        bar.set_position(first_offset);
        bar.reset_eta();
        let (clock, told) = (Stopwatch::start(), Stopwatch::start());
        Ok(Self { bar, clock, told, read_before, length, before: 0, first_offset })
    }

    /// Tells how far it is.
    pub(super) fn tick(&mut self, offset: u64, tally: &Tally) {
        let is_due = self.bar.is_hidden() && self.told.elapsed() >= PLAIN_EVERY;
        if self.bar.is_hidden() && !is_due {
            return;
        }
        let at = self.before + offset;
        let message = self.message(tally);
        if is_due {
            self.told = Stopwatch::start();
            let left = self.left(at).map_or_else(String::new, |left| format!(", about {left} s left"));
            say(&format!("{message}{left}"));
        }
        self.bar.set_message(message);
        self.bar.set_position(at);
    }

    /// Says something beside the bar.
    pub(super) fn say(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    /// Goes on to the next file.
    pub(super) fn file_ends(&mut self, length: u64) {
        self.before += length;
    }

    /// Ends the bar. Returns how long it took.
    pub(super) fn end(&self) -> Duration {
        self.bar.finish_and_clear();
        self.clock.elapsed()
    }

    /// How long it took so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn message(&self, tally: &Tally) -> String {
        let number = |count: u64| grouped(i64::try_from(count).unwrap_or(i64::MAX));
        let read = usize::try_from(tally.read.saturating_sub(self.read_before)).unwrap_or(usize::MAX);
        format!(
            "{} lines, {}/s: {} recorded, {} before, {} earned nothing, {} rejected",
            number(tally.read),
            grouped(per_second(read, self.clock.elapsed())),
            number(tally.recorded_now),
            number(tally.recorded_before),
            number(tally.declined()),
            number(tally.rejected()),
        )
    }

    /// Seconds left, at the pace so far.
    fn left(&self, at: u64) -> Option<String> {
        let left = u128::from(self.length?.saturating_sub(at));
        let done = u128::from(at.saturating_sub(self.first_offset));
        let millis = (done > 0).then(|| self.clock.elapsed().as_millis().saturating_mul(left) / done)?;
        Some(grouped(count(usize::try_from(millis / 1_000).ok()?)))
    }
}

#[expect(clippy::print_stderr, reason = "what is told while the command runs is no result of it")]
pub(super) fn say(text: &str) {
    eprintln!("goodturn: {text}");
}
