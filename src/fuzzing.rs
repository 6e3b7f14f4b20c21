//! Decoders of what comes from outside, each as a function of bytes that panics when the decoder breaks its word. Fuzzers call
//! them (`fuzz/`), and so do tests. Never in a release.

use tonic::codegen::http::{HeaderMap, HeaderValue};

use crate::domain::entry::batch::is_bank_text;
use crate::domain::entry::fact::Fact;
use crate::domain::state::record::Record;
use crate::domain::value::encoding::{decode, encode, hex};
use crate::domain::value::ids::{ActivityId, AdjustmentId, MemberId, ProgramId, SourceId, StatementId, Subject};
use crate::domain::value::money::Currency;
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::ledger::tail::LogPosition;
use crate::log::DatabaseUrl;
use crate::wire::page::List;
use crate::{grpc, wire};

/// A decoder: it takes any bytes.
pub type Target = fn(&[u8]);

/// Every decoder of the library, by its name. Those of the command line are beside it.
pub const TARGETS: [(&str, Target); 8] = [
    ("fact", fact),
    ("record", record),
    ("request", request),
    ("timeout", timeout),
    ("token", token),
    ("name", name),
    ("url", url),
    ("results", results),
];

/// The fact of an entry. What is read is written with the same bytes: hashes are made of them.
pub fn fact(bytes: &[u8]) {
    if let Ok(fact) = decode::<Fact>(bytes) {
        assert_eq!(encode(&fact), bytes, "{fact:?}");
    }
}

/// A record as stored.
pub fn record(bytes: &[u8]) {
    if let Ok(record) = Record::from_stored(bytes) {
        assert_eq!(record.stored(), bytes, "{record:?}");
        let _due = record.due_at();
    }
}

/// A request: its parts are counted before it is built, and neither depends on the other.
pub fn request(bytes: &[u8]) {
    wire::codec::fuzzed(bytes);
}

/// The header `grpc-timeout`.
pub fn timeout(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        headers.insert("grpc-timeout", value);
        let _deadline = grpc::deadline_of(&headers);
    }
}

/// A page token and a resume token, as a text and as what stands in a token of the right list.
pub fn token(bytes: &[u8]) {
    let list = List::of("ListEntries", &"programs/qc");
    let right = [list.token(&()), hex(bytes)].concat();
    for text in [right.as_str(), std::str::from_utf8(bytes).unwrap_or("")] {
        let _seq = list.cursor::<Seq>(text);
        let _place = list.cursor::<(Seq, u32)>(text);
        let _statement = list.cursor::<StatementId>(text);
        let _member = list.cursor::<MemberId>(text);
        let _adjustment = list.cursor::<(AdjustmentId, Option<String>)>(text);
        if let Ok(Some(place)) = list.cursor::<(u8, LogPosition)>(text) {
            assert_eq!(list.token(&place), text.to_ascii_lowercase(), "a token is written in one way");
        }
    }
}

/// Names that clients give. One that is taken is written as it was given, and read again.
pub fn name(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    macro_rules! same {
        ($($id:ty),+) => {$(
            if let Ok(id) = <$id>::parse(text) {
                assert_eq!(id.as_str(), text);
                assert_eq!(decode::<$id>(&encode(&id)).ok(), Some(id));
            }
        )+};
    }
    same!(ActivityId, AdjustmentId, MemberId, ProgramId, SourceId, StatementId, Subject);
    if let Ok(principal) = PrincipalId::parse(text) {
        assert_eq!(decode::<PrincipalId>(&encode(&principal)).ok(), Some(principal));
    }
}

/// The address of a database. However odd it is, what is printed does not depend on its password.
pub fn url(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let printed = |secret: &str| {
        let url = DatabaseUrl::from(text.replacen("://who:", &format!("://who:{secret}"), 1));
        let refused = url.engine().err().map(|error| error.to_string());
        [format!("{url}"), format!("{url:?}"), refused.unwrap_or_default()]
    };
    let [one, other] = ["Zq7Zq7Zq7", "Yw3Yw3Yw3"].map(printed);
    // The first thing after what may be a scheme, however it is spelled.
    let has_password = |(scheme, rest): (&str, &str)| !scheme.contains(['/', ':', '@']) && rest.contains('@');
    if text.split_once("://who:").is_some_and(has_password) {
        assert_eq!(one, other);
    }
}

/// What a bank or PayPal sends back. Each line that is read can be reported: its texts fit, and no money is below zero.
pub fn results(bytes: &[u8]) {
    let Ok(format) = crate::results::format_of(bytes) else { return };
    let Some(currency) = Currency::from_code("GBP") else { return };
    let Ok(results) = crate::results::read(format, currency, bytes) else { return };
    for line in &results.lines {
        assert!(!line.payment.is_empty() && is_bank_text(&line.reference) && is_bank_text(&line.code), "{line:?}");
        assert!(line.fee_minor >= 0 && line.amount_minor.is_none_or(|minor| minor >= 0), "{line:?}");
    }
}
