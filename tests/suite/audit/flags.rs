//! Flags: what is evidence of abuse, and what is not, around every threshold.

use goodturn::domain::decide::command::Command;
use goodturn::domain::entry::told::Told;
use goodturn::domain::value::ids::MemberId;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::seq::Seq;
use goodturn::domain::value::window::Window;
use goodturn::flags::{Flag, Pattern};

use crate::support::flagged::{Looked, accepts, between, done, kudos, recruits, reversed};
use crate::support::sample::tell;

fn named(flag: &Flag) -> Vec<&str> {
    flag.members.iter().map(MemberId::as_str).collect()
}

fn pounds() -> Currency {
    Currency::from_code("GBP").unwrap()
}

#[tokio::test]
async fn two_who_accept_each_others_answers_are_flagged_from_five_each_way_on_and_while_they_stand() {
    let mut looked = Looked::at(&[accepts("ben", "ann", 5), accepts("ann", "ben", 4)].concat()).await;
    assert_eq!(looked.count().await, 0);
    looked.add(&[done("one", "kudos", "ann", "ben", "2018-04-02T12:00:00Z")]).await;
    let flags = looked.all().await;
    assert_eq!((flags.len(), flags[0].points, flags[0].entries), (1, 901, 10));
    assert_eq!(named(&flags[0]), ["ann", "ben"]);
    assert_eq!(flags[0].seqs, (3..13).map(|seq| Seq::new(seq).unwrap()).collect::<Vec<_>>());
    assert_eq!(
        flags[0].sentence(pounds()),
        "ann and ben earn from each other: 5 activities of ann rest on acts of ben and brought 401 of ann's 401 points; 5 of \
         ben rest on acts of ann and brought 500 of ben's 500."
    );
    let mut reversed_one = looked;
    reversed_one.add(&[reversed("benann3")]).await;
    assert_eq!(reversed_one.count().await, 0, "a reversed activity is no evidence");
}

#[tokio::test]
async fn two_who_earn_most_from_others_are_not_flagged() {
    let mut looked = Looked::at(&[accepts("ben", "ann", 5), accepts("ann", "ben", 5)].concat()).await;
    looked.add(&[accepts("ann", "cleo", 6), accepts("ben", "dora", 5)].concat()).await;
    assert_eq!(looked.count().await, 1, "500 of ben's 1,000");
    looked.add(&[done("one", "kudos", "ben", "dora", "2018-04-02T12:00:00Z")]).await;
    assert_eq!(looked.count().await, 0, "500 of ben's 1,001 and of ann's 1,100");
}

#[tokio::test]
async fn an_accept_that_another_took_the_place_of_and_ones_own_are_no_evidence() {
    let question = |id: &str, of: &str, by: &str, when: &str| done(id, "question", of, by, when);
    let both = |n: usize| {
        let at = "2018-04-01T12:00:00Z";
        [question(&format!("q{n}-a"), "ann", "ben", at), question(&format!("p{n}-b"), "ben", "ann", at)]
    };
    let mut looked = Looked::at(&(0..5).flat_map(both).collect::<Vec<_>>()).await;
    assert_eq!(looked.count().await, 1);
    looked.add(&[question("q0-later", "cleo", "ben", "2018-04-02T12:00:00Z")]).await;
    assert_eq!(looked.count().await, 0, "the fifth went to cleo");
    let own = Looked::at(&accepts("ann", "ann", 30)).await;
    assert_eq!(own.over(Window::all_time(), 1_000).await.seen.activities, 0);
    assert_eq!(own.count().await, 0);
}

#[tokio::test]
async fn a_day_of_more_than_ten_medians_and_twenty_activities_is_a_burst() {
    let usual: Vec<Command> = (1..6).flat_map(|n| kudos(&format!("2018-04-0{n}"), 9, 3)).collect();
    let mut looked = Looked::at(&usual).await;
    looked.add(&kudos("2018-05-01", 10, 30)).await;
    assert_eq!(looked.count().await, 0, "30 are not more than ten times 3");
    looked.add(&kudos("2018-05-01", 20, 1)).await;
    let flags = looked.all().await;
    assert_eq!((flags.len(), flags[0].points, flags[0].entries, flags[0].seqs.len()), (1, 31, 31, 20));
    assert_eq!(
        flags[0].sentence(pounds()),
        "ann earned 31 points on 2018-05-01 by 31 activities. The median of their 6 days with points is 3."
    );
    looked.add(&kudos("2018-05-01", 10, 40)[30..]).await;
    let flags = looked.all().await;
    assert_eq!(
        flags[0].sentence(pounds()),
        "ann earned 41 points on 2018-05-01 by 41 activities; 40 of them, with 40 points, in the hour from 10:00. The median of \
         their 6 days with points is 3."
    );
    assert_eq!(looked.over(between("2018-04-01", "2018-04-30"), 1_000).await.flags, []);
    assert_eq!(
        looked.over(between("2018-05-01", "2018-05-01"), 1_000).await.flags,
        [],
        "the only day is the usual one"
    );
    let hour =
        Looked::at(&[kudos("2018-04-01", 9, 3), kudos("2018-04-02", 9, 3), kudos("2018-04-03", 0, 31)].concat()).await;
    assert_eq!(
        hour.all().await[0].sentence(pounds()),
        "ann earned 31 points on 2018-04-03 by 31 activities, all in the hour from 00:00. The median of their 3 days with points is 3."
    );
    // Eleven answers are worth more than ten times the median, by fewer than twenty activities.
    let few =
        Looked::at(&[kudos("2018-04-01", 9, 3), kudos("2018-04-02", 9, 3), accepts("ann", "", 11)].concat()).await;
    assert_eq!(few.count().await, 0);
}

