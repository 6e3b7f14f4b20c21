//! Conditions on the local time of an activity.

use super::*;
use crate::value::local::LocalTime;
use crate::value::time::Micros;

/// Returns a time, by an offset from UTC in seconds.
pub(super) fn time(at: &str, utc_offset_s: i32) -> LocalTime {
    let at = Micros::from_rfc3339(at).expect("a time");
    LocalTime::with_offset(at, utc_offset_s).expect("an offset")
}

#[test]
fn a_condition_on_local_time_goes_by_the_offset_of_the_activity() {
    let none = Attributes::new();
    let told = |text: &str, occurred: LocalTime| {
        let condition = Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        condition.holds(&Facts { occurred, ..no_facts(&none) })
    };
    let (monday, tuesday) = (time("2018-12-31T22:59:59.999999Z", 3_600), time("2018-12-31T23:00:00Z", 3_600));
    for (text, on_monday, on_tuesday) in [
        ("occurred.day_of_week == 1", true, false),
        ("occurred.day_of_week in [2, 7]", false, true),
        ("occurred.hour == 23", true, false),
        ("occurred.hour < 1", false, true),
        ("occurred.date == '2018-12-31'", true, false),
        ("occurred.date >= '2019-01-01'", false, true),
        ("occurred.date.endsWith('-01-01') && occurred.date.startsWith('2019')", false, true),
    ] {
        assert_eq!((told(text, monday), told(text, tuesday)), (Ok(on_monday), Ok(on_tuesday)), "{text}");
    }
    // The same instant, by another offset.
    assert_eq!(told("occurred.date == '2018-12-31'", time("2018-12-31T23:00:00Z", 0)), Ok(true));
    assert_eq!(told("occurred.day_of_week == 7", time("2018-03-18T12:00:00Z", 0)), Ok(true), "a Sunday");
}

#[test]
fn a_quantity_that_was_not_reported_has_no_value() {
    let none = Attributes::new();
    let many = Condition::parse("quantity >= 6").expect("a condition");
    assert_eq!(many.holds(&facts(&none)), Ok(true));
    assert_eq!(many.holds(&no_facts(&none)), Err(EvaluationError::Missing { name: "quantity".into() }));
}

#[test]
fn time_in_the_words_of_cel_is_refused_with_the_words_to_use() {
    let cases = [
        ("occurred_at.getDayOfWeek() == 6", 13, "as occurred.day_of_week == 6"),
        ("occurred_at.getHours('Europe/London') >= 18", 13, "as occurred.hour >= 18"),
        ("occurred_at.getMonth() == 11", 13, "occurred.date.startsWith(\"2018-12\")"),
        ("occurred_at >= timestamp('2018-12-24T00:00:00Z')", 16, "starts_at and ends_at"),
        ("occurred_at > 0", 1, "write occurred.date, as \"2018-12-24\""),
        ("occurred_at.hour > 0", 12, "or occurred.hour, 0 to 23"),
        ("occurred == 3", 1, "or occurred.hour, 0 to 23"),
        ("occurred.weekday == 6", 9, "occurred.day_of_week, which is 1 on Monday and 7 on Sunday"),
        ("has(occurred.hour)", 4, "write occurred.date"),
        ("occurred['hour'] == 3", 1, "write occurred.date"),
        ("'hour' in occurred", 11, "write occurred.date"),
    ];
    for (text, column, told) in cases {
        let error = refused(text);
        assert_eq!(error.column, Some(column), "{text}: {error}");
        assert!(error.to_string().contains(told), "{text}: {error}");
    }
}
