//! The worked example of `examples/giffgaff`: a year of four members, with every balance computed by hand.
//!
//! The year is told twice. As it happens: the server's clock stands at each fact's own time, so promotions wait and their terms
//! end. And afterwards, by today's clock: every waiting time of 2015 is over when its activity is recorded, so nothing ever waits; what
//! is not confirmed ends unconfirmed at once, and a confirmation dated in time undoes that. The points a member can use are the same.

use crate::support::giffgaff::Teller;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giffgaffs_year_as_it_happens_gives_what_was_computed_by_hand() {
    // INV 42
    Teller::live().await.tell_the_year().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giffgaffs_year_told_afterwards_gives_the_same_points() {
    // INV 42
    let (server, teller) = Teller::afterwards().await;
    teller.tell_the_year().await;
    server.running.stop().await.unwrap();
}

/// Of a flood of kudos, ten an hour count and no more; the month goes on counting those that pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_kudos_counts_ten_an_hour() {
    // INV 41
    let teller = Teller::live().await;
    teller.tell("2015-05-05T12:59:59Z kudos cleo f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12").await;
    assert_eq!(teller.balance("cleo").await, (100, 0));
    teller.tell("2015-05-05T13:00:00Z kudos cleo f13 f14").await;
    assert_eq!(teller.balance("cleo").await, (120, 0));
}

/// The README of the example says what its rules cannot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_giffgaffs_rules_cannot_say_is_as_the_example_tells() {
    let teller = Teller::live().await;
    // Fifteen recruits: 7,500.
    teller.tell("2015-01-10 recruit ada r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15").await;
    assert_eq!(teller.balance("ada").await, (7_500, 0));
    // The 16th in the promotion brings its 500, and is past the recruits' own cap all the same: 250 for its top-up.
    teller.tell("2015-09-02 recruit ada r16").await;
    teller.tell("2015-09-03 use ada r16").await;
    teller.tell("2015-10-02 top_up ada r16 2").await;
    assert_eq!(teller.balance("ada").await, (8_250, 0));
    // Told afterwards, and in another order, it is the same.
    let (server, afterwards) = Teller::afterwards().await;
    afterwards.tell("2015-01-10 recruit ada r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15").await;
    for line in ["2015-09-02 recruit ada r16", "2015-10-02 top_up ada r16 2", "2015-09-03 use ada r16"] {
        afterwards.tell(line).await;
    }
    assert_eq!(afterwards.balance("ada").await, (8_250, 0));
    server.running.stop().await.unwrap();
    // The 17th after it: 250 for each of two top-ups. Reported again with a time past the 120 days, one follows nothing, and
    // takes nothing away.
    teller.tell("2015-11-02 recruit ada r17").await;
    teller.tell("2015-12-02 top_up ada r17 2").await;
    teller.tell("2015-12-03 top_up ada r17 3").await;
    assert_eq!(teller.balance("ada").await, (8_750, 0));
    teller.tell("2016-03-02 top_up ada r17 2 again").await;
    assert_eq!(teller.balance("ada").await, (8_750, 0));
    // A top-up that is reported before its activation follows nothing.
    teller.tell("2016-03-10 top_up ada r18 2").await;
    teller.tell("2016-03-03 recruit ada r18").await;
    assert_eq!(teller.balance("ada").await, (8_750, 0));
    // Four frauds among the first: 18 − 4 = 14 recruits, 7,000, so the 16th and 17th are paid for; their top-ups, 750, stay.
    teller.tell("2016-03-11 fraud ada r1 r2 r3 r4").await;
    assert_eq!(teller.balance("ada").await, (7_000 + 500 + 750, 0));
}
