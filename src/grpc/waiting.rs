//! `ListWaiting`.

use tonic::Request;

use super::door::enter;
use super::listing::Asked;
use super::{Api, currency_of};
use crate::domain::state::record::{Record, RecordKey};
use crate::log::StoredRecord;
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::List;
use crate::wire::render;

impl Api {
    /// Lists activities that have not come and of which there is news.
    pub(super) async fn waiting(
        &self,
        request: Request<pb::ListWaitingRequest>,
    ) -> Result<pb::ListWaitingResponse, ApiError> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (listing, ()) = self.listing(&caller, &asked, |_| Some(())).await?;
        let program = &listing.program;
        let list = List::of("ListWaiting", &request.parent);
        let currency = currency_of(program)?;
        let keep = |stored: StoredRecord| match (stored.key, stored.record) {
            (RecordKey::Early(source, id), Record::Early(early)) if early.came.is_none() => {
                Some(render::waiting(&program.id, (&source, &id), &early, currency))
            }
            _ => None,
        };
        let page = self.kept_page(program, &list, RecordKey::EARLY, listing.page, keep).await?;
        Ok(pb::ListWaitingResponse { waiting: page.rows, next_page_token: page.next })
    }
}
