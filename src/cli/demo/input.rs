//! The input file: one activity on each line, as JSON. The whole file is read and checked before anything is sent.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{self, Display, Write as _};

use serde::Deserialize;

use super::kinds::{KINDS, Kind};
use goodturn::domain::value::ids::{ActivityId, IdError, MemberId, Subject};
use goodturn::domain::value::time::Micros;

/// Number of malformed lines that are listed; the rest are counted. Twenty fill a screen.
const LISTED_LINES_MAX: usize = 20;

/// One line of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Activity {
    /// Number of its line, from 1.
    pub(super) line: usize,
    /// The source's own id of the activity.
    pub(super) id: ActivityId,
    /// The kind of activity.
    pub(super) kind: Kind,
    /// The member who is credited.
    pub(super) member: MemberId,
    /// The member whose act it rests on.
    pub(super) counterparty: Option<MemberId>,
    /// The subject of the activity.
    pub(super) subject: Option<Subject>,
    /// The time at which it happened.
    pub(super) occurred_at: Micros,
}

impl Activity {
    /// True when member and counterparty are one, so that the activity earns nothing.
    pub(super) fn is_self_dealing(&self) -> bool {
        self.counterparty.as_ref() == Some(&self.member)
    }

    fn says_the_same_as(&self, other: &Self) -> bool {
        *self == Self { line: self.line, ..other.clone() }
    }
}

/// Reasons why a file cannot be replayed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum InputErrors {
    /// It holds no activity.
    Empty,
    /// Some lines are malformed, in the order of the file.
    Lines(Vec<BadLine>),
}

/// A malformed line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    /// Its number, from 1.
    pub(super) line: usize,
    /// The fault of the line.
    pub(super) problem: String,
}

/// Reads a file of activities, in the order of the file.
///
/// # Errors
/// [`InputErrors`] names every malformed line.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Activity>, InputErrors> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(InputErrors::Empty);
    }
    let mut activities: Vec<Activity> = Vec::new();
    let mut bad_lines = Vec::new();
    let mut index_of_id = BTreeMap::new();
    for (index, bytes) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = index + 1;
        match parse_line(line, bytes) {
            Err(problem) => bad_lines.push(BadLine { line, problem }),
            Ok(activity) => match index_of_id.entry(activity.id.clone()) {
                Entry::Vacant(vacant) => {
                    vacant.insert(activities.len());
                    activities.push(activity);
                }
                Entry::Occupied(occupied) => {
                    let problem = repeated(&activity, &activities[*occupied.get()]);
                    bad_lines.push(BadLine { line, problem });
                }
            },
        }
    }
    if bad_lines.is_empty() { Ok(activities) } else { Err(InputErrors::Lines(bad_lines)) }
}

impl Display for InputErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = match self {
            Self::Empty => return f.write_str("it is empty; give one activity a line, each a JSON object"),
            Self::Lines(lines) => lines,
        };
        let noun = if lines.len() == 1 { "line is" } else { "lines are" };
        write!(f, "{} {noun} malformed", lines.len())?;
        for BadLine { line, problem } in lines.iter().take(LISTED_LINES_MAX) {
            write!(f, "\n  line {line}: {problem}")?;
        }
        match lines.len().saturating_sub(LISTED_LINES_MAX) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for InputErrors {}

/// A line as it is written. An absent value and `null` mean the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    kind: String,
    member: String,
    counterparty: Option<String>,
    subject: Option<String>,
    occurred_at: String,
}

fn parse_line(line: usize, bytes: &[u8]) -> Result<Activity, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("byte {} is not UTF-8; save the file as UTF-8", error.valid_up_to() + 1))?;
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty; give an activity or take the line out".to_owned());
    }
    // Without this check, a list of values would pass as an object whose fields are in order.
    if !text.starts_with('{') {
        return Err("is not a JSON object; give one as {\"id\":…,\"kind\":…,\"member\":…,\"occurred_at\":…}".to_owned());
    }
    let given: Line = serde_json::from_str(text).map_err(|error| json_problem(&error))?;

    let mut problems = Problems::default();
    let id = problems.id("id", &given.id, ActivityId::parse);
    let kind = problems.keep(kind(&given.kind));
    let member = problems.id("member", &given.member, MemberId::parse);
    let counterparty = given.counterparty.map(|text| problems.id("counterparty", &text, MemberId::parse));
    let subject = given.subject.map(|text| problems.id("subject", &text, Subject::parse));
    let occurred_at = problems.keep(occurred_at(&given.occurred_at));
    match (id, kind, member, occurred_at) {
        (Some(id), Some(kind), Some(member), Some(occurred_at)) if problems.0.is_empty() => Ok(Activity {
            line,
            id,
            kind,
            member,
            counterparty: counterparty.flatten(),
            subject: subject.flatten(),
            occurred_at,
        }),
        _ => Err(problems.0),
    }
}

