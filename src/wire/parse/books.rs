//! Reports.

use rust_decimal::Decimal;

use super::super::error::ApiError;
use super::{Violations, counts_points, parse_payout, parse_window};
use crate::board::BoardName;
use crate::books::{
    CloseFormat, Period, ReceivedReport, Report, RollForwardReport, RollForwardTable, StatementFormat, StatementsReport,
};
use crate::domain::project::books::received::YearStart;
use crate::domain::project::people::Hidden;
use crate::domain::value::ids::{ActivityKind, ProgramId};
use crate::domain::value::money::Currency;
use crate::domain::value::month::Month;
use crate::domain::value::number::Number;
use crate::domain::value::time::Day;
use crate::export::journal::{Accounts, JournalFormat};
use crate::export::table::TableFormat;
use crate::google::r#type::Date;
use crate::pb;
use crate::pb::ReportFormat as Format;
use crate::pb::export_report_request::Report as Asked;

/// Largest mapping of accounts, in bytes: a hundred times the standard one.
const ACCOUNTS_BYTES_MAX: usize = 64 * 1024;

/// Longest name on a statement, in characters.
const ADDRESSEE_CHARS_MAX: usize = 200;

/// Largest value of a point, in minor units: as much as a rule of points a penny would give for a million.
const POINT_VALUE_MINOR_MAX: i64 = 1_000_000;

/// Decimals of the value of a point in the main unit.
const POINT_VALUE_PLACES: u8 = 8;

/// Formats of tables.
const TABLES: [Format; 3] = [Format::Csv, Format::JsonLines, Format::Xlsx];

/// What the programme knows that a report's request does not say.
pub(crate) struct Context<'a> {
    pub(crate) program: &'a ProgramId,
    pub(crate) currency: Currency,
    /// Today. Its month is the last one where none is given.
    pub(crate) today: Day,
}

/// Reads the request of a report.
pub(crate) fn parse_export(request: pb::ExportReportRequest, context: &Context<'_>) -> Result<Report, ApiError> {
    let mut violations = Violations::default();
    let format = Format::try_from(request.format).ok();
    if format.is_none() {
        violations.add("format", format!("is {}, which is no format", request.format));
    }
    let asked = violations.required("report", request.report);
    let (asked, format) = match (asked, format) {
        (Some(Asked::Preview(asked)), Some(format)) => return preview(violations, asked, format, context),
        (asked, format) => violations.check(asked.zip(format))?,
    };
    let mut violations = Violations::default();
    let parsed = report(&mut violations, asked, format, context);
    violations.check(parsed)
}

fn report(violations: &mut Violations, asked: Asked, format: Format, context: &Context<'_>) -> Option<Report> {
    match asked {
        Asked::Shares(asked) => {
            let payout = violations.payout("shares.payout", &asked.payout);
            let payout = violations.of_this("shares.payout", payout, context.program);
            let format = violations.table_format(format);
            Some(Report::Shares(payout?, format?))
        }
        Asked::Leaderboard(asked) => leaderboard(violations, &asked, format, context),
        Asked::Preview(_) => unreachable!("it was read before, as a payout tells problems of its own"),
        Asked::Register(pb::RegisterReport {}) => violations.table_format(format).map(Report::Register),
        Asked::Payments(asked) => {
            let batch = if asked.batch.is_empty() {
                Some(None)
            } else {
                let batch = violations.batch("payments.batch", &asked.batch);
                violations.of_this("payments.batch", batch, context.program).map(Some)
            };
            let format = violations.table_format(format);
            Some(Report::Payments(batch?, format?))
        }
        Asked::RollForward(asked) => roll_forward(violations, &asked, format, context),
        Asked::Received(asked) => received(violations, &asked, format, context),
        Asked::Journal(asked) => journal(violations, &asked, format),
        Asked::MemberStatements(asked) => statements(violations, asked, format, context),
        Asked::Close(asked) => {
            let month = violations.month("close.month", &asked.month);
            let format = violations.one_of(format, &[Format::Text, Format::Pdf]);
            let format = if format? == Format::Pdf { CloseFormat::Pdf } else { CloseFormat::Text };
            Some(Report::Close(month?, format))
        }
    }
}

/// Reads the report of a preview.
fn preview(
    mut violations: Violations,
    asked: pb::PreviewReport,
    format: Format,
    context: &Context<'_>,
) -> Result<Report, ApiError> {
    let payout = violations.required("preview.payout", asked.payout);
    let name = payout.as_ref().and_then(|payout| violations.payout("preview.payout.name", &payout.name));
    let id = violations.of_this("preview.payout.name", name, context.program);
    let format = violations.table_format(format);
    let ((payout, id), format) = violations.check(payout.zip(id).zip(format))?;
    let (terms, asked) = parse_payout(&payout, id, context.currency, context.today)?;
    counts_points(&terms)?;
    Ok(Report::Preview(Box::new(terms), asked, format))
}

