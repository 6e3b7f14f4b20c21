//! API keys: `gt_KEYID_SECRET`, as services show them.
//!
//! The secret part is 30 random characters of base 62, 178 bits, and a checksum of six, so that a key that was mistyped or cut is refused
//! without a look-up, and found by those who look for keys in places where none should be. The server keeps a keyed digest
//! of the key, and the key of that digest, the pepper, in a file outside the database: a stolen database opens nothing.

use std::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};
use ring::hmac;

use crate::domain::value::encoding::Hash;
use crate::domain::value::ids::KeyId;

/// How every key begins.
pub const PREFIX: &str = "gt_";

/// Characters of the secret part, without its checksum.
const SECRET_CHARS: usize = 30;

/// Characters of the checksum: 62⁶ is above 2³².
const CHECK_CHARS: usize = 6;

/// Characters of an id: 60 bits.
const ID_CHARS: usize = 12;

/// Digits of base 62.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters of ids: lower case without those that look alike, 32 of them.
const ID_DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

static CHECK: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// An API key. It shows its secret only where it is asked to.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id, which is no secret.
    pub id: KeyId,
    whole: String,
}

impl ApiKey {
    /// Makes a key of random bytes: 12 for its id and 64 for its secret.
    ///
    /// # Panics
    /// Never: the characters of an id are those of a label.
    #[must_use]
    pub fn new(random: &[u8; 76]) -> Self {
        let (of_id, of_secret) = random.split_at(ID_CHARS);
        let id: String = of_id.iter().map(|byte| char::from(ID_DIGITS[usize::from(byte % 32)])).collect();
        let id = KeyId::parse(&id).expect("its characters are those of a label");
        // Bytes from 248 on are left out, so that every digit is as likely. Of 64 random bytes 30 are below it, but for chances
        // below 10⁻³⁰; then the digit 0 stands for those that are missing.
        let digits =
            of_secret.iter().filter(|byte| **byte < 248).map(|byte| char::from(DIGITS[usize::from(byte % 62)]));
        let secret: String = digits.chain(std::iter::repeat('0')).take(SECRET_CHARS).collect();
        let front = format!("{PREFIX}{id}_{secret}");
        let whole = format!("{front}{}", checksum(&front));
        Self { id, whole }
    }

    /// Reads a key; `None` when the text is none, or one that was mistyped or cut.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_whole = id.len() == ID_CHARS
            && secret.len() == SECRET_CHARS + CHECK_CHARS
            && secret.bytes().all(|digit| DIGITS.contains(&digit));
        let (front, check) = text.split_at_checked(text.len().checked_sub(CHECK_CHARS)?)?;
        let id = KeyId::parse(id).ok().filter(|_| is_whole && checksum(front) == check)?;
        Some(Self { id, whole: text.to_owned() })
    }

    /// Returns the whole key, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.whole
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_…", self.id)
    }
}

fn checksum(front: &str) -> String {
    let mut rest = CHECK.checksum(front.as_bytes());
    let mut digits = [b'0'; CHECK_CHARS];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 62).unwrap_or(0)];
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

/// What the digests of keys are keyed with: the content of a file outside the database.
#[derive(Clone)]
pub struct Pepper {
    key: hmac::Key,
    id: [u8; 8],
}

impl Pepper {
    /// Fewest bytes of a pepper: 256 bits.
    pub const BYTES_MIN: usize = 32;

    /// Makes a pepper of the content of its file.
    ///
    /// # Errors
    /// The file has too few bytes.
    pub fn new(content: &[u8]) -> Result<Self, String> {
        if content.len() < Self::BYTES_MIN {
            return Err(format!("has {} bytes; a pepper has {} random ones at least", content.len(), Self::BYTES_MIN));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, content);
        let mut id = [0; 8];
        id.copy_from_slice(&hmac::sign(&key, b"goodturn pepper v1").as_ref()[..8]);
        Ok(Self { key, id })
    }

    /// Returns the pepper's id, which the log holds.
    #[must_use]
    pub const fn id(&self) -> [u8; 8] {
        self.id
    }

    /// Returns what the log holds of a key: HMAC-SHA-256 over all of it.
    #[must_use]
    pub fn digest(&self, key: &ApiKey) -> Hash {
        let mut digest = Hash::default();
        digest.copy_from_slice(hmac::sign(&self.key, key.whole.as_bytes()).as_ref());
        digest
    }

    /// True when a digest is that of a key. It takes as long whichever bytes differ.
    #[must_use]
    pub fn matches(&self, key: &ApiKey, digest: &Hash) -> bool {
        hmac::verify(&self.key, key.whole.as_bytes(), digest).is_ok()
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pepper")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_and_a_typo_anywhere_is_seen() {
        let key = ApiKey::new(&std::array::from_fn(|at| u8::try_from(at * 3).expect("small")));
        assert_eq!(key.reveal().len(), 3 + 12 + 1 + 36);
        assert_eq!(ApiKey::parse(key.reveal()).as_ref(), Some(&key));
        assert!(!format!("{key:?}").contains(&key.reveal()[16..]), "{key:?}");
        for at in 0..key.reveal().len() {
            let mut typo = key.reveal().as_bytes().to_vec();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(ApiKey::parse(std::str::from_utf8(&typo).expect("ASCII")), None, "at {at}");
            assert_eq!(ApiKey::parse(&key.reveal()[..at]), None, "cut at {at}");
        }
        for odd in ["", "gt_", "gt__", &format!("{} ", key.reveal()), &format!("{}0", key.reveal()), "gt_é_é"] {
            assert_eq!(ApiKey::parse(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn a_digest_is_that_of_one_key_and_one_pepper() {
        let [one, other] = [1, 2].map(|seed| ApiKey::new(&[seed; 76]));
        let [salt, pepper] = [b'a', b'b'].map(|byte| Pepper::new(&[byte; 32]).expect("long enough"));
        let digest = pepper.digest(&one);
        assert!(pepper.matches(&one, &digest) && !pepper.matches(&other, &digest) && !salt.matches(&one, &digest));
        assert_ne!(salt.id(), pepper.id());
        assert!(Pepper::new(&[b'a'; 31]).is_err());
    }
}
