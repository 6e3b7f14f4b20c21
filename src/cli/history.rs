//! `goodturn history`.

use std::io::{ErrorKind, Write as _};

use anyhow::{Context as _, anyhow};
use tonic::transport::Channel;

use super::program_id;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::pb;
use crate::pb::ledger_client::LedgerClient;

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
    /// A server of the programme.
    #[arg(long, env = "GOODTURN_SERVER", default_value = "http://127.0.0.1:7460", value_name = "URL")]
    server: String,
    /// Print at most so many sentences; all when not given.
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
}

fn member_id(text: &str) -> Result<MemberId, String> {
    MemberId::parse(text).map_err(|why| why.to_string())
}

pub(super) async fn run(args: &HistoryArgs) -> anyhow::Result<()> {
    let channel = Channel::from_shared(args.server.clone())
        .with_context(|| format!("{} is no address of a server; give one as http://127.0.0.1:7460", args.server))?;
    let channel =
        channel.connect().await.with_context(|| format!("cannot connect to the server at {}", args.server))?;
    let mut ledger = LedgerClient::new(channel);
    let (mut left, mut page_token) = (args.limit.unwrap_or(usize::MAX), String::new());
    let mut out = std::io::stdout();
    loop {
        let request = pb::ListEntriesRequest {
            parent: format!("programs/{}/members/{}", args.program, args.member),
            page_size: PAGE,
            page_token,
            ..Default::default()
        };
        let page = ledger.list_entries(request).await;
        let page = page.map_err(|status| anyhow!("{}", status.message()))?.into_inner();
        for entry in page.entries.iter().filter(|entry| !is_told_with_another(entry)).take(left) {
            match writeln!(out, "{}", entry.sentence) {
                // The reader has had enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written.context("cannot write to standard output")?,
            }
            left -= 1;
        }
        if page.entries.is_empty() {
            writeln!(out, "Nothing is recorded of {}.", args.member).context("cannot write to standard output")?;
        }
        page_token = page.next_page_token;
        if left == 0 || page_token.is_empty() {
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
