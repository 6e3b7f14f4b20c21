//! `ListFlags` and `goodturn flags`: flags of a server, from a community made up and from a real one.

use goodturn::pb;
use goodturn::pb::FlagKind;
use tonic::Code;

use crate::support::clients::{Clients, TestServer, activity, kudos, record, record_all};
use crate::support::community::{ACTIVITIES, DECLINED, MEMBERS, activities};
use crate::support::payouts::day;
use crate::support::process::goodturn;
use crate::support::refused::refused;
use crate::support::reversals::fraud;

fn asked() -> pb::ListFlagsRequest {
    pb::ListFlagsRequest { parent: "programs/qc".into(), ..Default::default() }
}

async fn list(clients: &Clients, request: pb::ListFlagsRequest) -> pb::ListFlagsResponse {
    clients.audit().list_flags(request).await.unwrap().into_inner()
}

/// So many accepted answers of each of two members, by the other.
fn exchange(one: &str, other: &str, each: usize) -> Vec<pb::Activity> {
    let accepted = |n: usize, of: &str, by: &str| pb::Activity {
        counterparty_id: by.into(),
        ..activity(&format!("{of}-{n}"), "answer_accepted", of, &format!("2018-04-{:02}T12:00:00Z", n + 1))
    };
    (0..each).flat_map(|n| [accepted(n, one, other), accepted(n, other, one)]).collect()
}

#[tokio::test]
async fn pages_of_flags_join_as_of_the_first_whatever_is_recorded_meanwhile() {
    // INV 27, 29
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let pairs = [("ann", "ben", 7), ("cleo", "dora", 6), ("emil", "fay", 5)];
    record_all(clients, pairs.iter().flat_map(|&(one, other, each)| exchange(one, other, each)).collect()).await;
    let whole = list(clients, asked()).await;
    let told: Vec<(Vec<String>, i64, i64)> =
        whole.flags.iter().map(|flag| (flag.member_ids.clone(), flag.points, flag.total_entries)).collect();
    let expected = pairs.map(|(one, other, each)| {
        let each = i64::try_from(each).unwrap();
        (vec![one.to_owned(), other.to_owned()], 200 * each, 2 * each)
    });
    assert_eq!(told, expected);
    assert!(whole.flags.iter().all(|flag| flag.kind() == FlagKind::ReciprocalAccepts));
    assert_eq!((whole.total_flags, whole.next_page_token.as_str()), (3, ""));
    assert_eq!(whole.seen.map(|seen| (seen.activities, seen.members, seen.mutual_pairs)), Some((36, 6, 3)));

    let one_a_page = pb::ListFlagsRequest { page_size: 1, ..asked() };
    let mut page = list(clients, one_a_page.clone()).await;
    let mut joined = page.flags.clone();
    let later = [exchange("gus", "hal", 8), exchange("ida", "jo", 5)].concat();
    record_all(clients, later).await;
    clients.ledger().reverse_activity(fraud("fay-0", "r1")).await.unwrap();
    while !page.next_page_token.is_empty() {
        let next = pb::ListFlagsRequest { page_token: page.next_page_token, ..one_a_page.clone() };
        page = list(clients, next).await;
        assert_eq!((page.seq, page.total_flags, page.flags.len()), (whole.seq, 3, 1));
        joined.extend(page.flags);
    }
    assert_eq!(joined, whole.flags);
    let now = list(clients, asked()).await;
    let members: Vec<&str> = now.flags.iter().map(|flag| flag.member_ids[0].as_str()).collect();
    assert_eq!(members, ["gus", "ann", "cleo", "ida"], "emil and fay have four left one way");
}

