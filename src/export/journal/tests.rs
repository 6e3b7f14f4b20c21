use proptest::prelude::*;

use super::*;

fn day(date: &str) -> Day {
    Day::from_date(date.parse().expect("a date"))
}

fn pounds() -> Currency {
    Currency::from_code("GBP").expect("pounds")
}

fn moved(from: Bucket, to: Bucket, amount: i64) -> Movement {
    Movement { from, to, amount }
}

fn transaction(date: &str, text: &str, moves: &[Movement]) -> Transaction {
    Transaction { day: day(date), text: text.to_owned(), moves: moves.to_vec() }
}

fn begun(format: JournalFormat, accounts: &str) -> Journal<Vec<u8>> {
    let accounts = Accounts::parse(accounts).expect("a mapping");
    Journal::begin(format, Vec::new(), accounts, pounds(), &["t".to_owned()], day("2018-07-01")).expect("memory")
}

/// Writes a small journal, and returns what follows its head.
fn body(format: JournalFormat, accounts: &str, transactions: &[Transaction], balances: &[(Bucket, i128)]) -> String {
    let head = begun(format, accounts).out.len();
    let mut journal = begun(format, accounts);
    for transaction in transactions {
        journal.transaction(transaction).expect("in order");
    }
    let file = journal.end(balances).expect("memory");
    String::from_utf8(file).expect("text").split_off(head)
}

/// Accounts with few lines.
const FEW: &str = "
[points]
issued = 'Expenses:Points'
pending = 'Liabilities:Points:Waiting'
available = 'Liabilities:Points'
held = 'Liabilities:Points'
reserved = 'Liabilities:Points'
redeemed = 'Income:Points'
expired = 'Income:Points'
written_off = 'Expenses:Points'
paid = 'Expenses:Points'
moved = 'Expenses:Points'
[money]
granted = 'Expenses:Payouts'
due = 'Liabilities:Money'
carried = 'Liabilities:Money'
withheld = 'Liabilities:Money'
drawn = 'Liabilities:Money'
sent = 'Liabilities:Money'
settled = 'Assets:Bank'
lapsed = 'Assets:Bank'
donated = 'Liabilities:Money'
given = 'Liabilities:Money'
moved = 'Liabilities:Money'
";

fn few() -> ([Transaction; 2], [(Bucket, i128); 8]) {
    use Bucket::{Available, Due, Granted, Held, Issued, Pending, Redeemed, Settled};
    let transactions = [
        transaction(
            "2018-07-01",
            "answer_accepted, recorded",
            &[
                moved(Issued, Available, 30),
                moved(Issued, Pending, 12),
                moved(Available, Held, 7),
                moved(Held, Redeemed, 5),
            ],
        ),
        transaction("2018-07-31", "payout", &[moved(Granted, Due, 2_565), moved(Due, Settled, 2_500)]),
    ];
    let balances = [
        (Issued, -42),
        (Pending, 12),
        (Available, 23),
        (Held, 2),
        (Redeemed, 5),
        (Granted, -2_565),
        (Due, 65),
        (Settled, 2_500),
    ];
    (transactions, balances)
}

#[test]
fn hledger_gets_debits_and_credits_and_every_balance() {
    let (transactions, balances) = few();
    let expected = "
2018-07-01 * answer_accepted, recorded
    Expenses:Points                         42 PTS
    Liabilities:Points                       5 PTS
    Income:Points                           -5 PTS
    Liabilities:Points                     -30 PTS
    Liabilities:Points:Waiting             -12 PTS

2018-07-31 * payout
    Expenses:Payouts                     25.65 GBP
    Liabilities:Money                    25.00 GBP
    Assets:Bank                         -25.00 GBP
    Liabilities:Money                   -25.65 GBP

2018-07-31 * balances
    Assets:Bank                           0.00 GBP = -25.00 GBP
    Expenses:Payouts                      0.00 GBP = 25.65 GBP
    Expenses:Points                          0 PTS = 42 PTS
    Income:Points                            0 PTS = -5 PTS
    Liabilities:Money                     0.00 GBP = -0.65 GBP
    Liabilities:Points                       0 PTS = -25 PTS
    Liabilities:Points:Waiting               0 PTS = -12 PTS
";
    assert_eq!(body(JournalFormat::Hledger, FEW, &transactions, &balances), expected);
}

