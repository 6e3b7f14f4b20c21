//! The closing of a payout's choices: drawn up by one person, approved or rejected by another.

use anyhow::{Context as _, bail};
use tonic::Code;

use super::lines::Lapsed;
use super::{ApproveArgs, CloseArgs, LapsedArgs, RejectArgs, StatusArgs, show};
use crate::cli::finance::{About, Finance, agreed, call, digest_text};
use crate::cli::out;
use crate::cli::server::answered;
use crate::cli::watch::{Watched, until_stopped};
use goodturn::domain::value::ids::PayoutId;
use goodturn::pb;
use goodturn::pb::ClosingState as State;
use goodturn::pb::choices_client::ChoicesClient;

/// Draws up a closing, and shows what it decides.
///
/// # Errors
/// Says why the server refuses it.
pub(super) async fn close(args: &CloseArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let status = call(&format!("choices status {}", args.id), &finance.program);
    let goes_on = format!(
        "stopped waiting. Nothing moves before another person approves it; to see whether it was drawn up:\n{status}"
    );
    let watched = Watched { record: &args.record, doing: "draw up the closing", goes_on };
    let request = pb::CloseChoicesRequest { name: finance.payout_name(&args.id) };
    let closing = watched.wait(finance.choices.close_choices(request), async |_| None).await?;
    out::print(until_stopped(to_sign(&mut finance, &closing, &args.id, &args.lapsed)).await?)?;
    out::print(format!("\n{}", show::next(&closing, &args.id, finance.about())?))
}

/// Shows a closing that waits, and approves exactly that. Waits until every lot is decided.
///
/// # Errors
/// None waits, the person does not agree, or the server refuses it.
pub(super) async fn approve(args: &ApproveArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let closing = read(&mut finance, &args.id).await?;
    match closing.state() {
        State::Draft => {
            out::print(to_sign(&mut finance, &closing, &args.id, &args.lapsed).await?)?;
            agreed(&closing.content_digest, args.yes.as_ref())?;
        }
        State::Approved => {
            out::print(format!("The closing was {}; waiting for the rest.\n", show::state(&closing)))?;
        }
        State::Closed => return ended(&finance, &closing, &args.id),
        State::Rejected | State::Unspecified => {
            bail!("the closing of {} cannot be approved: {}", args.id, show::state(&closing));
        }
    }
    let name = finance.payout_name(&args.id);
    let status = call(&format!("choices status {}", args.id), &finance.program);
    let goes_on =
        format!("stopped waiting; once it is approved the server goes on by itself. To see how far it is:\n{status}");
    let watched = Watched { record: &args.record, doing: "approve the closing", goes_on };
    let request = pb::ApproveClosingRequest { name: name.clone(), content_digest: closing.content_digest };
    let closed = watched.wait(finance.choices.approve_closing(request), async |connection| {
        let request = pb::GetClosingRequest { name: name.clone() };
        let found = ChoicesClient::new(connection).get_closing(request).await.ok()?;
        show::progress(found.get_ref())
    });
    let closed = closed.await?;
    ended(&finance, &closed, &args.id)
}

/// Rejects a closing that waits.
///
/// # Errors
/// None was drawn up, or the server refuses it.
pub(super) async fn reject(args: &RejectArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance().await?;
    let pb::Closing { content_digest, .. } = read(&mut finance, &args.id).await?;
    let (name, note) = (finance.payout_name(&args.id), args.why.note.clone());
    let request = pb::RejectClosingRequest { name, content_digest, note };
    let rejected = answered(finance.choices.reject_closing(request).await, "reject the closing")?;
    let next = show::next(&rejected, &args.id, finance.about())?;
    out::print(format!("The closing of {}: {}.\n{next}", args.id, show::state(&rejected)))
}

/// Shows how far a closing is, and what comes next.
///
/// # Errors
/// There is no such payout, or the server does not answer.
pub(super) async fn status(args: &StatusArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance().await?;
    if let Some(closing) = find(&mut finance, &args.id).await? {
        return ended(&finance, &closing, &args.id);
    }
    let payout = finance.payout(&args.id).await?;
    out::print(not_closed(&payout, &args.id, finance.about()))
}

/// Prints a closing with what comes next.
fn ended(finance: &Finance, closing: &pb::Closing, id: &PayoutId) -> anyhow::Result<()> {
    let content = show::content(closing, id, finance.about())?;
    let digest = match closing.state() {
        State::Draft => format!("\nDigest of the content: {}\n", digest_text(&closing.content_digest)),
        _ => String::new(),
    };
    out::print(format!("{content}{digest}\n{}", show::next(closing, id, finance.about())?))
}

/// Says that no closing was drawn up, and when one can be.
fn not_closed(payout: &pb::Payout, id: &PayoutId, about: About<'_>) -> String {
    let Some(terms) = &payout.choices else {
        return format!("Payout {id} asks members for no choices: there is nothing to close.\n");
    };
    let deadline = about.when(terms.deadline.as_ref());
    let close = about.call(&format!("choices close {id}"));
    format!(
        "No closing of the choices of payout {id} was drawn up. Members may choose until {deadline}. After that, once \
         the payout is executed, a person with the role finance draws it up:\n{close}"
    )
}

/// Shows what a person is asked to approve: the sums, who loses what, and the digest.
async fn to_sign(
    finance: &mut Finance,
    closing: &pb::Closing,
    id: &PayoutId,
    args: &LapsedArgs,
) -> anyhow::Result<String> {
    let planned = closing.planned.as_ref().and_then(|planned| planned.lapsed.as_ref());
    let planned = planned.map_or(0, |lapsed| lapsed.lots);
    let content = show::content(closing, id, finance.about())?;
    let lapsed = Lapsed::read(finance, id).await?;
    Ok(format!(
        "{content}{}{}\nDigest of the content: {}\n",
        lapsed.told(planned, finance.currency),
        lapsed.write(args.lapsed.as_ref())?,
        digest_text(&closing.content_digest)
    ))
}

/// Reads a closing. There must be one.
///
/// # Errors
/// None was drawn up, or the server does not answer.
pub(super) async fn read(finance: &mut Finance, id: &PayoutId) -> anyhow::Result<pb::Closing> {
    let close = call(&format!("choices close {id}"), &finance.program);
    let found = find(finance, id).await?;
    found.with_context(|| {
        let close = close.trim_end();
        format!("no closing of the choices of {id} was drawn up; once their deadline has passed, do so by\n{close}")
    })
}

/// Reads a closing; `None` where none was drawn up, or there is no such payout.
///
/// # Errors
/// Says what the server answered.
pub(in crate::cli) async fn find(finance: &mut Finance, id: &PayoutId) -> anyhow::Result<Option<pb::Closing>> {
    let request = pb::GetClosingRequest { name: finance.payout_name(id) };
    match finance.choices.get_closing(request).await {
        Err(status) if status.code() == Code::NotFound => Ok(None),
        answer => answered(answer, "read the closing").map(Some),
    }
}
