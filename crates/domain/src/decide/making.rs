//! Making of commands, in one place: each gets its name and the digest of its values.

use crate::decide::acts::TillAct;
use crate::decide::command::{Act, Command};
use crate::entry::digest::Values;
use crate::entry::name::CommandName;
use crate::terms::till::Place;
use crate::value::encoding::Secret;
use crate::value::ids::{RequestId, SourceId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;

impl Command {
    /// Makes a command that a client sent, with the client's values.
    #[must_use]
    pub fn given(
        secret: &Secret,
        source: SourceId,
        id: impl Into<RequestId>,
        values: &Values,
        principal: PrincipalId,
        act: Act,
    ) -> Self {
        let name = CommandName { source, kind: act.kind(), id: id.into() };
        Self { digest: secret.digest(name.kind, values), name, principal, act, note: None }
    }

    /// Makes a command of Goodturn's own. Its only value is its id. Other content of the act, such as the sums of a
    /// step, can differ from one server to the next.
    #[must_use]
    pub fn own(secret: &Secret, id: impl Into<RequestId>, principal: PrincipalId, act: Act) -> Self {
        let id = id.into();
        let values = Values::own(&id);
        Self::given(secret, SourceId::goodturn(), id, &values, principal, act)
    }

    /// Makes the command that ends a hold whose time is over. `created` is the seq of the hold's first entry. The name
    /// is the same on every server, so the hold ends once.
    #[must_use]
    pub fn ending_hold(secret: &Secret, place: &Place, created: Seq) -> Self {
        let act = Act::Till(Box::new(TillAct::Expire(place.clone())));
        Self::own(secret, RequestId::expiring(created.get()), PrincipalId::goodturn(), act)
    }
}
