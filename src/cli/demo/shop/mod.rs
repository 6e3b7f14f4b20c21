//! A shop beside the real community: referrals, orders and a till. Its events are made up from a seed, and it says so.

mod events;

use prost_types::Timestamp;

use self::events::{Event, FIRST_SECOND, MADE_UP_POINTS, Payment, SEED, SOURCE, Way, events};
use super::client::{Caller, Cast, Reply as _};
use super::community::CURRENCY;
use super::text;
use goodturn::ledger::clock::{Clock as _, SystemClock};
use goodturn::pb::{self, ActivityState};

/// Programme of the shop.
const PROGRAM: &str = "made-up-shop";

/// How long a hold lasts in this shop: for a checkout of a quarter of an hour.
const HOLD_SECONDS: i64 = 15 * 60;

/// The results of the made-up events.
#[derive(Default)]
pub(super) struct Shop {
    claims: [i64; 5],
    orders: i64,
    refunds: i64,
    order_points: i64,
    captured: i64,
    released: i64,
    redeemed: i64,
    given_back: i64,
    refused: String,
    member: String,
    sentences: Vec<String>,
}

/// Plays the shop's half year. Every call is idempotent, so a second run records nothing twice.
///
/// # Errors
/// Says which call failed.
pub(super) async fn play(cast: &mut Cast) -> anyhow::Result<Shop> {
    set_up(&mut cast.anna).await?;
    let mut shop = Shop::default();
    let events = events();
    for event in &events {
        tell(&mut cast.forum, event).await?;
    }
    for event in &events {
        match event {
            Event::Claim { id, .. } => {
                let place = match read(&mut cast.forum, id).await?.state() {
                    ActivityState::Credited => 0,
                    ActivityState::Unconfirmed => 1,
                    ActivityState::Superseded => 2,
                    ActivityState::Reversed => 3,
                    _ => 4,
                };
                shop.claims[place] += 1;
            }
            Event::Order { id, refund_minor, .. } => {
                shop.orders += 1;
                shop.refunds += i64::from(refund_minor.is_some());
                let totals = read(&mut cast.forum, id).await?.totals;
                shop.order_points += totals.map_or(0, |totals| totals.credited_points);
            }
            Event::Pay(payment) => shop.pay(&mut cast.forum, payment).await?,
        }
    }
    shop.look(&mut cast.forum).await?;
    Ok(shop)
}

async fn set_up(anna: &mut Caller) -> anyhow::Result<()> {
    let program =
        pb::Program { currency_code: CURRENCY.to_owned(), time_zone: "Europe/London".to_owned(), ..Default::default() };
    let create =
        pb::CreateProgramRequest { program_id: PROGRAM.to_owned(), program: Some(program), ..Default::default() };
    anna.programs.create_program(create).await.or_say("create the shop's programme")?;
    let referrals = pb::Rule {
        rule_id: "referrals".to_owned(),
        activity_kind: "referral".to_owned(),
        points: 500,
        exclusive: "recruit".to_owned(),
        exclusive_holder: pb::ExclusiveHolder::EarliestStanding.into(),
        wait: Some(pb::rule::Wait::ConfirmWithinDays(120)),
        ..Default::default()
    };
    let orders = pb::Rule {
        rule_id: "orders".to_owned(),
        activity_kind: "order".to_owned(),
        points: 2,
        per_amount: Some(money(500)),
        wait: Some(pb::rule::Wait::VestAfterDays(14)),
        ..Default::default()
    };
    let rule_set = pb::RuleSet {
        name: format!("programs/{PROGRAM}/ruleSets/1"),
        in_force_from: Some(at(FIRST_SECOND)),
        rules: vec![referrals, orders],
        ..Default::default()
    };
    let publish = pb::PublishRuleSetRequest { rule_set: Some(rule_set) };
    anna.programs.publish_rule_set(publish).await.or_say("publish the shop's rules")?;
    Ok(())
}

