//! The roll-forward as tables, and as a chart.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::{Decimal, RoundingStrategy};

use super::scan::{last_of, scan};
use super::sheet::{Sheet, Title, column, file_name, file_of, summed, text};
use super::{BooksError, Source, Written, fits};
use crate::domain::project::books::cohorts::{Cohort, Cohorts};
use crate::domain::project::books::lines::open;
use crate::domain::project::books::roll_forward::{Amounts, RollForward, Row, lines_of};
use crate::domain::project::books::stored::Stored;
use crate::domain::value::bucket::{Bucket, Unit};
use crate::domain::value::month::Month;
use crate::domain::value::seq::Seq;
use crate::export::roll_forward_chart::{Bar, chart_of};
use crate::export::table::{Cell, Column, Kind, TableFormat};

/// A request for a roll-forward.
#[derive(Debug, Clone)]
pub struct RollForwardReport {
    /// The table.
    pub table: RollForwardTable,
    /// The first month; `None` for the first one in which something was recorded.
    pub first: Option<Month>,
    /// The last month.
    pub last: Month,
    /// What an open point is reckoned to cost, in minor units.
    pub point_value_minor: Option<Decimal>,
}

/// The tables of a roll-forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollForwardTable {
    /// Points by month.
    Points,
    /// Points by month and kind.
    Kinds,
    /// Open points by the month in which they were earned.
    Cohorts,
    /// Money by month.
    Money,
}

/// Writes a table of a roll-forward.
pub(super) async fn write(
    source: &Source,
    asked: &RollForwardReport,
    format: TableFormat,
) -> Result<Written, BooksError> {
    match asked.table {
        RollForwardTable::Points => months(source, asked, Unit::Points, format).await,
        RollForwardTable::Money => months(source, asked, Unit::Money, format).await,
        RollForwardTable::Kinds => kinds(source, asked, format).await,
        RollForwardTable::Cohorts => cohorts(source, asked, format).await,
    }
}

/// Writes a chart of what is open at the end of each month.
pub(super) async fn chart(source: &Source, asked: &RollForwardReport) -> Result<Written, BooksError> {
    let (fold, through) = folded(source, asked).await?;
    let unit = if asked.table == RollForwardTable::Money { Unit::Money } else { Unit::Points };
    let rows = fold.rows(unit, first_of(asked, &fold), asked.last);
    let bars: Vec<Bar> = rows.iter().map(bar).collect();
    let (what, currency) = match unit {
        Unit::Points => ("Open points", None),
        Unit::Money => ("Money owed", Some(source.currency)),
    };
    let title = format!("{what} at the end of each month: {}", source.program.id);
    let drawing = chart_of(&title, &format!("up to entry {through}"), currency, &bars);
    let name = file_name(source, title_of(asked.table), "svg");
    Ok(Written {
        file: file_of(drawing.as_bytes())?,
        name,
        rows: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        seq: through,
        differences: differences(&rows, unit),
    })
}

fn bar(row: &Row) -> Bar {
    let came = row.lines.iter().map(|(_, moved)| moved.amount.max(0)).sum();
    let went = row.lines.iter().map(|(_, moved)| moved.amount.min(0)).sum::<i128>();
    Bar { label: row.month.to_string(), came, went: -went, closing: row.closing }
}

/// Folds the entries of all months up to the last one asked for.
async fn folded(source: &Source, asked: &RollForwardReport) -> Result<(RollForward, Seq), BooksError> {
    let through = last_of(source, asked.last).await?;
    let mut fold = RollForward::default();
    scan(source, through, |entry| {
        fold.apply(entry);
        Ok(())
    })
    .await?;
    Ok((fold, through))
}

fn first_of(asked: &RollForwardReport, fold: &RollForward) -> Month {
    // Before the first month there is nothing to tell.
    asked.first.max(fold.first_month()).unwrap_or(asked.last).min(asked.last)
}

