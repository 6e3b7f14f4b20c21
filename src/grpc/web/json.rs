//! Messages as JSON, by Protocol Buffers' own mapping (protobuf.dev, "JSON"): names in lower camel case, 64-bit integers as
//! texts, times as in RFC 3339.

use prost::Message as _;
use prost_reflect::{DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions};

/// Bytes that a part of JSON takes in memory while it is read: an item of a list, or a field.
const PART_BYTES: usize = 160;

/// The most that JSON may take while it is read: a fourth of what all requests may. A batch of 1,000 activities with eight attributes each
/// has a third of it.
pub(super) const WEIGHT_MAX: usize = 20 * 1024 * 1024;

/// Returns how many bytes JSON takes in memory while it is read, beside its own. Each part begins with one of these characters, or follows
/// one; those within texts are counted, too.
pub(super) fn weight(json: &[u8]) -> usize {
    json.iter().filter(|byte| matches!(byte, b'{' | b'[' | b',')).count() * PART_BYTES + json.len()
}

/// Reads a message from JSON, and returns it in the binary form. No text at all is a message without fields.
///
/// # Errors
/// Says what is wrong, and where. `is_strict` refuses fields that are unknown.
pub(super) fn to_binary(json: &[u8], of: &MessageDescriptor, is_strict: bool) -> Result<Vec<u8>, String> {
    if json.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    let options = DeserializeOptions::new().deny_unknown_fields(is_strict);
    let message = DynamicMessage::deserialize_with_options(of.clone(), &mut reader, &options);
    let message = message.and_then(|message| reader.end().map(|()| message));
    message.map(|message| message.encode_to_vec()).map_err(|error| error.to_string())
}

/// Writes a message that is in the binary form as JSON.
///
/// # Errors
/// It is not such a message.
pub(super) fn of_binary(binary: &[u8], of: &MessageDescriptor) -> Result<Vec<u8>, String> {
    let message = DynamicMessage::decode(of.clone(), binary).map_err(|error| error.to_string())?;
    let mut json = Vec::with_capacity(binary.len() * 2);
    let written = message.serialize_with_options(&mut serde_json::Serializer::new(&mut json), &SerializeOptions::new());
    written.map(|()| json).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    fn activity() -> MessageDescriptor {
        schema::message("goodturn.v1.Activity").unwrap()
    }

    #[test]
    fn a_message_is_the_same_after_both_ways() {
        let json = r#"{"name":"programs/qc/sources/forum/activities/a","kind":"kudos","memberId":"ben","occurredAt":"2018-04-01T00:00:00Z"}"#;
        let binary = to_binary(json.as_bytes(), &activity(), true).unwrap();
        assert_eq!(String::from_utf8(of_binary(&binary, &activity()).unwrap()).unwrap(), json);
        assert_eq!(to_binary(b" ", &activity(), true).unwrap(), b"");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let cases: [(&str, &str); 5] = [
            ("{", "EOF while parsing"),
            (r#"{"memberId": 5}"#, "expected a string at line 1"),
            (r#"{"meberId": "ben"}"#, "meberId"),
            (r#"{"memberId": "ben"} x"#, "trailing characters at line 1"),
            ("[]", "invalid type: sequence"),
        ];
        for (json, told) in cases {
            let error = to_binary(json.as_bytes(), &activity(), true).unwrap_err();
            assert!(error.contains(told), "{json}: {error}");
        }
        assert!(to_binary(br#"{"later": 1}"#, &activity(), false).is_ok(), "a newer client knows more");
        assert!(of_binary(b"\xff", &activity()).is_err());
    }

    #[test]
    fn what_json_takes_while_it_is_read_is_known_before() {
        assert_eq!(weight(br#"{"a":[{},{}]}"#), 5 * PART_BYTES + 13);
    }
}
