//! A dishonest operator has other points expire than are past their time. Every hash is right.

use goodturn::domain::decide::command::{Act, Command, Eligible, Expiring};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::expiry::ExpiryStep;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::terms::expiry::{Lasts, Policy, Reach, YearDay};
use goodturn::domain::terms::rules::set::RuleSet;
use goodturn::domain::value::amount::{Amount, Move};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::MemberId;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Day;

use crate::support::books::Books;
use crate::support::sample::{act, award, done, member, record, rule_set, time};

/// Ben, cleo and dora have 100 points each, of 1 April 2018, in entries 3 to 5; it is the 2nd of January.
async fn books() -> Books {
    let mut books = lasting(Lasts::Months(6)).await;
    books.writer.now = time("2019-01-02T00:00:00Z");
    books
}

/// The same, where members lose their points once they were inactive for six months. In September, cleo does something that
/// earns nothing: it is entry 6.
async fn books_of_inactive() -> Books {
    let mut books = lasting(Lasts::Inactive(6)).await;
    books.writer.now = time("2018-09-01T00:00:00Z");
    let mut books = books.with(&[record("a4", done("visit", "cleo"))]).await;
    books.writer.now = time("2019-01-02T00:00:00Z");
    books
}

async fn lasting(lasts: Lasts) -> Books {
    let expiry = Some(Policy { lasts, not_before_days: 0, days: vec![YearDay::new(1, 1).unwrap()] });
    let rules = RuleSet { expiry, ..rule_set(1, "2018-03-12T00:00:00Z", 100) };
    let awards = [award("a1", "ben"), award("a2", "cleo"), award("a3", "dora")];
    Books::under(rules).await.with(&awards).await
}

fn new_year() -> Day {
    Day::from_date(jiff::civil::date(2019, 1, 1))
}

/// A step over all three, or a part of them.
fn step(id: &str, rows: &[&str], as_of: i64, after: Option<&str>, through: Option<&str>) -> Command {
    let rows = rows.iter().map(|id| Eligible { member: member(id), points: 100 }).collect();
    let of = |id: Option<&str>| -> Option<MemberId> { id.map(member) };
    let (after, through) = (of(after), of(through));
    let step = Expiring { day: new_year(), after, through, rows, as_of: Seq::new(as_of).unwrap() };
    act(CommandKind::ExpirePoints, id, "goodturn", Act::Expire(Box::new(step)))
}

fn all() -> Command {
    step("2019-01-01", &["ben", "cleo", "dora"], 5, None, Some("dora"))
}

fn end() -> Command {
    end_as_of(5)
}

fn end_as_of(as_of: i64) -> Command {
    step("2019-01-01:dora", &[], as_of, Some("dora"), None)
}

fn cleos(drafts: &mut [Draft], points: i64) {
    let cleo = drafts.iter_mut().find(|draft| draft.member == Some(member("cleo"))).unwrap();
    cleo.movement = Move::new(Bucket::Available, Bucket::Expired, Amount::new(points).unwrap());
}

/// Has a cut-off reach what was earned, or whoever was active, before another day.
fn reaching(drafts: &mut [Draft], day: Day) {
    match &mut begun(drafts).cut_off.reach {
        Reach::OfAge { before, .. } => *before = day,
        Reach::OfInactive { since, .. } => *since = day,
    }
}

fn begun(drafts: &mut [Draft]) -> &mut ExpiryStep {
    match &mut drafts[0].fact {
        Fact::ExpiryStep(step) => step,
        other => panic!("{other:?}"),
    }
}

const OTHER: &str = "other points expire than are past their time";

#[tokio::test]
async fn other_points_than_are_past_their_time_are_found() {
    // INV 40, 57
    books().await.with(&[all(), end()]).await.are_in_order().await;
    for points in [1, 99] {
        books().await.forged(&[all()], |drafts| cleos(drafts, points)).await.are_found_out(8, OTHER).await;
    }
    let twice = |drafts: &mut Vec<Draft>| drafts.push(drafts[1].clone());
    books().await.forged(&[all()], twice).await.are_found_out(10, OTHER).await;
}

