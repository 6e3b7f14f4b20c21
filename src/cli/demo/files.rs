//! The results of a run: the files, and the advice on how to go on.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::community::{CURRENCY, Community};
use super::people::Board;
use super::proof::SharesProof;
use super::replay::Replayed;
use super::text;
use goodturn::app;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::money::Currency;
use goodturn::export;
use goodturn::log::DatabaseUrl;
use goodturn::pb;
use goodturn::wire::PRINCIPAL;

/// The values that the files are written from.
pub(super) struct Files<'a> {
    pub(super) board: &'a Board,
    pub(super) replayed: &'a Replayed,
    pub(super) statements: &'a [u8],
    /// The pool, in pence.
    pub(super) pool_minor: i64,
    pub(super) shares: &'a SharesProof,
    pub(super) log: &'a pb::VerifyProgramResponse,
}

/// The result in figures.
#[derive(Serialize)]
struct Summary {
    entries: i64,
    declined: usize,
    members: usize,
    total_points: i64,
    pool: String,
    shares_total: String,
    head_seq: i64,
    root_hash: String,
}

impl Files<'_> {
    /// Writes `leaderboard.csv`, `statements.csv` and `summary.json`.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let mut summary = serde_json::to_vec_pretty(&self.summary()?)?;
        summary.push(b'\n');
        let write = |name: &str, bytes: &[u8]| {
            let file = folder.join(name);
            std::fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))
        };
        let mut leaderboard = Vec::new();
        let rows = self.board.rows.iter().map(|row| (row.rank, row.member_id.as_str(), row.points));
        export::rows::leaderboard_csv(&mut leaderboard, rows).context("cannot write the leaderboard")?;
        write("leaderboard.csv", &leaderboard)?;
        write("statements.csv", self.statements)?;
        write("summary.json", &summary)
    }

    /// Says what is in each file.
    pub(super) fn to_text(&self, folder: &Path) -> String {
        let members = text::counted(text::count(self.board.rows.len()), "member");
        let of = |name: &str| folder.join(name).display().to_string();
        let lines = [
            (of("leaderboard.csv"), format!("{members} by rank")),
            (of("statements.csv"), "every share with its exact quotient".to_owned()),
            (of("summary.json"), "the figures of this run".to_owned()),
        ];
        let width = lines.iter().map(|(file, _)| file.chars().count()).max().unwrap_or_default();
        let lines: String = lines.iter().map(|(file, what)| format!("  {file:<width$}  {what}\n")).collect();
        format!("Files\n\n{lines}\n")
    }

    fn summary(&self) -> anyhow::Result<Summary> {
        let pound = Currency::from_code(CURRENCY).context("the currency is one of ISO 4217")?;
        Ok(Summary {
            entries: self.log.entries,
            declined: self.replayed.declined,
            members: self.board.rows.len(),
            total_points: self.board.total_points(),
            pool: pound.format(self.pool_minor),
            shares_total: pound.format(self.shares.shares_minor),
            head_seq: self.log.head_seq,
            root_hash: hex(&self.log.root_hash),
        })
    }
}

/// Shows how to go on: the server over the same database, and calls to it.
pub(super) fn go_on(database: &DatabaseUrl, community: &Community, member: &str) -> String {
    /// A line break within a request. It is quoted, so the request is still one argument.
    const NEXT: &str = "\n         ";
    let program = community.program();
    let payout = community.payout();
    let calls = [
        ("Ledger/GetBalance", format!(r#"{{"name":"{program}/members/{member}"}}"#)),
        ("Leaderboards/GetLeaderboard", format!(r#"{{"parent":"{program}",{NEXT}"page_size":5}}"#)),
        ("Leaderboards/GetStanding", format!(r#"{{"name":"{program}/members/{member}",{NEXT}"neighbours":2}}"#)),
        ("Payouts/ExplainShare", format!(r#"{{"name":"{payout}/shares/{member}",{NEXT}"page_size":5}}"#)),
    ];
    let address = app::Config::default().listen;
    let mut text = format!("Go on\n\n  {} serve --database '{}'\n\n", this_program(), database);
    for (method, request) in calls {
        text += &format!("  grpcurl -plaintext -H '{PRINCIPAL}: anna' \\\n");
        text += &format!("    -d '{request}' \\\n    {address} goodturn.v1.{method}\n");
    }
    text
}

/// Returns how this program was called, when that also works from here.
fn this_program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    let path = Path::new(&called);
    if path.is_relative() && path.components().count() > 1 { called } else { "goodturn".to_owned() }
}
