//! Flags as sentences for the person who looks into them. They say what is recorded, not what it means.

use super::{Flag, IDLE_DAYS, Pattern};
use crate::domain::value::ids::MemberId;
use crate::domain::value::money::Currency;

impl Flag {
    /// Says what was found. Money is in the programme's currency.
    #[must_use]
    pub fn sentence(&self, currency: Currency) -> String {
        let (first, points) = (&self.members[0], self.points);
        match &self.pattern {
            Pattern::Reciprocal([one, other]) => format!(
                "{first} and {second} earn from each other: {} activities of {first} rest on acts of {second} and brought {} of \
                 {first}'s {} points; {} of {second} rest on acts of {first} and brought {} of {second}'s {}.",
                one.activities,
                one.points,
                one.earned,
                other.activities,
                other.points,
                other.earned,
                second = self.members[1],
            ),
            Pattern::Burst(burst) => {
                let alone = match burst.hour {
                    None => String::new(),
                    Some((hour, it)) if it.activities == self.entries => {
                        format!(", all in the hour from {hour:02}:00")
                    }
                    Some((hour, it)) => {
                        format!("; {} of them, with {} points, in the hour from {hour:02}:00", it.activities, it.points)
                    }
                };
                let days = if burst.active_days == 1 { "day" } else { "days" };
                format!(
                    "{first} earned {points} points on {} by {} activities{alone}. The median of their {} {days} with points is {}.",
                    burst.day.date(),
                    self.entries,
                    burst.active_days,
                    burst.median,
                )
            }
            Pattern::Ring => {
                let names: Vec<&str> = self.members.iter().chain([first]).map(MemberId::as_str).collect();
                format!("{}: recruited in a circle, for {points} points.", names.join(" recruited "))
            }
            Pattern::WriteOffs => format!(
                "{points} points of {first} were written off by {} acts: they had been spent or held before they were taken back.",
                self.entries,
            ),
            Pattern::RefundsExceed { minor } => format!(
                "Activities of {first} were refunded beyond what was paid, by {} {} in all; entries that show it: {}.",
                currency.format(*minor),
                currency.code(),
                self.entries,
            ),
            Pattern::IdleRecruits => format!(
                "{first} recruited {} members for {points} points, and none of them earned anything in the {IDLE_DAYS} days after.",
                self.entries,
            ),
        }
    }
}
