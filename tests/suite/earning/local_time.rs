//! Hours, days and weekdays are those of the clocks of the programme, by the offset that is stored with an activity.

use goodturn::domain::terms::caps::{Cap, CapWindow};
use goodturn::domain::terms::program::ProgramTerms;
use goodturn::domain::terms::rules::set::{Rule, RuleSet};
use goodturn::domain::value::ids::CapId;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::window::Window;
use goodturn::pb;
use goodturn::simulate::{Compared, Question, simulate};
use jiff::tz::TimeZone;

use crate::support::books::{Books, recorded, rule as domain_rule};
use crate::support::clients::activity;
use crate::support::reads::sentences;
use crate::support::sample::{done, member, program, record, rule_set, time};
use crate::support::stage::{Stage, cap, rule};

/// A view earns a point, two an hour and five a day. What happens on a weekend, or on New Year's Eve from six in the
/// evening on, earns more.
async fn stage() -> Stage {
    let on = |id: &str, points, condition: &str| pb::Rule { condition: condition.into(), ..rule(id, "visit", points) };
    let rules = vec![
        pb::Rule { cap_id: "hourly".into(), ..rule("views", "view", 1) },
        on("weekend", 10, "occurred.day_of_week in [6, 7]"),
        on("new_year", 100, r#"occurred.date.endsWith("-12-31") && occurred.hour >= 18"#),
    ];
    let caps = vec![cap("hourly", pb::CapWindow::Hour, 2, "daily"), cap("daily", pb::CapWindow::Day, 5, "")];
    let stage = Stage::in_zone("Europe/London", rules, caps).await;
    stage.served.clock.set("2019-01-02T00:00:00Z");
    stage
}

async fn views(stage: &Stage, times: &[&str]) -> Vec<i64> {
    let mut points = Vec::new();
    for (n, when) in times.iter().enumerate() {
        points.push(stage.done(activity(&format!("{when}-{n}").replace('/', ""), "view", "ann", when)).await.points);
    }
    points
}

#[tokio::test]
async fn a_cap_of_an_hour_counts_by_the_clock_and_the_repeated_hour_once() {
    // INV 41
    let stage = stage().await;
    let noon = ["2018-04-01T11:59:59.999999Z", "2018-04-01T11:00:00Z", "2018-04-01T11:30:00Z", "2018-04-01T12:00:00Z"];
    assert_eq!(views(&stage, &noon).await, [1, 1, 0, 1]);
    // Clocks in London go back at 01:00 UTC: it is between one and two twice.
    let autumn = ["2018-10-28T00:10:00Z", "2018-10-28T01:10:00Z", "2018-10-28T00:50:00Z", "2018-10-28T02:00:00Z"];
    assert_eq!(views(&stage, &autumn).await, [1, 1, 0, 1]);
    // The day lets five pass.
    let day = ["2018-05-01T08:00:00Z", "2018-05-01T08:01:00Z", "2018-05-01T09:00:00Z", "2018-05-01T09:01:00Z"];
    assert_eq!(views(&stage, &day).await, [1; 4]);
    assert_eq!(views(&stage, &["2018-05-01T10:00:00Z", "2018-05-01T10:01:00Z"]).await, [1, 0]);
    let name = "programs/qc/sources/forum/activities/2018-10-28T01:10:00Z-1".into();
    let request = pb::GetActivityRequest { name };
    let it = stage.served.clients.ledger().get_activity(request).await.unwrap().into_inner();
    let caps: Vec<_> = it.outcomes[0].caps.iter().map(|it| (it.cap_id.as_str(), it.hour, it.first_day)).collect();
    let day = Some(crate::support::payouts::day(2018, 10, 28).unwrap());
    assert_eq!(caps, [("hourly", Some(1), day), ("daily", None, day)]);
    let told = sentences(&stage.served.clients, "ann").await;
    assert!(told[2].ends_with("the hourly ceiling of 2 points was reached."), "{}", told[2]);
    stage.ends(&[("ann", 3 + 3 + 5)]).await;
}

#[tokio::test]
async fn conditions_on_days_and_hours_go_by_the_clocks_of_the_programme() {
    // INV 42
    let stage = stage().await;
    for (when, points) in [
        // London is an hour ahead of UTC in summer: its Saturday begins, and its Sunday ends, an hour before UTC's.
        ("2018-06-01T22:59:59Z", 0),
        ("2018-06-01T23:00:00Z", 10),
        ("2018-06-03T22:59:59Z", 10),
        ("2018-06-03T23:00:00Z", 0),
        ("2018-12-31T17:59:59Z", 0),
        ("2018-12-31T18:00:00Z", 100),
        ("2019-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(stage.done(activity(when, "visit", "ann", when)).await.points, points, "{when}");
    }
    stage.ends(&[("ann", 120)]).await;
}

fn rules() -> RuleSet {
    let hourly = CapId::parse("hourly").unwrap();
    let caps = vec![Cap { id: hourly.clone(), window: CapWindow::Hour, limit_points: 100, within: None }];
    let on_first =
        Rule { condition: Some(r#"occurred.date == "2018-04-01""#.into()), ..domain_rule("first", "view", 10) };
    let late = Rule { condition: Some("occurred.hour == 23".into()), ..domain_rule("late", "view", 1) };
    let rules = vec![Rule { cap: Some(hourly), ..on_first }, late];
    RuleSet { rules, caps, ..rule_set(1, "2018-03-12T00:00:00Z", 1) }
}

/// The zone's rules were others when the log was written: then London kept UTC in April. Day, hour and points stay.
#[tokio::test]
async fn an_offset_that_is_another_by_now_is_believed_and_counted() {
    // INV 42, 57
    let mut books = Books::under(rules()).await;
    books.writer.zone = TimeZone::UTC;
    let at = |id: &str, when: &str| {
        let mut activity = done("view", "ben");
        activity.occurred_at = time(when);
        record(id, activity)
    };
    let views = [at("v1", "2018-04-01T23:30:00Z"), at("v2", "2018-04-01T22:30:00Z"), at("v3", "2018-03-20T23:30:00Z")];
    let books = books.with(&views).await;
    books.are_in_order().await;
    let report = books.report().await;
    assert_eq!(report.other_offsets, 2, "in March, London keeps UTC by any rules");
    assert_eq!(books.writer.state.accounts[&member("ben")].available(), 11 + 10 + 1);
    // A simulation of the same rules goes by the same offsets.
    let terms = ProgramTerms {
        currency: Currency::from_code("GBP").unwrap(),
        time_zone: "Europe/London".into(),
        debt_limit_points: 0,
        adjustment_limit_points: 0,
    };
    let (program, now) = (program(), books.writer.now);
    let (draft, period, head) = (rules(), Window::all_time(), books.writer.head.seq);
    let question = Question { program: &program, terms: &terms, draft, period, head, now };
    let outcome = simulate(&books.log, &question).await.unwrap();
    assert_eq!(outcome.total.credited, Compared { then: 22, draft: 22 });
}

#[tokio::test]
async fn an_offset_that_no_place_has_had_is_a_fault() {
    // INV 57
    for (offset, is_found) in [(50_400, false), (50_401, true), (-43_201, true), (i32::MAX, true)] {
        let lie = |drafts: &mut Vec<goodturn::domain::decide::draft::Draft>| {
            recorded(&mut drafts[0]).utc_offset_s = offset;
            // With 14 hours it is the second of April.
            drafts[0].local_day = goodturn::domain::value::time::Day::new(drafts[0].local_day.get() + 1).unwrap();
        };
        let books = Books::under(RuleSet {
            rules: vec![domain_rule("views", "view", 1)],
            ..rule_set(1, "2018-03-12T00:00:00Z", 1)
        });
        let books = books.await.forged(&[record("v1", done("view", "ben"))], lie).await;
        if is_found {
            books.are_found_out(3, "its offset from UTC is none that a place has had").await;
        } else {
            books.are_in_order().await;
        }
    }
}
