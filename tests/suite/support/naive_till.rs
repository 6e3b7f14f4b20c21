//! Balances of members and answers of a till, computed in plain code that shares nothing with the ledger's: buckets as
//! numbers, holds as a list, one step after the other.

use std::collections::BTreeMap;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Points of an activity.
pub const AWARD: i64 = 100;

/// How far below zero a reversal may take a member.
pub const DEBT_LIMIT: i64 = 50;

/// A request. Holds, redemptions, awards and refunds are numbered in the order of the requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Award(usize),
    Reverse(usize),
    Restore(usize),
    /// Member, points, minutes until it expires.
    Hold(usize, i64, i64),
    Capture(usize, Option<i64>),
    Release(usize),
    Redeem(usize, i64),
    /// True for a hold, false for a redemption; its number; points.
    Refund(bool, usize, Option<i64>),
    /// A time that passes, in minutes.
    Wait(i64),
    Sweep,
}

/// The answer to a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    Done,
    NotFound,
    /// The points available.
    TooFewPoints(i64),
    Term,
    MoreThanHeld,
    TooLate,
    Over,
    /// The points left.
    MoreThanSpent(i64),
    ExistsAlready,
}

/// A member's balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Has {
    pub available: i64,
    pub held: i64,
    pub redeemed: i64,
    pub written_off: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldIs {
    Held,
    Captured,
    Released,
    Expired,
}

#[derive(Debug, Clone)]
pub struct Hold {
    pub member: usize,
    pub points: i64,
    pub expires: i64,
    pub is: HoldIs,
    pub captured: i64,
    pub refunded: i64,
    /// The points asked for when it was captured.
    asked: Option<i64>,
    /// The time when it was made.
    since: usize,
}

#[derive(Debug, Clone)]
pub struct Redemption {
    pub member: usize,
    pub points: i64,
    pub refunded: i64,
    /// Its time.
    since: usize,
}

/// The till as it should be.
#[derive(Debug, Clone, Default)]
pub struct Naive {
    pub now: i64,
    pub members: [Has; 3],
    /// The time of the loss of each point that is written off, and the award that lost it, the earliest first.
    lost: [Vec<(usize, usize)>; 3],
    /// Counts losses and spendings.
    clock: usize,
    /// The member of each award, and whether the award was taken back.
    awards: Vec<(usize, bool)>,
    pub holds: BTreeMap<usize, Hold>,
    pub redemptions: BTreeMap<usize, Redemption>,
    pub asked_holds: usize,
    pub asked_redemptions: usize,
    pub asked_refunds: usize,
}

impl Naive {
    pub fn at(now: i64) -> Self {
        Self { now, ..Self::default() }
    }

    pub fn awards(&self) -> usize {
        self.awards.len()
    }

    pub fn take(&mut self, step: &Step) -> Said {
        match *step {
            Step::Award(member) => {
                self.awards.push((member, false));
                self.members[member].available += AWARD;
                Said::Done
            }
            Step::Reverse(award) => self.reverse(award),
            Step::Restore(award) => self.restore(award),
            Step::Hold(member, points, minutes) => self.hold(member, points, minutes),
            Step::Capture(hold, points) => self.capture(hold, points),
            Step::Release(hold) => self.release(hold),
            Step::Redeem(member, points) => self.redeem(member, points),
            Step::Refund(of_hold, which, points) => self.refund(of_hold, which, points),
            Step::Wait(minutes) => {
                self.now += minutes * MINUTE;
                Said::Done
            }
            Step::Sweep => {
                (0..3).for_each(|member| self.expire(member));
                Said::Done
            }
        }
    }

    fn reverse(&mut self, award: usize) -> Said {
        let Some(&(member, taken)) = self.awards.get(award) else { return Said::NotFound };
        if taken {
            return Said::Done;
        }
        self.awards[award].1 = true;
        let now = self.tick();
        for _ in 0..AWARD {
            let has = &mut self.members[member];
            if has.available > -DEBT_LIMIT {
                has.available -= 1;
            } else {
                has.written_off += 1;
                self.lost[member].push((now, award));
            }
        }
        Said::Done
    }

    /// Each point of the award makes a point good that the award lost, as long as there is one. The others can be used.
    fn restore(&mut self, award: usize) -> Said {
        let Some(&(member, taken)) = self.awards.get(award) else { return Said::NotFound };
        if !taken {
            return Said::Done;
        }
        self.awards[award].1 = false;
        for _ in 0..AWARD {
            match self.lost[member].iter().position(|&(_, by)| by == award) {
                Some(own) => {
                    self.lost[member].remove(own);
                    self.members[member].written_off -= 1;
                }
                None => self.members[member].available += 1,
            }
        }
        Said::Done
    }

