//! The shares of a payout, or those that one would give.

use super::sheet::{Sheet, Title};
use super::{BooksError, Source, Written};
use crate::domain::terms::payout::{PayoutTerms, PoolAsked};
use crate::domain::value::ids::PayoutId;
use crate::domain::value::seq::Seq;
use crate::domain::value::split::Share;
use crate::export::rows::{share_columns, share_row};
use crate::export::table::TableFormat;

/// Writes the shares of a payout, in the byte order of members.
pub(super) async fn write(source: &Source, id: &PayoutId, format: TableFormat) -> Result<Written, BooksError> {
    let payout = source.payouts.get(&source.program, id).await?;
    let shares = source.payouts.shares(&source.program, &payout).await?;
    let about = about(source, id, payout.state.name(), payout.terms.pool_minor);
    let ratio = payout.terms.ratio(payout.total_points);
    rows(source, format, about, payout.content_seq, ratio, &shares.shares).await
}

/// Writes the shares that a payout would give.
pub(super) async fn preview(
    source: &Source,
    terms: &PayoutTerms,
    asked: PoolAsked,
    format: TableFormat,
) -> Result<Written, BooksError> {
    let preview = source.payouts.preview(&source.program, terms, asked).await?;
    let total = preview.shares.shares.iter().map(|share| share.weight).sum();
    let ratio = terms.of_pool_minor(preview.pool_minor).ratio(total);
    let about = about(source, &terms.id, "preview", preview.pool_minor);
    rows(source, format, about, preview.seq, ratio, &preview.shares.shares).await
}

async fn rows(
    source: &Source,
    format: TableFormat,
    about: Vec<(String, String)>,
    seq: Seq,
    ratio: (i64, i64),
    shares: &[Share],
) -> Result<Written, BooksError> {
    let columns = share_columns(source.currency);
    let as_of = (seq, source.at(seq).await?);
    let mut sheet = Sheet::begin(source, format, Title { name: "Shares", about, columns, as_of })?;
    for share in shares {
        sheet.row(&share_row(share, source.currency, ratio))?;
    }
    sheet.end(0)
}

fn about(source: &Source, id: &PayoutId, state: &str, pool_minor: i64) -> Vec<(String, String)> {
    let pool = format!("{} {}", source.currency.format(pool_minor), source.currency.code());
    [("Payout", id.to_string()), ("State", state.to_owned()), ("Pool", pool)]
        .map(|(label, text)| (label.to_owned(), text))
        .to_vec()
}
