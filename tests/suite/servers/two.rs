//! A lane that learns in the middle of its work that another server has written.

use std::sync::Arc;

use goodturn::ledger::Ledger;
use goodturn::log::Log;
use goodturn::log::memory::MemoryLog;

use crate::support::bench::Bench;
use crate::support::sample::{award, program, publish, rule_set};

/// One batch is in flight and one is decided on top of it, when a look-up finds what the other server has recorded.
#[tokio::test]
async fn what_was_decided_before_another_server_was_noticed_is_decided_again() {
    // INV 3, 14, 19
    let store: Arc<dyn Log> = Arc::new(MemoryLog::default());
    let one = Bench::on(Arc::clone(&store)).await;
    let other = Ledger::new(Arc::clone(&store), one.clock.clone());
    let state = other.program(&program()).await.unwrap().unwrap();
    one.log.hold();
    let flying = one.begin(award("flying", "ben"));
    one.log.begun(1).await;
    let decided = one.begin(award("decided", "ben"));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let rules = || publish(rule_set(2, "2018-05-01T00:00:00Z", 7));
    let first = other.submit(&state, rules(), None).await.unwrap();
    other.submit(&state, award("others", "ben"), None).await.unwrap();
    let replayed = one.begin(rules());
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    one.log.release();
    assert_eq!(*replayed.await.unwrap().unwrap(), *first);
    flying.await.unwrap().unwrap();
    decided.await.unwrap().unwrap();
    assert_eq!(one.entries().await.len(), 2 + 4);
}
