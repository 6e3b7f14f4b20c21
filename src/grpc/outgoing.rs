//! Bodies of replies: what waits for a reader is counted for the whole server, and is dropped when nobody reads.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::sleep;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::HeaderMap;
use tonic::codegen::{Body as HttpBody, Bytes};

use super::budget::Taken;
use super::call_record::CallRecord;
use super::connection::{Answered, OpenCall};
use crate::ledger::SubmitError;
use crate::ledger::clock::Stopwatch;
use crate::wire::error::{ApiError, StreamEnd};

/// How long a reply waits for a reader that takes nothing of it.
const READER_PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a reply handed to HTTP/2 at a time. What is handed over is held for the reader until its connection is closed.
const PIECE: usize = 16 * 1024;

/// Replies up to this size are not counted in bytes: as many as there may be calls take 8 MiB.
const SMALL: usize = 1024;

/// How often replies are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

fn overloaded() -> Status {
    ApiError::Submit(SubmitError::Overloaded).into()
}

/// The replies that wait for their readers.
#[derive(Default)]
pub(super) struct Replies {
    waiting: Mutex<Vec<Weak<Reply>>>,
}

impl Replies {
    /// Drops replies that nobody reads, for as long as the server runs.
    pub(super) async fn keep_dropping(self: Arc<Self>) {
        loop {
            sleep(LOOK_EVERY).await;
            // Nobody who begins a reply waits for this.
            let mut waiting = std::mem::take(&mut *self.lock());
            waiting.retain(|reply| reply.upgrade().is_some_and(|reply| !reply.is_forgotten()));
            self.lock().append(&mut waiting);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Reply>>> {
        self.waiting.lock().expect("nothing panics while it holds the lock")
    }
}

/// Bytes that are counted until they are sent or dropped.
struct CountedBytes {
    bytes: Vec<u8>,
    _taken: Taken,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A message of a reply that waits for its reader.
struct Reply {
    left: Mutex<Left>,
}

/// What is left of a message.
struct Left {
    bytes: Bytes,
    taken: Taken,
    /// Runs since something was taken of it.
    since: Stopwatch,
}

impl Reply {
    /// Takes the next bytes; `None` when they were dropped. They are copied: what is left can then be dropped while they are
    /// still on their way.
    fn take(&self) -> Option<Bytes> {
        let mut left = self.lock();
        left.since = Stopwatch::start();
        let length = left.bytes.len().min(PIECE);
        if length == 0 {
            return None;
        }
        let (bytes, taken) = (left.bytes.split_to(length).to_vec(), left.taken.split(length));
        Some(Bytes::from_owner(CountedBytes { bytes, _taken: taken }))
    }

    /// Drops what is left when nobody takes it, and returns true then.
    fn is_forgotten(&self) -> bool {
        let mut left = self.lock();
        let is_forgotten = left.since.elapsed() >= READER_PATIENCE;
        if is_forgotten {
            let length = std::mem::take(&mut left.bytes).len();
            left.taken.shrink(length);
        }
        is_forgotten
    }

    fn lock(&self) -> MutexGuard<'_, Left> {
        self.left.lock().expect("nothing panics while it holds the lock")
    }
}

/// What is there for the reader.
enum Ready {
    Frame(http_body::Frame<Bytes>),
    /// A larger message, and how much of it is left to send.
    Pieces(Arc<Reply>, usize),
}

/// The body of a reply, on its way out. While it lives, its call is open.
pub(super) struct Outgoing {
    inner: Body,
    ready: Option<Ready>,
    replies: Arc<Replies>,
    answered: Answered,
    /// The record of the call, unless it was written before.
    record: Option<CallRecord>,
}

impl Outgoing {
    /// Makes the body of a reply. Its first message is encoded now, if there is one: a message that waits for a reader is
    /// counted in bytes, and bytes can be dropped.
    ///
    /// # Errors
    /// There is no room for the reply.
    pub(super) async fn of(
        inner: Body,
        replies: Arc<Replies>,
        call: OpenCall,
        record: Option<CallRecord>,
    ) -> Result<Body, Status> {
        let mut reply = Self { inner, ready: None, replies, answered: Answered::new(call), record };
        if !reply.inner.is_end_stream() {
            let first = poll_fn(|context| Poll::Ready(Pin::new(&mut reply.inner).poll_frame(context))).await;
            if let Poll::Ready(Some(frame)) = first {
                let held = frame.and_then(|frame| reply.hold(frame));
                reply.ready = Some(
                    held.inspect_err(|status| reply.record.iter_mut().for_each(|record| record.end_with(status)))?,
                );
                reply.answered.note_ready();
            }
        }
        Ok(Body::new(reply))
    }

    /// Holds a frame for the reader. A message that is not small is counted.
    fn hold(&mut self, frame: http_body::Frame<Bytes>) -> Result<Ready, Status> {
        let bytes = match frame.into_data() {
            Ok(bytes) if bytes.len() > SMALL => bytes,
            Ok(bytes) => return Ok(Ready::Frame(http_body::Frame::data(bytes))),
            Err(trailers) => {
                if let (Some(trailers), Some(record)) = (trailers.trailers_ref(), &mut self.record) {
                    record.end(trailers);
                }
                return Ok(Ready::Frame(trailers));
            }
        };
        let length = bytes.len();
        let taken = self.answered.connection().shares.replies.take(length).ok_or_else(overloaded)?;
        let reply = Arc::new(Reply { left: Mutex::new(Left { bytes, taken, since: Stopwatch::start() }) });
        self.replies.lock().push(Arc::downgrade(&reply));
        Ok(Ready::Pieces(reply, length))
    }

    /// Ends the reply with a status.
    fn end(&mut self, status: &Status) -> Result<http_body::Frame<Bytes>, Status> {
        self.inner = Body::empty();
        let mut trailers = HeaderMap::new();
        status.add_header(&mut trailers)?;
        self.record.iter_mut().for_each(|record| record.end(&trailers));
        Ok(http_body::Frame::trailers(trailers))
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        // Whoever asks for more has taken what was handed over before.
        self.answered.note_taken();
        let ready = match self.ready.take() {
            Some(ready) => ready,
            None => match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(frame) => match self.hold(frame?) {
                    Ok(ready) => ready,
                    Err(status) => return Poll::Ready(Some(self.end(&status))),
                },
                None => return Poll::Ready(None),
            },
        };
        self.answered.note_ready();
        match ready {
            Ready::Frame(frame) => Poll::Ready(Some(Ok(frame))),
            Ready::Pieces(reply, left) => {
                let Some(bytes) = reply.take() else {
                    let too_slow = StreamEnd::ReaderTooSlow(READER_PATIENCE);
                    return Poll::Ready(Some(self.end(&ApiError::from(too_slow).into())));
                };
                let left = left - bytes.len();
                self.ready = (left > 0).then_some(Ready::Pieces(reply, left));
                Poll::Ready(Some(Ok(http_body::Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_none() && self.inner.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::call_record::Book;
    use crate::grpc::connection::{Connection, ConnectionLimits};
    use crate::grpc::testing::{connection, next};

    /// A body of one message.
    struct One(Option<Bytes>);

    impl HttpBody for One {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
            Poll::Ready(self.0.take().map(|bytes| Ok(http_body::Frame::data(bytes))))
        }
    }

    async fn reply(connection: &Arc<Connection>, replies: &Arc<Replies>, bytes: usize) -> Result<Body, Status> {
        let call = connection.call().expect("few are open");
        let body = Body::new(One(Some(vec![7; bytes].into())));
        let record = Book::of(Arc::default()).begin(None, "/x");
        Outgoing::of(body, Arc::clone(replies), call, Some(record)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_that_nobody_reads_is_dropped_and_its_reader_told() {
        // INV 76
        let (connection, replies) = (connection(), Arc::<Replies>::default());
        let dropping = tokio::spawn(Arc::clone(&replies).keep_dropping());
        let (mut read, mut unread) = (
            reply(&connection, &replies, 100_000).await.unwrap(),
            reply(&connection, &replies, 100_000).await.unwrap(),
        );
        // HTTP/2 takes the first piece before its reader does.
        let first = next(&mut unread).await;
        let mut length = 0;
        while let Some(piece) = next(&mut read).await {
            length += piece.unwrap().into_data().unwrap().len();
            // Slow, but it reads.
            sleep(Duration::from_secs(6)).await;
        }
        assert_eq!(length, 100_000);
        assert_eq!(connection.shares.replies.held(), PIECE, "what was handed over and is still on its way");
        drop(first);
        assert_eq!(connection.shares.replies.held(), 0, "what was read, and what was not read for 42 s");
        let told = next(&mut unread).await.unwrap().unwrap().into_trailers().unwrap();
        let told = Status::from_header_map(&told).unwrap();
        assert_eq!(told.code(), tonic::Code::ResourceExhausted);
        assert!(told.message().starts_with("nothing was read for 30 seconds"), "{}", told.message());
        assert!(next(&mut unread).await.is_none());
        dropping.abort();
    }

    /// HTTP/2 takes the first piece whether its reader is ready or not.
    #[tokio::test(start_paused = true)]
    async fn what_was_handed_over_is_unread_until_more_is_asked_for() {
        // INV 76
        let (connection, replies) = (connection(), Arc::<Replies>::default());
        connection.note_read(100);
        let mut small = reply(&connection, &replies, 10).await.unwrap();
        next(&mut small).await.expect("a message").unwrap();
        connection.look();
        sleep(Duration::from_mins(1)).await;
        assert!(connection.is_silent(&ConnectionLimits::default()));
        assert!(next(&mut small).await.is_none());
        assert!(!connection.is_silent(&ConnectionLimits::default()));
    }

    #[tokio::test]
    async fn replies_for_which_there_is_no_room_are_refused_and_small_ones_are_not() {
        // INV 76
        let (connection, replies) = (connection(), Arc::<Replies>::default());
        let mut waiting = Vec::new();
        let refused = loop {
            match reply(&connection, &replies, 4 * 1024 * 1024).await {
                Ok(reply) => waiting.push(reply),
                Err(status) => break status,
            }
        };
        assert_eq!(waiting.len(), 8, "32 MiB: the other half is for others");
        assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
        assert!(reply(&connection, &replies, 1_000).await.is_ok());
        drop(waiting);
        assert!(reply(&connection, &replies, 4 * 1024 * 1024).await.is_ok());
    }
}
