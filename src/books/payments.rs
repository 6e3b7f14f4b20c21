//! Payments, and what became of them.

use super::scan::as_of_now;
use super::sheet::{Sheet, Title, column, summed, text, text_of};
use super::{BooksError, Source, Written};
use crate::domain::state::batch::Batch;
use crate::domain::state::payment::Payment;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::BatchId;
use crate::domain::value::payment_id::PaymentId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::export::table::{Cell, Kind, TableFormat};
use crate::payout::payments::{batch_of, payments_after};

/// Batches, and payments, read at a time.
const PAGE: u32 = 1_000;

/// Writes the payments of a batch, or of all in the byte order of their ids, each by its number. All rows are as of one
/// entry.
pub(super) async fn write(source: &Source, of: Option<&BatchId>, format: TableFormat) -> Result<Written, BooksError> {
    as_of_now(source, |as_of| at(source, of, format, as_of)).await
}

async fn at(
    source: &Source,
    of: Option<&BatchId>,
    format: TableFormat,
    as_of: Seq,
) -> Result<Option<Written>, BooksError> {
    let money = Kind::Money(source.currency);
    let columns = vec![
        column("payment", Kind::Text),
        column("batch", Kind::Text),
        column("number", Kind::Number),
        column("member", Kind::Text),
        column("method", Kind::Text),
        summed("amount", money),
        column("currency", Kind::Text),
        column("state", Kind::Text),
        column("sent_on", Kind::Day),
        column("recorded_on", Kind::Day),
        column("bank_day", Kind::Day),
        column("reason", Kind::Text),
        column("bank_code", Kind::Text),
        column("bank_reference", Kind::Text),
        summed("fee", money),
    ];
    let about = of.map(|id| ("Batch".to_owned(), id.to_string())).into_iter().collect();
    let at = (as_of, source.at(as_of).await?);
    let mut sheet = Sheet::begin(source, format, Title { name: "Payments", about, columns, as_of: at })?;
    let mut batches = match of {
        Some(id) => vec![batch_of(source.ledger(), &source.program, id).await?],
        None => batches_after(source, None).await?,
    };
    let mut done = 0;
    while let Some(last) = batches.last().map(|batch| batch.terms.id.clone()) {
        for batch in &batches {
            let Some(payments) = rows(source, &mut sheet, batch, as_of, done).await? else { return Ok(None) };
            done = payments;
        }
        batches = if of.is_some() { Vec::new() } else { batches_after(source, Some(last)).await? };
    }
    sheet.end(0).map(Some)
}

/// Writes the payments of a batch, and returns how many were written so far; `None` when one was changed after an
/// entry.
async fn rows(
    source: &Source,
    sheet: &mut Sheet,
    batch: &Batch,
    as_of: Seq,
    mut done: i64,
) -> Result<Option<i64>, BooksError> {
    let mut after = 0;
    loop {
        let page = payments_after(source.ledger(), &source.program, &batch.terms.id, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(Some(done)) };
        after = *last;
        for (number, payment) in &page {
            if payment.since.0 > as_of {
                return Ok(None);
            }
            row(source, sheet, batch, *number, payment)?;
        }
        done += i64::try_from(page.len()).unwrap_or(0);
        (source.progress)(done, 0);
    }
}

fn row(source: &Source, sheet: &mut Sheet, batch: &Batch, number: u32, payment: &Payment) -> Result<(), BooksError> {
    let id = PaymentId::of(&source.program.id, &batch.terms.id, number);
    let day = |at: Micros| Cell::Day(at.day_in(&source.zone));
    let sent = batch.released.as_ref().filter(|_| payment.state.was_sent());
    let report = payment.last_report.as_ref();
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    sheet.row(&[
        text(id.as_str()),
        text(batch.terms.id.as_str()),
        Cell::Number(number.into()),
        text(payment.member.as_str()),
        text(batch.terms.format.name()),
        Cell::Money(payment.minor),
        text(source.currency.code()),
        text(payment.state.name()),
        sent.map_or(Cell::Empty, |(_, at, _)| day(*at)),
        day(payment.since.1),
        report.and_then(|report| report.on).map_or(Cell::Empty, Cell::Day),
        text_of(report.and_then(|report| report.fault).map(|fault| fault.name().to_owned())),
        text_of(report.and_then(|report| filled(&report.code))),
        text_of(report.and_then(|report| filled(&report.reference))),
        Cell::Money(report.map_or(0, |report| report.fee_minor)),
    ])
}

async fn batches_after(source: &Source, after: Option<BatchId>) -> Result<Vec<Batch>, BooksError> {
    let after = after.map(RecordKey::Batch);
    let log = source.ledger().log();
    let page = log.records(&source.program.id, RecordKey::BATCHES, after.as_ref(), PAGE).await?;
    let batch = |record| match record {
        Record::Batch(batch) => Some(*batch),
        _ => None,
    };
    Ok(page.into_iter().filter_map(|stored| batch(stored.record)).collect())
}
