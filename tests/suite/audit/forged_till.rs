//! A log that was forged with all its hashes, numbers and sums in order is found where it decides what the till must not.

use std::sync::Arc;

use goodturn::domain::decide::acts::TillAct;
use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::decide;
use goodturn::domain::decide::draft::{Draft, Moment};
use goodturn::domain::decide::rejection::Rejection;
use goodturn::domain::decide::seal::SealContext;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::format::Format;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::state::overlay::{Changes, Overlay};
use goodturn::domain::terms::rules::book::RuleBook;
use goodturn::domain::terms::till::Spending;
use goodturn::domain::value::amount::{Amount, Move};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::RequestId;
use goodturn::domain::value::time::Micros;
use goodturn::log::memory::MemoryLog;
use goodturn::log::{Expect, Log as _, Ready, Sealed};

use crate::support::sample::{SECRET, Writer, act, award, member, program, time, zone};
use crate::support::till::{asked, at_till, place};

const NOW: &str = "2018-04-02T00:00:00Z";
const UNTIL: &str = "2018-04-02T12:00:00Z";

/// A log to which a forger appends: awards of 100 points each to ben, twice, and to cleo, then what the till did.
struct Forger {
    writer: Writer,
    batches: Vec<(Expect, Arc<Sealed>)>,
}

impl Forger {
    fn new() -> Self {
        let (writer, expect, batch) = Writer::with_program();
        let mut forger = Self { writer, batches: vec![(expect, batch)] };
        forger.honest(&[award("a1", "ben"), award("a2", "ben"), award("a3", "cleo")]);
        forger
    }

    fn honest(&mut self, commands: &[Command]) {
        let batch = self.writer.seal(commands);
        self.batches.push(batch);
    }

    /// Decides a command on some state at some time, changes what was decided, and seals it.
    fn forged(&mut self, on: &Changes, at: &str, command: &Command, change: impl FnOnce(&mut Vec<Draft>)) {
        let rules = RuleBook::default();
        let moment = Moment { now: time(at), zone: zone(), rules: &rules };
        let mut drafts = decide(on, command, &moment).unwrap();
        change(&mut drafts);
        let expect = Expect { seq: self.writer.head.seq, epoch: self.writer.head.epoch };
        let id = program();
        let context =
            SealContext { program: &id, secret: &SECRET, recorded_at: self.writer.now, format: Format::CURRENT };
        let below = self.writer.state.clone();
        let mut overlay = Overlay::new(&below);
        let entries: Vec<Arc<Entry>> = self.writer.head.seal(&mut overlay, &context, command, drafts).unwrap();
        let changes = overlay.changes;
        self.writer.state.absorb(changes.clone());
        let head = self.writer.head.clone();
        let batch = Sealed { head, entries, changes, notes: Vec::new(), ready: Ready::default() };
        self.batches.push((expect, Arc::new(batch)));
    }

    /// What the verifier says of it.
    async fn findings(self) -> Vec<String> {
        let log = MemoryLog::default();
        log.create(&program(), SECRET).await.unwrap();
        for (expect, batch) in &self.batches {
            log.append(&program(), *expect, batch).await.unwrap();
        }
        let report = goodturn::audit::verify(&log, &program(), |_| ()).await.unwrap().unwrap();
        report.findings.into_iter().map(|finding| format!("{}: {}", finding.seq, finding.problem)).collect()
    }
}

fn hold(points: i64) -> Command {
    at_till("h1", TillAct::Hold(asked("h1", "ben", points), time(UNTIL)))
}

fn capture(points: Option<i64>) -> Command {
    at_till("h1", TillAct::Capture(place("h1"), points))
}

fn redeem(id: &str, points: i64) -> Command {
    at_till(id, TillAct::Redeem(asked(id, "ben", points)))
}

