//! Page tokens: the places where lists go on. A token names its list, so it is not taken for another's.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::parse::Violations;
use crate::domain::value::encoding::{decode, encode, hex, unhex};

/// Rows of a page, when a request sets no number.
const DEFAULT: u32 = 100;

/// The largest number of rows of a page: some 500 kB of entries, below the limit of a message.
pub(crate) const MAX: u32 = 1_000;

/// A list, identified by everything that chooses its rows.
pub(crate) struct List([u8; 8]);

impl List {
    /// Names a list by its method and all fields of the request except page size and token.
    pub(crate) fn of(method: &str, fields: &impl BorshSerialize) -> Self {
        let digest = Sha256::digest(encode(&(method, fields)));
        let mut name = [0; 8];
        name.copy_from_slice(&digest[..8]);
        Self(name)
    }

    /// Writes the place where the list goes on. An empty token is the first page's.
    pub(crate) fn token(&self, cursor: &impl BorshSerialize) -> String {
        hex(&encode(&(self.0, cursor)))
    }

    /// Cuts rows to a page, of which one more was read to tell whether the list goes on. Returns the token of the next page; empty on the last.
    pub(crate) fn cut<Row, Cursor: BorshSerialize>(
        &self,
        rows: &mut Vec<Row>,
        page_size: u32,
        cursor: impl Fn(&Row) -> &Cursor,
    ) -> String {
        let goes_on = index(page_size) < rows.len();
        rows.truncate(index(page_size));
        rows.last().filter(|_| goes_on).map(|last| self.token(cursor(last))).unwrap_or_default()
    }

    /// Reads the place where the list goes on; `None` for the first page.
    pub(crate) fn cursor<T: BorshDeserialize>(&self, token: &str) -> Result<Option<T>, ApiError> {
        if token.is_empty() {
            return Ok(None);
        }
        let read = unhex(token).and_then(|bytes| decode::<([u8; 8], T)>(&bytes).ok());
        match read {
            Some((list, cursor)) if list == self.0 => Ok(Some(cursor)),
            _ => Err(ApiError::PageToken(token.into())),
        }
    }
}

/// Returns a number of rows as an index of memory.
pub(crate) fn index(rows: u32) -> usize {
    usize::try_from(rows).expect("a u32 fits a usize")
}

impl Violations {
    /// Reads the rows of a page; 0 means the default.
    pub(crate) fn page_size(&mut self, size: i32) -> u32 {
        match u32::try_from(size) {
            Ok(0) => DEFAULT,
            Ok(size) if size <= MAX => size,
            _ => {
                self.add("page_size", format!("is {size}; give 1 to {MAX}, or 0 for {DEFAULT}"));
                DEFAULT
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_its_list_only() {
        let list = List::of("ListEntries", &"programs/qc");
        let token = list.token(&42_i64);
        assert_eq!(list.cursor::<i64>(&token).expect("a cursor"), Some(42));
        assert_eq!(list.cursor::<i64>("").expect("the first page"), None);
        let other = List::of("ListEntries", &"programs/other");
        for odd in [token.as_str(), "x", "0", &token[..8], "ff"] {
            assert!(other.cursor::<i64>(odd).is_err(), "{odd:?}");
        }
    }
}
