//! Journals: what moved each day, for plain-text accounting.

use std::collections::BTreeMap;
use std::io::{BufWriter, Seek as _};

use super::scan::{last_of_begun, scan};
use super::sheet::file_name;
use super::{BooksError, Source, Written, fits};
use crate::domain::entry::kinds::EntryKind;
use crate::domain::project::books::day_book::{DayBook, DayMoves, Page};
use crate::domain::project::books::stored::Sums;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::month::Month;
use crate::domain::value::seq::Seq;
use crate::export::journal::{Accounts, Journal, JournalFormat, Movement, Transaction};

/// Writes the journal up to the end of a month, or up to the last entry.
pub(super) async fn write(
    source: &Source,
    last: Option<Month>,
    accounts: Accounts,
    format: JournalFormat,
) -> Result<Written, BooksError> {
    let through = match last {
        Some(month) => last_of_begun(source, month).await?,
        None => source.head,
    };
    let mut title = vec![format!("Goodturn, programme {}", source.program.id)];
    title.push(format!("up to entry {through}, recorded at {}", source.at(through).await?.to_rfc3339()));
    title.push(format!("days of recording in {}; balances are those stored with members' entries", source.zone_name));
    let first = Seq::ZERO.next().min(through);
    let first_day = source.at(first).await?.day_in(&source.zone);
    let out = BufWriter::new(tempfile::tempfile()?);
    let mut journal = Journal::begin(format, out, accounts, source.currency, &title, first_day)?;
    let (mut book, mut rows) = (DayBook::default(), 0_i64);
    let mut put = |page: Page| -> Result<(), BooksError> {
        match page {
            Page::Day(day) => {
                for transaction in transactions(day)? {
                    rows += i64::from(journal.transaction(&transaction)?);
                }
                Ok(())
            }
            Page::Balances(day, sums) => Ok(journal.assert_balances(day, &of_buckets(&sums))?),
        }
    };
    scan(source, through, |entry| book.apply(entry).into_iter().try_for_each(&mut put)).await?;
    let (last_day, balances) = book.end();
    last_day.map(Page::Day).into_iter().try_for_each(&mut put)?;
    let out = journal.end(&of_buckets(&balances))?;
    let mut file = out.into_inner().map_err(|error| BooksError::NotWritten(error.to_string()))?;
    file.rewind()?;
    let ending = match format {
        JournalFormat::Hledger => "journal",
        JournalFormat::Beancount => "beancount",
    };
    Ok(Written { file, name: file_name(source, "Journal", ending), rows, seq: through, differences: 0 })
}

/// Returns a transaction for each kind of event of a day.
fn transactions(day: DayMoves) -> Result<Vec<Transaction>, BooksError> {
    let mut by_kind: BTreeMap<EntryKind, Vec<Movement>> = BTreeMap::new();
    for ((kind, from, to), amount) in day.moves {
        by_kind.entry(kind).or_default().push(Movement { from, to, amount: fits(amount)? });
    }
    let transaction = |(kind, moves): (EntryKind, _)| Transaction { day: day.day, text: kind.name().to_owned(), moves };
    Ok(by_kind.into_iter().map(transaction).collect())
}

fn of_buckets(sums: &Sums) -> Vec<(Bucket, i128)> {
    Bucket::ALL.into_iter().map(|bucket| (bucket, sums.get(bucket))).collect()
}
