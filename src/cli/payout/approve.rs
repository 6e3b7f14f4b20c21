//! Approving a payout: what is signed is shown first.

use anyhow::{Context as _, bail};
use tonic::Status;
use tonic_types::StatusExt as _;

use super::compare::{Shares, difference, with_file};
use super::due::Due;
use super::shares::{not_exported, shares_file};
use super::terms::terms;
use super::{ApproveArgs, TOP, all, shares, show};
use crate::cli::finance::{Finance, agreed, day, digest_text, facts, id_of, period};
use crate::cli::out;
use crate::cli::server::answered;
use crate::cli::text::{count, counted};
use goodturn::pb;
use goodturn::pb::{ErrorReason, PayoutState as State};

/// Shows a draft, and approves it.
///
/// # Errors
/// It is no draft, the person does not agree, or the server refuses it.
pub(super) async fn approve(args: &ApproveArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance_for_long().await?;
    let payout = finance.payout(&args.id).await?;
    match payout.state() {
        State::Draft => {}
        State::Approved => {
            let next = show::next(&payout, &Due::default(), finance.about())?;
            return out::print(format!("Payout {}: {} already.\n{next}", args.id, show::state(&payout)));
        }
        _ => bail!("payout {} cannot be approved: {}", args.id, show::state(&payout)),
    }
    let now = shares::of(&mut finance, &payout).await?;
    out::print(to_sign(&mut finance, &payout, &now).await?)?;
    out::print(compared(&mut finance, args, &payout, &now).await?)?;
    out::print(format!("\nDigest of the content: {}\n", digest_text(&payout.content_digest)))?;
    agreed(&payout.content_digest, args.yes.as_ref())?;
    let (name, content_digest) = (payout.name.clone(), payout.content_digest.clone());
    let request = pb::ApprovePayoutRequest { name, content_digest };
    let approved = answered(finance.payouts.approve_payout(request).await, "approve the payout")?;
    let due = Due::of(&mut finance, &approved).await?;
    let next = show::next(&approved, &due, finance.about())?;
    out::print(format!("Payout {}: {}.\n{next}", args.id, show::state(&approved)))
}

/// Shows the terms and the largest shares.
async fn to_sign(finance: &mut Finance, payout: &pb::Payout, now: &Shares) -> anyhow::Result<String> {
    let statement = finance.statement(id_of(&payout.savings_statement)).await?;
    let mut terms = terms(payout, finance.about())?;
    let period = period(day(statement.first_day)?, day(statement.last_day)?);
    terms.insert(1, ("savings of", format!("{period}, approved by {}", statement.approved_by)));
    let mut text = format!("Payout {}\n{}", id_of(&payout.name), facts(&terms));
    if let Some(next) = &statement.correction {
        let (id, version) = (id_of(&statement.name), next.version);
        text += &format!("WARNING: version {version} of the statement {id} waits, and may change its pool.\n");
    }
    let largest = counted(count(TOP).min(payout.members), "largest share");
    Ok(format!("{text}\nThe {largest}:\n{}", now.largest(TOP, finance.currency)))
}

/// Says how the shares differ from those in a file, or of the draft before on the same statement.
async fn compared(
    finance: &mut Finance,
    args: &ApproveArgs,
    payout: &pb::Payout,
    now: &Shares,
) -> anyhow::Result<String> {
    let currency = finance.currency;
    if let Some(path) = &args.compare {
        return with_file(path, now, TOP, currency);
    }
    let drafts = before(all(finance).await?, payout);
    for draft in &drafts {
        let file = match shares_file(finance, &draft.name).await {
            // It ended before its shares were fixed.
            Err(status) if is_not_fixed(&status) => continue,
            answer => answer.map_err(|status| not_exported(&status))?,
        };
        let then = Shares::read(&file, currency).context("the server sent another file of shares")?;
        let (id, state) = (id_of(&draft.name), show::state(draft));
        return Ok(format!("\nCompared with payout {id} ({state})\n{}", difference(&then, now).told(TOP, currency)));
    }
    Ok("\nNo other payout was drafted before on this statement, so there is nothing to compare with.\n".to_owned())
}

/// Returns the payouts on the same statement that were begun before, the last one first.
fn before(all: Vec<pb::Payout>, payout: &pb::Payout) -> Vec<pb::Payout> {
    let mut drafts: Vec<pb::Payout> = all
        .into_iter()
        .filter(|other| other.savings_statement == payout.savings_statement && other.seq < payout.seq)
        .collect();
    drafts.sort_by_key(|draft| std::cmp::Reverse(draft.seq));
    drafts
}

fn is_not_fixed(status: &Status) -> bool {
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    reason == ErrorReason::SharesNotFixed.as_str_name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draft_before_is_the_last_one_begun_on_the_same_statement() {
        let payout = |id: &str, statement: &str, seq| pb::Payout {
            name: format!("programs/qc/payouts/{id}"),
            savings_statement: format!("programs/qc/savingsStatements/{statement}"),
            seq,
            ..pb::Payout::default()
        };
        let all = [("a", "h2", 10), ("b", "h2", 30), ("c", "h1", 35), ("d", "h2", 40), ("e", "h2", 50)];
        let all: Vec<pb::Payout> = all.into_iter().map(|(id, statement, seq)| payout(id, statement, seq)).collect();
        let drafts = before(all, &payout("d", "h2", 40));
        let ids: Vec<&str> = drafts.iter().map(|draft| id_of(&draft.name)).collect();
        assert_eq!(ids, ["b", "a"]);
    }
}
