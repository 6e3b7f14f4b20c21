//! A gRPC client that costs next to nothing, so that the bench measures the server beside it.
//!
//! It writes HTTP/2 frames by hand (RFC 9113) and counts the answers without reading them, as h2load does. An answer
//! with a message is a success, as an error comes without one. The caller checks afterwards that the log grew by as
//! many entries.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of the head of a frame.
const FRAME_HEAD: usize = 9;

/// Largest payload of a frame that every server takes (RFC 9113, 4.2).
const PAYLOAD_MAX: usize = 16_384;

/// Bytes that a side may send before it must wait for a window update (RFC 9113, 6.9.2).
const WINDOW: i64 = 65_535;

/// Bytes that the server may send: the largest window, so that it never waits. It is renewed at half.
const OUR_WINDOW: u32 = 0x7fff_ffff;

/// How long a server may be silent before it counts as lost.
const SILENCE_MAX: Duration = Duration::from_secs(20);

mod kind {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
}

mod flag {
    pub(crate) const NONE: u8 = 0;
    /// On DATA and HEADERS: the last frame of its stream.
    pub(crate) const END_STREAM: u8 = 1;
    /// On SETTINGS and PING.
    pub(crate) const ACK: u8 = 1;
    pub(crate) const END_HEADERS: u8 = 4;
}

/// The parts that both halves of a connection use.
struct Shared {
    socket: Mutex<TcpStream>,
    /// Bytes that the server still takes on this connection.
    room: AtomicI64,
}

impl Shared {
    fn write(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut socket = self.socket.lock().expect("nothing panics while it holds the lock");
        socket.write_all(bytes).context("the server takes no more calls")
    }
}

/// Opens a connection for calls of one method.
///
/// # Errors
/// The server cannot be reached.
pub(crate) fn connect(address: SocketAddr, path: &str, principal: &str) -> anyhow::Result<(Sender, Receiver)> {
    let socket = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(SILENCE_MAX))?;
    let shared = Arc::new(Shared { socket: Mutex::new(socket.try_clone()?), room: AtomicI64::new(WINDOW) });
    let mut greeting = PREFACE.to_vec();
    // No table for compressed headers (1), as they are not read; no push (2); windows of streams (4).
    let settings = [(1_u16, 0), (2, 0), (4, OUR_WINDOW)];
    let payload: Vec<u8> =
        settings.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
    frame(&mut greeting, kind::SETTINGS, flag::NONE, 0, &payload);
    let more = OUR_WINDOW - u32::try_from(WINDOW).expect("it is positive");
    frame(&mut greeting, kind::WINDOW_UPDATE, flag::NONE, 0, &more.to_be_bytes());
    shared.write(&greeting)?;
    let mut receiver = Receiver {
        shared: Arc::clone(&shared),
        socket,
        input: vec![0; 8 * PAYLOAD_MAX],
        filled: 0,
        greeted: false,
        received: 0,
        with_message: HashSet::new(),
    };
    while !receiver.greeted {
        receiver.receive(|_| {})?;
    }
    let (first, headers) = request_headers(address, path, principal);
    Ok((Sender { shared, first: Some(first), headers, calls: 0, framed: Vec::new(), out: Vec::new() }, receiver))
}

/// The half of a connection that sends calls.
pub(crate) struct Sender {
    shared: Arc<Shared>,
    first: Option<Vec<u8>>,
    headers: Vec<u8>,
    calls: u32,
    framed: Vec<u8>,
    out: Vec<u8>,
}

impl Sender {
    /// True when the server takes a message of this size now.
    pub(crate) fn has_room(&self, message: &[u8]) -> bool {
        self.shared.room.load(Ordering::Relaxed) >= framed_len(message)
    }

    /// Puts a call with a message into the next packet.
    pub(crate) fn queue(&mut self, message: &[u8]) {
        // Streams of clients have odd numbers.
        let stream = 2 * self.calls + 1;
        self.calls += 1;
        let first = self.first.take();
        let headers = first.as_ref().unwrap_or(&self.headers);
        frame(&mut self.out, kind::HEADERS, flag::END_HEADERS, stream, headers);
        self.framed.clear();
        self.framed.push(0);
        self.framed.extend(u32::try_from(message.len()).expect("messages are below 4 GB").to_be_bytes());
        self.framed.extend_from_slice(message);
        let mut pieces = self.framed.chunks(PAYLOAD_MAX).peekable();
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_none() { flag::END_STREAM } else { flag::NONE };
            frame(&mut self.out, kind::DATA, flags, stream, piece);
        }
        self.shared.room.fetch_sub(framed_len(message), Ordering::Relaxed);
    }

    /// Sends the packet.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        self.shared.write(&self.out)?;
        self.out.clear();
        Ok(())
    }
}

/// The half of a connection that takes answers.
pub(crate) struct Receiver {
    shared: Arc<Shared>,
    socket: TcpStream,
    input: Vec<u8>,
    filled: usize,
    greeted: bool,
    received: u32,
    with_message: HashSet<u32>,
}

