//! Counting a batch.

use std::process::ExitCode;

use super::BatchArgs;
use crate::cli::finance::{Side, amount, columns, minor};
use crate::cli::out;
use crate::cli::server::answered;
use crate::cli::text::grouped;
use goodturn::pb;

/// Counts the payments of a batch, and says where they differ.
///
/// # Errors
/// There is no such batch, or the server does not answer.
pub(super) async fn run(args: &BatchArgs) -> anyhow::Result<ExitCode> {
    let mut finance = args.at.finance_for_long().await?;
    let request = pb::ReconcileBatchRequest { name: finance.batch_name(&args.id) };
    let found = answered(finance.payments.reconcile_batch(request).await, "count the batch")?;
    let currency = finance.currency;
    let mut rows = Vec::new();
    for (what, total) in [
        ("sent", &found.sent),
        ("arrived", &found.settled),
        ("came back", &found.back),
        ("open", &found.open),
        ("of those: to be claimed", &found.unclaimed),
        ("left out", &found.left_out),
    ] {
        let total = total.clone().unwrap_or_default();
        let sum = amount(minor(total.amount.as_ref(), currency)?, currency);
        rows.push(vec![what.to_owned(), grouped(total.payments), sum]);
    }
    let head = [("", Side::Left), ("payments", Side::Right), (currency.code(), Side::Right)];
    out::print(columns(&head, &rows))?;
    if found.differences.is_empty() {
        out::print("What was sent is what arrived, came back or is open, and members' money says the same.\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    for difference in &found.differences {
        out::print(format!("DIFFERENCE: {difference}\n"))?;
    }
    Ok(ExitCode::FAILURE)
}
