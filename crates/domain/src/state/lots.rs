//! Lots: the money of a member, kept apart by the payout that granted it.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::batch::PaymentName;
use crate::entry::money::{LotName, LotSource, Outcome, Tally};
use crate::state::payout::Payout;
use crate::terms::choice::Choice;
use crate::value::balances::Balances;
use crate::value::bucket::Bucket;
use crate::value::ids::PayoutId;
use crate::value::seq::Seq;

/// What one payout granted to one member, or brought to one charity, wherever the money is now.
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
    /// The payment in which it is, or with which it arrived; `None` while it is in none.
    pub payment: Option<PaymentName>,
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
            _ => None,
        }
    }

    /// True when the closing of a payout's choices decides on the lot.
    #[must_use]
    pub fn is_of(&self, payout: &Payout) -> bool {
        match self.place() {
            Bucket::Due => {
                let is_share = self.name.source == LotSource::Share;
                is_share && self.name.payout == payout.terms.id && self.decided.is_none()
            }
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
    /// The last entry that withheld lots, released them, let them lapse for a ban, or merged another member into this one. What was signed
    /// before it is not what is there now.
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

    /// True when these are all the lots of an account with such balances: its buckets are the sums of its lots.
    #[must_use]
    pub fn agree_with(&self, balances: &Balances) -> bool {
        Bucket::ALL
            .into_iter()
            .filter(|bucket| bucket.is_of_lots())
            .all(|bucket| self.sum(bucket) == i128::from(balances.get(bucket)))
    }

    /// Returns the lots that are withheld, each with the bucket in which it was before.
    pub fn withheld(&self) -> impl Iterator<Item = (&Lot, Bucket)> {
        self.rows.iter().filter_map(|lot| Some((lot, lot.was?)))
    }

    /// Returns how many lots are withheld, and their sum; `None` when that does not fit.
    #[must_use]
    pub fn sum_withheld(&self) -> Option<Tally> {
        self.withheld().try_fold(Tally::default(), |mut sum, (lot, _)| sum.add(lot.minor).map(|()| sum))
    }

    /// Returns what the closing of a payout's choices decides on the lots of a member, who had made this choice by the deadline. What was
    /// granted to a charity that the payout offers, as the rest of a list, is given to that charity.
    ///
    /// Money that is withheld is carried: nobody loses or gives away what they cannot dispose of. So is all money of a member to whom
    /// something happened after the entry `as_of`, as it is not what was signed. Of the rest, credit and cash need the minimum of all lots together.
    #[must_use]
    pub fn decided(&self, payout: &Payout, chosen: Option<&Choice>, as_of: Seq) -> Vec<Decided> {
        let Some(terms) = &payout.terms.choices else { return Vec::new() };
        let choice = terms.effective(chosen);
        let lots = || self.rows.iter().filter(|lot| lot.is_of(payout));
        let has_moved = self.moved > as_of;
        let is_free = |lot: &Lot| lot.was.is_none() && !has_moved;
        let is_of_charity = |lot: &Lot| terms.charities.binary_search(&lot.name.of).is_ok();
        let summed = lots().filter(|lot| is_free(lot) && !is_of_charity(lot));
        let sum: i128 = summed.map(|lot| i128::from(lot.minor)).sum();
        let outcome = |lot: &Lot| match choice {
            _ if lot.was.is_some() => Outcome::Withheld,
            _ if has_moved => Outcome::Moved,
            _ if is_of_charity(lot) => Outcome::Donated(lot.name.of.clone()),
            Some(Choice::Charity(id)) => Outcome::Donated(id.clone()),
            Some(choice) if sum < i128::from(terms.minimum_minor(choice)) => Outcome::BelowMinimum,
            Some(choice) => Outcome::Due(choice.clone()),
            None if lot.carried_once => Outcome::Lapsed,
            None => Outcome::Unchosen,
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
        self.rows.push(Lot {
            name,
            minor,
            bucket,
            was: None,
            decided: None,
            carried_once: false,
            payment: None,
            since: by,
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::choice::{ChoiceTerms, WithoutChoice};
    use crate::terms::payout::PayoutTerms;
    use crate::value::ids::{MemberId, StatementId};
    use crate::value::principal::PrincipalId;
    use crate::value::time::{Day, Micros};

    fn seq(n: i64) -> Seq {
        Seq::new(n).expect("a seq")
    }

    fn member(id: &str) -> MemberId {
        MemberId::parse(id).expect("an id")
    }

    fn payout(id: &str, created: i64, takes_carried: bool) -> Payout {
        let choices = ChoiceTerms {
            deadline: Micros::new(0).expect("a time"),
            without_choice: WithoutChoice::CarryOnce,
            minimum_credit_minor: 0,
            minimum_cash_minor: 500,
            charities: vec![member("relief")],
            match_millionths: 0,
            match_cap_minor: 0,
            takes_carried,
        };
        let id = PayoutId::parse(id).expect("an id");
        let (statement, day) = (StatementId::parse("s").expect("an id"), Day::new(0).expect("a day"));
        let terms = PayoutTerms { choices: Some(choices), ..PayoutTerms::of_pool(id, statement, day, 1) };
        Payout::begun(terms, seq(created), Micros::new(0).expect("a time"), PrincipalId::goodturn())
    }

    /// A lot of the first payout that was carried at entry 10 for want of a choice, and one of the second that is due since entry 30.
    fn lots(first: i64, second: i64) -> Lots {
        let mut lots = Lots::default();
        for (run, minor, by) in [("one", first, 5), ("two", second, 30)] {
            let name = LotName::of_share(PayoutId::parse(run).expect("an id"), member("ann"));
            lots.grant(name, minor, Bucket::Due, seq(by)).expect("a new lot");
        }
        let carried = &mut lots.rows[0];
        (carried.bucket, carried.since, carried.carried_once) = (Bucket::Carried, seq(10), true);
        carried.decided = Some((carried.name.payout.clone(), Outcome::Unchosen));
        lots
    }

    fn outcomes(lots: &Lots, payout: &Payout, chosen: Option<&Choice>) -> Vec<Outcome> {
        lots.decided(payout, chosen, seq(40)).into_iter().map(|decided| decided.outcome).collect()
    }

    /// INV 81
    #[test]
    fn a_closing_decides_its_own_lots_and_takes_only_what_was_carried_before_it() {
        use Outcome::{BelowMinimum, Donated, Due, Lapsed, Unchosen};
        let both = lots(300, 300);
        let taking = payout("two", 20, true);
        assert_eq!(outcomes(&both, &taking, None), [Lapsed, Unchosen]);
        let cash = || Due(Choice::Cash);
        assert_eq!(outcomes(&both, &taking, Some(&Choice::Cash)), [cash(), cash()], "600 together");
        assert_eq!(
            outcomes(&lots(300, 100), &taking, Some(&Choice::Cash)),
            [BelowMinimum, BelowMinimum],
            "400 are too little"
        );
        let relief = Choice::Charity(member("relief"));
        assert_eq!(outcomes(&both, &taking, Some(&relief)), [Donated(member("relief")), Donated(member("relief"))]);
        let other = Choice::Charity(member("mine"));
        assert_eq!(outcomes(&both, &taking, Some(&other)), [Lapsed, Unchosen], "not on offer: no choice");
        assert_eq!(outcomes(&both, &payout("two", 20, false), None), [Unchosen], "takes nothing");
        assert_eq!(outcomes(&both, &payout("two", 9, true), None), [Unchosen], "carried after it was begun");
        assert_eq!(outcomes(&both, &payout("three", 50, false), None), [], "not its lots");
    }

    /// INV 81
    #[test]
    fn what_is_withheld_or_moved_after_it_was_signed_is_carried() {
        let taking = payout("two", 20, true);
        let mut moved = lots(300, 300);
        moved.moved = seq(41);
        assert_eq!(outcomes(&moved, &taking, Some(&Choice::Credit)), [Outcome::Moved, Outcome::Moved]);
        moved.moved = seq(40);
        let credit = || Outcome::Due(Choice::Credit);
        assert_eq!(outcomes(&moved, &taking, Some(&Choice::Credit)), [credit(), credit()], "it was signed as it is");
        let mut withheld = lots(300, 300);
        let own = &mut withheld.rows[1];
        (own.was, own.bucket) = (Some(Bucket::Due), Bucket::Withheld);
        assert_eq!(outcomes(&withheld, &taking, Some(&Choice::Credit)), [credit(), Outcome::Withheld]);
    }

    #[test]
    fn a_charity_on_offer_gives_to_itself() {
        let mut own = lots(1, 1);
        own.rows[1].name.of = member("relief");
        let taking = payout("two", 20, true);
        assert_eq!(outcomes(&own, &taking, None), [Outcome::Lapsed, Outcome::Donated(member("relief"))]);
    }
}
