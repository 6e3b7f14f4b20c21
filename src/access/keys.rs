//! The keys with which an issuer signs (JWK Set, RFC 7517).

use std::collections::BTreeMap;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde::Deserialize;

/// The largest key set, in bytes. Sets of large providers have about 10,000.
pub const KEY_SET_BYTES_MAX: usize = 64 * 1024;

/// The largest number of keys of a set: an issuer has a current one, and those before and after it.
const KEYS_MAX: usize = 64;

/// Bits of an RSA modulus, at least and at most (NIST SP 800-131A; beyond it a signature takes too long to check).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;

/// Bytes of an RSA exponent. The usual one has three, and a longer one takes too long to check.
const EXPONENT_BYTES_MAX: usize = 4;

/// The keys of an issuer.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: BTreeMap<String, Key>,
    /// The text that was read.
    json: Vec<u8>,
}

impl PartialEq for KeySet {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

/// A key, and the one algorithm that it is for.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// Reads a set. Keys that cannot check a token's signature are left out, each with the reason: sets also hold keys for other uses.
    ///
    /// # Errors
    /// The text is no set of keys, is too large, or no key of it can be used.
    pub fn parse(json: &[u8]) -> Result<(Self, Vec<String>), String> {
        if json.len() > KEY_SET_BYTES_MAX {
            return Err(format!("the key set has more than {KEY_SET_BYTES_MAX} bytes"));
        }
        let set: Set = serde_json::from_slice(json).map_err(|error| format!("this is no key set: {error}"))?;
        if set.keys.len() > KEYS_MAX {
            return Err(format!("the key set has more than {KEYS_MAX} keys"));
        }
        let (mut keys, mut left_out) = (BTreeMap::new(), Vec::new());
        for (index, key) in set.keys.into_iter().enumerate() {
            match key_of(key) {
                Ok((id, _)) if keys.contains_key(&id) => left_out.push(format!("keys[{index}] has the kid of another")),
                Ok((id, key)) => drop(keys.insert(id, key)),
                Err(why) => left_out.push(format!("keys[{index}] {why}")),
            }
        }
        if keys.is_empty() {
            let why = if left_out.is_empty() { "it is empty".to_owned() } else { left_out.join("; ") };
            return Err(format!("no key of the set can check a token: {why}"));
        }
        Ok((Self { keys, json: json.to_vec() }, left_out))
    }

    /// How many keys can check a token.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True without a key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Key> {
        self.keys.get(id)
    }
}

fn key_of(json: serde_json::Value) -> Result<(String, Key), String> {
    let jwk: Jwk = serde_json::from_value(json).map_err(|error| format!("is no key: {error}"))?;
    let common = &jwk.common;
    let id = common.key_id.clone().filter(|id| !id.is_empty()).ok_or("has no kid")?;
    if common.public_key_use.as_ref().is_some_and(|of| *of != PublicKeyUse::Signature) {
        return Err("is for another use than signatures".into());
    }
    if common.key_operations.as_ref().is_some_and(|of| !of.contains(&KeyOperations::Verify)) {
        return Err("has key_ops without verify".into());
    }
    // Where a key names no algorithm, its type does. A token never does.
    let by_type = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => Some(Algorithm::ES256),
            EllipticCurve::P384 => Some(Algorithm::ES384),
            _ => None,
        },
        AlgorithmParameters::OctetKeyPair(key) => (key.curve == EllipticCurve::Ed25519).then_some(Algorithm::EdDSA),
        _ => None,
    };
    let by_type = by_type.ok_or("is of a type that checks no token: RSA, P-256, P-384 and Ed25519 do")?;
    let algorithm = match common.key_algorithm {
        None => by_type,
        Some(KeyAlgorithm::RS256) => Algorithm::RS256,
        Some(KeyAlgorithm::PS256) => Algorithm::PS256,
        Some(KeyAlgorithm::ES256) => Algorithm::ES256,
        Some(KeyAlgorithm::ES384) => Algorithm::ES384,
        Some(KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
        Some(_) => return Err("names an algorithm that is not taken".into()),
    };
    let key = DecodingKey::from_jwk(&jwk).map_err(|error| format!("cannot be read: {error}"))?;
    if algorithm != by_type && (algorithm, by_type) != (Algorithm::PS256, Algorithm::RS256) {
        return Err("names an algorithm that is not for its type".into());
    }
    check_size(algorithm, key.kind())?;
    Ok((id, Key { algorithm, key }))
}

fn check_size(algorithm: Algorithm, kind: &DecodingKeyKind) -> Result<(), String> {
    match (algorithm, kind) {
        (_, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            let unused = n.first().map_or(0, |byte| usize::try_from(byte.leading_zeros()).unwrap_or(0));
            if [n, e].iter().any(|number| number.first().is_none_or(|first| *first == 0))
                || e.len() > EXPONENT_BYTES_MAX
            {
                return Err("has a modulus or an exponent that is empty, begins with zeros, or is too long".into());
            }
            let bits = n.len() * 8 - unused;
            let has = RSA_BITS.contains(&bits);
            has.then_some(())
                .ok_or_else(|| format!("has {bits} bits, and RSA needs {} to {}", RSA_BITS.start(), RSA_BITS.end()))
        }
        (Algorithm::ES256, DecodingKeyKind::SecretOrDer(key)) if key.len() == 65 => Ok(()),
        (Algorithm::ES384, DecodingKeyKind::SecretOrDer(key)) if key.len() == 97 => Ok(()),
        (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(key)) if key.len() == 32 => Ok(()),
        _ => Err("has a wrong length".into()),
    }
}
