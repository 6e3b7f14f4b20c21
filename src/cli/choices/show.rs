//! Closings of choices as text.

use anyhow::Context as _;

use super::left;
use crate::cli::finance::{About, Side, amount, columns, facts, minor, money};
use crate::cli::text::{counted, grouped};
use goodturn::domain::value::ids::PayoutId;
use goodturn::domain::value::money::Currency;
use goodturn::pb;
use goodturn::pb::ClosingState as State;

/// The name of the sum of all sums.
const ALL: &str = "in all";

/// The name of what is carried.
const CARRIED: &str = "carried to a later payout";

/// The title of what the company adds.
const ADDED: &str = "the company adds";

/// Lots and their money, by what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sum {
    what: String,
    lots: i64,
    minor: i64,
    /// True when it is counted in the sum above it, and so in no other. It is not shown where it is nothing.
    is_part: bool,
}

impl Sum {
    const fn is_shown(&self) -> bool {
        !self.is_part || self.lots != 0 || self.minor != 0
    }
}

/// What a closing decides in all, as it was drawn up and so far.
struct Sums {
    planned: Vec<Sum>,
    decided: Vec<Sum>,
    /// What the company adds, by the same names.
    matched: Vec<(String, i64)>,
}

/// Shows a closing: who drew it up and decided on it, and what becomes of how much money.
///
/// # Errors
/// The server left something out.
pub(super) fn content(closing: &pb::Closing, id: &PayoutId, about: About<'_>) -> anyhow::Result<String> {
    let currency = about.currency;
    let sums = Sums::of(closing, currency)?;
    let at = about.when(closing.drafted_at.as_ref());
    let drawn_up = format!("by {}, {at}, as of entry {}", closing.drafted_by, grouped(closing.as_of_seq));
    let facts = facts(&[("drawn up", drawn_up), ("state", state(closing))]);
    let table = match closing.state() {
        State::Approved | State::Closed => sums.beside(currency) + &sums.differences(closing, currency),
        State::Draft | State::Rejected | State::Unspecified => sums.planned(currency),
    };
    Ok(format!("Closing of the choices of payout {id}\n{facts}\n{table}"))
}

/// Says in which state a closing is, and by whose word.
pub(in crate::cli) fn state(closing: &pb::Closing) -> String {
    match closing.state() {
        State::Draft => "waits for a second person".to_owned(),
        State::Approved => format!("approved by {}, lots are being decided", closing.approved_by),
        State::Closed => format!("approved by {}, closed: every lot is decided", closing.approved_by),
        State::Rejected if closing.rejection_note.is_empty() => format!("rejected by {}", closing.rejected_by),
        State::Rejected => format!("rejected by {}: {}", closing.rejected_by, closing.rejection_note),
        State::Unspecified => "unknown here; use the server's own version of goodturn".to_owned(),
    }
}

/// Says what comes next, and who does it.
///
/// # Errors
/// The server left something out.
pub(in crate::cli) fn next(closing: &pb::Closing, id: &PayoutId, about: About<'_>) -> anyhow::Result<String> {
    let by = |command: &str| about.call(&format!("choices {command} {id}"));
    Ok(match closing.state() {
        State::Draft => format!(
            "Nothing has moved yet. Another person than {}, with the role approver, must approve it:\n{}",
            closing.drafted_by,
            by("approve")
        ),
        State::Approved => format!(
            "The server goes on by itself. Whoever gives the same command again waits for the rest:\n{}",
            by("approve")
        ),
        State::Closed => left::to_do(closing, id, about)?,
        State::Rejected => {
            format!("Nothing has moved. A person with the role finance can draw up another:\n{}", by("close"))
        }
        State::Unspecified => String::new(),
    })
}

/// Says how far a closing is, while lots are being decided.
pub(super) fn progress(closing: &pb::Closing) -> Option<String> {
    let (done, of) = (lots(closing.decided.as_ref()?), lots(closing.planned.as_ref()?));
    (closing.state() == State::Approved).then(|| format!("{} of {} decided", grouped(done), counted(of, "lot")))
}

