//! `goodturn export`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Subcommand;

use super::finance::payout_id;
use super::{DatabaseArgs, program_id};
use crate::cli::out;
use goodturn::board::{Begin, BoardName, Boards, Ranking};
use goodturn::domain::project::people::Hidden;
use goodturn::domain::value::ids::{PayoutId, ProgramId};
use goodturn::domain::value::window::Window;
use goodturn::export::csv;
use goodturn::ledger::Ledger;
use goodturn::ledger::clock::SystemClock;
use goodturn::ledger::state::ProgramState;
use goodturn::payout::Payouts;

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// All members with points: `rank,member,points`.
    Leaderboard(Common),
    /// A payout's shares: `member,points,share,currency,quotient,rounding_unit`.
    Statements {
        #[command(flatten)]
        common: Common,
        /// The payout.
        #[arg(long, value_parser = payout_id)]
        payout: PayoutId,
    },
}

/// Arguments of every export.
#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    /// File to write; stdout when not given.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let (What::Leaderboard(common) | What::Statements { common, .. }) = &args.what;
    let log = common.database.open().await?;
    let ledger = Arc::new(Ledger::new(Arc::clone(&log), Arc::new(SystemClock)));
    let program = ledger.program(&common.program).await?;
    let program =
        program.ok_or_else(|| anyhow!("{} does not exist in {}", common.program, common.database.database))?;
    let boards = Arc::new(Boards::new(Arc::clone(&ledger)).reading_only());
    // The whole content comes first: nothing is half written when something is wrong.
    let file = match &args.what {
        What::Leaderboard(_) => leaderboard(&boards, &program).await?,
        What::Statements { payout, .. } => statements(&Payouts::new(ledger, boards), &program, payout).await?,
    };
    log.close().await;
    if let Some(path) = &common.output {
        std::fs::write(path, file).with_context(|| format!("{} cannot be written", path.display()))
    } else {
        out::print_file(&file)
    }
}

async fn leaderboard(boards: &Boards, program: &Arc<ProgramState>) -> anyhow::Result<Vec<u8>> {
    let all_time = BoardName { window: Window::all_time(), kind: None, include: Hidden::NOT };
    let rows = boards.page(program, &all_time, Begin::Now, usize::MAX, Ranking::Competition).await?.rows;
    let mut file = Vec::new();
    let ranked = rows.iter().map(|row| Ok((i64::try_from(row.rank)?, row.member.as_str(), row.points)));
    csv::leaderboard(&mut file, ranked.collect::<anyhow::Result<Vec<_>>>()?.into_iter())?;
    Ok(file)
}

async fn statements(payouts: &Payouts, program: &Arc<ProgramState>, id: &PayoutId) -> anyhow::Result<Vec<u8>> {
    let payout = payouts.get(program, id).await?;
    let shares = payouts.shares(program, &payout).await?;
    let currency = program.read().program.as_ref().map(|program| program.terms.currency);
    let currency = currency.ok_or_else(|| anyhow!("{} was never created", program.id))?;
    let mut file = Vec::new();
    csv::statements(&mut file, currency, payout.terms.ratio(payout.total_points), &shares.shares)?;
    Ok(file)
}
