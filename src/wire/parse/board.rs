//! Windows and rankings.

use super::Violations;
use crate::board::Ranking;
use crate::domain::project::people::Hidden;
use crate::domain::value::time::Day;
use crate::domain::value::window::Window;
use crate::pb;

/// Reads a window; an unset day means today.
pub(crate) fn parse_window(violations: &mut Violations, window: Option<pb::Window>, today: Day) -> Option<Window> {
    let Some(window) = window else { return Some(Window::all_time()) };
    let mut within = violations.within("window".into());
    let Ok(kind) = pb::WindowKind::try_from(window.kind) else {
        return within.refuse("kind", format!("is {}, which is no kind of window", window.kind));
    };
    if kind != pb::WindowKind::Range && window.last_day.is_some() {
        within.add("last_day", "is only for ranges");
    }
    let all_time = matches!(kind, pb::WindowKind::Unspecified | pb::WindowKind::AllTime);
    if all_time && window.day.is_some() {
        within.add("day", "is not for all time: give a kind of window with it");
    }
    let day = match window.day {
        Some(day) => within.day("day", Some(day)),
        None => Some(today),
    };
    match kind {
        pb::WindowKind::Unspecified | pb::WindowKind::AllTime => Some(Window::all_time()),
        pb::WindowKind::Year => day.map(Window::year_of),
        pb::WindowKind::Month => day.map(Window::month_of),
        pb::WindowKind::Week => day.map(Window::week_of),
        pb::WindowKind::Day => day.map(Window::day),
        pb::WindowKind::Range => {
            let last = within.day("last_day", window.last_day);
            let (first, last) = (day?, last?);
            Window::range(first, last).or_else(|| within.refuse("last_day", "is before the first"))
        }
    }
}

/// Reads the reasons for which a board leaves nobody out.
pub(crate) fn parse_include(violations: &mut Violations, include: &[i32]) -> Hidden {
    let mut hidden = Hidden::NOT;
    for (at, reason) in include.iter().enumerate() {
        hidden = hidden.and(match pb::LeftOutReason::try_from(*reason) {
            Ok(pb::LeftOutReason::Suspended) => Hidden::SUSPENDED,
            Ok(pb::LeftOutReason::Banned) => Hidden::BANNED,
            Ok(pb::LeftOutReason::OptedOut) => Hidden::OPTED_OUT,
            Ok(pb::LeftOutReason::Labelled) => Hidden::LABELLED,
            Ok(pb::LeftOutReason::Unspecified) | Err(_) => {
                violations
                    .add(&format!("include[{at}]"), format!("is {reason}, which is no reason to leave a person out"));
                Hidden::NOT
            }
        });
    }
    hidden
}

pub(crate) fn parse_ranking(violations: &mut Violations, ranking: i32) -> Ranking {
    match pb::Ranking::try_from(ranking) {
        Ok(pb::Ranking::Unspecified | pb::Ranking::Competition) => Ranking::Competition,
        Ok(pb::Ranking::Dense) => Ranking::Dense,
        Ok(pb::Ranking::Ordinal) => Ranking::Ordinal,
        Err(_) => {
            violations.add("ranking", format!("is {ranking}, which is no ranking"));
            Ranking::Competition
        }
    }
}
