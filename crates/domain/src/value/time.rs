//! Times and local days.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use thiserror::Error;

/// A time, in microseconds since 1970-01-01T00:00:00Z, from year 1 to the end of year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(i64);

/// 0001-01-01T00:00:00Z, the first time a protobuf timestamp can hold.
const MICROS_MIN: i64 = -62_135_596_800_000_000;
/// 9999-12-31T23:59:59.999999Z, the last time a protobuf timestamp can hold.
const MICROS_MAX: i64 = 253_402_300_799_999_999;
/// The time from which both count, as a clock in UTC shows it.
const EPOCH: DateTime = jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// Most that a source's clock may be ahead of the ledger's, in microseconds: five minutes. A machine without
/// synchronisation drifts that far; a broken clock drifts further.
pub const MICROS_AHEAD_MAX: i64 = 5 * 60 * 1_000_000;

/// A calendar day in a programme's time zone, in days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// The text names no time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no time zone of the IANA database; give one as Europe/London")]
pub struct UnknownTimeZone(pub String);

/// Minutes by which the clocks of a place may be behind UTC: Baker Island, 12 hours.
pub(super) const WEST_MINUTES_MAX: u32 = 12 * 60;

/// Minutes by which the clocks of a place may be ahead of UTC: the Line Islands, 14 hours.
pub(super) const EAST_MINUTES_MAX: u32 = 14 * 60;

impl Micros {
    /// The first instant of 1970.
    pub const EPOCH: Self = Self(0);

    /// The last time there is: the end of year 9999.
    pub const MAX: Self = Self(MICROS_MAX);

    /// Makes a time; `None` outside years 1 to 9999.
    #[must_use]
    pub const fn new(micros: i64) -> Option<Self> {
        if micros >= MICROS_MIN && micros <= MICROS_MAX { Some(Self(micros)) } else { None }
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Returns the time this many microseconds later, at most the end of year 9999.
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros).clamp(MICROS_MIN, MICROS_MAX))
    }

    /// Returns the time this many times 24 hours later, at most the end of year 9999.
    #[must_use]
    pub fn days_later(self, days: u16) -> Self {
        self.plus(i64::from(days) * 24 * 60 * 60 * 1_000_000)
    }

    /// True when a time given by a source or a person is too far ahead of the ledger's time: by more than
    /// [`MICROS_AHEAD_MAX`].
    #[must_use]
    pub fn is_ahead_of(self, now: Self) -> bool {
        self > now.plus(MICROS_AHEAD_MAX)
    }

    /// Returns the local day of the time.
    #[must_use]
    pub fn day_in(self, zone: &TimeZone) -> Day {
        Day::from_date(self.clock_in(zone).date())
    }

    /// Returns the local hour of the time, 0 to 23.
    #[must_use]
    pub fn hour_in(self, zone: &TimeZone) -> i8 {
        self.clock_in(zone).hour()
    }

    /// Returns the offset from UTC that a time zone has at the time.
    pub(super) fn offset_in(self, zone: &TimeZone) -> Offset {
        // The last hours of year 9999 lie past jiff's last instant; no zone's offset changes in them.
        zone.to_offset(jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX))
    }

    /// Returns what clocks with this offset from UTC show at the time, up to the end of year 9999.
    pub(super) fn clock_at(self, offset: Offset) -> DateTime {
        let shown =
            SignedDuration::from_micros(self.0).saturating_add(SignedDuration::from_secs(offset.seconds().into()));
        EPOCH.saturating_add(shown)
    }

    /// Returns the time at which clocks with this offset from UTC show a time; `None` outside years 1 to 9999.
    pub(super) fn shown_at(shown: DateTime, offset: Offset) -> Option<Self> {
        let since = shown.duration_since(EPOCH).checked_sub(SignedDuration::from_secs(offset.seconds().into()))?;
        Self::new(i64::try_from(since.as_nanos().div_euclid(1_000)).ok()?)
    }

    fn clock_in(self, zone: &TimeZone) -> DateTime {
        self.clock_at(self.offset_in(zone))
    }
}

/// Hours that a clock shows in a day.
const CLOCK_HOURS: u8 = 24;

/// An hour of a local day, by the clock: 0 to 23. In autumn clocks repeat an hour: both times are the same hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(u8);

impl Hour {
    /// Makes an hour; `None` above 23.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < CLOCK_HOURS { Some(Self(number)) } else { None }
    }

    /// Returns the number of the hour, 0 to 23.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Day {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);

    /// Makes a day from days since 1970-01-01; `None` outside years 1 to 9999.
    #[must_use]
    pub fn new(days: i32) -> Option<Self> {
        let date = Self::EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        (date.year() >= 1).then_some(Self(days))
    }

    /// Returns the days since 1970-01-01.
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0
    }

    /// 0001-01-01, the first day there is.
    pub const MIN: Self = Self(-719_162);

    /// Makes a day from a calendar date; dates before year 1 become its first day.
    #[must_use]
    pub fn from_date(date: Date) -> Self {
        let days = Self::EPOCH.until(date).expect("every two dates are a number of days apart").get_days();
        Self(days).max(Self::MIN)
    }

    /// Returns the time at which the day begins in a time zone.
    #[must_use]
    pub fn start_in(self, zone: &TimeZone) -> Micros {
        first_instant(self.date().at(0, 0, 0, 0), zone)
    }

    /// Returns the time at which an hour of the day begins in a time zone. Of an hour that clocks repeat in autumn, it
    /// is the first time. An hour that clocks leave out in spring begins with the next one that they show.
    #[must_use]
    pub fn start_of_hour_in(self, hour: Hour, zone: &TimeZone) -> Micros {
        let hour = i8::try_from(hour.get()).expect("an hour is at most 23");
        first_instant(self.date().at(hour, 0, 0, 0), zone)
    }

    /// Returns the calendar date.
    #[must_use]
    pub fn date(self) -> Date {
        Self::EPOCH
            .checked_add(jiff::Span::new().days(self.0))
            .expect("a Day was made from a date, or checked against the calendar")
    }
}

