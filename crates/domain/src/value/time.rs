//! Times and local days.

use jiff::civil::{Date, DateTime};
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

/// Minutes by which the clocks of a place may be behind UTC: Baker Island, 12 hours.
pub(super) const WEST_MINUTES_MAX: u32 = 12 * 60;

/// Minutes by which the clocks of a place may be ahead of UTC: the Line Islands, 14 hours.
pub(super) const EAST_MINUTES_MAX: u32 = 14 * 60;

/// Reason why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotATime {
    /// The text has another form.
    #[error("no time of RFC 3339; give one as 2018-03-12T09:30:00Z")]
    Form,
    /// The text does not say the offset from UTC.
    #[error("no time of RFC 3339, as its offset is missing; put Z behind a time in UTC, else its offset, as +02:00")]
    NoOffset,
    /// No place has such an offset.
    #[error("no time of RFC 3339, as no place has that offset; give one from -12:00 to +14:00, or Z")]
    Offset,
    /// A leap second, which times that count microseconds do not have.
    #[error("no time here, as leap seconds are not counted; give second 59")]
    LeapSecond,
    /// The calendar or the clock has no such time, as on 30 February, or at 24:00.
    #[error("no time of the calendar; hours are 00 to 23, and years 0001 to 9999")]
    Calendar,
}

/// A text in the form of RFC 3339, taken apart as far as it is looked at here.
struct Written<'a> {
    second: &'a [u8],
    /// True west of UTC; then hours and minutes. `None` for UTC itself.
    offset: Option<(bool, u32, u32)>,
}

impl<'a> Written<'a> {
    fn of(text: &'a str) -> Result<Self, NotATime> {
        /// `d` is a digit, `T` what stands between date and time.
        const FORM: &[u8] = b"dddd-dd-ddTdd:dd:dd";
        let (start, rest) = text.as_bytes().split_at_checked(FORM.len()).ok_or(NotATime::Form)?;
        let fits = |(byte, form): (&u8, &u8)| match form {
            b'd' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            _ => byte == form,
        };
        if !start.iter().zip(FORM).all(fits) {
            return Err(NotATime::Form);
        }
        let rest = match rest.split_first() {
            Some((b'.', rest)) => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if !(1..=9).contains(&digits) {
                    return Err(NotATime::Form);
                }
                &rest[digits..]
            }
            _ => rest,
        };
        let two = |tens: u8, ones: u8| match (tens, ones) {
            (b'0'..=b'9', b'0'..=b'9') => Ok(u32::from(tens - b'0') * 10 + u32::from(ones - b'0')),
            _ => Err(NotATime::Form),
        };
        let offset = match *rest {
            [] => return Err(NotATime::NoOffset),
            [b'Z' | b'z'] => None,
            [sign @ (b'+' | b'-'), h, hh, b':', m, mm] => Some((sign == b'-', two(h, hh)?, two(m, mm)?)),
            _ => return Err(NotATime::Form),
        };
        Ok(Self { second: &start[FORM.len() - 2..], offset })
    }
}

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

    /// Reads a time of RFC 3339, as `2018-03-12T09:30:00.25+01:00`, and cuts it to the microsecond.
    ///
    /// Between date and time stands `T`, `t` or one blank; at the end `Z`, `z` or an offset from −12:00 to +14:00, which
    /// are all that clocks have shown since 1970. A fraction of a second has 1 to 9 digits.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn from_rfc3339(text: &str) -> Result<Self, NotATime> {
        let written = Written::of(text)?;
        if written.second == b"60" {
            return Err(NotATime::LeapSecond);
        }
        if let Some((is_west, hours, minutes)) = written.offset {
            let most = if is_west { WEST_MINUTES_MAX } else { EAST_MINUTES_MAX };
            if minutes > 59 || hours * 60 + minutes > most {
                return Err(NotATime::Offset);
            }
        }
        let at = text.parse::<jiff::Timestamp>().map_err(|_| NotATime::Calendar)?;
        Self::new(at.as_microsecond()).ok_or(NotATime::Calendar)
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

    pub(super) fn to_jiff(self) -> jiff::Timestamp {
        // A Micros at the very end of year 9999 lies past jiff's last instant by less than a day of zone offsets.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
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
    let at = shown.to_zoned(zone.clone()).map_or(i64::MIN, |at| at.timestamp().as_microsecond());
    Micros(at.clamp(MICROS_MIN, MICROS_MAX))
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
    fn a_time_is_read_in_the_forms_of_rfc_3339_and_in_no_other() {
        let utc = "2024-05-04T09:30:00Z";
        for text in [
            "2024-05-04t09:30:00z",
            "2024-05-04 09:30:00Z",
            "2024-05-04T09:30:00.0000009Z",
            "2024-05-04T23:30:00+14:00",
            "2024-05-03T21:30:00-12:00",
            "2024-05-04T15:00:00+05:30",
            "2024-05-04T11:29:00+01:59",
            "2024-05-04T09:30:00-00:00",
        ] {
            assert_eq!(Micros::from_rfc3339(text).map(Micros::to_rfc3339).as_deref(), Ok(utc), "{text}");
        }
        let cases = [
            (NotATime::NoOffset, vec!["2024-05-04T09:30:00", "2024-05-04 09:30:00.5"]),
            (
                NotATime::Offset,
                vec![
                    "2024-05-04T09:30:00+24:00",
                    "2024-05-04T09:30:00+14:01",
                    "2024-05-04T09:30:00-12:01",
                    "2024-05-04T09:30:00+01:60",
                    "2024-05-04T09:30:00+99:99",
                ],
            ),
            (NotATime::LeapSecond, vec!["2016-12-31T23:59:60Z", "2024-05-04T09:30:60Z"]),
            (
                NotATime::Calendar,
                vec![
                    "2024-05-04T24:00:00Z",
                    "2024-05-04T09:60:00Z",
                    "2024-05-04T09:30:61Z",
                    "2018-02-30T00:00:00Z",
                    "2024-13-01T00:00:00Z",
                    "0000-01-01T00:00:00Z",
                ],
            ),
            (
                NotATime::Form,
                vec![
                    "",
                    "yesterday",
                    "2024-05-04",
                    "2024-05-04T09:30Z",
                    "2024-05-04T09:30:00-05:00[Europe/London]",
                    "2024-05-04T09:30:00Z[UTC]",
                    "2024-05-04T09:30:00+0100",
                    "2024-05-04T09:30:00+01",
                    "2024-05-04T09:30:00,5Z",
                    "2024-05-04T09:30:00.Z",
                    "2024-05-04T09:30:00.1234567890Z",
                    "2024-05-04  09:30:00Z",
                    " 2024-05-04T09:30:00Z",
                    "2024-05-04T09:30:00Z ",
                    "2024-05-04_09:30:00Z",
                    "+002024-05-04T09:30:00Z",
                    "04/05/2024 09:30",
                    "1714815000",
                    "2024-05-04T09:30:00 Z",
                    "2024-05-04T09:30:00−01:00",
                ],
            ),
        ];
        for (error, texts) in cases {
            for text in texts {
                assert_eq!(Micros::from_rfc3339(text), Err(error), "{text}");
            }
        }
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
}
