//! Facts about members' money: choices, lots, and the closing of a payout's choices.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::choice::Choice;
use crate::value::codes::codes;
use crate::value::encoding::Hash;
use crate::value::ids::{ActivityId, MemberId, PayoutId};
use crate::value::seq::Seq;
use crate::value::version::versioned;

/// A member's choice, or that the member takes the choice back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceFact {
    /// The choice; `None` for no choice.
    pub choice: Option<Choice>,
}

versioned!(ChoiceFact = 1 { choice });

/// A member's weight in the list of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedWeight {
    /// The payout.
    pub payout: PayoutId,
    /// The member that the list names. Where that member was merged since, the money goes to the person.
    pub of: MemberId,
    /// The weight, above zero; 0 for the account that gets the rest.
    pub weight: i64,
}

versioned!(ListedWeight = 1 { payout, of, weight });

codes! {
    /// What a lot was granted for.
    LotSource {
        /// A share of the payout.
        Share = 1, "share";
        /// What members gave to a charity when choices were closed.
        Donations = 2, "donations";
        /// What the company added to that.
        Match = 3, "match";
    }
}

/// A lot of money: what one payout granted to one member, or brought to one charity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct LotName {
    /// The payout that granted it.
    pub payout: PayoutId,
    /// The member to whom it was granted. Mergers move the lot to another account, and it keeps this name.
    pub of: MemberId,
    /// What it was granted for. Only charities have lots of donations and of what was added to them.
    pub source: LotSource,
}

impl LotName {
    /// Names the lot of a share.
    #[must_use]
    pub const fn of_share(payout: PayoutId, of: MemberId) -> Self {
        Self { payout, of, source: LotSource::Share }
    }
}

/// Fate of a lot when choices are closed.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Outcome {
    /// It stays due, and is paid so: as credit or in cash.
    Due(Choice),
    /// It is carried, as the member's money is less than the minimum.
    BelowMinimum,
    /// It is withheld, and comes back as carried.
    Withheld,
    /// It is carried, as something happened to the member's money after the closing was drawn up.
    Moved,
    /// It is carried for want of a choice, which happens once.
    Unchosen,
    /// It lapses: there was no choice the second time.
    Lapsed,
    /// It is given to this charity.
    Donated(MemberId),
}

/// A lot that an entry moves, or decides on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotFact {
    /// The lot.
    pub lot: LotName,
    /// Its money, in minor units. An entry that only decides on a lot moves nothing.
    pub minor: i64,
    /// The payout with whose choices it is decided, and what becomes of it; `None` where nothing is decided.
    pub decided: Option<(PayoutId, Outcome)>,
}

versioned!(LotFact = 1 { lot, minor, decided });

/// A number of lots, and their money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Tally {
    /// Number of lots.
    pub lots: i64,
    /// Their sum, in minor units.
    pub minor: i64,
}

impl Tally {
    /// Counts a lot of so much money. `None` when a sum does not fit.
    pub fn add(&mut self, minor: i64) -> Option<()> {
        self.lots = self.lots.checked_add(1)?;
        self.minor = self.minor.checked_add(minor)?;
        Some(())
    }
}

/// Withheld money of a banned member that lapses, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LapseFact {
    /// The id under which it was asked for, one among those of the member.
    pub id: ActivityId,
    /// All that is withheld from the member.
    pub withheld: Tally,
    /// The digest that was approved; `None` where nothing is approved.
    pub approved: Option<Hash>,
}

versioned!(LapseFact = 1 { id, withheld, approved });

/// What a closing decides in all.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Tallies {
    /// Paid as credit.
    pub credit: Tally,
    /// Paid in cash.
    pub cash: Tally,
    /// Carried: less than the minimum.
    pub below_minimum: Tally,
    /// Carried for want of a choice, for the first time.
    pub unchosen: Tally,
    /// Withheld, and carried when it comes back.
    pub withheld: Tally,
    /// Carried, as something happened to it after the closing was drawn up.
    pub moved: Tally,
    /// Lapsed.
    pub lapsed: Tally,
    /// Given to each charity, ascending.
    pub donated: Vec<(MemberId, Tally)>,
}

/// Content of a closing, which two persons sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingContent {
    /// The payout.
    pub payout: PayoutId,
    /// The last entry that it takes into account.
    pub as_of: Seq,
    /// Digest of what becomes of each lot: see [`Closing`](crate::state::closing::Closing).
    pub digest: Hash,
    /// The sums.
    pub tallies: Tallies,
}

versioned!(ClosingContent = 1 { payout, as_of, digest, tallies });

impl LotFact {
    /// Returns what becomes of the lot, if that is decided.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.decided.as_ref().map(|(_, outcome)| outcome)
    }
}

impl Tallies {
    /// Returns what is carried in all. The parts were counted apart, and each fits as their sum does.
    #[must_use]
    pub const fn carried(&self) -> Tally {
        let parts = [self.below_minimum, self.unchosen, self.withheld, self.moved];
        let (mut sum, mut at) = (Tally { lots: 0, minor: 0 }, 0);
        while at < parts.len() {
            sum.lots = sum.lots.saturating_add(parts[at].lots);
            sum.minor = sum.minor.saturating_add(parts[at].minor);
            at += 1;
        }
        sum
    }

    /// Counts a lot of so much money. `None` when a sum does not fit.
    pub fn count(&mut self, outcome: &Outcome, minor: i64) -> Option<()> {
        let tally = match outcome {
            Outcome::Due(Choice::Cash) => &mut self.cash,
            Outcome::Due(_) => &mut self.credit,
            Outcome::BelowMinimum => &mut self.below_minimum,
            Outcome::Unchosen => &mut self.unchosen,
            Outcome::Withheld => &mut self.withheld,
            Outcome::Moved => &mut self.moved,
            Outcome::Lapsed => &mut self.lapsed,
            Outcome::Donated(charity) => {
                let at = self.donated.binary_search_by(|(known, _)| known.cmp(charity)).unwrap_or_else(|at| {
                    self.donated.insert(at, (charity.clone(), Tally::default()));
                    at
                });
                &mut self.donated[at].1
            }
        };
        tally.add(minor)
    }
}