fn leaderboard(
    violations: &mut Violations,
    asked: &pb::LeaderboardReport,
    format: Format,
    context: &Context<'_>,
) -> Option<Report> {
    let window = parse_window(violations, asked.window, context.today);
    let kind = match asked.activity_kind.as_str() {
        "" => Some(None),
        kind => violations.id("leaderboard.activity_kind", ActivityKind::parse(kind)).map(Some),
    };
    let format = violations.table_format(format);
    let board = BoardName { window: window?, kind: kind?, include: Hidden::NOT };
    Some(Report::Leaderboard(Box::new(board), format?))
}

fn roll_forward(
    violations: &mut Violations,
    asked: &pb::RollForwardReport,
    format: Format,
    context: &Context<'_>,
) -> Option<Report> {
    use pb::RollForwardTable as Table;
    let table = match Table::try_from(asked.table) {
        Ok(Table::Unspecified | Table::Points) => Some(RollForwardTable::Points),
        Ok(Table::Kinds) => Some(RollForwardTable::Kinds),
        Ok(Table::Cohorts) => Some(RollForwardTable::Cohorts),
        Ok(Table::Money) => Some(RollForwardTable::Money),
        Err(_) => violations.refuse("roll_forward.table", format!("is {}, which is no table", asked.table)),
    };
    let this_month = Month::of(context.today);
    let first = given(&asked.first_month, None, |text| violations.month("roll_forward.first_month", text).map(Some));
    let last = given(&asked.last_month, this_month, |text| violations.month("roll_forward.last_month", text));
    if let (Some(Some(first)), Some(last)) = (first, last)
        && last < first
    {
        violations.add("roll_forward.last_month", "is before the first");
    }
    if last.is_some_and(|last| last > this_month) {
        violations.add("roll_forward.last_month", format!("is in the future: this month is {this_month}"));
    }
    let value = given(&asked.point_value, None, |text| {
        violations.point_value("roll_forward.point_value", text, context.currency).map(Some)
    });
    let has_value = matches!(table, Some(RollForwardTable::Points | RollForwardTable::Cohorts));
    if !asked.point_value.is_empty() && table.is_some() && !has_value {
        violations.add("roll_forward.point_value", "has no column in this table");
    }
    let is_by_month = matches!(table, Some(RollForwardTable::Points | RollForwardTable::Money));
    let formats = if is_by_month { &[Format::Csv, Format::JsonLines, Format::Xlsx, Format::Svg][..] } else { &TABLES };
    let format = violations.one_of(format, formats);
    let asked = RollForwardReport { table: table?, first: first?, last: last?, point_value_minor: value? };
    Some(if format? == Format::Svg { Report::Chart(asked) } else { Report::RollForward(asked, table_format(format?)) })
}

fn received(
    violations: &mut Violations,
    asked: &pb::ReceivedReport,
    format: Format,
    context: &Context<'_>,
) -> Option<Report> {
    let mut year = |field: &str, year: i32, unset: i16| match i16::try_from(year) {
        Ok(0) => Some(unset),
        Ok(year @ 1..=9_999) => Some(year),
        _ => violations.refuse(field, format!("is {year}; give a year from 1 to 9999, or 0")),
    };
    let first = year("received.first_year", asked.first_year, 0);
    let last = year("received.last_year", asked.last_year, i16::MAX);
    if first.zip(last).is_some_and(|(first, last)| last < first) {
        violations.add("received.last_year", "is before the first");
    }
    let start = match (asked.start_month, asked.start_day) {
        (0, 0) => Some(YearStart::UNITED_KINGDOM),
        (month, day) => {
            let start = i8::try_from(month).ok().zip(i8::try_from(day).ok());
            let start = start.and_then(|(month, day)| YearStart::new(month, day));
            let problem =
                || format!("and start_month are {day} and {month}; give a month, 1 to 12, and a day of it, 1 to 28");
            start.or_else(|| violations.refuse("received.start_day", problem()))
        }
    };
    let threshold = match &asked.threshold {
        None => Some(None),
        Some(threshold) => violations.money("received.threshold", threshold, context.currency).map(Some),
    };
    let format = violations.table_format(format);
    let asked = ReceivedReport { start: start?, years: (first?, last?), threshold_minor: threshold? };
    Some(Report::Received(asked, format?))
}

