//! What the commands of finance share: the programme on a server, amounts, days and tables as text, and the question
//! before an approval.

mod about;
mod reject_args;
pub(super) mod table;

use std::io::{IsTerminal as _, stdin, stdout};

use anyhow::{Context as _, bail, ensure};
use jiff::civil;
use tonic::metadata::{Ascii, MetadataValue};

pub(super) use self::about::About;
#[cfg(test)]
pub(super) use self::about::of_london;
pub(super) use self::reject_args::{RejectArgs, WhyArgs};
pub(super) use self::table::{Side, columns, facts};
use super::program_id;
use super::server::{Connection, PrincipalArgs, ServerArgs, answered};
use crate::cli::out;
use crate::cli::text::grouped_decimal;
use goodturn::domain::value::encoding::hex;
use goodturn::domain::value::ids::{BatchId, MemberId, PayoutId, ProgramId, StatementId};
use goodturn::domain::value::money::Currency;
use goodturn::google::r#type::{Date, Money};
use goodturn::pb;
use goodturn::pb::books_client::BooksClient;
use goodturn::pb::choices_client::ChoicesClient;
use goodturn::pb::payments_client::PaymentsClient;
use goodturn::pb::payouts_client::PayoutsClient;
use goodturn::pb::programs_client::ProgramsClient;

/// Fewest digits that name a digest: 64 bits, which nobody meets by chance.
const DIGITS_MIN: usize = 16;

/// Digits of a whole digest.
const DIGITS: usize = 64;

/// The programme, and the server that has it.
#[derive(Debug, clap::Args)]
pub(super) struct AtArgs {
    /// The programme.
    #[arg(long, value_parser = program_id)]
    pub(super) program: ProgramId,
    #[command(flatten)]
    pub(super) server: ServerArgs,
}

/// The same for commands that record something.
#[derive(Debug, clap::Args)]
pub(super) struct RecordArgs {
    #[command(flatten)]
    pub(super) at: AtArgs,
    #[command(flatten)]
    principal: PrincipalArgs,
}

impl AtArgs {
    /// Connects for questions that a server answers at once.
    ///
    /// # Errors
    /// Says that no server answers, or that it has no such programme.
    pub(super) async fn finance(&self) -> anyhow::Result<Finance> {
        Finance::on(&self.program, self.server.connect().await?).await
    }

    /// Connects for questions about all members, which take as long as they need.
    ///
    /// # Errors
    /// As above.
    pub(super) async fn finance_for_long(&self) -> anyhow::Result<Finance> {
        Finance::on(&self.program, self.server.connect_for_long().await?).await
    }
}

impl RecordArgs {
    /// Connects for acts that a server answers at once.
    ///
    /// # Errors
    /// Says that no server answers, or that it has no such programme.
    pub(super) async fn finance(&self) -> anyhow::Result<Finance> {
        Finance::on(&self.at.program, self.at.server.connect_as(self.name()).await?).await
    }

    /// Connects for acts on all members, which take as long as they need.
    ///
    /// # Errors
    /// As above.
    pub(super) async fn finance_for_long(&self) -> anyhow::Result<Finance> {
        Finance::on(&self.at.program, self.at.server.connect_for_long_as(self.name()).await?).await
    }

    /// Returns the name under which it is recorded.
    pub(super) fn name(&self) -> Option<MetadataValue<Ascii>> {
        self.principal.name.clone()
    }
}

/// A programme's finance on a server.
pub(super) struct Finance {
    pub(super) payouts: PayoutsClient<Connection>,
    pub(super) choices: ChoicesClient<Connection>,
    pub(super) payments: PaymentsClient<Connection>,
    pub(super) books: BooksClient<Connection>,
    pub(super) program: ProgramId,
    pub(super) currency: Currency,
    /// Name of the time zone whose midnight separates the programme's days.
    pub(super) time_zone: String,
}

impl Finance {
    pub(super) async fn on(program: &ProgramId, connection: Connection) -> anyhow::Result<Self> {
        let name = format!("programs/{program}");
        let mut programs = ProgramsClient::new(connection.clone());
        let terms = answered(programs.get_program(pb::GetProgramRequest { name }).await, "find the programme")?;
        let currency = Currency::from_code(&terms.currency_code);
        let currency = currency.with_context(|| format!("{program} pays in an unknown currency"))?;
        let (choices, payments) = (ChoicesClient::new(connection.clone()), PaymentsClient::new(connection.clone()));
        let books = BooksClient::new(connection.clone());
        let (payouts, program) = (PayoutsClient::new(connection), program.clone());
        Ok(Self { payouts, choices, payments, books, program, currency, time_zone: terms.time_zone })
    }

    /// Returns the resource name of a savings statement.
    pub(super) fn statement_name(&self, id: &str) -> String {
        format!("programs/{}/savingsStatements/{id}", self.program)
    }

    /// Returns the resource name of a payout.
    pub(super) fn payout_name(&self, id: &PayoutId) -> String {
        format!("programs/{}/payouts/{id}", self.program)
    }