/// Reports an event, and everything that follows from it.
async fn tell(shop: &mut Caller, event: &Event) -> anyhow::Result<()> {
    match event {
        Event::Claim { id, member, recruit, second, confirmed, is_fraud } => {
            let claim = pb::Activity {
                name: activity(id),
                kind: "referral".to_owned(),
                member_id: member.clone(),
                counterparty_id: recruit.clone(),
                exclusive_key: recruit.clone(),
                occurred_at: Some(at(*second)),
                ..Default::default()
            };
            record(shop, claim).await?;
            if let Some(second) = confirmed {
                let (name, confirmation_id) = (activity(id), id.clone());
                let confirm = pb::ConfirmActivityRequest { name, confirmation_id, occurred_at: Some(at(*second)) };
                shop.ledger.confirm_activity(confirm).await.or_say("confirm a referral")?;
            }
            if *is_fraud {
                let reverse = pb::ReverseActivityRequest {
                    name: activity(id),
                    reversal_id: id.clone(),
                    reason: pb::ReversalReason::Fraud.into(),
                    occurred_at: Some(at(*second)),
                    ..Default::default()
                };
                shop.ledger.reverse_activity(reverse).await.or_say("reverse a referral")?;
            }
        }
        Event::Order { id, member, second, minor, refund_minor } => {
            let order = pb::Activity {
                name: activity(id),
                kind: "order".to_owned(),
                member_id: member.clone(),
                amount: Some(money(*minor)),
                occurred_at: Some(at(*second)),
                ..Default::default()
            };
            record(shop, order).await?;
            if let Some(minor) = refund_minor {
                let refund = pb::RefundActivityRequest {
                    name: activity(id),
                    refund_id: id.clone(),
                    amount: Some(money(*minor)),
                    occurred_at: Some(at(*second)),
                    ..Default::default()
                };
                shop.ledger.refund_activity(refund).await.or_say("refund an order")?;
            }
        }
        Event::Pay(_) => {}
    }
    Ok(())
}

async fn record(shop: &mut Caller, activity: pb::Activity) -> anyhow::Result<()> {
    let request = pb::RecordActivityRequest { activity: Some(activity) };
    shop.ledger.record_activity(request).await.or_say("record an event of the shop")?;
    Ok(())
}

async fn read(shop: &mut Caller, id: &str) -> anyhow::Result<pb::Activity> {
    shop.ledger.get_activity(pb::GetActivityRequest { name: activity(id) }).await.or_say("read an event of the shop")
}

impl Shop {
    /// Pays with points, with at most as many as the member has.
    async fn pay(&mut self, till: &mut Caller, payment: &Payment) -> anyhow::Result<()> {
        let Payment { id, member, points, way } = payment;
        let (hold, redemption) = (format!("programs/{PROGRAM}/sources/{SOURCE}/holds/{id}"), name_of_redemption(id));
        match way {
            Way::Redeem | Way::GiveBack | Way::TooMuch => {
                let points = if *way == Way::TooMuch { MADE_UP_POINTS } else { *points };
                let it = pb::Redemption {
                    name: redemption.clone(),
                    member_id: member.clone(),
                    points,
                    subject: id.clone(),
                    ..Default::default()
                };
                let redeemed = till.till.redeem_points(pb::RedeemPointsRequest { redemption: Some(it) }).await;
                if *way == Way::TooMuch {
                    self.refused = redeemed.err().map(|status| super::client::explain(&status)).unwrap_or_default();
                    return Ok(());
                }
                redeemed.or_say("redeem points")?;
                self.redeemed += points;
            }
            Way::Capture | Way::Release => {
                let get = pb::GetHoldRequest { name: hold.clone() };
                // An earlier run may have held the points; the time of a hold counts from then.
                let held = till.till.get_hold(get).await;
                if held.as_ref().is_ok_and(|held| held.get_ref().state() == pb::HoldState::Expired) {
                    // That run ended before it came back to them, and the member pays no more.
                    self.released += points;
                    return Ok(());
                }
                if held.is_err() {
                    let now = SystemClock.now().get().div_euclid(1_000_000);
                    let it = pb::Hold {
                        name: hold.clone(),
                        member_id: member.clone(),
                        points: *points,
                        expire_time: Some(at(now + HOLD_SECONDS)),
                        subject: id.clone(),
                        ..Default::default()
                    };
                    till.till.create_hold(pb::CreateHoldRequest { hold: Some(it) }).await.or_say("hold points")?;
                }
            }
        }
        match way {
            Way::Capture => {
                // The basket was a little smaller in the end.
                let points_taken = points - points / 4;
                let capture = pb::CaptureHoldRequest { name: hold, points: points_taken };
                till.till.capture_hold(capture).await.or_say("capture a hold")?;
                self.captured += points_taken;
                self.released += points - points_taken;
            }
            Way::Release => {
                till.till.release_hold(pb::ReleaseHoldRequest { name: hold }).await.or_say("release a hold")?;
                self.released += points;
            }
            Way::GiveBack => {
                let refund =
                    pb::RefundRedemptionRequest { name: redemption, refund_id: id.clone(), ..Default::default() };
                till.till.refund_redemption(refund).await.or_say("refund a redemption")?;
                self.given_back += points;
            }
            Way::Redeem | Way::TooMuch => {}
        }
        Ok(())
    }

