//! Both sides in turns: A B B A …, so that a machine that grows slower or faster does so for both.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::stats::{self, Pair};
use goodturn::ledger::clock::Stopwatch;

/// Returns how long some work takes, in microseconds.
///
/// # Errors
/// Errors of the work.
pub(crate) async fn timed(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<f64> {
    let clock = Stopwatch::start();
    work.await?;
    Ok(stats::micros(clock.elapsed()))
}

/// The plan of measuring both sides.
pub(crate) struct Rounds {
    pub(crate) pairs: u32,
    /// How long a side is measured at a time.
    pub(crate) length: Duration,
    bar: ProgressBar,
}

impl Rounds {
    /// Plans so many pairs for each of some measures.
    pub(crate) fn plan(measures: u64, pairs: u32, length: Duration) -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("  {bar:40} {msg}, {eta} left")?.progress_chars("█▉▊▋▌▍▎▏ ");
        // Drawn on standard error, and only on a terminal.
        let bar = ProgressBar::new(measures * u64::from(pairs + 1)).with_style(style);
        Ok(Self { pairs, length, bar })
    }

    /// Says what the bench is doing.
    pub(crate) fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.tick();
    }

    /// Notes that something was measured otherwise than in turns.
    pub(crate) fn done(&self) {
        self.bar.inc(1);
    }

    /// Measures both sides in turns. The first pair warms up, and its results are thrown away.
    ///
    /// # Errors
    /// Errors of the sides.
    pub(crate) async fn interleave(
        &self,
        what: &str,
        mut ours: impl AsyncFnMut() -> anyhow::Result<f64>,
        mut peer: impl AsyncFnMut() -> anyhow::Result<f64>,
    ) -> anyhow::Result<Vec<Pair>> {
        self.say(what);
        let mut pairs = Vec::new();
        for number in 0..=self.pairs {
            // The first side changes, so that each side meets as often what the other left in caches and checkpoints.
            let pair = if number.is_multiple_of(2) {
                let ours = ours().await?;
                Pair { ours, peer: peer().await? }
            } else {
                let peer = peer().await?;
                Pair { ours: ours().await?, peer }
            };
            pairs.push(pair);
            self.bar.inc(1);
        }
        pairs.remove(0);
        Ok(pairs)
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn sides_take_turns_and_the_first_pair_is_thrown_away() {
        let rounds = Rounds::plan(1, 3, Duration::ZERO).expect("a plan");
        let order = RefCell::new(String::new());
        let side = |name| {
            order.borrow_mut().push(name);
            Ok(if name == 'A' { 1.0 } else { 2.0 })
        };
        let pairs = rounds.interleave("", async || side('A'), async || side('B')).await.expect("pairs");
        assert_eq!(order.into_inner(), "ABBAABBA");
        assert_eq!(pairs, [Pair { ours: 1.0, peer: 2.0 }; 3]);
    }
}
