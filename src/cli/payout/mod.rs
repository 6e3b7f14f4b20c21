//! `goodturn payout`.

mod acts;
mod approve;
mod compare;
mod due;
mod list;
mod preview;
mod shares;
mod show;
mod terms;
mod terms_args;
mod wait;

use std::path::PathBuf;

use self::due::Due;
use self::terms_args::TermsArgs;
use super::finance::{AtArgs, Digits, Finance, RecordArgs, RejectArgs, digits, member_id, payout_id};
use super::pages::Pages;
use super::server::answered;
use crate::cli::out;
use goodturn::domain::value::ids::{MemberId, PayoutId};
use goodturn::pb;

/// Payouts, shares or entries asked for at a time.
const PAGE: i32 = 1_000;

/// Largest shares, and largest changes, that are shown of a payout.
const TOP: usize = 10;

/// The text of `payout draft --help` below the options.
const DRAFT_HELP: &str = "\
A list is read whole before anything is recorded: its first line names the
columns member,weight, a member stands in it once, and a weight is a whole
number above 0. Then the server looks through every row, as a member may be
unknown, merged or banned. Every fault is listed with its line. The rows are
sent in the order of members; when that is interrupted, the same command again
goes on after those that are there.

Another person approves a draft; see payout approve.";

#[derive(Debug, clap::Args)]
pub(super) struct PayoutArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Shows what a payout would bring: members, points, the largest shares. Records nothing.
    Preview(Box<PreviewArgs>),
    /// Drafts a payout: reserves the points of all members, or sends a list, and fixes every share. Waits until that is
    /// done.
    Draft(Box<DraftArgs>),
    /// Shows a payout: its state, and what comes next.
    Show(ShowArgs),
    /// Lists the payouts of a programme.
    List(ListArgs),
    /// Shows a draft, and how its shares differ from those of the draft before; then approves exactly that.
    Approve(ApproveArgs),
    /// Rejects a draft for a reason, and gives the points back. Waits until that is done.
    Reject(RejectArgs),
    /// Executes an approved payout: each share becomes money due. Waits until that is done.
    Execute(ActArgs),
    /// Cancels a payout that is not executing yet, and gives the points back. Waits until that is done.
    Cancel(ActArgs),
    /// Prints the shares of a payout, or writes them to a file.
    Shares(SharesArgs),
    /// Says how a member's share came about, and lists the entries that were counted.
    Explain(ExplainArgs),
}

#[derive(Debug, clap::Args)]
struct PreviewArgs {
    #[command(flatten)]
    terms: TermsArgs,
    #[command(flatten)]
    at: AtArgs,
    /// Number of the largest shares to show, 1 to 1,000.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(i32).range(1..=1_000))]
    top: i32,
    /// File to write with all shares, as CSV: `member,points,share,currency,quotient,rounding_unit`.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// File with shares to compare with, as --csv, payout shares --csv or export shares writes it.
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = DRAFT_HELP)]
struct DraftArgs {
    /// Id of the new payout, as 2018-h2: a-z 0-9 - _.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    #[command(flatten)]
    terms: TermsArgs,
    #[command(flatten)]
    record: RecordArgs,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
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
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    #[command(flatten)]
    record: RecordArgs,
    /// File with shares to compare with, as payout shares --csv or export shares writes it [default: the shares of
    /// the payout that was drafted before on the same statement].
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Digest of what was seen, or its first 16 digits: approves without a question, and only that content.
    #[arg(long, value_name = "DIGEST", value_parser = digits)]
    yes: Option<Digits>,
}

#[derive(Debug, clap::Args)]
struct ActArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    #[command(flatten)]
    record: RecordArgs,
}

#[derive(Debug, clap::Args)]
struct SharesArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    #[command(flatten)]
    at: AtArgs,
    /// File to write, as CSV: `member,points,share,currency,quotient,rounding_unit`.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ExplainArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    #[command(flatten)]
    at: AtArgs,
    /// Lists the entries too that were not counted, with the reasons.
    #[arg(long)]
    all: bool,
}

/// Previews, drafts, decides, executes and shows payouts.
///
/// # Errors
/// Says that no server answers, or what it answered.
pub(super) async fn run(args: &PayoutArgs) -> anyhow::Result<()> {
    match &args.what {
        What::Preview(args) => preview::preview(args).await,
        // A request with every term of a payout is large.
        What::Draft(args) => Box::pin(acts::draft(args)).await,
        What::Show(args) => show(args).await,
        What::List(args) => list(args).await,
        What::Approve(args) => approve::approve(args).await,
        What::Reject(args) => acts::reject(args).await,
        What::Execute(args) => acts::execute(args).await,
        What::Cancel(args) => acts::cancel(args).await,
        What::Shares(args) => shares::shares(args).await,
        What::Explain(args) => shares::explain(args).await,
    }
}

async fn show(args: &ShowArgs) -> anyhow::Result<()> {
    // What rounding down left of a long list takes a server some time to find.
    let mut finance = args.at.finance_for_long().await?;
    let payout = finance.payout(&args.id).await?;
    let due = Due::of(&mut finance, &payout).await?;
    out::print(show::whole(&payout, &due, finance.about())?)
}

async fn list(args: &ListArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance().await?;
    let payouts = all(&mut finance).await?;
    if payouts.is_empty() {
        return out::print(format!("{} has no payouts.\n", finance.program));
    }
    out::print(show::list(&payouts, finance.currency)?)
}

/// Reads all payouts of the programme.
async fn all(finance: &mut Finance) -> anyhow::Result<Vec<pb::Payout>> {
    let parent = format!("programs/{}", finance.program);
    let payouts = &mut finance.payouts;
    let all = Pages::all(async |page_token| {
        let request = pb::ListPayoutsRequest { parent: parent.clone(), page_size: PAGE, page_token };
        let page = answered(payouts.list_payouts(request).await, "list the payouts")?;
        Ok((page.payouts, page.next_page_token))
    });
    all.await
}
