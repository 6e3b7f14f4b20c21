//! Bank accounts: by sort code and number within the UK, by IBAN elsewhere.

use borsh::{BorshDeserialize, BorshSerialize};
use iban::{Iban, IbanLike as _, ParseBaseIbanError, ParseIbanError};

use super::countries::is_country;
use super::{PayeeFields, Problem, keep, no_method, text};

/// A bank account and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BankPayee {
    /// The holder's name, 1 to 70 characters; of a member's UK account at most 18.
    pub name: String,
    /// The account.
    pub account: Account,
    /// The holder's address; only with an IBAN, and only when it was given.
    pub address: Option<Address>,
}

/// A bank account.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Account {
    /// An account in the UK.
    Uk {
        /// Six digits, without hyphens.
        sort_code: String,
        /// Eight digits.
        number: String,
    },
    /// An account with an International Bank Account Number.
    Iban {
        /// The IBAN in its electronic form: capitals and digits, no spaces.
        iban: String,
        /// The bank's Business Identifier Code, 8 or 11 characters; `None` when it was not given.
        bic: Option<String>,
    },
}

/// An address in the fields of ISO 20022. Town and country are always there; the others may be empty.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Address {
    /// The street, at most 70 characters.
    pub street: String,
    /// The number of the building, at most 16 characters.
    pub building: String,
    /// The post code, at most 16 characters.
    pub post_code: String,
    /// The town, 1 to 35 characters.
    pub town: String,
    /// The country: two capital letters of ISO 3166.
    pub country: String,
}

/// Longest name, in characters: the European Payments Council's limit; ISO 20022 itself allows 140.
pub const NAME_LENGTH_MAX: usize = 70;

/// Longest name of a member with a UK account, in characters: the field of a UK bank file, as of Bacs Standard 18.
pub const UK_NAME_LENGTH_MAX: usize = 18;

impl BankPayee {
    /// Checks the fields of a bank account, which have no space around them.
    pub(super) fn check(fields: &PayeeFields, name_length_max: usize) -> Result<Self, Vec<Problem>> {
        let is_uk = fields.method == "uk_bank";
        let mut problems = fields.strangers(if is_uk { &UK_FIELDS } else { &IBAN_FIELDS });
        check_name(&mut problems, &fields.name, name_length_max);
        let account = if is_uk { uk(&mut problems, fields) } else { international(&mut problems, fields) };
        let address = if is_uk { None } else { address(&mut problems, fields) };
        let payee = Self { name: fields.name.clone(), account, address };
        if problems.is_empty() { Ok(payee) } else { Err(problems) }
    }

    /// Checks the account that payments are made from. Its name may have 70 characters in the UK too: it stands in
    /// files whose fields are as long as that.
    ///
    /// # Errors
    /// Lists every problem, as [`super::Payee::check`] does; PayPal is no method here.
    pub fn check_debtor(fields: &PayeeFields) -> Result<Self, Vec<Problem>> {
        let fields = fields.trimmed();
        match fields.method.as_str() {
            "uk_bank" | "iban" => Self::check(&fields, NAME_LENGTH_MAX),
            method => Err(vec![no_method(method, "uk_bank or iban")]),
        }
    }

    /// Returns the fields again. Checked, they give the same account.
    #[must_use]
    pub fn fields(&self) -> PayeeFields {
        let mut fields = PayeeFields { name: self.name.clone(), ..PayeeFields::default() };
        match &self.account {
            Account::Uk { sort_code, number } => {
                "uk_bank".clone_into(&mut fields.method);
                fields.sort_code.clone_from(sort_code);
                fields.account_number.clone_from(number);
            }
            Account::Iban { iban, bic } => {
                "iban".clone_into(&mut fields.method);
                fields.iban.clone_from(iban);
                fields.bic = bic.clone().unwrap_or_default();
            }
        }
        if let Some(address) = &self.address {
            fields.street.clone_from(&address.street);
            fields.building.clone_from(&address.building);
            fields.post_code.clone_from(&address.post_code);
            fields.town.clone_from(&address.town);
            fields.country.clone_from(&address.country);
        }
        fields
    }
}

const UK_FIELDS: [&str; 3] = ["name", "sort_code", "account_number"];
const IBAN_FIELDS: [&str; 8] = ["name", "iban", "bic", "street", "building", "post_code", "town", "country"];

fn check_name(problems: &mut Vec<Problem>, name: &str, length_max: usize) {
    let mut told = text::form_problems(name);
    let length = name.chars().count();
    if length > length_max && length_max == UK_NAME_LENGTH_MAX {
        told.push(format!(
            "has {length} characters; UK bank files have room for {length_max}: shorten it as the bank does on cards"
        ));
    } else if length > length_max {
        told.push(format!("has {length} characters; at most {length_max} are allowed"));
    }
    if name.is_empty() {
        told.push("is missing; write the name of the account's holder, as the bank has it".to_owned());
    } else if !name.chars().any(char::is_alphabetic) {
        told.push("has no letter; write the name of the account's holder, as the bank has it".to_owned());
    }
    if name.starts_with(['+', '-']) {
        told.push("begins with + or -, as a formula does in a spreadsheet; begin with a letter".to_owned());
    }
    problems.extend(told.into_iter().map(|problem| Problem { field: "name", problem }));
}