/// The command that ends the hold `h1`, made by an entry.
fn expiry(created: i64) -> Command {
    let expire = TillAct::Expire(place("h1"));
    let id = RequestId::expiring(created);
    act(CommandKind::ExpireHold, id.as_str(), "goodturn", Act::Till(Box::new(expire)))
}

fn refund(points: i64) -> Command {
    at_till("f1", TillAct::Refund(place("r1"), Spending::Redemption, Some(points)))
}

fn amount(drafts: &mut [Draft], points: i64) {
    let movement = drafts[0].movement.unwrap();
    drafts[0].movement = Move::new(movement.from(), movement.to(), Amount::new(points).unwrap());
}

/// A forgery: what honestly comes before, and what is forged. Something honest comes after each.
async fn forge(before: &[Command], command: &Command, change: impl FnOnce(&mut Vec<Draft>)) -> Vec<String> {
    let mut forger = Forger::new();
    forger.honest(before);
    let on = forger.writer.state.clone();
    forger.forged(&on, NOW, command, change);
    forger.honest(&[award("a9", "dora")]);
    forger.findings().await
}

const MUST_NOT: &str = "it must not have been recorded";
const MISNAMED: &str = "it bears another name than the hold or the redemption gives it";
const DIFFERS: &str = "it does something else than the hold or the redemption allows";

#[tokio::test]
async fn what_the_till_did_in_truth_verifies() {
    let mut forger = Forger::new();
    forger.honest(&[hold(150), capture(Some(40)), redeem("r1", 60), refund(10)]);
    forger.writer.now = time("2018-04-02T01:00:00Z");
    forger.honest(&[at_till("h2", TillAct::Hold(asked("h2", "ben", 50), time(UNTIL)))]);
    forger.honest(&[at_till("h2", TillAct::Release(place("h2")))]);
    assert_eq!(forger.findings().await, [""; 0]);
}

#[tokio::test]
async fn more_points_than_there_are_or_of_another_member_are_found() {
    // INV 32, 57
    let too_many = |kind: &str, told: &str| {
        let told = format!("6: {MUST_NOT}: the member has {told} were asked for");
        [told, format!("6: an entry of kind {kind} uses more than was available")]
    };
    let found = forge(&[], &redeem("r1", 200), |drafts| amount(drafts, 201)).await;
    assert_eq!(found, too_many("points_redeemed", "200 points available; 201"));
    let found = forge(&[], &hold(200), |drafts| amount(drafts, 201)).await;
    assert_eq!(found, too_many("hold_created", "200 points available; 201"));
    // Cleo has 100.
    let found = forge(&[], &redeem("r1", 150), |drafts| drafts[0].member = Some(member("cleo"))).await;
    assert_eq!(found, too_many("points_redeemed", "100 points available; 150"));
    let found = forge(&[redeem("r1", 50)], &refund(50), |drafts| amount(drafts, 51)).await;
    assert_eq!(found, [format!("7: {MUST_NOT}: 50 points are left of what was spent; 51 cannot be given back")]);
    let found = forge(&[hold(50)], &capture(None), |drafts| amount(drafts, 51)).await;
    assert_eq!(found, [format!("7: {MUST_NOT}: the hold has 50 points; 51 cannot be captured of it")]);
}

#[tokio::test]
async fn points_that_are_younger_than_the_shop_asked_are_found() {
    // INV 57
    let says_they_are_old = |drafts: &mut Vec<Draft>| {
        if let Fact::Redemption(fact) = &mut drafts[0].fact {
            fact.min_age_days = 30;
        }
    };
    let found = forge(&[], &redeem("r1", 50), says_they_are_old).await;
    assert_eq!(
        found,
        [format!("6: {MUST_NOT}: the member has 0 points earned at least 30 days ago; 50 were asked for")]
    );
}

