//! Times and local days.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use thiserror::Error;

/// A time, in microseconds since 1970-01-01T00:00:00Z, from year 1 to the end of year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(i64);

/// 0001-01-01T00:00:00Z, the first time a protobuf timestamp can hold.
const MICROS_MIN: i64 = -62_135_596_800_000_000;
/// 9999-12-31T23:59:59.999999Z, the last time a protobuf timestamp can hold.
const MICROS_MAX: i64 = 253_402_300_799_999_999;

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

impl Micros {
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

    /// True when a time given by a source or a person is too far ahead of the ledger's time: by more than
    /// [`MICROS_AHEAD_MAX`].
    #[must_use]
    pub fn is_ahead_of(self, now: Self) -> bool {
        self > now.plus(MICROS_AHEAD_MAX)
    }

    /// Writes the time as RFC 3339 in UTC.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.to_jiff().to_string()
    }

    /// Parses an RFC 3339 time and cuts it to the microsecond; `None` when the text is not a time.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        Self::new(text.parse::<jiff::Timestamp>().ok()?.as_microsecond())
    }

    /// Returns the local day of the time.
    #[must_use]
    pub fn day_in(self, zone: &TimeZone) -> Day {
        Day::from_date(self.to_jiff().to_zoned(zone.clone()).date())
    }

    /// Returns the local hour of the time, 0 to 23.
    #[must_use]
    pub fn hour_in(self, zone: &TimeZone) -> i8 {
        self.to_jiff().to_zoned(zone.clone()).hour()
    }

    /// Returns the zone's offset from UTC at the time, in seconds; positive east of UTC.
    #[must_use]
    pub fn utc_offset_in(self, zone: &TimeZone) -> i32 {
        zone.to_offset(self.to_jiff()).seconds()
    }

    fn to_jiff(self) -> jiff::Timestamp {
        // A Micros at the very end of year 9999 lies past jiff's last instant by less than a day of zone offsets.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

/// Longest local day that ever was, in hours. A place lived one day twice when it moved across the date line.
pub const DAY_HOURS_MAX: u8 = 48;

/// An hour of a local day: a whole number of 3,600 s since the day began. A longer day has more hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(u8);

impl Hour {
    /// Makes an hour; `None` when no day has so many hours.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < DAY_HOURS_MAX { Some(Self(number)) } else { None }
    }

    /// Returns the number of the hour, from 0.
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
        let start = self.date().to_zoned(zone.clone()).map_or(i64::MIN, |at| at.timestamp().as_microsecond());
        Micros(start.clamp(MICROS_MIN, MICROS_MAX))
    }

    /// Returns the calendar date.
    #[must_use]
    pub fn date(self) -> Date {
        Self::EPOCH
            .checked_add(jiff::Span::new().days(self.0))
            .expect("a Day was made from a date, or checked against the calendar")
    }
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
        assert_eq!((half_past_eleven_utc.utc_offset_in(&utc), half_past_eleven_utc.utc_offset_in(&london)), (0, 3_600));
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
}
