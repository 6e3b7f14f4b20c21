//! A history of members' money that is played: a server and the model side by side, one act after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use goodturn::domain::value::bucket::{Bucket, Unit};
use goodturn::domain::value::time::Micros;
use goodturn::log::Log;
use goodturn::pb;
use goodturn::pb::{LotOutcome, LotState, PayoutMethod};
use tonic::Status;

use super::clients::{accepted, at, kudos, pounds, reason, record_all};
use super::members::{approved_merger, ban, merger, reinstatement, suspension};
use super::money::{approve_closing, choice, choosing, close, minor};
use super::money_histories::Step;
use super::money_terms::{Choice, Outcome, Place, Terms, Told, Totals};
use super::naive_money::{CHARITIES, ClosingIs, Is, Naive, Run};
use super::payouts::{approve, approving, create, declare_and_approve, execute, payout, statement};
use super::reads::balance;
use super::sample::{program, time};
use super::served::Served;

const BEGINS: &str = "2018-10-01T09:00:00Z";
/// Everything is earned within the period that is paid for.
const WHEN: &str = "2018-04-01T12:00:00Z";
const STATEMENT: &str = "programs/qc/savingsStatements/s";
const POOL: i64 = 12_000;

/// How often each act was answered in each way, and how often a closing decided what.
pub type Tally = BTreeMap<String, u32>;

/// A server, and the model beside it.
pub struct Played {
    pub naive: Naive,
    served: Served,
    names: Vec<String>,
    /// What a failure is repeated by.
    case: String,
    steps: Vec<Step>,
}

impl Drop for Played {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}: of {:?}, after these acts:", self.case, self.names);
            for (n, step) in self.steps.iter().enumerate() {
                println!("{n}: {step:?}");
            }
        }
    }
}

impl Played {
    pub async fn on(log: Arc<dyn Log>, case: String, members: usize) -> Self {
        let served = Served::on(log, BEGINS).await;
        declare_and_approve(&served.clients, "s", pounds(POOL)).await;
        let charities: [&str; CHARITIES] = ["relief", "water"];
        let names = (0..members).map(|n| format!("m{n}")).chain(charities.map(str::to_owned)).collect();
        Self { naive: Naive::at(time(BEGINS).get(), members, POOL), served, names, case, steps: Vec::new() }
    }

    /// Takes an act on both, and compares them.
    pub async fn take(&mut self, step: Step, tally: &mut Tally) {
        self.steps.push(step.clone());
        let said = self.ask(&step).await.map_err(|status| match reason(&status) {
            none if none.is_empty() => status.to_string(),
            reason => reason.replace("ERROR_REASON_", ""),
        });
        let expected = self.naive.take(&step);
        assert_eq!(said, expected.map_err(str::to_owned), "{step:?}");
        self.served.clock.set(&Micros::new(self.naive.now).unwrap().to_rfc3339());
        self.compare(&step).await;
        let text = format!("{step:?}");
        let kind = text.split('(').next().unwrap_or_default();
        *tally.entry(format!("{kind} {}", expected.err().unwrap_or("done"))).or_default() += 1;
        match step {
            Step::Close(run) | Step::RejectClosing(run) if said.is_ok() => self.compare_closing(run).await,
            Step::ApproveClosing(run) => {
                self.compare_closing(run).await;
                self.count(run, tally);
            }
            Step::Choose(who, _) if said.is_ok() => self.compare_choice(who).await,
            _ => {}
        }
    }

