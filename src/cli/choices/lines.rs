//! What becomes of each lot when choices are closed: as a table, as a file, and who loses money by it.

use std::path::PathBuf;

use anyhow::bail;

use super::not_paid::{NotPaid, has_moved};
use super::{LinesArgs, closing, show};
use crate::cli::finance::{Finance, Side, amount, columns, id_of, minor, money};
use crate::cli::out;
use crate::cli::pages::Pages;
use crate::cli::server::answered;
use crate::cli::sheet::{guarded, write_whole};
use crate::cli::text::{count, counted};
use goodturn::domain::value::ids::PayoutId;
use goodturn::domain::value::money::Currency;
use goodturn::pb;
use goodturn::pb::{ClosingState as State, LotOutcome, LotState};

/// Lines asked for at a time.
const PAGE: i32 = 1_000;

/// Largest sums that are shown of those that lapse.
const TOP: usize = 10;

/// The columns of a file of lines. A file of those that lapse has the first [`LAPSED_COLUMNS`].
const HEAD: [&str; 8] = ["member", "payout", "granted_to", "amount", "currency", "outcome", "charity", "state"];

/// Number of columns without the outcome, which is the same in each row.
const LAPSED_COLUMNS: usize = 5;

/// What becomes of a lot, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Outcome {
    /// Paid as credit.
    Credit,
    /// Paid in cash.
    Cash,
    /// Carried: less than the minimum.
    BelowMinimum,
    /// Withheld, as the member is shut out; it comes back as carried.
    Withheld,
    /// Carried, as something happened to the member's money after the closing was drawn up.
    Moved,
    /// Carried for want of a choice, which happens once.
    Unchosen,
    /// Lapsed: the member loses it.
    Lapsed,
    /// Given to a charity.
    Donated,
}

impl Outcome {
    const fn to_api(self) -> LotOutcome {
        match self {
            Self::Credit => LotOutcome::Credit,
            Self::Cash => LotOutcome::Cash,
            Self::BelowMinimum => LotOutcome::BelowMinimum,
            Self::Withheld => LotOutcome::Withheld,
            Self::Moved => LotOutcome::Moved,
            Self::Unchosen => LotOutcome::Unchosen,
            Self::Lapsed => LotOutcome::Lapsed,
            Self::Donated => LotOutcome::Donated,
        }
    }
}

/// The name of an outcome, as files have it and `--outcome` takes it.
const fn outcome_name(outcome: LotOutcome) -> &'static str {
    match outcome {
        LotOutcome::Credit => "credit",
        LotOutcome::Cash => "cash",
        LotOutcome::BelowMinimum => "below-minimum",
        LotOutcome::Withheld => "withheld",
        LotOutcome::Moved => "moved",
        LotOutcome::Unchosen => "unchosen",
        LotOutcome::Lapsed => "lapsed",
        LotOutcome::Donated => "donated",
        LotOutcome::Unspecified => "unknown",
    }
}

/// The name of where a lot is now, as files have it.
const fn state_name(state: LotState) -> &'static str {
    match state {
        LotState::Due => "due",
        LotState::Carried => "carried",
        LotState::Withheld => "withheld",
        LotState::Lapsed => "lapsed",
        LotState::Donated => "donated",
        LotState::Drawn => "drawn",
        LotState::Sent => "sent",
        LotState::Settled => "settled",
        LotState::Unspecified => "unknown",
    }
}

