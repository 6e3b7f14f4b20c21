//! From options to the request of a report.

use std::fs;

use anyhow::Context as _;
use goodturn::domain::value::money::Currency;
use goodturn::pb;
use goodturn::pb::export_report_request::Report;
use goodturn::wire;

use super::{CloseArgs, FileArgs, Format, ReceivedArgs, RollForwardArgs, Table, What};
use crate::cli::finance::date;

impl What {
    /// Returns where the report comes from and goes to.
    pub(super) const fn file(&self) -> &FileArgs {
        match self {
            Self::Leaderboard(file)
            | Self::Register(file)
            | Self::Shares { file, .. }
            | Self::Payments { file, .. }
            | Self::Journal { file, .. }
            | Self::Statements { file, .. }
            | Self::RollForward(RollForwardArgs { file, .. })
            | Self::Received(ReceivedArgs { file, .. }) => file,
        }
    }

    /// True for a report whose amounts need the programme's currency.
    pub(super) const fn asks_currency(&self) -> bool {
        matches!(self, Self::Received(ReceivedArgs { threshold: Some(_), .. }))
    }

    /// Makes the request. Amounts are in the currency, where the report asks for it.
    ///
    /// # Errors
    /// A file cannot be read, or an amount is none.
    pub(super) fn request(&self, currency: Option<Currency>) -> anyhow::Result<Report> {
        let file = self.file();
        let name = |collection: &str, id: &str| format!("programs/{}/{collection}/{id}", file.program);
        Ok(match self {
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
                let read = |path: &std::path::PathBuf| {
                    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
                };
                let accounts = accounts.as_ref().map(read).transpose()?.unwrap_or_default();
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
    pub(super) fn format(&self) -> Option<Format> {
        let ending = self.output.as_ref().and_then(|path| path.extension()?.to_str());
        self.format.or_else(|| Format::by_ending(&ending?.to_ascii_lowercase()))
    }

    /// Makes the whole request.
    pub(super) fn whole(&self, report: Report) -> pb::ExportReportRequest {
        pb::ExportReportRequest {
            parent: format!("programs/{}", self.program),
            format: self.format().map_or(pb::ReportFormat::Unspecified, Format::to_api).into(),
            report: Some(report),
        }
    }
}
