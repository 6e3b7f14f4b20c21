//! Errors of who is calling, and of what they may not do, as callers see them.

use tonic::Code;

use super::WireError;
use crate::domain::decide::rejection::AccessRejection;
use crate::domain::value::ids::SourceId;
use crate::domain::value::role::{Role, listed};
use crate::pb::ErrorReason;

/// Reasons why it is not known who calls.
#[derive(Debug)]
pub(crate) enum NotAuthenticated {
    /// What the call shows opens nothing. Says what is missing, or wrong.
    Shown(String),
    /// No key of the programme is the one that was shown, be it that there is no such programme.
    ApiKeyUnknown,
    /// The key that was shown opens nothing any more. Says what became of it.
    ApiKeyOver(String),
}

/// What a caller lacks.
#[derive(Debug)]
pub(crate) enum NotPermitted {
    /// One of these roles, or being a person.
    Role { roles: Vec<Role>, person: bool },
    /// The operators of this server do this.
    Operator,
    /// The source is none of the key's.
    Source(SourceId),
    /// It is another member's.
    OwnOnly,
}

/// What a principal has as much of as it may.
#[derive(Debug)]
pub(crate) struct TooMuch {
    /// What it is, as `calls a second`.
    pub(crate) of: &'static str,
    /// Most of it.
    pub(crate) max: u32,
}

pub(super) fn too_much(TooMuch { of, max }: TooMuch) -> WireError {
    let message = format!("the caller has {max} {of}, which is as many as one may have; wait as RetryInfo says");
    WireError::new(Code::ResourceExhausted, ErrorReason::TooMuchAtOnce, message)
        .with("of", of)
        .with("max", max.to_string())
        .retry()
}

pub(super) fn not_authenticated(why: NotAuthenticated) -> WireError {
    let message = match why {
        NotAuthenticated::Shown(why) => why,
        NotAuthenticated::ApiKeyUnknown => {
            "the API key opens nothing here: it is of another programme or server, or was never made; ask an \
                                         owner of the programme for one"
                .into()
        }
        NotAuthenticated::ApiKeyOver(how) => format!("the API key {how}; ask an owner of the programme for another"),
    };
    WireError::new(Code::Unauthenticated, ErrorReason::NotAuthenticated, message)
}

pub(super) fn not_permitted(lacking: NotPermitted) -> WireError {
    let told = |message| WireError::new(Code::PermissionDenied, ErrorReason::NotPermitted, message);
    match lacking {
        NotPermitted::Role { roles, person } => {
            let (who, roles) = (if person { "a person" } else { "somebody" }, listed(roles));
            told(format!(
                "this needs {who} with the role {roles} on the programme; there is no such programme, or the caller has no such role on it"
            ))
            .with("roles", roles)
        }
        NotPermitted::OwnOnly => {
            told("a member reads what is its own, and nothing of others".into()).with("roles", "member")
        }
        NotPermitted::Operator => told("this needs an operator of the server".into()).with("roles", "operator"),
        NotPermitted::Source(source) => {
            told(format!("the API key may not record for the source {source}; an owner can make one that may"))
        }
    }
}

/// Tells a refusal of the ledger for who may do what.
pub(super) fn refused_access(rejection: AccessRejection) -> WireError {
    let message = rejection.to_string();
    let failed = |reason| WireError::new(Code::FailedPrecondition, reason, message.clone());
    match rejection {
        AccessRejection::NotPermitted { roles, .. } => {
            WireError::new(Code::PermissionDenied, ErrorReason::NotPermitted, message)
                .with("roles", listed(roles.iter().copied()))
        }
        AccessRejection::LoginKnown { person } => failed(ErrorReason::LoginKnown).with("person", person.as_str()),
        AccessRejection::BelievedName { name } => {
            WireError::new(Code::PermissionDenied, ErrorReason::SecondPersonRequired, message)
                .with("drawn_up_by", name.to_string())
        }
        AccessRejection::OnePerson { by } => {
            failed(ErrorReason::SecondPersonRequired).with("drawn_up_by", by.to_string())
        }
        AccessRejection::DrawerIsNoOwner | AccessRejection::NothingToChange => failed(ErrorReason::WrongState),
        AccessRejection::LastOwner => failed(ErrorReason::LastOwner),
        AccessRejection::TooMany { of, max } => {
            failed(ErrorReason::TooMany).with("of", of).with("max", max.to_string())
        }
    }
}

/// Says that the server has nothing to make keys with.
pub(super) fn no_pepper() -> WireError {
    let message = "this server has no pepper file, so it can make no keys; name one in its file of access";
    WireError::new(Code::FailedPrecondition, ErrorReason::WrongState, message)
}
