//! The register: every lot of money, and where it is.

use super::scan::as_of_now;
use super::sheet::{Sheet, Title, column, summed, text, text_of};
use super::{BooksError, Source, Written};
use crate::domain::entry::money::Outcome;
use crate::domain::state::lots::Lot;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::choice::Choice;
use crate::domain::value::ids::MemberId;
use crate::domain::value::payment_id::PaymentId;
use crate::domain::value::seq::Seq;
use crate::export::table::{Cell, Kind, TableFormat};

/// Members read at a time.
const PAGE: u32 = 1_000;

/// Writes the lots of every member, in the byte order of members.
///
/// All rows are as of one entry: where a member's lots change while they are read, it is begun anew.
pub(super) async fn write(source: &Source, format: TableFormat) -> Result<Written, BooksError> {
    as_of_now(source, |as_of| at(source, format, as_of)).await
}

/// Writes the lots as of an entry; `None` when one was changed after it.
async fn at(source: &Source, format: TableFormat, as_of: Seq) -> Result<Option<Written>, BooksError> {
    let columns = vec![
        column("member", Kind::Text),
        column("payout", Kind::Text),
        column("source", Kind::Text),
        column("granted_to", Kind::Text),
        summed("amount", Kind::Money(source.currency)),
        column("currency", Kind::Text),
        column("place", Kind::Text),
        column("decided", Kind::Text),
        column("payment", Kind::Text),
        column("carried_once", Kind::Flag),
        column("since_entry", Kind::Number),
    ];
    let as_of_with_time = (as_of, source.at(as_of).await?);
    let title = Title { name: "Register", about: Vec::new(), columns, as_of: as_of_with_time };
    let mut sheet = Sheet::begin(source, format, title)?;
    let (mut after, mut members) = (None, 0);
    loop {
        let log = source.ledger().log();
        let page = log.records(&source.program.id, RecordKey::LOTS, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return sheet.end(0).map(Some) };
        after = Some(last.key.clone());
        members += i64::try_from(page.len()).unwrap_or(0);
        for stored in page {
            let (RecordKey::Lots(member), Record::Lots(lots)) = (&stored.key, &stored.record) else { continue };
            if stored.seq > as_of {
                return Ok(None);
            }
            for lot in &lots.rows {
                row(source, &mut sheet, member, lot)?;
            }
        }
        (source.progress)(members, 0);
    }
}

fn row(source: &Source, sheet: &mut Sheet, member: &MemberId, lot: &Lot) -> Result<(), BooksError> {
    let payment = lot.payment.as_ref();
    let payment = payment.map(|payment| PaymentId::of(&source.program.id, &payment.batch, payment.number).to_string());
    sheet.row(&[
        text(member.as_str()),
        text(lot.name.payout.as_str()),
        text(lot.name.source.name()),
        text(lot.name.of.as_str()),
        Cell::Money(lot.minor),
        text(source.currency.code()),
        text(lot.bucket.name()),
        text_of(lot.decided.as_ref().map(|(_, outcome)| words(outcome))),
        text_of(payment),
        Cell::Flag(lot.carried_once),
        Cell::Number(lot.since.get()),
    ])
}

/// Returns what was decided on a lot, as one word, with the charity that got it.
fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Due(Choice::Cash) => "cash".into(),
        Outcome::Due(_) => "credit".into(),
        Outcome::BelowMinimum => "below_minimum".into(),
        Outcome::Withheld => "withheld".into(),
        Outcome::Moved => "moved".into(),
        Outcome::Unchosen => "unchosen".into(),
        Outcome::Lapsed => "lapsed".into(),
        Outcome::Donated(charity) => format!("donated:{charity}"),
    }
}
