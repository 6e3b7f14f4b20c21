//! From options to the request of a report.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use goodturn::domain::value::money::Currency;
use goodturn::export::journal::Accounts;
use goodturn::pb;
use goodturn::pb::export_report_request::Report;
use goodturn::wire;

use super::{CloseArgs, FileArgs, Format, ReceivedArgs, RollForwardArgs, Table, What};
use crate::cli::finance::date;

impl What {
    /// Returns where the report comes from and goes to; `None` for what is no report.
    pub(super) const fn file(&self) -> Option<&FileArgs> {
        Some(match self {
            Self::Accounts => return None,
            Self::Leaderboard(file)
            | Self::Register(file)
            | Self::Shares { file, .. }
            | Self::Payments { file, .. }
            | Self::Journal { file, .. }
            | Self::Statements { file, .. }
            | Self::RollForward(RollForwardArgs { file, .. })
            | Self::Received(ReceivedArgs { file, .. }) => file,
        })
    }

    /// True for an archive of statements.
    pub(super) const fn is_archive(&self) -> bool {
        matches!(self, Self::Statements { member: None, .. })
    }

    /// True for a table, whose rows are worth telling.
    pub(super) const fn is_table(&self) -> bool {
        !matches!(self, Self::Statements { member: Some(_), .. })
    }

    /// True for a report whose amounts need the programme's currency.
    pub(super) const fn asks_currency(&self) -> bool {
        matches!(self, Self::Received(ReceivedArgs { threshold: Some(_), .. }))
    }

    /// Makes the request. Amounts are in the currency, where the report asks for it.
    ///
    /// # Errors
    /// A file cannot be read, or an amount is none.
    pub(super) fn request(&self, file: &FileArgs, currency: Option<Currency>) -> anyhow::Result<Report> {
        let name = |collection: &str, id: &str| format!("programs/{}/{collection}/{id}", file.program);
        Ok(match self {
            Self::Accounts => bail!("the standard accounts are no report"),
            Self::Leaderboard(_) => Report::Leaderboard(pb::LeaderboardReport::default()),
            Self::Shares { payout, .. } => {
                Report::Shares(pb::SharesReport { payout: name("payouts", payout.as_str()) })
            }
            Self::Register(_) => Report::Register(pb::RegisterReport {}),
            Self::Payments { batch, .. } => {
                let batch = batch.as_ref().map(|batch| name("batches", batch.as_str())).unwrap_or_default();
                Report::Payments(pb::PaymentsReport { batch })
            }
            Self::RollForward(args) => Report::RollForward(args.request()),
            Self::Received(args) => Report::Received(args.request(currency)?),
            Self::Journal { to, accounts, .. } => {
                let accounts = accounts.as_deref().map(mapping).transpose()?.unwrap_or_default();
                let last_month = to.map(|month| month.to_string()).unwrap_or_default();
                Report::Journal(pb::JournalReport { last_month, accounts })
            }
            Self::Statements { from, to, member, addressee, .. } => {
                Report::MemberStatements(pb::MemberStatementsReport {
                    member: member.as_ref().map(|member| name("members", member.as_str())).unwrap_or_default(),
                    first_day: Some(date(*from)),
                    last_day: Some(date(*to)),
                    addressee: addressee.clone().unwrap_or_default(),
                })
            }
        })
    }
}

/// Reads a mapping of accounts, and lists everything that is wrong with it.
fn mapping(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    match Accounts::parse(&text) {
        Ok(_) => Ok(text),
        Err(problems) => {
            bail!("{} is no mapping of accounts:\n  {}", path.display(), problems.join("\n  "))
        }
    }
}

impl RollForwardArgs {
    fn request(&self) -> pb::RollForwardReport {
        let table = match self.table {
            Table::Points => pb::RollForwardTable::Points,
            Table::Kinds => pb::RollForwardTable::Kinds,
            Table::Cohorts => pb::RollForwardTable::Cohorts,
            Table::Money => pb::RollForwardTable::Money,
        };
        pb::RollForwardReport {
            table: table.into(),
            first_month: self.from.map(|month| month.to_string()).unwrap_or_default(),
            last_month: self.to.map(|month| month.to_string()).unwrap_or_default(),
            point_value: self.point_value.clone().unwrap_or_default(),
        }
    }
}

impl ReceivedArgs {
    fn request(&self, currency: Option<Currency>) -> anyhow::Result<pb::ReceivedReport> {
        let threshold = match (&self.threshold, currency) {
            (Some(text), Some(currency)) => {
                let minor = currency.parse(text).map_err(|why| anyhow::anyhow!("--threshold {why}"))?;
                Some(wire::money(minor, currency))
            }
            _ => None,
        };
        let (start_month, start_day) = self.year_start;
        Ok(pb::ReceivedReport {
            first_year: self.from_year.unwrap_or_default(),
            last_year: self.to_year.unwrap_or_default(),
            start_month,
            start_day,
            threshold,
        })
    }
}

impl CloseArgs {
    pub(super) fn request(&self) -> Report {
        Report::Close(pb::CloseReport { month: self.month.to_string() })
    }
}

impl FileArgs {
    /// Returns the format that is asked for; `None` for the first that the report has.
    ///
    /// # Errors
    /// The file's name says no format, or another than that of an archive.
    pub(super) fn format(&self, is_archive: bool) -> anyhow::Result<Option<Format>> {
        let Some(path) = &self.output else { return Ok(self.format) };
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let is_zip = ending.as_deref() == Some("zip");
        ensure!(
            is_zip || !is_archive,
            "statements of all members are an archive: give --output a name that ends in .zip"
        );
        ensure!(!is_zip || is_archive, "{} would be no archive: give it the ending of its format", path.display());
        let by_ending = ending.as_deref().and_then(Format::by_ending);
        let format = self.format.or(by_ending);
        let known = path.display();
        ensure!(
            format.is_some(),
            "the ending of {known} says no format: give --format, or another ending, as .csv or .pdf"
        );
        Ok(format)
    }

    /// Makes the whole request.
    pub(super) fn whole(&self, report: Report, format: Option<Format>) -> pb::ExportReportRequest {
        pb::ExportReportRequest {
            parent: format!("programs/{}", self.program),
            format: format.map_or(pb::ReportFormat::Unspecified, Format::to_api).into(),
            report: Some(report),
        }
    }
}
