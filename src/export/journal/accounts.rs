//! The accounts and commodities of a journal, from the file of whoever keeps the books.
//!
//! The standard accounts. A debit (`+`) stands where the ledger has a negative number:
//!
//! | bucket | account | why |
//! | --- | --- | --- |
//! | `issued` | `Expenses:Points:Issued` | a promise to members costs when it is made |
//! | `pending`, `available`, `held`, `reserved` | `Liabilities:Points:…` | what members may still use, or will be able to |
//! | `redeemed` | `Income:Points:Redeemed` | the points paid for a sale |
//! | `expired` | `Income:Points:Expired` | the promise ended unused (breakage) |
//! | `paid` | `Expenses:Points:Paid` | the cost of these points is now that of the money granted for them: a credit, so that it does not count twice |
//! | `written_off` | `Expenses:Points:WrittenOff` | used, and could not be taken back: a debit |
//! | `moved`, of points and of money | `Equity:Points:Moved`, `Equity:Money:Moved` | between merged members; nothing over all members |
//! | `granted` | `Expenses:Money:Granted` | payouts, and what the company adds to donations |
//! | `due`, `carried`, `withheld`, `drawn`, `sent` | `Liabilities:Money:…` | owed until it arrived: money that was sent may come back |
//! | `settled` | `Assets:Bank` | left the bank account |
//! | `lapsed` | `Income:Money:Lapsed` | owed no more |
//! | `donated`, `given` | `Liabilities:Money:Donations` | left a member, and became due to the charity: nothing once every charity was credited |
//!
//! Both programs must read an account. Beancount is the stricter one, so its form is asked for, in ASCII.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::credentials::line_at;
use crate::domain::value::bucket::{Bucket, Unit};
use crate::domain::value::money::Currency;

/// The first parts of accounts that Beancount knows.
const ROOTS: [&str; 5] = ["Assets", "Liabilities", "Equity", "Income", "Expenses"];

/// Longest commodity, in characters (Beancount, `CURRENCY_RE`).
const COMMODITY_LENGTH_MAX: usize = 24;

/// Longest account, in characters: ten times the longest standard one. Lines are padded to the longest account of the
/// mapping.
const ACCOUNT_LENGTH_MAX: usize = 300;

/// Most problems of a file that are told, the first ones: whoever has a hundred looks at the form again.
const PROBLEMS_MAX: usize = 100;

/// Words that Beancount takes for values.
const VALUES: [&str; 3] = ["TRUE", "FALSE", "NULL"];

/// The account of every bucket, and the commodity of points. That of money is the currency's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    points_commodity: String,
    /// The accounts that are not the standard ones.
    chosen: BTreeMap<Bucket, String>,
}

impl Accounts {
    /// Returns the standard accounts.
    #[must_use]
    pub fn standard() -> Self {
        Self { points_commodity: "PTS".to_owned(), chosen: BTreeMap::new() }
    }

    /// Reads a mapping, of which every part may be left out for the standard one:
    ///
    /// ```toml
    /// [points]
    /// commodity = "KUDOS"
    /// available = "Liabilities:Community:Points"
    /// pending = "Liabilities:Community:Points"
    ///
    /// [money]
    /// settled = "Assets:Barclays:Current"
    /// ```
    ///
    /// Several buckets may have one account.
    ///
    /// # Errors
    /// Lists every problem with its line and its key, in the order of the file.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut reading = Reading { accounts: Self::standard(), found: Vec::new() };
        for error in &errors {
            reading.found.push((error.span().map_or(0, |span| span.start), error.message().to_owned()));
        }
        if errors.is_empty() {
            reading.file(table.into_inner());
        }
        let Reading { accounts, mut found } = reading;
        if found.is_empty() {
            return Ok(accounts);
        }
        found.sort();
        found.truncate(PROBLEMS_MAX);
        Err(found.iter().map(|(at, problem)| format!("line {}: {problem}", line_at(text, *at))).collect())
    }

    /// Writes the mapping as a file with every part, for somebody to change.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let commodity = format!("commodity = \"{}\"\n", self.points_commodity);
        let account = |bucket: Bucket| format!("{} = \"{}\"\n", bucket.name(), self.of(bucket));
        let of = |unit| Bucket::ALL.into_iter().filter(move |bucket| bucket.unit() == unit);
        let (points, money) = (of(Unit::Points).map(account).collect::<String>(), of(Unit::Money).map(account));
        format!("[points]\n{commodity}{points}\n[money]\n{}", money.collect::<String>())
    }

    /// Returns the account of a bucket.
    #[must_use]
    pub fn of(&self, bucket: Bucket) -> &str {
        self.chosen.get(&bucket).map_or(standard(bucket), String::as_str)
    }

    /// Returns the commodity of points.
    #[must_use]
    pub fn points_commodity(&self) -> &str {
        &self.points_commodity
    }

    /// Returns the length of the longest account.
    pub(super) fn width(&self) -> usize {
        Bucket::ALL.into_iter().map(|bucket| self.of(bucket).len()).max().unwrap_or_default()
    }
}

