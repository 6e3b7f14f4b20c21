//! A board that is kept up to date entry by entry is the one computed anew from the entries, now and as of every earlier one.

use std::collections::BTreeSet;
use std::sync::Arc;

use goodturn::board::{Begin, BoardName, Boards, Page, Ranking};
use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::told::Told;
use goodturn::domain::project::people::Hidden;
use goodturn::domain::terms::member::{Profile, ShutOutReason};
use goodturn::domain::value::ids::{ActivityKind, MemberLabel};
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Day;
use goodturn::domain::value::window::Window;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::bench::Bench;
use crate::support::ranked::naive;
use crate::support::sample::{act, done, member, record, tell, time};

const MEMBERS: [&str; 6] = ["amy", "ben", "cleo", "dora", "emil", "finn"];

#[derive(Debug, Clone)]
enum Op {
    Award { member: usize, kind: bool, day: usize },
    Reverse { which: usize },
    Suspend { member: usize },
    Reinstate { member: usize },
    Ban { member: usize },
    Merge { from: usize, into: usize },
    Profile { member: usize, opted_out: bool, label: bool },
}

fn op() -> impl Strategy<Value = Op> {
    let member = 0..MEMBERS.len();
    prop_oneof![
        8 => (member.clone(), any::<bool>(), 0..3_usize).prop_map(|(member, kind, day)| Op::Award { member, kind, day }),
        2 => (0..100_usize).prop_map(|which| Op::Reverse { which }),
        1 => member.clone().prop_map(|member| Op::Suspend { member }),
        1 => member.clone().prop_map(|member| Op::Reinstate { member }),
        1 => member.clone().prop_map(|member| Op::Ban { member }),
        1 => (member.clone(), member.clone()).prop_map(|(from, into)| Op::Merge { from, into }),
        2 => (member, any::<bool>(), any::<bool>())
            .prop_map(|(member, opted_out, label)| Op::Profile { member, opted_out, label }),
    ]
}

impl Op {
    fn command(&self, n: usize, awarded: &[String]) -> Option<Command> {
        let id = format!("o{n}");
        Some(match self {
            Self::Award { member, kind, day } => {
                let kind = if *kind { "answer_accepted" } else { "kudos" };
                let mut activity = done(kind, MEMBERS[*member]);
                activity.occurred_at =
                    time(["2018-03-20T12:00:00Z", "2018-03-31T12:00:00Z", "2018-04-01T12:00:00Z"][*day]);
                record(&id, activity)
            }
            Self::Reverse { which } => {
                let of = awarded.get(which.checked_rem(awarded.len())?)?;
                tell(&id, of, Told::Reversed(Reason::Mistake), "2018-04-01T13:00:00Z")
            }
            Self::Suspend { member: at } => {
                let suspend = Act::SuspendMember(member(MEMBERS[*at]), ShutOutReason::FraudSuspected);
                act(CommandKind::SuspendMember, &id, "anna", suspend)
            }
            Self::Reinstate { member: at } => {
                act(CommandKind::ReinstateMember, &id, "anna", Act::ReinstateMember(member(MEMBERS[*at])))
            }
            Self::Ban { member: at } => {
                act(CommandKind::BanMember, &id, "anna", Act::BanMember(member(MEMBERS[*at]), ShutOutReason::Fraud))
            }
            Self::Profile { member: at, opted_out, label } => {
                let labels = label.then(|| MemberLabel::parse("staff").unwrap()).into_iter().collect();
                let update = Act::UpdateMemberProfile(member(MEMBERS[*at]), Profile { opted_out: *opted_out, labels });
                act(CommandKind::UpdateMemberProfile, &id, "anna", update)
            }
            Self::Merge { from, into } => {
                let merge = Act::MergeMembers { from: member(MEMBERS[*from]), into: member(MEMBERS[*into]) };
                act(CommandKind::MergeMembers, &id, "anna", merge)
            }
        })
    }
}

