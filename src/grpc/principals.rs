//! `Principals`.

use tonic::{Request, Response, Status};

use super::door::{Caller, enter};
use super::entered::Entered;
use super::listing::Asked;
use super::{Api, note};
use crate::access::api_key::ApiKey;
use crate::domain::decide::command::{Act, Command};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::digest::Values;
use crate::domain::entry::fact::Fact;
use crate::domain::state::access::{Change, ChangeState, Person};
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::access::{AccessChange, AccessTexts, KeyTerms, LoginText, PersonLogin};
use crate::domain::value::encoding::Secret;
use crate::domain::value::ids::{AccessChangeId, PersonId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::ledger::SubmitError;
use crate::ledger::clock;
use crate::ledger::state::ProgramState;
use crate::log::{LogError, note_at};
use crate::pb;
use crate::wire::error::{ApiError, NotPermitted};
use crate::wire::page::List;
use crate::wire::parse::{ParsedAccess, ParsedChange, ParsedKey, Violations, parse_access_change};
use crate::wire::render;

#[tonic::async_trait]
impl pb::principals_server::Principals for Api {
    async fn adopt_program(
        &self,
        request: Request<pb::AdoptProgramRequest>,
    ) -> Result<Response<pb::AdoptProgramResponse>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let mut violations = Violations::default();
        let name = violations.program("name", &request.name);
        let owners = violations.owners("owners", request.owners);
        let (program, owners) = violations.check(name.zip(owners))?;
        caller.operator()?;
        let program = self.program(&caller, &program).await?;
        if self.authority.is_none() {
            // Whoever calls would be believed to be an operator.
            return Err(ApiError::from(NotPermitted::Operator).into());
        }
        let command = self.first_owners(&program, &values, owners)?;
        let recorded = self.ledger.submit(&program, command, Some(caller.deadline)).await;
        let recorded = recorded.map_err(|error| match error {
            // Its id is the programme's, so no other id can be used.
            SubmitError::Rejected(Rejection::ExistsWithDifferentContent { .. }) => {
                SubmitError::Rejected(Rejection::WrongState { state: "with persons", needed: "without persons" })
            }
            other => other,
        })?;
        let Fact::Owners(owners) = &recorded.fact else { return Err(no_first_persons().into()) };
        let mut shown = Vec::with_capacity(owners.persons.len());
        for new in &owners.persons {
            let Some(Record::Person(person)) =
                self.ledger.record(&program, &RecordKey::Person(new.person.clone())).await?
            else {
                return Err(no_first_persons().into());
            };
            shown.push(self.rendered_person(&program, &new.person, &person).await?);
        }
        Ok(Response::new(pb::AdoptProgramResponse { owners: shown }))
    }

    async fn change_access(
        &self,
        request: Request<pb::ChangeAccessRequest>,
    ) -> Result<Response<pb::AccessChange>, Status> {
        let (caller, request) = enter(request);
        let values = Values::of(&request);
        let ParsedAccess { program, id, change, note: why } =
            parse_access_change(request.access_change, self.ledger.now())?;
        let program = self.program(&caller, &program).await?;
        let (change, logins, key) = self.made(&program.secret, change)?;
        let field = if matches!(change, AccessChange::AddPerson(_)) { "add_person" } else { "link_login.login" };
        self.can_log_in(&logins, |_| format!("access_change.{field}"))?;
        let note = Some(note(AccessTexts { note: why, logins }.stored())?);
        let act = Act::ChangeAccess(id.clone(), Box::new(change));
        let command = Command { note, ..program.given(&id, &values, act) };
        let recorded = self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        let shown = self.read_change(&program, &id).await?;
        // A key that another call has made is not this one's, and nobody can show it again.
        let secret_key = key.filter(|_| !recorded.is_replay()).map(|key| key.reveal().to_owned()).unwrap_or_default();
        Ok(Response::new(pb::AccessChange { secret_key, ..shown }))
    }

    async fn approve_access_change(
        &self,
        request: Request<pb::ApproveAccessChangeRequest>,
    ) -> Result<Response<pb::AccessChange>, Status> {
        let (caller, request) = enter(request);
        let (program, id) = self.change_named(&caller, &request.name, |_| {}).await?;
        let command = program.given(&id, &Values::of(&request), Act::ApproveAccessChange(id.clone()));
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.read_change(&program, &id).await?))
    }

    async fn reject_access_change(
        &self,
        request: Request<pb::RejectAccessChangeRequest>,
    ) -> Result<Response<pb::AccessChange>, Status> {
        let (caller, request) = enter(request);
        let named = |violations: &mut Violations| violations.note_text("note", &request.note);
        let (program, id) = self.change_named(&caller, &request.name, named).await?;
        let values = Values::of(&request);
        let note = Some(note(AccessTexts { note: request.note, logins: Vec::new() }.stored())?);
        let command = Command { note, ..program.given(&id, &values, Act::RejectAccessChange(id.clone())) };
        self.ledger.submit(&program, command, Some(caller.deadline)).await?;
        Ok(Response::new(self.read_change(&program, &id).await?))
    }

    async fn list_access_changes(
        &self,
        request: Request<pb::ListAccessChangesRequest>,
    ) -> Result<Response<pb::ListAccessChangesResponse>, Status> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (program, rows, next_page_token) = self
            .listed(&caller, &asked, "ListAccessChanges", RecordKey::ACCESS_CHANGES, |key, record| {
                match (key, record) {
                    (RecordKey::AccessChange(id), Record::AccessChange(change)) => Some((id, *change)),
                    _ => None,
                }
            })
            .await?;
        let mut access_changes = Vec::with_capacity(rows.len());
        for (id, change) in rows {
            access_changes.push(self.rendered_change(&program, &id, &change).await?);
        }
        Ok(Response::new(pb::ListAccessChangesResponse { access_changes, next_page_token }))
    }

    async fn list_persons(
        &self,
        request: Request<pb::ListPersonsRequest>,
    ) -> Result<Response<pb::ListPersonsResponse>, Status> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (program, rows, next_page_token) = self
            .listed(&caller, &asked, "ListPersons", RecordKey::PERSONS, |key, record| match (key, record) {
                (RecordKey::Person(id), Record::Person(person)) => Some((id, person)),
                _ => None,
            })
            .await?;
        let mut persons = Vec::with_capacity(rows.len());
        for (id, person) in rows {
            persons.push(self.rendered_person(&program, &id, &person).await?);
        }
        Ok(Response::new(pb::ListPersonsResponse { persons, next_page_token }))
    }

    async fn list_keys(&self, request: Request<pb::ListKeysRequest>) -> Result<Response<pb::ListKeysResponse>, Status> {
        let (caller, request) = enter(request);
        let asked = Asked { parent: &request.parent, size: request.page_size, token: &request.page_token };
        let (program, rows, next_page_token) = self
            .listed(&caller, &asked, "ListKeys", RecordKey::KEYS, |_, record| match record {
                Record::Key(key) => Some(*key),
                _ => None,
            })
            .await?;
        let keys = rows.iter().map(|key| render::key(&program.id, key)).collect();
        Ok(Response::new(pb::ListKeysResponse { keys, next_page_token }))
    }

    async fn get_caller(&self, request: Request<pb::GetCallerRequest>) -> Result<Response<pb::Caller>, Status> {
        let (caller, request) = enter(request);
        let mut violations = Violations::default();
        let parent = violations.program("parent", &request.parent);
        let program = self.program(&caller, &violations.check(parent)?).await?;
        let kind = match program.principal {
            PrincipalId::Person(_) => pb::PrincipalKind::Person,
            PrincipalId::Service(_) => pb::PrincipalKind::Service,
            PrincipalId::Operator(_) => pb::PrincipalKind::Operator,
            PrincipalId::Named(_) | PrincipalId::Own => pb::PrincipalKind::Named,
        };
        let sources = program.sources.iter().flatten().map(ToString::to_string).collect();
        let (principal, roles) = (program.principal.to_string(), render::roles(&program.roles));
        Ok(Response::new(pb::Caller { principal, kind: kind.into(), roles, sources }))
    }
}