/// Returns the first instant at which the clocks of a time zone show a time, or a later one when they leave it out.
fn first_instant(shown: DateTime, zone: &TimeZone) -> Micros {
    let edge = if shown < EPOCH { Micros(MICROS_MIN) } else { Micros(MICROS_MAX) };
    let at = match shown.to_zoned(zone.clone()) {
        Ok(at) => Micros::new(at.timestamp().as_microsecond()),
        // It lies past jiff's last instant.
        Err(_) => Micros::shown_at(shown, edge.offset_in(zone)),
    };
    at.unwrap_or(edge)
}

/// Finds a time zone in the built-in IANA database, the same on every machine.
///
/// # Errors
/// [`UnknownTimeZone`] when the database has no zone of that name.
pub fn time_zone(name: &str) -> Result<TimeZone, UnknownTimeZone> {
    jiff::tz::TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownTimeZone(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_programmes_own() {
        let half_past_eleven_utc = Micros::from_rfc3339("2018-06-30T23:30:00Z").expect("a time");
        let london = time_zone("Europe/London").expect("a zone");
        let utc = time_zone("UTC").expect("a zone");
        assert_eq!(half_past_eleven_utc.day_in(&utc).date().to_string(), "2018-06-30");
        assert_eq!(half_past_eleven_utc.day_in(&london).date().to_string(), "2018-07-01");
        assert_eq!((half_past_eleven_utc.hour_in(&utc), half_past_eleven_utc.hour_in(&london)), (23, 0));
    }

    #[test]
    fn days_count_from_1970_and_come_back() {
        assert_eq!(Day::new(0).map(|day| day.date().to_string()), Some("1970-01-01".to_owned()));
        for days in [-719_162, -1, 0, 1, 17_600, 2_932_896] {
            let day = Day::new(days).expect("a day");
            assert_eq!(Day::from_date(day.date()), day);
        }
        assert_eq!(Day::new(i32::MAX), None);
        assert_eq!(Day::new(-719_163), None);
    }

    #[test]
    fn an_hour_begins_when_clocks_first_show_it() {
        let london = time_zone("Europe/London").expect("a zone");
        let begins = |date: &str, hour: u8| {
            let day = Day::from_date(date.parse().expect("a date"));
            day.start_of_hour_in(Hour::new(hour).expect("an hour"), &london).to_rfc3339()
        };
        assert_eq!(begins("2018-06-30", 0), "2018-06-29T23:00:00Z");
        assert_eq!(begins("2018-10-28", 1), "2018-10-28T00:00:00Z", "the first of two");
        assert_eq!(begins("2018-10-28", 2), "2018-10-28T02:00:00Z");
        assert_eq!(begins("2018-03-25", 1), "2018-03-25T01:00:00Z", "clocks leave it out");
        assert_eq!(begins("2018-03-25", 2), "2018-03-25T01:00:00Z");
        assert_eq!(Hour::new(24), None);
    }

    #[test]
    fn the_first_instant_falls_on_a_day_that_can_be_stored_in_every_zone() {
        let first = Micros::new(MICROS_MIN).expect("a time");
        for zone in ["America/New_York", "UTC", "Pacific/Kiritimati"] {
            let day = first.day_in(&time_zone(zone).expect("a zone"));
            assert_eq!(Day::new(day.get()), Some(day), "{zone}");
        }
    }

    #[test]
    fn times_outside_years_1_to_9999_are_none() {
        assert_eq!(Micros::new(MICROS_MIN - 1), None);
        assert_eq!(Micros::new(MICROS_MAX + 1), None);
        assert_eq!(Micros::new(MICROS_MIN).map(Micros::to_rfc3339).as_deref(), Some("0001-01-01T00:00:00Z"));
    }

    #[test]
    fn the_last_hours_of_year_9999_are_what_they_are() {
        let last = Micros::new(MICROS_MAX).expect("a time");
        assert_eq!(last.to_rfc3339(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Micros::from_rfc3339("9999-12-31T23:59:59.999999Z"), Ok(last));
        let zone = |name| time_zone(name).expect("a zone");
        for (name, day, hour) in [("UTC", "9999-12-31", 23), ("America/New_York", "9999-12-31", 18)] {
            assert_eq!((last.day_in(&zone(name)).date().to_string().as_str(), last.hour_in(&zone(name))), (day, hour));
        }
        let day = last.day_in(&zone("UTC"));
        assert_eq!(day.start_in(&zone("UTC")).to_rfc3339(), "9999-12-31T00:00:00Z");
        assert_eq!(day.start_in(&zone("America/New_York")).to_rfc3339(), "9999-12-31T05:00:00Z");
        assert_eq!(day.start_in(&zone("Pacific/Kiritimati")).to_rfc3339(), "9999-12-30T10:00:00Z");
        let hour = Hour::new(23).expect("an hour");
        assert_eq!(day.start_of_hour_in(hour, &zone("America/New_York")), last, "there is no later time");
    }
}