async fn months(
    source: &Source,
    asked: &RollForwardReport,
    unit: Unit,
    format: TableFormat,
) -> Result<Written, BooksError> {
    let (fold, through) = folded(source, asked).await?;
    let rows = fold.rows(unit, first_of(asked, &fold), asked.last);
    let kind = kind_of(source, unit);
    let amount = |amount: i128| cell(kind, amount);
    let mut columns = vec![column("month", Kind::Text), column("opening", kind)];
    for line in lines_of(unit) {
        columns.extend([summed(line.name(), kind), summed(line.earlier_name(), kind)]);
    }
    columns.extend([column("closing", kind), summed("difference", kind)]);
    columns.extend(open(unit).map(|bucket| column(bucket.name(), kind)));
    columns.extend(liability_column(source, asked, unit));
    columns.push(column("through_entry", Kind::Number));
    columns.extend(currency_column(asked, unit));
    let title = titled(source, asked, columns, through).await?;
    let mut sheet = Sheet::begin(source, format, title)?;
    for row in &rows {
        let month = row.month.to_string();
        let mut cells = vec![text(&month), amount(row.opening)?];
        for (_, moved) in &row.lines {
            cells.extend([amount(moved.amount)?, amount(moved.earlier)?]);
        }
        cells.extend([amount(row.closing)?, amount(row.difference(unit))?]);
        for bucket in open(unit) {
            cells.push(amount(row.stored.get(bucket))?);
        }
        cells.extend(liability_cell(asked, unit, row.closing)?);
        cells.push(Cell::Number(row.through.get()));
        cells.extend(currency_column(asked, unit).map(|_| text(source.currency.code())));
        sheet.row(&cells)?;
    }
    sheet.end(differences(&rows, unit))
}

async fn kinds(source: &Source, asked: &RollForwardReport, format: TableFormat) -> Result<Written, BooksError> {
    let (fold, through) = folded(source, asked).await?;
    let names = ["earned", "earned_earlier", "taken_back", "taken_back_earlier", "adjusted", "adjusted_earlier"];
    let mut columns = vec![column("month", Kind::Text), column("kind", Kind::Text)];
    columns.extend(names.map(|name| summed(name, Kind::Number)));
    let title = titled(source, asked, columns, through).await?;
    let mut sheet = Sheet::begin(source, format, title)?;
    for (month, kind, of_kind) in fold.kinds(first_of(asked, &fold), asked.last) {
        let month = month.to_string();
        let mut cells = vec![text(&month), text(kind.as_str())];
        for Amounts { amount, earlier } in [of_kind.earned, of_kind.taken_back, of_kind.adjusted] {
            cells.extend([Cell::Number(fits(amount)?), Cell::Number(fits(earlier)?)]);
        }
        sheet.row(&cells)?;
    }
    sheet.end(0)
}

async fn cohorts(source: &Source, asked: &RollForwardReport, format: TableFormat) -> Result<Written, BooksError> {
    let through = last_of(source, asked.last).await?;
    let begins = match asked.first {
        Some(first) if first > Month::MIN => last_of(source, first.previous()).await?,
        _ => Seq::ZERO,
    };
    let (mut fold, mut stored, mut opening) = (Cohorts::default(), Stored::default(), BTreeMap::new());
    scan(source, through, |entry| {
        fold.apply(entry);
        stored.apply(entry);
        if entry.seq == begins {
            opening = fold.open();
        }
        Ok(())
    })
    .await?;
    let closing = fold.open();
    let stored: i128 = open(Unit::Points).map(|bucket| stored.sums().get(bucket)).sum();
    let difference = closing.values().sum::<i128>() - stored;
    let mut columns = vec![column("earned_in", Kind::Text)];
    columns.extend(["opening", "change", "closing"].map(|name| summed(name, Kind::Number)));
    columns.extend(liability_column(source, asked, Unit::Points));
    columns.extend(currency_column(asked, Unit::Points));
    let title = titled(source, asked, columns, through).await?;
    let mut sheet = Sheet::begin(source, format, title)?;
    let all: BTreeSet<Cohort> = opening.keys().chain(closing.keys()).copied().collect();
    for cohort in all {
        let at = |open: &BTreeMap<Cohort, i128>| open.get(&cohort).copied().unwrap_or(0);
        let (before, after) = (at(&opening), at(&closing));
        let earned_in = match cohort {
            Cohort::Debts => "debts of members".to_owned(),
            Cohort::NoMonth => "no month".to_owned(),
            Cohort::Of(month) => month.to_string(),
            Cohort::Pending => "pending".to_owned(),
        };
        let mut cells = vec![text(&earned_in)];
        for points in [before, after - before, after] {
            cells.push(Cell::Number(fits(points)?));
        }
        cells.extend(liability_cell(asked, Unit::Points, after)?);
        cells.extend(currency_column(asked, Unit::Points).map(|_| text(source.currency.code())));
        sheet.row(&cells)?;
    }
    sheet.end(i64::from(difference != 0))
}

