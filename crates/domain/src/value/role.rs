//! Roles: what a principal may do on a programme.

use std::collections::BTreeSet;

use crate::value::codes::codes;

codes! {
    /// What a principal may do on a programme. The numbers are those of `Role` in `access.proto`.
    Role {
        /// Gives out keys, grants roles and links logins.
        Owner = 2, "owner";
        /// A front end of the community.
        Frontend = 3, "frontend";
        /// A front end of the shop.
        Shop = 4, "shop";
        /// Looks after the rules, flags and members.
        Community = 5, "community";
        /// Declares savings, drafts and executes payouts, and exports them.
        Finance = 6, "finance";
        /// Gives the second signature.
        Approver = 7, "approver";
        /// Reads and verifies everything, and changes nothing.
        Auditor = 8, "auditor";
    }
}

/// Several roles, in the order of their numbers.
pub type Roles = BTreeSet<Role>;

impl Role {
    /// True for a role that records under the name of a source. Only keys have it.
    #[must_use]
    pub const fn needs_source(self) -> bool {
        matches!(self, Self::Frontend | Self::Shop)
    }

    /// True for a role that a person may be granted.
    #[must_use]
    pub const fn is_for_persons(self) -> bool {
        !self.needs_source()
    }

    /// True for a role that a key may have. The others sign, and only persons sign.
    #[must_use]
    pub const fn is_for_keys(self) -> bool {
        matches!(self, Self::Frontend | Self::Shop | Self::Community | Self::Auditor)
    }

    /// True for a role that two persons must grant: its holders draw up or sign what moves money or points, or decide who does.
    #[must_use]
    pub const fn takes_two(self) -> bool {
        matches!(self, Self::Owner | Self::Finance | Self::Approver | Self::Community)
    }

    /// Finds a role by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }
}

/// Writes roles as people read them.
#[must_use]
pub fn listed(roles: impl IntoIterator<Item = Role>) -> String {
    let names: Vec<&str> = roles.into_iter().map(Role::name).collect();
    names.join(" or ")
}