/// Prints what becomes of each lot, or writes it to a file.
///
/// # Errors
/// No closing was drawn up, the server does not answer, or the file cannot be written. A closing that was rejected is
/// written to no file.
pub(super) async fn lines(args: &LinesArgs) -> anyhow::Result<()> {
    let mut finance = args.at.finance_for_long().await?;
    let currency = finance.currency;
    let outcome = args.outcome.map_or(LotOutcome::Unspecified, Outcome::to_api);
    let of = closing::read(&mut finance, &args.id).await?;
    let mut found = 0_i64;
    if let Some(path) = &args.csv {
        if matches!(of.state(), State::Rejected | State::Unspecified) {
            bail!("no file is written: the closing of {} was {}; nothing of this happened", args.id, show::state(&of));
        }
        let mut file = Vec::new();
        write_head(&mut file, HEAD.len())?;
        let mut not_paid = NotPaid::default();
        each(&mut finance, &args.id, outcome, |lines| {
            found = found.saturating_add(count(lines.len()));
            not_paid.take(lines, currency)?;
            write_rows(&mut file, lines, HEAD.len(), currency).map(|()| true)
        })
        .await?;
        write_whole(path, &file)?;
        not_paid.warn(of.state(), path, currency);
        if of.state() == State::Draft {
            out::say(&format!(
                "WARNING: nobody has signed this closing yet. {} says what would be if it were approved now; pay \
                 nobody by it",
                path.display()
            ));
        }
        return out::print(format!("{}: {}\n", path.display(), counted(found, "lot")));
    }
    let (member, payout, code) = ("member", "payout", currency.code());
    let mut head =
        Some(format!("{}\n\n{member:<24}  {payout:<24}  {code:>16}  what becomes of it\n", standing(&of, &args.id)));
    let mut is_read = true;
    each(&mut finance, &args.id, outcome, |lines| {
        found = found.saturating_add(count(lines.len()));
        let rows = lines.iter().map(|line| row(line, currency)).collect::<anyhow::Result<String>>()?;
        // It stands above the first rows: where there are none to be had, there is nothing to head.
        is_read = out::print_while_read(head.take().unwrap_or_default() + &rows)?;
        Ok(is_read)
    })
    .await?;
    // Whoever read it has had enough.
    if is_read { out::print(format!("{}\n", counted(found, "lot"))) } else { Ok(()) }
}

/// Says how the lines of a closing are to be read.
fn standing(closing: &pb::Closing, id: &PayoutId) -> String {
    let what = match closing.state() {
        State::Draft => "as it would be if it were approved now; it waits for a second person".to_owned(),
        State::Approved => format!("as decided so far, and as planned; {}", show::state(closing)),
        State::Closed => format!("as decided; {}", show::state(closing)),
        State::Rejected => format!("{}: nothing of this happened", show::state(closing)),
        State::Unspecified => show::state(closing),
    };
    format!("Closing of the choices of payout {id}: {what}.")
}

/// Writes a line of the table.
fn row(line: &pb::ClosingLine, currency: Currency) -> anyhow::Result<String> {
    let amount = amount(minor(line.amount.as_ref(), currency)?, currency);
    let to = if line.charity_id.is_empty() { String::new() } else { format!(" to {}", line.charity_id) };
    let of =
        if line.granted_to == line.member_id { String::new() } else { format!(", granted to {}", line.granted_to) };
    let (payout, outcome) = (id_of(&line.payout), outcome_name(line.outcome()));
    let now = if has_moved(line) { format!(", {} since", state_name(line.state())) } else { String::new() };
    Ok(format!("{:<24}  {payout:<24}  {amount:>16}  {outcome}{to}{of}{now}\n", line.member_id))
}

/// The lots whose members lose them.
pub(super) struct Lapsed {
    lots: i64,
    minor: i64,
    /// The largest: minor units, member, payout, and to whom it was granted.
    largest: Vec<(i64, [String; 3])>,
    /// All of them, as a file.
    file: Vec<u8>,
}

impl Lapsed {
    /// Reads them.
    ///
    /// # Errors
    /// Says what the server answered.
    pub(super) async fn read(finance: &mut Finance, id: &PayoutId) -> anyhow::Result<Self> {
        let currency = finance.currency;
        let mut lapsed = Self { lots: 0, minor: 0, largest: Vec::new(), file: Vec::new() };
        write_head(&mut lapsed.file, LAPSED_COLUMNS)?;
        each(finance, id, LotOutcome::Lapsed, |lines| lapsed.take(lines, currency).map(|()| true)).await?;
        Ok(lapsed)
    }

