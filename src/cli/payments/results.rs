//! Reporting what became of payments, from a file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{anyhow, ensure};

use super::show::{each, next, read, shown};
use crate::cli::finance::batch_id;
use crate::cli::finance::{Finance, RecordArgs, date};
use crate::cli::out;
use crate::cli::server::{answered, explain, status_of};
use crate::cli::sheet::{self, LISTED_MAX};
use crate::cli::text::{count, counted, counted_as, grouped};
use crate::cli::watch::Steps;
use goodturn::domain::value::ids::BatchId;
use goodturn::domain::value::payment_id::PaymentId;
use goodturn::pb;
use goodturn::pb::payment_report_result::Result as Answer;
use goodturn::results::{self, Format, Outcome, Reason, ResultLine, Results};
use goodturn::wire::money;

/// The text of `payments results --help` below the options.
const HELP: &str = "\
The kind of the file is told by its content: a bank's pain.002 or camt.054 (or
camt.052, camt.053), PayPal's report of payouts, or a CSV whose first line names
the columns: payment,outcome and, where they are known,
amount,fee,reference,reason,date.

  outcome  accepted (settles nothing), paid, failed, returned, unclaimed
  reason   account_closed, account_unknown, unclaimed, refused, reversed, other,
           or a code of ISO 20022, as AC04
  fee      what came back less than was sent, for returned alone

The same file may be reported twice. A line that cannot be taken is listed, and
every other one is taken. A payment that the bank takes for one it knew already
is held back: the first of the two may have arrived. Ask the bank, and report
what it says by a CSV.

Exit codes: 0 every line is taken; 1 some are not, or it could not be done; 2
wrong options.";

/// Reports of one call: as many as a server takes.
const BATCH: usize = 1_000;

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(super) struct ResultsArgs {
    /// The batch's id.
    #[arg(value_parser = batch_id)]
    id: BatchId,
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    record: RecordArgs,
}

