//! What a call shows of who is calling, on a server that asks for it: a token or an API key in the header `authorization`.

use std::sync::Arc;

use tonic::codegen::http::HeaderMap;
use tonic::codegen::http::header::AUTHORIZATION;

use super::door::Who;
use crate::access::authority::{Authority, Credential, Refusal};
use crate::access::token::{Holder, TokenError};
use crate::wire::PRINCIPAL;
use crate::wire::error::{ApiError, NotAuthenticated};

/// The scheme of both (RFC 6750, section 2.1).
const SCHEME: &str = "bearer";

/// What is known of a caller from its call alone.
pub(super) enum Shown {
    /// Who it is.
    Who(Who),
    /// It shows a token whose issuer must be asked for its keys again first.
    Token(Arc<Authority>, String),
}

/// Finds out who is calling, at a time in seconds since 1970.
///
/// # Errors
/// The call shows nothing, several things, or what opens nothing.
pub(super) fn shown(authority: &Arc<Authority>, headers: &HeaderMap, now_s: i64) -> Result<Shown, ApiError> {
    if headers.contains_key(PRINCIPAL) {
        return refused(format!(
            "names are not believed here: leave out {PRINCIPAL}, and send authorization: Bearer TOKEN"
        ));
    }
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (all.next(), all.next()) else {
        return refused(
            "the call needs one header authorization: Bearer TOKEN, with a token of an issuer or an API key; \
             goodturn's own commands take it from --token-file or GOODTURN_TOKEN",
        );
    };
    let text = header.to_str().unwrap_or_default();
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => token,
        _ => {
            return refused("the header authorization must be Bearer, a blank, and a token of an issuer or an API key");
        }
    };
    match authority.identify(token, now_s) {
        Err(Refusal::Token(TokenError::UnknownSigningKey)) => Ok(Shown::Token(Arc::clone(authority), token.to_owned())),
        identified => who(authority, identified).map(Shown::Who),
    }
}

impl Shown {
    /// Finds out who is calling, if need be after an issuer was asked for its keys again.
    ///
    /// # Errors
    /// The token opens nothing.
    pub(super) async fn who(self, now_s: i64) -> Result<Who, ApiError> {
        match self {
            Self::Who(who) => Ok(who),
            Self::Token(authority, token) => who(&authority, authority.identify_anew(&token, now_s).await),
        }
    }
}

fn who(authority: &Arc<Authority>, identified: Result<Credential, Refusal>) -> Result<Who, ApiError> {
    let identity = match identified {
        Ok(Credential::Key(key)) => return Ok(Who::Key(Arc::clone(authority), key)),
        Ok(Credential::Login(identity)) => identity,
        Err(refusal) => return refused(refusal.to_string()),
    };
    match &identity.is_of {
        // Its subject may look like a person's, and be one's.
        Holder::Member(program, member) => Ok(Who::Member(program.clone(), member.clone())),
        Holder::Program => {
            refused("the token is a program's, as it lacks the claim that persons have; programs call with API keys")
        }
        Holder::Person => Ok(match authority.operator(&identity) {
            Some(name) => Who::Operator(name.clone(), identity),
            None => Who::Login(identity),
        }),
    }
}

fn refused<T>(why: impl Into<String>) -> Result<T, ApiError> {
    Err(NotAuthenticated::Shown(why.into()).into())
}