    fn take(&mut self, lines: &[pb::ClosingLine], currency: Currency) -> anyhow::Result<()> {
        for line in lines {
            let minor = minor(line.amount.as_ref(), currency)?;
            let names = [line.member_id.clone(), id_of(&line.payout).to_owned(), line.granted_to.clone()];
            self.largest.push((minor, names));
            (self.lots, self.minor) = (self.lots.saturating_add(1), self.minor.saturating_add(minor));
        }
        // The order of members is kept among equals.
        self.largest.sort_by_key(|(minor, _)| std::cmp::Reverse(*minor));
        self.largest.truncate(TOP);
        write_rows(&mut self.file, lines, LAPSED_COLUMNS, currency)
    }

    /// Writes all of them to a file, where one is asked for.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(&self, path: Option<&PathBuf>) -> anyhow::Result<String> {
        let Some(path) = path else { return Ok(String::new()) };
        write_whole(path, &self.file)?;
        Ok(format!("{}: all {} that lapse\n", path.display(), counted(self.lots, "lot")))
    }

    /// Says how much lapses, and whose are the largest sums. `planned` lots lapsed when the closing was drawn up.
    pub(super) fn told(&self, planned: i64, currency: Currency) -> String {
        let moved = match planned.saturating_sub(self.lots) {
            0 => String::new(),
            _ => format!("It was {} when this was drawn up; what moved since is carried.\n", counted(planned, "lot")),
        };
        if self.lots == 0 {
            return format!("\nNobody loses money: nothing lapses.\n{moved}");
        }
        let head = [
            ("member", Side::Left),
            ("payout", Side::Left),
            ("granted to", Side::Left),
            (currency.code(), Side::Right),
        ];
        let row = |(minor, [member, payout, of]): &(i64, [String; 3])| {
            vec![member.clone(), payout.clone(), of.clone(), amount(*minor, currency)]
        };
        let rows: Vec<Vec<String>> = self.largest.iter().map(row).collect();
        let (lots, sum) = (counted(self.lots, "lot"), money(self.minor, currency));
        let largest = counted(count(rows.len()), "largest sum");
        let table = columns(&head, &rows);
        format!("\nMembers lose {sum} in {lots} that lapse for want of a choice.\n{moved}The {largest}:\n{table}")
    }
}

/// Reads lines page by page, for as long as `take` returns true.
async fn each(
    finance: &mut Finance,
    id: &PayoutId,
    outcome: LotOutcome,
    mut take: impl FnMut(&[pb::ClosingLine]) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let name = finance.payout_name(id);
    let mut pages = Pages::default();
    loop {
        let (parent, page_token) = (name.clone(), pages.token());
        let request = pb::ListClosingLinesRequest { parent, outcome: outcome.into(), page_size: PAGE, page_token };
        let page = answered(finance.choices.list_closing_lines(request).await, "list what becomes of the lots")?;
        if !take(&page.lines)? || !pages.go_on(page.next_page_token)? {
            return Ok(());
        }
    }
}

fn write_head(file: &mut Vec<u8>, columns: usize) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(HEAD.iter().take(columns))?;
    writer.flush()?;
    Ok(())
}

