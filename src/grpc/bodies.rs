//! Bodies of requests and replies: their bytes are counted for the whole server, and each has a time.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes};

use super::connections::OpenCall;
use crate::ledger::SubmitError;
use crate::ledger::clock::Stopwatch;
use crate::wire::error::{ApiError, StreamEnd};

/// Bytes of requests that may be in memory at once, from their first byte until their call ends: a hundred of the largest usual
/// batches, or eight requests of the largest size. In memory a request takes up to 20 times its bytes.
const REQUEST_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of replies that may wait for their readers at once: thirty-two of the largest.
const REPLY_BYTES_MAX: usize = 128 * 1024 * 1024;

/// How long the body of a single request may take to arrive: the largest takes 3 s at 10 Mbit/s.
const REQUEST_PATIENCE: Duration = Duration::from_secs(30);

/// How long a reply waits for a reader that takes nothing of it.
const READER_PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a reply handed to HTTP/2 at a time. What is handed over is held for the reader, however long it takes.
const PIECE: usize = 16 * 1024;

/// How often replies are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is in memory of all requests and replies.
#[derive(Default)]
pub(super) struct Bodies {
    requests: AtomicUsize,
    replies: AtomicUsize,
    waiting: Mutex<Vec<Weak<Reply>>>,
}

/// Bytes of a request, counted until this is dropped.
pub(super) struct Counted {
    bytes: AtomicUsize,
    bodies: Arc<Bodies>,
}

impl Bodies {
    /// Begins to count a request.
    pub(super) fn request(self: &Arc<Self>) -> Arc<Counted> {
        Arc::new(Counted { bytes: AtomicUsize::new(0), bodies: Arc::clone(self) })
    }

    /// Drops replies that nobody reads, for as long as the server runs.
    pub(super) async fn keep_dropping(self: Arc<Self>) {
        loop {
            sleep(LOOK_EVERY).await;
            self.lock().retain(|reply| reply.upgrade().is_some_and(|reply| !reply.is_forgotten()));
        }
    }

    fn hold(self: &Arc<Self>, bytes: Bytes) -> Option<Arc<Reply>> {
        let length = bytes.len();
        if self.replies.fetch_add(length, Ordering::AcqRel) + length > REPLY_BYTES_MAX {
            self.replies.fetch_sub(length, Ordering::AcqRel);
            return None;
        }
        let left = Mutex::new((bytes, Stopwatch::start()));
        let reply = Arc::new(Reply { length, left, bodies: Arc::clone(self) });
        self.lock().push(Arc::downgrade(&reply));
        Some(reply)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Reply>>> {
        self.waiting.lock().expect("nothing panics while it holds the lock")
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.bodies.requests.fetch_sub(*self.bytes.get_mut(), Ordering::AcqRel);
    }
}

/// The body of a single request, on its way in.
pub(super) struct Incoming {
    inner: Body,
    counted: Arc<Counted>,
    until: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    pub(super) fn of(inner: Body, counted: Arc<Counted>) -> Body {
        Body::new(Self { inner, counted, until: None })
    }
}

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.counted.bytes.fetch_add(bytes, Ordering::AcqRel);
                let all = self.counted.bodies.requests.fetch_add(bytes, Ordering::AcqRel) + bytes;
                if all > REQUEST_BYTES_MAX {
                    return Poll::Ready(Some(Err(ApiError::Submit(SubmitError::Overloaded).into())));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Pending => {
                let until = self.until.get_or_insert_with(|| Box::pin(sleep(REQUEST_PATIENCE)));
                ready!(until.as_mut().poll(context));
                Poll::Ready(Some(Err(ApiError::Submit(SubmitError::DeadlinePassed).into())))
            }
            ended @ Poll::Ready(_) => ended,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}

/// A large piece of a reply that waits for its reader.
struct Reply {
    length: usize,
    /// What is left, and the time since something was taken of it.
    left: Mutex<(Bytes, Stopwatch)>,
    bodies: Arc<Bodies>,
}

impl Reply {
    /// Takes the next bytes; `None` at the end, or when they were dropped.
    fn take(&self) -> Option<Bytes> {
        let mut left = self.left.lock().expect("nothing panics while it holds the lock");
        left.1 = Stopwatch::start();
        if left.0.is_empty() {
            return None;
        }
        let length = left.0.len().min(PIECE);
        Some(left.0.split_to(length))
    }

    /// Drops what is left when nobody takes it, and returns true then.
    fn is_forgotten(&self) -> bool {
        let mut left = self.left.lock().expect("nothing panics while it holds the lock");
        let is_forgotten = left.1.elapsed() >= READER_PATIENCE;
        if is_forgotten {
            left.0 = Bytes::new();
        }
        is_forgotten
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.bodies.replies.fetch_sub(self.length, Ordering::AcqRel);
    }
}

/// The body of a reply, on its way out. While it lives, its call is open.
pub(super) struct Outgoing {
    inner: Body,
    /// A piece that is being sent, and how much of it is left to send.
    sending: Option<(Arc<Reply>, usize)>,
    bodies: Arc<Bodies>,
    _call: Option<OpenCall>,
    _request: Option<Arc<Counted>>,
}

impl Outgoing {
    pub(super) fn of(inner: Body, bodies: Arc<Bodies>, call: Option<OpenCall>, request: Option<Arc<Counted>>) -> Body {
        Body::new(Self { inner, sending: None, bodies, _call: call, _request: request })
    }

    /// Returns the next bytes of the piece that is being sent.
    fn next_bytes(&mut self) -> Option<Result<Bytes, Status>> {
        let (reply, left) = self.sending.take()?;
        let Some(bytes) = reply.take() else {
            return Some(Err(ApiError::from(StreamEnd::ReaderTooSlow(READER_PATIENCE)).into()));
        };
        if let Some(left) = left.checked_sub(bytes.len()).filter(|left| *left > 0) {
            self.sending = Some((reply, left));
        }
        Some(Ok(bytes))
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        if let Some(bytes) = self.next_bytes() {
            return Poll::Ready(Some(bytes.map(http_body::Frame::data)));
        }
        let frame = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            ended => return Poll::Ready(ended),
        };
        let bytes = match frame.into_data() {
            Ok(bytes) if bytes.len() > PIECE => bytes,
            Ok(bytes) => return Poll::Ready(Some(Ok(http_body::Frame::data(bytes)))),
            Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
        };
        let length = bytes.len();
        match self.bodies.hold(bytes) {
            Some(reply) => self.sending = Some((reply, length)),
            None => return Poll::Ready(Some(Err(ApiError::Submit(SubmitError::Overloaded).into()))),
        }
        Poll::Ready(self.next_bytes().map(|bytes| bytes.map(http_body::Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.sending.is_none() && self.inner.is_end_stream()
    }
}
