//! The list of a payout: read from a file, looked through by the server, and sent.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use tonic::{Response, Status};
use tonic_types::StatusExt as _;

use super::compare::Shares;
use super::shares::{not_exported, shares_file};
use crate::cli::finance::{Finance, call, id_of};
use crate::cli::server::answered;
use crate::cli::sheet::{self, Columns, Faults, unguarded};
use crate::cli::text::{count, counted, grouped};
use crate::cli::watch::{Steps, until_stopped};
use goodturn::domain::value::ids::MemberId;
use goodturn::domain::value::number::whole;
use goodturn::pb;
use goodturn::pb::PayoutState as State;

const COLUMNS: Columns = Columns { required: &["member", "weight"], optional: &[] };

/// Rows of one call: as many as a server takes.
const BATCH: usize = 1_000;

/// Most rows of a list, as the API has it.
const ROWS_MAX: usize = 10_000_000;

/// A list that was read.
#[derive(Debug)]
pub(super) struct List {
    path: PathBuf,
    /// In the byte order of members, each once.
    rows: Vec<Row>,
    total_weight: i64,
    remainder_to: MemberId,
}

/// A row of a list.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    member: MemberId,
    weight: i64,
    /// Number of the line in the file.
    line: usize,
}

impl List {
    /// Reads the list of a file.
    ///
    /// # Errors
    /// Lists the faults of the file, with their lines.
    pub(super) fn read(path: &Path, remainder_to: &MemberId) -> anyhow::Result<Self> {
        let content = sheet::content(path)?;
        let mut faults = Faults::default();
        let (rows, total_weight) = parse(&content, &mut faults);
        faults.refuse(path, "is no list that can be paid")?;
        Ok(Self { path: path.to_owned(), rows, total_weight, remainder_to: remainder_to.clone() })
    }

    /// Returns the list as the terms of a payout have it.
    pub(super) fn terms(&self) -> pb::PayoutList {
        pb::PayoutList {
            row_count: count(self.rows.len()),
            total_weight: self.total_weight,
            remainder_member_id: self.remainder_to.to_string(),
        }
    }

    /// Returns the account that gets what rounding down leaves.
    pub(super) const fn remainder_to(&self) -> &MemberId {
        &self.remainder_to
    }

    /// Returns each member with the weight.
    pub(super) fn weights(&self) -> Vec<(MemberId, i64)> {
        self.rows.iter().map(|row| (row.member.clone(), row.weight)).collect()
    }

    /// Has the server look through every row. It records nothing, and the payout need not exist.
    ///
    /// # Errors
    /// Lists the rows that cannot be paid, with their lines.
    pub(super) async fn check(&self, finance: &mut Finance, payout: &str) -> anyhow::Result<()> {
        let (steps, mut faults, mut done) =
            (Steps::begin("rows checked", count(self.rows.len()))?, Faults::default(), 0);
        for rows in self.rows.chunks(BATCH) {
            let checked = check(finance, payout, rows.iter().collect(), &mut faults).await;
            if checked.is_err() {
                steps.end();
            }
            checked?;
            done += count(rows.len());
            steps.show(done);
        }
        steps.end();
        faults.refuse(&self.path, "is no list that can be paid; nothing was drafted")
    }

    /// Sends the rows that a payout does not have yet, and returns the draft.
    ///
    /// # Errors
    /// Says what the server answered, how far the list came, and how to go on. The payout has rows of another list.
    pub(super) async fn send(&self, finance: &mut Finance, begun: pb::Payout) -> anyhow::Result<pb::Payout> {
        let is_new = begun.state() == State::Drafting && begun.members == 0;
        let steps = Steps::begin("rows sent", count(self.rows.len()))?;
        let mut payout = begun;
        let sent = until_stopped(self.send_rows(finance, &mut payout, &steps)).await;
        steps.end();
        sent.map_err(|error| anyhow!("{error:#}; {}", self.goes_on(&payout, finance)))?;
        // Rows that were sent before may be those of the file as it was then.
        if !is_new && payout.state() == State::Draft {
            self.compare(finance, &payout.name).await?;
        }
        Ok(payout)
    }

