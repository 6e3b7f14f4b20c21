//! Local times: the day, the weekday and the hour that the clocks of a programme showed.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use crate::value::time::{Day, EAST_MINUTES_MAX, Hour, Micros, WEST_MINUTES_MAX};

/// A time, with the offset from UTC that the clocks of a programme had at it.
///
/// The offset is stored instead of asked for again. So the day and the hour stay what they were, also when a later
/// version of the time-zone data corrects the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    at: Micros,
    offset: Offset,
}

impl LocalTime {
    /// Returns a time with the offset that a time zone has at it.
    #[must_use]
    pub fn in_zone(at: Micros, zone: &TimeZone) -> Self {
        Self { at, offset: at.offset_in(zone) }
    }

    /// Returns a time with an offset in seconds, positive east of UTC; `None` when no place has had that offset since
    /// 1970: −12 to +14 hours are allowed.
    #[must_use]
    pub fn with_offset(at: Micros, utc_offset_s: i32) -> Option<Self> {
        let most = if utc_offset_s < 0 { WEST_MINUTES_MAX } else { EAST_MINUTES_MAX };
        let offset = Offset::from_seconds(utc_offset_s).ok()?;
        (utc_offset_s.unsigned_abs() <= most * 60).then_some(Self { at, offset })
    }

    /// Returns the offset from UTC, in seconds; positive east of UTC.
    #[must_use]
    pub const fn utc_offset_s(self) -> i32 {
        self.offset.seconds()
    }

    /// Returns the local day.
    #[must_use]
    pub fn day(self) -> Day {
        Day::from_date(self.clock().date())
    }

    /// Returns the local hour.
    #[must_use]
    pub fn hour(self) -> Hour {
        let hour = u8::try_from(self.clock().hour()).ok().and_then(Hour::new);
        hour.expect("clocks show hours from 0 to 23")
    }

    /// Returns the day of the week by ISO 8601: 1 is Monday, 7 is Sunday.
    #[must_use]
    pub fn day_of_week(self) -> i8 {
        self.clock().weekday().to_monday_one_offset()
    }

    fn clock(self) -> DateTime {
        self.at.clock_at(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::time::time_zone;

    fn shown(at: &str, zone: &str) -> String {
        let (at, zone) = (Micros::from_rfc3339(at).expect("a time"), time_zone(zone).expect("a zone"));
        let local = LocalTime::in_zone(at, &zone);
        assert_eq!(LocalTime::with_offset(at, local.utc_offset_s()), Some(local));
        assert_eq!(local.day(), at.day_in(&zone));
        format!("{} {} {} {}", local.day().date(), local.day_of_week(), local.hour().get(), local.utc_offset_s())
    }

    #[test]
    fn a_local_time_is_what_the_clocks_showed() {
        assert_eq!(shown("2018-06-30T23:30:00Z", "UTC"), "2018-06-30 6 23 0");
        assert_eq!(shown("2018-06-30T23:30:00Z", "Europe/London"), "2018-07-01 7 0 3600");
        assert_eq!(shown("2018-12-31T23:59:59.999999Z", "Asia/Kolkata"), "2019-01-01 2 5 19800");
        assert_eq!(shown("1971-06-01T00:30:00Z", "Africa/Monrovia"), "1971-05-31 1 23 -2670");
        assert_eq!(shown("2018-03-12T00:00:00Z", "Pacific/Kiritimati"), "2018-03-12 1 14 50400");
    }

    #[test]
    fn the_hour_that_clocks_repeat_in_autumn_is_one_and_the_one_they_leave_out_is_none() {
        let hours = |times: [&str; 4]| times.map(|at| shown(at, "Europe/London"));
        let in_autumn =
            ["2018-10-27T23:59:59Z", "2018-10-28T00:00:00Z", "2018-10-28T01:59:59Z", "2018-10-28T02:00:00Z"];
        let told = ["2018-10-28 7 0 3600", "2018-10-28 7 1 3600", "2018-10-28 7 1 0", "2018-10-28 7 2 0"];
        assert_eq!(hours(in_autumn), told);
        let in_spring =
            ["2018-03-25T00:59:59Z", "2018-03-25T01:00:00Z", "2018-03-25T01:59:59Z", "2018-03-25T02:00:00Z"];
        let told = ["2018-03-25 7 0 0", "2018-03-25 7 2 3600", "2018-03-25 7 2 3600", "2018-03-25 7 3 3600"];
        assert_eq!(hours(in_spring), told);
    }

    #[test]
    fn an_offset_that_no_place_has_had_is_none() {
        let noon = Micros::from_rfc3339("2018-03-12T12:00:00Z").expect("a time");
        for (offset, is_one) in [(-43_201, false), (-43_200, true), (50_400, true), (50_401, false), (i32::MIN, false)]
        {
            assert_eq!(LocalTime::with_offset(noon, offset).is_some(), is_one, "{offset}");
        }
    }
}