    /// Reads the newest entries of a member's history.
    async fn look(&mut self, till: &mut Caller) -> anyhow::Result<()> {
        self.member = events::member(0);
        let parent = format!("programs/{PROGRAM}/members/{}", self.member);
        let list = pb::ListEntriesRequest { parent, page_size: 100, ..Default::default() };
        let entries = till.ledger.list_entries(list).await.or_say("read a history of the shop")?.entries;
        let told = entries.into_iter().rev().map(|entry| entry.sentence).filter(|sentence| !sentence.is_empty());
        self.sentences = told.collect();
        Ok(())
    }

    /// Shows the results of everything.
    pub(super) fn to_text(&self) -> String {
        let number = text::grouped;
        let [credited, unconfirmed, superseded, frauds, declined] = self.claims;
        let mut lines = vec![
            format!("A shop beside it, made up with seed {SEED}: programme {PROGRAM}\n"),
            format!(
                "  Referrals, 500 points a recruit that is confirmed within 120 days: {}",
                number(self.claims.iter().sum())
            ),
            format!("    {:>5}  credited: the earliest claim of a recruit that stands", number(credited)),
            format!("    {:>5}  superseded: an earlier claim stands", number(superseded)),
            format!("    {:>5}  unconfirmed: never confirmed in time", number(unconfirmed)),
            format!("    {:>5}  fraud, reversed; where another claim waited, that one counts now", number(frauds)),
            format!("    {:>5}  declined: members who claimed themselves", number(declined)),
            String::new(),
            format!(
                "  Orders, 2 points a £5.00 after 14 days: {} of them, {} with a refund, {} points",
                number(self.orders),
                number(self.refunds),
                number(self.order_points)
            ),
            String::new(),
            format!(
                "  Till: {} points captured of holds, {} released; {} redeemed, of which",
                number(self.captured),
                number(self.released),
                number(self.redeemed)
            ),
            format!("  {} given back with the goods. Asked for more than there is, it says:", number(self.given_back)),
            text::wrapped("    ", &self.refused).trim_end().to_owned(),
            String::new(),
            format!("  What {} is told, the last six:", self.member),
        ];
        let last = self.sentences.len().saturating_sub(6);
        lines.extend(self.sentences[last..].iter().map(|told| text::wrapped("    ", told).trim_end().to_owned()));
        lines.join("\n") + "\n\n"
    }
}

fn activity(id: &str) -> String {
    format!("programs/{PROGRAM}/sources/{SOURCE}/activities/{id}")
}

fn name_of_redemption(id: &str) -> String {
    format!("programs/{PROGRAM}/sources/{SOURCE}/redemptions/{id}")
}

fn money(minor: i64) -> goodturn::google::r#type::Money {
    let nanos = i32::try_from(minor.rem_euclid(100)).unwrap_or_default() * 10_000_000;
    goodturn::google::r#type::Money { currency_code: CURRENCY.to_owned(), units: minor.div_euclid(100), nanos }
}

const fn at(second: i64) -> Timestamp {
    Timestamp { seconds: second, nanos: 0 }
}
