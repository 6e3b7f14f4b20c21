//! `StreamActivities`: activities in, results out, in one order. The client can be ahead only as far as it reads
//! results.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::Stream;
use tonic::{Request, Status, Streaming};

use super::Api;
use super::door::{Caller, enter};
use super::incoming::{REQUEST_PATIENCE, Weighed};
use super::streams::Place;
use super::volume::{Recorder, check_count};
use crate::ledger::SubmitError;
use crate::log::LogError;
use crate::metrics::StreamKind;
use crate::pb;
use crate::wire::codec;
use crate::wire::error::{ApiError, StreamEnd, unreadable_message};
use crate::wire::parse::Violations;

/// The largest number of activities of one stream that are on their way: read, and not yet handed to HTTP/2 as results.
///
/// Each activity is in a commit, in the next commit, or between the lane and the network, so a commit takes a fourth of
/// them or less. With 1,000, a commit on SQLite took 260, and its own cost was a good part of the whole; with 2,000 it
/// takes 430, and with 4,000 750. But other callers wait behind them: twice as many take twice as long.
const ON_THEIR_WAY_MAX: usize = 2_000;

/// Activities handed to the lane at a time, so that the next are read while these are decided.
const HANDED_OVER_MAX: usize = 250;

/// Memory of the activities of one stream that are on their way: as many as may be of the usual ones, and fewer of long ones. All
/// streams together take 64 MiB.
const ON_THEIR_WAY_MEMORY: usize = 1024 * 1024;

/// Results of one message: some 30 kB.
const RESULTS_MAX: usize = 250;

/// Activities that were handed to the lane together, on their way to the client.
struct Piece {
    /// Their results, once all of them are known.
    results: Pin<Box<dyn Future<Output = Vec<pb::RecordActivityResult>> + Send>>,
    /// Their places among those on their way.
    places: OwnedSemaphorePermit,
    /// Their memory, until the results are known.
    memory: OwnedSemaphorePermit,
}

/// The states between activities that were read and their results.
enum Waiting {
    /// The lane has them, or they were refused before they were queued.
    Piece(Piece),
    /// The end of the activities. It is sent explicitly, as a lost stream must not look complete.
    End(Result<(), Status>),
}

/// How the client of a stream takes its results.
#[derive(Default)]
struct Taking {
    /// True while it has taken all there is, and waits for more.
    is_wanted: AtomicBool,
    /// How often it has asked for more.
    asked: AtomicU64,
}

impl Taking {
    fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// True when it has asked for nothing since, and does not wait.
    fn has_stopped(&self, asked: u64) -> bool {
        !self.is_wanted.load(Ordering::Acquire) && self.asked() == asked
    }
}

/// Results on their way to one client.
pub struct ResultStream {
    waiting: mpsc::Receiver<Waiting>,
    /// The piece that waits for its commit.
    next: Option<Piece>,
    /// Results that are known, with their places.
    known: VecDeque<pb::RecordActivityResult>,
    places: Option<OwnedSemaphorePermit>,
    answered: i64,
    ended: bool,
    /// The reason of the end, until the client is told.
    why: Option<Status>,
    taking: Arc<Taking>,
    _place: Arc<OnceLock<Place>>,
}

impl Stream for ResultStream {
    type Item = Result<pb::StreamActivitiesResponse, Status>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.taking.asked.fetch_add(1, Ordering::AcqRel);
        this.taking.is_wanted.store(false, Ordering::Release);
        let mut results = Vec::new();
        while results.len() < RESULTS_MAX {
            match this.poll_result(context) {
                Poll::Ready(Some(result)) => results.push(result),
                Poll::Ready(None) | Poll::Pending if !results.is_empty() => break,
                Poll::Ready(None) => return Poll::Ready(this.why.take().map(Err)),
                Poll::Pending => {
                    this.taking.is_wanted.store(true, Ordering::Release);
                    return Poll::Pending;
                }
            }
        }
        // Others may be read in their place.
        drop(this.places.as_mut().and_then(|places| places.split(results.len())));
        let first_index = this.answered;
        this.answered += i64::try_from(results.len()).expect("a message holds few");
        Poll::Ready(Some(Ok(pb::StreamActivitiesResponse { first_index, results })))
    }
}