#[test]
fn beancount_gets_exact_balances_on_the_next_day_which_count_the_accounts_below() {
    let (transactions, balances) = few();
    let expected = "
2018-07-01 * \"answer_accepted, recorded\"
  Expenses:Points                         42 PTS
  Liabilities:Points                       5 PTS
  Income:Points                           -5 PTS
  Liabilities:Points                     -30 PTS
  Liabilities:Points:Waiting             -12 PTS

2018-07-31 * \"payout\"
  Expenses:Payouts                     25.65 GBP
  Liabilities:Money                    25.00 GBP
  Assets:Bank                         -25.00 GBP
  Liabilities:Money                   -25.65 GBP

2018-08-01 balance Assets:Bank                     -25.00 ~ 0 GBP
2018-08-01 balance Expenses:Payouts                 25.65 ~ 0 GBP
2018-08-01 balance Expenses:Points                     42 ~ 0 PTS
2018-08-01 balance Income:Points                       -5 ~ 0 PTS
2018-08-01 balance Liabilities:Money                -0.65 ~ 0 GBP
2018-08-01 balance Liabilities:Points                 -37 ~ 0 PTS
2018-08-01 balance Liabilities:Points:Waiting         -12 ~ 0 PTS
";
    assert_eq!(body(JournalFormat::Beancount, FEW, &transactions, &balances), expected);
}

#[test]
fn a_head_declares_commodities_and_accounts() {
    let points = "[points]\ncommodity = 'KUDOS'\nissued = 'Assets:Bank'";
    let head =
        |format| String::from_utf8(begun(format, &FEW.replacen("[points]\nissued = 'Expenses:Points'", points, 1)).out);
    let expected = "; t

decimal-mark .
commodity 1000. KUDOS
commodity 1000.00 GBP

account Assets:Bank
account Expenses:Payouts
account Expenses:Points
account Income:Points
account Liabilities:Money
account Liabilities:Points
account Liabilities:Points:Waiting
";
    assert_eq!(head(JournalFormat::Hledger).expect("text"), expected);
    let expected = "; t

option \"title\" \"t\"
option \"operating_currency\" \"GBP\"

2018-06-30 commodity KUDOS
2018-06-30 commodity GBP

2018-06-30 open Assets:Bank KUDOS,GBP
2018-06-30 open Expenses:Payouts GBP
2018-06-30 open Expenses:Points KUDOS
2018-06-30 open Income:Points KUDOS
2018-06-30 open Liabilities:Money GBP
2018-06-30 open Liabilities:Points KUDOS
2018-06-30 open Liabilities:Points:Waiting KUDOS
";
    assert_eq!(head(JournalFormat::Beancount).expect("text"), expected);
}

#[test]
fn what_stays_within_an_account_is_left_out() {
    let moves = [moved(Bucket::Available, Bucket::Held, 7), moved(Bucket::Issued, Bucket::Available, 0)];
    let mut journal = begun(JournalFormat::Hledger, FEW);
    let before = journal.out.len();
    journal.transaction(&transaction("2018-07-01", "held", &moves)).expect("in order");
    assert_eq!(journal.out.len(), before);
}

#[test]
fn the_order_of_moves_and_balances_changes_nothing() {
    let (mut transactions, mut balances) = few();
    for format in [JournalFormat::Hledger, JournalFormat::Beancount] {
        let first = body(format, "", &transactions, &balances);
        for transaction in &mut transactions {
            transaction.moves.reverse();
        }
        balances.reverse();
        assert_eq!(body(format, "", &transactions, &balances), first);
    }
}

#[test]
fn no_text_breaks_the_syntax() {
    for (text, written) in [
        ("a \"quoted\"; b | c\\", "a 'quoted', b / c/"),
        ("one\r\n\ttwo\u{85}three\u{2028}four\0", "one two three four"),
        ("* !(code) x", "code) x"),
        (" ( ", "-"),
        ("", "-"),
        ("kudos=5, żółw", "kudos=5, żółw"),
    ] {
        assert_eq!(plain(text), written, "{text:?}");
    }
}

#[test]
fn a_day_that_is_over_is_refused() {
    let earned = |date| transaction(date, "earned", &[moved(Bucket::Issued, Bucket::Available, 1)]);
    let mut journal = begun(JournalFormat::Hledger, "");
    assert!(journal.transaction(&earned("2018-06-30")).is_err(), "before the first");
    journal.transaction(&earned("2018-07-02")).expect("a day");
    journal.transaction(&earned("2018-07-02")).expect("the same day");
    let refused = journal.transaction(&earned("2018-07-01")).expect_err("an earlier day").to_string();
    assert!(refused.starts_with("2018-07-01 comes after 2018-07-02; "), "{refused}");
    assert!(journal.assert_balances(day("2018-07-01"), &[]).is_err(), "balances of an earlier day");
    journal.assert_balances(day("2018-07-02"), &[]).expect("balances");
    journal.assert_balances(day("2018-07-02"), &[]).expect("the same balances");
    assert!(journal.transaction(&earned("2018-07-02")).is_err(), "after its balances");
    journal.transaction(&earned("2018-07-03")).expect("the next day");
}

#[test]
fn points_never_become_money() {
    let mut journal = begun(JournalFormat::Hledger, "");
    let mixed = transaction("2018-07-01", "paid", &[moved(Bucket::Reserved, Bucket::Due, 1)]);
    let refused = journal.transaction(&mixed).expect_err("two units");
    assert!(matches!(refused, JournalError::UnitsDiffer(Bucket::Reserved, Bucket::Due)));
}

