//! Connections that send the replies to many calls in one packet.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use tonic::transport::server::Connected;

use super::connection::Peer;
use super::connections::Open;
use super::prefixed::Prefixed;
use super::socket::Socket;

/// Bytes that may wait for the others: more than a full set of replies to single calls.
const WAITING_BYTES_MAX: usize = 64 * 1024;

/// The bytes with which a client begins HTTP/2 (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes that a client of HTTP/1.1 may send before a call comes of them, beside what is read at once: twice the headers that HTTP/2
/// takes.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The types of frames with the headers of a call, and the flag of the last of them (RFC 9113, sections 6.2 and 6.10).
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// How long an ended connection takes in what its peer still sends. One that has heard of the end says nothing more after a round trip.
const LINGER: Duration = Duration::from_millis(500);

/// Counts the calls whose headers have come in whole, where that is HTTP/2. In HTTP/1.1 a header takes as much memory as it has bytes.
struct Calls {
    /// How much of the preface has come in; `None` for a client that began otherwise.
    preface: Option<usize>,
    /// Frames of HTTP/2: nine bytes, and so many of payload as the first three tell (RFC 9113, section 4.1).
    frames: Prefixed<9>,
    /// True while a frame comes in that ends the headers of a call.
    ends_headers: bool,
}

impl Calls {
    const fn new() -> Self {
        Self { preface: Some(0), frames: Prefixed::behind(PREFACE.len()), ends_headers: false }
    }

    /// True for a client that did not begin with HTTP/2.
    const fn are_of_http1(&self) -> bool {
        self.preface.is_none()
    }

    /// Passes over bytes that came in, and returns how many calls have their headers by them. A frame of which a part is still to come
    /// does not count: whoever waited for its call would not read the rest.
    fn pass(&mut self, bytes: &[u8]) -> u64 {
        if let Some(seen) = self.preface {
            let (rest, length) = (&PREFACE[seen..], bytes.len().min(PREFACE.len() - seen));
            self.preface = (rest[..length] == bytes[..length]).then_some(seen + length);
        }
        if self.are_of_http1() {
            return 0;
        }
        let Self { frames, ends_headers, .. } = self;
        let mut calls = 0;
        frames.pass(bytes, |[high, middle, low, kind, flags, ..]| {
            calls += u64::from(*ends_headers);
            *ends_headers = matches!(kind, HEADERS | CONTINUATION) && flags & END_HEADERS != 0;
            usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low)
        });
        if frames.is_between() {
            calls += u64::from(std::mem::take(ends_headers));
        }
        calls
    }
}

/// A connection that lets the other ready tasks run before it sends, and after it has read some.
///
/// A commit answers hundreds of calls. Each call wakes its connection, which tokio runs next, before the other calls of
/// the same commit. That would be a system call and a packet for each reply, at both ends.
pub(super) struct Coalesced {
    socket: Socket,
    address: SocketAddr,
    open: Open,
    waiting: Vec<u8>,
    sent: usize,
    has_yielded: bool,
    calls: Calls,
    /// Bytes read since the calls in them last could run.
    read: usize,
    /// Until when what still comes is taken in, once the connection is ended.
    lingering: Option<Pin<Box<Sleep>>>,
    /// Bytes of HTTP/1.1 that were read since the last call had come of them, and how many had.
    head: (usize, u64),
}

