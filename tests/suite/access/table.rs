//! The table of roles in the book: made from the methods, as the server asks them.

use goodturn::pb::{Role, Signer};
use goodturn::wire::method::Method;

use crate::support::pages::Page;
use crate::support::sources::root;

/// The roles, in the order of the columns.
const ROLES: [(Role, &str); 9] = [
    (Role::Operator, "operator"),
    (Role::Owner, "owner"),
    (Role::Finance, "finance"),
    (Role::Approver, "approver"),
    (Role::Community, "community"),
    (Role::Auditor, "auditor"),
    (Role::Frontend, "frontend"),
    (Role::Shop, "shop"),
    (Role::Member, "member"),
];

const BEGIN: &str = "<!-- roles -->\n";
const END: &str = "<!-- /roles -->";

fn table() -> String {
    let names: Vec<&str> = ROLES.iter().map(|(_, name)| *name).collect();
    let mut text = format!("| method | {} |\n|{}\n", names.join(" | "), " --- |".repeat(names.len() + 1));
    for method in Method::all() {
        let (_, name) = method.path.split_once("goodturn.v1.").unwrap();
        let sign = if method.signer == Signer::Person { "P" } else { "x" };
        let cell = |(role, _): &(Role, &str)| if method.roles.contains(role) { sign } else { "" };
        let cells: Vec<&str> = ROLES.iter().map(cell).collect();
        text += &format!("| `{name}` | {} |\n", cells.join(" | "));
    }
    text
}

/// INV 61: one table. `GOODTURN_UPDATE=1` writes it anew.
#[test]
fn the_table_of_roles_is_what_the_methods_ask() {
    let page = Page::read("docs/access.md");
    let (before, rest) = page.text.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var_os("GOODTURN_UPDATE").is_some() {
        std::fs::write(root().join(&page.file), format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        return;
    }
    assert_eq!(shown, table(), "GOODTURN_UPDATE=1 writes it anew");
}
