//! Tests of whole destinations.

use super::*;

/// Reads fields as `field=text`, one a line.
fn fields(lines: &str) -> PayeeFields {
    let mut fields = PayeeFields::default();
    for line in lines.lines() {
        let (field, text) = line.split_once('=').expect("field=text");
        let place = match field.trim_start() {
            "method" => &mut fields.method,
            "receiver" => &mut fields.receiver,
            "name" => &mut fields.name,
            "sort_code" => &mut fields.sort_code,
            "account_number" => &mut fields.account_number,
            "iban" => &mut fields.iban,
            "bic" => &mut fields.bic,
            "street" => &mut fields.street,
            "building" => &mut fields.building,
            "post_code" => &mut fields.post_code,
            "town" => &mut fields.town,
            "country" => &mut fields.country,
            other => panic!("no field {other}"),
        };
        text.clone_into(place);
    }
    fields
}

/// Returns the problems as `field problem`.
fn told(lines: &str) -> Vec<String> {
    let problems = Payee::check(&fields(lines)).expect_err(lines);
    problems.into_iter().map(|Problem { field, problem }| format!("{field} {problem}")).collect()
}

const PAYPAL: &str = "method=paypal\nreceiver=ann@example.org";
const UK: &str = "method=uk_bank\nname=Ann Example\nsort_code=12-34-56\naccount_number=0123 4567";
const IBAN: &str = "method=iban\nname=Ann Example\niban=GB82 WEST 1234 5698 7654 32";
const WITH_ADDRESS: &str = "method=iban\nname=Ann Example\niban=DE89370400440532013000\nbic=COBADEFFXXX\n\
                            street=Hauptstr.\nbuilding=1 a\npost_code=10115\ntown=Berlin\ncountry=de";

#[test]
fn destinations_are_read_and_written_in_one_form() {
    let paypal = Payee::PayPal { receiver: "ann@example.org".to_owned() };
    assert_eq!(Payee::check(&fields(PAYPAL)), Ok(paypal));
    let name = || "Ann Example".to_owned();
    let account = Account::Uk { sort_code: "123456".to_owned(), number: "01234567".to_owned() };
    let uk = Payee::Bank(BankPayee { name: name(), account, address: None });
    assert_eq!(Payee::check(&fields(UK)), Ok(uk));
    let account = Account::Iban { iban: "GB82WEST12345698765432".to_owned(), bic: None };
    let iban = Payee::Bank(BankPayee { name: name(), account, address: None });
    assert_eq!(Payee::check(&fields(IBAN)), Ok(iban));
    let account = Account::Iban { iban: "DE89370400440532013000".to_owned(), bic: Some("COBADEFF".to_owned()) };
    let address = Address {
        street: "Hauptstr.".to_owned(),
        building: "1 a".to_owned(),
        post_code: "10115".to_owned(),
        town: "Berlin".to_owned(),
        country: "DE".to_owned(),
    };
    let with_address = Payee::Bank(BankPayee { name: name(), account, address: Some(address) });
    assert_eq!(Payee::check(&fields(WITH_ADDRESS)), Ok(with_address));
}

#[test]
fn the_same_destination_has_the_same_bytes_however_it_was_grouped() {
    for (one, other) in [
        (PAYPAL, " method= paypal\nreceiver=ann@EXAMPLE.org "),
        (UK, "method=uk_bank\nname= Ann Example \nsort_code=123456\naccount_number=01-234-567"),
        (IBAN, "method=iban\nname=Ann Example\niban=gb82west-1234 5698\u{a0}765432"),
        (WITH_ADDRESS, &WITH_ADDRESS.replace("COBADEFFXXX", "coba de ff")),
    ] {
        let bytes = |lines| Payee::check(&fields(lines)).expect("a payee").to_bytes();
        assert_eq!(bytes(one), bytes(other), "{other}");
    }
}

#[test]
fn bytes_and_fields_give_the_payee_back() {
    for lines in [PAYPAL, UK, IBAN, WITH_ADDRESS] {
        let payee = Payee::check(&fields(lines)).expect("a payee");
        let bytes = payee.to_bytes();
        assert_eq!(Payee::from_bytes(&bytes).as_ref(), Some(&payee));
        assert_eq!(Payee::check(&payee.fields()).as_ref(), Ok(&payee));
        assert_eq!(Payee::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Payee::from_bytes(&[bytes.as_slice(), &[0]].concat()), None);
        assert_eq!(Payee::from_bytes(&[&[2], &bytes[1..]].concat()), None, "another version");
    }
    assert_eq!(Payee::from_bytes(&[]), None);
}