/// Counts the lots of all sums.
fn lots(totals: &pb::ClosingTotals) -> i64 {
    let single = [&totals.credit, &totals.cash, &totals.carried, &totals.lapsed].into_iter().flatten();
    let lots = single.map(|total| total.lots).chain(totals.donated.iter().map(|total| total.lots));
    lots.fold(0, i64::saturating_add)
}

impl Sums {
    fn of(closing: &pb::Closing, currency: Currency) -> anyhow::Result<Self> {
        let (planned, decided) = (closing.planned.as_ref(), closing.decided.as_ref());
        let matched = closing.matched.iter().map(|total| -> anyhow::Result<(String, i64)> {
            Ok((given_to(&total.charity_id), minor(total.amount.as_ref(), currency)?))
        });
        Ok(Self {
            matched: matched.collect::<anyhow::Result<_>>()?,
            planned: read(planned, currency)?,
            decided: read(decided, currency)?,
        })
    }

    /// Lists what is planned.
    fn planned(&self, currency: Currency) -> String {
        let code = currency.code();
        let head = vec![("", Side::Left), ("lots", Side::Right), (code, Side::Right), (ADDED, Side::Right)];
        let row = |sum: &Sum| {
            vec![sum.what.clone(), grouped(sum.lots), amount(sum.minor, currency), self.added(&sum.what, currency)]
        };
        let all = [in_all(&self.planned)];
        let rows = self.planned.iter().chain(&all).filter(|sum| sum.is_shown()).map(row).collect();
        self.table(head, rows)
    }

    /// Lists what is planned and what is decided, side by side.
    fn beside(&self, currency: Currency) -> String {
        let code = currency.code();
        let head = vec![
            ("", Side::Left),
            ("planned lots", Side::Right),
            (code, Side::Right),
            ("decided lots", Side::Right),
            (code, Side::Right),
            (ADDED, Side::Right),
        ];
        let row = |(planned, decided): &(Sum, Sum)| {
            vec![
                planned.what.clone(),
                grouped(planned.lots),
                amount(planned.minor, currency),
                grouped(decided.lots),
                amount(decided.minor, currency),
                self.added(&planned.what, currency),
            ]
        };
        let pairs = self.pairs();
        let all = (in_all(&self.planned), in_all(&self.decided));
        let shown = pairs.iter().chain([&all]).filter(|(planned, decided)| planned.is_shown() || decided.is_shown());
        let rows = shown.map(row).collect();
        self.table(head, rows)
    }

    /// Writes a table, whose last column is left out where the company adds nothing.
    fn table(&self, mut head: Vec<(&str, Side)>, mut rows: Vec<Vec<String>>) -> String {
        if self.matched.is_empty() {
            head.pop();
            for row in &mut rows {
                row.pop();
            }
        }
        columns(&head, &rows)
    }

    /// Writes what the company adds to a sum, or to all of them.
    fn added(&self, what: &str, currency: Currency) -> String {
        let added = self.matched.iter().filter(|(to, _)| what == ALL || to == what).map(|(_, minor)| *minor);
        let added = added.fold(0, i64::saturating_add);
        if added == 0 { String::new() } else { amount(added, currency) }
    }

    /// Puts what is planned beside what is decided. Where there is nothing of one, it is nothing.
    fn pairs(&self) -> Vec<(Sum, Sum)> {
        let of = |sums: &[Sum], what: &str| {
            let found = sums.iter().find(|sum| sum.what == what).cloned();
            found.unwrap_or_else(|| Sum { what: what.to_owned(), lots: 0, minor: 0, is_part: false })
        };
        let planned = self.planned.iter().map(|sum| (sum.clone(), of(&self.decided, &sum.what)));
        let is_planned = |sum: &&Sum| self.planned.iter().any(|planned| planned.what == sum.what);
        let others = self.decided.iter().filter(|sum| !is_planned(sum));
        planned.chain(others.map(|sum| (of(&self.planned, &sum.what), sum.clone()))).collect()
    }