#[tokio::test]
async fn a_member_whose_points_are_spared_is_found() {
    // INV 40, 57
    let sparing = |drafts: &mut Vec<Draft>| drafts.retain(|draft| draft.member != Some(member("cleo")));
    books().await.forged(&[all()], sparing).await.are_found_out(8, OTHER).await;
    let last = |drafts: &mut Vec<Draft>| drafts.truncate(3);
    books().await.forged(&[all(), end()], last).await.are_found_out(9, "is missing").await;
    // Never looked at: neither in the step that passes them, nor before the end.
    let without = step("2019-01-01", &["ben", "dora"], 5, None, Some("dora"));
    books().await.with(&[without]).await.are_found_out(8, OTHER).await;
    let ends = step("2019-01-01:ben", &[], 5, Some("ben"), None);
    let first = step("2019-01-01", &["ben"], 5, None, Some("ben"));
    books().await.with(&[first, ends, award("a4", "emil")]).await.are_found_out(9, "is missing").await;
}

#[tokio::test]
async fn a_cut_off_that_is_not_the_policys_is_found() {
    // INV 40, 57
    let wider = |drafts: &mut Vec<Draft>| reaching(drafts, new_year());
    books().await.forged(&[all()], wider).await.are_found_out(6, "").await;
    let sooner = |drafts: &mut Vec<Draft>| begun(drafts).cut_off.day = Day::new(new_year().get() - 31).unwrap();
    books().await.forged(&[all()], sooner).await.are_found_out(6, "").await;
    let other_name = step("2019-01-01:x", &["ben", "cleo", "dora"], 5, None, Some("dora"));
    books().await.with(&[other_name]).await.are_found_out(6, "another name").await;
    let mut by_anna = all();
    by_anna.principal = goodturn::domain::value::principal::PrincipalId::parse("anna").unwrap();
    books().await.with(&[by_anna]).await.are_found_out(6, "the service itself").await;
}

#[tokio::test]
async fn sums_that_leave_out_whom_they_like_are_found() {
    // INV 40, 57
    let nobody = step("2019-01-01", &[], 2, None, Some("dora"));
    books().await.with(&[nobody]).await.are_found_out(6, "as of another entry").await;
    let ahead = |drafts: &mut Vec<Draft>| begun(drafts).as_of = Seq::new(6).unwrap();
    books().await.forged(&[all()], ahead).await.are_found_out(6, "as of another entry").await;
}

#[tokio::test]
async fn points_of_an_active_member_that_expire_are_found_and_so_are_those_of_an_inactive_one_that_do_not() {
    // INV 40, 57
    let first = |rows: &[&str], as_of| step("2019-01-01", rows, as_of, None, Some("dora"));
    let inactive = ["ben", "dora"];
    books_of_inactive().await.with(&[first(&inactive, 6), end_as_of(6)]).await.are_in_order().await;
    let all = first(&["ben", "cleo", "dora"], 6);
    books_of_inactive().await.with(&[all]).await.are_found_out(9, OTHER).await;
    for (alone, seq, problem) in [(["ben"], 9, "is missing"), (["dora"], 8, OTHER)] {
        let alone = first(&alone, 6);
        books_of_inactive().await.with(&[alone, award("a5", "emil")]).await.are_found_out(seq, problem).await;
    }
    // Asked of September, when cleo was inactive, too; and as if nothing of it had been recorded.
    let sooner = |drafts: &mut Vec<Draft>| reaching(drafts, Day::from_date(jiff::civil::date(2018, 10, 1)));
    books_of_inactive().await.forged(&[first(&inactive, 6)], sooner).await.are_found_out(7, OTHER).await;
    books_of_inactive().await.with(&[first(&["ben"], 5)]).await.are_found_out(7, "as of another entry").await;
}

/// A server whose clock is behind records, on the last day of the year, what another reports under an id that is no more. The
/// step was summed up before, and nothing of it is at the person's account.
#[tokio::test]
async fn a_step_goes_by_who_was_active_as_of_the_entry_that_it_names() {
    // INV 40, 57
    let mut books = lasting(Lasts::Inactive(6)).await;
    let merge = Act::MergeMembers { from: member("cleo"), into: member("ben") };
    books = books.with(&[act(CommandKind::MergeMembers, "m1", "anna", merge)]).await;
    books.writer.now = time("2018-12-31T23:59:59Z");
    let as_of = books.writer.head.seq.get();
    books = books.with(&[award("a4", "cleo")]).await;
    books.writer.now = time("2019-01-02T00:00:00Z");
    let rows = [("ben", 200), ("dora", 100)].map(|(id, points)| Eligible { member: member(id), points }).into();
    let all = Some(member("dora"));
    let step = Expiring { day: new_year(), after: None, through: all, rows, as_of: Seq::new(as_of).unwrap() };
    let step = act(CommandKind::ExpirePoints, "2019-01-01", "goodturn", Act::Expire(Box::new(step)));
    books.with(&[step, end_as_of(as_of)]).await.are_in_order().await;
}
