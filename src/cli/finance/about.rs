//! A programme, as text about its money needs it.

use prost_types::Timestamp;

use super::{Finance, call};
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::time::{Micros, time_zone};
use goodturn::wire::micros;

/// The programme that a text is about: its id, its money and its clock.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct About<'a> {
    pub(in crate::cli) program: &'a ProgramId,
    pub(in crate::cli) currency: Currency,
    /// Name of the time zone.
    pub(in crate::cli) zone: &'a str,
}

impl Finance {
    /// Returns what a text about the programme needs.
    pub(in crate::cli) fn about(&self) -> About<'_> {
        About { program: &self.program, currency: self.currency, zone: &self.time_zone }
    }
}

impl About<'_> {
    /// Writes a command for the reader to give, on a line of its own.
    pub(in crate::cli) fn call(self, words: &str) -> String {
        call(words, self.program)
    }

    /// Writes a time of the API as the programme's clocks show it; nothing where there is none.
    pub(in crate::cli) fn when(self, at: Option<&Timestamp>) -> String {
        at.and_then(micros).map(|at| self.clock(at)).unwrap_or_default()
    }

    /// Writes a time as the programme's clocks show it: `12 Jun 2027, 23:59 (Europe/London)`. Seconds stand there where
    /// they are neither the first nor the last of a minute.
    pub(in crate::cli) fn clock(self, at: Micros) -> String {
        let zone = time_zone(self.zone).ok().zip(jiff::Timestamp::from_microsecond(at.get()).ok());
        let Some((zone, instant)) = zone else { return at.to_rfc3339() };
        let shown = zone.to_datetime(instant);
        let form = if matches!(shown.second(), 0 | 59) { "%-d %b %Y, %H:%M" } else { "%-d %b %Y, %H:%M:%S" };
        format!("{} ({})", shown.strftime(form), self.zone)
    }
}

/// A programme for tests, which pays in pounds by London's clocks.
#[cfg(test)]
pub(in crate::cli) fn of_london(program: &ProgramId) -> About<'_> {
    About { program, currency: Currency::from_code("GBP").expect("pounds"), zone: "Europe/London" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_by_the_programmes_clocks() {
        let program = ProgramId::parse("qc").expect("an id");
        let about = of_london(&program);
        let told = |text: &str| about.clock(Micros::from_rfc3339(text).expect("a time"));
        assert_eq!(told("2027-06-12T22:59:59.999999Z"), "12 Jun 2027, 23:59 (Europe/London)");
        assert_eq!(told("2018-12-31T18:00:00Z"), "31 Dec 2018, 18:00 (Europe/London)");
        assert_eq!(told("2018-12-01T09:05:07Z"), "1 Dec 2018, 09:05:07 (Europe/London)");
        assert_eq!(About { zone: "Nowhere", ..about }.clock(Micros::new(0).expect("a time")), "1970-01-01T00:00:00Z");
        assert_eq!(about.when(None), "");
    }
}
