//! `goodturn export`, and `goodturn close`: reports as files, from a server or straight from a database.

mod request;
mod run;
mod whole_file;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use jiff::civil;

pub(super) use self::run::bytes_of;
use super::finance::{batch_id, member_id, payout_id};
use super::program_id;
use super::server::ServerArgs;
use goodturn::domain::value::ids::{BatchId, MemberId, PayoutId, ProgramId};
use goodturn::domain::value::month::Month;
use goodturn::log::DatabaseUrl;
use goodturn::pb;

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

/// A report.
#[derive(Debug, Subcommand)]
enum What {
    /// Everybody on a leaderboard of all time, best first: rank, member, points.
    Leaderboard(FileArgs),
    /// A payout's shares: member, points, share, currency, quotient, rounding unit.
    Shares {
        #[command(flatten)]
        file: FileArgs,
        /// The payout.
        #[arg(long, value_parser = payout_id)]
        payout: PayoutId,
    },
    /// Every lot of money of every member: what granted it, what was decided, and where it is.
    Register(FileArgs),
    /// Every payment and what became of it. Destinations are not in it.
    Payments {
        #[command(flatten)]
        file: FileArgs,
        /// Only those of this batch.
        #[arg(long, value_parser = batch_id)]
        batch: Option<BatchId>,
    },
    /// What was open before each month, what moved, and what is open after it.
    RollForward(RollForwardArgs),
    /// What each person received in each tax year, by the day that the bank gives.
    Received(ReceivedArgs),
    /// A journal for hledger or beancount: what moved each day, and balances after each month.
    Journal {
        #[command(flatten)]
        file: FileArgs,
        /// The last month, as 2026-01 [default: everything so far].
        #[arg(long, value_name = "MONTH", value_parser = month)]
        to: Option<Month>,
        /// File that maps places to accounts, in TOML [default: the standard ones, which `goodturn export accounts`
        /// prints].
        #[arg(long, value_name = "FILE")]
        accounts: Option<PathBuf>,
    },
    /// Prints the standard mapping of places to accounts of a journal, as a file to begin with.
    Accounts,
    /// A member's statement, or a zip archive with those of all members.
    Statements {
        #[command(flatten)]
        file: FileArgs,
        /// The first day.
        #[arg(long, value_name = "DATE")]
        from: civil::Date,
        /// The last day.
        #[arg(long, value_name = "DATE")]
        to: civil::Date,
        /// Only this member's.
        #[arg(long, value_parser = member_id)]
        member: Option<MemberId>,
        /// Name to print on the member's statement. It is not recorded.
        #[arg(long, value_name = "NAME", requires = "member")]
        addressee: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct RollForwardArgs {
    #[command(flatten)]
    file: FileArgs,
    /// The rows and columns.
    #[arg(long, value_enum, default_value = "points")]
    table: Table,
    /// The first month, as 2026-01 [default: the first one in which something was recorded].
    #[arg(long, value_name = "MONTH", value_parser = month)]
    from: Option<Month>,
    /// The last month [default: this month].
    #[arg(long, value_name = "MONTH", value_parser = month)]
    to: Option<Month>,
    /// What an open point is reckoned to cost, in the main unit, as 0.01: adds a column with the liability.
    #[arg(long, value_name = "AMOUNT")]
    point_value: Option<String>,
}

#[derive(Debug, clap::Args)]
struct ReceivedArgs {
    #[command(flatten)]
    file: FileArgs,
    /// The calendar year in which the first tax year begins [default: all].
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1..=9_999))]
    from_year: Option<i32>,
    /// The calendar year in which the last tax year begins [default: all].
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1..=9_999))]
    to_year: Option<i32>,
    /// The day on which a tax year begins, as 04-06.
    #[arg(long, value_name = "MM-DD", default_value = "04-06", value_parser = year_start)]
    year_start: (i32, i32),
    /// Adds a column that says who received more than this in a year, as 1000.00.
    #[arg(long, value_name = "AMOUNT")]
    threshold: Option<String>,
}

/// Tables of a roll-forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Table {
    /// Points by month.
    Points,
    /// Points by month, and by kind of activity or reason of adjustment.
    Kinds,
    /// Open points by the month in which they were earned.
    Cohorts,
    /// Money by month.
    Money,
}

/// Arguments of every report: where it comes from, and where it goes.
#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    #[command(flatten)]
    server: ServerArgs,
    /// Reads this database itself, without a server, as `sqlite://goodturn.db`: for whoever keeps it, and without a
    /// limit of time.
    #[arg(long, value_name = "URL", value_parser = super::database_url())]
    database: Option<DatabaseUrl>,
    /// File to write [default: standard output]. At no moment is there half a file.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The format [default: by the ending of --output, else the first that the report has: csv; text for a close,
    /// hledger for a journal, pdf for statements].
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// CSV, as spreadsheets read it.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// A workbook.
    Xlsx,
    /// A chart.
    Svg,
    /// Pages to be kept.
    Pdf,
    /// Plain text.
    Text,
    /// JSON.
    Json,
    /// A journal for hledger.
    Hledger,
    /// A journal for beancount.
    Beancount,
}

impl Format {
    /// Returns the format of a file by the ending of its name.
    fn by_ending(ending: &str) -> Option<Self> {
        match ending {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            "xlsx" => Some(Self::Xlsx),
            "svg" => Some(Self::Svg),
            // The statements of all members are an archive of pages.
            "pdf" | "zip" => Some(Self::Pdf),
            "txt" => Some(Self::Text),
            "json" => Some(Self::Json),
            "journal" | "hledger" | "ledger" => Some(Self::Hledger),
            "beancount" | "bean" => Some(Self::Beancount),
            _ => None,
        }
    }

    const fn to_api(self) -> pb::ReportFormat {
        match self {
            Self::Csv => pb::ReportFormat::Csv,
            Self::Jsonl => pb::ReportFormat::JsonLines,
            Self::Xlsx => pb::ReportFormat::Xlsx,
            Self::Svg => pb::ReportFormat::Svg,
            Self::Pdf => pb::ReportFormat::Pdf,
            Self::Text => pb::ReportFormat::Text,
            Self::Json => pb::ReportFormat::Json,
            Self::Hledger => pb::ReportFormat::Hledger,
            Self::Beancount => pb::ReportFormat::Beancount,
        }
    }

    /// True for a file that no terminal shows.
    const fn is_binary(self) -> bool {
        matches!(self, Self::Xlsx | Self::Pdf)
    }
}

/// Closes a month: checks every entry, every pool and every payment up to its end, and writes one page that says so.
#[derive(Debug, clap::Args)]
pub(super) struct CloseArgs {
    #[command(flatten)]
    file: FileArgs,
    /// The month, as 2026-01. It must be over.
    #[arg(long, value_name = "MONTH", value_parser = month)]
    month: Month,
}

pub(super) async fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    run::export(&args.what).await
}

pub(super) async fn close(args: &CloseArgs) -> anyhow::Result<ExitCode> {
    run::close(args).await
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| format!("{text:?} is no month; give one as 2026-01"))
}

fn year_start(text: &str) -> Result<(i32, i32), String> {
    let read = text.split_once('-').and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
    read.filter(|(month, day)| (1..=12).contains(month) && (1..=28).contains(day))
        .ok_or_else(|| format!("{text:?} is no day of every year; give a month and a day of it up to 28, as 04-06"))
}
