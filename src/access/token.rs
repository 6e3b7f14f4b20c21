//! Access tokens: who is calling, as an issuer says it (JWT, RFC 7519; access tokens, RFC 9068).
//!
//! The algorithm is the key's and never the token's; keys come from the issuer's set alone, never from a token. What is said of the
//! claims is said only once the signature is right.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::keys::KeySet;
use super::signature;
use crate::domain::value::ids::{MemberId, ProgramId};

/// The longest token, in bytes. It is sent in a header of 8 KiB.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// How far the clocks of an issuer and of this server may be apart, in seconds.
const LEEWAY_S: i64 = 30;

/// The longest time that a token may still live, in seconds: a day. A token cannot be revoked.
const LIFETIME_S_MAX: i64 = 24 * 60 * 60;

/// The longest subject, in bytes (`OpenID` Connect Core 1.0, section 2).
const SUBJECT_BYTES_MAX: usize = 255;

/// What `typ` says of access tokens (RFC 9068, section 2.1).
const TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];

/// An issuer of tokens.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its name: the claim `iss`, byte for byte.
    pub name: String,
    /// Whom its tokens must be for: a value of the claim `aud`.
    pub audience: String,
    /// True when its access tokens say what they are, in the header `typ`. Then others, as ID tokens, are refused.
    pub is_typed: bool,
    /// The claim that only persons' tokens have, as `auth_time`, which tells when a person logged in (RFC 9068, section 2.2.1);
    /// `None` when it issues no persons. A program's subject looks like a person's with many issuers.
    pub person_claim: Option<String>,
    /// The members that its tokens are of; `None` for an issuer of persons or of programs.
    pub members: Option<Members>,
    /// The keys with which it signs.
    pub keys: KeySet,
}

/// Members of a programme, as an issuer names them.
#[derive(Debug, Clone)]
pub struct Members {
    /// The claim with the member's id.
    pub claim: String,
    /// The programme.
    pub program: ProgramId,
}

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name of the issuer.
    pub issuer: String,
    /// The issuer's own name for the caller.
    pub subject: String,
    /// Whose token it is.
    pub is_of: Holder,
    /// The time when the token ends, in seconds since 1970.
    pub ends_at_s: i64,
}

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A person's.
    Person,
    /// A program's own, or one of which nothing says that it is a person's.
    Program,
    /// A member's of a programme.
    Member(ProgramId, MemberId),
}

/// Reasons why a token opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no signed token, or one that nobody here can read.
    #[error("this is no access token that can be read here")]
    Malformed,
    /// None of the configured issuers made it.
    #[error(
        "the token is of an issuer that is not trusted here: its iss must be that of an issuer in the server's file of access, byte for byte"
    )]
    UnknownIssuer,
    /// It does not name its key.
    #[error("the token does not name the key that signed it, in the header kid")]
    NoSigningKey,
    /// The issuer has no key of that id.
    #[error("the token is signed with a key that its issuer does not have")]
    UnknownSigningKey,
    /// The signature is not that of the key.
    #[error("the token is not signed by its issuer")]
    Signature,
    /// The issuer made it for something else.
    #[error(
        "the token is not an access token: its typ must be at+jwt, or the file of access must say typed = false for its issuer"
    )]
    Type,
    /// The issuer made it for somebody else.
    #[error("the token is for another audience; ask its issuer for one whose aud is this server")]
    Audience,
    /// A claim is missing, or is not what it must be.
    #[error("the claim {0} of the token is missing, or cannot be used")]
    Claim(&'static str),
    /// Its time has passed.
    #[error("the token ended {0} seconds ago; get another from its issuer")]
    Ended(i64),
    /// Its time has not come.
    #[error("the token is valid only in {0} seconds; see whether the clocks agree")]
    NotYet(i64),
    /// It would be valid for too long.
    #[error(
        "the token would be valid for {0} seconds more; {LIFETIME_S_MAX} are allowed; have its issuer make shorter ones"
    )]
    LivesTooLong(i64),
}

/// Issuers that are trusted.
#[derive(Debug, Clone)]
pub struct Issuers(Vec<Issuer>);

/// What is read of a token before its signature is checked: where to look for the key.
#[derive(Deserialize)]
struct Unverified {
    iss: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    exp: Option<Number>,
    nbf: Option<Number>,
    client_id: Option<String>,
    azp: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Issuers {
    /// Trusts these.
    #[must_use]
    pub fn new(issuers: Vec<Issuer>) -> Self {
        signature::install();
        Self(issuers)
    }

    /// Returns the issuer that a token names, whoever has made it.
    pub(super) fn unverified_issuer(token: &str) -> Option<String> {
        jsonwebtoken::dangerous::insecure_decode_claims::<Unverified>(token).ok().map(|claims| claims.iss)
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|issuer| issuer.name == name)
    }