fn names() -> Vec<BoardName> {
    let all = Window::all_time();
    let march = Window::month_of(Day::from_date(jiff::civil::date(2018, 3, 1)));
    let kind = Some(ActivityKind::parse("answer_accepted").unwrap());
    vec![
        BoardName { window: all, kind: None, include: Hidden::NOT },
        BoardName { window: march, kind: None, include: Hidden::NOT },
        BoardName { window: all, kind, include: Hidden::NOT },
        BoardName { window: all, kind: None, include: Hidden::SUSPENDED },
        BoardName { window: march, kind: None, include: Hidden::SUSPENDED.and(Hidden::BANNED) },
        BoardName { window: all, kind: None, include: Hidden::OPTED_OUT.and(Hidden::LABELLED) },
    ]
}

fn rows(page: &Page) -> Vec<(String, i64)> {
    page.rows.iter().map(|row| (row.member.to_string(), row.points)).collect()
}

/// Every row's rank is one more than the persons above, however equals are numbered.
fn check_ranks(page: &Page, ranking: Ranking) {
    for (place, row) in page.rows.iter().enumerate() {
        let better: Vec<i64> =
            page.rows.iter().map(|other| other.points).filter(|points| *points > row.points).collect();
        let expected = match ranking {
            Ranking::Competition => better.len() + 1,
            Ranking::Dense => better.iter().collect::<BTreeSet<_>>().len() + 1,
            Ranking::Ordinal => place + 1,
        };
        assert_eq!(row.rank, expected, "{ranking:?} {page:?}");
    }
}

async fn play(ops: Vec<Op>) -> Result<(), TestCaseError> {
    let bench = Bench::new().await;
    let boards = Boards::new(Arc::clone(&bench.ledger));
    let (mut awarded, mut open) = (Vec::new(), Vec::new());
    for (n, op) in ops.iter().enumerate() {
        let Some(command) = op.command(n, &awarded) else { continue };
        if bench.submit(command).await.is_ok() && matches!(op, Op::Award { .. }) {
            awarded.push(format!("o{n}"));
        }
        if n % 5 == 0 {
            // The first page of a list that is read on at the end, whatever happens meanwhile.
            let name = names().swap_remove(n % names().len());
            let first = boards.page(&bench.program, &name, Begin::Now, 1, Ranking::Competition).await.unwrap();
            open.push((name, bench.program.head_seq(), first));
        }
    }
    let entries = bench.log_entries().await;
    let head = bench.program.head_seq();
    let anew = Boards::new(Arc::clone(&bench.ledger));
    for name in names() {
        let (expected, left_out) = naive(&entries, &name, head, head);
        for ranking in [Ranking::Competition, Ranking::Dense, Ranking::Ordinal] {
            // INV 53, 87
            let page = boards.page(&bench.program, &name, Begin::Now, 100, ranking).await.unwrap();
            prop_assert_eq!((rows(&page), page.left_out), (expected.clone(), left_out));
            check_ranks(&page, ranking);
            let reading = boards.read(&bench.program, std::slice::from_ref(&name)).await.unwrap();
            for row in &page.rows {
                let standing = reading.standings(&row.member, 1, ranking).remove(0);
                prop_assert_eq!((standing.rank, standing.points), (row.rank, row.points));
                prop_assert!(standing.neighbours.contains(row));
            }
        }
        for seq in (1..=head.get()).step_by(3).filter_map(Seq::new) {
            // INV 27, 53
            let page = anew.page(&bench.program, &name, Begin::AsOf(seq), 100, Ranking::Ordinal).await.unwrap();
            prop_assert_eq!((rows(&page), page.left_out), naive(&entries, &name, seq, head));
        }
    }
    for (name, seq, first) in open {
        // INV 29. The server that goes on with a list may be another.
        for boards in [&boards, &anew] {
            let (mut found, mut page) = (first.rows.clone(), first.clone());
            while let Some(next) = page.next {
                page = boards.page(&bench.program, &name, Begin::After(next), 1, Ranking::Competition).await.unwrap();
                found.extend(page.rows.clone());
            }
            let page = Page { rows: found, ..page };
            prop_assert_eq!(rows(&page), naive(&entries, &name, seq, seq).0);
            check_ranks(&page, Ranking::Competition);
        }
    }
    Ok(())
}

#[test]
fn a_live_board_is_the_one_recomputed_from_the_entries() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config::with_cases(30));
    runner.run(&vec(op(), 0..70), |ops| runtime.block_on(play(ops))).unwrap();
}