impl Coalesced {
    pub(super) fn new(socket: Socket, address: SocketAddr, open: Open) -> Self {
        Self {
            socket,
            address,
            open,
            waiting: Vec::new(),
            sent: 0,
            has_yielded: false,
            calls: Calls::new(),
            read: 0,
            lingering: None,
            head: (0, 0),
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.open.connection.is_cut(cx.waker()) {
            // A peer that reads nothing would be waited for.
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        while self.sent < self.waiting.len() {
            let Coalesced { socket, waiting, sent, .. } = &mut *self;
            let written = Pin::new(socket).poll_write(cx, &waiting[*sent..]);
            let sent = ready!(written)?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += sent;
        }
        // TLS holds some of it back.
        ready!(Pin::new(&mut self.socket).poll_flush(cx))?;
        self.waiting.clear();
        self.sent = 0;
        self.has_yielded = false;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Coalesced {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.open.connection.is_cut(cx.waker()) {
            // Nothing was read: that is the end.
            return Poll::Ready(Ok(()));
        }
        if self.waiting.len() >= WAITING_BYTES_MAX {
            // Whoever does not take what there is, asks for no more.
            ready!(self.poll_send(cx))?;
        }
        if self.open.connection.waits_for_calls() {
            // It is woken once they have run.
            return Poll::Pending;
        }
        let left = self.open.read_at_once().saturating_sub(self.read);
        if left == 0 {
            self.read = 0;
            // A task that wakes itself goes to the end of the queue.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buf.filled().len();
        let polled = if buf.remaining() <= left {
            Pin::new(&mut self.socket).poll_read(cx, buf)
        } else {
            let mut part = ReadBuf::new(buf.initialize_unfilled_to(left));
            let polled = Pin::new(&mut self.socket).poll_read(cx, &mut part);
            let read = part.filled().len();
            buf.advance(read);
            polled
        };
        let read = buf.filled().len() - before;
        // Whoever finds nothing to read begins another portion.
        self.read = if polled.is_pending() { 0 } else { self.read + read };
        ready!(polled)?;
        self.open.connection.note_read(read);
        let calls = self.calls.pass(&buf.filled()[before..]);
        self.open.connection.note_read_calls(calls);
        if self.calls.are_of_http1() {
            let arrived = self.open.connection.arrived_calls();
            let (head, before) = self.head;
            // What came together with a head may be of its body.
            let is_of_body = arrived > before || self.open.connection.has_call();
            self.head = (if is_of_body { read } else { head + read }, arrived);
            if self.head.0 > HEAD_BYTES_MAX + self.open.read_at_once() {
                return Poll::Ready(Err(io::Error::other("the headers of a call are too long")));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Coalesced {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.waiting.len() >= WAITING_BYTES_MAX {
            ready!(self.poll_send(cx))?;
        }
        self.waiting.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.waiting.len() >= WAITING_BYTES_MAX {
            ready!(self.poll_send(cx))?;
        }
        let before = self.waiting.len();
        for slice in slices {
            // HTTP/1.1 hands over all that it has: what is taken here is counted by nobody else.
            let room = WAITING_BYTES_MAX.saturating_sub(self.waiting.len());
            self.waiting.extend_from_slice(&slice[..slice.len().min(room)]);
            if slice.len() > room {
                break;
            }
        }
        Poll::Ready(Ok(self.waiting.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.waiting.is_empty() && !self.has_yielded {
            self.has_yielded = true;
            // A task that wakes itself goes to the end of the queue.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.poll_send(cx)
    }

    /// Ends what is sent, and takes in for a moment what the peer still sends: a socket that is closed with bytes unread is reset, and the peer
    /// may lose the last replies by that.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(self.poll_send(cx))?;
            ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
            self.lingering = Some(Box::pin(sleep(LINGER)));
        }
        let mut rest = [0; 4_096];
        let Self { socket, lingering, .. } = &mut *self;
        while !lingering.as_mut().is_none_or(|until| until.as_mut().poll(cx).is_ready()) {
            let mut buf = ReadBuf::new(&mut rest);
            let read = ready!(Pin::new(&mut *socket).poll_read(cx, &mut buf));
            if read.is_err() || buf.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Connected for Coalesced {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        Peer { address: self.address, connection: Arc::clone(&self.open.connection) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_once_their_headers_are_there_however_they_come() {
        // INV 76
        let frame_with = |kind: u8, flags: u8, payload: &[u8]| {
            let length = u8::try_from(payload.len()).expect("it is short");
            [&[0, 0, length, kind, flags, 0, 0, 0, 1][..], payload].concat()
        };
        let frame = |kind: u8, payload: &[u8]| frame_with(kind, END_HEADERS, payload);
        let preface = PREFACE.to_vec();
        let (settings, headers, data) = (frame(4, &[]), frame(HEADERS, &[1; 30]), frame(0, &[1; 200]));
        let in_two = [frame_with(HEADERS, 0, &[1; 20]), frame(CONTINUATION, &[1; 9])].concat();
        let sent = [preface, settings, headers.clone(), data, headers.clone(), in_two, frame(8, &[1; 4])].concat();
        for piece in 1..sent.len() {
            let mut calls = Calls::new();
            let counted: u64 = sent.chunks(piece).map(|piece| calls.pass(piece)).sum();
            assert_eq!(counted, 3, "{piece} bytes at a time");
        }
        // Of a frame that is not whole nothing counts yet, and its last byte is enough.
        let mut calls = Calls { preface: Some(PREFACE.len()), frames: Prefixed::behind(0), ends_headers: false };
        let (last, most) = headers.split_last().expect("it is long");
        assert_eq!((calls.pass(most), calls.pass(&[*last]), calls.pass(&headers)), (0, 1, 1));
    }

    #[test]
    fn a_client_that_begins_otherwise_is_of_http1_from_its_first_other_byte() {
        for (begin, expected) in
            [(&b"PRI * HTTP/2.0"[..], false), (b"PRI /", true), (b"POST /goodturn.v1.Ledger/GetBalance HTTP/1.1", true)]
        {
            for piece in 1..=begin.len() {
                let mut calls = Calls::new();
                assert_eq!(begin.chunks(piece).map(|piece| calls.pass(piece)).sum::<u64>(), 0);
                assert_eq!(calls.are_of_http1(), expected, "{piece} bytes at a time");
            }
        }
    }
}
