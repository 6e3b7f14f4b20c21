//! Entering a programme: every call that names one comes through here, before anything is said of the programme, be it that there is none.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use super::Api;
use super::door::{Caller, Who};
use super::limits::Counted;
use crate::access::api_key::ApiKey;
use crate::access::authority::Authority;
use crate::access::token::Identity;
use crate::domain::decide::command::{Act, Command};
use crate::domain::entry::digest::Values;
use crate::domain::state::access::{Key, Login, Person, PersonState};
use crate::domain::state::kept::Kept;
use crate::domain::value::ids::{MemberId, ProgramId, RequestId, SourceId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::role::Roles;
use crate::ledger::state::ProgramState;
use crate::log::LogError;
use crate::pb;
use crate::wire::error::{ApiError, NotAuthenticated, NotPermitted};
use crate::wire::method::Method;
use crate::wire::role::on_program;

/// A programme that a caller has entered, and who the caller is there. Commands of the caller are made here alone.
#[derive(Clone)]
pub(super) struct Entered {
    program: Arc<ProgramState>,
    pub(super) principal: PrincipalId,
    pub(super) roles: Roles,
    /// Sources under whose names the caller may record; `None` for every source.
    pub(super) sources: Option<BTreeSet<SourceId>>,
    /// The member whose own is all that the caller may read; `None` for callers who may read every member's.
    member: Option<MemberId>,
}

impl Deref for Entered {
    type Target = Arc<ProgramState>;

    fn deref(&self) -> &Arc<ProgramState> {
        &self.program
    }
}

impl Entered {
    /// Makes a programme that somebody has entered who needs no role on it.
    pub(super) const fn without_roles(program: Arc<ProgramState>, principal: PrincipalId) -> Self {
        Self { program, principal, roles: Roles::new(), sources: None, member: None }
    }

    /// Returns whose call it is, for the limits.
    fn counted(&self) -> Counted {
        let principal = || Counted::Principal(self.principal.clone());
        self.member.clone().map_or_else(principal, Counted::Member)
    }

    /// Checks that the caller may read what is a member's; `None` stands for what is all members'.
    ///
    /// # Errors
    /// The caller is another member.
    pub(super) fn may_read(&self, member: Option<&MemberId>) -> Result<(), ApiError> {
        match &self.member {
            Some(own) if member != Some(own) => Err(NotPermitted::OwnOnly.into()),
            _ => Ok(()),
        }
    }

    /// Makes a command of the caller's that comes from no configured source.
    pub(super) fn given(&self, id: impl Into<RequestId>, values: &Values, act: Act) -> Command {
        Command::given(&self.program.secret, SourceId::goodturn(), id, values, self.principal.clone(), act)
    }

    /// Makes a command of the caller's that comes from a source.
    ///
    /// # Errors
    /// The caller may not record for the source.
    pub(super) fn given_by(
        &self,
        source: SourceId,
        id: impl Into<RequestId>,
        values: &Values,
        act: Act,
    ) -> Result<Command, ApiError> {
        if self.sources.as_ref().is_some_and(|sources| !sources.contains(&source)) {
            return Err(NotPermitted::Source(source).into());
        }
        Ok(Command::given(&self.program.secret, source, id, values, self.principal.clone(), act))
    }
}

impl Api {
    /// Lets a caller enter a programme, in the state that its method needs.
    ///
    /// # Errors
    /// Callers that show who they are and have no role for the call are told the same of a programme that exists as of one that does not.
    pub(super) async fn program(&self, caller: &Caller, id: &ProgramId) -> Result<Entered, ApiError> {
        let program = self.ledger.program(id).await?;
        let not_found = || ApiError::NotFound(format!("programs/{id}"));
        let entered = match &caller.who {
            Who::Named(_) => Entered::without_roles(program.ok_or_else(not_found)?, caller.name()),
            Who::Operator(name, _) if caller.method.is_for_operators() => {
                Entered::without_roles(program.ok_or_else(not_found)?, name.clone())
            }
            Who::Member(of, member) => {
                let is_for_members = caller.method.roles.contains(&pb::Role::Member);
                let program = program.filter(|_| of == id && is_for_members).ok_or_else(|| forbidden(caller.method))?;
                Entered { member: Some(member.clone()), ..Entered::without_roles(program, caller.name()) }
            }
            Who::Operator(_, identity) | Who::Login(identity) => {
                let program = program.ok_or_else(|| forbidden(caller.method))?;
                self.by_login(caller, program, identity).await?
            }
            Who::Key(authority, key) => {
                let program = program.ok_or(NotAuthenticated::ApiKeyUnknown)?;
                self.by_key(caller, program, key, authority).await?
            }
        };
        caller.note_known(id, &entered.principal);
        if self.authority.is_some() {
            let is_stream = caller.method.is_stream;
            caller.count(|bytes| self.limits.begin(id, entered.counted(), bytes, is_stream))?;
        }
        if caller.needs_current() {
            self.ledger.catch_up(&entered).await?;
        }
        Ok(entered)
    }

    /// Lets a person enter.
    async fn by_login(
        &self,
        caller: &Caller,
        program: Arc<ProgramState>,
        identity: &Identity,
    ) -> Result<Entered, ApiError> {
        if !identity.is_valid(self.ledger.now_s()) {
            return Err(NotAuthenticated::Shown("the token has ended; get another from its issuer".into()).into());
        }
        let method = caller.method;
        self.ledger.keep_up(&program).await?;
        let login = program.secret.login(&identity.issuer, &identity.subject);
        let Some(Login(mut id)) = self.kept::<Login>(&program, &login).await? else { return Err(forbidden(method)) };
        let person = loop {
            let person: Person = self.kept(&program, &id).await?.ok_or_else(|| forbidden(method))?;
            match person.state {
                PersonState::Joined(into) => id = into,
                PersonState::Active => break person,
                PersonState::Removed => return Err(forbidden(method)),
            }
        };
        Self::with_roles(caller, program, PrincipalId::Person(id), person.roles, None)
    }

    /// Lets a service enter.
    async fn by_key(
        &self,
        caller: &Caller,
        program: Arc<ProgramState>,
        shown: &ApiKey,
        authority: &Authority,
    ) -> Result<Entered, ApiError> {
        self.ledger.keep_up(&program).await?;
        let Some(key) = self.kept::<Key>(&program, &shown.id).await? else {
            return Err(NotAuthenticated::ApiKeyUnknown.into());
        };
        let terms = &key.terms;
        if !authority.is_key(shown, terms.pepper, &terms.digest) {
            authority.warn_of_pepper(terms.pepper);
            return Err(NotAuthenticated::ApiKeyUnknown.into());
        }
        // Whoever has the whole key may know what became of it.
        if key.revoked.is_some() {
            return Err(NotAuthenticated::ApiKeyOver("was revoked".into()).into());
        }
        if !key.is_live(self.ledger.now()) {
            let expired = format!("expired at {}", terms.expires_at.to_rfc3339());
            return Err(NotAuthenticated::ApiKeyOver(expired).into());
        }
        let sources = Some(terms.sources.clone()).filter(|sources| !sources.is_empty());
        let principal = PrincipalId::Service(terms.service.clone());
        Self::with_roles(caller, program, principal, terms.roles.clone(), sources)
    }

    fn with_roles(
        caller: &Caller,
        program: Arc<ProgramState>,
        principal: PrincipalId,
        roles: Roles,
        sources: Option<BTreeSet<SourceId>>,
    ) -> Result<Entered, ApiError> {
        caller.note_known(&program.id, &principal);
        let method = caller.method;
        let may = on_program(method.roles).any(|role| roles.contains(&role));
        let is_person = matches!(principal, PrincipalId::Person(_));
        if !may || (method.signer == pb::Signer::Person && !is_person) {
            return Err(forbidden(method));
        }
        Ok(Entered { program, principal, roles, sources, member: None })
    }

    /// Returns the record of a name, if there is one of this type.
    async fn kept<T: Kept + Clone>(&self, program: &ProgramState, name: &T::Name) -> Result<Option<T>, LogError> {
        let record = self.ledger.kept_record(program, &T::key(name)).await?;
        Ok(record.as_ref().and_then(T::of).cloned())
    }
}

/// Says what a call needs. Nothing in it tells of the programme or of the caller.
fn forbidden(method: &Method) -> ApiError {
    let roles = on_program(method.roles).collect();
    NotPermitted::Role { roles, person: method.signer == pb::Signer::Person }.into()
}