    /// Says where something else was decided than was planned, and why; nothing before the end, and where all is the
    /// same.
    fn differences(&self, closing: &pb::Closing, currency: Currency) -> String {
        let told = |sum: &Sum| format!("{}, {}", counted(sum.lots, "lot"), money(sum.minor, currency));
        let differ = self.pairs().into_iter().filter(|(planned, decided)| planned != decided && !planned.is_part);
        let listed = differ.map(|(planned, decided)| {
            format!("  {}: {}, where {} were planned\n", planned.what, told(&decided), told(&planned))
        });
        let listed: String = listed.collect();
        if listed.is_empty() || closing.state() != State::Closed {
            return String::new();
        }
        format!(
            "\nNot all was decided as planned. Money that moved after the closing was drawn up, by a suspension or a \
             merger, was carried instead of what was signed, so nobody lost by it:\n{listed}"
        )
    }
}

fn given_to(charity: &str) -> String {
    format!("given to {charity}")
}

fn read(totals: Option<&pb::ClosingTotals>, currency: Currency) -> anyhow::Result<Vec<Sum>> {
    const LEFT_OUT: &str = "the server left the sums of the closing out";
    let totals = totals.context(LEFT_OUT)?;
    let single = [
        ("as credit", &totals.credit),
        ("in cash", &totals.cash),
        (CARRIED, &totals.carried),
        ("lapsed", &totals.lapsed),
    ];
    let mut sums = Vec::with_capacity(single.len() + totals.donated.len());
    for (what, total) in single {
        let total = total.as_ref().context(LEFT_OUT)?;
        let minor = minor(total.amount.as_ref(), currency)?;
        sums.push(Sum { what: what.to_owned(), lots: total.lots, minor, is_part: false });
        if what == CARRIED {
            sums.extend(parts_of_carried(totals, currency)?);
        }
    }
    for total in &totals.donated {
        let minor = minor(total.amount.as_ref(), currency)?;
        sums.push(Sum { what: given_to(&total.charity_id), lots: total.lots, minor, is_part: false });
    }
    Ok(sums)
}

/// Says why money is carried: names that are indented below its sum.
fn parts_of_carried(totals: &pb::ClosingTotals, currency: Currency) -> anyhow::Result<Vec<Sum>> {
    let parts = [
        ("  below the minimum", &totals.below_minimum),
        ("  without a choice (lapses next time)", &totals.unchosen),
        ("  withheld", &totals.withheld),
        ("  moved in between", &totals.moved),
    ];
    let mut sums = Vec::with_capacity(parts.len());
    for (what, total) in parts {
        let (lots, minor) = match total {
            Some(total) => (total.lots, minor(total.amount.as_ref(), currency)?),
            None => (0, 0),
        };
        sums.push(Sum { what: what.to_owned(), lots, minor, is_part: true });
    }
    Ok(sums)
}

