//! Sockets of callers, in plain text or under TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::Accept;
use tokio_rustls::server::TlsStream;

/// Bytes that TLS holds back when the peer takes none. It holds them for each connection.
const TLS_BYTES_MAX: usize = 16 * 1024;

/// The socket of a caller.
pub(super) enum Socket {
    /// Without TLS.
    Plain(TcpStream),
    /// The two ends agree on TLS. That is done as the connection is read: it has the time that every greeting has.
    Agreeing(Box<Accept<TcpStream>>),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
    /// They did not agree.
    Failed,
}

impl Socket {
    fn poll_agreed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Self::Agreeing(accept) = self {
            match ready!(Pin::new(accept).poll(cx)) {
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
