//! The way of a file: records in, requests out, answers counted in the order of the file.

use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::input::{Input, Record, What};
use super::line::Target;
use super::link::{CALLS_MAX, Link, Server, Trouble, Verdict, outcome_of, verdict};
use super::mark::Mark;
use super::patience::{Patience, SILENCE_MAX};
use super::progress::{About, FilePosition};
use super::rejects::Rejects;
use super::show::Show;
use super::tally::Tally;
use super::window::{Outcome, Window};
use goodturn::ledger::clock::Stopwatch;
use goodturn::pb;

/// Activities of a message: as many as the server hands on at a time.
const ACTIVITIES: usize = 250;

/// How often the progress is shown.
const TICK: Duration = Duration::from_millis(100);

/// Pauses before the server is tried again: the first and the longest. Each is twice the one before.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// The longest time between two saves of the place. Sending lines again after a loss costs less than writing more
/// often.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// Number of rejected lines shown when there is no file for them.
const TOLD_MAX: u64 = 20;

/// The way in which a file ended.
pub(super) enum End {
    /// Every line is answered.
    Done,
    /// A user ended it.
    Stopped,
    /// The server has another log than before. Going on would leave lines out. Holds the server's words.
    OtherLog(String),
}

enum Event {
    Records(Option<anyhow::Result<Vec<Record>>>),
    Answers,
    Marked(Option<Mark>),
    Sent,
    Tick,
    Stopped,
}

/// An import under way.
pub(super) struct Run {
    pub(super) server: Server,
    pub(super) target: Target,
    pub(super) about: About,
    pub(super) wait_max: Duration,
    pub(super) tally: Tally,
    pub(super) rejects: Option<Rejects>,
    pub(super) show: Show,
    pub(super) stop: Pin<Box<dyn Future<Output = ()>>>,
    pub(super) exchange: Exchange,
    pub(super) saves: Saves,
}

/// The exchange with the server.
pub(super) struct Exchange {
    window: Window,
    link: Option<Link>,
    /// The mark by which the log is known again.
    mark: Mark,
    patience: Patience,
    /// The pause before the next attempt; `None` while all is well.
    pause: Option<Duration>,
}

impl Exchange {
    /// Makes an exchange with a log that is known by this mark.
    pub(super) fn with(mark: Mark) -> Self {
        Self { window: Window::default(), link: None, mark, patience: Patience::default(), pause: None }
    }
}

/// The rhythm of saving the place.
pub(super) struct Saves {
    /// The number of lines after which it is saved, at the latest.
    every: u64,
    /// Lines since the last time; then the time since then.
    lines: u64,
    last: Stopwatch,
    /// True when it could not be saved. This is reported once.
    has_failed: bool,
}

impl Saves {
    /// Saves after so many lines, and every second.
    pub(super) fn every(lines: u64) -> Self {
        Self { every: lines, lines: 0, last: Stopwatch::start(), has_failed: false }
    }

    fn are_due(&self) -> bool {
        self.lines > 0 && (self.lines >= self.every || self.last.elapsed() >= SAVED_EVERY)
    }
}

impl Run {
    /// Imports the rest of a file.
    ///
    /// # Errors
    /// The file cannot be read, the server refuses everything or stays away, or an output file cannot be written.
    /// Answered lines are kept all the same.
    pub(super) async fn file(&mut self, input: Input, place: &mut FilePosition) -> anyhow::Result<End> {
        let name = input.name.clone();
        let mut records = input.read(self.target.clone(), place.lines);
        let end = self.go_through(&mut records, place, &name).await;
        self.save(place)?;
        end
    }

