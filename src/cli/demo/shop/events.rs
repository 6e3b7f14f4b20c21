//! The events in the made-up shop. They are drawn from a seed, so they are always the same.

/// The seed that everything is drawn from.
pub(super) const SEED: u64 = 2018;

/// The source of the events.
pub(super) const SOURCE: &str = "shop";

/// More points than any member has.
pub(super) const MADE_UP_POINTS: i64 = 1_000_000;

/// 2018-03-12T00:00:00Z, the beginning of the half year.
pub(super) const FIRST_SECOND: i64 = 1_520_812_800;

const DAY: i64 = 86_400;
const MEMBERS: u64 = 24;
const RECRUITS: u64 = 60;
const ORDERS: u64 = 150;

/// An event in the shop.
pub(super) enum Event {
    /// A member says that they brought somebody in.
    Claim {
        id: String,
        member: String,
        recruit: String,
        second: i64,
        /// The time at which the recruit became active, if ever.
        confirmed: Option<i64>,
        /// True when the claim turned out to be a fraud.
        is_fraud: bool,
    },
    /// A member buys something with another's help.
    Order { id: String, member: String, second: i64, minor: i64, refund_minor: Option<i64> },
    /// A member pays with points.
    Pay(Payment),
}

/// A payment with points.
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) member: String,
    pub(super) points: i64,
    pub(super) way: Way,
}

/// The ways to spend points.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Held at the checkout, then captured in part.
    Capture,
    /// Held, then released, as the basket was left.
    Release,
    /// Redeemed at once.
    Redeem,
    /// Redeemed, then given back, as the goods came back.
    GiveBack,
    /// A request for more points than there are.
    TooMuch,
}

/// Returns the name of a member.
pub(super) fn member(n: u64) -> String {
    format!("shopper-{}", n + 1)
}

/// Returns all events, in order.
pub(super) fn events() -> Vec<Event> {
    let mut dice = Dice(SEED);
    let mut events = Vec::new();
    for n in 0..RECRUITS {
        let recruit = format!("recruit-{}", n + 1);
        let signed_up = FIRST_SECOND + dice.below(60) * DAY + dice.below(DAY);
        let activated = (dice.below(100) < 70).then(|| signed_up + (1 + dice.below(100)) * DAY);
        // Some recruits are claimed by two or three members, some by themselves.
        for claim in 0..1 + dice.below(10) / 6 + dice.below(10) / 9 {
            let is_own = dice.below(100) < 4;
            let member = if is_own { recruit.clone() } else { member(dice.member()) };
            let (id, second) = (format!("claim-{}-{}", n + 1, claim + 1), signed_up + claim * 600);
            let is_fraud = dice.below(100) < 6;
            events.push(Event::Claim { id, member, recruit: recruit.clone(), second, confirmed: activated, is_fraud });
        }
    }
    for n in 0..ORDERS {
        let minor = 500 + dice.below(9_500);
        let refund_minor = (dice.below(100) < 15).then(|| if dice.below(2) == 0 { minor } else { minor / 3 });
        let second = FIRST_SECOND + dice.below(170) * DAY + dice.below(DAY);
        events.push(Event::Order {
            id: format!("order-{}", n + 1),
            member: member(dice.member()),
            second,
            minor,
            refund_minor,
        });
    }
    // Each member pays once, with at most their smallest credit, so all have enough for these.
    let ways = [Way::Capture, Way::Redeem, Way::Release, Way::GiveBack];
    let payments = (0..MEMBERS).zip(ways.into_iter().cycle()).map(|(n, way)| {
        let (id, member) = (format!("basket-{}", n + 1), member(n));
        Event::Pay(Payment { id, member, points: 4 + dice.below(9), way })
    });
    events.extend(payments);
    let (id, member) = ("basket-0".to_owned(), member(0));
    events.push(Event::Pay(Payment { id, member, points: 0, way: Way::TooMuch }));
    events
}

/// `SplitMix64`: small, and always the same.
struct Dice(u64);

impl Dice {
    fn member(&mut self) -> u64 {
        self.next() % MEMBERS
    }

    fn below(&mut self, bound: i64) -> i64 {
        let bound = u64::try_from(bound).unwrap_or(1).max(1);
        i64::try_from(self.next() % bound).unwrap_or_default()
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
