//! Exporting a batch: its files, once everything they say is recorded as sent.

use std::sync::Arc;

use tonic::Request;

use super::door::{Caller, enter};
use super::file_stream::{FileStream, Outgoing, PIECE_BYTES_MAX};
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
use crate::wire::error::{ApiError, NotExported};

/// Payments that are read at a time.
const PAGE: u32 = 1_000;

impl Api {
    pub(super) async fn batch_exported(
        &self,
        request: Request<pb::ExportBatchRequest>,
    ) -> Result<FileStream<pb::ExportBatchResponse>, ApiError> {
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
        self.clone().streamed(&caller, Arc::clone(&program), batch)
    }

    /// Writes the files of a batch that is not released, and throws them away: nobody signs or sends what cannot be written.
    pub(super) async fn can_be_written(&self, program: &Arc<ProgramState>, batch: &Batch) -> Result<(), ApiError> {
        if batch.terms.format != FileFormat::CreditCsv {
            self.payee_keys()?;
        }
        self.write(program, batch, PaymentState::is_drawn, &mut |_| std::future::ready(Ok(()))).await
    }

    /// Sends the files of a released batch.
    fn streamed(
        self,
        caller: &Caller,
        program: Arc<ProgramState>,
        batch: Batch,
    ) -> Result<FileStream<pb::ExportBatchResponse>, ApiError> {
        let (api, reader) = (self.clone(), caller.clone());
        self.stream_file(caller, move |outgoing| async move { api.sent(&reader, &program, &batch, &outgoing).await })
    }

    async fn sent(
        &self,
        caller: &Caller,
        program: &Arc<ProgramState>,
        batch: &Batch,
        outgoing: &Outgoing<pb::ExportBatchResponse>,
    ) -> Result<(), ApiError> {
        let mut send = |piece: Piece| async move {
            // Whoever may not read any more is told nothing more.
            self.program(caller, &program.id).await?;
            for piece in cut(piece) {
                outgoing.send(piece).await?;
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
