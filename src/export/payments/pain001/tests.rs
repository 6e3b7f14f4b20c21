//! Tests of whole messages. `validate.sh` validates such messages against the published schemas.

use super::super::tests::{currency, iban_account, iban_payee, member, refusal_of, row, text_of, uk_account, uk_payee};
use super::*;
use crate::payees::Address;

/// A header of two payments, 12.39 together: pounds from a sort code, euros from an IBAN without a BIC.
pub(in super::super) fn header(code: &str) -> Header {
    let account = match code {
        "EUR" => iban_account("DE89370400440532013000", None),
        _ => uk_account("112233", "00012345"),
    };
    Header {
        message_id: "PAYOUT-2026-11-1".to_owned(),
        created: "2026-11-30T09:15:00Z".to_owned(),
        transactions: 2,
        sum_minor: 1_239,
        currency: currency(code),
        execution_date: "2026-12-01".to_owned(),
        debtor: BankPayee { name: "The Example Society of Bath".to_owned(), account, address: None },
        remittance: "Your share of November's pool".to_owned(),
    }
}

fn to(account: Account) -> BankPayee {
    BankPayee { name: "Ann O'Neil".to_owned(), account, address: None }
}

fn message(header: &Header, payments: &[PaymentRow<'_>]) -> String {
    text_of(|out| {
        head(&mut *out, header)?;
        for payment in payments {
            rows(&mut *out, header, std::slice::from_ref(payment))?;
        }
        tail(out)
    })
}

#[test]
fn euros_are_a_sepa_transfer_from_iban_to_iban() {
    let ann = member("ann");
    let address = Address {
        street: String::new(),
        building: String::new(),
        post_code: "1010".to_owned(),
        town: "Wien".to_owned(),
        country: "AT".to_owned(),
    };
    let account = iban_account("AT611904300234573201", Some("BKAUATWW"));
    let with_address = Payee::Bank(BankPayee { address: Some(address), ..to(account) });
    let without = iban_payee();
    let payments = [row("A2", &ann, 1_234, Some(&with_address)), row("B7", &ann, 5, Some(&without))];
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn>\n\
        <GrpHdr><MsgId>PAYOUT-2026-11-1</MsgId><CreDtTm>2026-11-30T09:15:00Z</CreDtTm><NbOfTxs>2</NbOfTxs>\
        <CtrlSum>12.39</CtrlSum><InitgPty><Nm>The Example Society of Bath</Nm></InitgPty></GrpHdr>\n\
        <PmtInf><PmtInfId>PAYOUT-2026-11-1</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>2</NbOfTxs>\
        <CtrlSum>12.39</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>\
        <ReqdExctnDt><Dt>2026-12-01</Dt></ReqdExctnDt><Dbtr><Nm>The Example Society of Bath</Nm></Dbtr>\
        <DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>\
        <DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>\n\
        <CdtTrfTxInf><PmtId><EndToEndId>A2</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"EUR\">12.34</InstdAmt></Amt>\
        <CdtrAgt><FinInstnId><BICFI>BKAUATWW</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Ann O&apos;Neil</Nm>\
        <PstlAdr><PstCd>1010</PstCd><TwnNm>Wien</TwnNm><Ctry>AT</Ctry></PstlAdr></Cdtr>\
        <CdtrAcct><Id><IBAN>AT611904300234573201</IBAN></Id></CdtrAcct>\
        <RmtInf><Ustrd>Your share of November&apos;s pool</Ustrd></RmtInf></CdtTrfTxInf>\n\
        <CdtTrfTxInf><PmtId><EndToEndId>B7</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"EUR\">0.05</InstdAmt></Amt>\
        <Cdtr><Nm>Ann</Nm></Cdtr><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>\
        <RmtInf><Ustrd>Your share of November&apos;s pool</Ustrd></RmtInf></CdtTrfTxInf>\n\
        </PmtInf>\n</CstmrCdtTrfInitn></Document>\n";
    assert_eq!(message(&header("EUR"), &payments), expected);
}

#[test]
fn pounds_go_between_sort_codes_without_a_service_level() {
    let ann = member("ann");
    let payee = uk_payee();
    let mut header = header("GBP");
    header.remittance.clear();
    let written = message(&header, &[row("A2", &ann, 1_239, Some(&payee))]);
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(
        lines[3],
        "<PmtInf><PmtInfId>PAYOUT-2026-11-1</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>2</NbOfTxs>\
         <CtrlSum>12.39</CtrlSum><ReqdExctnDt><Dt>2026-12-01</Dt></ReqdExctnDt>\
         <Dbtr><Nm>The Example Society of Bath</Nm></Dbtr>\
         <DbtrAcct><Id><Othr><Id>00012345</Id></Othr></Id></DbtrAcct>\
         <DbtrAgt><FinInstnId><ClrSysMmbId><ClrSysId><Cd>GBDSC</Cd></ClrSysId><MmbId>112233</MmbId></ClrSysMmbId>\
         </FinInstnId></DbtrAgt><ChrgBr>SHAR</ChrgBr>"
    );
    assert_eq!(
        lines[4],
        "<CdtTrfTxInf><PmtId><EndToEndId>A2</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"GBP\">12.39</InstdAmt></Amt>\
         <CdtrAgt><FinInstnId><ClrSysMmbId><ClrSysId><Cd>GBDSC</Cd></ClrSysId><MmbId>123456</MmbId></ClrSysMmbId>\
         </FinInstnId></CdtrAgt><Cdtr><Nm>Ann</Nm></Cdtr>\
         <CdtrAcct><Id><Othr><Id>01234567</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>"
    );
    assert_eq!(lines[5..], ["</PmtInf>", "</CstmrCdtTrfInitn></Document>"]);
}

#[test]
fn rows_written_in_parts_are_the_same_bytes_as_at_once() {
    let (ann, payee) = (member("ann"), iban_payee());
    let payments =
        [row("A2", &ann, 1, Some(&payee)), row("B7", &ann, 2, Some(&payee)), row("C3", &ann, 3, Some(&payee))];
    let header = header("EUR");
    let at_once = text_of(|out| rows(out, &header, &payments));
    let in_parts: String = payments.chunks(2).map(|part| text_of(|out| rows(out, &header, part))).collect();
    assert_eq!(at_once, in_parts);
    assert_eq!(at_once.lines().count(), 3);
}

#[test]
fn euros_are_not_paid_to_sort_codes_and_nothing_is_paid_to_paypal() {
    let ann = member("ann");
    let (uk, iban, mail) = (uk_payee(), iban_payee(), Payee::PayPal { receiver: "ann@example.org".to_owned() });
    for (code, payee, pays) in [("EUR", &uk, "euros to IBANs"), ("EUR", &mail, "bank"), ("GBP", &mail, "bank accounts")]
    {
        let payments = [row("A2", &ann, 1, Some(&iban)), row("B7", &ann, 1, Some(payee))];
        let told = refusal_of(|out| rows(out, &header(code), &payments));
        assert!(told.starts_with(&format!("payment B7: this file pays {pays}")), "{told}");
    }
}

#[test]
fn a_sepa_transfer_is_of_less_than_a_thousand_million_euros() {
    let (ann, iban) = (member("ann"), iban_payee());
    let largest = text_of(|out| rows(out, &header("EUR"), &[row("A2", &ann, 99_999_999_999, Some(&iban))]));
    assert!(largest.contains(">999999999.99<"));
    let larger = [row("A2", &ann, 100_000_000_000, Some(&iban))];
    let told = refusal_of(|out| rows(out, &header("EUR"), &larger));
    assert!(told.starts_with("payment A2: its amount is over 999999999.99 EUR, "), "{told}");
    assert!(text_of(|out| rows(out, &header("GBP"), &larger)).contains(">1000000000.00<"));
}

#[test]
fn a_wrong_header_refuses_the_head_and_the_rows() {
    let (ann, iban) = (member("ann"), iban_payee());
    let wrong = Header { remittance: "a\nb".to_owned(), ..header("EUR") };
    let told = refusal_of(|out| head(out, &wrong));
    assert!(told.starts_with("the file's remittance information has '\\n'"), "{told}");
    assert_eq!(refusal_of(|out| rows(out, &wrong, &[row("A2", &ann, 1, Some(&iban))])), told);
}
