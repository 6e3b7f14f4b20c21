//! `goodturn choices`.

pub(super) mod closing;
mod file;
mod import;
mod lapse;
pub(super) mod left;
mod lines;
mod member;
mod not_paid;
pub(super) mod show;
pub(super) mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use self::lines::Outcome;
use self::words::Wanted;
use super::finance::{AtArgs, Digits, RecordArgs, RejectArgs, digits, member_id, payout_id};
use goodturn::domain::value::ids::{ActivityId, MemberId, PayoutId};

/// The text of `choices import --help` below the options.
const IMPORT_HELP: &str = "\
The file's first line names the columns: member,choice and, where there are ids,
id. A choice is credit, cash, charity:ID, or none, which takes the one before
back. A member stands in the file once. A fault of any line keeps all of them
from being sent; every fault is listed with its line.

An id makes sure that a choice is recorded once. Without a column of them they
are made of the programme, the member, the choice and the label: the same file
again records nothing twice. So a file that is meant anew, as when members go
back to what they chose before, needs another name or another --label.

Exit codes: 0 every choice is recorded; 1 some were refused, or it could not be
done; 2 wrong options.";

#[derive(Debug, clap::Args)]
pub(super) struct ChoicesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Shows how a member wants money, and what counts for each payout that asks.
    Show(ShowArgs),
    /// Sets how a member wants money, or takes the choice back.
    Set(SetArgs),
    /// Records the choices of many members, from a file of CSV.
    Import(ImportArgs),
    /// Draws up what becomes of a payout's money, once the deadline of its choices has passed, and shows it. Nothing
    /// moves before another person approves it.
    Close(CloseArgs),
    /// Shows what was drawn up, who loses money by it, and approves exactly that. Waits until every lot is decided.
    Approve(ApproveArgs),
    /// Rejects what was drawn up, for a reason.
    Reject(RejectArgs),
    /// Shows what was drawn up of a payout, how far it is decided, and what comes next.
    Status(StatusArgs),
    /// Lets the withheld money of a banned member lapse, when two persons decide so.
    Lapse(lapse::LapseArgs),
    /// Lists what becomes of each lot of money, before it is approved and after, or writes it to a file.
    Lines(LinesArgs),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(Debug, clap::Args)]
struct SetArgs {
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    /// How the member wants money: credit, cash, charity:ID, or none, which takes the choice before back.
    #[arg(value_parser = Wanted::parse)]
    choice: Wanted,
    #[command(flatten)]
    record: RecordArgs,
    /// Id of the choice: the same again records nothing twice [default: a new one].
    #[arg(long, value_name = "ID", value_parser = choice_id)]
    id: Option<ActivityId>,
}

#[derive(Debug, clap::Args)]
#[command(after_long_help = IMPORT_HELP)]
struct ImportArgs {
    /// File of CSV with the columns member,choice, and id where there are ids.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    record: RecordArgs,
    /// Part of the ids that are made where the file has none [default: the file's name].
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
}

/// Where to write who loses money.
#[derive(Debug, clap::Args)]
struct LapsedArgs {
    /// File to write with all that lapses, as CSV: `member,payout,granted_to,amount,currency`.
    #[arg(long, value_name = "FILE")]
    lapsed: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct CloseArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    #[command(flatten)]
    record: RecordArgs,
    #[command(flatten)]
    lapsed: LapsedArgs,
}

#[derive(Debug, clap::Args)]
struct ApproveArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    #[command(flatten)]
    record: RecordArgs,
    #[command(flatten)]
    lapsed: LapsedArgs,
    /// Digest of what was seen, or its first 16 digits: approves without a question, and only that content.
    #[arg(long, value_name = "DIGEST", value_parser = digits)]
    yes: Option<Digits>,
}

#[derive(Debug, clap::Args)]
struct StatusArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(Debug, clap::Args)]
struct LinesArgs {
    /// The payout's id.
    #[arg(value_parser = payout_id)]
    id: PayoutId,
    #[command(flatten)]
    at: AtArgs,
    /// Only lots of which this becomes [default: all].
    #[arg(long, value_enum)]
    outcome: Option<Outcome>,
    /// File to write, as CSV: `member,payout,granted_to,amount,currency,outcome,charity,state`.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

fn choice_id(text: &str) -> Result<ActivityId, String> {
    ActivityId::parse(text).map_err(|why| why.to_string())
}

/// Shows, sets and imports choices; closes the choices of payouts.
///
/// # Errors
/// Lists the faults of a file. Says that no server answers, or what it answered.
pub(super) async fn run(args: &ChoicesArgs) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Show(args) => member::show(args).await,
        What::Set(args) => member::set(args).await,
        What::Import(args) => return import::import(args).await,
        What::Close(args) => closing::close(args).await,
        What::Approve(args) => closing::approve(args).await,
        What::Reject(args) => closing::reject(args).await,
        What::Status(args) => closing::status(args).await,
        What::Lapse(args) => lapse::run(args).await,
        What::Lines(args) => lines::lines(args).await,
    }?;
    Ok(ExitCode::SUCCESS)
}