fn in_all(sums: &[Sum]) -> Sum {
    let mut all = Sum { what: ALL.to_owned(), lots: 0, minor: 0, is_part: false };
    for sum in sums.iter().filter(|sum| !sum.is_part) {
        (all.lots, all.minor) = (all.lots.saturating_add(sum.lots), all.minor.saturating_add(sum.minor));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::finance::of_london;
    use goodturn::domain::value::ids::ProgramId;

    fn pounds() -> Currency {
        Currency::from_code("GBP").expect("pounds")
    }

    fn totals([credit, carried, donated]: [(i64, i64); 3]) -> pb::ClosingTotals {
        let pence = |minor| Some(goodturn::wire::money(minor, pounds()));
        let total = |(lots, minor): (i64, i64)| Some(pb::LotTotal { lots, amount: pence(minor) });
        let (lots, amount) = (donated.0, pence(donated.1));
        pb::ClosingTotals {
            credit: total(credit),
            cash: total((0, 0)),
            carried: total(carried),
            lapsed: total((0, 0)),
            donated: vec![pb::DonationTotal { charity_id: "shelter".into(), lots, amount }],
            ..pb::ClosingTotals::default()
        }
    }

    fn closing(state: State) -> pb::Closing {
        let amount = Some(goodturn::wire::money(250, pounds()));
        pb::Closing {
            state: state.into(),
            as_of_seq: 1_234,
            planned: Some(totals([(1_000, 500_000), (1, 5), (2, 500)])),
            decided: Some(totals([(999, 499_500), (2, 505), (2, 500)])),
            drafted_by: "anna".into(),
            approved_by: "ben".into(),
            matched: vec![pb::DonationTotal { charity_id: "shelter".into(), lots: 0, amount }],
            ..pb::Closing::default()
        }
    }

    fn shown(closing: &pb::Closing) -> String {
        let program = ProgramId::parse("qc").expect("an id");
        content(closing, &PayoutId::parse("p1").expect("an id"), of_london(&program)).expect("whole")
    }

    #[test]
    fn a_draft_shows_what_becomes_of_all_money_and_what_the_company_adds() {
        let expected = "Closing of the choices of payout p1
  drawn up  by anna, , as of entry 1,234
  state     waits for a second person

                              lots       GBP  the company adds
  as credit                  1,000  5,000.00
  in cash                        0      0.00
  carried to a later payout      1      0.05
  lapsed                         0      0.00
  given to shelter               2      5.00              2.50
  in all                     1,003  5,005.05              2.50
";
        let mut draft = closing(State::Draft);
        assert_eq!(shown(&draft), expected);
        draft.matched.clear();
        assert!(!shown(&draft).contains("the company adds"), "{}", shown(&draft));
    }

    #[test]
    fn a_closing_that_differs_from_its_plan_says_why() {
        let text = shown(&closing(State::Closed));
        let sums = "  as credit                         1,000  5,000.00           999  4,995.00\n";
        assert!(text.contains(sums), "{text}");
        let why = "so nobody lost by it:
  as credit: 999 lots, GBP 4,995.00, where 1,000 lots, GBP 5,000.00 were planned
  carried to a later payout: 2 lots, GBP 5.05, where 1 lot, GBP 0.05 were planned
";
        assert!(text.ends_with(why), "{text}");
        assert!(!shown(&closing(State::Approved)).contains("nobody lost"), "it goes on");
        let same = pb::Closing { decided: closing(State::Closed).planned, ..closing(State::Closed) };
        assert!(!shown(&same).contains("nobody lost"));
    }

    #[test]
    fn what_comes_next_is_told_with_the_command_and_who_may_give_it() {
        let (id, program) = (PayoutId::parse("p1").expect("an id"), ProgramId::parse("qc").expect("an id"));
        let told = |state| next(&closing(state), &id, of_london(&program)).expect("whole");
        assert_eq!(
            told(State::Draft),
            "Nothing has moved yet. Another person than anna, with the role approver, must approve it:\n  goodturn \
             choices approve p1 --program qc\n"
        );
        assert!(told(State::Rejected).ends_with("draw up another:\n  goodturn choices close p1 --program qc\n"));
        assert_eq!(progress(&closing(State::Approved)).as_deref(), Some("1,003 of 1,003 lots decided"));
        assert_eq!(progress(&closing(State::Closed)), None);
    }

    #[test]
    fn why_money_is_carried_stands_below_its_sum() {
        let part = |lots, minor| Some(pb::LotTotal { lots, amount: Some(goodturn::wire::money(minor, pounds())) });
        let (mut of, plain) = (closing(State::Closed), shown(&closing(State::Closed)));
        let (planned, decided) = (of.planned.take().expect("sums"), of.decided.take().expect("sums"));
        of.planned = Some(pb::ClosingTotals { unchosen: part(1, 5), ..planned });
        of.decided = Some(pb::ClosingTotals { unchosen: part(1, 5), moved: part(1, 500), ..decided });
        let text = shown(&of);
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("    ")).map(str::trim_start).collect();
        let words: Vec<String> =
            lines[1..].iter().map(|line| line.split_whitespace().collect::<Vec<&str>>().join(" ")).collect();
        let expected = ["without a choice (lapses next time) 1 0.05 1 0.05", "moved in between 0 0.00 1 5.00"];
        assert_eq!(words, expected, "{text}");
        let all = |text: &str| text.lines().find(|line| line.starts_with("  in all")).map(str::to_owned);
        let sums = |text: &str| all(text).map(|line| line.split_whitespace().collect::<Vec<&str>>().join(" "));
        assert_eq!(sums(&text), sums(&plain));
        assert!(text.contains("  carried to a later payout: 2 lots, GBP 5.05, where 1 lot, GBP 0.05 were planned\n"));
    }
}
