//! Sockets of callers, in plain text or under TLS, and whether the peer takes what is sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::Accept;
use tokio_rustls::server::TlsStream;

use super::connection::Connection;

/// The protocols that callers may ask for in TLS, the best first (RFC 9113, section 3.2; RFC 7301, section 6). One who asks for none speaks
/// HTTP/1.1.
pub(super) const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Bytes that TLS holds back when the peer takes none. It holds them for each connection.
const TLS_BYTES_MAX: usize = 16 * 1024;

/// The bytes of a connection as they go over the network. It notes whether the peer takes any: TLS, which holds some back, does not
/// tell.
pub(super) struct Wire {
    socket: TcpStream,
    connection: Arc<Connection>,
    /// True while the peer takes nothing.
    is_blocked: bool,
}

/// The socket of a caller.
pub(super) enum Socket {
    /// Without TLS.
    Plain(Wire),
    /// The two ends agree on TLS. That is done as the connection is read: it has the time that every greeting has.
    Agreeing(Box<Accept<Wire>>),
    /// Under TLS.
    Tls(Box<TlsStream<Wire>>),
    /// They did not agree.
    Failed,
}

impl Wire {
    pub(super) const fn new(socket: TcpStream, connection: Arc<Connection>) -> Self {
        Self { socket, connection, is_blocked: false }
    }

    fn note_blocked(&mut self, is_blocked: bool) {
        if self.is_blocked != is_blocked {
            self.is_blocked = is_blocked;
            self.connection.note_blocked(is_blocked);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.note_blocked(written.is_pending());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.note_blocked(written.is_pending());
        written
    }

    /// TLS sends all that it has in one call, its last words among them.
    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// What is read and written alike, under TLS and without.
trait Duplex: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Duplex for T {}

impl Socket {
    /// Goes on agreeing on TLS, where that is not done.
    fn poll_agreed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self::Agreeing(accept) = self else { return Poll::Ready(Ok(())) };
        let agreed = ready!(Pin::new(accept).poll(cx)).and_then(|mut stream| {
            let tls = stream.get_mut().1;
            tls.set_buffer_limit(Some(TLS_BYTES_MAX));
            Ok(stream)
        });
        Poll::Ready(match agreed {
            Ok(stream) => {
                *self = Self::Tls(Box::new(stream));
                Ok(())
            }
            Err(error) => {
                tracing::debug!(%error, "TLS was not agreed on");
                *self = Self::Failed;
                Err(error)
            }
        })
    }

    /// Returns what is read and written; `None` before the two ends have agreed, and when they did not.
    fn agreed(&mut self) -> Option<Pin<&mut dyn Duplex>> {
        match self {
            Self::Plain(wire) => Some(Pin::new(wire)),
            Self::Tls(stream) => Some(Pin::new(stream)),
            Self::Agreeing(_) | Self::Failed => None,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_agreed(cx))?;
        self.agreed().map_or(Poll::Ready(Ok(())), |agreed| agreed.poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_agreed(cx))?;
        let broken = || Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        self.agreed().map_or_else(broken, |agreed| agreed.poll_write(cx, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Before they have agreed nothing was written.
        self.agreed().map_or(Poll::Ready(Ok(())), |agreed| agreed.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.agreed().map_or(Poll::Ready(Ok(())), |agreed| agreed.poll_shutdown(cx))
    }
}