    async fn send_rows(&self, finance: &mut Finance, payout: &mut pb::Payout, steps: &Steps) -> anyhow::Result<()> {
        while payout.state() == State::Drafting {
            steps.show(payout.members);
            let request = self.next_rows(payout)?;
            let answer = finance.payouts.add_list_rows(request).await;
            if let Err(status) = &answer {
                self.refuse_rows(status, payout.members)?;
            }
            let answer = answered(answer, "send the list")?;
            let goes_on = answer.members > payout.members || answer.state() != State::Drafting;
            ensure!(goes_on, "the server takes no more rows of the list");
            *payout = answer;
        }
        Ok(())
    }

    /// Refuses a list with rows after so many that a server does not take any more. It has looked through all of them
    /// before.
    fn refuse_rows(&self, status: &Status, sent: i64) -> anyhow::Result<()> {
        let (sent, mut faults) = (usize::try_from(sent)?, Faults::default());
        for (at, what) in Found::of(status).rows {
            if let Some(row) = self.rows.get(sent.saturating_add(at)) {
                faults.note(row.line, what.told(row));
            }
        }
        faults.refuse(&self.path, "cannot be paid any more as it is")
    }

    /// Makes the request with the rows after those that a payout has.
    fn next_rows(&self, payout: &pb::Payout) -> anyhow::Result<pb::AddListRowsRequest> {
        let at = usize::try_from(payout.members).unwrap_or(usize::MAX);
        let rest = self.rows.get(at..).filter(|rest| !rest.is_empty());
        let rest = rest.context("the payout has all rows, and is no draft yet")?;
        let before = at.checked_sub(1).and_then(|before| self.rows.get(before));
        let after = before.map(|row| row.member.to_string()).unwrap_or_default();
        Ok(request(&payout.name, after, rest.iter().take(BATCH), false))
    }

    /// Says how far the list came, and what can be done.
    fn goes_on(&self, payout: &pb::Payout, finance: &Finance) -> String {
        let cancel = call(&format!("payout cancel {}", id_of(&payout.name)), &finance.program);
        format!(
            "{} of {} of the list are there, and the same command again goes on after them. To end it and give the \
             pool back:\n{}",
            grouped(payout.members),
            counted(count(self.rows.len()), "row"),
            cancel.trim_end()
        )
    }

    /// Makes sure that a draft has the weights of the file.
    async fn compare(&self, finance: &mut Finance, payout: &str) -> anyhow::Result<()> {
        let file = shares_file(finance, payout).await.map_err(|status| not_exported(&status))?;
        let shares = Shares::read(&file, finance.currency).context("the server sent another file of shares")?;
        let other = self.rows.iter().find(|row| weight_of(&shares, row) != row.weight);
        let Some(row) = other else { return Ok(()) };
        let cancel = call(&format!("payout cancel {}", id_of(payout)), &finance.program);
        bail!(
            "{}:{}: {} has the weight {}, and {} in the payout: rows that were sent before are of another list. \
             Cancel the payout, and draft it anew with another id:\n{}",
            self.path.display(),
            row.line,
            row.member,
            grouped(row.weight),
            grouped(weight_of(&shares, row)),
            cancel.trim_end()
        )
    }
}

fn weight_of(shares: &Shares, row: &Row) -> i64 {
    shares.of(row.member.as_str()).map_or(0, |share| share.points)
}

