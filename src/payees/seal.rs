//! Encryption of destinations: they stand beside the log, and only servers with the key can read them.

use ring::aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::Payee;
use crate::domain::value::encoding::{Hash, encode, unhex};
use crate::domain::value::ids::{MemberId, ProgramId};

/// Version of the layout: `version ‖ key id (4 bytes) ‖ nonce (12 bytes) ‖ ciphertext and tag`.
const VERSION: u8 = 1;

const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 4;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_LEN;

/// Most keys of a file: one in use, and those of a few rotations before.
const KEYS_MAX: usize = 16;

/// The keys with which destinations are encrypted.
///
/// The first key of the file encrypts, every one decrypts. Fingerprints are made with the last, so that a destination keeps its fingerprint when a new key is put in front.
pub struct PayeeKeys {
    keys: Vec<([u8; KEY_ID_BYTES], LessSafeKey)>,
    fingerprints: hmac::Key,
}

/// What is wrong with a file of keys.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyFileError {
    /// The file has no key.
    #[error("has no key; write one of 64 hexadecimal digits, as `openssl rand -hex 32` prints")]
    Empty,
    /// A line is no key.
    #[error("line {0} is no key; write 64 hexadecimal digits, as `openssl rand -hex 32` prints")]
    NoKey(usize),
    /// A key stands in the file twice.
    #[error("line {0} repeats a key; leave one of them out")]
    Repeated(usize),
    /// The file has too many keys.
    #[error(
        "has more than {KEYS_MAX} keys; leave out those in the middle with which nothing is encrypted any more, never the last"
    )]
    TooMany,
}

impl PayeeKeys {
    /// Reads keys, one a line. Empty lines, and those that begin with `#`, are passed over.
    ///
    /// # Errors
    /// [`KeyFileError`] says which line is wrong. It repeats nothing of a key.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let mut keys = Vec::new();
        let mut last = None;
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bytes: [u8; KEY_BYTES] =
                unhex(line).and_then(|bytes| bytes.try_into().ok()).ok_or(KeyFileError::NoKey(at + 1))?;
            let id = key_id(&bytes);
            if keys.iter().any(|(known, _)| *known == id) {
                return Err(KeyFileError::Repeated(at + 1));
            }
            let key = UnboundKey::new(&aead::CHACHA20_POLY1305, &bytes).expect("the key has 32 bytes");
            keys.push((id, LessSafeKey::new(key)));
            last = Some(bytes);
        }
        if keys.len() > KEYS_MAX {
            return Err(KeyFileError::TooMany);
        }
        let last = last.ok_or(KeyFileError::Empty)?;
        let derived = Sha256::new().chain_update(b"goodturn payee fingerprint v1").chain_update(last).finalize();
        Ok(Self { keys, fingerprints: hmac::Key::new(hmac::HMAC_SHA256, &derived) })
    }

    /// Returns the keyed digest of a destination: the same for the same destination in the same programme.
    #[must_use]
    pub fn fingerprint(&self, program: &ProgramId, payee: &Payee) -> Hash {
        let signed = hmac::sign(&self.fingerprints, &encode(&(program.as_str(), payee.to_bytes())));
        signed.as_ref().try_into().expect("an HMAC-SHA256 has 32 bytes")
    }

    /// Encrypts a member's destination. The nonce is random, and never used again.
    #[must_use]
    pub fn seal(&self, program: &ProgramId, member: &MemberId, payee: &Payee, nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let (id, key) = self.keys.first().expect("a file without keys is refused");
        let mut sealed = payee.to_bytes();
        let nonce_bytes = nonce;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(program, member), &mut sealed)
            .expect("a destination is short enough to encrypt");
        let mut out = Vec::with_capacity(HEAD_BYTES + sealed.len());
        out.push(VERSION);
        out.extend(id);
        out.extend(nonce_bytes);
        out.extend(sealed);
        out
    }

    /// Decrypts a member's destination; `None` when it was encrypted with another key, for another member, or is damaged.
    #[must_use]
    pub fn open(&self, program: &ProgramId, member: &MemberId, sealed: &[u8]) -> Option<Payee> {
        let (head, rest) = sealed.split_at_checked(HEAD_BYTES)?;
        let (version, head) = head.split_first()?;
        let (id, nonce) = head.split_at_checked(KEY_ID_BYTES)?;
        let (_, key) = self.keys.iter().find(|(known, _)| known == id).filter(|_| *version == VERSION)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = rest.to_vec();
        let opened = key.open_in_place(nonce, bound_to(program, member), &mut bytes).ok()?;
        Payee::from_bytes(opened)
    }
}

