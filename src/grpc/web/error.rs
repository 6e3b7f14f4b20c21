//! Errors as Connect tells them: a code, a message, and the details that gRPC's have (connectrpc.com, "Connect Protocol Reference").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use prost::Message as _;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tonic::codegen::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use tonic::codegen::http::{HeaderMap, StatusCode};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{json, schema};

/// What types of details begin with.
const TYPES: &str = "type.googleapis.com/";

/// The status of HTTP for a call that its caller has given up; servers that know it call it so.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Returns the name of a code, and the status of HTTP that goes with it.
fn told(code: Code) -> (&'static str, StatusCode) {
    match code {
        Code::Ok => ("ok", StatusCode::OK),
        Code::Cancelled => ("canceled", StatusCode::from_u16(CLIENT_CLOSED_REQUEST).unwrap_or(StatusCode::BAD_REQUEST)),
        Code::Unknown => ("unknown", StatusCode::INTERNAL_SERVER_ERROR),
        Code::InvalidArgument => ("invalid_argument", StatusCode::BAD_REQUEST),
        Code::DeadlineExceeded => ("deadline_exceeded", StatusCode::GATEWAY_TIMEOUT),
        Code::NotFound => ("not_found", StatusCode::NOT_FOUND),
        Code::AlreadyExists => ("already_exists", StatusCode::CONFLICT),
        Code::PermissionDenied => ("permission_denied", StatusCode::FORBIDDEN),
        Code::ResourceExhausted => ("resource_exhausted", StatusCode::TOO_MANY_REQUESTS),
        Code::FailedPrecondition => ("failed_precondition", StatusCode::BAD_REQUEST),
        Code::Aborted => ("aborted", StatusCode::CONFLICT),
        Code::OutOfRange => ("out_of_range", StatusCode::BAD_REQUEST),
        Code::Unimplemented => ("unimplemented", StatusCode::NOT_IMPLEMENTED),
        Code::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR),
        Code::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        Code::DataLoss => ("data_loss", StatusCode::INTERNAL_SERVER_ERROR),
        Code::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED),
    }
}

/// Returns the status of HTTP for an error.
pub(super) fn http_status(status: &Status) -> StatusCode {
    told(status.code()).1
}

/// What tells an error.
#[derive(Serialize)]
struct Told<'s> {
    code: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'s str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail>,
}

/// A detail: its message as a client of Connect reads it, and the same for whoever has no descriptor of it.
#[derive(Serialize)]
struct Detail {
    r#type: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    debug: Option<Box<RawValue>>,
}

/// Returns the object that tells an error, as JSON.
pub(super) fn object(status: &Status) -> Box<RawValue> {
    let details = tonic_types::pb::Status::decode(status.details()).map(|told| told.details).unwrap_or_default();
    let details = details.iter().map(|any| detail(any.type_url.trim_start_matches(TYPES), &any.value)).collect();
    let told = Told { code: told(status.code()).0, message: status.message(), details };
    to_raw_value(&told).expect("texts can be written")
}

fn detail(of: &str, value: &[u8]) -> Detail {
    let shown = schema::message(of).and_then(|message| json::of_binary(value, &message).ok());
    let debug = shown.and_then(|shown| RawValue::from_string(String::from_utf8(shown).ok()?).ok());
    Detail { r#type: of.into(), value: STANDARD_NO_PAD.encode(value), debug }
}

/// Writes headers that say what a caller who speaks HTTP alone can do: when to come back, and how to say who it is.
pub(super) fn add_remedies(status: &Status, headers: &mut HeaderMap) {
    let delay = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
    if let Some(delay) = delay {
        headers
            .insert(RETRY_AFTER, HeaderValue::from(delay.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)));
    }
    if status.code() == Code::Unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ledger::SubmitError;
    use crate::wire::error::ApiError;

    #[test]
    fn an_error_has_its_code_its_message_and_its_details_in_both_forms() {
        let status = Status::from(ApiError::from(SubmitError::Overloaded));
        let told: Value = serde_json::from_str(object(&status).get()).unwrap();
        assert_eq!((&told["code"], http_status(&status).as_u16()), (&json!("resource_exhausted"), 429));
        assert_eq!(told["message"], status.message());
        let details = told["details"].as_array().unwrap();
        let info = details.iter().find(|detail| detail["type"] == "google.rpc.ErrorInfo").unwrap();
        assert_eq!(info["debug"]["reason"], "ERROR_REASON_OVERLOADED", "{info}");
        let value = STANDARD_NO_PAD.decode(info["value"].as_str().unwrap()).unwrap();
        assert_eq!(tonic_types::pb::ErrorInfo::decode(&value[..]).unwrap().reason, "ERROR_REASON_OVERLOADED");
        let mut headers = HeaderMap::new();
        add_remedies(&status, &mut headers);
        assert_eq!(headers[RETRY_AFTER], "1");
    }

    #[test]
    fn each_code_has_its_name_and_its_status() {
        for number in 1..=16 {
            let code = Code::from_i32(number);
            let (name, http) = told(code);
            // Names are gRPC's in lower case, but for the spelling of one.
            let camel: String = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
            let expected = if code == Code::Cancelled { "Canceled".into() } else { format!("{code:?}") };
            assert_eq!(camel, expected);
            assert!(http.is_client_error() || http.is_server_error(), "{name}");
        }
    }
}