/// Reads the rows of a file, sorted by the bytes of their members, and the sum of their weights.
fn parse(content: &[u8], faults: &mut Faults) -> (Vec<Row>, i64) {
    let mut rows = Vec::new();
    sheet::read(content, COLUMNS, faults, |row, faults| {
        let weight = whole(row.text(1)).filter(|weight| *weight > 0);
        if weight.is_none() {
            let problem = format!("weight is {:?}; give a whole number above 0 in plain digits, as 12", row.text(1));
            faults.note(row.line, problem);
        }
        match MemberId::parse(unguarded(row.text(0))) {
            Ok(member) => rows.push(Row { member, weight: weight.unwrap_or_default(), line: row.line }),
            Err(why) => faults.note(row.line, format!("member {why}")),
        }
    });
    // Those of one member stay in the order of the file.
    rows.sort_by(|one, other| one.member.cmp(&other.member));
    for pair in rows.windows(2) {
        let [one, other] = pair else { continue };
        if one.member == other.member {
            faults.note(other.line, format!("member {} stands on line {} already", other.member, one.line));
        }
    }
    if rows.len() > ROWS_MAX {
        let (has, most) = (grouped(count(rows.len())), grouped(count(ROWS_MAX)));
        faults.note_whole(format!("has {has} rows; a list has at most {most}"));
    }
    let total = rows.iter().try_fold(0_i64, |sum, row| sum.checked_add(row.weight));
    if total.is_none() {
        faults.note_whole("has weights whose sum does not fit 64 bits; divide all of them by the same number");
    }
    (rows, total.unwrap_or_default())
}

/// Has the server look through some rows. It lists few faults in one answer: what is wrong is left out of the next
/// call, until nothing is. Once enough faults are listed, the others are only counted.
async fn check(finance: &mut Finance, payout: &str, mut rows: Vec<&Row>, faults: &mut Faults) -> anyhow::Result<()> {
    while !rows.is_empty() {
        let request = request(payout, String::new(), rows.iter().copied(), true);
        let Err(status) = finance.payouts.add_list_rows(request).await else { return Ok(()) };
        let found = Found::of(&status);
        if found.rows.is_empty() {
            let refused: Result<Response<pb::Payout>, Status> = Err(status);
            return answered(refused, "check the list").map(drop);
        }
        if faults.are_listed_enough() {
            faults.note_others(found.number);
            return Ok(());
        }
        let wrong: BTreeSet<usize> = found.rows.iter().map(|(at, _)| *at).collect();
        for (at, what) in found.rows {
            let row = rows.get(at).with_context(|| format!("the server refuses row {at} of {}", rows.len()))?;
            faults.note(row.line, what.told(row));
        }
        let left = rows.into_iter().enumerate().filter(|(at, _)| !wrong.contains(at));
        rows = left.map(|(_, row)| row).collect();
    }
    Ok(())
}

/// What a server found wrong with rows.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// The rows that it names, by their place in the request.
    rows: Vec<(usize, Fault)>,
    /// Number of faults, also of those that it does not name.
    number: i64,
}

/// What is wrong with a row.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    field: String,
    problem: String,
}

impl Found {
    fn of(status: &Status) -> Self {
        let violations = status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
        let rows: Vec<(usize, Fault)> = violations
            .into_iter()
            .filter_map(|violation| {
                let (at, field) = violation.field.strip_prefix("rows[")?.split_once("].")?;
                let field = field.to_owned();
                Some((at.parse().ok()?, Fault { field, problem: violation.description }))
            })
            .collect();
        let told = status.get_details_error_info().and_then(|info| info.metadata.get("violations")?.parse().ok());
        let number = told.unwrap_or_else(|| count(rows.len()));
        Self { rows, number }
    }
}

impl Fault {
    fn told(&self, row: &Row) -> String {
        match self.field.as_str() {
            "member_id" => format!("member {} {}", row.member, self.problem),
            field => format!("{field} {}", self.problem),
        }
    }
}

