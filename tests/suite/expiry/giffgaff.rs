//! The worked example of `examples/giffgaff`: what expires of its year.

use goodturn::process::sweeper;

use crate::support::giffgaff::{Teller, YEAR};

/// A period's points roll over once: those from December to May expire on 1 December. What each member has of them was earned
/// before 1 June, as the stages above have it: ada 7,500 for recruits and 250 for a top-up of May; ben nothing; cleo all of her
/// 2,710; dan his 600 for answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_earned_until_may_expires_at_the_beginning_of_december() {
    // INV 40
    let teller = Teller::live().await;
    let live = teller.live.as_ref().unwrap();
    let lines = YEAR.iter().flat_map(|stage| stage.facts.lines());
    for line in lines.take_while(|line| !line.starts_with("2015-12")) {
        teller.tell(line).await;
    }
    let steps = [
        // Nothing lies before the period that began in December 2014.
        ("2015-11-30T23:59:59Z", [(8_250, 0), (6_500, 0), (2_710, 0), (2_100, 0)]),
        ("2015-12-01T00:00:00Z", [(500, 7_750), (6_500, 0), (0, 2_710), (1_500, 600)]),
        ("2016-05-31T22:59:59Z", [(500, 7_750), (6_500, 0), (0, 2_710), (1_500, 600)]),
        // Midnight in London.
        ("2016-05-31T23:00:00Z", [(0, 8_250), (0, 6_500), (0, 2_710), (0, 2_100)]),
    ];
    for (now, expected) in steps {
        live.clock.set(now);
        sweeper::sweep_all(&live.ledger).await.unwrap();
        let mut has = Vec::new();
        for member in ["ada", "ben", "cleo", "dan"] {
            let balance = teller.has(member).await;
            has.push((balance.available_points, balance.expired_points));
        }
        assert_eq!(has, expected, "{now}");
    }
}