impl Api {
    /// Makes what a caller asks to change, with the logins that stand beside the log, and the key that it creates.
    fn made(
        &self,
        secret: &Secret,
        change: ParsedChange,
    ) -> Result<(AccessChange, Vec<LoginText>, Option<ApiKey>), ApiError> {
        Ok(match change {
            ParsedChange::AddPerson(login) => {
                (AccessChange::AddPerson(person_login(secret, person_id()?, &login)), vec![login], None)
            }
            ParsedChange::RemovePerson(person) => (AccessChange::RemovePerson(person), Vec::new(), None),
            ParsedChange::GrantRoles(person, roles) => (AccessChange::GrantRoles(person, roles), Vec::new(), None),
            ParsedChange::RevokeRoles(person, roles) => (AccessChange::RevokeRoles(person, roles), Vec::new(), None),
            ParsedChange::LinkLogin(person, login) => {
                (AccessChange::LinkLogin(person_login(secret, person, &login)), vec![login], None)
            }
            ParsedChange::CreateKey(asked) => {
                let (terms, key) = self.new_key(asked)?;
                (AccessChange::CreateKey(Box::new(terms)), Vec::new(), Some(key))
            }
            ParsedChange::RevokeKey(key) => (AccessChange::RevokeKey(key), Vec::new(), None),
        })
    }

    fn new_key(&self, asked: ParsedKey) -> Result<(KeyTerms, ApiKey), ApiError> {
        let authority = self.authority();
        let pepper = authority.as_ref().and_then(|authority| authority.pepper()).ok_or(ApiError::NoPepper)?;
        let key = ApiKey::new(&random()?);
        let ParsedKey { service, roles, sources, expires_at } = asked;
        let (digest, pepper) = (pepper.digest(&key), pepper.id());
        Ok((KeyTerms { id: key.id.clone(), service, digest, pepper, roles, sources, expires_at }, key))
    }