fn request<'a>(
    payout: &str,
    after: String,
    rows: impl Iterator<Item = &'a Row>,
    validate_only: bool,
) -> pb::AddListRowsRequest {
    let rows = rows.map(|row| pb::ListRow { member_id: row.member.to_string(), weight: row.weight });
    pb::AddListRowsRequest { name: payout.to_owned(), after_member_id: after, rows: rows.collect(), validate_only }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tonic::Code;
    use tonic_types::ErrorDetails;

    use super::*;

    fn read_text(text: &str) -> Result<Vec<Row>, Vec<String>> {
        let mut faults = Faults::default();
        let (rows, _) = parse(text.as_bytes(), &mut faults);
        match faults.refuse(Path::new("l.csv"), "is wrong") {
            Ok(()) => Ok(rows),
            Err(error) => Err(error.to_string().lines().map(str::to_owned).collect()),
        }
    }

    #[test]
    fn rows_are_sorted_by_the_bytes_of_their_members() {
        let rows = read_text("weight,member\n5,b\n7,'=a\n9,Z\n11,a\n").expect("a list");
        let rows: Vec<(&str, i64, usize)> =
            rows.iter().map(|row| (row.member.as_str(), row.weight, row.line)).collect();
        assert_eq!(rows, [("=a", 7, 3), ("Z", 9, 4), ("a", 11, 5), ("b", 5, 2)]);
    }

    #[test]
    fn every_fault_of_a_file_is_told_at_once_with_its_line() {
        let told = read_text("member,weight\nada,5\nben,0\n,5\ncem,1.5\nada,-1\nada,\"1,000\"\nd e,x\n");
        let weight = |line, text: &str| {
            format!("  l.csv:{line}: weight is {text:?}; give a whole number above 0 in plain digits, as 12")
        };
        let expected = [
            "l.csv is wrong:".to_owned(),
            weight(3, "0"),
            "  l.csv:4: member is empty; give 1 to 128 characters".to_owned(),
            weight(5, "1.5"),
            weight(6, "-1"),
            "  l.csv:6: member ada stands on line 2 already".to_owned(),
            weight(7, "1,000"),
            "  l.csv:7: member ada stands on line 6 already".to_owned(),
            weight(8, "x"),
            "  l.csv:8: member has ' ' at byte 1; allowed are A-Z a-z 0-9 - . _ ~ : @ + =".to_owned(),
        ];
        assert_eq!(told.expect_err("it has faults"), expected);
        let large = read_text("member,weight\na,9223372036854775807\nb,1\n").expect_err("it does not fit");
        assert!(large[1].starts_with("  l.csv: has weights whose sum does not fit"), "{large:?}");
        assert_eq!(read_text("member,weight\n").expect_err("empty")[1], "  l.csv: has no rows below its first line");
    }

    #[test]
    fn faults_that_a_server_found_are_told_of_their_lines() {
        let mut details = ErrorDetails::new();
        let metadata = HashMap::from([("violations".to_owned(), "25".to_owned())]);
        details.set_error_info("ERROR_REASON_INVALID_REQUEST", "goodturn", metadata);
        details.add_bad_request_violation("rows[7].member_id", "is no member of the programme");
        details.add_bad_request_violation("others", "are wrong in 24 more places");
        let found = Found::of(&Status::with_error_details(Code::InvalidArgument, "it is wrong", details));
        assert_eq!((found.number, found.rows.len()), (25, 1));
        let row = Row { member: MemberId::parse("ada").expect("an id"), weight: 5, line: 9 };
        let (at, fault) = &found.rows[0];
        assert_eq!((*at, fault.told(&row)), (7, "member ada is no member of the programme".to_owned()));
        assert_eq!(Found::of(&Status::unavailable("it is gone")), Found { rows: Vec::new(), number: 0 });
    }

    #[test]
    fn rows_are_sent_from_where_the_payout_stands() {
        let rows: Vec<Row> = (0..2_500)
            .map(|at| Row { member: MemberId::parse(&format!("m{at:04}")).expect("an id"), weight: 1, line: at + 2 })
            .collect();
        let remainder_to = MemberId::parse("shelter").expect("an id");
        let list = List { path: "l.csv".into(), rows, total_weight: 2_500, remainder_to };
        let next = |members| list.next_rows(&pb::Payout { members, ..pb::Payout::default() });
        let told = |members| {
            let request = next(members).expect("there are rows");
            let first = request.rows.first().map(|row| row.member_id.clone()).unwrap_or_default();
            (request.after_member_id, first, request.rows.len())
        };
        assert_eq!(told(0), (String::new(), "m0000".to_owned(), 1_000));
        assert_eq!(told(1_000), ("m0999".to_owned(), "m1000".to_owned(), 1_000));
        assert_eq!(told(2_499), ("m2498".to_owned(), "m2499".to_owned(), 1));
        assert!(next(2_500).is_err() && next(9_999).is_err());
    }
}