/// All problems of one line, so that they are reported at once.
#[derive(Default)]
struct Problems(String);

impl Problems {
    fn id<T>(&mut self, field: &str, text: &str, parse: fn(&str) -> Result<T, IdError>) -> Option<T> {
        self.keep(parse(text).map_err(|error| format!("{field} {error}")))
    }

    fn keep<T>(&mut self, parsed: Result<T, String>) -> Option<T> {
        parsed
            .map_err(|problem| {
                let separator = if self.0.is_empty() { "" } else { "; " };
                write!(self.0, "{separator}{problem}").expect("a String takes any text");
            })
            .ok()
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    let known = || KINDS.map(|kind| kind.terms().activity_kind).join(", ");
    Kind::of(text).ok_or_else(|| format!("kind {text:?} is unknown; known are {}", known()))
}

fn occurred_at(text: &str) -> Result<Micros, String> {
    Micros::from_rfc3339(text).map_err(|why| format!("occurred_at {text:?} is {why}"))
}

fn repeated(activity: &Activity, first: &Activity) -> String {
    let Activity { line, id, .. } = first;
    if activity.says_the_same_as(first) {
        format!("is a duplicate of line {line}: id {:?} again; take one of them out", id.as_str())
    } else {
        format!("id {:?} stands on line {line} with other content; ids are unique in a file", id.as_str())
    }
}

/// Returns the parser's message without its count of lines: it saw only one line.
fn json_problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
    format!("{what}, at column {}", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id":"vote-1","kind":"kudos","member":"user-7","occurred_at":"2018-03-12T00:00:00Z"}"#;

    /// Returns the problem of a file that has one, with its line.
    fn problem_of(text: impl AsRef<[u8]>) -> String {
        match parse(text.as_ref()) {
            Err(InputErrors::Lines(lines)) if lines.len() == 1 => {
                format!("line {}: {}", lines[0].line, lines[0].problem)
            }
            other => panic!("expected one malformed line, got {other:?}"),
        }
    }

    /// Returns the good line with one field's value changed, after a good line.
    fn with(from: &str, to: &str) -> String {
        let other = GOOD.replace("vote-1", "vote-2");
        assert!(other.contains(from), "{from}");
        format!("{GOOD}\n{}\n", other.replace(from, to))
    }

    #[test]
    fn a_line_becomes_an_activity_and_optional_fields_may_be_absent_or_null() {
        let full = r#"{"id":"vote-9","kind":"answer_accepted","member":"user-23","counterparty":"user-67",
            "subject":"answer-51","occurred_at":"2018-03-12T01:00:00+01:00"}"#
            .replace('\n', " ");
        let null = GOOD.replace("vote-1", "vote-2").replace('}', r#","counterparty":null,"subject":null}"#);
        let activities = parse(format!("{GOOD}\r\n{full}\n{null}").as_bytes()).expect("good lines");
        assert_eq!(activities.iter().map(|activity| activity.line).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(activities[1].counterparty.as_ref().map(MemberId::as_str), Some("user-67"));
        assert_eq!(activities[1].subject.as_ref().map(Subject::as_str), Some("answer-51"));
        assert_eq!(activities[1].occurred_at, activities[0].occurred_at, "01:00 in winter Paris is midnight UTC");
        assert!(activities[0].says_the_same_as(&activities[0]));
        assert_eq!((&activities[2].counterparty, &activities[2].subject), (&None, &None));
    }

    #[test]
    fn a_byte_order_mark_before_the_first_line_is_passed_over() {
        assert_eq!(parse(format!("\u{feff}{GOOD}\n").as_bytes()).map(|activities| activities.len()), Ok(1));
    }

    #[test]
    fn the_embedded_input_is_good() {
        let activities = parse(super::super::EMBEDDED).expect("the embedded input");
        assert_eq!(activities.len(), 10_327);
        assert_eq!(activities.iter().filter(|activity| activity.is_self_dealing()).count(), 17);
    }

    #[test]
    fn an_empty_file_is_an_error() {
        for empty in ["", "\n", " \n\n", "\u{feff}"] {
            assert_eq!(parse(empty.as_bytes()), Err(InputErrors::Empty), "{empty:?}");
        }
        assert!(InputErrors::Empty.to_string().contains("it is empty"));
    }

    #[test]
    fn a_line_that_is_no_json_object_is_an_error() {
        for odd in ["7", "[\"vote-1\",\"kudos\"]", "null", "id,kind,member"] {
            assert!(problem_of(format!("{GOOD}\n{odd}\n")).starts_with("line 2: is not a JSON object"), "{odd}");
        }
        assert_eq!(problem_of(with(",\"kind\"", "\"kind\"")), "line 2: expected `,` or `}`, at column 15");
        assert_eq!(problem_of(format!("{GOOD}{GOOD}")), "line 1: trailing characters, at column 86");
    }

    #[test]
    fn an_empty_line_between_others_is_an_error() {
        let other = GOOD.replace("vote-1", "vote-2");
        assert_eq!(
            problem_of(format!("{GOOD}\n\n{other}\n")),
            "line 2: is empty; give an activity or take the line out"
        );
    }

    #[test]
    fn a_missing_an_unknown_and_a_repeated_field_are_errors() {
        assert_eq!(problem_of(with("\"member\":\"user-7\",", "")), "line 2: missing field `member`, at column 67");
        let unknown = problem_of(with("\"member\"", "\"points\":1000,\"member\""));
        assert!(unknown.starts_with("line 2: unknown field `points`, expected one of `id`, `kind`"), "{unknown}");
        let repeated = problem_of(with("\"member\"", "\"member\":\"user-8\",\"member\""));
        assert!(repeated.starts_with("line 2: duplicate field `member`"), "{repeated}");
    }

    #[test]
    fn an_odd_id_is_an_error_that_names_the_field_and_the_rule() {
        assert_eq!(
            problem_of(with("user-7", "user 7")),
            "line 2: member has ' ' at byte 4; allowed are A-Z a-z 0-9 - . _ ~ : @ + ="
        );
        assert_eq!(problem_of(with("vote-2", "")), "line 2: id is empty; give 1 to 128 characters");
        let long = "x".repeat(129);
        assert_eq!(problem_of(with("user-7", &long)), "line 2: member has 129 bytes; at most 128 are allowed");
        let subject = problem_of(with("\"member\"", "\"subject\":\"a/b\",\"member\""));
        assert!(subject.starts_with("line 2: subject has '/'"), "{subject}");
        let counterparty = problem_of(with("\"member\"", "\"counterparty\":\"\",\"member\""));
        assert!(counterparty.starts_with("line 2: counterparty is empty"), "{counterparty}");
    }

    #[test]
    fn an_unknown_kind_is_an_error_that_lists_the_known_ones() {
        assert_eq!(
            problem_of(with("kudos", "sandwich")),
            "line 2: kind \"sandwich\" is unknown; known are answer_accepted, kudos, promotion"
        );
    }

    #[test]
    fn a_time_that_is_none_is_an_error() {
        for odd in ["yesterday", "2018-02-30T00:00:00Z", "2018-03-12T00:00:00", ""] {
            let problem = problem_of(with("2018-03-12T00:00:00Z", odd));
            assert!(problem.starts_with(&format!("line 2: occurred_at {odd:?} is no time of ")), "{problem}");
        }
    }

    #[test]
    fn everything_wrong_with_a_line_is_said_at_once() {
        let line = r#"{"id":"a b","kind":"hug","member":"","occurred_at":"now"}"#;
        let problem = problem_of(line);
        for part in ["id has ' '", "; kind \"hug\"", "; member is empty", "; occurred_at \"now\""] {
            assert!(problem.contains(part), "{part} in {problem}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_an_error_with_their_place() {
        let mut text = format!("{GOOD}\n").into_bytes();
        text.extend_from_slice(b"{\"id\":\"vote-\xff\"}\n");
        assert_eq!(problem_of(text), "line 2: byte 13 is not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn a_repeated_id_is_an_error_that_names_both_lines() {
        let other = GOOD.replace("vote-1", "vote-2");
        assert_eq!(
            problem_of(format!("{GOOD}\n{other}\n{GOOD}\n")),
            "line 3: is a duplicate of line 1: id \"vote-1\" again; take one of them out"
        );
        let changed = GOOD.replace("user-7", "user-8");
        assert_eq!(
            problem_of(format!("{GOOD}\n{other}\n{changed}\n")),
            "line 3: id \"vote-1\" stands on line 1 with other content; ids are unique in a file"
        );
    }

    #[test]
    fn the_first_twenty_malformed_lines_are_listed_and_the_rest_counted() {
        let errors = parse("x\n".repeat(23).as_bytes()).expect_err("malformed");
        let text = errors.to_string();
        assert!(text.starts_with("23 lines are malformed\n  line 1: "), "{text}");
        assert!(text.contains("\n  line 20: ") && !text.contains("line 21"), "{text}");
        assert!(text.ends_with("\n  and 3 more"), "{text}");
        let twenty = parse("x\n".repeat(20).as_bytes()).expect_err("malformed").to_string();
        assert!(!twenty.contains("more"), "{twenty}");
        let one = parse(b"x").expect_err("malformed").to_string();
        assert!(one.starts_with("1 line is malformed\n  line 1: "), "{one}");
    }
}
