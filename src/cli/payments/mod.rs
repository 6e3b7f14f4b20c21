//! `goodturn payments`: money that leaves, and what comes back.

mod acts;
mod draft;
mod due;
mod export;
mod payees;
mod reconcile;
mod results;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use self::draft::DraftArgs;
use super::finance::{AtArgs, Digits, RecordArgs, WhyArgs, batch_id, digits};
use goodturn::domain::value::ids::BatchId;
use goodturn::pb;

#[derive(Debug, clap::Args)]
pub(super) struct PaymentsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Says where members' money goes: from a file of CSV, or removes it.
    Payees(payees::PayeesArgs),
    /// Lists members with money due, and how each would be paid, or why not.
    Due(due::DueArgs),
    /// Draws up a batch: all money due that a file of its format can pay, one payment for each member. Nothing leaves
    /// before another person approves it.
    Draft(DraftArgs),
    /// Shows a batch: what is sent, arrived and came back, and what comes next; with --csv every payment.
    Show(ShowArgs),
    /// Lists every batch of the programme.
    List(ListArgs),
    /// Shows a batch, which destinations are new, and approves exactly that.
    Approve(ApproveArgs),
    /// Cancels a batch that is not released, for a reason: its money is due again.
    Cancel(CancelArgs),
    /// Writes the files of a batch, and their totals. The first export releases it: from then on its money is sent.
    Export(export::ExportArgs),
    /// Reports what became of payments, from a file of the bank's, of PayPal's, or of CSV.
    Results(results::ResultsArgs),
    /// Says where the money of one payment is, and what to do.
    Where(WhereArgs),
    /// Allows another payment to where one came back from.
    Retry(RetryArgs),
    /// Counts the payments of a batch one by one, and compares them with members' money. Exit code 1 on a difference.
    Reconcile(BatchArgs),
}

#[derive(Debug, clap::Args)]
struct BatchArgs {
    /// The batch's id.
    #[arg(value_parser = batch_id)]
    id: BatchId,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    #[command(flatten)]
    batch: BatchArgs,
    /// File to write with every payment, as CSV:
    /// `payment,member,amount,currency,state,destination,new_destination,changed_at,reference,fault,code,fee`.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    at: AtArgs,
}

#[derive(Debug, clap::Args)]
struct ApproveArgs {
    /// The batch's id.
    #[arg(value_parser = batch_id)]
    id: BatchId,
    #[command(flatten)]
    record: RecordArgs,
    /// Digest of what was seen, or its first 16 digits: approves without a question, and only that content.
    #[arg(long, value_name = "DIGEST", value_parser = digits)]
    yes: Option<Digits>,
}

#[derive(Debug, clap::Args)]
struct CancelArgs {
    /// The batch's id.
    #[arg(value_parser = batch_id)]
    id: BatchId,
    #[command(flatten)]
    record: RecordArgs,
    #[command(flatten)]
    why: WhyArgs,
}

#[derive(Debug, clap::Args)]
struct WhereArgs {
    #[command(flatten)]
    batch: BatchArgs,
    /// The payment's id, as it stands in the file: 18 characters.
    #[arg(value_name = "PAYMENT")]
    payment: String,
}

#[derive(Debug, clap::Args)]
struct RetryArgs {
    /// The batch's id.
    #[arg(value_parser = batch_id)]
    id: BatchId,
    /// The payment's id, as it stands in the file: 18 characters.
    #[arg(value_name = "PAYMENT")]
    payment: String,
    #[command(flatten)]
    record: RecordArgs,
}

/// Formats of files, as the command line has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// The company's own file of credit.
    Credit,
    /// PayPal's file of payouts.
    Paypal,
    /// Transfers within the United Kingdom, as CSV.
    UkBank,
    /// ISO 20022 `pain.001.001.09`, in EUR or GBP.
    Pain001,
}

impl Format {
    const fn to_api(self) -> pb::FileFormat {
        match self {
            Self::Credit => pb::FileFormat::CreditCsv,
            Self::Paypal => pb::FileFormat::PaypalCsv,
            Self::UkBank => pb::FileFormat::UkBankCsv,
            Self::Pain001 => pb::FileFormat::Pain001,
        }
    }
}

/// Sets payees; draws up, approves, exports, cancels and counts batches; reports what became of payments.
///
/// # Errors
/// Lists the faults of a file. Says that no server answers, or what it answered.
pub(super) async fn run(args: &PaymentsArgs) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Payees(args) => return payees::run(args).await,
        What::Results(args) => return results::run(args).await,
        What::Reconcile(args) => return reconcile::run(args).await,
        What::Due(args) => due::run(args).await,
        What::Draft(args) => Box::pin(acts::draft(args)).await,
        What::Show(args) => show::run(args).await,
        What::List(args) => show::list(args).await,
        What::Approve(args) => acts::approve(args).await,
        What::Cancel(args) => acts::cancel(args).await,
        What::Export(args) => export::run(args).await,
        What::Where(args) => show::one(args).await,
        What::Retry(args) => acts::retry(args).await,
    }?;
    Ok(ExitCode::SUCCESS)
}