#[tokio::test]
async fn a_capture_that_keeps_the_rest_is_found() {
    // INV 2, 33, 57
    let found = forge(&[hold(50)], &capture(Some(20)), |drafts| drafts.truncate(1)).await;
    assert_eq!(found, ["8: an entry of the command before it is missing"]);
    let says_nothing_is_left = |drafts: &mut Vec<Draft>| {
        drafts.truncate(1);
        if let Fact::Hold(fact) = &mut drafts[0].fact {
            fact.given_back = 0;
        }
    };
    let found = forge(&[hold(50)], &capture(Some(20)), says_nothing_is_left).await;
    assert_eq!(found[0], format!("7: {DIFFERS}"));
    let into_the_wrong_bucket = |drafts: &mut Vec<Draft>| {
        drafts[1].movement = Move::new(Bucket::Held, Bucket::Expired, Amount::new(30).unwrap());
    };
    let found = forge(&[hold(50)], &capture(Some(20)), into_the_wrong_bucket).await;
    assert!(found.iter().any(|finding| finding.contains("moves nothing from held to expired")), "{found:?}");
}

#[tokio::test]
async fn a_hold_that_stands_too_long_or_ends_too_soon_or_twice_is_found() {
    // INV 33, 57
    let far = |drafts: &mut Vec<Draft>| {
        if let Fact::Hold(fact) = &mut drafts[0].fact {
            fact.expires_at = Micros::from_rfc3339("2018-05-02T00:00:00Z").unwrap();
        }
    };
    let found = forge(&[], &hold(50), far).await;
    assert!(found[0].starts_with(&format!("6: {MUST_NOT}: the hold must expire after")), "{found:?}");

    let mut soon = Forger::new();
    soon.honest(&[hold(50)]);
    let on = soon.writer.state.clone();
    soon.forged(&on, UNTIL, &expiry(6), |_| {});
    assert_eq!(soon.findings().await, [format!("7: {MUST_NOT}: nothing of it is due")]);

    let mut twice = Forger::new();
    twice.honest(&[hold(50)]);
    let on = twice.writer.state.clone();
    twice.honest(&[capture(Some(20))]);
    let name = at_till("again", TillAct::Capture(place("h1"), None)).name;
    let again = Command { name, ..capture(Some(20)) };
    twice.forged(&on, NOW, &again, |_| {});
    assert_eq!(twice.findings().await[0], format!("9: {MISNAMED}"));

    // Late, a second time, under another name.
    let mut late = Forger::new();
    late.honest(&[hold(50)]);
    late.writer.now = time(UNTIL);
    late.honest(&[expiry(6)]);
    late.honest(&[capture(Some(20))]);
    let rules = RuleBook::default();
    let moment = Moment { now: time(UNTIL), zone: zone(), rules: &rules };
    let refused = decide(&late.writer.state, &again, &moment).unwrap_err();
    assert_eq!(refused, Rejection::WrongState { state: "captured", needed: "held" });
    assert_eq!(late.findings().await, [""; 0]);

    // Twice at one place, under two names.
    let mut redeemed = Forger::new();
    redeemed.honest(&[redeem("r1", 50)]);
    let name = redeem("r2", 50).name;
    let on = redeemed.writer.state.clone();
    redeemed.forged(&on, NOW, &Command { name, ..redeem("r1", 50) }, |_| {});
    assert_eq!(redeemed.findings().await, [format!("7: {MISNAMED}")]);

    // Ended by the shop in the ledger's name.
    let mut named = Forger::new();
    named.honest(&[hold(50)]);
    named.writer.now = time(UNTIL);
    let on = named.writer.state.clone();
    named.forged(&on, UNTIL, &at_till("6", TillAct::Expire(place("h1"))), |_| {});
    assert_eq!(named.findings().await, [format!("7: {MISNAMED}")]);

    let released_as_expired = |drafts: &mut Vec<Draft>| drafts[0].kind = EntryKind::HoldExpired;
    let found = forge(&[hold(50)], &at_till("h1", TillAct::Release(place("h1"))), released_as_expired).await;
    assert_eq!(found, ["7: an act of type release_hold begins with no entry of kind hold_expired"]);
}
