//! Bans that were interrupted: any server goes on with them, and that they are over is said once.

use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::digest::Values;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::entry::member::MemberFact;
use goodturn::domain::terms::member::ShutOutReason;
use goodturn::domain::value::ids::{RequestId, SourceId};
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::seq::Seq;
use goodturn::ledger::SubmitError;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::process::{Swept, sweeper};

use crate::support::adjustments::{adjustment, ask};
use crate::support::bench::Bench;
use crate::support::books::Books;
use crate::support::clients::{Clients, accepted, at};
use crate::support::members::{ban, banned, read, with_a_fraudster};
use crate::support::reads::balance;
use crate::support::referrals::{SIGNED_UP, claim, referrals};
use crate::support::refused::head_seq;
use crate::support::sample::{act, award, member, program, rule_set};
use crate::support::served::Served;
use crate::support::stage::Stage;
use crate::support::stores::{on_file, on_postgres};

const WHEN: &str = "2018-04-01T12:00:00Z";

/// When any server goes on with what was begun at noon, and right before.
const DUE: &str = "2018-04-01T12:00:05Z";
const NOT_YET: &str = "2018-04-01T12:00:04.999999Z";

const ONE: Swept = Swept { posted: 1, failed: 0, left: 0 };

/// Bans a member as a server does that ends before anything is taken back.
async fn begun(served: &Served, who: &str, id: &str) {
    let state = served.ledger.program(&program()).await.unwrap().unwrap();
    let values = Values::of(&ban(who, id));
    let act = Act::BanMember(member(who), ShutOutReason::Fraud);
    let (id, by) = (RequestId::parse(id).unwrap(), PrincipalId::parse("anna").unwrap());
    let command = Command::given(&state.secret, SourceId::goodturn(), id, &values, by, act);
    served.ledger.submit(&state, command, None).await.unwrap();
}

async fn swept(served: &Served) -> Swept {
    sweeper::sweep_all(&served.ledger).await.unwrap()
}

async fn entries(log: &dyn Log) -> Vec<Entry> {
    log.entries(&program(), Seq::ZERO, 100_000).await.unwrap()
}

fn count(entries: &[Entry], kind: EntryKind) -> usize {
    entries.iter().filter(|entry| entry.kind == kind).count()
}

/// Activities taken back, each once, adjustments, and how often it is said that this is all.
fn tally(entries: &[Entry]) -> [usize; 3] {
    let mut times: BTreeMap<Seq, usize> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::ActivityRevoked) {
        *times.entry(entry.refers.unwrap()).or_default() += 1;
    }
    assert!(times.values().all(|&times| times == 1), "{times:?}");
    [times.len(), count(entries, EntryKind::AdjustmentRevoked), count(entries, EntryKind::BanCompleted)]
}

fn totals(done: &pb::BanMemberResponse) -> [i64; 5] {
    let points = [done.points, done.pending_points, done.written_off_points];
    [done.revoked_activities, done.revoked_adjustments, points[0], points[1], points[2]]
}

/// Records answers of mallory's.
async fn earned(clients: &Clients, answers: usize) {
    for chunk in (0..answers).collect::<Vec<_>>().chunks(500) {
        let activities = chunk.iter().map(|n| accepted(&format!("a{n}"), "mallory", "2018-04-01T10:00:00Z")).collect();
        let parent = "programs/qc".into();
        let batch = pb::BatchRecordActivitiesRequest { parent, activities, ..Default::default() };
        clients.ledger().batch_record_activities(batch).await.unwrap();
    }
}

#[tokio::test]
async fn a_ban_that_was_interrupted_is_ended_by_the_same_call() {
    // INV 3, 10
    let stage = with_a_fraudster().await;
    let (served, clients) = (&stage.served, &stage.served.clients);
    begun(served, "mallory", "b1").await;
    let member = read(clients, "mallory").await;
    assert_eq!((member.state(), member.revoked_time), (pb::MemberState::Banned, None));
    assert_eq!(stage.has("mallory").await, (337, 500));
    // Meanwhile the forum takes one back by itself.
    stage.reversed("k1", "r-k1").await;
    let fresh = Served::empty(Arc::clone(served.ledger.log()), WHEN).await;
    let done = banned(&fresh.clients, "mallory", "b1").await;
    assert_eq!(totals(&done), [6, 1, 350, 500, 0], "also two that stood no longer");
    stage.ends(&[]).await;
    assert_eq!(balance(&fresh.clients, "mallory").await.available_points, -20);
    fresh.verified().await;
}

