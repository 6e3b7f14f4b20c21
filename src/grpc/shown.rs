//! What a call shows of who is calling, on a server that asks for it: a token or an API key in the header `authorization`.

use tonic::codegen::http::HeaderMap;
use tonic::codegen::http::header::AUTHORIZATION;

use super::door::Who;
use crate::access::authority::{Authority, Credential, Refusal};
use crate::access::token::TokenError;
use crate::wire::PRINCIPAL;
use crate::wire::error::{ApiError, NotAuthenticated};

/// The scheme of both (RFC 6750, section 2.1).
const SCHEME: &str = "bearer";

/// What is known of a caller from its call alone.
pub(super) enum Shown {
    /// Who it is.
    Who(Who),
    /// It shows a token whose issuer must be asked for its keys again first.
    Token(String),
}

/// Finds out who is calling, at a time in seconds since 1970.
///
/// # Errors
/// The call shows nothing, several things, or what opens nothing.
pub(super) fn shown(authority: &Authority, headers: &HeaderMap, now_s: i64) -> Result<Shown, ApiError> {
    if headers.contains_key(PRINCIPAL) {
        return refused(format!(
            "names are not believed here: leave out {PRINCIPAL}, and send authorization: Bearer TOKEN"
        ));
    }
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (all.next(), all.next()) else {
        return refused(
            "the call needs one header authorization: Bearer TOKEN, with a token of an issuer or an API key",
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
        Ok(credential) => who(authority, credential).map(Shown::Who),
        Err(Refusal::Token(TokenError::UnknownKey)) => Ok(Shown::Token(token.to_owned())),
        Err(refusal) => refused(refusal.to_string()),
    }
}

/// The same, of a token whose issuer is asked for its keys again.
///
/// # Errors
/// The token opens nothing.
pub(super) async fn shown_anew(authority: &Authority, token: &str, now_s: i64) -> Result<Who, ApiError> {
    match authority.identify_anew(token, now_s).await {
        Ok(credential) => who(authority, credential),
        Err(refusal) => refused(refusal.to_string()),
    }
}

fn who(authority: &Authority, credential: Credential) -> Result<Who, ApiError> {
    match credential {
        Credential::Key(key) => Ok(Who::Key(key)),
        // Its subject may look like a person's, and be one's.
        Credential::Login(identity) if identity.member.is_some() => {
            let (program, member) = identity.member.clone().ok_or(ApiError::PrincipalRequired)?;
            Ok(Who::Member(program, member))
        }
        Credential::Login(identity) if !identity.is_person => {
            refused("the token is a program's, as it lacks the claim that persons have; programs call with API keys")
        }
        Credential::Login(identity) => Ok(match authority.operator(&identity) {
            Some(name) => Who::Operator(name.clone(), identity),
            None => Who::Login(identity),
        }),
    }
}

fn refused<T>(why: impl Into<String>) -> Result<T, ApiError> {
    Err(NotAuthenticated::Shown(why.into()).into())
}
