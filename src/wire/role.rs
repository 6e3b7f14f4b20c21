//! Roles, as callers know them.

use crate::domain::value::role::Role;
use crate::pb;

/// Returns the role on a programme of a number of the API; `None` for one that nobody has on a programme.
#[must_use]
pub fn role(number: i32) -> Option<Role> {
    u8::try_from(number).ok().and_then(Role::from_number)
}

/// Returns the number of a role in the API.
#[must_use]
pub fn number(role: Role) -> i32 {
    role.number().into()
}

/// Returns the name of a role, as people write it.
#[must_use]
pub fn name(number: i32) -> &'static str {
    role(number).map_or("unknown", Role::name)
}

/// Returns the roles of which a caller of a method must have one on the programme.
pub(crate) fn on_program(roles: &[pb::Role]) -> impl Iterator<Item = Role> {
    roles.iter().filter_map(|of| role((*of).into()))
}
