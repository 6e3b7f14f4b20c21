//! Lots: the money of a member, kept apart by the payout that granted it.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::money::{LotName, Outcome};
use crate::state::payout::Payout;
use crate::terms::choice::Choice;
use crate::value::bucket::Bucket;
use crate::value::ids::{MemberId, PayoutId};
use crate::value::seq::Seq;

/// What one payout granted to one member, wherever the money is now.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lot {
    /// Name of the lot.
    pub name: LotName,
    /// The money, in minor units, above zero.
    pub minor: i64,
    /// The bucket in which it is.
    pub bucket: Bucket,
    /// The bucket in which it was before it was withheld, while it is withheld.
    pub was: Option<Bucket>,
    /// The payout with whose choices it was decided last, and what became of it.
    pub decided: Option<(PayoutId, Outcome)>,
    /// True once it was carried for want of a choice.
    pub carried_once: bool,
    /// The last entry that moved it or decided on it.
    pub since: Seq,
}

impl Lot {
    /// Returns the bucket in which it is, or to which it comes back when it is released.
    #[must_use]
    pub fn place(&self) -> Bucket {
        self.was.unwrap_or(self.bucket)
    }

    /// Returns how it is paid, or to whom it was given, once that is decided.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        match self.decided.as_ref()? {
            (_, Outcome::Due(choice)) => Some(choice.clone()),
            (_, Outcome::Donated(charity)) => Some(Choice::Charity(charity.clone())),
            (_, Outcome::Carried | Outcome::CarriedOnce | Outcome::Lapsed) => None,
        }
    }

    /// True when the closing of a payout's choices decides on the lot.
    #[must_use]
    pub fn is_of(&self, payout: &Payout) -> bool {
        match self.place() {
            Bucket::Due => self.name.payout == payout.terms.id && self.decided.is_none(),
            Bucket::Carried => {
                let takes = payout.terms.choices.as_ref().is_some_and(|terms| terms.takes_carried);
                takes && self.since < payout.created_seq
            }
            _ => false,
        }
    }
}

/// The lots of a member. Each executed payout adds at most one for each member who is this person.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Lots {
    /// The lots, in the order in which they came to the account.
    pub rows: Vec<Lot>,
    /// The last entry that withheld lots, gave them free, or merged another member into this one. What was signed before it is not what
    /// is there now.
    pub moved: Seq,
}

/// A lot on which a closing decides, and what it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Name of the lot.
    pub name: LotName,
    /// The money, in minor units.
    pub minor: i64,
    /// The bucket in which the lot is.
    pub bucket: Bucket,
    /// What becomes of it.
    pub outcome: Outcome,
}

impl Lots {
    /// Returns a lot by its name.
    #[must_use]
    pub fn get(&self, name: &LotName) -> Option<&Lot> {
        self.rows.iter().find(|lot| lot.name == *name)
    }

    /// Returns the sum in a bucket, in minor units.
    #[must_use]
    pub fn sum(&self, bucket: Bucket) -> i128 {
        self.rows.iter().filter(|lot| lot.bucket == bucket).map(|lot| i128::from(lot.minor)).sum()
    }

    /// Returns what the closing of a payout's choices decides on the lots of a member, who had made this choice by the deadline. A charity
    /// that the payout offers has chosen itself.
    ///
    /// Money that is withheld is carried: nobody loses or gives away what they cannot dispose of. So is all money of a member to whom
    /// something happened after the entry `as_of`, as it is not what was signed. Of the rest, credit and cash need the minimum of all lots together.
    #[must_use]
    pub fn decided(&self, of: &MemberId, payout: &Payout, chosen: Option<&Choice>, as_of: Seq) -> Vec<Decided> {
        let Some(terms) = &payout.terms.choices else { return Vec::new() };
        // What a charity got itself, as the rest of a list, is given to it.
        let own = Choice::Charity(of.clone());
        let choice = terms.effective(if terms.charities.contains(of) { Some(&own) } else { chosen });
        let lots = || self.rows.iter().filter(|lot| lot.is_of(payout));
        let is_free = |lot: &Lot| lot.was.is_none() && self.moved <= as_of;
        let sum: i128 = lots().filter(|lot| is_free(lot)).map(|lot| i128::from(lot.minor)).sum();
        let outcome = |lot: &Lot| match choice {
            _ if !is_free(lot) => Outcome::Carried,
            Some(Choice::Charity(id)) => Outcome::Donated(id.clone()),
            Some(choice) if sum < i128::from(terms.minimum_minor(choice)) => Outcome::Carried,
            Some(choice) => Outcome::Due(choice.clone()),
            None if lot.carried_once => Outcome::Lapsed,
            None => Outcome::CarriedOnce,
        };
        let decided =
            |lot: &Lot| Decided { name: lot.name.clone(), minor: lot.minor, bucket: lot.bucket, outcome: outcome(lot) };
        lots().map(decided).collect()
    }

    /// Adds money that a payout granted; `None` when the lot is there already.
    pub fn grant(&mut self, name: LotName, minor: i64, bucket: Bucket, by: Seq) -> Option<()> {
        if self.get(&name).is_some() {
            return None;
        }
        self.rows.push(Lot { name, minor, bucket, was: None, decided: None, carried_once: false, since: by });
        Some(())
    }

    /// Returns a lot for a change by an entry; `None` when there is none of that name.
    pub fn change(&mut self, name: &LotName, by: Seq) -> Option<&mut Lot> {
        let lot = self.rows.iter_mut().find(|lot| lot.name == *name)?;
        lot.since = by;
        Some(lot)
    }

    /// Takes over the lots of a member that an entry merges into this one.
    pub fn join(&mut self, from: Self, by: Seq) {
        self.rows.extend(from.rows.into_iter().map(|lot| Lot { since: by, ..lot }));
        self.moved = by;
    }
}
