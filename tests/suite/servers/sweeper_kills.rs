//! What falls due is posted once, while the servers that post it are killed.

use std::collections::BTreeMap;
use std::time::Duration;

use goodturn::ledger::clock::{Clock as _, Stopwatch, SystemClock};
use goodturn::pb;
use goodturn::pb::rule::Wait;

use crate::support::clients::{Clients, activity, at, qc};
use crate::support::postgres::shared;
use crate::support::process::ServeProcess;
use crate::support::reads::verified;
use crate::support::stage::rule;

/// Activities whose points vest while the servers die.
const ITEMS: usize = 2_000;

/// They vest within so many seconds, the first some seconds from the start.
const SPREAD_S: i64 = 12;
const AHEAD_S: i64 = 4;

/// Longest life of a server: long enough to sweep once or twice.
const LIFE: Duration = Duration::from_millis(1_300);

const PATIENCE: Duration = Duration::from_mins(2);

fn vests() -> pb::PublishRuleSetRequest {
    let rule_set = pb::RuleSet {
        name: "programs/qc/ruleSets/1".into(),
        in_force_from: Some(at("2018-03-12T00:00:00Z")),
        rules: vec![pb::Rule { wait: Some(Wait::VestAfterDays(1)), ..rule("orders", "order", 1) }],
        ..Default::default()
    };
    pb::PublishRuleSetRequest { rule_set: Some(rule_set) }
}

/// Records what vests soon.
async fn record(clients: &Clients) {
    let begin = SystemClock.now().plus((AHEAD_S - 86_400) * 1_000_000);
    for chunk in (0..ITEMS).collect::<Vec<_>>().chunks(500) {
        let activities = chunk.iter().map(|&n| {
            let later = i64::try_from(n).unwrap() * SPREAD_S * 1_000_000 / i64::try_from(ITEMS).unwrap();
            activity(&format!("o{n}"), "order", &format!("m{}", n % 50), &begin.plus(later).to_rfc3339())
        });
        let parent = "programs/qc".into();
        let batch = pb::BatchRecordActivitiesRequest { parent, activities: activities.collect(), ..Default::default() };
        clients.ledger().batch_record_activities(batch).await.unwrap();
    }
}

/// How often each activity was settled, by the entry that recorded it.
async fn settled(clients: &Clients) -> BTreeMap<i64, usize> {
    let mut times = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let request =
            pb::ListEntriesRequest { parent: "programs/qc".into(), page_size: 1_000, page_token, ..Default::default() };
        let page = clients.ledger().list_entries(request).await.unwrap().into_inner();
        for entry in page.entries.iter().filter(|entry| entry.kind == "wait_ended") {
            *times.entry(entry.refers_seq).or_default() += 1;
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return times;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_due_item_is_posted_once_while_two_servers_are_killed_in_turns() {
    // INV 1, 3, 14
    let url = shared().create_database();
    let mut servers = [ServeProcess::start(&url), ServeProcess::start(&url)].map(Some);
    let clients = Clients::connect(servers[0].as_ref().unwrap().address).await;
    clients.programs().create_program(qc()).await.unwrap();
    clients.programs().publish_rule_set(vests()).await.unwrap();
    record(&clients).await;
    let (watch, mut kills) = (Stopwatch::start(), 0);
    let clients = loop {
        assert!(watch.elapsed() < PATIENCE, "{kills} kills, and not all is posted");
        tokio::time::sleep(LIFE / 2).await;
        let place = &mut servers[kills % 2];
        place.take().unwrap().kill();
        kills += 1;
        *place = Some(ServeProcess::start(&url));
        let clients = Clients::connect(place.as_ref().unwrap().address).await;
        if settled(&clients).await.len() == ITEMS {
            break clients;
        }
    };
    assert!(kills >= 4, "{kills} kills are too few to meet a sweep");
    let settled = settled(&clients).await;
    let doubled = settled.values().filter(|&&times| times > 1).count();
    assert_eq!((settled.len(), doubled), (ITEMS, 0), "after {kills} kills");
    verified(&clients).await;
    let mut available = 0;
    for n in 0..50 {
        let name = format!("programs/qc/members/m{n}");
        let balance = clients.ledger().get_balance(pb::GetBalanceRequest { name, min_seq: 0 }).await.unwrap();
        available += balance.into_inner().available_points;
    }
    assert_eq!(available, i64::try_from(ITEMS).unwrap());
    println!("{ITEMS} due items, {kills} kills of two servers: each posted once");
}
