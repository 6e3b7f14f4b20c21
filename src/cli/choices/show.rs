//! Closings of choices as text.

use anyhow::Context as _;

use crate::cli::finance::{Side, amount, call, columns, facts, minor, money};
use crate::cli::text::{counted, grouped};
use goodturn::domain::value::ids::{PayoutId, ProgramId};
use goodturn::domain::value::money::Currency;
use goodturn::domain::value::time::Micros;
use goodturn::pb;
use goodturn::pb::ClosingState as State;
use goodturn::wire::micros;

/// The name of the sum of all sums.
const ALL: &str = "in all";

/// The title of what the company adds.
const ADDED: &str = "the company adds";

/// Lots and their money, by what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sum {
    what: String,
    lots: i64,
    minor: i64,
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
pub(super) fn content(closing: &pb::Closing, id: &PayoutId, currency: Currency) -> anyhow::Result<String> {
    let sums = Sums::of(closing, currency)?;
    let at = closing.drafted_at.as_ref().and_then(micros).map(Micros::to_rfc3339).unwrap_or_default();
    let drawn_up = format!("by {}, {at}, as of entry {}", closing.drafted_by, grouped(closing.as_of_seq));
    let facts = facts(&[("drawn up", drawn_up), ("state", state(closing))]);
    let table = match closing.state() {
        State::Approved | State::Closed => sums.beside(currency) + &sums.differences(closing, currency),
        State::Draft | State::Rejected | State::Unspecified => sums.planned(currency),
    };
    Ok(format!("Closing of the choices of payout {id}\n{facts}\n{table}"))
}

/// Says in which state a closing is, and by whose word.
pub(super) fn state(closing: &pb::Closing) -> String {
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
pub(super) fn next(closing: &pb::Closing, id: &PayoutId, program: &ProgramId) -> String {
    let by = |command: &str| call(&format!("choices {command} {id}"), program);
    match closing.state() {
        State::Draft => format!(
            "Nothing has moved yet. Another person than {}, with the role approver, must approve it:\n{}",
            closing.drafted_by,
            by("approve")
        ),
        State::Approved => format!(
            "The server goes on by itself. Whoever gives the same command again waits for the rest:\n{}",
            by("approve")
        ),
        State::Closed => format!("Nothing is left to be done. What became of each lot:\n{}", by("lines")),
        State::Rejected => {
            format!("Nothing has moved. A person with the role finance can draw up another:\n{}", by("close"))
        }
        State::Unspecified => String::new(),
    }
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
        let rows = self.planned.iter().chain(&all).map(row).collect();
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
        let rows = pairs.iter().chain([&all]).map(row).collect();
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
            found.unwrap_or_else(|| Sum { what: what.to_owned(), lots: 0, minor: 0 })
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
        let differ = self.pairs().into_iter().filter(|(planned, decided)| planned != decided);
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
        ("carried to a later payout", &totals.carried),
        ("lapsed", &totals.lapsed),
    ];
    let mut sums = Vec::with_capacity(single.len() + totals.donated.len());
    for (what, total) in single {
        let total = total.as_ref().context(LEFT_OUT)?;
        let minor = minor(total.amount.as_ref(), currency)?;
        sums.push(Sum { what: what.to_owned(), lots: total.lots, minor });
    }
    for total in &totals.donated {
        let minor = minor(total.amount.as_ref(), currency)?;
        sums.push(Sum { what: given_to(&total.charity_id), lots: total.lots, minor });
    }
    Ok(sums)
}

fn in_all(sums: &[Sum]) -> Sum {
    let mut all = Sum { what: ALL.to_owned(), lots: 0, minor: 0 };
    for sum in sums {
        (all.lots, all.minor) = (all.lots.saturating_add(sum.lots), all.minor.saturating_add(sum.minor));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

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
        content(closing, &PayoutId::parse("p1").expect("an id"), pounds()).expect("whole")
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
        let told = |state| next(&closing(state), &id, &program);
        assert_eq!(
            told(State::Draft),
            "Nothing has moved yet. Another person than anna, with the role approver, must approve it:\n  goodturn \
             choices approve p1 --program qc\n"
        );
        assert!(told(State::Rejected).ends_with("draw up another:\n  goodturn choices close p1 --program qc\n"));
        assert_eq!(progress(&closing(State::Approved)).as_deref(), Some("1,003 of 1,003 lots decided"));
        assert_eq!(progress(&closing(State::Closed)), None);
    }
}
