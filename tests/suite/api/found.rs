//! What is found without its name: members, their balances, open holds, versions of the rules.

use goodturn::pb;

use crate::support::clients::{kudos, record};
use crate::support::members::suspended;
use crate::support::refused::refused;
use crate::support::served::Served;
use crate::support::till::{hold, release};

const NOW: &str = "2018-04-02T00:00:00Z";
const WHEN: &str = "2018-04-01T00:00:00Z";

/// A server with members `ann`, `ben`, `ben-2`, `benny` and `cleo`, who have a point each.
async fn served() -> Served {
    let served = Served::at(NOW).await;
    for member in ["cleo", "benny", "ben", "ann", "ben-2"] {
        served.clients.ledger().record_activity(record(kudos(&format!("a-{member}"), member, WHEN))).await.unwrap();
    }
    served
}

#[tokio::test]
async fn members_are_listed_by_what_their_ids_begin_with_page_by_page() {
    let served = served().await;
    suspended(&served.clients, "ben", "s1").await;
    let clients = served.clients.by("anna");
    for (prefix, page_size, expected) in [
        ("", 0, &["ann", "ben", "ben-2", "benny", "cleo"][..]),
        ("", 2, &["ann", "ben", "ben-2", "benny", "cleo"]),
        ("ben", 1, &["ben", "ben-2", "benny"]),
        ("ben", 2, &["ben", "ben-2", "benny"]),
        ("be", 0, &["ben", "ben-2", "benny"]),
        ("cleo", 1, &["cleo"]),
        ("d", 0, &[]),
        ("ann-", 3, &[]),
    ] {
        let (mut ids, mut token) = (Vec::new(), String::new());
        loop {
            let parent = "programs/qc".to_owned();
            let asked = pb::ListMembersRequest { parent, id_prefix: prefix.into(), page_size, page_token: token };
            let page = clients.members().list_members(asked).await.unwrap().into_inner();
            assert!(page_size == 0 || page.members.len() <= usize::try_from(page_size).unwrap());
            for listed in page.members {
                let name = pb::GetMemberRequest { name: listed.name.clone() };
                assert_eq!(listed, clients.members().get_member(name).await.unwrap().into_inner());
                ids.push(listed.name.rsplit('/').next().unwrap().to_owned());
            }
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(ids, expected, "{prefix:?}, {page_size} a page");
    }
    let wrong = pb::ListMembersRequest { parent: "programs/qc".into(), id_prefix: "a/b".into(), ..Default::default() };
    refused(&served.clients, clients.members().list_members(wrong)).await.breaks(&["id_prefix"]);
}

#[tokio::test]
async fn balances_of_several_members_come_in_the_order_asked_for() {
    let served = served().await;
    let name = |member: &str| format!("programs/qc/members/{member}");
    let asked =
        |names: Vec<String>, min_seq| pb::BatchGetBalancesRequest { parent: "programs/qc".into(), names, min_seq };
    let ledger = || served.clients.ledger();
    let names = vec![name("cleo"), name("nobody"), name("ann"), name("cleo")];
    let told = ledger().batch_get_balances(asked(names, 7)).await.unwrap().into_inner().balances;
    let points: Vec<_> = told.iter().map(|balance| (balance.member_id.as_str(), balance.available_points)).collect();
    assert_eq!(points, [("cleo", 1), ("nobody", 0), ("ann", 1), ("cleo", 1)]);
    let one =
        ledger().get_balance(pb::GetBalanceRequest { name: name("cleo"), min_seq: 0 }).await.unwrap().into_inner();
    assert_eq!(told[0], one);
    for (names, field) in [
        (Vec::new(), "names"),
        (vec![name("ann"); 101], "names"),
        (vec![name("ann"), "programs/other/members/ann".into()], "names[1]"),
        (vec!["ann".into()], "names[0]"),
    ] {
        refused(&served.clients, ledger().batch_get_balances(asked(names, 0))).await.breaks(&[field]);
    }
    let ahead = ledger().batch_get_balances(asked(vec![name("ann")], 99)).await.unwrap_err();
    assert_eq!(ahead.code(), tonic::Code::OutOfRange, "{ahead:?}");
}

#[tokio::test]
async fn open_holds_of_a_member_are_listed_until_they_end() {
    let served = served().await;
    for number in 0..3 {
        let point = kudos(&format!("more-{number}"), "ben", WHEN);
        served.clients.ledger().record_activity(record(point)).await.unwrap();
    }
    let until = "2018-04-03T00:00:00Z";
    for id in ["h1", "h2", "h3"] {
        served.clients.till().create_hold(hold(id, "ben", 1, until)).await.unwrap();
    }
    served.clients.till().release_hold(release("h2")).await.unwrap();
    let listed = async |member: &str| {
        let asked = pb::ListHoldsRequest { parent: format!("programs/qc/members/{member}") };
        served.clients.till().list_holds(asked).await.unwrap().into_inner().holds
    };
    let holds = listed("ben").await;
    let names: Vec<_> = holds.iter().map(|hold| hold.name.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["h1", "h3"]);
    let one = pb::GetHoldRequest { name: holds[0].name.clone() };
    assert_eq!(holds[0], served.clients.till().get_hold(one).await.unwrap().into_inner());
    assert_eq!(listed("cleo").await, []);
}

#[tokio::test]
async fn versions_of_the_rules_are_listed_the_first_one_first() {
    let served = served().await;
    let parent = "programs/qc".to_owned();
    let asked = pb::ListRuleSetsRequest { parent, page_size: 1, page_token: String::new() };
    let page = served.clients.programs().list_rule_sets(asked).await.unwrap().into_inner();
    let one = pb::GetRuleSetRequest { name: "programs/qc/ruleSets/1".into() };
    assert_eq!(page.rule_sets, [served.clients.programs().get_rule_set(one).await.unwrap().into_inner()]);
    assert_eq!(page.next_page_token, "");
}
