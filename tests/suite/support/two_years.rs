//! Two years of a programme in which members earn, spend and are paid, and in which news of earlier months comes in
//! every month.

use goodturn::pb;
use goodturn::pb::FileFormat;
use goodturn::pb::PaymentOutcome as O;
use goodturn::pb::PayoutMethod::{Cash, Charity, Credit};

use super::adjustments::{adjusted, adjustment};
use super::clients::{Clients, activity, at as time_at, pounds, record};
use super::members::{merged, reinstated, suspended};
use super::money::{choice, choose, choose_until, closed, list_paid, over_list};
use super::payments::{payments, paypal, released, report, reported, set_payees};
use super::payouts::{approve, create, day, declare_and_approve, execute, payout};
use super::reversals::{restoration, withdrawn};
use super::served::Served;
use super::till::{capture, hold, redemption, redemption_name, refund};

/// The first month, and their number.
pub const FIRST: (i32, i32) = (2018, 4);
pub const MONTHS: usize = 24;

/// The month before, as `2018-04`.
pub fn month_before(year: i32, month: i32) -> String {
    if month == 1 { format!("{:04}-12", year - 1) } else { format!("{year:04}-{:02}", month - 1) }
}

const MEMBERS: usize = 12;

/// The tenth is found to be the eleventh, in the tenth month: until then everybody earns, and then one less.
fn member(n: usize) -> String {
    format!("m{n:02}")
}

/// A member who is nobody else, one of the first ten.
fn one_of_ten(round: usize) -> usize {
    round % 10
}

/// Those who earn in a month.
fn earners(round: usize) -> impl Iterator<Item = usize> {
    (0..MEMBERS).filter(move |n| *n != 10 || round <= 9)
}

/// What a month's late facts come to: points earned, and points taken back, for activities of earlier months.
pub type Late = (i64, i64);

/// The month after.
pub fn month_after((year, month): (i32, i32)) -> (i32, i32) {
    if month == 12 { (year + 1, 1) } else { (year, month + 1) }
}

pub fn text((year, month): (i32, i32)) -> String {
    format!("{year:04}-{month:02}")
}

/// Lives through all months. Returns what the late facts of each come to. `ended` is told each month once it is over.
pub async fn lived(served: &Served, mut ended: impl AsyncFnMut(&str)) -> Vec<(String, Late)> {
    let (mut month, mut late) = (FIRST, Vec::new());
    for round in 0..MONTHS {
        let name = text(month);
        late.push((name.clone(), live(served, round, &name).await));
        month = month_after(month);
        served.clock.set(&format!("{}-01T00:06:00Z", text(month)));
        ended(&name).await;
    }
    late
}

/// Lives through a month, and returns what its late facts come to.
async fn live(served: &Served, round: usize, month: &str) -> Late {
    let clients = &served.clients;
    let at = |day: usize| format!("{month}-{day:02}T12:00:00Z");
    served.clock.set(&at(3));
    for n in earners(round) {
        let it = activity(&format!("p{round}-{n}"), "promotion", &member(n), &at(2));
        clients.ledger().record_activity(record(it)).await.unwrap();
    }
    served.clock.set(&at(5));
    let mut late = (0, 0);
    if round > 0 {
        let before = month_before(month[..4].parse().unwrap(), month[5..].parse().unwrap());
        let it = activity(
            &format!("late{round}"),
            "promotion",
            &member(one_of_ten(round)),
            &format!("{before}-20T10:00:00Z"),
        );
        clients.ledger().record_activity(record(it)).await.unwrap();
        late.0 += 500;
        // An activity of the month before no longer stands, and one of them does again.
        let gone = format!("p{}-{}", round - 1, one_of_ten(round));
        let reversal =
            pb::ReverseActivityRequest { occurred_at: Some(time_at(&at(5))), ..withdrawn(&gone, &format!("r{round}")) };
        clients.ledger().reverse_activity(reversal).await.unwrap();
        late.1 += 500;
        if round.is_multiple_of(3) {
            clients.ledger().restore_activity(restoration(&gone, &format!("s{round}"), &at(5))).await.unwrap();
            late.0 += 500;
        }
    }
    served.clock.set(&at(8));
    spend(clients, round, &at(14)).await;
    if round % 6 == 5 {
        pay(served, round, month).await;
    }
    late
}

