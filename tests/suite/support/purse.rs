//! A member's balance, recomputed from a list of credits with their days. The formulas are those of
//! `docs/invariants.md`.

use goodturn::domain::terms::expiry::{Lasts, Policy};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// The debt limit of the sample programme.
const DEBT_LIMIT: i64 = 50;

/// The points of an activity, and its days.
pub struct Credit {
    pub day: Date,
    pub recorded: Date,
    pub points: i64,
    pub stands: bool,
}

/// A member's balance.
#[derive(Default)]
pub struct Purse {
    pub credits: Vec<Credit>,
    pub available: i64,
    pub expired: i64,
    /// The reach of past cut-offs by age: credit of earlier days, recorded by a day.
    pub reached: Option<(Date, Date)>,
    /// Days on which an activity or a use of points was recorded.
    pub active: Vec<Date>,
    /// Of cut-offs at which points expired without activity: the last day of recording of the credit.
    pub gone: Vec<Date>,
    /// Points redeemed or paid out.
    pub used: i64,
    /// The time of the loss of each point written off and not made good, the earliest first.
    lost: Vec<usize>,
    /// Counts losses and spendings.
    clock: usize,
    /// Points held by a shop.
    pub held: i64,
    /// Points reserved for payouts, by the payouts' numbers, in the order of reserving.
    pub reserved: Vec<(usize, i64)>,
}

impl Purse {
    pub fn credited(&self, counts: impl Fn(&Credit) -> bool) -> i64 {
        self.credits.iter().filter(|credit| credit.stands && counts(credit)).map(|credit| credit.points).sum()
    }

    /// Returns the reach of a cut-off: the first day that is out of it, and the last day of recording.
    fn reach(cut_off: Date, policy: &Policy) -> (Date, Date) {
        // Recorded on a day, and spared for so many whole days after it.
        let spared = cut_off.checked_sub((i64::from(policy.not_before_days) + 1).days()).unwrap();
        let told_by = if policy.not_before_days == 0 { cut_off } else { spared };
        match policy.lasts {
            Lasts::Months(months) => (cut_off.checked_sub(i64::from(months).months()).unwrap(), told_by),
            Lasts::RollOnce => (cut_off.checked_sub(6.months()).unwrap(), told_by),
            Lasts::Inactive(_) => (Date::MAX, spared),
        }
    }

    /// True unless the member was active in the months before a cut-off, where that counts.
    fn is_asked(&self, cut_off: Date, policy: &Policy) -> bool {
        let Lasts::Inactive(months) = policy.lasts else { return true };
        let since = cut_off.checked_sub(i64::from(months).months()).unwrap();
        !self.active.iter().any(|day| (since..cut_off).contains(day))
    }

    /// True when a member keeps points at a cut-off because they were active.
    pub fn is_kept(&self, cut_off: Date, policy: &Policy) -> bool {
        self.available > 0 && !self.is_asked(cut_off, policy)
    }

    /// Returns the credit that a cut-off reaches and that is not spent. Held and reserved points are included.
    pub fn unspent(&self, cut_off: Date, policy: &Policy) -> i64 {
        if !self.is_asked(cut_off, policy) {
            return 0;
        }
        let (before, told_by) = Self::reach(cut_off, policy);
        let past = self.credited(|credit| credit.day < before && credit.recorded <= told_by);
        past - self.used - self.expired + self.written_off()
    }

    pub fn expires(&self, cut_off: Date, policy: &Policy) -> i64 {
        (self.unspent(cut_off, policy) - self.held - self.reserved()).min(self.available).max(0)
    }

    pub fn expire(&mut self, cut_off: Date, policy: &Policy) -> i64 {
        let expires = self.expires(cut_off, policy);
        self.available -= expires;
        self.expired += expires;
        let (before, told_by) = Self::reach(cut_off, policy);
        match policy.lasts {
            Lasts::Inactive(_) => self.gone.extend((expires > 0).then_some(told_by)),
            _ => self.reached = self.reached.max(Some((before, told_by))),
        }
        expires
    }

    pub fn spend(&mut self, points: i64) {
        self.available -= points;
        self.used += points;
    }

    pub fn written_off(&self) -> i64 {
        i64::try_from(self.lost.len()).unwrap()
    }

    /// Returns the time of something that happens now, after all that happened before.
    pub fn tick(&mut self) -> usize {
        self.clock += 1;
        self.clock
    }

    /// Gives points back that went out of reach at a time. They repay a debt, then make good points written off later,
    /// the earliest first. The rest can be used.
    pub fn get_back(&mut self, points: i64, since: usize) {
        for _ in 0..points {
            let lost = self.lost.iter().position(|&at| at > since).filter(|_| self.available >= 0);
            match lost {
                Some(earliest) => drop(self.lost.remove(earliest)),
                None => self.available += 1,
            }
        }
    }

    /// Takes points away. If a cut-off has reached them, they come out of the expired points first. Then they come out
    /// of the available points, then out of payouts, the last first, then out of later credits. The rest is lost.
    pub fn lose(&mut self, points: i64, day: Date, recorded: Date) {
        let is_reached = self.reached.is_some_and(|(before, told_by)| day < before && recorded <= told_by)
            || self.gone.iter().any(|told_by| recorded <= *told_by);
        let gone = if is_reached { points.min(self.expired) } else { 0 };
        self.expired -= gone;
        let points = points - gone;
        let at_hand = points.min(self.available.max(0));
        self.available -= at_hand;
        let mut left = points - at_hand;
        for (_, reserved) in self.reserved.iter_mut().rev() {
            let reduced = left.min(*reserved);
            *reserved -= reduced;
            left -= reduced;
        }
        let debt = left.min((self.available + DEBT_LIMIT).max(0));
        self.available -= debt;
        let now = self.tick();
        self.lost.extend((debt..left).map(|_| now));
    }

    pub fn reserved(&self) -> i64 {
        self.reserved.iter().map(|(_, points)| points).sum()
    }

    /// Ends the reservation for a payout, and returns its number of points.
    pub fn end(&mut self, payout: usize) -> i64 {
        let ended: i64 = self.reserved.iter().filter(|(of, _)| *of == payout).map(|(_, points)| points).sum();
        self.reserved.retain(|(of, _)| *of != payout);
        ended
    }

    pub fn weight(&self, last_day: Date) -> i64 {
        let used = self.expired + self.used + self.held + self.reserved() - self.written_off();
        let left = self.credited(|credit| credit.day <= last_day) - used;
        left.min(self.available).max(0)
    }
}