    pub(super) fn has_persons(&self, name: &str) -> bool {
        self.0.iter().any(|issuer| issuer.name == name && issuer.person_claim.is_some())
    }

    pub(super) fn name(&self, index: usize) -> &str {
        &self.0[index].name
    }

    /// Returns the issuers with other keys of one; `None` when they are those it has.
    pub(super) fn with_keys(&self, index: usize, keys: KeySet) -> Option<Self> {
        if self.0[index].keys == keys {
            return None;
        }
        let mut changed = self.clone();
        changed.0[index].keys = keys;
        Some(changed)
    }

    /// Finds out who is calling, at a time in seconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`] says why the token opens nothing. What it says of the claims is known to the issuer's callers alone.
    pub fn identify(&self, token: &str, now_s: i64) -> Result<Identity, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        let name = Self::unverified_issuer(token).ok_or(TokenError::Malformed)?;
        let issuer = self.0.iter().find(|issuer| issuer.name == name).ok_or(TokenError::UnknownIssuer)?;
        let id = header.kid.as_deref().ok_or(TokenError::NoSigningKey)?;
        let key = issuer.keys.get(id).ok_or(TokenError::UnknownSigningKey)?;
        // Times are compared below, with this server's clock.
        let mut validation = Validation::new(key.algorithm);
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["iss", "aud"]);
        validation.set_issuer(&[&issuer.name]);
        validation.set_audience(&[&issuer.audience]);
        let claims = decode::<Claims>(token, &key.key, &validation).map_err(|error| refusal(error.kind()))?.claims;
        let is_access_token = |typ: &String| TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known));
        if issuer.is_typed && !header.typ.as_ref().is_some_and(is_access_token) {
            return Err(TokenError::Type);
        }
        let ends_at_s = claims.times(now_s)?;
        let subject = claims.sub.unwrap_or_default();
        if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX || subject.chars().any(char::is_control) {
            return Err(TokenError::Claim("sub"));
        }
        // A program's own token has the program for its subject (RFC 9068, section 5).
        let is_program = [&claims.client_id, &claims.azp].into_iter().flatten().any(|client| *client == subject);
        let is_said = |claim: &String| claims.others.get(claim).is_some_and(says_something);
        let is_of = match &issuer.members {
            Some(members) => {
                let id = claims.others.get(&members.claim).and_then(Value::as_str);
                let id = id.and_then(|id| MemberId::parse(id).ok()).ok_or(TokenError::Claim("with the member's id"))?;
                Holder::Member(members.program.clone(), id)
            }
            None if !is_program && issuer.person_claim.as_ref().is_some_and(is_said) => Holder::Person,
            None => Holder::Program,
        };
        Ok(Identity { issuer: issuer.name.clone(), subject, is_of, ends_at_s })
    }
}

impl Identity {
    /// True while the token has not ended, at a time in seconds since 1970.
    #[must_use]
    pub const fn is_valid(&self, now_s: i64) -> bool {
        self.ends_at_s.saturating_add(LEEWAY_S) > now_s
    }
}

impl Claims {
    /// Compares the token's times with a clock. Returns when it ends.
    fn times(&self, now_s: i64) -> Result<i64, TokenError> {
        let ends_at_s = self.exp.as_ref().and_then(seconds).ok_or(TokenError::Claim("exp"))?;
        let left = ends_at_s.saturating_sub(now_s);
        if left <= -LEEWAY_S {
            return Err(TokenError::Ended(-left));
        }
        if left > LIFETIME_S_MAX + LEEWAY_S {
            return Err(TokenError::LivesTooLong(left));
        }
        if let Some(begins_at) = &self.nbf {
            let until = seconds(begins_at).ok_or(TokenError::Claim("nbf"))?.saturating_sub(now_s);
            if until > LEEWAY_S {
                return Err(TokenError::NotYet(until));
            }
        }
        Ok(ends_at_s)
    }
}

/// Returns whole seconds of a time (`NumericDate`: RFC 7519, section 2), rounded down; `None` when it is before 1970, or so far
/// off that it is written with an exponent.
fn seconds(number: &Number) -> Option<i64> {
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    (is_number(whole) && is_number(fraction)).then(|| whole.parse().ok())?
}

/// True for a claim that says something: some issuers write what is not so as 0, as a text without letters, or as false.
fn says_something(claim: &Value) -> bool {
    match claim {
        Value::Null => false,
        Value::Bool(is_so) => *is_so,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

fn refusal(error: &ErrorKind) -> TokenError {
    match error {
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => TokenError::Signature,
        ErrorKind::InvalidAudience => TokenError::Audience,
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => TokenError::Audience,
        ErrorKind::InvalidIssuer => TokenError::UnknownIssuer,
        ErrorKind::Json(_) => TokenError::Claim("sub, exp, nbf, client_id, azp or another"),
        _ => TokenError::Malformed,
    }
}
