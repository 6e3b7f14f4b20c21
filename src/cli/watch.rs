//! Waiting for calls about all members, which may take a server minutes. Meanwhile it is shown how far it is.

use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::sleep;
use tonic::{Response, Status};

use super::finance::RecordArgs;
use super::server::{Connection, answered};
use super::text::grouped;

/// How often the server is asked how far it is.
const EVERY: Duration = Duration::from_secs(1);

/// How often the sign of life moves.
const TICK: Duration = Duration::from_millis(200);

/// A call that is waited for.
pub(super) struct Watched<'a> {
    pub(super) record: &'a RecordArgs,
    /// What the server is asked to do, as `draft the payout`.
    pub(super) doing: &'a str,
    /// What is told to a person who stops waiting.
    pub(super) goes_on: String,
}

impl Watched<'_> {
    /// Waits for the answer, or until a person stops waiting. On a terminal `look` is asked now and then, over a
    /// connection of its own, how far the server is.
    ///
    /// # Errors
    /// Says what the server answered, or what becomes of a call that nobody waits for.
    pub(super) async fn wait<T>(
        self,
        answer: impl Future<Output = Result<Response<T>, Status>>,
        look: impl AsyncFn(Connection) -> Option<String>,
    ) -> anyhow::Result<T> {
        let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template("  {spinner} {wide_msg}")?);
        let mut watching = None;
        if !bar.is_hidden() {
            bar.set_message(format!("waiting for the server to {}", self.doing));
            bar.enable_steady_tick(TICK);
            // Whoever waits is told the answer; that the progress cannot be had is no error.
            watching = self.record.at.server.connect_as(self.record.name()).await.ok();
        }
        let mut answer = pin!(answer);
        let mut stopped = pin!(tokio::signal::ctrl_c());
        let ended = loop {
            tokio::select! {
                answer = &mut answer => break answered(answer, self.doing),
                stopped = &mut stopped => {
                    let stopped = stopped.context("Ctrl-C cannot be listened for");
                    break stopped.and_then(|()| Err(anyhow!("{}", self.goes_on.trim_end())));
                }
                told = looked(watching.clone(), &look) => {
                    if let Some(told) = told {
                        bar.set_message(told);
                    }
                }
            }
        };
        bar.finish_and_clear();
        ended
    }
}

/// Goes on after a call that was waited for, until a person stops it: from that call on, Ctrl-C ends nothing by itself.
///
/// # Errors
/// What is done fails, or is stopped.
pub(super) async fn until_stopped<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::select! {
        done = work => done,
        stopped = tokio::signal::ctrl_c() => {
            let stopped = stopped.context("Ctrl-C cannot be listened for");
            stopped.and_then(|()| Err(anyhow!("stopped")))
        }
    }
}

/// Asks how far the server is, after a while.
async fn looked(watching: Option<Connection>, look: &impl AsyncFn(Connection) -> Option<String>) -> Option<String> {
    sleep(EVERY).await;
    look(watching?).await
}

/// The progress of many calls, one after the other. It draws nothing when standard error is not a terminal.
pub(super) struct Steps {
    bar: ProgressBar,
    /// What is done, as `rows checked`.
    doing: &'static str,
    of: i64,
}

impl Steps {
    /// Begins the display of so many things.
    ///
    /// # Errors
    /// None in practice: the bar's form is right.
    pub(super) fn begin(doing: &'static str, of: i64) -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("  {bar:16} {percent:>3}%  {wide_msg}")?.progress_chars("█▉▊▋▌▍▎▏ ");
        Ok(Self { bar: ProgressBar::new(u64::try_from(of)?).with_style(style), doing, of })
    }

    /// Shows how many are done.
    pub(super) fn show(&self, done: i64) {
        self.bar.set_position(u64::try_from(done).unwrap_or_default());
        self.bar.set_message(format!("{} of {} {}", grouped(done), grouped(self.of), self.doing));
    }

    /// Ends the display.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
