//! No decision rests on what was not loaded: what is asked for is loaded then, and the decision is the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;
use goodturn::ledger::Ledger;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;

use crate::support::bench::Bench;
use crate::support::clock::ManualClock;
use crate::support::every_kind::every_kind_and_its_commands;
use crate::support::sample::{SECRET, act, award, member, program, tell};

/// INV 70: every kind of command is decided by servers that know nothing: one that loads only what a decision has asked for, one that
/// also loads what it is likely to ask for. Both write, to the byte, what is written on a state that holds everything.
#[tokio::test]
async fn every_kind_of_command_is_decided_alike_by_a_server_that_loads_only_what_it_is_asked_for() {
    let (entries, sent) = every_kind_and_its_commands();
    let kinds: BTreeSet<CommandKind> = sent.iter().map(|(_, command)| command.name.kind).collect();
    assert_eq!(kinds, CommandKind::ALL.iter().copied().collect(), "each kind is sent");
    for prefetches in [false, true] {
        let log: Arc<dyn Log> = Arc::new(MemoryLog::default());
        log.create(&program(), SECRET).await.unwrap();
        let clock = Arc::new(ManualClock::at("2018-04-02T00:00:00Z"));
        for (now, command) in &sent {
            clock.set(&now.to_rfc3339());
            let ledger = Ledger::new(Arc::clone(&log), clock.clone());
            let ledger = if prefetches { ledger } else { ledger.without_prefetch() };
            let state = ledger.make_place(&program()).await.unwrap();
            let answer = ledger.submit(&state, command.clone(), None).await;
            answer.unwrap_or_else(|error| panic!("{:?}: {error}", command.name));
        }
        let written = log.entries(&program(), Seq::ZERO, 1_000).await.unwrap();
        let differs = written.iter().zip(&entries).find(|(one, other)| *one != &***other);
        assert_eq!(differs, None);
        assert_eq!(written.len(), entries.len());
    }
}

/// A purse follows the whole chain of mergers, not its first link: what is taken back comes from who the member is now, also on a
/// server that has just started.
#[tokio::test]
async fn a_chain_of_mergers_is_followed_to_its_end_by_a_server_that_knows_nothing() {
    // INV 70
    for prefetches in [true, false] {
        let bench = Bench::on(Arc::new(MemoryLog::default())).await;
        bench.submit(award("a1", "ann")).await.unwrap();
        for (from, into) in [("ann", "ben"), ("ben", "cleo"), ("cleo", "dora")] {
            bench.submit(merging(from, into)).await.unwrap();
        }
        let fresh = Ledger::new(bench.log.clone(), bench.clock.clone());
        let fresh = if prefetches { fresh } else { fresh.without_prefetch() };
        let state = fresh.make_place(&program()).await.unwrap();
        let reversal = tell("r1", "a1", Told::Reversed(Reason::Fraud), "2018-04-02T00:00:00Z");
        fresh.submit(&state, reversal, None).await.unwrap();
        for id in ["ann", "ben", "cleo", "dora"] {
            let (account, _) = fresh.account(&state, &member(id)).await.unwrap();
            assert_eq!(account.available(), 0, "{id}: dora gives back what ann had earned");
        }
        bench.entries().await;
    }
}

fn merging(from: &str, into: &str) -> Command {
    let it = Act::MergeMembers { from: member(from), into: member(into) };
    act(CommandKind::MergeMembers, &format!("{from}-{into}"), "anna", it)
}