/// Nobody calls again. The totals are those of a ban that nothing interrupts.
#[tokio::test]
async fn a_ban_that_was_interrupted_is_ended_by_a_sweeper() {
    // INV 3, 10, 30, 36
    let stage = with_a_fraudster().await;
    begun(&stage.served, "mallory", "b1").await;
    let fresh = Served::empty(Arc::clone(stage.served.ledger.log()), NOT_YET).await;
    assert_eq!(swept(&fresh).await, Swept::default(), "left to the server that was asked");
    assert_eq!(read(&fresh.clients, "mallory").await.revoked_time, None);
    fresh.clock.set(DUE);
    assert_eq!(swept(&fresh).await, ONE);
    assert_eq!(read(&fresh.clients, "mallory").await.revoked_time, Some(at(DUE)));
    assert_eq!(tally(&entries(&**fresh.ledger.log()).await), [6, 1, 1], "with one that stood no longer");
    let head = head_seq(&fresh.clients).await;
    assert_eq!(totals(&banned(&fresh.clients, "mallory", "b1").await), [6, 1, 357, 500, 0]);
    assert_eq!(swept(&fresh).await, Swept::default());
    assert_eq!(head_seq(&fresh.clients).await, head, "and nothing more is done");
    assert_eq!(balance(&fresh.clients, "mallory").await.available_points, -20);
    fresh.verified().await;
}

/// What the server knew was that the member is as any other, of whom no adjustment is revoked.
#[tokio::test]
async fn a_server_that_has_not_heard_of_a_ban_ends_it_at_once() {
    // INV 14, 21
    let stage = with_a_fraudster().await;
    let other = Served::empty(Arc::clone(stage.served.ledger.log()), DUE).await;
    assert_eq!(read(&other.clients, "mallory").await.state(), pb::MemberState::Active);
    begun(&stage.served, "mallory", "b1").await;
    assert_eq!(swept(&other).await, ONE);
    stage.served.ledger.follow().await.unwrap();
    stage.ends(&[("mallory", -20)]).await;
}

/// Two servers sweep and a third is asked again, all at once.
async fn everything_is_taken_back_once(store: Arc<dyn Log>) {
    // INV 3, 14, 36
    let one = Served::on(Arc::clone(&store), WHEN).await;
    earned(&one.clients, 1_200).await;
    let given = adjustment("g1", "mallory", 300, pb::AdjustmentReason::Goodwill);
    one.clients.by("anna").adjustments().adjust_points(ask(given)).await.unwrap();
    let (two, three) = (Served::empty(Arc::clone(&store), DUE).await, Served::empty(Arc::clone(&store), DUE).await);
    for other in [&two, &three] {
        assert_eq!(read(&other.clients, "mallory").await.state(), pb::MemberState::Active);
    }
    begun(&one, "mallory", "b1").await;
    one.clock.set(DUE);
    let (first, second, done) = tokio::join!(swept(&one), swept(&two), banned(&three.clients, "mallory", "b1"));
    assert_eq!((first.failed, second.failed), (0, 0));
    assert_eq!(totals(&done), [1_200, 1, 120_300, 0, 0]);
    assert_eq!(swept(&one).await, Swept::default());
    assert_eq!(tally(&entries(&*store).await), [1_200, 1, 1]);
    for served in [&one, &two] {
        assert_eq!(totals(&banned(&served.clients, "mallory", "b1").await), totals(&done));
        assert_eq!(balance(&served.clients, "mallory").await.available_points, 0);
    }
    one.verified().await;
}

