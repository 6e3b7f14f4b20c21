//! Changes of who may do what.

use std::collections::BTreeSet;

use super::super::error::ApiError;
use super::Violations;
use crate::domain::terms::access::{
    FIRST_OWNERS_MAX, FIRST_OWNERS_MIN, KEY_DAYS_MAX, LoginText, SOURCES_MAX, latest_key_end,
};
use crate::domain::value::ids::{AccessChangeId, KeyId, PersonId, ProgramId, ServiceId, SourceId};
use crate::domain::value::role::{Role, Roles};
use crate::domain::value::time::Micros;
use crate::pb;
use crate::pb::access_change::Change;
use crate::wire::role;

/// Longest issuer and subject of a login, in bytes (`OpenID` Connect Core 1.0, section 2, for the subject).
const LOGIN_BYTES_MAX: usize = 255;

/// Longest display name, in bytes.
const DISPLAY_NAME_BYTES_MAX: usize = 200;

/// A well-formed change.
#[derive(Debug)]
pub(crate) struct ParsedAccess {
    pub(crate) program: ProgramId,
    pub(crate) id: AccessChangeId,
    pub(crate) change: ParsedChange,
    pub(crate) note: String,
}

/// What a caller asks to change.
#[derive(Debug)]
pub(crate) enum ParsedChange {
    AddPerson(LoginText),
    RemovePerson(PersonId),
    GrantRoles(PersonId, Roles),
    RevokeRoles(PersonId, Roles),
    LinkLogin(PersonId, LoginText),
    CreateKey(ParsedKey),
    RevokeKey(KeyId),
}

/// A key that a caller asks for.
#[derive(Debug)]
pub(crate) struct ParsedKey {
    pub(crate) service: ServiceId,
    pub(crate) roles: Roles,
    pub(crate) sources: BTreeSet<SourceId>,
    pub(crate) expires_at: Micros,
}

pub(crate) fn parse_access_change(change: Option<pb::AccessChange>, now: Micros) -> Result<ParsedAccess, ApiError> {
    let mut violations = Violations::default();
    let change = violations.required("access_change", change);
    let parsed = change.and_then(|given| {
        let mut within = violations.within("access_change".into());
        let name = within.access_change("name", &given.name);
        within.note_text("note", &given.note);
        let program = name.as_ref().map(|(program, _)| program.clone());
        let change = match given.change {
            Some(change) => within.change(change, program.as_ref(), now),
            None => within.refuse("change", "is required: one of add_person, remove_person, grant_roles and others"),
        };
        let (program, id) = name?;
        Some(ParsedAccess { program, id, change: change?, note: given.note })
    });
    violations.check(parsed)
}

impl Violations {
    fn change(&mut self, change: Change, program: Option<&ProgramId>, now: Micros) -> Option<ParsedChange> {
        Some(match change {
            Change::AddPerson(login) => ParsedChange::AddPerson(self.login("add_person", login)?),
            Change::RemovePerson(name) => {
                ParsedChange::RemovePerson(self.own_person("remove_person", &name, program)?)
            }
            Change::GrantRoles(given) => {
                let (person, roles) = self.person_roles("grant_roles", &given, program)?;
                ParsedChange::GrantRoles(person, roles)
            }
            Change::RevokeRoles(given) => {
                let (person, roles) = self.person_roles("revoke_roles", &given, program)?;
                ParsedChange::RevokeRoles(person, roles)
            }
            Change::LinkLogin(link) => {
                let person = self.own_person("link_login.person", &link.person, program);
                let login = self.required("link_login.login", link.login);
                let login = login.and_then(|login| self.login("link_login.login", login));
                ParsedChange::LinkLogin(person?, login?)
            }
            Change::CreateKey(key) => ParsedChange::CreateKey(self.new_key(&key, now)?),
            Change::RevokeKey(name) => {
                let (of, key) = self.key("revoke_key", &name)?;
                self.must_be_of("revoke_key", &of, program)?;
                ParsedChange::RevokeKey(key)
            }
        })
    }

