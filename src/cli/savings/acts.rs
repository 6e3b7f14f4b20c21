//! What is recorded of savings statements: declarations, corrections, approvals, rejections.

use anyhow::{bail, ensure};

use super::changes::{are_same, changes};
use super::{ApproveArgs, CorrectArgs, DeclareArgs, RejectArgs, file, show};
use crate::cli::finance::{Finance, agreed, call, id_of};
use crate::cli::out;
use crate::cli::server::answered;
use goodturn::pb;
use goodturn::pb::SavingsStatementState as State;

/// Declares a statement.
///
/// # Errors
/// Lists the faults of the file, or says why the server refuses it.
pub(super) async fn declare(args: &DeclareArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance().await?;
    let statement = file::read(&args.file, &finance.program, finance.currency)?;
    let request = pb::CreateSavingsStatementRequest { savings_statement: Some(statement) };
    let declared = answered(finance.payouts.create_savings_statement(request).await, "declare the savings")?;
    let text = format!(
        "Declared {}.\n{}{}",
        show::saved(&declared, finance.currency)?,
        show::overlaps(&declared)?,
        show::next(&declared, &finance.program, finance.currency)?
    );
    out::print(text)
}

/// Corrects an approved statement.
///
/// # Errors
/// As above.
pub(super) async fn correct(args: &CorrectArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance().await?;
    let corrected = file::read(&args.file, &finance.program, finance.currency)?;
    let before = finance.statement(id_of(&corrected.name)).await?;
    let version = match args.version {
        Some(version) => version,
        None => next_version(&before, &corrected, &finance)?,
    };
    let request = pb::CorrectSavingsStatementRequest { savings_statement: Some(corrected), version };
    let answer = finance.payouts.correct_savings_statement(request).await;
    let after = answered(answer, "correct the savings statement")?;
    let next = show::next(&after, &finance.program, finance.currency)?;
    let Some(correction) = after.correction.as_deref() else {
        return out::print(format!("Version {version} of {} was decided before.\n{next}", id_of(&after.name)));
    };
    out::print(format!(
        "Corrected {} by version {version}: {}.\n{}{}{next}",
        id_of(&after.name),
        show::saved(correction, finance.currency)?,
        changes(&after, correction, finance.currency)?,
        show::overlaps_of(&after, correction)?
    ))
}

/// Returns the version that a correction makes: that of the one which waits, where it is the same again.
///
/// # Errors
/// Another correction waits, or nothing would change.
fn next_version(before: &pb::SavingsStatement, file: &pb::SavingsStatement, finance: &Finance) -> anyhow::Result<i32> {
    let id = id_of(&before.name);
    if let Some(waits) = &before.correction {
        if are_same(waits, file, finance.currency)? {
            return Ok(waits.version);
        }
        let approve = call(&format!("savings approve {id}"), &finance.program);
        let reject = call(&format!("savings reject {id} --note \"WHY\""), &finance.program);
        bail!(
            "cannot correct the savings statement: version {} of {id}, declared by {}, waits for a second person. It is \
             approved or rejected first, by\n{approve}{}",
            waits.version,
            waits.declared_by,
            reject.trim_end()
        );
    }
    let is_new = before.state() != State::Approved || !are_same(before, file, finance.currency)?;
    ensure!(
        is_new,
        "nothing changes: the file has the terms and texts of version {} of {id}, which was approved by {}",
        before.version,
        before.approved_by
    );
    Ok(before.next_version.max(2))
}

/// Shows what waits, and approves it.
///
/// # Errors
/// Nothing waits, the person does not agree, or the server refuses it.
pub(super) async fn approve(args: &ApproveArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance().await?;
    let statement = finance.statement(args.id.as_str()).await?;
    let Some(waits) = show::waiting(&statement) else { return decided(&statement, &finance) };
    out::print(show::to_sign(&statement, waits, finance.currency)?)?;
    agreed(&waits.content_digest, args.yes.as_ref())?;
    let (name, content_digest) = (statement.name.clone(), waits.content_digest.clone());
    let request = pb::ApproveSavingsStatementRequest { name, content_digest };
    let answer = finance.payouts.approve_savings_statement(request).await;
    let approved = answered(answer, "approve the savings statement")?;
    out::print(format!(
        "Approved version {} of {}: {}.\n{}",
        approved.version,
        args.id,
        show::saved(&approved, finance.currency)?,
        show::next(&approved, &finance.program, finance.currency)?
    ))
}

/// Says how a statement was decided of which nothing waits.
fn decided(statement: &pb::SavingsStatement, finance: &Finance) -> anyhow::Result<()> {
    let id = id_of(&statement.name);
    if statement.state() != State::Approved {
        bail!("{id} cannot be approved: {}", show::people(statement));
    }
    let next = show::next(statement, &finance.program, finance.currency)?;
    out::print(format!("Nothing of {id} waits: {}.\n{next}", show::people(statement)))
}

/// Rejects what waits.
///
/// # Errors
/// Says why the server refuses it.
pub(super) async fn reject(args: &RejectArgs) -> anyhow::Result<()> {
    let mut finance = args.record.finance().await?;
    let before = finance.statement(args.id.as_str()).await?;
    let waits = show::waiting(&before).map_or(before.version, |waits| waits.version);
    let version = args.version.unwrap_or(waits);
    let (name, note) = (before.name.clone(), args.why.note.clone());
    let request = pb::RejectSavingsStatementRequest { name, note, version };
    let answer = finance.payouts.reject_savings_statement(request).await;
    let after = answered(answer, "reject the savings statement")?;
    let stands = match after.state() {
        State::Approved => format!(" Version {}, which was approved, stands.", after.version),
        _ => String::new(),
    };
    let next = show::next(&after, &finance.program, finance.currency)?;
    out::print(format!("Rejected version {version} of {}: {}.{stands}\n{next}", args.id, args.why.note))
}