    /// Returns the resource name of a batch of payments.
    pub(super) fn batch_name(&self, id: &BatchId) -> String {
        format!("programs/{}/batches/{id}", self.program)
    }

    /// Returns the resource name of a member.
    pub(super) fn member_name(&self, id: &MemberId) -> String {
        format!("programs/{}/members/{id}", self.program)
    }

    /// Reads a savings statement.
    ///
    /// # Errors
    /// There is none of that id, or the server does not answer.
    pub(super) async fn statement(&mut self, id: &str) -> anyhow::Result<pb::SavingsStatement> {
        let request = pb::GetSavingsStatementRequest { name: self.statement_name(id) };
        answered(self.payouts.get_savings_statement(request).await, "read the savings statement")
    }

    /// Reads a payout.
    ///
    /// # Errors
    /// As above.
    pub(super) async fn payout(&mut self, id: &PayoutId) -> anyhow::Result<pb::Payout> {
        let request = pb::GetPayoutRequest { name: self.payout_name(id) };
        answered(self.payouts.get_payout(request).await, "read the payout")
    }
}

/// Reads a statement's id from the command line.
pub(super) fn statement_id(text: &str) -> Result<StatementId, String> {
    StatementId::parse(text).map_err(|why| why.to_string())
}

/// Reads a payout's id from the command line.
pub(super) fn payout_id(text: &str) -> Result<PayoutId, String> {
    PayoutId::parse(text).map_err(|why| why.to_string())
}

/// Reads a batch's id from the command line.
pub(super) fn batch_id(text: &str) -> Result<BatchId, String> {
    BatchId::parse(text).map_err(|why| why.to_string())
}

/// Reads a member's id from the command line.
pub(super) fn member_id(text: &str) -> Result<MemberId, String> {
    MemberId::parse(text).map_err(|why| why.to_string())
}

/// Returns the last part of a resource name.
pub(super) fn id_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// Writes a command for the reader to give, on a line of its own.
pub(super) fn call(words: &str, program: &ProgramId) -> String {
    format!("  goodturn {words} --program {program}\n")
}

/// Writes minor units in the main unit, with commas between thousands: 1056700 pence are `10,567.00`.
pub(super) fn amount(minor: i64, currency: Currency) -> String {
    grouped_decimal(&currency.format(minor))
}

/// The same behind the currency's code: `GBP 10,567.00`.
pub(super) fn money(minor: i64, currency: Currency) -> String {
    format!("{} {}", currency.code(), amount(minor, currency))
}

/// Reads money of the API as minor units.
///
/// # Errors
/// There is no money, its currency is another, or it does not fit.
pub(super) fn minor(money: Option<&Money>, currency: Currency) -> anyhow::Result<i64> {
    let (money, code) = (money.context("the server left an amount out")?, currency.code());
    ensure!(money.currency_code == code, "the server answered in {:?}, not {code}", money.currency_code);
    let nanos_per_minor = 1_000_000_000 / currency.minor_per_main();
    let nanos = i64::from(money.nanos);
    ensure!(nanos % nanos_per_minor == 0, "the server answered with parts of the smallest unit of {code}");
    let minor = money.units.checked_mul(currency.minor_per_main());
    let minor = minor.and_then(|minor| minor.checked_add(nanos / nanos_per_minor));
    minor.context("the server answered with an amount too large to count")
}

/// Writes money of the API: `GBP 10,567.00`.
///
/// # Errors
/// As above.
pub(super) fn told(of: Option<&Money>, currency: Currency) -> anyhow::Result<String> {
    Ok(money(minor(of, currency)?, currency))
}

/// Reads a day of the API.
///
/// # Errors
/// There is none.
pub(super) fn day(date: Option<Date>) -> anyhow::Result<civil::Date> {
    let date = date.context("the server left a day out")?;
    let parts = i16::try_from(date.year).ok().zip(i8::try_from(date.month).ok()).zip(i8::try_from(date.day).ok());
    let day = parts.and_then(|((year, month), day)| civil::Date::new(year, month, day).ok());
    day.context("the server answered with a day that no calendar has")
}

/// Writes a day as the API takes it.
pub(super) fn date(day: civil::Date) -> Date {
    Date { year: day.year().into(), month: day.month().into(), day: day.day().into() }
}

/// Writes a day: `30 Nov 2018`.
pub(super) fn day_text(day: civil::Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// Writes a period: `1 Jun – 30 Nov 2018`.
pub(super) fn period(first: civil::Date, last: civil::Date) -> String {
    let from = if first.year() == last.year() { first.strftime("%-d %b").to_string() } else { day_text(first) };
    if first == last { day_text(last) } else { format!("{from} – {}", day_text(last)) }
}

/// Writes a digest as hexadecimal digits in groups of four.
pub(super) fn digest_text(digest: &[u8]) -> String {
    let digits = hex(digest);
    let groups = (0..digits.len()).step_by(4).map(|at| &digits[at..digits.len().min(at + 4)]);
    groups.collect::<Vec<&str>>().join(" ")
}

/// A digest as a person gives it: all its digits, or the first ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digits(String);

impl Digits {
    /// True when a digest begins with the digits.
    fn begin(&self, digest: &[u8]) -> bool {
        hex(digest).starts_with(&self.0)
    }
}

/// Reads the digits of a digest from the command line. Spaces between them do not matter.
pub(super) fn digits(text: &str) -> Result<Digits, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err("is no digest; give the digits 0-9 and a-f that were shown".into());
    }
    if !(DIGITS_MIN..=DIGITS).contains(&digits.len()) {
        return Err(format!("has {} digits; give the first {DIGITS_MIN} at least, or all {DIGITS}", digits.len()));
    }
    Ok(Digits(digits))
}