fn journal(violations: &mut Violations, asked: &pb::JournalReport, format: Format) -> Option<Report> {
    let last = given(&asked.last_month, None, |text| violations.month("journal.last_month", text).map(Some));
    let accounts = if asked.accounts.is_empty() {
        Some(Accounts::standard())
    } else if asked.accounts.len() > ACCOUNTS_BYTES_MAX {
        violations.refuse("journal.accounts", format!("has more than {ACCOUNTS_BYTES_MAX} bytes"))
    } else {
        match Accounts::parse(&asked.accounts) {
            Ok(accounts) => Some(accounts),
            Err(problems) => {
                for problem in problems {
                    violations.add("journal.accounts", problem);
                }
                None
            }
        }
    };
    let format = violations.one_of(format, &[Format::Hledger, Format::Beancount]);
    let format = if format? == Format::Beancount { JournalFormat::Beancount } else { JournalFormat::Hledger };
    Some(Report::Journal { last: last?, accounts: Box::new(accounts?), format })
}

fn statements(
    violations: &mut Violations,
    asked: pb::MemberStatementsReport,
    format: Format,
    context: &Context<'_>,
) -> Option<Report> {
    let member = if asked.member.is_empty() {
        Some(None)
    } else {
        let member = violations.member_of("member_statements.member", &asked.member);
        violations.of_this("member_statements.member", member, context.program).map(Some)
    };
    let fields = ("member_statements.first_day", "member_statements.last_day");
    let period = violations.period(fields, asked.first_day, asked.last_day, context.today);
    if asked.addressee.chars().count() > ADDRESSEE_CHARS_MAX {
        violations.add("member_statements.addressee", format!("has more than {ADDRESSEE_CHARS_MAX} characters"));
    }
    if asked.member.is_empty() && !asked.addressee.is_empty() {
        violations.add("member_statements.addressee", "is for the statement of one member; name the member");
    }
    let format = violations.one_of(format, &[Format::Pdf, Format::Json]);
    let format = if format? == Format::Json { StatementFormat::Json } else { StatementFormat::Pdf };
    Some(Report::Statements(StatementsReport { member: member?, period: period?, addressee: asked.addressee, format }))
}

impl Violations {
    /// Reads the first and the last day of a statement.
    pub(crate) fn period(
        &mut self,
        (first_field, last_field): (&str, &str),
        first: Option<Date>,
        last: Option<Date>,
        today: Day,
    ) -> Option<Period> {
        let (first, last): (Option<Day>, Option<Day>) = (self.day(first_field, first), self.day(last_field, last));
        let (first, last) = (first?, last?);
        if last < first {
            return self.refuse(last_field, "is before the first");
        }
        if last > today {
            return self.refuse(last_field, format!("is in the future: today is {}", today.date()));
        }
        Some(Period { first, last })
    }

    /// Checks that a name is of the programme that the request names.
    fn of_this<T>(&mut self, field: &str, name: Option<(ProgramId, T)>, program: &ProgramId) -> Option<T> {
        match name? {
            (of, id) if of == *program => Some(id),
            _ => self.refuse(field, "must be one of the same programme"),
        }
    }

    fn month(&mut self, field: &str, text: &str) -> Option<Month> {
        Month::parse(text).or_else(|| self.refuse(field, format!("is {text:?}; give a month, as 2026-01")))
    }

    /// Reads a value in the main unit as minor units.
    fn point_value(&mut self, field: &str, text: &str, currency: Currency) -> Option<Decimal> {
        let value = Number::parse(text).ok().and_then(|value| value.in_places(POINT_VALUE_PLACES));
        let value = value.map(|value| Decimal::new(value, POINT_VALUE_PLACES.into()));
        let minor = value.and_then(|value| value.checked_mul(Decimal::from(currency.minor_per_main())));
        let minor = minor.filter(|minor| (Decimal::ZERO..=Decimal::from(POINT_VALUE_MINOR_MAX)).contains(minor));
        let most = currency.format(POINT_VALUE_MINOR_MAX);
        let problem = || format!("is {text:?}; give 0 to {most} with at most {POINT_VALUE_PLACES} decimals, as 0.01");
        minor.or_else(|| self.refuse(field, problem()))
    }

    fn table_format(&mut self, format: Format) -> Option<TableFormat> {
        self.one_of(format, &TABLES).map(table_format)
    }

    /// Checks that a report can be written as a format; the first one stands for none.
    fn one_of(&mut self, format: Format, formats: &[Format]) -> Option<Format> {
        match format {
            Format::Unspecified => formats.first().copied(),
            format if formats.contains(&format) => Some(format),
            other => {
                let word = |format: &Format| format.as_str_name().trim_start_matches("REPORT_FORMAT_").to_lowercase();
                let words: Vec<String> = formats.iter().map(word).collect();
                self.refuse("format", format!("is {}; this report can be {}", word(&other), words.join(" or ")))
            }
        }
    }
}

/// Reads a text that need not be given.
fn given<T>(text: &str, unset: T, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    if text.is_empty() { Some(unset) } else { read(text) }
}

const fn table_format(format: Format) -> TableFormat {
    match format {
        Format::JsonLines => TableFormat::JsonLines,
        Format::Xlsx => TableFormat::Xlsx,
        _ => TableFormat::Csv,
    }
}
