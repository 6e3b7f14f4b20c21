//! Access tokens made by a library that is not ours: those that are right, and those that are wrong in one way each.

use goodturn::access::keys::KeySet;
use goodturn::access::token::{Holder, Identity, Issuer, Issuers, TokenError};
use serde::Deserialize;
use serde_json::{Value, json};

/// What `tests/golden/tokens.py` made with `PyJWT`.
#[derive(Deserialize)]
struct Golden {
    now: i64,
    issuer: String,
    audience: String,
    jwks: Value,
    tokens: Vec<Case>,
    left_out: Vec<LeftOut>,
}

/// A token, and what becomes of it: `ok`, `program`, or how the error begins.
#[derive(Deserialize)]
struct Case {
    name: String,
    token: String,
    result: String,
}

/// A key that no set may hold, and why.
#[derive(Deserialize)]
struct LeftOut {
    name: String,
    key: Value,
    why: String,
}

impl Golden {
    fn read() -> Self {
        serde_json::from_str(include_str!("../../golden/tokens.json")).unwrap()
    }

    fn issuer(&self) -> Issuer {
        let (keys, left_out) = KeySet::parse(self.jwks.to_string().as_bytes()).unwrap();
        assert_eq!((keys.len(), left_out.len()), (5, 0), "{left_out:?}");
        Issuer {
            name: self.issuer.clone(),
            audience: self.audience.clone(),
            is_typed: true,
            members: None,
            person_claim: Some("auth_time".into()),
            keys,
        }
    }

    fn case(&self, name: &str) -> &str {
        &self.tokens.iter().find(|case| case.name == name).unwrap().token
    }
}

#[test]
fn a_token_that_is_wrong_in_any_one_way_opens_nothing() {
    // INV 85
    let golden = Golden::read();
    let issuers = Issuers::new(vec![golden.issuer()]);
    let (mut right, mut wrong) = (0, 0);
    for Case { name, token, result } in &golden.tokens {
        match (issuers.identify(token, golden.now), result.as_str()) {
            (Ok(Identity { is_of, .. }), "ok" | "program") => {
                assert_eq!(is_of, if result == "ok" { Holder::Person } else { Holder::Program }, "{name}");
                right += 1;
            }
            (Err(error), expected) => {
                assert!(format!("{error:?}").starts_with(expected), "{name}: {error:?} and not {expected}");
                // It says nothing of what was sent, but of a name that the specification has.
                assert!(!error.to_string().contains("evil"), "{name}: {error}");
                wrong += 1;
            }
            (told, expected) => panic!("{name}: {told:?} and not {expected}"),
        }
    }
    assert_eq!((right, wrong), (20, 76));
}

#[test]
fn a_token_says_who_is_calling_and_until_when() {
    let golden = Golden::read();
    let issuers = Issuers::new(vec![golden.issuer()]);
    let by_rsa = issuers.identify(golden.case("by rsa"), golden.now).unwrap();
    let expected = Identity {
        issuer: golden.issuer.clone(),
        subject: "7f3a".into(),
        is_of: Holder::Person,
        ends_at_s: golden.now + 300,
    };
    assert_eq!(by_rsa, expected);
    // The clocks may be half a minute apart.
    assert!(issuers.identify(golden.case("by rsa"), golden.now + 329).is_ok());
    assert_eq!(issuers.identify(golden.case("by rsa"), golden.now + 330), Err(TokenError::Ended(30)));
    assert_eq!(issuers.identify(golden.case("by rsa"), golden.now - 36), Err(TokenError::NotYet(31)));
}

#[test]
fn each_issuer_has_its_own_keys_audience_and_kind_of_subjects() {
    // INV 85
    let golden = Golden::read();
    let (now, token) = (golden.now, golden.case("by ed"));
    let identify = |issuers: Vec<Issuer>| Issuers::new(issuers).identify(token, now);
    let other = Issuer { name: "https://other.example".into(), ..golden.issuer() };
    assert_eq!(identify(vec![other.clone()]), Err(TokenError::UnknownIssuer));
    assert_eq!(identify(Vec::new()), Err(TokenError::UnknownIssuer));
    let without_keys = Issuer { keys: KeySet::default(), ..golden.issuer() };
    assert_eq!(
        identify(vec![other, without_keys]),
        Err(TokenError::UnknownSigningKey),
        "another issuer's keys are not asked"
    );
    let elsewhere = Issuer { audience: "elsewhere".into(), ..golden.issuer() };
    assert_eq!(identify(vec![elsewhere]), Err(TokenError::Audience));
    let of_services = Issuer { person_claim: None, ..golden.issuer() };
    assert_eq!(identify(vec![of_services]).unwrap().is_of, Holder::Program);
    let untyped = Issuers::new(vec![Issuer { is_typed: false, ..golden.issuer() }]);
    for name in ["an ID token", "no typ"] {
        assert!(untyped.identify(golden.case(name), now).is_ok(), "{name}: some issuers send no typ");
    }
}

#[test]
fn a_key_that_cannot_check_a_token_is_left_out_and_a_set_without_a_key_refused() {
    // INV 85
    let golden = Golden::read();
    let good = &golden.jwks["keys"][0];
    for LeftOut { name, key, why } in &golden.left_out {
        let set = json!({ "keys": [key, good] }).to_string();
        let (keys, left_out) = KeySet::parse(set.as_bytes()).unwrap();
        assert_eq!(keys.len(), 1, "{name}");
        assert!(left_out.len() == 1 && left_out[0].starts_with(why), "{name}: {left_out:?} and not {why}");
        let alone = KeySet::parse(json!({ "keys": [key] }).to_string().as_bytes()).unwrap_err();
        assert!(alone.starts_with(&format!("no key of the set can check a token: {why}")), "{name}: {alone}");
    }
    let twice = json!({ "keys": [good, good] }).to_string();
    assert_eq!(KeySet::parse(twice.as_bytes()).unwrap().1, ["keys[1] has the kid of another"]);
    let many = json!({ "keys": vec![good; 65] }).to_string();
    let large = format!("{}{}", " ".repeat(64 * 1024), golden.jwks);
    for (set, why) in [
        (r#"{"keys": []}"#, "no key of the set can check a token: it is empty"),
        ("[]", "this is no key set:"),
        ("", "this is no key set:"),
        (&many, "the key set has more than 64 keys"),
        (&large, "the key set has more than 65536 bytes"),
    ] {
        let told = KeySet::parse(set.as_bytes()).unwrap_err();
        assert!(told.starts_with(why), "{told}");
    }
}
