//! The year of `examples/giffgaff`, line by line, and who tells a ledger of it.

use std::sync::Arc;

use goodturn::domain::value::ids::ProgramId;
use goodturn::log::memory::MemoryLog;
use goodturn::pb;
use goodturn::pb::attribute_value::Value;
use goodturn::process::sweeper;

use super::clients::{Clients, TestServer, at, record};
use super::process::goodturn;
use super::served::Served;

/// A part of the year, and what each member has after it: points to use, and points that wait while it happens.
pub struct Stage {
    pub facts: &'static str,
    after: [(&'static str, i64, i64); 4],
}

/// A line of facts is a day or a time, what happened, to whom, and ids; a day means noon UTC. Lines are in the order in which
/// the ledger is told.
pub const YEAR: &[Stage] = &[
    // ada's recruits 1 to 14: 14 × 500 = 7,000.
    Stage {
        facts: "2015-01-10 recruit ada r1 r2 r3 r4 r5
                2015-02-10 recruit ada r6 r7 r8 r9 r10
                2015-03-01 recruit ada r11 r12 r13 r14",
        after: [("ada", 7_000, 0), ("ben", 0, 0), ("cleo", 0, 0), ("dan", 0, 0)],
    },
    // March in the community: cleo 14 × 200 = 2,800 for answers + 10 × 10 = 100 for kudos = 2,900. dan 1 × 200.
    Stage {
        facts: "2015-03-02 answer cleo q1 q2 q3 q4 q5 q6 q7
                2015-03-03 answer cleo q8 q9 q10 q11 q12 q13 q14
                2015-03-04 kudos cleo k1 k2 k3 k4 k5 k6 k7 k8 k9 k10
                2015-03-05 answer dan q20",
        after: [("ada", 7_000, 0), ("ben", 0, 0), ("cleo", 2_900, 0), ("dan", 200, 0)],
    },
    // Over the ceiling: another answer and 20 more kudos bring 2,900 + 200 + 200 = 3,300; 3,000 pass.
    // ada's 15th recruit is the last that pays: 15 × 500 = 7,500.
    Stage {
        facts: "2015-03-20 answer cleo q15
                2015-03-20 kudos cleo k11 k12 k13 k14 k15 k16 k17 k18 k19 k20
                2015-03-21 kudos cleo k21 k22 k23 k24 k25 k26 k27 k28 k29 k30
                2015-03-22 recruit ada r15",
        after: [("ada", 7_500, 0), ("ben", 0, 0), ("cleo", 3_000, 0), ("dan", 200, 0)],
    },
    // The 16th and the 17th recruit earn nothing: 17 × 500 = 8,500, of which 7,500 pass.
    // Room in the next month: 23:30 UTC on 31 March is half past midnight on 1 April in London: 3,000 + 10.
    Stage {
        facts: "2015-03-31T23:30:00Z kudos cleo k31
                2015-04-01 recruit ada r16
                2015-04-02 recruit ada r17",
        after: [("ada", 7_500, 0), ("ben", 0, 0), ("cleo", 3_010, 0), ("dan", 200, 0)],
    },
    // Un-accepted after March was full: of q1's 200, what was cut before fills all in, 3,300 − 200 = 3,100, still 3,000. Of q3's
    // only 100: 3,100 − 200 = 2,900. So cleo has 2,900 + 10 of April.
    // q1 is accepted anew, from dan: 200 + 200 = 400. It counts in April.
    Stage {
        facts: "2015-04-03 unaccept cleo q1
                2015-04-03 unaccept cleo q3
                2015-04-04 answer dan q1",
        after: [("ada", 7_500, 0), ("ben", 0, 0), ("cleo", 2_910, 0), ("dan", 400, 0)],
    },
    // q2 goes over from cleo to dan: March has 2,900 − 200 = 2,700, cleo 2,710; dan 400 + 200 = 600.
    Stage {
        facts: "2015-04-05 answer dan q2",
        after: [("ada", 7_500, 0), ("ben", 0, 0), ("cleo", 2_710, 0), ("dan", 600, 0)],
    },
    // Top-ups of the 15th recruit, who was paid for, bring nothing. Of the 16th, the 2nd and the 3rd bring 250 each, the 1st and
    // the 4th nothing; the 2nd, reported once more under another id, takes 250 and brings 250. 7,500 + 500 = 8,000.
    Stage {
        facts: "2015-04-10 top_up ada r15 1
                2015-04-12 top_up ada r16 1
                2015-05-10 top_up ada r15 2
                2015-05-12 top_up ada r16 2
                2015-05-12 top_up ada r16 2 again
                2015-06-10 top_up ada r15 3
                2015-06-12 top_up ada r16 3
                2015-07-10 top_up ada r15 4
                2015-07-12 top_up ada r16 4",
        after: [("ada", 8_000, 0), ("ben", 0, 0), ("cleo", 2_710, 0), ("dan", 600, 0)],
    },
    // The 17th recruit, of 2 April: 28 + 31 + 30 + 31 = 120 days later it is 31 July, to the minute. One day later is too late.
    // 8,000 + 250 = 8,250.
    Stage {
        facts: "2015-04-20 top_up ada r17 1
                2015-07-31 top_up ada r17 2
                2015-08-01 top_up ada r17 3",
        after: [("ada", 8_250, 0), ("ben", 0, 0), ("cleo", 2_710, 0), ("dan", 600, 0)],
    },
    // Double payback begins at midnight in London, which is 23:00 UTC: f0 comes a second too early. ben: 6 × 500 = 3,000 for
    // six recruits, and of five friends 5 × 500 = 2,500 wait. dan: 600 + 2 × 500 = 1,600, and 2 × 500 = 1,000 wait.
    Stage {
        facts: "2015-08-31T22:59:59Z recruit ben f0
                2015-08-31T23:00:00Z recruit ben f1
                2015-09-10 recruit ben f2 f3
                2015-09-15 recruit dan g1
                2015-09-16 recruit dan g2
                2015-10-01 recruit ben f4 f5",
        after: [("ada", 8_250, 0), ("ben", 3_000, 2_500), ("cleo", 2_710, 0), ("dan", 1_600, 1_000)],
    },
    // Four friends use their phones: 4 × 500 = 2,000 are confirmed. f6 is in the promotion by a second, f7 out of it: two more
    // recruits, 8 × 500 = 4,000. ben has 4,000 + 2,000 = 6,000. Six friends would bring 3,000; five count, 2,500, of which
    // 2,500 − 2,000 = 500 wait.
    Stage {
        facts: "2015-10-05 use ben f1 f3 f4
                2015-10-06 use ben f5
                2015-10-31T23:59:59Z recruit ben f6
                2015-11-01T00:00:00Z recruit ben f7",
        after: [("ada", 8_250, 0), ("ben", 6_000, 500), ("cleo", 2_710, 0), ("dan", 1_600, 1_000)],
    },
    // f2 does not use the phone within 60 days: 20 of September, 31 of October, 9 November. f6 takes the fifth place:
    // 4,000 + 5 × 500 = 6,500, and nothing waits.
    Stage {
        facts: "2015-11-09T12:00:01Z settle ben f2
                2015-11-10 use ben f6",
        after: [("ada", 8_250, 0), ("ben", 6_500, 0), ("cleo", 2_710, 0), ("dan", 1_600, 1_000)],
    },
    // g1's 60 days end on 14 November at noon: 15 + 31 + 14. What waited ends unconfirmed, and a use dated two seconds later is too late.
    // g2 uses the phone in the last instant of its own, on 15 November: dan has 1,600 + 500 = 2,100.
    Stage {
        facts: "2015-11-14T12:00:01Z settle dan g1
                2015-11-14T12:00:02Z use dan g1
                2015-11-15 use dan g2",
        after: [("ada", 8_250, 0), ("ben", 6_500, 0), ("cleo", 2_710, 0), ("dan", 2_100, 0)],
    },
    // Recruit 3 was a fraud. 17 × 500 − 500 = 8,000 are still more than 7,500: the 16th fills the cap in its place.
    Stage {
        facts: "2015-12-01 fraud ada r3",
        after: [("ada", 8_250, 0), ("ben", 6_500, 0), ("cleo", 2_710, 0), ("dan", 2_100, 0)],
    },
    // Two more of ada's: 8,000 − 1,000 = 7,000, so 500 less than before: 8,250 − 500 = 7,750. ben's f1 takes 500 of the
    // activation and 500 of the promotion with it, for f2 ended unconfirmed and fills no place: 6,500 − 1,000 = 5,500.
    Stage {
        facts: "2015-12-02 fraud ada r4 r5
                2015-12-03 fraud ben f1",
        after: [("ada", 7_750, 0), ("ben", 5_500, 0), ("cleo", 2_710, 0), ("dan", 2_100, 0)],
    },
];

/// Who is told.
pub struct Teller {
    clients: Clients,
    /// The server whose clock stands at each fact's time, where the year is told as it happens.
    pub live: Option<Served>,
}

impl Teller {
    /// A ledger that is told as it happens.
    pub async fn live() -> Self {
        let served = Served::empty(Arc::new(MemoryLog::default()), "2015-01-01T00:00:00Z").await;
        let address = served.address.to_string();
        let teller = Self { clients: served.clients.clone(), live: Some(served) };
        teller.set_up(&address).await;
        teller
    }

    /// A ledger that is told years later.
    pub async fn afterwards() -> (TestServer, Self) {
        let server = TestServer::start().await;
        let teller = Self { clients: server.clients.clone(), live: None };
        teller.set_up(&server.running.address.to_string()).await;
        (server, teller)
    }

    /// Creates the programme, and publishes the example's rules as an operator does.
    async fn set_up(&self, address: &str) {
        let program = pb::Program {
            currency_code: "GBP".into(),
            time_zone: "Europe/London".into(),
            debt_limit_points: Some(1_000),
            ..Default::default()
        };
        let request =
            pb::CreateProgramRequest { program_id: "giffgaff".into(), program: Some(program), ..Default::default() };
        self.clients.programs().create_program(request).await.unwrap();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let server = format!("http://{address}");
        let args = ["rules", "publish", "examples/giffgaff/rules.toml", "--server", &server, "--program", "giffgaff"];
        assert!(goodturn(root, &args).done().starts_with("programs/giffgaff/ruleSets/1\n"));
    }

    pub async fn tell(&self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [day, what, member, ids @ ..] = &words[..] else { panic!("{line}") };
        let when = if day.contains('T') { (*day).to_owned() } else { format!("{day}T12:00:00Z") };
        if let Some(live) = &self.live {
            live.clock.set(&when);
        }
        match *what {
            "top_up" => self.record(top_up(member, ids, &when)).await,
            "recruit" | "answer" | "kudos" => {
                for id in ids {
                    self.record(activity(what, member, id, &when)).await;
                }
            }
            "use" => {
                for id in ids {
                    self.confirm(id, &when).await;
                }
            }
            "unaccept" => {
                for id in ids {
                    self.reverse(&name("forum", &format!("{member}-{id}")), pb::ReversalReason::Withdrawn, &when).await;
                }
            }
            "fraud" => {
                for id in ids {
                    self.reverse(&name("shop", id), pb::ReversalReason::Fraud, &when).await;
                }
            }
            "settle" => self.end_wait(ids[0]).await,
            _ => panic!("{line}"),
        }
    }

    async fn record(&self, activity: pb::Activity) {
        self.clients.ledger().record_activity(record(activity)).await.unwrap();
    }

    async fn confirm(&self, id: &str, when: &str) {
        let request = pb::ConfirmActivityRequest {
            name: name("shop", id),
            confirmation_id: format!("use-{id}"),
            occurred_at: Some(at(when)),
        };
        self.clients.ledger().confirm_activity(request).await.unwrap();
    }

    async fn reverse(&self, name: &str, reason: pb::ReversalReason, when: &str) {
        let request = pb::ReverseActivityRequest {
            name: name.into(),
            reversal_id: format!("back-{}", name.rsplit('/').next().unwrap()),
            reason: reason.into(),
            occurred_at: Some(at(when)),
            note: String::new(),
        };
        self.clients.ledger().reverse_activity(request).await.unwrap();
    }

    /// The ledger's own act when a waiting time is over. Afterwards there is nothing of the kind: they were over from the start.
    async fn end_wait(&self, id: &str) {
        let Some(live) = &self.live else { return };
        let program = ProgramId::parse("giffgaff").unwrap();
        let program = live.ledger.program(&program).await.unwrap().unwrap();
        assert_eq!(sweeper::sweep(&live.ledger, &program).await.unwrap().posted, 1, "{id}, and nothing else");
    }

    /// What a member can use, and what waits.
    pub async fn balance(&self, member: &str) -> (i64, i64) {
        let balance = self.has(member).await;
        assert_eq!(balance.written_off_points, 0);
        (balance.available_points, balance.pending_points)
    }

    pub async fn has(&self, member: &str) -> pb::Balance {
        let request = pb::GetBalanceRequest { name: format!("programs/giffgaff/members/{member}"), min_seq: 0 };
        self.clients.ledger().get_balance(request).await.unwrap().into_inner()
    }

    /// Tells the year, and compares every member after each stage.
    pub async fn tell_the_year(&self) {
        for (number, stage) in YEAR.iter().enumerate() {
            for line in stage.facts.lines() {
                self.tell(line).await;
            }
            let mut has = Vec::new();
            for (member, _, _) in stage.after {
                let (available, pending) = self.balance(member).await;
                has.push((member, available, pending));
            }
            let waits = |pending: i64| if self.live.is_some() { pending } else { 0 };
            let expected = stage.after.map(|(member, available, pending)| (member, available, waits(pending)));
            assert_eq!(has, expected, "after stage {}:\n{}", number + 1, stage.facts);
        }
        let request = pb::VerifyProgramRequest { name: "programs/giffgaff".into() };
        assert_eq!(self.clients.audit().verify_program(request).await.unwrap().into_inner().findings, []);
    }
}

fn name(source: &str, id: &str) -> String {
    format!("programs/giffgaff/sources/{source}/activities/{id}")
}

fn activity(what: &str, member: &str, id: &str, when: &str) -> pb::Activity {
    let common = pb::Activity { member_id: member.into(), occurred_at: Some(at(when)), ..Default::default() };
    match what {
        "recruit" => pb::Activity {
            name: name("shop", id),
            kind: "recruit_activated".into(),
            counterparty_id: id.into(),
            ..common
        },
        "answer" => pb::Activity {
            name: name("forum", &format!("{member}-{id}")),
            kind: "answer_accepted".into(),
            counterparty_id: format!("asker-{id}"),
            exclusive_key: id.into(),
            ..common
        },
        _ => pb::Activity {
            name: name("forum", id),
            kind: "kudos".into(),
            counterparty_id: format!("reader-{id}"),
            ..common
        },
    }
}

/// `r16 2`: the second top-up of the recruit r16, which follows the activation; `again` is a second report of it.
fn top_up(member: &str, ids: &[&str], when: &str) -> pb::Activity {
    let number = Value::Number(ids[1].parse().unwrap());
    pb::Activity {
        name: name("shop", &ids.join("-")),
        kind: "top_up".into(),
        member_id: member.into(),
        counterparty_id: ids[0].into(),
        attributes: [("top_up".to_owned(), pb::AttributeValue { value: Some(number) })].into(),
        occurred_at: Some(at(when)),
        exclusive_key: format!("{}:{}", ids[0], ids[1]),
        follows: ids[0].into(),
        ..Default::default()
    }
}
