//! Payouts and closings that somebody left in the middle: a sweeper goes on with them.

use std::sync::Arc;

use goodturn::app::start;
use goodturn::board::Boards;
use goodturn::domain::decide::acts::PayAct;
use goodturn::domain::decide::command::Act;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::terms::batch::{BatchTerms, FileFormat};
use goodturn::domain::terms::payout::{PayoutTerms, PoolAsked};
use goodturn::domain::value::ids::{BatchId, PayoutId, StatementId};
use goodturn::domain::value::time::Day;
use goodturn::ledger::state::ProgramState;
use goodturn::log::{Log, Purpose};
use goodturn::payout::Payouts;
use goodturn::pb;
use goodturn::pb::PayoutState as S;
use goodturn::process::{runs, sweeper};

use crate::support::clients::{Clients, activity, database, on_free_port, pounds, record};
use crate::support::money::{choose_until, close, list_paid, over_list};
use crate::support::payments::{approved, batch};
use crate::support::payouts::{approve, create, declare_and_approve, payout};
use crate::support::process::until;
use crate::support::sample::{act, program};
use crate::support::served::Served;
use crate::support::stores::in_memory;

/// A server on which members have points, and the hand of whoever goes on with what was left.
struct Left {
    served: Served,
    payouts: Payouts,
    program: Arc<ProgramState>,
}

impl Left {
    async fn on_the_8th() -> Self {
        Self::on(in_memory().await).await
    }

    async fn on(log: Arc<dyn Log>) -> Self {
        let served = Served::on(log, "2018-12-08T09:00:00Z").await;
        for n in 0..30 {
            let it = activity(&format!("k{n}"), "kudos", &format!("m{n:02}"), "2018-04-01T12:00:00Z");
            served.clients.ledger().record_activity(record(it)).await.unwrap();
        }
        let boards = Arc::new(Boards::new(Arc::clone(&served.ledger)));
        let payouts = Payouts::new(Arc::clone(&served.ledger), boards);
        let program = served.ledger.program(&program()).await.unwrap().unwrap();
        Self { served, payouts, program }
    }

    /// Records the command that begins something, and nothing of what follows.
    async fn begin(&self, kind: CommandKind, id: &str, by: &str, begin: Act) {
        self.served.ledger.submit(&self.program, act(kind, id, by, begin), None).await.unwrap();
    }

    async fn state(&self, id: &str) -> S {
        let request = pb::GetPayoutRequest { name: format!("programs/qc/payouts/{id}") };
        self.served.clients.payouts().get_payout(request).await.unwrap().into_inner().state()
    }

    /// Goes on with what is due after 29 seconds, which is nothing, and after 31, which is one thing.
    async fn goes_on_after_half_a_minute(&self) {
        for (clock, due) in [("2018-12-13T09:00:29Z", 0), ("2018-12-13T09:00:31Z", 1), ("2018-12-13T09:02:00Z", 0)] {
            self.served.clock.set(clock);
            assert_eq!(sweeper::sweep(&self.served.ledger, &self.program).await.unwrap().left, due, "{clock}");
            let gone_on = runs::go_on(&self.payouts, &self.program).await.unwrap();
            assert_eq!((gone_on.posted, gone_on.failed), (due, 0), "{clock}");
        }
        self.served.verified().await;
    }
}

fn id(of: &str) -> PayoutId {
    PayoutId::parse(of).unwrap()
}

