//! Times as text: RFC 3339.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use thiserror::Error;

use crate::value::time::{EAST_MINUTES_MAX, Micros, WEST_MINUTES_MAX};

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
    /// The date and the time, without the offset.
    shown: &'a str,
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
        Ok(Self { shown: &text[..text.len() - rest.len()], second: &start[FORM.len() - 2..], offset })
    }
}

impl Micros {
    /// Writes the time as RFC 3339 in UTC.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        format!("{}Z", self.clock_at(Offset::UTC))
    }

    /// Reads a time of RFC 3339, as `2018-03-12T09:30:00.25+01:00`, and cuts it to the microsecond.
    ///
    /// Between date and time stands `T`, `t` or one blank; at the end `Z`, `z` or an offset from −12:00 to +14:00, which
    /// are all that clocks have shown since 1970. A fraction of a second has 1 to 9 digits.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn from_rfc3339(text: &str) -> Result<Self, NotATime> {
        let Written { shown, second, offset } = Written::of(text)?;
        if second == b"60" {
            return Err(NotATime::LeapSecond);
        }
        let (is_west, hours, minutes) = offset.unwrap_or_default();
        let (most, sign) = if is_west { (WEST_MINUTES_MAX, -1) } else { (EAST_MINUTES_MAX, 1) };
        let ahead = hours * 60 + minutes;
        if minutes > 59 || ahead > most {
            return Err(NotATime::Offset);
        }
        let seconds = i32::try_from(ahead * 60).map(|seconds| sign * seconds);
        let offset = seconds.ok().and_then(|seconds| Offset::from_seconds(seconds).ok()).ok_or(NotATime::Offset)?;
        let shown: DateTime = shown.parse().map_err(|_| NotATime::Calendar)?;
        Self::shown_at(shown, offset).ok_or(NotATime::Calendar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
