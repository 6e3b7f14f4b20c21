//! What a member has, recomputed from a list of credits with their days: the formulas as they stand in `docs/invariants.md`.

use goodturn::domain::expiry::{Lasts, Policy};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// That of the sample programme.
const DEBT_LIMIT: i64 = 50;

/// Points of an activity, and its days.
pub struct Credit {
    pub day: Date,
    pub recorded: Date,
    pub points: i64,
    pub stands: bool,
}

/// What a member has.
#[derive(Default)]
pub struct Purse {
    pub credits: Vec<Credit>,
    pub available: i64,
    pub expired: i64,
    /// Redeemed or paid out.
    pub used: i64,
    pub written_off: i64,
    /// By a shop.
    pub held: i64,
    /// For payouts, by their numbers, in the order in which that was done.
    pub set_aside: Vec<(usize, i64)>,
}

impl Purse {
    pub fn credited(&self, counts: impl Fn(&Credit) -> bool) -> i64 {
        self.credits.iter().filter(|credit| credit.stands && counts(credit)).map(|credit| credit.points).sum()
    }

    pub fn target(&self, cut_off: Date, policy: Policy) -> i64 {
        let months = if let Lasts::Months(months) = policy.lasts { months } else { 6 };
        let before = cut_off.checked_sub(i64::from(months).months()).unwrap();
        let told_by = cut_off.checked_sub(i64::from(policy.not_before_days).days()).unwrap();
        (self.credited(|credit| credit.day < before && credit.recorded <= told_by) - self.used).max(0)
    }

    /// What lapses, or with a negative sign comes back.
    pub fn lapses(&self, cut_off: Date, policy: Policy) -> i64 {
        (self.target(cut_off, policy) - self.expired).min(self.available.max(0))
    }

    pub fn spend(&mut self, points: i64) {
        self.available -= points;
        self.used += points;
    }

    /// Comes out of what is available, then out of payouts, the last first, then out of what is to come; the rest is lost.
    pub fn lose(&mut self, points: i64) {
        let at_hand = points.min(self.available.max(0));
        self.available -= at_hand;
        let mut left = points - at_hand;
        for (_, set_aside) in self.set_aside.iter_mut().rev() {
            let reduced = left.min(*set_aside);
            *set_aside -= reduced;
            left -= reduced;
        }
        let debt = left.min((self.available + DEBT_LIMIT).max(0));
        self.available -= debt;
        self.written_off += left - debt;
    }

    pub fn reserved(&self) -> i64 {
        self.set_aside.iter().map(|(_, points)| points).sum()
    }

    /// Ends what a payout has set aside, and tells how much that was.
    pub fn end(&mut self, payout: usize) -> i64 {
        let ended: i64 = self.set_aside.iter().filter(|(of, _)| *of == payout).map(|(_, points)| points).sum();
        self.set_aside.retain(|(of, _)| *of != payout);
        ended
    }

    pub fn weight(&self, last_day: Date) -> i64 {
        let used = self.expired + self.used + self.held + self.reserved() - self.written_off;
        let left = self.credited(|credit| credit.day <= last_day) - used;
        left.min(self.available).max(0)
    }
}