/// What a ciphertext is bound to: moved to another member, it does not open.
fn bound_to(program: &ProgramId, member: &MemberId) -> Aad<Vec<u8>> {
    Aad::from(encode(&("goodturn payee v1", program.as_str(), member.as_str())))
}

fn key_id(key: &[u8; KEY_BYTES]) -> [u8; KEY_ID_BYTES] {
    let digest: Hash = Sha256::new().chain_update(b"goodturn payee key id v1").chain_update(key).finalize().into();
    [digest[0], digest[1], digest[2], digest[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> PayeeKeys {
        PayeeKeys::parse(text).expect("keys")
    }

    fn line(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    fn names() -> (ProgramId, MemberId, MemberId) {
        let member = |id| MemberId::parse(id).expect("an id");
        (ProgramId::parse("acme").expect("an id"), member("ann"), member("ben"))
    }

    fn payee(receiver: &str) -> Payee {
        Payee::PayPal { receiver: receiver.into() }
    }

    #[test]
    fn what_is_encrypted_opens_for_its_member_alone_and_with_its_key_alone() {
        let (program, ann, ben) = names();
        let own = keys(&line('a'));
        let sealed = own.seal(&program, &ann, &payee("ann@example.org"), [7; 12]);
        assert_eq!(own.open(&program, &ann, &sealed), Some(payee("ann@example.org")));
        assert_eq!(own.open(&program, &ben, &sealed), None, "another member's");
        assert_eq!(own.open(&ProgramId::parse("other").expect("an id"), &ann, &sealed), None, "another programme's");
        assert_eq!(keys(&line('b')).open(&program, &ann, &sealed), None, "another key");
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(own.open(&program, &ann, &damaged), None, "byte {at}");
        }
        assert!(!sealed.windows(3).any(|part| part == b"ann"), "nothing of it is readable");
    }

    #[test]
    fn a_new_key_in_front_opens_what_the_old_one_encrypted_and_keeps_fingerprints() {
        let (program, ann, _) = names();
        let (old, both) = (keys(&line('a')), keys(&format!("# new\n{}\n\n{}\n", line('b'), line('a'))));
        let sealed = old.seal(&program, &ann, &payee("ann@example.org"), [7; 12]);
        assert_eq!(both.open(&program, &ann, &sealed), Some(payee("ann@example.org")));
        let newly = both.seal(&program, &ann, &payee("ann@example.org"), [8; 12]);
        assert_eq!(old.open(&program, &ann, &newly), None, "the new key encrypts");
        let fingerprint = |keys: &PayeeKeys, receiver: &str| keys.fingerprint(&program, &payee(receiver));
        assert_eq!(fingerprint(&old, "ann@example.org"), fingerprint(&both, "ann@example.org"));
        assert_ne!(fingerprint(&old, "ann@example.org"), fingerprint(&old, "ben@example.org"));
        assert_ne!(fingerprint(&old, "ann@example.org"), fingerprint(&keys(&line('b')), "ann@example.org"));
    }

    #[test]
    fn a_file_of_keys_is_refused_with_its_line() {
        let wrong = |text: &str| PayeeKeys::parse(text).err().expect("it is refused");
        assert_eq!(wrong(""), KeyFileError::Empty);
        assert_eq!(wrong("# nothing\n"), KeyFileError::Empty);
        assert_eq!(wrong(&format!("{}\nabc\n", line('a'))), KeyFileError::NoKey(2));
        assert_eq!(wrong(&format!("{}\n{}\n", line('a'), line('a'))), KeyFileError::Repeated(2));
        let many: String = (0..17).map(|n| format!("{n:064x}\n")).collect();
        assert_eq!(wrong(&many), KeyFileError::TooMany);
    }
}
