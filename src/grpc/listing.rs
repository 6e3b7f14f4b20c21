//! Lists of what is kept in a programme, read page by page.

use super::Api;
use super::connection::ListTurn;
use super::door::Caller;
use super::entered::Entered;
use crate::domain::state::record::RecordKey;
use crate::ledger::state::ProgramState;
use crate::log::StoredRecord;
use crate::wire::error::ApiError;
use crate::wire::page::{self, List, index};
use crate::wire::parse::Violations;

/// What every list of a programme is asked for with.
pub(super) struct Asked<'a> {
    /// The programme's name.
    pub(super) parent: &'a str,
    /// Rows of a page, as it came.
    pub(super) size: i32,
    /// Token of the page; empty for the first.
    pub(super) token: &'a str,
}

/// A list that may be read.
pub(super) struct Listing<'a> {
    /// The programme, as its caller has entered it.
    pub(super) program: Entered,
    /// Rows of the page, and its token.
    pub(super) page: (u32, &'a str),
    _turn: Option<ListTurn>,
}

/// A page of a list.
pub(super) struct Page<Row> {
    pub(super) rows: Vec<Row>,
    /// Token of the next page; empty on the last.
    pub(super) next: String,
}

impl Api {
    /// Lets a caller read a list, and returns it with what else is parsed of the request.
    ///
    /// # Errors
    /// Every violation of the request is told; so is that the caller may not read it.
    pub(super) async fn listing<'a, T>(
        &self,
        caller: &Caller,
        asked: &Asked<'a>,
        also: impl FnOnce(&mut Violations) -> Option<T>,
    ) -> Result<(Listing<'a>, T), ApiError> {
        let mut violations = Violations::default();
        let parent = violations.program("parent", asked.parent);
        let parsed = also(&mut violations);
        let page_size = violations.page_size(asked.size);
        let (parent, parsed) = violations.check(parent.zip(parsed))?;
        let program = self.program(caller, &parent).await?;
        let turn = caller.list_turn(page_size).await?;
        Ok((Listing { program, page: (page_size, asked.token), _turn: turn }, parsed))
    }

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
        let (mut rows, mut read, mut last) = (Vec::new(), 0, after.transpose()?);
        // One more than the page tells whether there is another. Where few are kept, the next part is twice as long.
        let mut part = page_size + 1;
        loop {
            let wanted = part.min(page::MAX + 1 - read);
            let records = self.ledger.log().records(&program.id, prefix, last.as_ref(), wanted).await?;
            let is_end = records.len() < index(wanted);
            for record in records {
                if rows.len() == index(page_size) || read == page::MAX {
                    let next = last.map(|key| list.token(&key.to_string())).unwrap_or_default();
                    return Ok(Page { rows, next });
                }
                read += 1;
                last = Some(record.key.clone());
                rows.extend(keep(record));
            }
            if is_end {
                return Ok(Page { rows, next: String::new() });
            }
            part *= 2;
        }
    }
}
