//! Methods, and what each asks of its callers, as the option `access` of its definition says.

use crate::pb::{Role, Signer};
use crate::proto::METHODS;

/// A method of the API.
#[derive(Debug)]
pub struct Method {
    /// Its path, as `/goodturn.v1.Ledger/GetBalance`.
    pub path: &'static str,
    /// True when requests or replies are a stream.
    pub is_stream: bool,
    /// True when requests are a stream.
    pub is_request_stream: bool,
    /// The roles of which a caller must have one.
    pub roles: &'static [Role],
    /// Whose word a call must be.
    pub signer: Signer,
    /// True when a call works on everything that any server had recorded before; otherwise on what this server knows.
    pub is_current: bool,
}

impl Method {
    /// Finds the method of a path; `None` for health, reflection and what does not exist.
    #[must_use]
    pub fn at(path: &str) -> Option<&'static Self> {
        let index = METHODS.binary_search_by(|method| method.path.cmp(path)).ok()?;
        METHODS.get(index)
    }

    /// True for a method that operators of the server may call.
    #[must_use]
    pub fn is_for_operators(&self) -> bool {
        self.roles.contains(&Role::Operator)
    }

    /// True for a method that no front end may call, for itself or for a member.
    #[must_use]
    pub fn is_of_administration(&self) -> bool {
        !self.roles.iter().any(|role| matches!(role, Role::Frontend | Role::Shop | Role::Member))
    }

    /// Every method, in the byte order of their paths.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &METHODS
    }
}
