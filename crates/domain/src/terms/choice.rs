//! Choices of members, how they want their money, and the terms on which a payout asks for them.

use borsh::{BorshDeserialize, BorshSerialize};
use jiff::tz::TimeZone;

use crate::value::ids::MemberId;
use crate::value::money::MONEY_MAX;
use crate::value::time::{Day, Micros};

/// Most charities of one payout. Its closing keeps a sum for each of them.
pub const CHARITIES_MAX: usize = 16;

/// Largest match, in millionths of what was given: ten times as much.
pub const MATCH_MAX: i64 = 10_000_000;

/// Most days for which members may choose: nothing closes choices sooner, and money waits as long.
pub const CHOOSE_DAYS_MAX: i32 = 731;

/// How a member wants money.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Choice {
    /// As credit with the company.
    Credit,
    /// In cash.
    Cash,
    /// Given to a charity, which has an account like a member's.
    Charity(MemberId),
}

/// What becomes of the money of a member who has not chosen by the deadline.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum WithoutChoice {
    /// It is carried to a later payout, once. After that it lapses.
    CarryOnce,
    /// It is as if the member had chosen this.
    As(Choice),
}

/// Terms on which a payout asks members for their choice. An approval of the payout signs them.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ChoiceTerms {
    /// The last moment whose choice counts.
    pub deadline: Micros,
    /// What counts for members who have not chosen by then.
    pub without_choice: WithoutChoice,
    /// Least sum of money that is given as credit, in minor units; less is carried.
    pub minimum_credit_minor: i64,
    /// Least sum of money that is paid in cash, in minor units; less is carried.
    pub minimum_cash_minor: i64,
    /// Charities that members may choose, ascending, each once.
    pub charities: Vec<MemberId>,
    /// What the company adds to what members give to charity, in millionths of it.
    pub match_millionths: i64,
    /// Most that the company adds in all, in minor units.
    pub match_cap_minor: i64,
    /// True when money that earlier payouts carried is decided with this one's.
    pub takes_carried: bool,
}

impl ChoiceTerms {
    /// True when somebody can give these terms on a day: each part is in its range. The day of the deadline is that of UTC, so a day more
    /// is let pass.
    #[must_use]
    pub fn is_well_formed(&self, day: Day) -> bool {
        let is_default = match &self.without_choice {
            WithoutChoice::As(Choice::Charity(id)) => self.charities.binary_search(id).is_ok(),
            WithoutChoice::As(Choice::Cash) => false,
            WithoutChoice::As(Choice::Credit) | WithoutChoice::CarryOnce => true,
        };
        let money = [self.minimum_credit_minor, self.minimum_cash_minor, self.match_cap_minor];
        is_default
            && money.iter().all(|minor| (0..=MONEY_MAX).contains(minor))
            && self.charities.len() <= CHARITIES_MAX
            && self.charities.is_sorted_by(|one, next| one < next)
            && (0..=MATCH_MAX).contains(&self.match_millionths)
            && (self.match_millionths == 0 || self.match_cap_minor > 0)
            && self.deadline.day_in(&TimeZone::UTC).get() - day.get() <= CHOOSE_DAYS_MAX + 1
    }

    /// Returns the choice that counts: the member's, or the default where the member has none or names a charity that is not on offer.
    #[must_use]
    pub fn effective<'a>(&'a self, chosen: Option<&'a Choice>) -> Option<&'a Choice> {
        let is_offered = |choice: &&Choice| match choice {
            Choice::Charity(id) => self.charities.binary_search(id).is_ok(),
            Choice::Credit | Choice::Cash => true,
        };
        chosen.filter(is_offered).or(match &self.without_choice {
            WithoutChoice::CarryOnce => None,
            WithoutChoice::As(choice) => Some(choice),
        })
    }

    /// Returns the least sum of money that is given so, in minor units.
    #[must_use]
    pub const fn minimum_minor(&self, choice: &Choice) -> i64 {
        match choice {
            Choice::Credit => self.minimum_credit_minor,
            Choice::Cash => self.minimum_cash_minor,
            Choice::Charity(_) => 0,
        }
    }
}
