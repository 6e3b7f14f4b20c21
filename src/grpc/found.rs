//! What is found without its name: members, their balances, holds that are open, and versions of the rules.

use std::collections::HashMap;

use tonic::Request;

use super::door::enter;
use super::listing::Asked;
use super::{Api, currency_of};
use crate::domain::state::hold::OpenHolds;
use crate::domain::state::member::Member;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::member::Profile;
use crate::domain::value::ids::MemberId;
use crate::ledger::state::ProgramState;
use crate::log::{LogError, Want};
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::page::{List, index};
use crate::wire::parse::Violations;
use crate::wire::render;

/// Balances that one call returns, at most: what a page of a forum shows, twice.
const BALANCES_MAX: usize = 100;

impl Api {
    pub(super) async fn balances(
        &self,
        request: Request<pb::BatchGetBalancesRequest>,
    ) -> Result<pb::BatchGetBalancesResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let (count, min_seq) = (request.names.len(), violations.min_seq(request.min_seq));
        if !(1..=BALANCES_MAX).contains(&count) {
            violations.add("names", format!("has {count}; give 1 to {BALANCES_MAX}"));
        }
        let mut members = Vec::with_capacity(count.min(BALANCES_MAX));
        for (at, name) in request.names.iter().enumerate().take(BALANCES_MAX) {
            let field = format!("names[{at}]");
            match violations.member_of(&field, name) {
                Some((of, _)) if parent.as_ref().is_some_and(|parent| *parent != of) => {
                    violations.add(&field, "is of another programme than parent");
                }
                Some((_, member)) => members.push(member),
                None => {}
            }
        }
        let (parent, min_seq) = violations.check(parent.zip(min_seq))?;
        let program = self.program(&caller, &parent).await?;
        self.reach(&program, min_seq).await?;
        let currency = currency_of(&program)?;
        let mut balances = Vec::with_capacity(members.len());
        for member in &members {
            let (account, lots, seq) = self.ledger.account_with_lots(&program, member).await?;
            balances.push(render::balance(&program.id, (&account, &lots), seq, currency));
        }
        Ok(pb::BatchGetBalancesResponse { balances })
    }

    pub(super) async fn members_listed(
        &self,
        request: Request<pb::ListMembersRequest>,
    ) -> Result<pb::ListMembersResponse, ApiError> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (listing, prefix) = self
            .listing(&caller, &asked, |violations| match request.id_prefix.as_str() {
                "" => Some(None),
                prefix => match MemberId::parse(prefix) {
                    Ok(prefix) => Some(Some(prefix)),
                    Err(why) => {
                        violations.add("id_prefix", why.to_string());
                        None
                    }
                },
            })
            .await?;
        let (program, (page_size, token)) = (&listing.program, listing.page);
        let list = List::of("ListMembers", &(&request.parent, &request.id_prefix));
        let after: Option<MemberId> = list.cursor(token)?;
        let mut ids = self.ids_after(program, prefix.as_ref(), after.as_ref(), page_size + 1).await?;
        let next_page_token = list.cut(&mut ids, page_size, |id| id);
        Ok(pb::ListMembersResponse { members: self.members_shown(program, ids).await?, next_page_token })
    }

    /// Returns ids of members that begin with a prefix, after one, in their byte order.
    async fn ids_after(
        &self,
        program: &ProgramState,
        prefix: Option<&MemberId>,
        after: Option<&MemberId>,
        most: u32,
    ) -> Result<Vec<MemberId>, LogError> {
        let log = self.ledger.log();
        let mut ids = Vec::new();
        // The prefix may be an id itself, and all others come after it.
        if let (Some(prefix), None) = (prefix, after) {
            let want = Want { members: vec![prefix.clone()], records: Vec::new() };
            ids.extend(log.load(&program.id, &want).await?.accounts.into_iter().map(|account| account.member));
        }
        let accounts = log.accounts(&program.id, after.or(prefix), most).await?;
        let begins = |id: &MemberId| prefix.is_none_or(|prefix| id.as_str().starts_with(prefix.as_str()));
        ids.extend(accounts.into_iter().map(|account| account.member).take_while(begins));
        ids.truncate(index(most));
        Ok(ids)
    }

    /// Returns members as `GetMember` does, with few questions to the store.
    async fn members_shown(&self, program: &ProgramState, ids: Vec<MemberId>) -> Result<Vec<pb::Member>, ApiError> {
        let seq = program.head_seq();
        let keys = ids.iter().flat_map(|id| [RecordKey::Member(id.clone()), RecordKey::Profile(id.clone())]);
        let stored = self.ledger.log().load(&program.id, &Want::records(keys.collect())).await?.records;
        let mut stored: HashMap<RecordKey, Record> =
            stored.into_iter().map(|stored| (stored.key, stored.record)).collect();
        let mut members = Vec::with_capacity(ids.len());
        for id in ids {
            let member = match stored.remove(&RecordKey::Member(id.clone())) {
                Some(Record::Member(member)) => member,
                _ => Member::default(),
            };
            let profile = match stored.remove(&RecordKey::Profile(id.clone())) {
                Some(Record::Profile(profile)) => profile,
                _ => Profile::default(),
            };
            members.push(self.shown_of(program, &id, (&member, &profile), seq).await?);
        }
        Ok(members)
    }

    pub(super) async fn rule_sets_listed(
        &self,
        request: Request<pb::ListRuleSetsRequest>,
    ) -> Result<pb::ListRuleSetsResponse, ApiError> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (listing, ()) = self.listing(&caller, &asked, |_| Some(())).await?;
        let program = &listing.program;
        let (list, currency) = (List::of("ListRuleSets", &request.parent), currency_of(program)?);
        let page = self.kept_page(program, &list, RecordKey::RULE_SETS, listing.page, |stored| match stored.record {
            Record::RuleSet(published) => Some(render::rule_set(&program.id, currency, &published)),
            _ => None,
        });
        let page = page.await?;
        Ok(pb::ListRuleSetsResponse { rule_sets: page.rows, next_page_token: page.next })
    }

    pub(super) async fn holds_listed(
        &self,
        request: Request<pb::ListHoldsRequest>,
    ) -> Result<pb::ListHoldsResponse, ApiError> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.member_of("parent", &request.parent);
        let (program, member) = violations.check(parent)?;
        let program = self.program(&caller, &program).await?;
        let open = match self.ledger.record(&program, &RecordKey::Holds(member)).await? {
            Some(Record::Holds(open)) => open,
            _ => OpenHolds::default(),
        };
        let mut holds = Vec::new();
        for open in open.rows() {
            // One that has ended since is no longer open.
            let record = self.ledger.record(&program, &RecordKey::hold(&open.place)).await?;
            if let Some(Record::Hold(hold)) = record
                && hold.ended.is_none()
            {
                holds.push(render::hold(&program.id, &open.place, &hold));
            }
        }
        Ok(pb::ListHoldsResponse { holds })
    }
}