    /// Reads the first persons of a programme: none, or several with a login each.
    pub(crate) fn owners(&mut self, field: &str, owners: Vec<pb::Login>) -> Option<Vec<LoginText>> {
        let count = owners.len();
        if !(FIRST_OWNERS_MIN..=FIRST_OWNERS_MAX).contains(&count) {
            return self.refuse(field, format!("has {count}; give {FIRST_OWNERS_MIN} to {FIRST_OWNERS_MAX} persons"));
        }
        let mut seen = BTreeSet::new();
        for (index, owner) in owners.iter().enumerate() {
            if !seen.insert((owner.issuer.clone(), owner.subject.clone())) {
                self.add(&format!("{field}[{index}]"), "is given before; one person is one pair of eyes");
            }
        }
        let read = owners.into_iter().enumerate();
        let read: Vec<_> = read.map(|(index, owner)| self.login(&format!("{field}[{index}]"), owner)).collect();
        read.into_iter().collect()
    }

    fn login(&mut self, field: &str, login: pb::Login) -> Option<LoginText> {
        let mut within = self.nested(field);
        let mut is_fine = true;
        for (field, text) in [("issuer", &login.issuer), ("subject", &login.subject)] {
            if text.is_empty() || text.len() > LOGIN_BYTES_MAX || text.chars().any(char::is_control) {
                let problem =
                    format!("has {} bytes; give 1 to {LOGIN_BYTES_MAX}, and no control characters", text.len());
                within.add(field, problem);
                is_fine = false;
            }
        }
        within.text("display_name", &login.display_name, DISPLAY_NAME_BYTES_MAX);
        let pb::Login { issuer, subject, display_name } = login;
        is_fine.then_some(LoginText { issuer, subject, display_name })
    }

    fn own_person(&mut self, field: &str, name: &str, program: Option<&ProgramId>) -> Option<PersonId> {
        let (of, person) = self.person(field, name)?;
        self.must_be_of(field, &of, program)?;
        Some(person)
    }

    fn must_be_of(&mut self, field: &str, of: &ProgramId, program: Option<&ProgramId>) -> Option<()> {
        match program {
            Some(program) if program != of => self.refuse(field, format!("must begin with programs/{program}/")),
            _ => Some(()),
        }
    }

    fn person_roles(
        &mut self,
        field: &str,
        given: &pb::PersonRoles,
        program: Option<&ProgramId>,
    ) -> Option<(PersonId, Roles)> {
        let person = self.own_person(&format!("{field}.person"), &given.person, program);
        let roles = self.roles(&format!("{field}.roles"), &given.roles, Role::is_for_persons);
        Some((person?, roles?))
    }

    fn roles(&mut self, field: &str, given: &[i32], may: fn(Role) -> bool) -> Option<Roles> {
        let mut roles = Roles::new();
        let mut is_fine = true;
        for (index, number) in given.iter().enumerate() {
            let role = role::role(*number).filter(|role| may(*role));
            if !role.is_some_and(|role| roles.insert(role)) {
                let possible: Vec<&str> = Role::ALL.iter().filter(|role| may(**role)).map(|role| role.name()).collect();
                self.add(&format!("{field}[{index}]"), format!("must be one of {}, each once", possible.join(", ")));
                is_fine = false;
            }
        }
        if given.is_empty() {
            return self.refuse(field, "is required");
        }
        is_fine.then_some(roles)
    }

    fn new_key(&mut self, key: &pb::Key, now: Micros) -> Option<ParsedKey> {
        let mut within = self.nested("create_key");
        let service = within.id("service", ServiceId::parse(&key.service));
        let roles = within.roles("roles", &key.roles, Role::is_for_keys);
        let mut sources = BTreeSet::new();
        for (index, source) in key.sources.iter().enumerate() {
            let field = format!("sources[{index}]");
            let Some(source) = within.id(&field, SourceId::parse(source)) else { continue };
            if !sources.insert(source) {
                within.add(&field, "is given before");
            }
        }
        if key.sources.len() > SOURCES_MAX {
            within.add("sources", format!("has {}; at most {SOURCES_MAX} are allowed", key.sources.len()));
        }
        if sources.is_empty() && roles.as_ref().is_some_and(|roles| roles.iter().copied().any(Role::needs_source)) {
            within.add("sources", "is required for frontend and shop: names under which the key records, as forum");
        }
        let expires_at = within.time("expire_time", key.expire_time);
        if let Some(at) = expires_at
            && (at <= now || at > latest_key_end(now))
        {
            within.add("expire_time", format!("is {}; give a time of the next {KEY_DAYS_MAX} days", at.to_rfc3339()));
        }
        Some(ParsedKey { service: service?, roles: roles?, sources, expires_at: expires_at? })
    }
}