#[test]
fn the_edges_of_days_and_sums_are_errors() {
    let mut journal = begun(JournalFormat::Beancount, "");
    let last = journal.assert_balances(day("9999-12-31"), &[]).expect_err("no next day");
    assert!(matches!(last, JournalError::NoNextDay(_)));
    let least = [(Bucket::Due, i128::MIN)];
    let refused = journal.assert_balances(day("2018-07-01"), &least).expect_err("a sum past 128 bits").to_string();
    assert!(refused.starts_with("the sum of Liabilities:Money:Due does not fit"), "{refused}");
    let below = [(Bucket::Available, i128::MAX), (Bucket::Pending, i128::MAX)];
    let mut journal = begun(JournalFormat::Beancount, FEW);
    assert!(journal.assert_balances(day("2018-07-01"), &below).is_err(), "with the account below");
    let first = Journal::begin(JournalFormat::Beancount, Vec::new(), Accounts::standard(), pounds(), &[], Day::MIN);
    let head = String::from_utf8(first.expect("memory").out).expect("text");
    assert!(head.contains("0001-01-01 open Assets:Bank GBP"), "{head}");
}

#[test]
fn the_standard_accounts_are_allowed_and_come_back_from_their_file() {
    let standard = Accounts::standard();
    let read = Accounts::parse(&standard.to_toml()).expect("its own file");
    assert_eq!(read.to_toml(), standard.to_toml());
    assert!(Bucket::ALL.into_iter().all(|bucket| read.of(bucket) == standard.of(bucket)));
    assert_eq!(Accounts::parse(""), Ok(standard));
}

#[test]
fn every_problem_of_a_mapping_is_listed_with_its_line_and_key() {
    let mapping = "
colour = 'blue'
[points]
commodity = 'GBP'
availabel = 'Liabilities:Points'
pending = 'liabilities:points'
held = 7
due = 'Liabilities:Points'
[money]
commodity = 'GBP'
due = 'Liabilities:Owed to members'
sent = 'Liabilities'
[[extra]]
";
    let problems = Accounts::parse(mapping).expect_err("problems");
    let starts = [
        "line 2: colour is no table here; known are points, money",
        "line 4: points.commodity is \"GBP\"; give 2 to 24 letters A to Z",
        "line 5: points.availabel is no field here; known are commodity, issued, pending, available",
        "line 6: points.pending is \"liabilities:points\"; give Assets, Liabilities",
        "line 7: points.held is integer; give text in quotation marks",
        "line 8: points.due is no field here",
        "line 10: money.commodity is no field here; known are granted, due",
        "line 11: money.due is \"Liabilities:Owed to members\"; give",
        "line 12: money.sent is \"Liabilities\"; give",
        "line 13: extra is no table here",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
    let syntax = Accounts::parse("[points]\nheld = \n[money]\ndue = x\n").expect_err("no TOML");
    assert!(syntax.len() == 2 && syntax[0].starts_with("line 2: ") && syntax[1].starts_with("line 4: "), "{syntax:?}");
    assert_eq!(Accounts::parse("points = 1").expect_err("no table").len(), 1);
}

#[test]
fn accounts_and_commodities_are_those_that_both_programs_read() {
    let takes = |field: &str, text: &str| Accounts::parse(&format!("[points]\n{field} = {text:?}\n")).is_ok();
    for account in ["Assets:A", "Income:2018-Points:4a", "Equity:X-", "Expenses:A:B:C:D"] {
        assert!(takes("held", account), "{account}");
    }
    for account in [
        "",
        "Assets",
        "Assets:",
        "Assets:a",
        "Cash:A",
        "Assets:A::B",
        "Assets:-A",
        "Assets:A B",
        "Assets:Ü",
        "Assets:A;",
    ] {
        assert!(!takes("held", account), "{account}");
    }
    for commodity in ["PTS", "XP", "ABCDEFGHIJKLMNOPQRSTUVWX"] {
        assert!(takes("commodity", commodity), "{commodity}");
    }
    for commodity in ["", "P", "pts", "P2", "P-S", "EUR", "TRUE", "FALSE", "NULL", "ABCDEFGHIJKLMNOPQRSTUVWXY"] {
        assert!(!takes("commodity", commodity), "{commodity}");
    }
}

proptest! {
    /// Money looks as everywhere else.
    #[test]
    fn an_amount_is_written_as_its_currency_writes_it(minor: i64) {
        for code in ["JPY", "GBP", "KWD", "CLF"] {
            let currency = Currency::from_code(code).expect("a currency");
            let places = usize::try_from(currency.digits()).expect("few");
            prop_assert_eq!(with_places(minor.into(), places), currency.format(minor));
        }
    }
}

#[test]
fn a_sum_may_be_larger_than_an_amount() {
    assert_eq!(with_places(i128::MIN, 2), "-1701411834604692317316873037158841057.28");
    assert_eq!(with_places(-5, 2), "-0.05");
    assert_eq!(with_places(0, 0), "0");
}
