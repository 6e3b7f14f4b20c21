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

/// The protocol that callers must ask for in TLS (RFC 9113, section 3.2).
pub(super) const PROTOCOL: &[u8] = b"h2";

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

impl Socket {
    fn poll_agreed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Self::Agreeing(accept) = self {
            match ready!(Pin::new(accept).poll(cx)) {
                Ok(stream) if stream.get_ref().1.alpn_protocol() != Some(PROTOCOL) => {
                    *self = Self::Failed;
                    return Poll::Ready(Err(io::Error::other("the caller did not ask for HTTP/2")));
                }
                Ok(mut stream) => {
                    stream.get_mut().1.set_buffer_limit(Some(TLS_BYTES_MAX));
                    *self = Self::Tls(Box::new(stream));
                }
                Err(error) => {
                    tracing::debug!(%error, "TLS was not agreed on");
                    *self = Self::Failed;
                    return Poll::Ready(Err(error));
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_agreed(cx))?;
        match &mut *self {
            Self::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Tls(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Agreeing(_) | Self::Failed => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_agreed(cx))?;
        match &mut *self {
            Self::Plain(socket) => Pin::new(socket).poll_write(cx, bytes),
            Self::Tls(socket) => Pin::new(socket).poll_write(cx, bytes),
            Self::Agreeing(_) | Self::Failed => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Self::Tls(socket) => Pin::new(socket).poll_flush(cx),
            // Nothing was written.
            Self::Agreeing(_) | Self::Failed => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Tls(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Agreeing(_) | Self::Failed => Poll::Ready(Ok(())),
        }
    }
}