    fn hold(&mut self, member: usize, points: i64, minutes: i64) -> Said {
        let id = self.asked_holds;
        self.asked_holds += 1;
        let expires = self.now + minutes * MINUTE;
        if minutes <= 0 || minutes > 7 * 24 * 60 {
            return Said::Term;
        }
        if let Some(refused) = self.lacks(member, points) {
            return refused;
        }
        self.members[member].available -= points;
        self.members[member].held += points;
        let (is, asked, since) = (HoldIs::Held, None, self.tick());
        self.holds.insert(id, Hold { member, points, expires, is, captured: 0, refunded: 0, asked, since });
        Said::Done
    }

    fn capture(&mut self, id: usize, asked: Option<i64>) -> Said {
        let Some(hold) = self.holds.get(&id).cloned() else { return Said::NotFound };
        if hold.is == HoldIs::Captured {
            return if hold.asked == asked { Said::Done } else { Said::ExistsAlready };
        }
        let points = asked.unwrap_or(hold.points);
        if hold.is == HoldIs::Released {
            return Said::Over;
        }
        if points > hold.points {
            return Said::MoreThanHeld;
        }
        if self.now >= hold.expires + DAY {
            return Said::TooLate;
        }
        if hold.is == HoldIs::Expired {
            if let Some(refused) = self.lacks(hold.member, points) {
                return refused;
            }
            self.members[hold.member].available -= points;
            let now = self.tick();
            self.holds.get_mut(&id).unwrap().since = now;
        } else {
            self.members[hold.member].held -= hold.points;
            self.get_back(hold.member, hold.points - points, hold.since);
        }
        self.members[hold.member].redeemed += points;
        let hold = self.holds.get_mut(&id).unwrap();
        (hold.is, hold.captured, hold.asked) = (HoldIs::Captured, points, asked);
        Said::Done
    }

    fn release(&mut self, id: usize) -> Said {
        match self.holds.get(&id).map(|hold| hold.is) {
            None => Said::NotFound,
            Some(HoldIs::Released) => Said::Done,
            Some(HoldIs::Captured | HoldIs::Expired) => Said::Over,
            Some(HoldIs::Held) => {
                self.end(id, HoldIs::Released);
                Said::Done
            }
        }
    }

    fn redeem(&mut self, member: usize, points: i64) -> Said {
        let id = self.asked_redemptions;
        self.asked_redemptions += 1;
        if let Some(refused) = self.lacks(member, points) {
            return refused;
        }
        self.members[member].available -= points;
        self.members[member].redeemed += points;
        let since = self.tick();
        self.redemptions.insert(id, Redemption { member, points, refunded: 0, since });
        Said::Done
    }

    fn refund(&mut self, of_hold: bool, which: usize, points: Option<i64>) -> Said {
        self.asked_refunds += 1;
        let (member, spent, refunded, since) = if of_hold {
            match self.holds.get_mut(&which) {
                None => return Said::NotFound,
                Some(hold) if hold.is != HoldIs::Captured => return Said::Over,
                Some(hold) => (hold.member, hold.captured, &mut hold.refunded, hold.since),
            }
        } else {
            match self.redemptions.get_mut(&which) {
                None => return Said::NotFound,
                Some(redemption) => (redemption.member, redemption.points, &mut redemption.refunded, redemption.since),
            }
        };
        let left = spent - *refunded;
        let points = points.unwrap_or(left);
        if left == 0 || points > left {
            return Said::MoreThanSpent(left);
        }
        *refunded += points;
        self.members[member].redeemed -= points;
        self.get_back(member, points, since);
        Said::Done
    }

    /// Expires holds past their time for a member who lacks points.
    fn lacks(&mut self, member: usize, points: i64) -> Option<Said> {
        if self.members[member].available < points {
            self.expire(member);
        }
        let available = self.members[member].available;
        (available < points).then_some(Said::TooFewPoints(available))
    }

    fn expire(&mut self, member: usize) {
        let now = self.now;
        let due = |hold: &Hold| hold.member == member && hold.is == HoldIs::Held && hold.expires <= now;
        let due: Vec<usize> = self.holds.iter().filter(|(_, hold)| due(hold)).map(|(id, _)| *id).collect();
        for id in due {
            self.end(id, HoldIs::Expired);
        }
    }

    fn end(&mut self, id: usize, is: HoldIs) {
        let hold = self.holds.get_mut(&id).unwrap();
        hold.is = is;
        let (member, points, since) = (hold.member, hold.points, hold.since);
        self.members[member].held -= points;
        self.get_back(member, points, since);
    }

    fn tick(&mut self) -> usize {
        self.clock += 1;
        self.clock
    }

    /// Gives points back that went out of reach at a time. They repay a debt first. Then they make good points written
    /// off since, the earliest first, as these were earned by activities that do not stand. The rest can be used.
    fn get_back(&mut self, member: usize, points: i64, since: usize) {
        for _ in 0..points {
            let has = &mut self.members[member];
            let lost = self.lost[member].iter().position(|&(at, _)| at > since).filter(|_| has.available >= 0);
            if let Some(earliest) = lost {
                self.lost[member].remove(earliest);
                has.written_off -= 1;
            } else {
                has.available += 1;
            }
        }
    }
}
