//! Acts on a batch: drawing up, approving, cancelling; and allowing a retry.

use anyhow::ensure;

use super::draft::DraftArgs;
use super::show::{self, next, read, shown};
use super::{ApproveArgs, CancelArgs, RetryArgs};
use crate::cli::finance::{agreed, call};
use crate::cli::out;
use crate::cli::server::answered;
use crate::cli::text::counted;
use crate::cli::watch::Watched;
use goodturn::pb;
use goodturn::pb::BatchState as State;
use goodturn::pb::payments_client::PaymentsClient;

/// Draws a batch up, and shows it.
///
/// # Errors
/// Says why the server refuses it.
pub(super) async fn draft(args: &DraftArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let name = finance.batch_name(&args.id);
    let program = finance.program.clone();
    let request = pb::CreateBatchRequest { batch: Some(args.to_api(name.clone())) };
    let show = call(&format!("payments show {}", args.id), &program);
    let goes_on = format!("stopped waiting; the server goes on by itself. To see how far it is:\n{show}");
    let watched = Watched { record: &args.record, doing: "draw up the batch", goes_on };
    let batch = watched.wait(finance.payments.create_batch(request), async |connection| {
        let request = pb::GetBatchRequest { name: name.clone() };
        let found = PaymentsClient::new(connection).get_batch(request).await.ok()?;
        let drawn = found.get_ref().drawn.as_ref()?.payments;
        Some(format!("{} so far", counted(drawn, "payment")))
    });
    let batch = Box::pin(batch).await?;
    ensure!(
        !matches!(batch.state(), State::Cancelling | State::Cancelled),
        "{} was drawn up before, and is {}; give the new batch another id",
        args.id,
        show::state(&batch)
    );
    let about = finance.about();
    out::print(shown(&batch, about)? + &next(&batch, about))
}

/// Shows a batch with its payments, and approves it.
///
/// # Errors
/// The person does not agree, or the server refuses it.
pub(super) async fn approve(args: &ApproveArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let batch = read(&mut finance, &args.id).await?;
    out::print(shown(&batch, finance.about())?)?;
    if !matches!(batch.state(), State::Draft) {
        let about = finance.about();
        let is_signed = matches!(batch.state(), State::Approved | State::Releasing | State::Released);
        ensure!(is_signed, "there is nothing to approve: the batch is {}", show::state(&batch));
        return out::print(next(&batch, about));
    }
    let changed = batch.changed_payees;
    ensure!(
        changed == 0,
        "it cannot be approved any more: the money of {} would go elsewhere by now{}",
        counted(changed.into(), "payment"),
        next(&batch, finance.about())
    );
    out::print(show::to_be_signed(&mut finance, &args.id).await?)?;
    agreed(&batch.content_digest, args.yes.as_ref())?;
    let request = pb::ApproveBatchRequest { name: batch.name, content_digest: batch.content_digest };
    let batch = answered(finance.payments.approve_batch(request).await, "approve the batch")?;
    let about = finance.about();
    out::print(format!("\n{}{}", shown(&batch, about)?, next(&batch, about)))
}

/// Cancels a batch.
///
/// # Errors
/// Says why the server refuses it.
pub(super) async fn cancel(args: &CancelArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let request = pb::CancelBatchRequest { name: finance.batch_name(&args.id), note: args.why.note.clone() };
    let batch = answered(finance.payments.cancel_batch(request).await, "cancel the batch")?;
    let about = finance.about();
    out::print(shown(&batch, about)? + &next(&batch, about))
}

/// Allows another payment to where one came back from.
///
/// # Errors
/// Says why the server refuses it.
pub(super) async fn retry(args: &RetryArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance().await?;
    let name = format!("{}/payments/{}", finance.batch_name(&args.id), args.payment);
    let payment = answered(finance.payments.retry_payment(pb::RetryPaymentRequest { name }).await, "allow a retry")?;
    out::print(format!(
        "Batches may pay {} at the same place as {} again. {}\n",
        payment.member_id, payment.payment_id, payment.sentence
    ))
}