impl ResultStream {
    /// Returns the next result in the order of the activities; `None` after the last.
    fn poll_result(&mut self, context: &mut Context<'_>) -> Poll<Option<pb::RecordActivityResult>> {
        loop {
            if let Some(result) = self.known.pop_front() {
                return Poll::Ready(Some(result));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            let mut piece = match self.next.take() {
                Some(piece) => piece,
                None => match ready!(self.waiting.poll_recv(context)) {
                    Some(Waiting::Piece(piece)) => piece,
                    Some(Waiting::End(end)) => {
                        (self.ended, self.why) = (true, end.err());
                        continue;
                    }
                    None => {
                        let lost: ApiError = LogError::Unavailable("a stream was lost".into()).into();
                        (self.ended, self.why) = (true, Some(lost.into()));
                        continue;
                    }
                },
            };
            match piece.results.as_mut().poll(context) {
                Poll::Ready(results) => {
                    drop(piece.memory);
                    self.known = results.into();
                    match &mut self.places {
                        Some(places) => places.merge(piece.places),
                        none => *none = Some(piece.places),
                    }
                }
                Poll::Pending => {
                    self.next = Some(piece);
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Api {
    /// Begins a stream. It does not wait for the first message: some clients send it only once they are told that the
    /// stream has begun.
    pub(super) fn stream(
        &self,
        request: Request<Streaming<pb::StreamActivitiesRequest>>,
    ) -> Result<ResultStream, ApiError> {
        let (caller, messages) = enter(request);
        // Whoever has not shown who it is takes no place from others.
        let place = Arc::<OnceLock<Place>>::default();
        if self.authority.is_none() {
            let _first = place.set(self.streams.place(StreamKind::Record, &caller.connection)?);
        }
        // Each piece holds at least one place, so the channel always has room.
        let (results, waiting) = mpsc::channel(ON_THEIR_WAY_MAX);
        let mut stopping = self.streams.stopping();
        let places = Arc::new(Semaphore::new(ON_THEIR_WAY_MAX));
        let taking = Arc::<Taking>::default();
        let memory = Arc::new(Semaphore::new(ON_THEIR_WAY_MEMORY));
        let (streams, connection) = (self.streams.clone(), Arc::clone(&caller.connection));
        let room: Arc<dyn codec::Room> = Arc::<Weighed>::clone(&caller.weighed);
        let (taking_of, results_of) = (Arc::clone(&taking), results.clone());
        let (api, place_of) = (self.clone(), Arc::clone(&place));
        let reader =
            Reader { api, caller, messages, place: place_of, places, memory, taking: taking_of, results: results_of };
        tokio::spawn(codec::within(room, async move {
            let end = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => Err(ApiError::from(StreamEnd::Stopping).into()),
                () = results.closed() => return, // The client has gone; queued activities go on.
                end = reader.run() => end,
            };
            drop(results.send(Waiting::End(end)).await);
            streams.close_unless_gone(results.closed(), &connection).await;
        }));
        let (known, places, why) = (VecDeque::new(), None, None);
        Ok(ResultStream { waiting, next: None, known, places, answered: 0, ended: false, why, taking, _place: place })
    }
}

/// The reader of one stream.
struct Reader {
    api: Api,
    caller: Caller,
    messages: Streaming<pb::StreamActivitiesRequest>,
    /// The place of the stream, once its caller has one.
    place: Arc<OnceLock<Place>>,
    /// Places for activities on their way.
    places: Arc<Semaphore>,
    /// Memory of activities on their way, in bytes.
    memory: Arc<Semaphore>,
    taking: Arc<Taking>,
    results: mpsc::Sender<Waiting>,
}

impl Reader {
    /// Reads activities and hands them over, until the client has sent all or there is another reason to end.
    async fn run(mut self) -> Result<(), Status> {
        let Some(first) = self.first_message().await? else { return Ok(()) };
        let mut violations = Violations::default();
        let parent = violations.program("parent", &first.parent);
        let parent = violations.check(parent)?;
        let recorder = Arc::new(Recorder::of(self.api.program(&self.caller, &parent).await?)?);
        if self.place.get().is_none() {
            let _first = self
                .place
                .set(self.api.streams.place(StreamKind::Record, &self.caller.connection).map_err(ApiError::from)?);
        }
        let mut arrived = VecDeque::new();
        let mut end = take(first, &recorder, &mut arrived).err().map(Err);
        loop {
            if end.is_none() {
                end = self.gather(&recorder, &mut arrived).await;
            }
            let of_each = self.caller.weighed.hand_over() / arrived.len().max(1);
            while !arrived.is_empty() {
                let piece: Vec<_> = arrived.drain(..arrived.len().min(HANDED_OVER_MAX)).collect();
                let memory = of_each * piece.len();
                self.hand_over(&recorder, piece, memory).await?;
            }
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Takes the activities that have arrived, or waits for some. Returns how the stream ended, if it did.
    async fn gather(
        &mut self,
        recorder: &Recorder,
        arrived: &mut VecDeque<pb::Activity>,
    ) -> Option<Result<(), Status>> {
        while arrived.len() < HANDED_OVER_MAX {
            let message = tokio::select! {
                biased;
                message = self.next_message() => message,
                () = std::future::ready(()), if !arrived.is_empty() => break,
            };
            match message {
                Ok(Some(message)) => {
                    if let Err(error) = take(message, recorder, arrived) {
                        return Some(Err(error));
                    }
                }
                Ok(None) => return Some(Ok(())),
                Err(status) => return Some(Err(status)),
            }
        }
        None
    }

    /// Waits for the first message, no longer than for any request where the caller has no place yet.
    async fn first_message(&mut self) -> Result<Option<pb::StreamActivitiesRequest>, Status> {
        if self.place.get().is_some() {
            return self.next_message().await;
        }
        match tokio::time::timeout(REQUEST_PATIENCE, self.messages.message()).await {
            Ok(message) => message.map_err(unreadable_message),
            Err(_) => Err(ApiError::from(StreamEnd::Silent(REQUEST_PATIENCE)).into()),
        }
    }

    /// Waits for the next message: for ever while something is on its way, and otherwise as long as a client may be silent.
    async fn next_message(&mut self) -> Result<Option<pb::StreamActivitiesRequest>, Status> {
        let silence_max = self.api.streams.limits.silence_max;
        loop {
            let asked = self.taking.asked();
            match tokio::time::timeout(silence_max, self.messages.message()).await {
                Ok(message) => return message.map_err(unreadable_message),
                Err(_) if self.places.available_permits() == ON_THEIR_WAY_MAX => {
                    return Err(ApiError::from(StreamEnd::Silent(silence_max)).into());
                }
                Err(_) if self.taking.has_stopped(asked) => {
                    return Err(ApiError::from(StreamEnd::ReaderTooSlow(silence_max)).into());
                }
                Err(_) => {}
            }
        }
    }

    /// Waits for room. A client that takes none of the results that are ready is not waited for.
    async fn room_for(&self, room: &Arc<Semaphore>, amount: usize) -> Result<OwnedSemaphorePermit, StreamEnd> {
        let patience = self.api.streams.limits.reader_patience;
        let amount = u32::try_from(amount).expect("no room is larger than some millions");
        loop {
            let asked = self.taking.asked();
            match tokio::time::timeout(patience, Arc::clone(room).acquire_many_owned(amount)).await {
                Ok(taken) => return Ok(taken.expect("nothing closes it")),
                Err(_) if self.taking.has_stopped(asked) => return Err(StreamEnd::ReaderTooSlow(patience)),
                // The client waits for the ledger, not the ledger for the client.
                Err(_) => {}
            }
        }
    }

    /// Hands activities to the lane once there is room for their results and in the queue. Until then nothing is read.
    async fn hand_over(
        &self,
        recorder: &Arc<Recorder>,
        activities: Vec<pb::Activity>,
        memory: usize,
    ) -> Result<(), ApiError> {
        let places = self.room_for(&self.places, activities.len()).await?;
        let memory = self.room_for(&self.memory, memory.min(ON_THEIR_WAY_MEMORY)).await?;
        // Whoever may not record any more records nothing more.
        self.api.program(&self.caller, &recorder.program.id).await?;
        let known = self.api.know_kinds_of(&recorder.program, &activities).await;
        let mut commands = Vec::with_capacity(activities.len());
        let parse = |activity| {
            known.clone()?;
            commands.push(recorder.command(activity)?);
            Ok(())
        };
        let parsed: Vec<Result<(), ApiError>> = activities.into_iter().map(parse).collect();
        let queued = self.api.ledger.queue_all(&recorder.program, commands, self.caller.asked).await;
        let (mut queued, error) = match queued {
            Ok(queued) => (queued.into_iter(), SubmitError::OutcomeUnknown),
            Err(error) => (Vec::new().into_iter(), error),
        };
        let (api, recorder) = (self.api.clone(), Arc::clone(recorder));
        let results = Box::pin(async move {
            let mut answers = Vec::with_capacity(parsed.len());
            for parsed in parsed {
                answers.push(match parsed.map(|()| queued.next()) {
                    Err(refused) => Err(refused),
                    Ok(None) => Err(error.clone().into()),
                    Ok(Some(queued)) => queued.await.map_err(ApiError::from),
                });
            }
            api.results(&recorder.program, answers).await
        });
        // The taker of the results may have gone; then this task ends with it. It does not wait here: if the stream were
        // ended meanwhile, what is queued would be recorded and not answered.
        drop(self.results.try_send(Waiting::Piece(Piece { results, places, memory })));
        Ok(())
    }
}

/// Takes the activities of a message.
fn take(
    message: pb::StreamActivitiesRequest,
    recorder: &Recorder,
    arrived: &mut VecDeque<pb::Activity>,
) -> Result<(), Status> {
    let mut violations = Violations::default();
    let program = format!("programs/{}", recorder.program.id);
    if !message.parent.is_empty() && message.parent != program {
        violations.add("parent", format!("must be {program}, as in the first message, or be left out"));
    }
    check_count(&mut violations, &message.activities);
    violations.check(Some(()))?;
    arrived.extend(message.activities);
    Ok(())
}
