//! The table of roles in the book: made from the methods, as the server asks them.

use std::collections::BTreeSet;

use goodturn::domain::decide::require::{Needed, needed};
use goodturn::domain::entry::commands::CommandKind;
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

/// The commands of methods whose roles the ledger asks once more, where it decides.
const DECIDED: [(&str, CommandKind); 47] = [
    ("Principals/ChangeAccess", CommandKind::ChangeAccess),
    ("Principals/ApproveAccessChange", CommandKind::ApproveAccessChange),
    ("Principals/RejectAccessChange", CommandKind::RejectAccessChange),
    ("Adjustments/AdjustPoints", CommandKind::AdjustPoints),
    ("Adjustments/ApproveAdjustment", CommandKind::ApproveAdjustment),
    ("Adjustments/RejectAdjustment", CommandKind::RejectAdjustment),
    ("Adjustments/BatchApproveAdjustments", CommandKind::ApproveAdjustments),
    ("Adjustments/BatchRejectAdjustments", CommandKind::RejectAdjustments),
    ("Members/LiftBan", CommandKind::LiftBan),
    ("Members/ApproveBanLift", CommandKind::ApproveBanLift),
    ("Members/RejectBanLift", CommandKind::RejectBanLift),
    ("Members/MergeMembers", CommandKind::MergeMembers),
    ("Members/BatchMergeMembers", CommandKind::MergeMembers),
    ("Members/ApproveMerger", CommandKind::ApproveMerger),
    ("Members/RejectMerger", CommandKind::RejectMerger),
    ("Payouts/CreateSavingsStatement", CommandKind::DeclareStatement),
    ("Payouts/ApproveSavingsStatement", CommandKind::ApproveStatement),
    ("Payouts/RejectSavingsStatement", CommandKind::RejectStatement),
    ("Payouts/CreatePayout", CommandKind::CreatePayout),
    ("Payouts/ApprovePayout", CommandKind::ApprovePayout),
    ("Payouts/ExecutePayout", CommandKind::BeginExecution),
    ("Payouts/CancelPayout", CommandKind::BeginCancellation),
    ("Payouts/CorrectSavingsStatement", CommandKind::CorrectStatement),
    ("Payouts/RejectPayout", CommandKind::RejectPayout),
    ("Payouts/AddListRows", CommandKind::ListWeights),
    ("Programs/UpdateProgram", CommandKind::UpdateProgram),
    ("Programs/ApproveProgramUpdate", CommandKind::ApproveProgramUpdate),
    ("Programs/RejectProgramUpdate", CommandKind::RejectProgramUpdate),
    ("Choices/CloseChoices", CommandKind::CloseChoices),
    ("Choices/ApproveClosing", CommandKind::ApproveClosing),
    ("Choices/RejectClosing", CommandKind::RejectClosing),
    ("Choices/LapseMoney", CommandKind::LapseMoney),
    ("Choices/ApproveLapse", CommandKind::ApproveLapse),
    ("Choices/RejectLapse", CommandKind::RejectLapse),
    ("Payments/BatchSetPayees", CommandKind::SetPayee),
    ("Payments/RemovePayee", CommandKind::RemovePayee),
    ("Payments/CreateBatch", CommandKind::CreateBatch),
    ("Payments/ApproveBatch", CommandKind::ApproveBatch),
    ("Payments/CancelBatch", CommandKind::CancelBatch),
    ("Payments/ExportBatch", CommandKind::ReleaseBatch),
    ("Payments/ReportPayments", CommandKind::ReportPayment),
    ("Payments/RetryPayment", CommandKind::RetryPayment),
    ("Members/BanMember", CommandKind::BanMember),
    ("Members/SuspendMember", CommandKind::SuspendMember),
    ("Members/UpdateMemberProfile", CommandKind::UpdateMemberProfile),
    ("Members/ReinstateMember", CommandKind::ReinstateMember),
    ("Programs/PublishRuleSet", CommandKind::PublishRuleSet),
];

/// INV 61: the door and the ledger ask for the same roles. The last five are the door's alone.
#[test]
fn the_ledger_asks_what_the_door_asks() {
    let (of_both, of_door) = DECIDED.split_at(DECIDED.len() - 5);
    for (path, kind) in of_both {
        let method = Method::at(&format!("/goodturn.v1.{path}")).unwrap();
        let Needed { roles, person } = needed(*kind).unwrap();
        let of_door: BTreeSet<Role> = method.roles.iter().copied().collect();
        let of_ledger = roles.iter().map(|role| Role::try_from(i32::from(role.number())).unwrap()).collect();
        assert_eq!((of_door, method.signer == Signer::Person), (of_ledger, person), "{path}");
    }
    for (path, kind) in of_door {
        assert_eq!(needed(*kind), None, "{path}");
    }
    let asked: Vec<CommandKind> = CommandKind::ALL.iter().copied().filter(|kind| needed(*kind).is_some()).collect();
    let listed = |kind: &CommandKind| of_both.iter().any(|(_, listed)| listed == kind);
    assert!(asked.iter().all(listed) && asked.len() == of_both.len() - 1, "mergers have two methods: {asked:?}");
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
