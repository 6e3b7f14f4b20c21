//! Bodies of requests: what they take in memory is counted for the whole server, and a single request has a time.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes};

use super::budget::Taken;
use super::connection::{Connection, Unfinished};
use super::prefixed::Prefixed;
use crate::ledger::SubmitError;
use crate::wire::codec::Room;
use crate::wire::error::ApiError;

/// The largest request, in bytes. A batch of 1,000 activities with attributes fits four times.
pub const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long the body of a single request may take to arrive: the largest takes 3 s at 10 Mbit/s.
pub(super) const REQUEST_PATIENCE: Duration = Duration::from_secs(30);

/// Messages. Each has five bytes in front of it: whether it is compressed, and its length (gRPC over HTTP/2,
/// Length-Prefixed-Message).
type Messages = Prefixed<5>;

/// How long a stream of reflection may be open. People may keep one for a while.
pub(super) const REFLECTION_PATIENCE: Duration = Duration::from_mins(10);

/// What a request may take in memory, with its headers, without being counted: as many as there may be calls take 64 MiB. It holds
/// every usual single call, so those are not refused because of others' large ones.
const FREE: usize = 8 * 1024;

/// Memory of a request, from its first byte until its call ends, or until what was read of it is handed over.
pub(super) struct Weighed {
    weight: Mutex<Weight>,
    taken: Taken,
}

#[derive(Default)]
struct Weight {
    bytes: usize,
    /// Those of messages that were decoded.
    decoded: usize,
}

impl Weighed {
    /// Begins to count a request of a connection.
    pub(super) fn of(connection: &Connection) -> Arc<Self> {
        Arc::new(Self { weight: Mutex::default(), taken: connection.shares.requests.none() })
    }

    /// Returns the bytes that were counted.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Counts bytes that came in. Returns false, and counts nothing, when they are too many for now.
    pub(super) fn arrive(&self, more: usize) -> bool {
        self.add(&mut self.lock(), more)
    }

    fn add(&self, weight: &mut Weight, more: usize) -> bool {
        let bytes = weight.bytes + more;
        let excess = bytes.saturating_sub(FREE) - weight.bytes.saturating_sub(FREE);
        let has_room = excess == 0 || self.taken.grow(excess);
        if has_room {
            weight.bytes = bytes;
        }
        has_room
    }

    /// Gives back what the messages took that were decoded since the last time, and returns how much that was: another has their
    /// content.
    pub(super) fn hand_over(&self) -> usize {
        let mut weight = self.lock();
        let handed_over = std::mem::take(&mut weight.decoded);
        let bytes = weight.bytes - handed_over;
        self.taken.shrink(weight.bytes.saturating_sub(FREE) - bytes.saturating_sub(FREE));
        weight.bytes = bytes;
        handed_over
    }

    fn lock(&self) -> MutexGuard<'_, Weight> {
        self.weight.lock().expect("nothing panics while it holds the lock")
    }
}

impl Room for Weighed {
    fn take(&self, bytes: usize, built: usize) -> Result<(), ApiError> {
        let mut weight = self.lock();
        if !self.add(&mut weight, built) {
            return Err(SubmitError::Overloaded.into());
        }
        weight.decoded += bytes + built;
        Ok(())
    }
}

/// The body of a request, on its way in.
pub(super) struct Incoming {
    inner: Body,
    weighed: Arc<Weighed>,
    /// How long the whole of it may take; `None` for a stream of activities.
    patience: Option<Duration>,
    until: Option<Pin<Box<Sleep>>>,
    messages: Messages,
    /// Set once the client has gone away before it had sent all of it.
    is_left: Arc<AtomicBool>,
    /// Until the client has sent all of it.
    _unfinished: Unfinished,
}

/// Passes over bytes that came in. Returns the lengths of the messages that begin in them: the decoder makes room for a whole message
/// once it knows its length.
fn begun(messages: &mut Messages, bytes: &[u8]) -> usize {
    let mut begun = 0;
    messages.pass(bytes, |[_, length @ ..]| {
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        // The decoder refuses a larger one by its length.
        begun += if length <= REQUEST_BYTES_MAX { length } else { 0 };
        length
    });
    begun
}