    async fn ask(&self, step: &Step) -> Result<(), Status> {
        let (clients, id) = (&self.served.clients, format!("x{}", self.steps.len()));
        let (name, run) = (|who: usize| self.names[who].as_str(), |n: usize| format!("programs/qc/payouts/r{n}"));
        let (anna, ben) = (clients.by("anna"), clients.by("ben"));
        match *step {
            Step::Wait(_) => Ok(()),
            Step::Earn(who, answers, count) => {
                let answers = (0..answers).map(|n| accepted(&format!("{id}-a{n}"), name(who), WHEN));
                let kudos = (0..count).map(|n| kudos(&format!("{id}-k{n}"), name(who), WHEN));
                record_all(clients, answers.chain(kudos).collect()).await;
                Ok(())
            }
            Step::Begin(ref terms) => self.begin(terms).await,
            Step::Approve(n) => approve(clients, &self.payout(n).await, "ben").await.map(drop),
            Step::Execute(n) => execute(clients, &run(n)).await.map(drop),
            Step::Cancel(n) => ben.payouts().cancel_payout(pb::CancelPayoutRequest { name: run(n) }).await.map(drop),
            Step::Reject(n) => {
                let request = pb::RejectPayoutRequest { name: run(n), note: "too early".into() };
                ben.payouts().reject_payout(request).await.map(drop)
            }
            Step::Choose(who, choice) => {
                let request = choosing(name(who), &id, choice.map(|choice| self.shown(choice)));
                clients.choices().set_payout_choice(request).await.map(drop)
            }
            Step::Suspend(who) => anna.members().suspend_member(suspension(name(who), &id)).await.map(drop),
            Step::Reinstate(who) => ben.members().reinstate_member(reinstatement(name(who), &id)).await.map(drop),
            Step::Ban(who) => anna.members().ban_member(ban(name(who), &id)).await.map(drop),
            Step::Merge(from, into) => {
                let request = merger(name(from), name(into), &id);
                let proposed = anna.members().merge_members(request).await?.into_inner().proposed_merger;
                if !proposed.is_empty() {
                    approved_merger(clients, "ben", &proposed).await;
                }
                Ok(())
            }
            Step::Correct(pool) => {
                let savings_statement = statement("s", pounds(pool)).savings_statement;
                let version = self.naive.version + 1;
                let request = pb::CorrectSavingsStatementRequest { savings_statement, version };
                anna.payouts().correct_savings_statement(request).await?;
                ben.payouts().approve_savings_statement(approving(clients, STATEMENT).await).await.map(drop)
            }
            Step::Close(n) => close(clients, &format!("r{n}")).await.map(drop),
            Step::ApproveClosing(n) => approve_closing(clients, &self.closing(n).await, "ben").await.map(drop),
            Step::RejectClosing(n) => {
                let content_digest = self.closing(n).await.content_digest;
                let request = pb::RejectClosingRequest { name: run(n), content_digest, note: "too early".into() };
                ben.choices().reject_closing(request).await.map(drop)
            }
        }
    }

    /// Begins a run of the next number, and brings the rows of its list.
    async fn begin(&self, terms: &Terms) -> Result<(), Status> {
        let mut anna = self.served.clients.by("anna").payouts();
        let id = format!("r{}", self.naive.runs.len());
        let choices = pb::ChoiceTerms {
            deadline: Some(at(&Micros::new(terms.deadline).unwrap().to_rfc3339())),
            default_choice: terms.without.map(|choice| self.shown(choice)),
            minimum_cash: (terms.minimum_cash > 0).then(|| pounds(terms.minimum_cash)),
            charity_ids: terms.charities.iter().map(|to| self.names[*to].clone()).collect(),
            match_rate: ["", "0.5", "1"][usize::try_from(terms.adds).unwrap()].into(),
            match_cap: (terms.cap > 0).then(|| pounds(terms.cap)),
            takes_carried: terms.takes_carried,
            ..Default::default()
        };
        let (choices, pool, savings_statement) = (Some(choices), Some(pounds(terms.pool)), STATEMENT.to_owned());
        let asked = pb::Payout { choices, pool, savings_statement, ..payout(&id) };
        let Some((rows, rest_to)) = &terms.list else { return anna.create_payout(create(asked)).await.map(drop) };
        let list = pb::PayoutList {
            row_count: i64::try_from(rows.len()).unwrap(),
            total_weight: rows.iter().map(|(_, weight)| weight).sum(),
            remainder_member_id: self.names[*rest_to].clone(),
        };
        let asked = pb::Payout { mode: pb::PayoutMode::List.into(), list: Some(list), ..asked };
        let name = anna.create_payout(create(asked)).await?.into_inner().name;
        let row = |(who, weight): &(usize, i64)| pb::ListRow { member_id: self.names[*who].clone(), weight: *weight };
        let request = pb::AddListRowsRequest { name, rows: rows.iter().map(row).collect(), ..Default::default() };
        anna.add_list_rows(request).await.map(drop)
    }

    async fn payout(&self, n: usize) -> pb::Payout {
        let request = pb::GetPayoutRequest { name: format!("programs/qc/payouts/r{n}") };
        self.served.clients.payouts().get_payout(request).await.unwrap().into_inner()
    }

    async fn closing(&self, n: usize) -> pb::Closing {
        let request = pb::GetClosingRequest { name: format!("programs/qc/payouts/r{n}") };
        self.served.clients.choices().get_closing(request).await.unwrap().into_inner()
    }

    fn index(&self, id: &str) -> usize {
        self.names.iter().position(|name| name == id).unwrap()
    }