/// An execution that was begun, and nothing more.
async fn executing(left: &Left) {
    let clients = &left.served.clients;
    declare_and_approve(clients, "h1", pounds(3_000)).await;
    let draft = clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap().into_inner();
    approve(clients, &draft, "ben").await.unwrap();
    left.served.clock.set("2018-12-13T09:00:00Z");
    left.begin(CommandKind::BeginExecution, "h1", "anna", Act::BeginExecution(id("h1"))).await;
    assert_eq!(left.state("h1").await, S::Executing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_ends_what_another_left_by_itself() {
    // INV 1, 43
    let folder = tempfile::tempdir().unwrap();
    let log = goodturn::log::open(&database(&folder), Purpose::Record).await.unwrap();
    executing(&Left::on(Arc::clone(&log)).await).await;
    let running = start(&on_free_port(database(&folder))).await.unwrap();
    let clients = Clients::connect(running.address).await;
    let request = pb::GetPayoutRequest { name: "programs/qc/payouts/h1".into() };
    until("it is executed", async || {
        clients.payouts().get_payout(request.clone()).await.unwrap().into_inner().state() == S::Executed
    })
    .await;
    running.stop().await.unwrap();
}

#[tokio::test]
async fn an_execution_that_was_left_is_ended() {
    // INV 1, 43, 44
    let left = Left::on_the_8th().await;
    executing(&left).await;
    left.goes_on_after_half_a_minute().await;
    assert_eq!(left.state("h1").await, S::Executed);
}

#[tokio::test]
async fn a_cancellation_that_was_left_is_ended() {
    // INV 1, 43
    let left = Left::on_the_8th().await;
    let clients = &left.served.clients;
    declare_and_approve(clients, "h1", pounds(3_000)).await;
    clients.by("anna").payouts().create_payout(create(payout("h1"))).await.unwrap();
    left.served.clock.set("2018-12-13T09:00:00Z");
    left.begin(CommandKind::BeginCancellation, "h1", "anna", Act::BeginCancellation(id("h1"))).await;
    left.goes_on_after_half_a_minute().await;
    assert_eq!(left.state("h1").await, S::Cancelled);
}

#[tokio::test]
async fn a_draft_that_was_left_is_ended_and_one_that_waits_for_rows_is_not() {
    // INV 1, 43
    let left = Left::on_the_8th().await;
    let clients = &left.served.clients;
    for statement in ["h1", "h2"] {
        declare_and_approve(clients, statement, pounds(3_000)).await;
    }
    let listed = over_list("h2", &[("m01", 1), ("m02", 1)]);
    clients.by("anna").payouts().create_payout(create(listed)).await.unwrap();
    left.served.clock.set("2018-12-13T09:00:00Z");
    let (statement, day) = (StatementId::parse("h1").unwrap(), Day::from_date(jiff::civil::date(2018, 8, 31)));
    let terms = PayoutTerms::of_pool(id("h1"), statement, day, 3_000);
    left.begin(CommandKind::CreatePayout, "h1", "anna", Act::CreatePayout(terms, PoolAsked::Stated)).await;
    assert_eq!(left.state("h1").await, S::Drafting);
    left.goes_on_after_half_a_minute().await;
    assert_eq!((left.state("h1").await, left.state("h2").await), (S::Draft, S::Drafting));
}

#[tokio::test]
async fn a_closing_that_was_left_is_ended() {
    // INV 1, 79, 81
    let left = Left::on_the_8th().await;
    let clients = &left.served.clients;
    let rows = [("m01", 1), ("m02", 1)];
    let asking = pb::Payout { choices: Some(choose_until("2018-12-12T23:59:59Z")), ..over_list("h1", &rows) };
    list_paid(clients, asking, pounds(2_000), &rows).await;
    left.served.clock.set("2018-12-13T09:00:00Z");
    let closing = close(clients, "h1").await.unwrap();
    let digest = closing.content_digest.clone().try_into().unwrap();
    left.begin(CommandKind::ApproveClosing, "h1:x", "ben", Act::ApproveClosing(id("h1"), digest)).await;
    left.goes_on_after_half_a_minute().await;
    let request = pb::GetClosingRequest { name: "programs/qc/payouts/h1".into() };
    let closed = clients.choices().get_closing(request).await.unwrap().into_inner();
    assert_eq!((closed.state(), &closed.decided), (pb::ClosingState::Closed, &closing.planned));
}

#[tokio::test]
async fn a_batch_that_was_left_is_drawn_released_or_cancelled_to_its_end() {
    // INV 1, 80
    let left = Left::on_the_8th().await;
    let clients = &left.served.clients;
    let rows = [("m01", 1), ("m02", 1)];
    list_paid(clients, over_list("h1", &rows), pounds(2_000), &rows).await;
    let terms = |id: &str| BatchTerms {
        id: BatchId::parse(id).unwrap(),
        format: FileFormat::CreditCsv,
        message: String::new(),
        pay_on: None,
        debtor: None,
    };
    let begin = async |id: &str, by: &str, it: PayAct| {
        left.begin(it.kind(), id, by, Act::Pay(Box::new(it))).await;
    };
    let state = async |id: &str| batch(clients, id).await.state();
    left.served.clock.set("2018-12-13T09:00:00Z");
    begin("b1", "anna", PayAct::CreateBatch(terms("b1"))).await;
    left.goes_on_after_half_a_minute().await;
    assert_eq!(state("b1").await, pb::BatchState::Draft);
    begin("b1", "ben", PayAct::CancelBatch(terms("b1").id)).await;
    left.served.clock.set("2018-12-13T09:03:00Z");
    assert_eq!(runs::go_on(&left.payouts, &left.program).await.unwrap().posted, 1);
    assert_eq!(state("b1").await, pb::BatchState::Cancelled);
    approved(clients, "b2", pb::FileFormat::CreditCsv).await;
    begin("b2", "anna", PayAct::ReleaseBatch(terms("b2").id)).await;
    left.served.clock.set("2018-12-13T09:04:00Z");
    assert_eq!(runs::go_on(&left.payouts, &left.program).await.unwrap().posted, 1);
    assert_eq!(state("b2").await, pb::BatchState::Released);
    begin("b3", "anna", PayAct::CreateBatch(terms("b3"))).await;
    left.served.clock.set("2018-12-13T09:05:00Z");
    assert_eq!(runs::go_on(&left.payouts, &left.program).await.unwrap().posted, 1);
    assert_eq!(state("b3").await, pb::BatchState::Cancelled, "there was nothing to pay");
    left.served.verified().await;
}
