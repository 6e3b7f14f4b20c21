//! `ListWaiting`.

use tonic::Request;

use super::door::enter;
use super::{Api, currency_of};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::value::ids::{ActivityId, SourceId};
use crate::log::StoredRecord;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::{List, index};
use crate::wire::parse::Violations;
use crate::wire::render;

impl Api {
    /// Lists activities that have not come and of which there is news.
    pub(super) async fn waiting(
        &self,
        request: Request<pb::ListWaitingRequest>,
    ) -> Result<pb::ListWaitingResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let page_size = violations.page_size(request.page_size);
        let program = self.program(&caller, &violations.check(parent)?).await?;
        let list = List::of("ListWaiting", &request.parent);
        let after: Option<(SourceId, ActivityId)> = list.cursor(&request.page_token)?;
        let after = after.map(|(source, id)| RecordKey::Early(source, id));
        // One more than the page tells whether there is another. Activities that have come are among those read.
        let log = self.ledger.log();
        let mut page = log.records(&program.id, RecordKey::EARLY, after.as_ref(), page_size + 1).await?;
        let more = index(page_size) < page.len();
        page.truncate(index(page_size));
        let next = page.last().filter(|_| more).and_then(|last| match &last.key {
            RecordKey::Early(source, id) => Some(list.token(&(source, id))),
            _ => None,
        });
        let currency = currency_of(&program)?;
        let waiting = page.into_iter().filter_map(|StoredRecord { key, record, .. }| match (key, record) {
            (RecordKey::Early(source, id), Record::Early(early)) if early.came.is_none() => {
                Some(render::waiting(&program.id, (&source, &id), &early, currency))
            }
            _ => None,
        });
        Ok(pb::ListWaitingResponse { waiting: waiting.collect(), next_page_token: next.unwrap_or_default() })
    }
}
