//! Terms of a run, and what they give, in plain code that shares nothing with the ledger's. Members and charities are numbers, in the
//! byte order of their ids: members first.

use std::collections::BTreeMap;

use goodturn::pb::LotSource;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Credit,
    Cash,
    Charity(usize),
}

/// What becomes of a lot when choices are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Due(Choice),
    Carried,
    CarriedOnce,
    Lapsed,
    Donated(usize),
}

/// Where a lot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Due,
    Carried,
    Withheld,
    Lapsed,
    Donated,
}

/// A lot, as its member sees it: the run that granted it, to whom, for what, the money, its place, how it is paid, and whether it was carried once.
pub type Told = (usize, usize, LotSource, i64, Place, Option<Choice>, bool);

/// Terms of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Rows of a list, and the account that gets what is left over; `None` for a pool that is shared out by points.
    pub list: Option<(Vec<(usize, i64)>, usize)>,
    /// Minor units, as all money here.
    pub pool: i64,
    /// Microseconds, as all times here.
    pub deadline: i64,
    /// What counts without a choice; `None` where money is carried once then.
    pub without: Option<Choice>,
    pub minimum_cash: i64,
    pub charities: Vec<usize>,
    /// What the company adds to every two minor units that are given.
    pub adds: i64,
    /// Most that it adds in all.
    pub cap: i64,
    pub takes_carried: bool,
}

/// Number and money of lots: paid as credit, paid in cash, carried, lapsed, and given to each charity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    pub sums: [(i64, i64); 4],
    pub donated: BTreeMap<usize, (i64, i64)>,
}

impl Totals {
    pub fn count(&mut self, outcome: Outcome, minor: i64) {
        let total = match outcome {
            Outcome::Due(Choice::Cash) => &mut self.sums[1],
            Outcome::Due(_) => &mut self.sums[0],
            Outcome::Carried | Outcome::CarriedOnce => &mut self.sums[2],
            Outcome::Lapsed => &mut self.sums[3],
            Outcome::Donated(to) => self.donated.entry(to).or_default(),
        };
        *total = (total.0 + 1, total.1 + minor);
    }
}

impl Terms {
    /// What counts for a member: the choice, unless it is a charity that is not on offer, else what the terms say.
    pub fn counts(&self, choice: Option<Choice>) -> Option<Choice> {
        match choice {
            Some(Choice::Charity(to)) if !self.charities.contains(&to) => self.without,
            None => self.without,
            chosen => chosen,
        }
    }

    /// The share of each member: by the largest remainders, or rounded down with the rest for one account.
    pub fn shares(&self, weights: &[(usize, i64)]) -> BTreeMap<usize, i64> {
        let Some((_, rest_to)) = &self.list else { return split(self.pool, weights) };
        let mut shares = rounded_down(self.pool, weights);
        let rest = self.pool - shares.values().sum::<i64>();
        *shares.entry(*rest_to).or_default() += rest;
        shares
    }

    /// What the company adds for each charity: a part of what is given, and at most the cap, which is then split.
    pub fn added(&self, totals: &Totals) -> BTreeMap<usize, i64> {
        let each = totals.donated.iter().map(|(to, (_, minor))| (*to, minor * self.adds / 2));
        let each: Vec<(usize, i64)> = each.filter(|(_, minor)| *minor > 0).collect();
        if each.iter().map(|(_, minor)| minor).sum::<i64>() <= self.cap {
            return each.into_iter().collect();
        }
        split(self.cap, &each).into_iter().filter(|(_, minor)| *minor > 0).collect()
    }
}

fn rounded_down(pool: i64, weights: &[(usize, i64)]) -> BTreeMap<usize, i64> {
    let total: i64 = weights.iter().map(|(_, weight)| weight).sum();
    weights.iter().map(|(who, weight)| (*who, pool * weight / total)).collect()
}

/// Gives each its part rounded down, and what is left one each to the largest remainders; of equal ones, to the first.
fn split(pool: i64, weights: &[(usize, i64)]) -> BTreeMap<usize, i64> {
    let total: i64 = weights.iter().map(|(_, weight)| weight).sum();
    let mut parts = rounded_down(pool, weights);
    let mut left = pool - parts.values().sum::<i64>();
    let mut order: Vec<(i64, usize)> = weights.iter().map(|(who, weight)| (-(pool * weight % total), *who)).collect();
    order.sort_unstable();
    for (_, who) in order {
        *parts.entry(who).or_default() += i64::from(left > 0);
        left -= 1;
    }
    parts
}
