//! `goodturn history`.

use super::pages::Pages;
use super::program_id;
use super::server::{ServerArgs, answered};
use crate::cli::out;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::value::ids::{MemberId, ProgramId};
use goodturn::pb;
use goodturn::pb::ledger_client::LedgerClient;

/// Entries asked for at a time.
const PAGE: i32 = 500;

#[derive(Debug, clap::Args)]
pub(super) struct HistoryArgs {
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    #[command(flatten)]
    server: ServerArgs,
    /// Print at most so many sentences; all when not given.
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
}

fn member_id(text: &str) -> Result<MemberId, String> {
    MemberId::parse(text).map_err(|why| why.to_string())
}

pub(super) async fn run(args: &HistoryArgs) -> anyhow::Result<()> {
    let mut ledger = LedgerClient::new(args.server.connect().await?);
    let (mut left, mut pages) = (args.limit.unwrap_or(usize::MAX), Pages::default());
    loop {
        let request = pb::ListEntriesRequest {
            parent: format!("programs/{}/members/{}", args.program, args.member),
            page_size: PAGE,
            page_token: pages.token(),
            ..Default::default()
        };
        let page = answered(ledger.list_entries(request).await, "read the history")?;
        for entry in page.entries.iter().filter(|entry| !is_told_with_another(entry)).take(left) {
            // Whoever reads has had enough.
            if !out::print_while_read(format!("{}\n", entry.sentence))? {
                return Ok(());
            }
            left -= 1;
        }
        if page.entries.is_empty() {
            out::print(format!("Nothing is recorded of {}.\n", args.member))?;
        }
        if left == 0 || !pages.go_on(page.next_page_token)? {
            return Ok(());
        }
    }
}

/// True when the sentence of its act says what the entry moved. An act on another account of the person has no sentence
/// here.
fn is_told_with_another(entry: &pb::Entry) -> bool {
    let moves = [EntryKind::PointsMoved, EntryKind::PayoutReduced, EntryKind::WrittenOff];
    moves.iter().any(|kind| kind.name() == entry.kind) && entry.prev_seq + 1 == entry.seq
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_told_with_its_act_unless_that_was_of_another_account() {
        let entry = |kind: EntryKind, prev_seq| pb::Entry {
            kind: kind.name().into(),
            seq: 7,
            prev_seq,
            ..pb::Entry::default()
        };
        assert!(is_told_with_another(&entry(EntryKind::PointsMoved, 6)));
        assert!(!is_told_with_another(&entry(EntryKind::PointsMoved, 3)), "of a merged member");
        assert!(!is_told_with_another(&entry(EntryKind::ActivityRecorded, 6)));
    }
}