#[tokio::test]
async fn a_search_of_bad_form_is_refused_with_everything_that_is_wrong() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    let bad = pb::ListFlagsRequest {
        parent: "programs/".into(),
        first_day: day(2018, 2, 30),
        page_size: 1_001,
        ..Default::default()
    };
    refused(clients, clients.audit().list_flags(bad)).await.breaks(&["parent", "first_day", "page_size"]);
    let backwards = pb::ListFlagsRequest { first_day: day(2018, 4, 2), last_day: day(2018, 4, 1), ..asked() };
    refused(clients, clients.audit().list_flags(backwards)).await.breaks(&["last_day"]);

    let pairs = [exchange("ann", "ben", 5), exchange("cleo", "dora", 5)].concat();
    record_all(clients, pairs).await;
    let token = list(clients, pb::ListFlagsRequest { page_size: 1, ..asked() }).await.next_page_token;
    let of_other_days = pb::ListFlagsRequest { page_token: token, first_day: day(2018, 4, 1), ..asked() };
    let told = refused(clients, clients.audit().list_flags(of_other_days)).await;
    told.because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_prints_sentences_or_json() {
    let server = TestServer::with_program().await;
    let clients = &server.clients;
    record_all(clients, exchange("ann", "ben", 11)).await;
    clients.ledger().record_activity(record(kudos("k", "cleo", "2018-04-01T00:00:00Z"))).await.unwrap();
    let address = server.running.address.to_string();
    let run = |more: &[&str]| {
        goodturn(server.folder.path(), &[&["flags", "--program", "qc", "--server", &address], more].concat())
    };
    assert_eq!(run(&[]).done(), TEXT);
    let json: serde_json::Value = serde_json::from_str(&run(&["--json"]).done()).unwrap();
    assert_eq!(json["flags"][0]["kind"], "FLAG_KIND_RECIPROCAL_ACCEPTS");
    assert_eq!(json["flags"][0]["seqs"].as_array().unwrap().len(), 20);
    assert_eq!((&json["flags"][0]["total_entries"], &json["total_flags"]), (&22.into(), &1.into()));
    assert_eq!((&json["thresholds"]["burst_activities"], &json["seen"]["members"]), (&20.into(), &3.into()));
    let none = run(&["--from", "2018-04-01", "--to", "2018-04-04"]).done();
    assert!(none.starts_with("0 flags up to #25. Looked at: activities 9, members 3,"), "{none}");
    let wrong = run(&["--from", "2018-04-02", "--to", "2018-04-01"]).refused();
    assert!(wrong.contains("cannot list flags") && wrong.contains("is before the first"), "{wrong}");
    let nobody =
        goodturn(server.folder.path(), &["flags", "--program", "qc", "--server", "http://127.0.0.1:1"]).refused();
    assert!(nobody.contains("no server answers at http://127.0.0.1:1"), "{nobody}");
}

const TEXT: &str = "\
reciprocal accepts: ann and ben earn from each other: 11 activities of ann rest on acts of ben and brought 1100 of ann's 1100 \
points; 11 of ben rest on acts of ann and brought 1100 of ben's 1100.
  rests on #3 #4 #5 #6 #7 #8 #9 #10 #11 #12 #13 #14 #15 #16 #17 #18 #19 #20 #21 #22 and 2 more

1 flag up to #25. Looked at: activities 23, members 3, days of members with points 23, pairs who earn from each other 1, \
recruiters 0.

What is looked for
  reciprocal accepts  at least 5 activities each way, and 50 % of what one of the two earned
  burst               more than 10 times the median day with points, by at least 20 activities
  referral ring       members who recruited each other in a circle of at most 6
  idle recruits       at least 10 recruits, none of whom earned anything within 30 days
  write offs          points written off by at least 3 acts
  refunds exceed      more money refunded than was paid

A flag is a reason to look, not a verdict: nothing follows from it by itself.
";

/// What a real community gives: nobody in it is known to have cheated, so these are what honest members look like.
#[tokio::test]
async fn six_days_of_four_members_of_the_real_community_are_flagged_and_no_pair() {
    let server = TestServer::with_program().await;
    record_all(&server.clients, activities()).await;
    let found = list(&server.clients, asked()).await;
    let seen = found.seen.unwrap();
    let standing = i64::try_from(ACTIVITIES - DECLINED).unwrap();
    assert_eq!((seen.activities, seen.members), (standing, i64::try_from(MEMBERS).unwrap()));
    assert_eq!((seen.active_days, seen.mutual_pairs, seen.recruiters), (3_807, 2, 0), "n of each kind of flag");
    assert!(found.flags.iter().all(|flag| flag.kind() == FlagKind::Burst));
    let told: Vec<(&str, i64, i64)> =
        found.flags.iter().map(|flag| (flag.member_ids[0].as_str(), flag.points, flag.total_entries)).collect();
    let expected = [
        ("user-409", 329, 32),
        ("user-409", 220, 22),
        ("user-409", 128, 29),
        ("user-55", 121, 22),
        ("user-7", 27, 27),
        ("user-769", 24, 24),
    ];
    assert_eq!(told, expected, "counted from the file by other means");
}