#[test]
fn the_encoding_never_changes() {
    let bytes = Payee::check(&fields("method=paypal\nreceiver=a@b.io")).expect("a payee").to_bytes();
    assert_eq!(bytes, b"\x01\x00\x06\x00\x00\x00a@b.io");
    let uk = Payee::check(&fields("method=uk_bank\nname=Al\nsort_code=123456\naccount_number=01234567"));
    let expected = b"\x01\x01\x02\0\0\0Al\x00\x06\0\0\x00123456\x08\0\0\x0001234567\x00";
    assert_eq!(uk.expect("a payee").to_bytes(), expected);
}

#[test]
fn all_problems_are_told_at_once() {
    assert_eq!(
        told("method=uk_bank\nreceiver=x\nsort_code=12345\naccount_number=1234567\ntown=Bath"),
        [
            "receiver does not belong to the method uk_bank; leave it empty",
            "town does not belong to the method uk_bank; leave it empty",
            "name is missing; write the name of the account's holder, as the bank has it",
            "sort_code has 5 digits; write 6, as 12-34-56",
            "account_number has 7 digits; put zeros in front, as banks do, so that it has 8, as 01234567",
        ]
    );
    assert_eq!(
        told("method=iban\nname=Zoë\nbic=DEUT\npost_code=1234567890_234567\ncountry=uk"),
        [
            "name has 'ë'; write it with a-z A-Z 0-9 / - ? : ( ) . , ' + and spaces only",
            "iban is missing; write the IBAN, as GB82 WEST 1234 5698 7654 32",
            "bic is no BIC; write its 8 or 11 letters and digits, as DEUTDEFF, or leave it empty",
            "post_code has 17 characters; at most 16 are allowed",
            "post_code has '_'; write it with a-z A-Z 0-9 / - ? : ( ) . , ' + and spaces only",
            "town is missing; write the town of the address, or leave the whole address empty",
            "country is \"UK\", which is no code of ISO 3166; write GB",
        ]
    );
}

#[test]
fn a_method_is_one_of_three() {
    assert_eq!(told("name=Ann"), ["method is missing; write paypal, uk_bank or iban"]);
    assert_eq!(told("method=IBAN"), ["method is \"IBAN\"; write paypal, uk_bank or iban"]);
}

#[test]
fn a_field_of_another_method_is_refused_wherever_it_stands() {
    let all = ["receiver", "name", "sort_code", "account_number", "iban", "bic", "street", "building", "post_code"];
    for (lines, own) in [(PAYPAL, 1), (UK, 3), (IBAN, 8)] {
        let strange = all.iter().chain(&["town", "country"]).filter(|field| {
            let line = format!("\n{field}=x");
            let problems = Payee::check(&fields(&format!("{lines}{line}"))).err().unwrap_or_default();
            problems.iter().any(|p| p.field == **field && p.problem.starts_with("does not belong"))
        });
        assert_eq!(strange.count(), 11 - own, "{lines}");
    }
}

#[test]
fn a_name_can_stand_in_every_file_of_its_method() {
    let with = |lines: &str, name: &str| lines.replace("Ann Example", name);
    assert!(Payee::check(&fields(&with(UK, &"a".repeat(18)))).is_ok());
    assert_eq!(
        told(&with(UK, &"a".repeat(19))),
        ["name has 19 characters; UK bank files have room for 18: shorten it as the bank does on cards"]
    );
    assert!(Payee::check(&fields(&with(IBAN, &"a".repeat(70)))).is_ok());
    assert_eq!(told(&with(IBAN, &"a".repeat(71))), ["name has 71 characters; at most 70 are allowed"]);
    let no_letter = "name has no letter; write the name of the account's holder, as the bank has it";
    assert_eq!(told(&with(IBAN, "12-3")), [no_letter]);
    for name in ["+A1", "-A1"] {
        let expected = "name begins with + or -, as a formula does in a spreadsheet; begin with a letter";
        assert_eq!(told(&with(IBAN, name)), [expected]);
    }
    assert!(Payee::check(&fields(&with(IBAN, "'t Hooft-Smit"))).is_ok());
    assert_eq!(told(&with(IBAN, "A  B")), ["name has two spaces in a row; write one"]);
}