fn write_rows(file: &mut Vec<u8>, lines: &[pb::ClosingLine], columns: usize, currency: Currency) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    for line in lines {
        let cells = [
            guarded(&line.member_id),
            id_of(&line.payout).to_owned(),
            guarded(&line.granted_to),
            currency.format(minor(line.amount.as_ref(), currency)?),
            currency.code().to_owned(),
            outcome_name(line.outcome()).to_owned(),
            guarded(&line.charity_id),
            state_name(line.state()).to_owned(),
        ];
        writer.write_record(cells.iter().take(columns))?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    fn pounds() -> Currency {
        Currency::from_code("GBP").expect("pounds")
    }

    fn line(member: &str, of: &str, pence: i64, outcome: LotOutcome) -> pb::ClosingLine {
        pb::ClosingLine {
            member_id: member.into(),
            payout: "programs/qc/payouts/p1".into(),
            granted_to: of.into(),
            amount: Some(goodturn::wire::money(pence, pounds())),
            outcome: outcome.into(),
            charity_id: if outcome == LotOutcome::Donated { "shelter".into() } else { String::new() },
            state: if outcome == LotOutcome::Donated { LotState::Donated } else { LotState::Withheld }.into(),
        }
    }

    #[test]
    fn an_outcome_has_one_name() {
        for outcome in Outcome::value_variants() {
            let name = outcome.to_possible_value().expect("each has a name");
            assert_eq!(name.get_name(), outcome_name(outcome.to_api()));
        }
        assert_eq!(Outcome::value_variants().len(), 8);
    }

    #[test]
    fn a_file_of_lines_has_their_outcome_and_one_of_those_that_lapse_has_not() {
        let lines = [line("=a", "=a", 123_456, LotOutcome::Donated), line("ben", "old", 5, LotOutcome::Cash)];
        let text = |columns: usize| {
            let mut file = Vec::new();
            write_head(&mut file, columns).expect("a head");
            write_rows(&mut file, &lines, columns, pounds()).expect("rows");
            String::from_utf8(file).expect("text")
        };
        let all = "member,payout,granted_to,amount,currency,outcome,charity,state
'=a,p1,'=a,1234.56,GBP,donated,shelter,donated
ben,p1,old,0.05,GBP,cash,,withheld
";
        assert_eq!(text(HEAD.len()), all);
        let lapsed = "member,payout,granted_to,amount,currency\n'=a,p1,'=a,1234.56,GBP\nben,p1,old,0.05,GBP\n";
        assert_eq!(text(LAPSED_COLUMNS), lapsed);
        let told = row(&lines[1], pounds()).expect("whole");
        assert!(told.ends_with("  0.05  cash, granted to old, withheld since\n"), "{told}");
    }

    #[test]
    fn the_largest_sums_that_lapse_are_shown_and_all_are_counted() {
        let mut lapsed = Lapsed { lots: 0, minor: 0, largest: Vec::new(), file: Vec::new() };
        assert_eq!(lapsed.told(0, pounds()), "\nNobody loses money: nothing lapses.\n");
        for page in 0..3 {
            let lines: Vec<pb::ClosingLine> =
                (0..10).map(|at| line(&format!("m{page}{at}"), "x", 100 + at, LotOutcome::Lapsed)).collect();
            lapsed.take(&lines, pounds()).expect("whole");
        }
        let told = lapsed.told(31, pounds());
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[1], "Members lose GBP 31.35 in 30 lots that lapse for want of a choice.");
        assert_eq!(lines[2], "It was 31 lots when this was drawn up; what moved since is carried.");
        assert_eq!((lines[3], lines.len()), ("The 10 largest sums:", 15));
        assert_eq!([lines[5], lines[6]], ["  m09     p1      x           1.09", "  m19     p1      x           1.09"]);
    }

    #[test]
    fn the_lines_of_a_closing_say_whether_they_came_true() {
        let id = PayoutId::parse("p1").expect("an id");
        let told = |state: State| {
            let (rejected_by, rejection_note) = ("ben".to_owned(), "ask the shop".to_owned());
            let approved_by = "cem".to_owned();
            let state = state.into();
            standing(&pb::Closing { state, approved_by, rejected_by, rejection_note, ..pb::Closing::default() }, &id)
        };
        let begin = "Closing of the choices of payout p1:";
        assert!(told(State::Draft).starts_with(&format!("{begin} as it would be if it were approved now; it waits")));
        assert!(told(State::Closed).starts_with(&format!("{begin} as decided; approved by cem, ")));
        let rejected = format!("{begin} rejected by ben: ask the shop: nothing of this happened.");
        assert_eq!(told(State::Rejected), rejected);
    }
}