    fn shown(&self, it: Choice) -> pb::Choice {
        match it {
            Choice::Credit => choice(PayoutMethod::Credit, ""),
            Choice::Cash => choice(PayoutMethod::Cash, ""),
            Choice::Charity(to) => choice(PayoutMethod::Charity, &self.names[to]),
        }
    }

    fn read(&self, it: &pb::Choice) -> Choice {
        match it.method() {
            PayoutMethod::Credit => Choice::Credit,
            PayoutMethod::Cash => Choice::Cash,
            PayoutMethod::Charity => Choice::Charity(self.index(&it.charity_id)),
            PayoutMethod::Unspecified => panic!("{it:?} is no choice"),
        }
    }

    fn told(&self, lot: &pb::Lot) -> Told {
        let run = lot.payout.strip_prefix("programs/qc/payouts/r").unwrap().parse().unwrap();
        let place = match lot.state() {
            LotState::Due => Place::Due,
            LotState::Carried => Place::Carried,
            LotState::Withheld => Place::Withheld,
            LotState::Lapsed => Place::Lapsed,
            LotState::Donated => Place::Donated,
            LotState::Drawn | LotState::Sent | LotState::Settled | LotState::Unspecified => {
                panic!("{lot:?} is nowhere")
            }
        };
        let choice = lot.choice.as_ref().map(|it| self.read(it));
        (run, self.index(&lot.granted_to), lot.source(), minor(lot.amount.as_ref()), place, choice, lot.carried_once)
    }

    fn totals(&self, it: Option<&pb::ClosingTotals>) -> Totals {
        let it = it.unwrap();
        let of = |total: &Option<pb::LotTotal>| total.as_ref().map(|it| (it.lots, minor(it.amount.as_ref()))).unwrap();
        let donated = it.donated.iter().map(|it| (self.index(&it.charity_id), (it.lots, minor(it.amount.as_ref()))));
        Totals { sums: [of(&it.credit), of(&it.cash), of(&it.carried), of(&it.lapsed)], donated: donated.collect() }
    }

    /// Every member has what the model says, and the statement too.
    async fn compare(&self, step: &Step) {
        let clients = &self.served.clients;
        let balances = futures::future::join_all(self.names.iter().map(|name| balance(clients, name))).await;
        for (who, it) in balances.iter().enumerate() {
            let at = format!("{} after {step:?}", self.names[who]);
            let sums = [&it.due, &it.carried, &it.withheld, &it.lapsed, &it.donated].map(|it| minor(it.as_ref()));
            let lots = it.lots.iter().map(|lot| self.told(lot)).collect();
            assert_eq!((sums, lots), self.naive.has(who), "{at}");
            let points = [it.available_points, it.reserved_points];
            assert_eq!(points, self.naive.points(who).unwrap_or(points), "{at}");
        }
        let request = pb::GetSavingsStatementRequest { name: STATEMENT.into() };
        let it = clients.payouts().get_savings_statement(request).await.unwrap().into_inner();
        let (taken, pool) = (minor(it.committed.as_ref()), minor(it.pool.as_ref()));
        assert_eq!((taken, pool), (self.naive.taken(), self.naive.pool), "after {step:?}");
        assert!(taken <= pool, "runs have taken more than was approved");
    }

    /// What was chosen counts for each payout whose deadline it was made by.
    async fn compare_choice(&self, who: usize) {
        let request = pb::GetPayoutChoiceRequest { name: format!("programs/qc/members/{}", self.names[who]) };
        let it = self.served.clients.choices().get_payout_choice(request).await.unwrap().into_inner();
        let shown = it.runs.into_iter().map(|run| (run.payout, run.choice.map(|it| self.read(&it)), run.passed));
        let of = |(n, run): (usize, &Run)| {
            let deadline = run.terms.deadline;
            (format!("programs/qc/payouts/r{n}"), self.naive.chosen(who, deadline), deadline < self.naive.now)
        };
        assert_eq!(shown.collect::<Vec<_>>(), self.naive.open().map(of).collect::<Vec<_>>(), "{}", self.names[who]);
    }

