//! `goodturn savings`.

mod acts;
mod changes;
mod fields;
mod file;
mod show;

use std::path::PathBuf;

use super::finance::{AtArgs, Digits, RecordArgs, WhyArgs, digits, statement_id};
use super::pages::Pages;
use super::server::answered;
use crate::cli::out;
use goodturn::domain::value::ids::StatementId;
use goodturn::pb;

/// Statements asked for at a time. One has at most 100 lines of 0.5 KB, twice where it is corrected: a page stays below
/// the 4 MiB that an answer may have.
const PAGE: i32 = 40;

#[derive(Debug, clap::Args)]
pub(super) struct SavingsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Declares the savings of a period, from a file. Nothing is paid on them before another person approves them.
    Declare(DeclareArgs),
    /// Corrects an approved statement, from a file with the whole new content. What was approved stands until another
    /// person approves the correction.
    Correct(CorrectArgs),
    /// Shows a statement: its lines, its pool, who decided what, and what comes next.
    Show(ShowArgs),
    /// Lists the statements of a programme.
    List(ListArgs),
    /// Shows what waits for approval, the statement or its correction, and approves exactly that.
    Approve(ApproveArgs),
    /// Rejects what waits for approval, the statement or its correction, for a reason.
    Reject(RejectArgs),
}

#[derive(Debug, clap::Args)]
struct DeclareArgs {
    /// File with the statement, as TOML; see examples/savings-2018-h2.toml.
    file: PathBuf,
    #[command(flatten)]
    record: RecordArgs,
}

#[derive(Debug, clap::Args)]
struct CorrectArgs {
    /// File with the whole corrected statement, as TOML; see examples/savings-2018-h2.toml.
    file: PathBuf,
    #[command(flatten)]
    record: RecordArgs,
    /// Version that it must become: fails where another is next [default: the one after the approved version].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(2..))]
    version: Option<i32>,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The statement's id.
    #[arg(value_parser = statement_id)]
    id: StatementId,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    at: AtArgs,
}

#[derive(Debug, clap::Args)]
struct ApproveArgs {
    /// The statement's id.
    #[arg(value_parser = statement_id)]
    id: StatementId,
    #[command(flatten)]
    record: RecordArgs,
    /// Digest of what was seen, or its first 16 digits: approves without a question, and only that content.
    #[arg(long, value_name = "DIGEST", value_parser = digits)]
    yes: Option<Digits>,
}

#[derive(Debug, clap::Args)]
struct RejectArgs {
    /// The statement's id.
    #[arg(value_parser = statement_id)]
    id: StatementId,
    #[command(flatten)]
    record: RecordArgs,
    #[command(flatten)]
    why: WhyArgs,
    /// Version that is rejected [default: the one that waits].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    version: Option<i32>,
}

/// Declares, shows and decides savings statements.
///
/// # Errors
/// Lists the faults of the file. Says that no server answers, or what it answered.
pub(super) async fn run(args: &SavingsArgs) -> anyhow::Result<()> {
    match &args.what {
        What::Declare(args) => acts::declare(args).await,
        What::Correct(args) => acts::correct(args).await,
        What::Show(args) => show(args).await,
        What::List(args) => list(args).await,
        What::Approve(args) => acts::approve(args).await,
        What::Reject(args) => acts::reject(args).await,
    }
}

async fn show(args: &ShowArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance().await?;
    let statement = finance.statement(args.id.as_str()).await?;
    out::print(show::whole(&statement, &finance.program, finance.currency)?)
}

async fn list(args: &ListArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance().await?;
    let (program, payouts) = (finance.program.clone(), &mut finance.payouts);
    let statements = Pages::all(async |page_token| {
        let parent = format!("programs/{program}");
        let request = pb::ListSavingsStatementsRequest { parent, page_size: PAGE, page_token };
        let page = answered(payouts.list_savings_statements(request).await, "list the savings statements")?;
        Ok((page.savings_statements, page.next_page_token))
    });
    let statements = statements.await?;
    if statements.is_empty() {
        return out::print(format!("{program} has no savings statements.\n"));
    }
    out::print(show::list(&statements, finance.currency)?)
}