#[test]
fn a_uk_account_is_six_and_eight_digits_and_nothing_is_put_in_front_for_anybody() {
    let number = |given: &str| told(&UK.replace("0123 4567", given)).join("");
    for (given, expected) in [
        ("123456", "has 6 digits; put zeros in front, as banks do, so that it has 8, as 01234567"),
        ("12345", "has 5 digits; write 8, as 01234567"),
        ("123456789", "has 9 digits; write 8, as 01234567"),
        ("1234567O", "has other characters than digits; write 8 digits, as 01234567"),
        ("- -", "is missing; write 8 digits, as 01234567"),
        ("٠١٢٣٤٥٦٧", "has other characters than digits; write 8 digits, as 01234567"),
    ] {
        assert_eq!(number(given), format!("account_number {expected}"));
    }
    assert_eq!(told(&UK.replace("12-34-56", "1234567")), ["sort_code has 7 digits; write 6, as 12-34-56"]);
}

#[test]
fn an_iban_has_its_check_digits_and_its_countrys_form() {
    let iban = |given: &str| told(&IBAN.replace("GB82 WEST 1234 5698 7654 32", given)).join("");
    for (given, expected) in [
        (
            "GB82 WEST 1234 5698 7654 23",
            "has a slip: its two check digits do not fit the rest; copy it again from the bank",
        ),
        (
            "GB28 WEST 1234 5698 7654 32",
            "has a slip: its two check digits do not fit the rest; copy it again from the bank",
        ),
        ("DE130123", "is not built as IBANs of DE are; copy it again from the bank"),
        ("US64SVBKUS6S3300958879", "begins with US, whose IBANs are not known here; copy it again from the bank"),
        (
            "GB82WEST1234569876543é",
            "is no IBAN; write two letters of a country, two digits, and at most 30 letters and \
          digits, as GB82 WEST 1234 5698 7654 32",
        ),
    ] {
        assert_eq!(iban(given), format!("iban {expected}"));
    }
}

#[test]
fn a_bic_has_8_or_11_characters_and_a_country() {
    let with = |bic: &str| Payee::check(&fields(&format!("{IBAN}\nbic={bic}")));
    for (given, kept) in [("NWBKGB2L", "NWBKGB2L"), ("nwbkgb2lxxx", "NWBKGB2L"), ("NWBKGB2L123", "NWBKGB2L123")] {
        let payee = with(given).expect(given);
        assert_eq!(payee.fields().bic, kept);
    }
    assert!(with("RBKOXKPR").is_ok(), "Kosovo");
    for bic in ["NWBKGB2", "NWBKGB2L1", "NWBKGB2L12", "NWBKGB2L1234", "NWBK1B2L", "NWBKEU2L", "NWBKGB2é", "NWBKUK2L"] {
        assert!(with(bic).is_err(), "{bic}");
    }
}

#[test]
fn an_address_has_at_least_a_town_and_a_country() {
    let with = |lines: &str| Payee::check(&fields(&format!("{IBAN}\n{lines}")));
    assert!(with("town=Bath\ncountry=GB").is_ok());
    for field in ["street=A", "building=1", "post_code=1", "town=A", "country=GB"] {
        assert!(with(field).is_err(), "{field}");
    }
    assert!(with("town=Bath\ncountry=XX").is_err());
    for (field, length_max) in [("street", 70), ("building", 16), ("post_code", 16), ("town", 35)] {
        let of = |length| with(&format!("town=Bath\ncountry=GB\n{field}={}", "a".repeat(length)));
        assert!(of(length_max).is_ok(), "{field}");
        assert!(of(length_max + 1).is_err(), "{field}");
    }
}

#[test]
fn the_debtors_name_may_be_long_in_the_uk_too_and_paypal_is_no_debtor() {
    let long = UK.replace("Ann Example", "The Example Society of Bath");
    let debtor = BankPayee::check_debtor(&fields(&long)).expect("a debtor");
    assert_eq!(BankPayee::check_debtor(&debtor.fields()), Ok(debtor));
    assert!(Payee::check(&fields(&long)).is_err());
    let problems = BankPayee::check_debtor(&fields(PAYPAL)).expect_err("no bank");
    assert_eq!(problems[0].problem, "is \"paypal\"; write uk_bank or iban");
}