/// Reports the lines of a file.
///
/// # Errors
/// The file is none that is understood, or answers another batch. Says that no server answers, or what it answered.
pub(super) async fn run(args: &ResultsArgs) -> anyhow::Result<ExitCode> {
    let content = sheet::content(&args.file)?;
    let told = |problem: String| anyhow!("{} {problem}", args.file.display());
    let format = results::format_of(&content).map_err(told)?;
    let mut finance = args.record.finance_for_long().await?;
    let mut results = results::read(format, finance.currency, &content).map_err(told)?;
    let own = PaymentId::batch_part(&finance.program, &args.id);
    if let Some(message) = results.original_message.as_ref().filter(|message| **message != own) {
        return Err(told(format!("answers the message {message}, and that of {} is {own}", args.id)));
    }
    ensure!(
        results.original_message.is_some() || results.rejected_groups.iter().all(|group| group.group.is_some()),
        "{} rejects a whole message, and does not say which (OrgnlMsgId): ask the bank",
        args.file.display()
    );
    let skipped = leave_other_business_out(format, &mut results);
    let rejected = rejected_together(&mut finance, &args.id, &own, &mut results).await?;
    results.lines.extend(rejected);
    let (held, lines): (Vec<_>, Vec<_>) = results.lines.iter().partition(|line| line.reason == Some(Reason::Duplicate));
    let mut tally = Tally::default();
    let steps = Steps::begin("results", count(lines.len()))?;
    for (at, batch) in lines.chunks(BATCH).enumerate() {
        send(&mut finance, &args.id, batch, &mut tally).await?;
        steps.show(count(at * BATCH + batch.len()));
    }
    steps.end();
    let batch = read(&mut finance, &args.id).await?;
    let about = finance.about();
    let text = tally.told(&args.file, &results, &held, skipped);
    out::print(format!("{}\n{text}{}", shown(&batch, about)?, next(&batch, about)))?;
    let all_taken = tally.refused.is_empty() && results.problems.is_empty() && held.is_empty();
    Ok(if all_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Leaves out entries of an account that name nobody's payment, and counts them.
fn leave_other_business_out(format: Format, results: &mut Results) -> usize {
    if format == Format::Camt054 {
        let before = results.lines.len();
        results.lines.retain(|line| PaymentId::is_one(&line.payment));
        return results.skipped + before - results.lines.len();
    }
    results.skipped
}

/// Makes a line of each open payment that a group's rejection counts for: those without a line of their own.
async fn rejected_together(
    finance: &mut Finance,
    id: &BatchId,
    own: &str,
    results: &mut Results,
) -> anyhow::Result<Vec<ResultLine>> {
    let mut groups = std::mem::take(&mut results.rejected_groups);
    let others = groups.extract_if(.., |group| group.group.as_deref().is_some_and(|group| group != own));
    let others: Vec<_> = others.collect();
    for group in others {
        let name = group.group.unwrap_or_default();
        let problem = format!("rejects the group {name}, and that of {id} is {own}");
        results.problems.push(results::Problem { place: group.place, problem });
    }
    let Some(group) = groups.into_iter().next() else { return Ok(Vec::new()) };
    let named: BTreeSet<String> = results.lines.iter().map(|line| line.payment.clone()).collect();
    let mut lines = Vec::new();
    each(finance, id, |payment| {
        let is_open = matches!(payment.state(), pb::PaymentState::Sent | pb::PaymentState::Unclaimed);
        if is_open && !named.contains(&payment.payment_id) {
            lines.push(ResultLine {
                place: group.place.clone(),
                payment: payment.payment_id.clone(),
                outcome: Outcome::Failed,
                amount_minor: None,
                fee_minor: 0,
                reference: String::new(),
                reason: Some(group.reason),
                code: group.code.clone(),
                day: None,
            });
        }
        Ok(())
    })
    .await?;
    Ok(lines)
}

async fn send(finance: &mut Finance, id: &BatchId, batch: &[&ResultLine], tally: &mut Tally) -> anyhow::Result<()> {
    let currency = finance.currency;
    let report = |line: &&ResultLine| pb::PaymentReport {
        payment_id: line.payment.clone(),
        outcome: outcome(line.outcome).into(),
        amount: line.amount_minor.map(|minor| money(minor, currency)),
        fee: (line.fee_minor > 0).then(|| money(line.fee_minor, currency)),
        reference: line.reference.clone(),
        fault: line.reason.map_or(pb::Fault::Unspecified, fault).into(),
        code: line.code.clone(),
        reported_on: line.day.map(date),
    };
    let request =
        pb::ReportPaymentsRequest { parent: finance.batch_name(id), reports: batch.iter().map(report).collect() };
    let results = answered(finance.payments.report_payments(request).await, "report the payments")?.results;
    ensure!(results.len() == batch.len(), "the server answered {} of {} reports", results.len(), batch.len());
    for (line, result) in batch.iter().zip(results) {
        match result.result {
            Some(Answer::Recorded(true)) => tally.recorded += 1,
            Some(Answer::Recorded(false)) => tally.nothing_new += 1,
            Some(Answer::Error(error)) => {
                tally.refused.push((line.place.clone(), line.payment.clone(), explain(&status_of(&error))));
            }
            None => {
                let why = "the server did not answer it".to_owned();
                tally.refused.push((line.place.clone(), line.payment.clone(), why));
            }
        }
    }
    Ok(())
}

const fn outcome(outcome: Outcome) -> pb::PaymentOutcome {
    match outcome {
        Outcome::Accepted => pb::PaymentOutcome::Accepted,
        Outcome::Paid => pb::PaymentOutcome::Paid,
        Outcome::Failed => pb::PaymentOutcome::Failed,
        Outcome::Returned => pb::PaymentOutcome::Returned,
        Outcome::Unclaimed => pb::PaymentOutcome::Unclaimed,
    }
}

const fn fault(reason: Reason) -> pb::Fault {
    match reason {
        Reason::AccountClosed => pb::Fault::AccountClosed,
        Reason::AccountUnknown => pb::Fault::AccountUnknown,
        Reason::Unclaimed => pb::Fault::Unclaimed,
        Reason::Refused => pb::Fault::Refused,
        Reason::Reversed => pb::Fault::Reversed,
        // What a bank takes for a duplicate is held back before.
        Reason::Duplicate | Reason::Other => pb::Fault::Other,
    }
}

/// What became of the lines.
#[derive(Default)]
struct Tally {
    recorded: i64,
    nothing_new: i64,
    refused: Vec<(String, String, String)>,
}

impl Tally {
    fn told(&self, path: &Path, results: &Results, held: &[&ResultLine], skipped: usize) -> String {
        let path = path.display();
        let mut text = format!(
            "{} recorded; {} nothing, as it was known before, or settles nothing.\n",
            counted(self.recorded, "result"),
            counted_as(self.nothing_new, "line changed", "lines changed")
        );
        if skipped > 0 {
            text += &format!("{} of other business passed over.\n", counted_as(count(skipped), "entry", "entries"));
        }
        let held = held.iter().map(|line| {
            format!(
                "{path}: {}: {}: the bank takes it for a payment that it knew already; ask it",
                line.place, line.payment
            )
        });
        let refused = self.refused.iter().map(|(place, payment, why)| format!("{path}: {place}: {payment}: {why}"));
        let unread = results.problems.iter().map(|problem| format!("{path}: {}: {}", problem.place, problem.problem));
        text += &listed("held back", &held.collect::<Vec<_>>());
        text += &listed("refused", &refused.collect::<Vec<_>>());
        text += &listed("not understood", &unread.collect::<Vec<_>>());
        text
    }
}

fn listed(what: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut text = format!("{} {what}:\n", counted(count(lines.len()), "line"));
    for line in lines.iter().take(LISTED_MAX) {
        text += &format!("  {line}\n");
    }
    if lines.len() > LISTED_MAX {
        text += &format!("  and {} more\n", grouped(count(lines.len() - LISTED_MAX)));
    }
    text
}
