//! Lists of what is kept as records, read page by page, with a choice of rows.

use super::Api;
use crate::domain::state::record::RecordKey;
use crate::ledger::state::ProgramState;
use crate::log::StoredRecord;
use crate::wire::error::ApiError;
use crate::wire::page::{self, List, index};

/// A page of a list.
pub(super) struct Page<Row> {
    pub(super) rows: Vec<Row>,
    /// Token of the next page; empty on the last.
    pub(super) next: String,
}

impl Api {
    /// Reads the records of a prefix after the place of a token, as far as `keep` makes rows of them. Reads no more than
    /// a full page of records, so a page may have fewer rows than were asked for while the list goes on.
    pub(super) async fn kept_page<Row>(
        &self,
        program: &ProgramState,
        list: &List,
        prefix: &str,
        (page_size, token): (u32, &str),
        keep: impl Fn(StoredRecord) -> Option<Row>,
    ) -> Result<Page<Row>, ApiError> {
        let after: Option<String> = list.cursor(token)?;
        let after = after.map(|key| RecordKey::parse(&key).ok_or_else(|| ApiError::PageToken(token.into())));
        let records =
            self.ledger.log().records(&program.id, prefix, after.transpose()?.as_ref(), page::MAX + 1).await?;
        let (mut rows, mut last) = (Vec::new(), None);
        for (read, record) in records.into_iter().enumerate() {
            if rows.len() == index(page_size) || read == index(page::MAX) {
                let next = last.as_ref().map(|key: &RecordKey| list.token(&key.to_string())).unwrap_or_default();
                return Ok(Page { rows, next });
            }
            last = Some(record.key.clone());
            rows.extend(keep(record));
        }
        Ok(Page { rows, next: String::new() })
    }
}
