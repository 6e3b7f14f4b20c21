//! What is done with payouts and takes the server long when it has many members: drafts, executions, cancellations,
//! rejections.

use super::due::Due;
use super::list::List;
use super::terms::{people, shared_of_pool};
use super::wait::{Doing, Waited};
use super::{ActArgs, DraftArgs, RejectArgs, show};
use crate::cli::finance::{Finance, day, day_text, id_of, told};
use crate::cli::out;
use crate::cli::text::counted;
use goodturn::pb;
use goodturn::pb::PayoutState as State;

/// Drafts a payout.
///
/// # Errors
/// Says why the server refuses it, or how to go on where a person stopped waiting.
pub(super) async fn draft(args: &DraftArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    args.terms.terms(finance.currency, &finance.time_zone)?;
    let list = args.terms.list().map(|(path, to)| List::read(path, to)).transpose()?;
    let payout = args.terms.payout(finance.payout_name(&args.id), &finance, list.as_ref())?;
    if let Some(list) = &list {
        list.check(&mut finance, &payout.name).await?;
    }
    let request = pb::CreatePayoutRequest { payout: Some(payout) };
    let waited = Waited { record: &args.record, id: &args.id, doing: Doing::Draft };
    let begun = waited.wait(Box::pin(finance.payouts.create_payout(request))).await?;
    let drafted = match &list {
        Some(list) => list.send(&mut finance, begun).await?,
        None => begun,
    };
    let (members, day) = (counted(people(&drafted), "member"), day_text(day(drafted.last_day)?));
    let of = match &list {
        Some(_) => format!("{members} by the weights of a list"),
        None => format!("{members} with {}, counted up to {day}", counted(drafted.total_points, "point")),
    };
    let shared = shared_of_pool(&drafted, finance.currency)?;
    let done = format!("Drafted payout {}: {shared} for {of}.", args.id);
    ended(&mut finance, &drafted, State::Draft, &done).await
}

/// Executes an approved payout.
///
/// # Errors
/// As above.
pub(super) async fn execute(args: &ActArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let request = pb::ExecutePayoutRequest { name: finance.payout_name(&args.id) };
    let waited = Waited { record: &args.record, id: &args.id, doing: Doing::Execute };
    let executed = waited.wait(finance.payouts.execute_payout(request)).await?;
    let done = format!("Executed payout {}: the shares of {}.", args.id, counted(people(&executed), "member"));
    ended(&mut finance, &executed, State::Executed, &done).await
}

/// Cancels a payout.
///
/// # Errors
/// As above.
pub(super) async fn cancel(args: &ActArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let request = pb::CancelPayoutRequest { name: finance.payout_name(&args.id) };
    let waited = Waited { record: &args.record, id: &args.id, doing: Doing::Cancel };
    let cancelled = waited.wait(finance.payouts.cancel_payout(request)).await?;
    let done = format!("Cancelled payout {}: {}.", args.id, given_back(&finance, &cancelled)?);
    ended(&mut finance, &cancelled, State::Cancelled, &done).await
}

/// Rejects a draft.
///
/// # Errors
/// As above.
pub(super) async fn reject(args: &RejectArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let request = pb::RejectPayoutRequest { name: finance.payout_name(&args.id), note: args.why.note.clone() };
    let waited = Waited { record: &args.record, id: &args.id, doing: Doing::Reject };
    let rejected = waited.wait(finance.payouts.reject_payout(request)).await?;
    let done = format!("Rejected payout {}: {}. {}.", args.id, args.why.note, given_back(&finance, &rejected)?);
    ended(&mut finance, &rejected, State::Rejected, &done).await
}

/// Says what the statement and the members have again.
fn given_back(finance: &Finance, payout: &pb::Payout) -> anyhow::Result<String> {
    let pool = told(payout.pool.as_ref(), finance.currency)?;
    let points = match &payout.list {
        None => format!("{} were given back, and ", counted(payout.total_points, "point")),
        Some(_) => String::new(),
    };
    Ok(format!("{points}{pool} of the statement's pool can be paid out again"))
}

/// Says what was done and what comes next. The same act given again finds a payout that may be further by now.
async fn ended(finance: &mut Finance, payout: &pb::Payout, done_is: State, done: &str) -> anyhow::Result<()> {
    let due = Due::of(finance, payout).await?;
    let next = show::next(payout, &due, finance.about())?;
    if payout.state() == done_is {
        return out::print(format!("{done}\n{next}"));
    }
    let id = id_of(&payout.name);
    out::print(format!("Payout {id}: {}.\n{next}", show::state(payout)))
}
