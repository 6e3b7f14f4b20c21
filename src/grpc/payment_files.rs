//! Exporting a batch: its files, once everything they say is recorded as sent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::{mpsc, oneshot};
use tokio_stream::Stream;
use tonic::{Request, Status};

use super::door::{Caller, enter};
use super::streams::Place;
use super::{Api, currency_of};
use crate::domain::decide::acts::PayAct;
use crate::domain::decide::command::Act;
use crate::domain::entry::batch::PaymentTally;
use crate::domain::entry::digest::Values;
use crate::domain::state::batch::{Batch, BatchState};
use crate::domain::state::payment::PaymentState;
use crate::domain::terms::batch::FileFormat;
use crate::domain::value::ids::ProgramId;
use crate::domain::value::money::Currency;
use crate::export::payments::files::{self, Line, Piece};
use crate::ledger::state::ProgramState;
use crate::payout::payments::{batch_of, payments_after};
use crate::pb;
use crate::process::batch::release;
use crate::wire::error::{ApiError, NotExported, StreamEnd};

/// Payments that are read at a time.
const PAGE: u32 = 1_000;

/// The largest piece that is sent, in bytes.
const PIECE_BYTES_MAX: usize = 64 * 1024;

/// Pieces that wait for a slow reader.
const WAITING_MAX: usize = 4;

/// Files on their way to one reader.
pub struct FileStream {
    pieces: mpsc::Receiver<pb::ExportBatchResponse>,
    /// Why it ended before everything was sent; `None` once the reader has been told.
    ended: Option<oneshot::Receiver<ApiError>>,
    /// Given back when the stream is gone: until then the reader holds what was sent to it.
    _place: Place,
    _is_there: oneshot::Receiver<()>,
}

impl Stream for FileStream {
    type Item = Result<pb::ExportBatchResponse, Status>;

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

impl Api {
    pub(super) async fn batch_exported(
        &self,
        request: Request<pb::ExportBatchRequest>,
    ) -> Result<FileStream, ApiError> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let (program, id) = self.batch_named(&caller, &request.name).await?;
        let batch = batch_of(&self.ledger, &program, &id).await?;
        if batch.terms.format != FileFormat::CreditCsv {
            self.payee_keys()?;
        }
        if batch.state == BatchState::Approved {
            // What cannot be written is found before anything is recorded as sent.
            self.can_be_written(&program, &batch).await?;
        }
        let begin = program.given(&id, &values, Act::Pay(Box::new(PayAct::ReleaseBatch(id.clone()))));
        let batch = release(&self.payouts, Arc::clone(&program), begin).await?;
        self.clone().streamed(caller, Arc::clone(&program), batch)
    }

    /// Writes the files of a batch that is not released, and throws them away: nobody signs or sends what cannot be written.
    pub(super) async fn can_be_written(&self, program: &Arc<ProgramState>, batch: &Batch) -> Result<(), ApiError> {
        if batch.terms.format != FileFormat::CreditCsv {
            self.payee_keys()?;
        }
        self.write(program, batch, PaymentState::is_drawn, &mut |_| std::future::ready(Ok(()))).await
    }

    /// Sends the files of a released batch, as fast as they are read, and no longer than the server waits for a reader.
    fn streamed(self, caller: Caller, program: Arc<ProgramState>, batch: Batch) -> Result<FileStream, ApiError> {
        let place = self.streams.place(&caller.connection)?;
        let (streams, connection) = (self.streams.clone(), Arc::clone(&caller.connection));
        let mut stopping = streams.stopping();
        let (sender, pieces) = mpsc::channel(WAITING_MAX);
        let (end, ended) = oneshot::channel::<ApiError>();
        let (mut reader, is_there) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let written = tokio::select! {
                biased;
                _ = stopping.wait_for(|stopping| *stopping) => Err(StreamEnd::Stopping.into()),
                written = self.sent(&caller, &program, &batch, &sender) => written,
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

    async fn sent(
        &self,
        caller: &Caller,
        program: &Arc<ProgramState>,
        batch: &Batch,
        sender: &mpsc::Sender<pb::ExportBatchResponse>,
    ) -> Result<(), ApiError> {
        let patience = self.streams.limits.reader_patience;
        let mut send = |piece: Piece| async move {
            // Whoever may not read any more is told nothing more.
            self.program(caller, &program.id).await?;
            for piece in cut(piece) {
                let sent = tokio::time::timeout(patience, sender.send(piece)).await;
                // A reader that has gone ends this task.
                let _sent_or_gone = sent.map_err(|_| ApiError::from(StreamEnd::ReaderTooSlow(patience)))?;
            }
            Ok(())
        };
        self.write(program, batch, PaymentState::was_sent, &mut send).await
    }

    /// Writes the files of the payments that are in some state, and hands over each piece.
    async fn write<Taken: Future<Output = Result<(), ApiError>> + Send>(
        &self,
        program: &Arc<ProgramState>,
        batch: &Batch,
        is_in: fn(PaymentState) -> bool,
        take: &mut (impl FnMut(Piece) -> Taken + Send),
    ) -> Result<(), ApiError> {
        let currency = currency_of(program)?;
        let mut files = begun(&program.id, batch, currency);
        let mut pieces = files.begin()?;
        let mut after = 0;
        loop {
            for piece in pieces {
                take(piece).await?;
            }
            let mut page = payments_after(&self.ledger, program, &batch.terms.id, after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            page.retain(|(_, payment)| is_in(payment.state));
            let payees = self.destinations(program, &page).await?;
            let mut lines = Vec::with_capacity(page.len());
            for ((number, payment), payee) in page.into_iter().zip(payees) {
                if payment.to.is_some() && payee.is_none() {
                    return Err(NotExported::PayeeGone(payment.member).into());
                }
                lines.push(Line { number, member: payment.member, minor: payment.minor, payee });
            }
            pieces = files.add(lines)?;
        }
        for piece in files.end()? {
            take(piece).await?;
        }
        Ok(())
    }
}

/// Begins the files of a batch: of what was sent, or of what is drawn while it is not released.
fn begun(program: &ProgramId, batch: &Batch, currency: Currency) -> files::Files {
    let (tally, at): (PaymentTally, _) = match &batch.released {
        Some((_, at, _)) => (batch.sent, *at),
        None => (batch.drawn, batch.moved_on_at),
    };
    files::Files::new(program.clone(), batch.terms.clone(), currency, tally, at)
}

/// Cuts a piece into messages.
fn cut(piece: Piece) -> Vec<pb::ExportBatchResponse> {
    let mut file_name = piece.begins.unwrap_or_default();
    let mut messages = Vec::new();
    for content in piece.bytes.chunks(PIECE_BYTES_MAX) {
        messages.push(pb::ExportBatchResponse { file_name: std::mem::take(&mut file_name), content: content.to_vec() });
    }
    messages
}
