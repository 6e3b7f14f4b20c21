//! Comparing the accounts and records that are stored beside the log with those that the entries give.

use std::collections::BTreeSet;

use super::{PAGE, Report};
use crate::domain::state::account::Account;
use crate::domain::state::overlay::Changes;
use crate::domain::state::record::RecordKey;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::seq::Seq;
use crate::log::{Log, LogError, StoredRecord};

pub(super) async fn compare(
    log: &dyn Log,
    program: &ProgramId,
    folded: &Changes,
    report: &mut Report,
) -> Result<(), LogError> {
    compare_accounts(log, program, folded, report).await?;
    compare_records(log, program, folded, report).await
}

async fn compare_accounts(
    log: &dyn Log,
    program: &ProgramId,
    folded: &Changes,
    report: &mut Report,
) -> Result<(), LogError> {
    let mut missing: BTreeSet<&MemberId> = folded.accounts.keys().collect();
    let mut after: Option<MemberId> = None;
    loop {
        let read = log.accounts(program, after.as_ref(), PAGE).await;
        let Some(page) = report.readable(Seq::ZERO, read)? else { return Ok(()) };
        let Some(last) = page.last() else { break };
        after = Some(last.member.clone());
        for stored in &page {
            report.members += 1;
            missing.remove(&stored.member);
            if folded.accounts.get(&stored.member) != Some(stored)
                && !changed_since(log, program, stored, report).await?
            {
                report.find(stored.last_seq, format!("the account of {} is not the sum of its entries", stored.member));
            }
        }
    }
    for member in missing {
        report.find(Seq::ZERO, format!("the account of {member} is missing"));
    }
    Ok(())
}

/// True when an entry recorded since the check began has changed an account. That entry then says what the account must
/// be.
async fn changed_since(
    log: &dyn Log,
    program: &ProgramId,
    stored: &Account,
    report: &Report,
) -> Result<bool, LogError> {
    if stored.last_seq <= report.head_seq {
        return Ok(false);
    }
    let last = log.history(program, stored.last_seq, 1).await?.pop();
    Ok(last
        .is_some_and(|entry| entry.member.as_ref() == Some(&stored.member) && entry.balance_after == stored.balances))
}

async fn compare_records(
    log: &dyn Log,
    program: &ProgramId,
    folded: &Changes,
    report: &mut Report,
) -> Result<(), LogError> {
    let mut missing: BTreeSet<&RecordKey> = folded.records.keys().collect();
    let mut after: Option<RecordKey> = None;
    loop {
        let read = log.records(program, "", after.as_ref(), PAGE).await;
        let Some(page) = report.readable(Seq::ZERO, read)? else { return Ok(()) };
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for StoredRecord { key, seq, record } in &page {
            missing.remove(key);
            let same = folded.records.get(key).is_some_and(|(by, expected)| by == seq && expected == record);
            let changed_since = *seq > report.head_seq && !log.history(program, *seq, 1).await?.is_empty();
            if !same && !changed_since {
                report.find(*seq, format!("the record {key} is not what the entries make it"));
            }
        }
    }
    for key in missing {
        report.find(Seq::ZERO, format!("the record {key} is missing"));
    }
    Ok(())
}
