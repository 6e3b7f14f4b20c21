//! `WatchEntries`: the tail of a log on the wire. One page at a time waits for its reader; no commit waits for a
//! reader.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio_stream::Stream;
use tonic::{Request, Status};

use super::connection::{CONNECTION_STREAMS_MAX, Connection};
use super::door::{Caller, enter};
use super::entered::Entered;
use super::{Api, currency_of};
use crate::domain::value::money::Currency;
use crate::domain::value::seq::Seq;
use crate::ledger::tail::{LogPosition, Tail};
use crate::ledger::vitals::Vitals;
use crate::log::LogError;
use crate::metrics::{OpenStream, StreamKind};
use crate::pb;
use crate::wire::error::{ApiError, StreamEnd};
use crate::wire::page::List;
use crate::wire::parse::Violations;
use crate::wire::render;

/// Pages that wait for a reader. With one, the next page is read while this one is sent.
const PAGES_WAITING_MAX: usize = 1;

/// Version of the content of a resume token, after the list's name.
const TOKEN_VERSION: u8 = 1;

/// The limits that a server sets for its watchers.
#[derive(Debug, Clone, Copy)]
pub struct WatchLimits {
    /// The largest number of streams open at once.
    pub streams_max: usize,
    /// The longest time that a page, or a result, waits for a reader that takes nothing.
    pub reader_patience: Duration,
    /// The longest time in which a client sends nothing on a stream of activities, and nothing is on its way.
    pub silence_max: Duration,
}

impl Default for WatchLimits {
    /// 64 streams. A reader that takes nothing holds a page here, one on the wire, and the buffers of HTTP/2. That was
    /// 1.0 MB of usual entries and 1.5 MB of the longest (measured with 16 to 256 such readers), so all of them hold
    /// below 100 MB.
    ///
    /// 30 seconds: as long as a connection may be silent before it is checked, and far above a reader's own commit.
    ///
    /// Ten minutes of silence: a client that sends activities as they come keeps its stream through a quiet spell, and a
    /// stream that was forgotten gives up its place.
    fn default() -> Self {
        let (reader_patience, silence_max) = (Duration::from_secs(30), Duration::from_mins(10));
        Self { streams_max: 64, reader_patience, silence_max }
    }
}

/// The streams of a server.
#[derive(Clone)]
pub(super) struct Streams {
    pub(super) limits: WatchLimits,
    places: Arc<Semaphore>,
    vitals: Arc<Vitals>,
    stopping: watch::Sender<bool>,
}

impl Streams {
    pub(super) fn new(limits: WatchLimits, vitals: Arc<Vitals>) -> Self {
        let places = Arc::new(Semaphore::new(limits.streams_max));
        Self { limits, places, vitals, stopping: watch::Sender::new(false) }
    }

    /// Ends every stream, and every stream begun from now on.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Returns a receiver that is told when streams must end.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Takes a place for a stream of a connection.
    pub(super) fn place(&self, kind: StreamKind, connection: &Arc<Connection>) -> Result<Place, StreamEnd> {
        let of_connection = Arc::clone(&connection.streams).try_acquire_owned();
        let of_connection = of_connection.map_err(|_| StreamEnd::TooManyOfConnection(CONNECTION_STREAMS_MAX))?;
        let of_server = Arc::clone(&self.places).try_acquire_owned();
        let of_server = of_server.map_err(|_| StreamEnd::TooMany(self.limits.streams_max))?;
        Ok(Place { _of_connection: of_connection, _of_server: of_server, _counted: self.vitals.metrics.stream(kind) })
    }

    /// Closes the connection of a stream that was ended and is still there after four times the patience with a reader: its reader
    /// does not hear of the end, and holds a place and what was sent.
    pub(super) async fn close_unless_gone(&self, gone: impl Future<Output = ()>, connection: &Connection) {
        if tokio::time::timeout(self.limits.reader_patience * 4, gone).await.is_err() {
            connection.cut();
        }
    }
}

/// A place for a stream, on its connection and on the server.
pub(super) struct Place {
    _of_connection: OwnedSemaphorePermit,
    _of_server: OwnedSemaphorePermit,
    _counted: OpenStream,
}

/// Entries on their way to one reader.
pub struct EntryStream {
    pages: mpsc::Receiver<pb::WatchEntriesResponse>,
    /// The reason of its end; `None` once the reader has been told.
    ended: Option<oneshot::Receiver<ApiError>>,
    /// Given back when the stream is gone, not when it is cut. A reader that was cut and does not go away still holds
    /// the pages sent to it.
    _place: Place,
}