    /// Checks that persons can log in here. A field's place is that of `{}`.
    fn can_log_in(&self, logins: &[LoginText], field: impl Fn(usize) -> String) -> Result<(), ApiError> {
        let Some(authority) = self.authority() else { return Ok(()) };
        let mut violations = Violations::default();
        for (index, login) in logins.iter().enumerate().filter(|(_, login)| !authority.has_persons(&login.issuer)) {
            let problem =
                format!("is {}, which the server's file of access does not name as an issuer of persons", login.issuer);
            violations.add(&format!("{}.issuer", field(index)), problem);
        }
        violations.check(Some(()))
    }

    /// Makes the command that names the first persons of a programme.
    pub(super) fn first_owners(
        &self,
        program: &Entered,
        values: &Values,
        logins: Vec<LoginText>,
    ) -> Result<Command, ApiError> {
        self.can_log_in(&logins, |index| format!("owners[{index}]"))?;
        let mut persons = Vec::with_capacity(logins.len());
        for login in &logins {
            persons.push(person_login(&program.secret, person_id()?, login));
        }
        let note = Some(note(AccessTexts { note: String::new(), logins }.stored())?);
        Ok(Command { note, ..program.given(&program.id, values, Act::BeginAccess(persons)) })
    }

    async fn change_named(
        &self,
        caller: &Caller,
        name: &str,
        more: impl FnOnce(&mut Violations),
    ) -> Result<(Entered, AccessChangeId), ApiError> {
        let mut violations = Violations::default();
        let parsed = violations.access_change("name", name);
        more(&mut violations);
        let (program, id) = violations.check(parsed)?;
        Ok((self.program(caller, &program).await?, id))
    }

    async fn listed<Row>(
        &self,
        caller: &Caller,
        asked: &Asked<'_>,
        method: &str,
        prefix: &str,
        keep: impl Fn(RecordKey, Record) -> Option<Row>,
    ) -> Result<(Entered, Vec<Row>, String), ApiError> {
        let (listing, ()) = self.listing(caller, asked, |_| Some(())).await?;
        let list = List::of(method, &asked.parent);
        let kept = |stored: crate::log::StoredRecord| keep(stored.key, stored.record);
        let page = self.kept_page(&listing.program, &list, prefix, listing.page, kept).await?;
        Ok((listing.program, page.rows, page.next))
    }

    async fn read_change(&self, program: &ProgramState, id: &AccessChangeId) -> Result<pb::AccessChange, ApiError> {
        match self.ledger.record(program, &RecordKey::AccessChange(id.clone())).await? {
            Some(Record::AccessChange(change)) => self.rendered_change(program, id, &change).await,
            _ => Err(ApiError::NotFound(format!("programs/{}/accessChanges/{id}", program.id))),
        }
    }

    async fn rendered_change(
        &self,
        program: &ProgramState,
        id: &AccessChangeId,
        change: &Change,
    ) -> Result<pb::AccessChange, ApiError> {
        let texts = self.access_texts(program, change.seq).await?;
        let rejection_note = match &change.decided {
            Some((_, seq)) if change.state == ChangeState::Rejected => self.access_texts(program, *seq).await?.note,
            _ => String::new(),
        };
        Ok(pb::AccessChange { rejection_note, ..render::access_change(&program.id, id, change, texts) })
    }

    async fn rendered_person(
        &self,
        program: &ProgramState,
        id: &PersonId,
        person: &Person,
    ) -> Result<pb::Person, ApiError> {
        let mut logins = Vec::with_capacity(person.logins.len());
        for (seq, place) in &person.logins {
            let texts = self.access_texts(program, *seq).await?.logins;
            let place = usize::try_from(*place).unwrap_or(usize::MAX);
            logins.push(texts.into_iter().nth(place).unwrap_or_default());
        }
        Ok(render::person(&program.id, id, person, logins))
    }

    /// Returns the texts of an entry on access; empty when they were erased.
    pub(super) async fn access_texts(&self, program: &ProgramState, seq: Seq) -> Result<AccessTexts, LogError> {
        let note = note_at(&**self.ledger.log(), &program.id, seq).await?;
        Ok(note.and_then(|note| AccessTexts::from_stored(&note.text).ok()).unwrap_or_default())
    }
}

fn person_login(secret: &Secret, person: PersonId, login: &LoginText) -> PersonLogin {
    PersonLogin { person, login: secret.login(&login.issuer, &login.subject) }
}

/// Makes the id of a person, which says nothing of the person.
fn person_id() -> Result<PersonId, ApiError> {
    Ok(PersonId::of_random(&random()?))
}

fn random<const N: usize>() -> Result<[u8; N], ApiError> {
    clock::random().map_err(|error| LogError::Unavailable(error.to_string()).into())
}

fn no_first_persons() -> ApiError {
    SubmitError::from(Rejection::Inconsistent("the entry of the first persons names none")).into()
}