impl Incoming {
    /// Makes the body of a request that may take so long; `None` for a stream of activities, which has no end of its own.
    pub(super) fn of(
        inner: Body,
        connection: &Arc<Connection>,
        weighed: Arc<Weighed>,
        patience: Option<Duration>,
        is_left: Arc<AtomicBool>,
    ) -> Body {
        let unfinished = connection.begin_body();
        Body::new(Self {
            inner,
            weighed,
            patience,
            until: None,
            messages: Messages::behind(0),
            is_left,
            _unfinished: unfinished,
        })
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
                let bytes = frame.data_ref().map_or(0, |bytes| begun(&mut self.messages, bytes));
                Poll::Ready(Some(if self.weighed.arrive(bytes) {
                    Ok(frame)
                } else {
                    Err(ApiError::from(SubmitError::Overloaded).into())
                }))
            }
            Poll::Pending => {
                let Some(patience) = self.patience else { return Poll::Pending };
                let until = self.until.get_or_insert_with(|| Box::pin(sleep(patience)));
                ready!(until.as_mut().poll(context));
                Poll::Ready(Some(Err(ApiError::Submit(SubmitError::DeadlinePassed).into())))
            }
            Poll::Ready(Some(Err(status))) => {
                // The transport fails when its caller goes away. An error of ours has details.
                if status.details().is_empty() {
                    self.is_left.store(true, Ordering::Release);
                }
                Poll::Ready(Some(Err(status)))
            }
            ended @ Poll::Ready(None) => ended,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::testing::{connection, next};
    use crate::ledger::clock::Stopwatch;

    #[tokio::test(start_paused = true)]
    async fn a_body_has_its_time_and_a_stream_has_all_the_time() {
        // INV 76
        let connection = connection();
        let never = || Body::new(Never);
        let began = Stopwatch::start();
        let late = next(&mut Incoming::of(
            never(),
            &connection,
            Weighed::of(&connection),
            Some(REQUEST_PATIENCE),
            Arc::default(),
        ))
        .await
        .unwrap()
        .unwrap_err();
        assert_eq!(late.code(), tonic::Code::DeadlineExceeded);
        assert_eq!(began.elapsed().as_secs(), 30);
        let mut stream = Incoming::of(never(), &connection, Weighed::of(&connection), None, Arc::default());
        let day = Duration::from_hours(24);
        assert!(tokio::time::timeout(day, next(&mut stream)).await.is_err());
    }

    struct Never;

    impl HttpBody for Never {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
            Poll::Pending
        }
    }

    #[test]
    fn a_message_is_counted_by_the_length_that_it_declares_however_it_comes() {
        // INV 76
        let framed = |length: u32| [&[0][..], &length.to_be_bytes()].concat();
        let sent = [framed(3), b"abc".to_vec(), framed(0), framed(70_000)].concat();
        for piece in 1..sent.len() {
            let mut messages = Messages::behind(0);
            let bytes: usize = sent.chunks(piece).map(|piece| begun(&mut messages, piece)).sum();
            assert_eq!(bytes, 70_003, "{piece} bytes at a time");
        }
        let mut huge = Messages::behind(0);
        assert_eq!(begun(&mut huge, &framed(u32::MAX)), 0, "it is refused by its length");
    }

    #[test]
    fn what_a_request_becomes_is_counted_beyond_the_first_of_it_and_given_back_when_it_is_handed_over() {
        // INV 76
        let connection = connection();
        let request = Weighed::of(&connection);
        let held = || connection.shares.requests.held();
        assert!(request.arrive(5_000));
        assert_eq!(held(), 0);
        request.take(5_000, 600_000).expect("there is room");
        assert_eq!(held(), 5_000 + 600_000 - FREE);
        // The beginning of the next message.
        assert!(request.arrive(500));
        assert_eq!(request.hand_over(), 605_000);
        assert_eq!(held(), 0);
        assert!(request.arrive(FREE));
        assert_eq!(held(), 500);
        // What is refused is not counted, and not given back.
        assert!(request.take(500, 600_000_000).is_err());
        assert_eq!((held(), request.hand_over()), (500, 0));
        drop(request);
        assert_eq!(held(), 0);
    }
}
