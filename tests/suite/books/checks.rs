//! Each check of a close finds what it is for, and nothing else does.

use goodturn::audit::check_through;
use goodturn::domain::project::books::close::Close;
use goodturn::domain::state::overlay::Changes;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::ids::{BatchId, MemberId, PayoutId};
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::time::Micros;

use crate::support::sample::{program, time};
use crate::support::served::Served;
use crate::support::two_years::lived;

/// The state after two years.
async fn state() -> Changes {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    lived(&served, async |_| ()).await;
    let checked = check_through(&**served.ledger.log(), &program(), Seq::MAX, |_| ()).await.unwrap().unwrap();
    assert_eq!(checked.report.findings, []);
    checked.state.unwrap()
}

const END: &str = "2020-04-01T00:00:00Z";

fn record<'a>(state: &'a mut Changes, key: &RecordKey) -> &'a mut Record {
    &mut state.records.get_mut(key).unwrap_or_else(|| panic!("{key} is there")).1
}

/// A fault, and how many savings, payouts and sums of batches it must show as different.
type Fault = (&'static str, fn(&mut Changes), [i64; 3]);

fn payout(state: &mut Changes) -> &mut goodturn::domain::state::payout::Payout {
    let key = RecordKey::Payout(PayoutId::parse("h5").unwrap());
    let Record::Payout(payout) = record(state, &key) else { panic!("a payout") };
    payout
}

fn batch(state: &mut Changes) -> &mut goodturn::domain::state::batch::Batch {
    let key = RecordKey::Batch(BatchId::parse("q5").unwrap());
    let Record::Batch(batch) = record(state, &key) else { panic!("a batch") };
    batch
}

/// A lot of the first member that was paid by PayPal.
fn lot(state: &mut Changes) -> &mut goodturn::domain::state::lots::Lot {
    let key = RecordKey::Lots(MemberId::parse("m01").unwrap());
    let Record::Lots(lots) = record(state, &key) else { panic!("lots") };
    lots.rows.iter_mut().find(|lot| lot.bucket == Bucket::Settled).unwrap()
}

const FAULTS: [Fault; 10] = [
    ("nothing", |_| (), [0, 0, 0]),
    ("a statement's taken pool", |state| savings(state).committed_minor += 1, [1, 0, 0]),
    ("what a payout granted", |state| payout(state).granted_minor -= 1, [1, 1, 0]),
    ("the pool of a payout", |state| payout(state).terms.pool_minor -= 1, [0, 1, 0]),
    ("a lot", |state| lot(state).minor += 1, [0, 1, 1]),
    ("payments drawn", |state| batch(state).drawn.minor += 1, [0, 0, 1]),
    ("payments sent", |state| batch(state).sent.minor += 1, [0, 0, 1]),
    ("payments that arrived", |state| batch(state).settled.payments += 1, [0, 0, 2]),
    ("payments that came back", |state| batch(state).back.minor += 1, [0, 0, 2]),
    ("payments left out", |state| batch(state).left_out.payments += 1, [0, 0, 1]),
];

fn savings(state: &mut Changes) -> &mut goodturn::domain::state::statement::Statement {
    let key = RecordKey::Statement(goodturn::domain::value::ids::StatementId::parse("h5").unwrap());
    let Record::Statement(statement) = record(state, &key) else { panic!("a statement") };
    statement
}

#[tokio::test]
async fn one_unit_too_much_anywhere_is_found_by_its_own_check() {
    // INV 54, 80
    let state = state().await;
    let end: Micros = time(END);
    for (what, spoil, [of_savings, of_payouts, of_batches]) in FAULTS {
        let mut spoilt = state.clone();
        spoil(&mut spoilt);
        let close = Close::of(&spoilt, end);
        let found = [close.savings_differences(), close.payout_differences(), close.batch_differences()];
        assert_eq!(found, [of_savings, of_payouts, of_batches], "{what}");
        assert_eq!(close.differences(), of_savings + of_payouts + of_batches, "{what}");
    }
}