#[tokio::test]
async fn servers_on_one_memory_take_everything_back_once() {
    everything_is_taken_back_once(Arc::new(MemoryLog::default())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_one_file_take_everything_back_once() {
    on_file(everything_is_taken_back_once).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_on_one_postgresql_take_everything_back_once() {
    on_postgres(everything_is_taken_back_once).await;
}

/// A server is killed in the middle of a ban, and the next one in the middle of going on with it.
#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread")]
async fn a_ban_is_ended_after_two_servers_were_killed_in_the_middle() {
    // INV 1, 2, 3, 36
    use std::time::Duration;

    use goodturn::ledger::clock::Stopwatch;

    use crate::support::process::ServeProcess;

    const ANSWERS: usize = 2_600;
    const PATIENCE: Duration = Duration::from_mins(1);
    let folder = tempfile::tempdir().unwrap();
    let url = crate::support::clients::database(&folder);
    let dying_after = |appends: usize| {
        let points = format!("lane-after-append={appends}*off->return");
        ServeProcess::start_logging(&url, &folder.path().join("log"), &[("FAILPOINTS".into(), points.into())])
    };
    let standing = async || {
        let log = goodturn::log::open(&url, goodturn::log::Purpose::Record).await.unwrap();
        ANSWERS - tally(&entries(&*log).await)[0]
    };
    let server = ServeProcess::start(&url);
    let clients = Clients::connect(server.address).await;
    crate::support::clients::create_program(&clients).await;
    earned(&clients, ANSWERS).await;
    server.kill();
    // The ban itself, a batch at least, and a page that is not answered.
    let server = dying_after(2);
    let clients = Clients::connect(server.address).await;
    clients.by("anna").members().ban_member(ban("mallory", "b1")).await.unwrap_err();
    server.killed();
    let after_one = standing().await;
    // Two batches of what the sweeper goes on with.
    let server = dying_after(1);
    let clients = Clients::connect(server.address).await;
    let watch = Stopwatch::start();
    let request = || pb::GetMemberRequest { name: "programs/qc/members/mallory".into() };
    while clients.members().get_member(request()).await.is_ok() {
        assert!(watch.elapsed() < PATIENCE, "no sweeper goes on");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.killed();
    let after_two = standing().await;
    assert!(ANSWERS > after_one && after_one > after_two && after_two > 0, "{after_one}, {after_two}");
    let server = ServeProcess::start(&url);
    let clients = Clients::connect(server.address).await;
    let watch = Stopwatch::start();
    while read(&clients, "mallory").await.revoked_time.is_none() {
        assert!(watch.elapsed() < PATIENCE, "{} still stand", standing().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let log = goodturn::log::open(&url, goodturn::log::Purpose::Record).await.unwrap();
    assert_eq!(tally(&entries(&*log).await), [ANSWERS, 0, 1]);
    assert_eq!(totals(&banned(&clients, "mallory", "b1").await), [2_600, 0, 260_000, 0, 0]);
    assert_eq!(balance(&clients, "mallory").await.available_points, 0);
    let report = goodturn::audit::verify(&*log, &program(), |_| ()).await.unwrap().unwrap();
    assert_eq!(report.findings, []);
    println!("of {ANSWERS} activities {after_one} and {after_two} stood when a server was killed");
}

fn ban_of(who: &str) -> Command {
    act(CommandKind::BanMember, "b1", "anna", Act::BanMember(member(who), ShutOutReason::Fraud))
}

fn completion(name: &str, by: &str, who: &str, ban: i64) -> Command {
    act(CommandKind::CompleteBan, name, by, Act::CompleteBan(member(who), Seq::new(ban).unwrap()))
}

/// 10,000 activities a sweep: what else is due has its turn before and between.
#[tokio::test]
async fn what_else_is_due_does_not_wait_for_a_ban_of_many_activities() {
    // INV 36
    let bench = Bench::on(Arc::new(MemoryLog::default())).await;
    bench.submit(crate::support::waiting::rules()).await.unwrap();
    for part in 0..3 {
        let awards = (0..3_400).map(|n| award(&format!("a{part}-{n}"), "mallory")).collect();
        let answers = bench.ledger.submit_all(&bench.program, awards, None).await;
        assert!(answers.iter().all(Result::is_ok));
    }
    bench.submit(ban_of("mallory")).await.unwrap();
    bench.submit(crate::support::waiting::activity("v1", "vests", "ben")).await.unwrap();
    bench.clock.set("2018-05-01T00:00:00Z");
    let sweep = async || sweeper::sweep(&bench.ledger, &bench.program).await.unwrap();
    assert_eq!(sweep().await, Swept { posted: 1, failed: 1, left: 0 }, "ben's, and a part of the ban");
    assert_eq!(tally(&entries(&*bench.log).await), [10_000, 0, 0]);
    assert_eq!(sweep().await, ONE);
    let entries = bench.entries().await;
    assert_eq!(tally(&entries), [10_200, 0, 1]);
    let first = |kind| entries.iter().find(|entry| entry.kind == kind).unwrap().seq;
    assert!(first(EntryKind::WaitEnded) < first(EntryKind::ActivityRevoked));
}

#[tokio::test]
async fn a_ban_is_not_over_while_anything_stands_that_was_earned() {
    // INV 15
    let bench = Bench::on(Arc::new(MemoryLog::default())).await;
    bench.submit(award("a1", "mallory")).await.unwrap();
    bench.submit(award("a2", "ben")).await.unwrap();
    let refused = async |command: Command| match bench.submit(command).await {
        Err(SubmitError::Rejected(rejection)) => rejection,
        other => panic!("{other:?}"),
    };
    let over = || completion("5:complete", "goodturn", "mallory", 5);
    let not_banned = Rejection::WrongState { state: "active", needed: "banned" };
    assert_eq!(refused(over()).await, not_banned);
    assert_eq!(bench.submit(ban_of("mallory")).await.unwrap().seq.get(), 5);
    assert_eq!(refused(over()).await, Rejection::Inconsistent("something that a banned member earned still stands"));
    bench.clock.set("2018-04-02T00:00:05Z");
    assert_eq!(sweeper::sweep(&bench.ledger, &bench.program).await.unwrap(), ONE);
    assert_eq!(refused(completion("again", "goodturn", "mallory", 5)).await, Rejection::NothingDue);
    let of_another = completion("4:complete", "goodturn", "mallory", 4);
    assert_eq!(refused(of_another).await, Rejection::NothingDue);
    assert_eq!(tally(&bench.entries().await), [1, 0, 1]);
}

/// The 3rd entry is an answer of mallory's, the 4th bans them.
#[tokio::test]
async fn an_operator_who_says_that_a_ban_is_over_and_lies_is_found_out() {
    // INV 57
    let books = async |earned: &str| {
        let rules = rule_set(1, "2018-03-12T00:00:00Z", 100);
        Books::under(rules).await.with(&[award("a1", earned), ban_of("mallory")]).await
    };
    books("mallory").await.are_in_order().await;
    books("ben").await.with(&[completion("4:complete", "goodturn", "mallory", 4)]).await.are_in_order().await;
    let asked_by_anna = completion("4:complete", "anna", "mallory", 4);
    books("ben").await.with(&[asked_by_anna]).await.are_found_out(5, "nobody can ask for it").await;
    let other_name = completion("5:complete", "goodturn", "mallory", 4);
    books("ben").await.with(&[other_name]).await.are_found_out(5, "it bears another name").await;
    // Decided for a member who earned nothing, and written down for mallory.
    let lie = |drafts: &mut Vec<Draft>| {
        drafts[0].kind = EntryKind::BanCompleted;
        drafts[0].member = Some(member("mallory"));
        drafts[0].refers = Seq::new(4);
        drafts[0].fact = Fact::Member(MemberFact { reason: None });
    };
    let suspend = Act::SuspendMember(member("cleo"), ShutOutReason::Requested);
    let forged = act(CommandKind::CompleteBan, "4:complete", "goodturn", suspend);
    let books = books("mallory").await.forged(&[forged], lie).await;
    books.are_found_out(5, "something that a banned member earned still stands").await;
}

/// A claim that is taken back restores another of the same member's, which is taken back in its turn: it counts once.
#[tokio::test]
async fn a_claim_that_a_ban_restores_on_its_way_counts_once() {
    // INV 36
    let stage = Stage::under(vec![referrals()], vec![]).await;
    for (id, when) in [("r2", "2018-04-01T11:00:00Z"), ("r1", SIGNED_UP)] {
        stage.done(claim(id, "ada", "recruit", when)).await;
        stage.confirmed(id, id, WHEN).await;
    }
    assert_eq!(stage.has("ada").await, (500, 0));
    let done = banned(&stage.served.clients, "ada", "b1").await;
    assert_eq!((done.revoked_activities, done.points, done.written_off_points), (2, 500, 0));
    stage.ends(&[("ada", 0)]).await;
}