/// Points are spent, given back, adjusted, and members are shut out and merged.
async fn spend(clients: &Clients, round: usize, until: &str) {
    let shop = clients.by("shop");
    let buyer = member(one_of_ten(round + 1));
    shop.till().redeem_points(redemption(&format!("b{round}"), &buyer, 30)).await.unwrap();
    let back = refund(redemption_name(&format!("b{round}")), &format!("f{round}"), 10);
    shop.till().refund_redemption(back).await.unwrap();
    shop.till().create_hold(hold(&format!("h{round}"), &buyer, 40, until)).await.unwrap();
    if round.is_multiple_of(2) {
        shop.till().capture_hold(capture(&format!("h{round}"), 25)).await.unwrap();
    }
    adjusted(clients, "anna", adjustment(&format!("g{round}"), &buyer, 7, pb::AdjustmentReason::Goodwill)).await;
    match round {
        4 => drop(suspended(clients, &member(3), "x").await),
        7 => drop(reinstated(clients, &member(3), "x").await),
        9 => drop(merged(clients, &member(10), &member(11)).await),
        _ => {}
    }
}

/// A payout by points, one over a list, choices, and payments of which some come back, late.
async fn pay(served: &Served, round: usize, month: &str) {
    let clients = &served.clients;
    let at = |day: usize| format!("{month}-{day:02}T12:00:00Z");
    served.clock.set(&at(10));
    let (id, list) = (format!("h{round}"), format!("l{round}"));
    declare_and_approve(clients, &id, pounds(12_000)).await;
    let last_day = day(month[..4].parse().unwrap(), month[5..].parse().unwrap(), 1);
    let choices = pb::ChoiceTerms { takes_carried: round > 5, ..choose_until(&at(12)) };
    let asking = pb::Payout { last_day, choices: Some(choices), ..payout(&id) };
    let draft = clients.by("anna").payouts().create_payout(create(asking)).await.unwrap().into_inner();
    approve(clients, &draft, "ben").await.unwrap();
    execute(clients, &draft.name).await.unwrap();
    for n in earners(round) {
        let how = match n % 5 {
            0 => Some(choice(Credit, "")),
            1 | 2 => Some(choice(Cash, "")),
            3 => Some(choice(Charity, "relief")),
            _ => None,
        };
        choose(clients, &member(n), &format!("{id}-{n}"), how).await;
    }
    served.clock.set(&at(13));
    closed(clients, &id).await;
    let payees: Vec<String> = earners(round).map(member).collect();
    let destinations =
        payees.iter().map(|name| (name.as_str(), paypal(&format!("{name}.{round}@example.org")))).collect();
    set_payees(clients, destinations).await;
    for (batch, format) in [(format!("c{round}"), FileFormat::CreditCsv), (format!("q{round}"), FileFormat::PaypalCsv)]
    {
        served.clock.set(&at(14));
        released(clients, &batch, format).await;
        let mut told = Vec::new();
        for (n, payment) in payments(clients, &batch).await.into_values().enumerate() {
            told.push(report(&payment, if n == 1 && format == FileFormat::PaypalCsv { O::Unclaimed } else { O::Paid }));
        }
        served.clock.set(&at(16));
        assert!(reported(clients, &batch, told).await.iter().all(Result::is_ok));
        if format == FileFormat::PaypalCsv {
            let paid = payments(clients, &batch).await.into_values().next().unwrap();
            let back = pb::PaymentReport { fault: pb::Fault::Reversed.into(), ..report(&paid, O::Returned) };
            served.clock.set(&at(20));
            assert!(reported(clients, &batch, vec![back]).await.iter().all(Result::is_ok));
        }
    }
    let rows = [("m00", 300), ("m01", 200)];
    let list_of = pb::Payout { last_day, ..over_list(&list, &rows) };
    list_paid(clients, list_of, pounds(501), &rows).await;
}