impl Stream for EntryStream {
    type Item = Result<pb::WatchEntriesResponse, Status>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(ended) = &mut this.ended else { return Poll::Ready(None) };
        // The end comes before a waiting page: after a server stops or a log forks, nobody waits.
        let why = match Pin::new(ended).poll(context) {
            Poll::Ready(why) => why.ok(),
            Poll::Pending => match ready!(this.pages.poll_recv(context)) {
                Some(page) => return Poll::Ready(Some(Ok(page))),
                None => None,
            },
        };
        this.ended = None;
        let why = why.unwrap_or_else(|| LogError::Unavailable("a stream was lost".into()).into());
        Poll::Ready(Some(Err(why.into())))
    }
}

impl Api {
    /// Begins a stream.
    pub(super) async fn watch(&self, request: Request<pb::WatchEntriesRequest>) -> Result<EntryStream, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let id = violations.program("parent", &request.parent);
        let after = Seq::new(request.after_seq);
        if after.is_none() {
            violations.add("after_seq", format!("is {}; give 0 or more", request.after_seq));
        }
        if request.after_seq != 0 && !request.resume_token.is_empty() {
            violations.add("resume_token", "is given together with after_seq; give one of them");
        }
        let (id, after) = violations.check(id.zip(after))?;
        let program = self.program(&caller, &id).await?;
        let currency = currency_of(&program)?;
        let list = List::of("WatchEntries", &request.parent);
        let resume = resumed(&list, &request.resume_token)?;
        let place = self.streams.place(StreamKind::Watch, &caller.connection)?;
        let tail = match resume {
            Some(place) => Tail::resume(&self.ledger, Arc::clone(&program), place).await?,
            None => Tail::after_seq(&self.ledger, Arc::clone(&program), after).await?,
        };
        let (sender, pages) = mpsc::channel(PAGES_WAITING_MAX);
        let (end, ended) = oneshot::channel();
        let mut stopping = self.streams.stopping();
        let streams = self.streams.clone();
        let (connection, reader_patience) = (Arc::clone(&caller.connection), self.streams.limits.reader_patience);
        let feed = Feed { tail, api: self.clone(), caller, program, currency, list, reader_patience };
        tokio::spawn(async move {
            let why = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => StreamEnd::Stopping.into(),
                why = feed.run(&sender) => why,
                () = sender.closed() => return, // The reader has gone.
            };
            // This comes before the sender is dropped: a stream that ends without a reason would look complete.
            drop(end.send(why));
            streams.close_unless_gone(sender.closed(), &connection).await;
        });
        Ok(EntryStream { pages, ended: Some(ended), _place: place })
    }
}

/// The task that feeds one stream.
struct Feed {
    tail: Tail,
    api: Api,
    caller: Caller,
    program: Entered,
    currency: Currency,
    list: List,
    reader_patience: Duration,
}

impl Feed {
    /// Sends page after page, until there is a reason to end.
    async fn run(mut self, pages: &mpsc::Sender<pb::WatchEntriesResponse>) -> ApiError {
        loop {
            // Room first, then the page: nothing is read ahead for a reader that does not read.
            let room = match tokio::time::timeout(self.reader_patience, pages.reserve()).await {
                Ok(Ok(room)) => room,
                Ok(Err(_)) => std::future::pending().await,
                Err(_) => return StreamEnd::ReaderTooSlow(self.reader_patience).into(),
            };
            match self.page().await {
                Ok(page) => room.send(page),
                Err(error) => return error,
            }
        }
    }

    /// Returns the next page, once there is one.
    async fn page(&mut self) -> Result<pb::WatchEntriesResponse, ApiError> {
        let entries = self.tail.next().await?;
        // Whoever may not read any more is told nothing more.
        self.api.program(&self.caller, &self.program.id).await?;
        Ok(pb::WatchEntriesResponse {
            entries: entries.iter().map(|entry| render::entry(&self.program.id, self.currency, entry)).collect(),
            resume_token: self.list.token(&(TOKEN_VERSION, self.tail.place())),
            head_seq: self.program.head_seq().get(),
        })
    }
}

/// Reads the place in a resume token; `None` for an empty one.
fn resumed(list: &List, token: &str) -> Result<Option<LogPosition>, ApiError> {
    match list.cursor::<(u8, LogPosition)>(token) {
        Ok(None) => Ok(None),
        Ok(Some((TOKEN_VERSION, place))) => Ok(Some(place)),
        Ok(Some(_)) | Err(_) => Err(StreamEnd::Token(token.into()).into()),
    }
}
