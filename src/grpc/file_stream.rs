//! Files on their way to one reader, piece by piece.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_stream::Stream;
use tonic::Status;

use super::Api;
use super::door::Caller;
use super::streams::Place;
use crate::metrics::StreamKind;
use crate::wire::error::{ApiError, StreamEnd};

/// The largest piece that is sent, in bytes.
pub(super) const PIECE_BYTES_MAX: usize = 64 * 1024;

/// Pieces that wait for a slow reader.
const WAITING_MAX: usize = 4;

/// Files on their way to one reader.
pub struct FileStream<M> {
    pieces: mpsc::Receiver<M>,
    /// Why it ended before everything was sent; `None` once the reader has been told.
    ended: Option<oneshot::Receiver<ApiError>>,
    /// Given back when the stream is gone: until then the reader holds what was sent to it.
    _place: Place,
    _is_there: oneshot::Receiver<()>,
}

impl<M> Stream for FileStream<M> {
    type Item = Result<M, Status>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(piece) = ready!(this.pieces.poll_recv(context)) {
            return Poll::Ready(Some(Ok(piece)));
        }
        let Some(ended) = &mut this.ended else { return Poll::Ready(None) };
        let why = ready!(Pin::new(ended).poll(context)).ok();
        this.ended = None;
        Poll::Ready(why.map(|why| Err(why.into())))
    }
}

/// The way to the reader of a stream.
#[derive(Clone)]
pub(super) struct Outgoing<M> {
    pieces: mpsc::Sender<M>,
    patience: Duration,
}

impl<M> Outgoing<M> {
    /// Sends a piece once there is room.
    ///
    /// # Errors
    /// The reader takes nothing for too long. A reader that has gone ends the task that sends.
    pub(super) async fn send(&self, piece: M) -> Result<(), ApiError> {
        let sent = tokio::time::timeout(self.patience, self.pieces.send(piece)).await;
        let _sent_or_gone = sent.map_err(|_| ApiError::from(StreamEnd::ReaderTooSlow(self.patience)))?;
        Ok(())
    }

    /// Sends what the reader can do without, if there is room for it now.
    pub(super) fn offer(&self, piece: M) {
        let _full_or_gone = self.pieces.try_send(piece);
    }
}

impl Api {
    /// Sends what a task writes, as fast as it is read, and no longer than the server waits for a reader. The task ends
    /// with its reader.
    ///
    /// # Errors
    /// There is no place for another stream.
    pub(super) fn stream_file<M: Send + 'static, Written>(
        &self,
        caller: &Caller,
        write: impl FnOnce(Outgoing<M>) -> Written,
    ) -> Result<FileStream<M>, ApiError>
    where
        Written: Future<Output = Result<(), ApiError>> + Send + 'static,
    {
        let place = self.streams.place(StreamKind::File, &caller.connection)?;
        let (streams, connection) = (self.streams.clone(), Arc::clone(&caller.connection));
        let mut stopping = streams.stopping();
        let (sender, pieces) = mpsc::channel(WAITING_MAX);
        let (end, ended) = oneshot::channel::<ApiError>();
        let (mut reader, is_there) = oneshot::channel::<()>();
        let outgoing = Outgoing { pieces: sender.clone(), patience: streams.limits.reader_patience };
        let writing = write(outgoing);
        tokio::spawn(async move {
            let written = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => Err(StreamEnd::Stopping.into()),
                written = writing => written,
                () = reader.closed() => return,
            };
            if let Err(error) = written {
                // This comes before the sender is dropped: files that end without a reason would look complete.
                drop(end.send(error));
                drop(sender);
                streams.close_unless_gone(reader.closed(), &connection).await;
            }
        });
        Ok(FileStream { pieces, ended: Some(ended), _place: place, _is_there: is_there })
    }
}