    async fn go_through(
        &mut self,
        records: &mut mpsc::Receiver<anyhow::Result<Vec<Record>>>,
        place: &mut FilePosition,
        name: &str,
    ) -> anyhow::Result<End> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut is_read, mut broken) = (false, None);
        loop {
            self.book(place, name)?;
            if is_read && self.exchange.window.is_empty() {
                return broken.map_or(Ok(End::Done), Err);
            }
            let event = match self.step(records, is_read, &mut tick).await {
                Ok(event) => event,
                Err(Trouble::Lasting(why)) => bail!("the server refuses it: {why}"),
                Err(Trouble::OtherLog(why)) => return Ok(End::OtherLog(why)),
                Err(Trouble::Passing(why)) => {
                    self.interrupt(&why, place)?;
                    continue;
                }
            };
            match event {
                Event::Records(Some(Ok(read))) => {
                    for record in read {
                        self.exchange.window.admit(record);
                    }
                }
                Event::Records(Some(Err(error))) => broken = Some(error),
                Event::Records(None) => is_read = true,
                Event::Answers => self.is_well(),
                Event::Marked(mark) => {
                    if let Some(mark) = mark {
                        self.exchange.mark = mark;
                    }
                }
                Event::Sent => {}
                Event::Tick => {
                    if self.exchange.window.is_empty() {
                        self.is_well();
                    }
                    self.show.tick(place.offset, &self.tally);
                }
                Event::Stopped => return Ok(End::Stopped),
            }
        }
    }

    /// Notes that the server answers, or that nothing is asked of it.
    fn is_well(&mut self) {
        self.exchange.patience.answered(self.show.elapsed());
        if self.exchange.pause.take().is_some() {
            self.show.say("the server answers; going on");
        }
    }

    /// Waits for the first event, connected to the server.
    async fn step(
        &mut self,
        records: &mut mpsc::Receiver<anyhow::Result<Vec<Record>>>,
        is_read: bool,
        tick: &mut Interval,
    ) -> Result<Event, Trouble> {
        let Self { exchange, stop, server, tally, show, .. } = self;
        if exchange.link.is_none() {
            let connected = tokio::select! {
                connected = connect(server, exchange.pause, &exchange.mark, tally.seq_max) => connected?,
                () = &mut *stop => return Ok(Event::Stopped),
            };
            exchange.link = Some(connected);
            exchange.patience.nothing_is_due(show.elapsed());
        }
        let Exchange { window, link: Some(link), patience, .. } = exchange else { return Ok(Event::Tick) };
        while link.calls.len() < CALLS_MAX {
            let Some((number, telling)) = window.take_telling() else { break };
            link.call(number, telling);
        }
        let (has_activities, has_room) = (window.has_activities(), !is_read && window.has_room());
        tokio::select! {
            () = &mut *stop => Ok(Event::Stopped),
            message = link.results.message() => {
                let message = message.map_err(|status| super::link::trouble(&status))?;
                let message = message.ok_or_else(|| Trouble::Passing("the server ended the stream".into()))?;
                for result in message.results {
                    let outcome = outcome_of(result)?;
                    if let Some(number) = window.next_result() {
                        window.answer(number, outcome);
                        patience.answered(show.elapsed());
                    }
                }
                Ok(Event::Answers)
            }
            Some(called) = link.calls.join_next(), if !link.calls.is_empty() => {
                let (number, reply) = called.map_err(|lost| Trouble::Passing(lost.to_string()))?;
                match reply {
                    Ok(outcome) => window.answer(number, outcome),
                    Err(status) => match verdict(&status, false) {
                        Verdict::Rejected(outcome) => window.answer(number, outcome),
                        Verdict::Trouble(trouble) => return Err(trouble),
                    },
                }
                Ok(Event::Answers)
            }
            Some(marked) = link.marks.join_next(), if !link.marks.is_empty() => Ok(Event::Marked(marked.ok().flatten())),
            place = link.messages.reserve(), if has_activities => {
                let place = place.map_err(|_| Trouble::Passing("the stream was cut".into()))?;
                place.send(pb::StreamActivitiesRequest { activities: window.take_activities(ACTIVITIES), ..Default::default() });
                Ok(Event::Sent)
            }
            read = records.recv(), if has_room => Ok(Event::Records(read)),
            _ = tick.tick() => {
                if !window.is_waiting() {
                    patience.nothing_is_due(show.elapsed());
                } else if patience.is_silent(show.elapsed()) {
                    let why = format!("no answer for {} s", SILENCE_MAX.as_secs());
                    return Err(Trouble::Passing(why));
                }
                Ok(Event::Tick)
            }
        }
    }

    /// Notes that the server cannot be asked now. Requests without an answer are sent again after a pause.
    fn interrupt(&mut self, why: &str, place: &FilePosition) -> anyhow::Result<()> {
        let waited = self.exchange.patience.troubled(self.show.elapsed());
        if waited > self.wait_max {
            bail!("no answer for {} s: {why}", waited.as_secs());
        }
        if self.exchange.pause.is_none() {
            self.show.say(&format!("{why}; lines up to {} are answered, waiting for the server", place.lines));
        }
        self.exchange.link = None;
        self.exchange.window.interrupt();
        self.exchange.pause = Some(self.exchange.pause.map_or(PAUSE.0, |pause| PAUSE.1.min(pause * 2)));
        self.save(place)
    }

    /// Counts answered records, in the order of the file.
    fn book(&mut self, place: &mut FilePosition, name: &str) -> anyhow::Result<()> {
        while let Some((record, outcome)) = self.exchange.window.pop() {
            let is_rejected = matches!(outcome, Outcome::Rejected { .. });
            if is_rejected && self.rejects.as_mut().is_some_and(Rejects::announce) {
                self.save(place)?;
            }
            self.tally.count(&outcome, self.about.head_seq_before);
            if let Outcome::Rejected { problems, .. } = &outcome {
                self.reject(&record, problems, name)?;
            } else if let (What::Rest, Some(rejects)) = (&record.what, &mut self.rejects) {
                rejects.write_rest(&record)?;
            }
            place.pass_record(&record);
            self.saves.lines += 1;
        }
        if self.saves.are_due() { self.save(place) } else { Ok(()) }
    }

    fn reject(&mut self, record: &Record, problems: &[String], name: &str) -> anyhow::Result<()> {
        if let Some(rejects) = &mut self.rejects {
            return rejects.write(record, name, problems);
        }
        let rejected = self.tally.rejected();
        if rejected <= TOLD_MAX {
            self.show.say(&format!("{name}:{}: {}", record.line, problems.join("; ")));
        } else if rejected == TOLD_MAX + 1 {
            self.show.say("more lines are rejected, and counted only; --rejects FILE keeps them");
        }
        Ok(())
    }

    /// Saves the place, after everything up to it was counted.
    fn save(&mut self, place: &FilePosition) -> anyhow::Result<()> {
        (self.saves.last, self.saves.lines) = (Stopwatch::start(), 0);
        let rejected = self.rejects.as_mut().map(Rejects::flush).transpose()?.unwrap_or_default();
        let mut tally = self.tally.clone();
        tally.add_time(self.show.elapsed());
        // A folder may be read-only; the import is worth more than its place.
        if let Err(error) = place.save(&self.about, rejected, &self.exchange.mark, &tally)
            && !std::mem::replace(&mut self.saves.has_failed, true)
        {
            self.show
                .say(&format!("{error:#}; after an interruption begin anew, what is recorded has no effect twice"));
        }
        // The mark is for the next time: its answer is not waited for.
        if let Some(link) = self.exchange.link.as_mut().filter(|link| link.marks.is_empty()) {
            let seq_max = tally.seq_max;
            if self.exchange.mark.seq < seq_max {
                link.mark(&self.server.program, seq_max);
            }
        }
        Ok(())
    }
}

/// Connects after a pause, and begins a stream.
async fn connect(server: &Server, pause: Option<Duration>, mark: &Mark, seq_max: i64) -> Result<Link, Trouble> {
    if let Some(pause) = pause {
        sleep(pause).await;
    }
    let (found, connection) = server.find().await?;
    mark.check(seq_max, &found, &connection, &server.program).await?;
    Link::begin(connection, &server.program).await
}

/// Resolves once a user asks the command to end.
///
/// # Errors
/// Signals cannot be listened for.
pub(super) fn stop() -> anyhow::Result<Pin<Box<dyn Future<Output = ()>>>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("Ctrl-C cannot be listened for")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    Ok(Box::pin(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }))
}