/// Makes sure that a person agrees to what was shown: by its digest, or by the answer to a question.
///
/// # Errors
/// The digest is another, the answer is not yes, or nobody can be asked.
pub(super) fn agreed(digest: &[u8], given: Option<&Digits>) -> anyhow::Result<()> {
    ensure!(hex(digest).len() == DIGITS, "the server gave no digest to approve; use its own version of goodturn");
    if let Some(given) = given {
        ensure!(
            given.begin(digest),
            "the content shown has the digest {}, and --yes names another: look at it again, and give its digest",
            digest_text(digest)
        );
        return Ok(());
    }
    if !stdin().is_terminal() || !stdout().is_terminal() {
        let first: String = hex(digest).chars().take(DIGITS_MIN).collect();
        bail!("nobody can be asked here; to approve what was shown, give --yes {first}");
    }
    out::print("Approve? Type yes: ")?;
    let mut answer = String::new();
    stdin().read_line(&mut answer).context("the answer cannot be read")?;
    ensure!(answer.trim().eq_ignore_ascii_case("yes"), "not approved, as the answer was not yes: nothing was recorded");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).expect("a currency")
    }

    #[test]
    fn money_stands_behind_its_code_with_commas_between_thousands() {
        let pounds = [1_056_700, 5, 0, -5, -44_266, 123_456_789].map(|minor| money(minor, currency("GBP")));
        let expected = ["10,567.00", "0.05", "0.00", "-0.05", "-442.66", "1,234,567.89"];
        assert_eq!(pounds.to_vec(), expected.map(|amount| format!("GBP {amount}")));
        assert_eq!(money(1_500, currency("JPY")), "JPY 1,500");
        assert_eq!(money(1_234_567, currency("KWD")), "KWD 1,234.567");
    }

    #[test]
    fn money_of_the_api_is_read_to_the_smallest_unit_or_refused() {
        let read = |code: &str, units, nanos, of: &str| {
            minor(Some(&Money { currency_code: code.to_owned(), units, nanos }), currency(of)).ok()
        };
        assert_eq!(read("GBP", 12_345, 670_000_000, "GBP"), Some(1_234_567));
        assert_eq!(read("GBP", -1, -500_000_000, "GBP"), Some(-150));
        assert_eq!(read("JPY", 7, 0, "JPY"), Some(7));
        assert_eq!(read("GBP", 0, 5_000_000, "GBP"), None, "half a penny");
        assert_eq!(read("EUR", 1, 0, "GBP"), None, "another currency");
        assert_eq!(read("GBP", i64::MAX, 0, "GBP"), None, "too much");
        assert!(minor(None, currency("GBP")).is_err());
    }

    #[test]
    fn a_period_names_its_year_once() {
        let day = |text: &str| text.parse::<civil::Date>().expect("a day");
        let of = |first, last| period(day(first), day(last));
        assert_eq!(of("2018-06-01", "2018-11-30"), "1 Jun – 30 Nov 2018");
        assert_eq!(of("2018-12-01", "2019-05-31"), "1 Dec 2018 – 31 May 2019");
        assert_eq!(of("2018-12-01", "2018-12-01"), "1 Dec 2018");
        assert_eq!(super::day(Some(date(day("2024-02-29")))).ok(), Some(day("2024-02-29")));
        assert!(super::day(Some(Date { year: 2023, month: 2, day: 29 })).is_err());
    }

    #[test]
    fn a_digest_is_shown_in_groups_and_named_by_its_first_digits() {
        let digest: Vec<u8> = (0xc0..0xe0).collect();
        assert!(digest_text(&digest).starts_with("c0c1 c2c3 c4c5 c6c7 c8c9 "), "{}", digest_text(&digest));
        let whole = digest_text(&digest);
        for given in ["c0c1 c2c3 c4c5 c6c7", "C0C1C2C3C4C5C6C7", &whole] {
            assert!(agreed(&digest, Some(&digits(given).expect("digits"))).is_ok(), "{given}");
        }
        let other = digits("c0c1c2c3c4c5c6c8").expect("digits");
        let told = agreed(&digest, Some(&other)).expect_err("it is another").to_string();
        assert!(told.contains("c0c1 c2c3") && told.contains("--yes names another"), "{told}");
        assert!(agreed(&[], Some(&other)).is_err(), "there is no digest");
        for odd in ["", "c0c1 c2c3", "c0c1 c2c3 c4c5 c6cz", &"a".repeat(65)] {
            assert!(digits(odd).is_err(), "{odd}");
        }
    }
}