#[tokio::test]
async fn members_who_recruited_each_other_in_a_circle_are_flagged_up_to_six_of_them() {
    let mut looked =
        Looked::at(&recruits(&[("dora", "ann"), ("ann", "cleo"), ("cleo", "ben"), ("cleo", "emil")])).await;
    assert_eq!(looked.count().await, 0);
    looked.add(&recruits(&[("ben", "dora")])).await;
    let flags = looked.all().await;
    assert_eq!((flags.len(), flags[0].points, flags[0].entries), (1, 2_000, 4));
    assert_eq!(
        flags[0].sentence(pounds()),
        "dora recruited ann recruited cleo recruited ben recruited dora: recruited in a circle, for 2000 points."
    );
    looked.add(&[reversed("cleo.ben")]).await;
    assert_eq!(looked.count().await, 0, "one of them was taken back");

    let names = ["a", "b", "c", "d", "e", "f", "g"];
    for (length, flagged) in [(2, 1), (6, 1), (7, 0)] {
        let circle: Vec<_> = (0..length).map(|n| (names[n], names[(n + 1) % length])).collect();
        assert_eq!(Looked::at(&recruits(&circle)).await.count().await, flagged, "{length}");
    }
}

#[tokio::test]
async fn a_claim_that_another_holds_and_one_that_lapsed_make_no_circle() {
    let late = |of: &str, by: &str| done(&format!("{of}.{by}.late"), "recruit", of, by, "2018-04-02T12:00:00Z");
    let mut looked = Looked::at(&recruits(&[("ann", "ben"), ("cleo", "ann")])).await;
    looked.add(&[late("ben", "ann")]).await;
    assert_eq!(looked.count().await, 0, "cleo recruited ann");
    looked.add(&[reversed("cleo.ann")]).await;
    assert_eq!(looked.count().await, 1, "now it is ben who did");

    let trial = |of: &str, by: &str| done(&format!("{of}.{by}"), "trial", of, by, "2018-12-25T12:00:00Z");
    let mut looked = Looked::at(&[trial("ann", "ben"), trial("ben", "ann")]).await;
    assert_eq!(looked.all().await.iter().map(|flag| flag.points).collect::<Vec<_>>(), [100], "what waits counts");
    looked.add_at("2019-01-05T00:00:00Z", &[tell("s", "ann.ben", Told::WaitEnded, "2019-01-05T00:00:00Z")]).await;
    assert_eq!(looked.count().await, 0, "it was not confirmed");
}

/// Ann recruited so many on the first of a month.
fn recruited(count: usize, on: &str) -> Vec<Command> {
    let at = format!("{on}T12:00:00Z");
    (0..count).map(|n| done(&format!("ann-{on}-{n}"), "recruit", "ann", &format!("new{n:02}"), &at)).collect()
}

#[tokio::test]
async fn ten_recruits_of_whom_none_earned_anything_in_thirty_days_are_flagged() {
    assert_eq!(Looked::at(&recruited(9, "2018-04-01")).await.count().await, 0);
    let mut looked = Looked::at(&recruited(25, "2018-04-01")).await;
    let flags = looked.all().await;
    assert_eq!((flags.len(), flags[0].points, flags[0].entries), (1, 12_500, 25));
    assert_eq!((flags[0].members.len(), flags[0].seqs.len(), &flags[0].pattern), (21, 20, &Pattern::IdleRecruits));
    assert_eq!(
        flags[0].sentence(pounds()),
        "ann recruited 25 members for 12500 points, and none of them earned anything in the 30 days after."
    );
    looked.add(&[done("k1", "kudos", "new07", "", "2018-05-02T00:00:00Z")]).await;
    assert_eq!(looked.count().await, 1, "that is the 31st day after");
    looked.add(&[done("k2", "kudos", "new07", "", "2018-05-01T23:59:59Z")]).await;
    assert_eq!(looked.count().await, 0);
    assert_eq!(looked.over(between("2018-04-01", "2018-04-01"), 1_000).await.flags, [], "also after the period");
    looked.add(&[reversed("k2")]).await;
    assert_eq!(looked.count().await, 1, "what was taken back was not earned");
}

#[tokio::test]
async fn recruits_who_still_have_time_are_no_evidence() {
    let mut looked = Looked::at(&recruited(10, "2018-12-01")).await;
    assert_eq!(looked.count().await, 0, "the last entry is of the 30th day after");
    looked.add_at("2019-01-01T00:00:00Z", &[done("k", "kudos", "zoe", "", "2019-01-01T00:00:00Z")]).await;
    assert_eq!(looked.count().await, 1);
}