const fn standard(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Issued => "Expenses:Points:Issued",
        Bucket::Pending => "Liabilities:Points:Pending",
        Bucket::Available => "Liabilities:Points:Available",
        Bucket::Held => "Liabilities:Points:Held",
        Bucket::Reserved => "Liabilities:Points:Reserved",
        Bucket::Redeemed => "Income:Points:Redeemed",
        Bucket::Expired => "Income:Points:Expired",
        Bucket::WrittenOff => "Expenses:Points:WrittenOff",
        Bucket::Paid => "Expenses:Points:Paid",
        Bucket::Moved => "Equity:Points:Moved",
        Bucket::Granted => "Expenses:Money:Granted",
        Bucket::Due => "Liabilities:Money:Due",
        Bucket::Carried => "Liabilities:Money:Carried",
        Bucket::Withheld => "Liabilities:Money:Withheld",
        Bucket::Drawn => "Liabilities:Money:Drawn",
        Bucket::Sent => "Liabilities:Money:Sent",
        Bucket::Settled => "Assets:Bank",
        Bucket::Lapsed => "Income:Money:Lapsed",
        Bucket::Donated | Bucket::Given => "Liabilities:Money:Donations",
        Bucket::MovedMoney => "Equity:Money:Moved",
    }
}

/// A file while it is read, with the places of its problems.
struct Reading {
    accounts: Accounts,
    found: Vec<(usize, String)>,
}

impl Reading {
    fn file(&mut self, tables: DeTable<'_>) {
        for (name, value) in tables {
            let at = name.span().start;
            match (name.get_ref().as_ref(), value.into_inner()) {
                ("points", DeValue::Table(fields)) => self.unit(Unit::Points, "points", fields),
                ("money", DeValue::Table(fields)) => self.unit(Unit::Money, "money", fields),
                (name @ ("points" | "money"), other) => {
                    let is = other.type_str();
                    self.found.push((at, format!("{name} is {is}; give a table, begun with [{name}]")));
                }
                (name, _) => self.found.push((at, format!("{name} is no table here; known are points, money"))),
            }
        }
    }

    fn unit(&mut self, unit: Unit, table: &str, fields: DeTable<'_>) {
        for (name, value) in fields {
            let at = name.span().start;
            let name = name.get_ref().as_ref();
            if let Err(problem) = self.field(unit, name, &value) {
                self.found.push((at, format!("{table}.{name} {problem}")));
            }
        }
    }

    fn field(&mut self, unit: Unit, name: &str, value: &Spanned<DeValue<'_>>) -> Result<(), String> {
        let text = || {
            let value = value.get_ref();
            value.as_str().ok_or_else(|| format!("is {}; give text in quotation marks", value.type_str()))
        };
        let of_unit = || Bucket::ALL.into_iter().filter(|bucket| bucket.unit() == unit);
        if let Some(bucket) = of_unit().find(|bucket| bucket.name() == name) {
            let account = checked(text()?, is_account, ACCOUNT_FORM)?;
            self.accounts.chosen.insert(bucket, account);
        } else if unit == Unit::Points && name == "commodity" {
            self.accounts.points_commodity = checked(text()?, is_commodity, COMMODITY_FORM)?;
        } else {
            let own = (unit == Unit::Points).then_some("commodity");
            let known: Vec<&str> = own.into_iter().chain(of_unit().map(Bucket::name)).collect();
            return Err(format!("is no field here; known are {}", known.join(", ")));
        }
        Ok(())
    }
}

const ACCOUNT_FORM: &str = "give Assets, Liabilities, Equity, Income or Expenses, and behind a colon each, parts of \
     letters A to Z, digits and hyphens, which begin with a capital or a digit, 300 characters in all, as Liabilities:Points:Available";

/// True for an account that both programs read.
fn is_account(text: &str) -> bool {
    let mut parts = text.split(':');
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_uppercase() || first.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let has_root = parts.next().is_some_and(|root| ROOTS.contains(&root));
    has_root && text.contains(':') && parts.all(is_part) && text.len() <= ACCOUNT_LENGTH_MAX
}

const COMMODITY_FORM: &str =
    "give 2 to 24 letters A to Z that are neither the code of a currency nor TRUE, FALSE or NULL, as PTS";

/// True for a commodity that both programs read, and that no programme's money is counted in. hledger wants anything
/// but letters in quotation marks, which Beancount does not know.
fn is_commodity(text: &str) -> bool {
    let is_word =
        (2..=COMMODITY_LENGTH_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase());
    is_word && !VALUES.contains(&text) && Currency::from_code(text).is_none()
}

fn checked(text: &str, is_right: fn(&str) -> bool, form: &str) -> Result<String, String> {
    if is_right(text) { Ok(text.to_owned()) } else { Err(format!("is {text:?}; {form}")) }
}