impl Receiver {
    /// Waits until something arrives. Names each call that is answered, counted from 0 in the order they were sent.
    ///
    /// # Errors
    /// A call was refused, or the connection is lost.
    pub(crate) fn receive(&mut self, mut answered: impl FnMut(u32)) -> anyhow::Result<()> {
        let count = self.socket.read(&mut self.input[self.filled..]).context("the server does not answer")?;
        ensure!(count > 0, "the server closed the connection");
        self.filled += count;
        let input = std::mem::take(&mut self.input);
        let mut rest = &input[..self.filled];
        while let Some((head, payload, after)) = split_frame(rest) {
            rest = after;
            if let Some(stream) = self.take(&head, payload)? {
                answered((stream - 1) / 2);
            }
        }
        let left = rest.len();
        let begin = self.filled - left;
        self.input = input;
        self.input.copy_within(begin..self.filled, 0);
        self.filled = left;
        Ok(())
    }

    /// Takes one frame, and returns its stream if it ends an answer.
    fn take(&mut self, head: &Head, payload: &[u8]) -> anyhow::Result<Option<u32>> {
        match head.kind {
            kind::DATA => {
                self.renew_window(payload.len())?;
                if !payload.is_empty() {
                    self.with_message.insert(head.stream);
                }
            }
            kind::SETTINGS if head.flags & flag::ACK == 0 => {
                self.greeted = true;
                self.reply(kind::SETTINGS, &[])?;
            }
            kind::PING if head.flags & flag::ACK == 0 => self.reply(kind::PING, payload)?,
            kind::WINDOW_UPDATE if head.stream == 0 => {
                let more = payload.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
                self.shared.room.fetch_add(i64::from(more), Ordering::Relaxed);
            }
            kind::RST_STREAM => bail!("the server broke a call off"),
            kind::GOAWAY => bail!("the server ended the connection"),
            _ => {}
        }
        let ends = matches!(head.kind, kind::DATA | kind::HEADERS) && head.flags & flag::END_STREAM != 0;
        ensure!(!ends || self.with_message.remove(&head.stream), "the server refused a call");
        Ok(ends.then_some(head.stream))
    }

    fn reply(&self, kind: u8, payload: &[u8]) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        frame(&mut bytes, kind, flag::ACK, 0, payload);
        self.shared.write(&bytes)
    }

    fn renew_window(&mut self, bytes: usize) -> anyhow::Result<()> {
        self.received += u32::try_from(bytes).expect("a frame is below 16 MB");
        if self.received > OUR_WINDOW / 2 {
            let mut update = Vec::new();
            frame(&mut update, kind::WINDOW_UPDATE, flag::NONE, 0, &self.received.to_be_bytes());
            self.received = 0;
            self.shared.write(&update)?;
        }
        Ok(())
    }
}

fn framed_len(message: &[u8]) -> i64 {
    i64::try_from(message.len() + 5).expect("messages are below 4 GB")
}

struct Head {
    kind: u8,
    flags: u8,
    stream: u32,
}

/// Splits the first frame off, if all of it has arrived: its head, its payload, and the rest.
fn split_frame(bytes: &[u8]) -> Option<(Head, &[u8], &[u8])> {
    let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = *bytes.first_chunk::<FRAME_HEAD>()?;
    let len = usize::try_from(u32::from_be_bytes([0, l0, l1, l2])).expect("24 bits fit");
    let payload = bytes.get(FRAME_HEAD..FRAME_HEAD + len)?;
    let stream = u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]);
    Some((Head { kind, flags, stream }, payload, &bytes[FRAME_HEAD + len..]))
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let len = u32::try_from(payload.len()).expect("payloads are cut to 16 kB").to_be_bytes();
    out.extend_from_slice(&len[1..]);
    out.extend([kind, flags]);
    out.extend(stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// Returns the headers of the first call, which the server must remember, and those of every other call, which only
/// refer to them (RFC 7541: entries of the static table 3, 6, 4, 1 and 31; the dynamic table counts from 62, the latest
/// first).
fn request_headers(address: SocketAddr, path: &str, principal: &str) -> (Vec<u8>, Vec<u8>) {
    let (post, http) = (0x83, 0x86);
    let mut first = vec![post, http];
    let mut text = |name: &[u8], value: &str| {
        first.extend_from_slice(name);
        first.push(u8::try_from(value.len()).expect("values are below 127 bytes"));
        first.extend_from_slice(value.as_bytes());
    };
    text(&[0x44], path);
    text(&[0x41], &address.to_string());
    text(&[0x5f], "application/grpc");
    text(b"\x40\x02te", "trailers");
    text(b"\x40\x12goodturn-principal", principal);
    // Path, authority, content type, te and principal: 66 to 62, each with the bit that marks a reference.
    (first, vec![post, http, 0xc2, 0xc1, 0xc0, 0xbf, 0xbe])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_once_all_of_it_has_arrived() {
        let mut bytes = Vec::new();
        frame(&mut bytes, kind::DATA, flag::END_STREAM, 7, b"ack");
        bytes.extend_from_slice(b"next");
        let whole = FRAME_HEAD + 3;
        for cut in 0..whole {
            assert!(split_frame(&bytes[..cut]).is_none(), "{cut} bytes");
        }
        let (head, payload, rest) = split_frame(&bytes).expect("a frame");
        assert_eq!((head.kind, head.flags, head.stream), (kind::DATA, flag::END_STREAM, 7));
        assert_eq!((payload, rest), (&b"ack"[..], &b"next"[..]));
    }
}