async fn titled<'a>(
    source: &Source,
    asked: &RollForwardReport,
    columns: Vec<Column>,
    through: Seq,
) -> Result<Title<'a>, BooksError> {
    let mut about = vec![("Last month".to_owned(), asked.last.to_string())];
    about.extend(asked.first.map(|first| ("First month".to_owned(), first.to_string())));
    if let Some(value) = asked.point_value_minor {
        let value = value / Decimal::from(source.currency.minor_per_main());
        about.push((
            "Reckoned value of a point".to_owned(),
            format!("{} {}", value.normalize(), source.currency.code()),
        ));
    }
    let as_of = (through, source.at(through).await?);
    Ok(Title { name: title_of(asked.table), about, columns, as_of })
}

const fn title_of(table: RollForwardTable) -> &'static str {
    match table {
        RollForwardTable::Points => "Points by month",
        RollForwardTable::Kinds => "Points by kind",
        RollForwardTable::Cohorts => "Points by cohort",
        RollForwardTable::Money => "Money by month",
    }
}

fn kind_of(source: &Source, unit: Unit) -> Kind {
    match unit {
        Unit::Points => Kind::Number,
        Unit::Money => Kind::Money(source.currency),
    }
}

fn cell(kind: Kind, amount: i128) -> Result<Cell<'static>, BooksError> {
    let amount = fits(amount)?;
    Ok(if matches!(kind, Kind::Money(_)) { Cell::Money(amount) } else { Cell::Number(amount) })
}

fn liability_column(source: &Source, asked: &RollForwardReport, unit: Unit) -> Option<Column> {
    let is_asked = asked.point_value_minor.is_some() && unit == Unit::Points;
    is_asked.then(|| column("liability", Kind::Money(source.currency)))
}

/// Returns the column of the currency, where a table has money in it.
fn currency_column(asked: &RollForwardReport, unit: Unit) -> Option<Column> {
    let has_money = unit == Unit::Money || asked.point_value_minor.is_some();
    has_money.then(|| column("currency", Kind::Text))
}

/// Returns `points × value of a point`, rounded half to even to the minor unit.
fn liability_cell(asked: &RollForwardReport, unit: Unit, points: i128) -> Result<Option<Cell<'static>>, BooksError> {
    let Some(value) = asked.point_value_minor.filter(|_| unit == Unit::Points) else { return Ok(None) };
    let too_large = || BooksError::TooLarge(format!("the liability of {points} points"));
    let liability = Decimal::from(fits(points)?).checked_mul(value).ok_or_else(too_large)?;
    let liability = liability.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
    Ok(Some(Cell::Money(i64::try_from(liability).map_err(|_| too_large())?)))
}

/// Returns the number of months whose closing is not the sum of stored balances.
pub(super) fn differences(rows: &[Row], unit: Unit) -> i64 {
    let wrong = rows.iter().filter(|row| row.difference(unit) != 0).count();
    i64::try_from(wrong).unwrap_or(i64::MAX)
}

/// Returns the open places of points that a member has, and what is in each, for a page.
pub(super) fn places(row: &Row, unit: Unit) -> impl Iterator<Item = (Bucket, i128)> + '_ {
    open(unit).map(|bucket| (bucket, row.stored.get(bucket)))
}