    async fn compare_closing(&self, n: usize) {
        let it = self.closing(n).await;
        let run = &self.naive.runs[n];
        let closing = run.closing.as_ref().unwrap();
        let (state, totals) = match closing.is {
            ClosingIs::Draft => (pb::ClosingState::Draft, &closing.planned),
            ClosingIs::Rejected => (pb::ClosingState::Rejected, &closing.planned),
            ClosingIs::Closed => (pb::ClosingState::Closed, &closing.decided),
        };
        assert_eq!(it.state(), state, "r{n}");
        assert_eq!(self.totals(it.planned.as_ref()), closing.planned, "what was signed of r{n}");
        assert_eq!(self.totals(it.decided.as_ref()), closing.decided, "what was decided of r{n}");
        let added = it.matched.iter().map(|it| (self.index(&it.charity_id), minor(it.amount.as_ref())));
        assert_eq!(added.collect::<BTreeMap<_, _>>(), run.terms.added(totals), "what is added to donations of r{n}");
        if closing.is != ClosingIs::Rejected {
            assert_eq!(self.lines(n).await, *totals, "the lines of r{n}");
        }
    }

    /// The sums of the lines of a closing.
    async fn lines(&self, n: usize) -> Totals {
        let parent = format!("programs/qc/payouts/r{n}");
        let request = pb::ListClosingLinesRequest { parent, page_size: 1_000, ..Default::default() };
        let lines = self.served.clients.choices().list_closing_lines(request).await.unwrap().into_inner().lines;
        let mut totals = Totals::default();
        for line in &lines {
            let outcome = match line.outcome() {
                LotOutcome::Credit => Outcome::Due(Choice::Credit),
                LotOutcome::Cash => Outcome::Due(Choice::Cash),
                LotOutcome::BelowMinimum | LotOutcome::Withheld | LotOutcome::Moved => Outcome::Carried,
                LotOutcome::Unchosen => Outcome::CarriedOnce,
                LotOutcome::Lapsed => Outcome::Lapsed,
                LotOutcome::Donated => Outcome::Donated(self.index(&line.charity_id)),
                LotOutcome::Unspecified => panic!("{line:?} is not decided"),
            };
            totals.count(outcome, minor(line.amount.as_ref()));
        }
        totals
    }

    /// Counts what the closing of a run decided.
    fn count(&self, n: usize, tally: &mut Tally) {
        let run = &self.naive.runs[n];
        let closing = run.closing.as_ref().unwrap();
        let mut met = |what: &str, is_so: bool| *tally.entry(what.into()).or_default() += u32::from(is_so);
        for (what, (lots, _)) in ["credit", "cash", "carried", "lapsed"].into_iter().zip(closing.decided.sums) {
            met(what, lots > 0);
        }
        met("donated", !closing.decided.donated.is_empty());
        met("moved after it was signed", closing.decided != closing.planned);
        let added: i64 = run.terms.added(&closing.decided).values().sum();
        met("matched up to the cap", run.terms.cap > 0 && added == run.terms.cap);
    }

    /// Nothing is lost, buckets sum to nothing, only contra sides are left of merged members, and everything verifies.
    pub async fn ends(&self) {
        let mut granted = 0;
        for n in 0..self.naive.runs.len() {
            granted += minor(self.payout(n).await.granted.as_ref());
        }
        let has: i64 = (0..self.names.len()).map(|who| self.naive.has(who).0.iter().sum::<i64>()).sum();
        let of_charities = self.naive.given + self.naive.added;
        assert_eq!(granted + of_charities, has, "what was granted is what members have");
        let accounts = self.served.ledger.log().accounts(&program(), None, 1_000).await.unwrap();
        let (mut contra, mut given, mut donated) = (0, 0, 0);
        for account in &accounts {
            let get = |bucket| account.balances.get(bucket);
            for unit in [Unit::Points, Unit::Money] {
                let of_unit = Bucket::ALL.into_iter().filter(|bucket| bucket.unit() == unit);
                assert_eq!(of_unit.map(get).sum::<i64>(), 0, "{unit:?} of {}", account.member);
            }
            contra -= get(Bucket::Granted);
            (given, donated) = (given - get(Bucket::Given), donated + get(Bucket::Donated));
            let who = self.names.iter().position(|name| *name == account.member.to_string());
            if who.is_some_and(|who| matches!(self.naive.people[who].is, Is::Merged(_))) {
                let is_contra =
                    |bucket: &Bucket| matches!(bucket, Bucket::Granted | Bucket::Given | Bucket::MovedMoney);
                let mut left = Bucket::ALL.into_iter().filter(|it| it.unit() == Unit::Money && !is_contra(it));
                assert!(left.all(|bucket| get(bucket) == 0), "{} was merged", account.member);
            }
        }
        assert_eq!((contra, given), (granted + self.naive.added, donated), "charities get what members gave");
        self.served.verified().await;
    }
}
