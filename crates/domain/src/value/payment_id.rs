//! Ids of payments, as they leave in files.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::value::encoding::encode;
use crate::value::ids::{BatchId, ProgramId};

/// Most payments of a batch: as many as fit into five characters.
pub const PAYMENTS_MAX: u32 = (1 << 25) - 1;

/// Alphabet of base 32 (RFC 4648). Every bank lets these characters through, and none looks like another.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Id of a payment in the files of banks: 18 characters of `A–Z 2–7`, so many as the shortest reference allows.
///
/// Twelve characters name programme and batch: the first 60 bits of `SHA-256("goodturn payment v1" ‖ programme ‖ batch)`. Five are the number of the payment, and the last is the first
/// five bits of the SHA-256 of those before, so that a slip of a pen is noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentId(String);

impl PaymentId {
    /// Makes the id of a payment.
    #[must_use]
    pub fn of(program: &ProgramId, batch: &BatchId, number: u32) -> Self {
        let mut text = batch_part(program, batch);
        text.extend((0..5).rev().map(|place| digit(u64::from(number) >> (5 * place))));
        text.push(check(&text));
        Self(text)
    }

    /// Returns the number of the payment of this id in a batch; `None` when the id is not one of that batch.
    #[must_use]
    pub fn number_in(program: &ProgramId, batch: &BatchId, id: &str) -> Option<u32> {
        let id = id.to_ascii_uppercase();
        let digits = id.get(12..17)?;
        let number = digits.bytes().try_fold(0_u32, |number, byte| {
            let digit = ALPHABET.iter().position(|known| *known == byte)?;
            Some(number << 5 | u32::try_from(digit).ok()?)
        })?;
        (Self::of(program, batch, number).0 == id).then_some(number)
    }

    /// True for a text that is the id of some payment, of whatever batch.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        let text = text.to_ascii_uppercase();
        text.len() == 18 && text.bytes().all(|byte| ALPHABET.contains(&byte)) && text.ends_with(check(&text[..17]))
    }

    /// Returns the twelve characters with which the ids of a batch's payments begin.
    #[must_use]
    pub fn batch_part(program: &ProgramId, batch: &BatchId) -> String {
        batch_part(program, batch)
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn batch_part(program: &ProgramId, batch: &BatchId) -> String {
    let names = encode(&(program.as_str(), batch.as_str()));
    let bits = leading_bits(&Sha256::new().chain_update(b"goodturn payment v1").chain_update(names).finalize());
    (0..12).map(|place| digit(bits >> (59 - 5 * place))).collect()
}

fn check(text: &str) -> char {
    digit(leading_bits(&Sha256::digest(text.as_bytes())) >> 59)
}

fn leading_bits(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

/// Returns the character of the last five bits.
fn digit(bits: u64) -> char {
    char::from(ALPHABET[usize::try_from(bits & 31).expect("five bits fit")])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> (ProgramId, BatchId) {
        (ProgramId::parse("acme").expect("an id"), BatchId::parse("june").expect("an id"))
    }

    #[test]
    fn an_id_has_eighteen_characters_and_says_its_number() {
        let (program, batch) = names();
        for number in [1, 31, 32, 10_000, PAYMENTS_MAX] {
            let id = PaymentId::of(&program, &batch, number);
            assert_eq!(id.as_str().len(), 18);
            assert!(PaymentId::is_one(id.as_str()), "{id}");
            assert_eq!(PaymentId::number_in(&program, &batch, id.as_str()), Some(number));
            assert_eq!(PaymentId::number_in(&program, &batch, &id.as_str().to_lowercase()), Some(number));
        }
    }

    #[test]
    fn an_id_of_another_batch_or_programme_is_not_found() {
        let (program, batch) = names();
        let id = PaymentId::of(&program, &batch, 7);
        let other = BatchId::parse("july").expect("an id");
        assert_eq!(PaymentId::number_in(&program, &other, id.as_str()), None);
        assert_eq!(PaymentId::number_in(&ProgramId::parse("acme2").expect("an id"), &batch, id.as_str()), None);
        assert_eq!(PaymentId::number_in(&program, &batch, ""), None);
        assert_eq!(PaymentId::number_in(&program, &batch, "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ"), None);
    }

    #[test]
    fn most_slips_are_noticed() {
        let (program, batch) = names();
        let id = PaymentId::of(&program, &batch, 1234);
        let mut taken = 0;
        for at in 0..17 {
            for letter in ALPHABET {
                let mut other = id.as_str().to_owned();
                other.replace_range(at..=at, &char::from(*letter).to_string());
                taken += u32::from(other != id.as_str() && PaymentId::is_one(&other));
            }
        }
        assert!(taken < 17 * 31 / 16, "{taken} of {} slips were not noticed", 17 * 31);
    }
}