/// Returns a text without the spaces and hyphens that people group digits with.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '-')).collect()
}

/// Reads an account in the UK. Whether the bank has such an account is not checked: that takes the industry's tables,
/// which change each month.
fn uk(problems: &mut Vec<Problem>, fields: &PayeeFields) -> Account {
    let sort_code = keep(problems, "sort_code", digits(&fields.sort_code, 6, "12-34-56"));
    let number = keep(problems, "account_number", digits(&fields.account_number, 8, "01234567"));
    Account::Uk { sort_code, number }
}

fn digits(text: &str, length: usize, example: &str) -> Result<String, String> {
    let compact = compact(text);
    if compact.is_empty() {
        return Err(format!("is missing; write {length} digits, as {example}"));
    }
    if !compact.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("has other characters than digits; write {length} digits, as {example}"));
    }
    match compact.len() {
        given if given == length => Ok(compact),
        given @ 6..=7 if length == 8 => {
            Err(format!("has {given} digits; put zeros in front, as banks do, so that it has {length}, as {example}"))
        }
        given => Err(format!("has {given} digits; write {length}, as {example}")),
    }
}

fn international(problems: &mut Vec<Problem>, fields: &PayeeFields) -> Account {
    let iban = keep(problems, "iban", iban(&fields.iban));
    let bic = Some(fields.bic.as_str()).filter(|bic| !bic.is_empty());
    let bic = bic.map(|text| keep(problems, "bic", bic_of(text)));
    Account::Iban { iban, bic }
}

fn iban(text: &str) -> Result<String, String> {
    let compact = compact(text).to_ascii_uppercase();
    if compact.is_empty() {
        return Err("is missing; write the IBAN, as GB82 WEST 1234 5698 7654 32".to_owned());
    }
    match compact.parse::<Iban>() {
        Ok(iban) => Ok(iban.electronic_str().to_owned()),
        Err(ParseIbanError::InvalidBaseIban { source: ParseBaseIbanError::InvalidFormat }) => {
            Err("is no IBAN; write two letters of a country, two digits, and at most 30 letters and digits, as GB82 \
                 WEST 1234 5698 7654 32"
                .to_owned())
        }
        Err(ParseIbanError::InvalidBaseIban { source: ParseBaseIbanError::InvalidChecksum }) => {
            Err("has a slip: its two check digits do not fit the rest; copy it again from the bank".to_owned())
        }
        Err(ParseIbanError::InvalidBban(base)) => {
            Err(format!("is not built as IBANs of {} are; copy it again from the bank", base.country_code()))
        }
        Err(ParseIbanError::UnknownCountry(base)) => Err(format!(
            "begins with {}, whose IBANs are not known here; copy it again from the bank",
            base.country_code()
        )),
    }
}

/// Reads a Business Identifier Code (ISO 9362): four characters of the bank, two letters of a country, two characters
/// of the place, and three of a branch. `XXX` is the main office, as no branch is.
fn bic_of(text: &str) -> Result<String, String> {
    let bic = compact(text).to_ascii_uppercase();
    if !matches!(bic.len(), 8 | 11) || !bic.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("is no BIC; write its 8 or 11 letters and digits, as DEUTDEFF, or leave it empty".to_owned());
    }
    let country = &bic[4..6];
    if !is_country(country) && country != KOSOVO {
        return Err(format!(
            "has {country} as its fifth and sixth character, which is no country; copy it again from the bank, or \
             leave it empty"
        ));
    }
    Ok(bic.strip_suffix("XXX").filter(|bic| bic.len() == 8).unwrap_or(&bic).to_owned())
}

/// What banks use for Kosovo, in IBANs too. ISO 3166 leaves it to users.
const KOSOVO: &str = "XK";

fn address(problems: &mut Vec<Problem>, fields: &PayeeFields) -> Option<Address> {
    let address = Address {
        street: fields.street.clone(),
        building: fields.building.clone(),
        post_code: fields.post_code.clone(),
        town: fields.town.clone(),
        country: fields.country.to_ascii_uppercase(),
    };
    let Address { street, building, post_code, town, country } = &address;
    if [street, building, post_code, town, country].into_iter().all(String::is_empty) {
        return None;
    }
    // The lengths of ISO 20022: StrtNm, BldgNb, PstCd, TwnNm.
    for (field, part, length_max) in
        [("street", street, 70), ("building", building, 16), ("post_code", post_code, 16), ("town", town, 35)]
    {
        let told = text::problems(part, length_max);
        problems.extend(told.into_iter().map(|problem| Problem { field, problem }));
    }
    if town.is_empty() {
        let problem = "is missing; write the town of the address, or leave the whole address empty".to_owned();
        problems.push(Problem { field: "town", problem });
    }
    if let Some(problem) = no_country(country) {
        problems.push(Problem { field: "country", problem });
    }
    Some(address)
}

fn no_country(country: &str) -> Option<String> {
    match country {
        "" => {
            Some("is missing; write the country of the address in two letters, as GB, or leave the whole address empty")
        }
        "UK" => Some("is \"UK\", which is no code of ISO 3166; write GB"),
        code if is_country(code) => None,
        _ => Some("is no country of ISO 3166; write its two letters, as GB, FR or US"),
    }
    .map(str::to_owned)
}
