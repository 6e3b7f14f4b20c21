//! A dishonest operator lets people do what they had no role for. Every hash is right.

use goodturn::domain::decide::acts::Step;
use goodturn::domain::decide::command::{Act, Command, Eligible};
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::payout::Payout;
use goodturn::domain::terms::access::{AccessChange, PersonLogin};
use goodturn::domain::terms::payout::PoolAsked;
use goodturn::domain::value::ids::PayoutId;
use goodturn::domain::value::principal::PrincipalId;
use goodturn::domain::value::role::Role;
use goodturn::domain::value::seq::Seq;

use crate::support::books::Books;
use crate::support::every_access::{approving, by_person, changing, person, person_login, roles};
use crate::support::sample::{act, approve_savings, award, member, payout_terms, principal, rule_set, savings};

/// Owners p-1 and p-2, Fiona in finance, Adam who approves, as p-2 does. The log has twelve entries.
async fn books() -> Books {
    let begin = Act::BeginAccess(vec![person_login("p-1"), person_login("p-2")]);
    let commands = [
        act(CommandKind::BeginAccess, "qc", "anna", begin),
        changing("c1", "p-1", AccessChange::AddPerson(person_login("fiona"))),
        changing("c2", "p-1", AccessChange::AddPerson(person_login("adam"))),
        changing("c3", "p-1", AccessChange::GrantRoles(person("fiona"), roles(&[Role::Finance]))),
        approving("c3", "p-2"),
        changing("c4", "p-1", AccessChange::GrantRoles(person("adam"), roles(&[Role::Approver]))),
        approving("c4", "p-2"),
        changing("c5", "p-1", AccessChange::GrantRoles(person("p-2"), roles(&[Role::Approver]))),
        approving("c5", "p-2"),
    ];
    let books = Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await;
    books.with(&commands).await.with(&[award("a1", "ben")]).await
}

fn declare() -> Command {
    by_person(CommandKind::DeclareStatement, "s", "fiona", Act::DeclareStatement(savings()))
}

fn approve() -> Command {
    by_person(CommandKind::ApproveStatement, "s", "adam", approve_savings())
}

fn by(principal: PrincipalId) -> impl FnMut(&mut Entry) {
    move |entry| entry.principal = principal.clone()
}

fn somebody(id: &str) -> PrincipalId {
    PrincipalId::Person(person(id))
}

#[tokio::test]
async fn money_moved_by_somebody_without_the_role_is_found() {
    // INV 49, 57, 60
    books().await.with(&[declare(), approve()]).await.are_in_order().await;
    for (who, told) in [
        (somebody("p-1"), "had no role as finance then"),
        (somebody("adam"), "had no role as finance then"),
        (somebody("nobody"), "had no role as finance then"),
        (principal("fiona"), "is by no person of the programme"),
        (PrincipalId::Own, "is by no person of the programme"),
    ] {
        let forged = books().await.rewritten(&[declare()], |_| (), by(who)).await;
        forged.are_found_out_too(13, told).await;
    }
    let own = books().await.with(&[declare()]).await.rewritten(&[approve()], |_| (), by(somebody("fiona"))).await;
    own.are_found_out_too(14, "had no role as approver then").await;
    // Whoever lost the role has lost it.
    let gone = changing("c6", "p-1", AccessChange::RevokeRoles(person("adam"), roles(&[Role::Approver])));
    let by_p2 = Command { principal: somebody("p-2"), ..approve() };
    let after = books().await.with(&[declare(), gone]).await;
    let after = after.rewritten(&[by_p2], |_| (), by(somebody("adam"))).await;
    after.are_found_out_too(15, "had no role as approver then").await;
}

#[tokio::test]
async fn access_changed_by_one_alone_or_by_nobody_is_found() {
    // INV 57, 86
    let more = || changing("c6", "p-1", AccessChange::GrantRoles(person("fiona"), roles(&[Role::Approver])));
    books().await.with(&[more(), approving("c6", "p-2")]).await.are_in_order().await;
    // Made at once, though two must sign it.
    let at_once = |drafts: &mut Vec<Draft>| drafts[0].kind = EntryKind::AccessChanged;
    books().await.forged(&[more()], at_once).await.are_found_out(13, "").await;
    // Drawn up by somebody who is no owner, and approved by the one who drew it up.
    for who in [somebody("fiona"), principal("p-1"), PrincipalId::Own] {
        let forged = books().await.rewritten(&[more()], |_| (), by(who)).await;
        forged.are_found_out(13, "this needs a person, as owner on this programme").await;
    }
    let own = books().await.with(&[more()]).await;
    let own = own.rewritten(&[approving("c6", "p-2")], |_| (), by(somebody("p-1"))).await;
    own.are_found_out(14, "drawn up by p-1").await;
    // Approved is another change than was drawn up.
    let other = |drafts: &mut Vec<Draft>| {
        if let Fact::AccessChange(fact) = &mut drafts[0].fact {
            fact.change = AccessChange::GrantRoles(person("p-1"), roles(&[Role::Approver]));
        }
    };
    let swapped = books().await.with(&[more()]).await.forged(&[approving("c6", "p-2")], other).await;
    swapped.are_found_out(14, "").await;
    // Owners from nowhere: once more from the beginning, or by somebody who was not at the machine.
    let recover = || act(CommandKind::RecoverAccess, "r", "goodturn", Act::RecoverAccess(person_login("mallory")));
    books().await.with(&[recover()]).await.are_in_order().await;
    let by_fiona = books().await.rewritten(&[recover()], |_| (), by(somebody("fiona"))).await;
    by_fiona.are_found_out(13, "nobody can ask for it but somebody at the machine itself").await;
    let begun_again = |drafts: &mut Vec<Draft>| drafts[0].kind = EntryKind::AccessBegun;
    books().await.forged(&[recover()], begun_again).await.are_found_out(13, "").await;
    // A key that signs.
    let signing = |drafts: &mut Vec<Draft>| {
        if let Fact::AccessChange(fact) = &mut drafts[0].fact {
            fact.change = AccessChange::GrantRoles(person("fiona"), roles(&[Role::Shop]));
        }
    };
    let wrong = changing("c7", "p-1", AccessChange::GrantRoles(person("fiona"), roles(&[Role::Auditor])));
    let wrong = books().await.forged(&[wrong], signing).await;
    wrong.are_found_out(13, "its roles are none that a person can have").await;
}

#[tokio::test]
async fn money_paid_out_on_two_signatures_of_one_person_is_found() {
    // INV 57, 86
    let create = act_on_payout(CommandKind::CreatePayout, Act::CreatePayout(payout_terms("p", 0), PoolAsked::Rest));
    let rows = vec![Eligible { member: member("ben"), points: 100 }];
    let reserve = Step { after: None, through: member("ben"), rows };
    let reserve = Act::ReservePoints(id(), reserve, Seq::new(1_000).unwrap());
    let drafting = [
        declare(),
        Command { principal: somebody("p-2"), ..approve() },
        create,
        act_on_payout(CommandKind::ReservePoints, reserve),
        act_on_payout(CommandKind::CompleteDraft, Act::CompleteDraft(id())),
    ];
    let books = books().await.with(&drafting).await;
    let content = books.writer.state.get::<Payout>(&id()).unwrap().content;
    let sign = by_person(CommandKind::ApprovePayout, "p:x", "p-2", Act::ApprovePayout(id(), content));
    let execute = act_on_payout(CommandKind::BeginExecution, Act::BeginExecution(id()));
    let link = PersonLogin { person: person("fiona"), ..person_login("adam") };
    let link = [changing("c8", "p-1", AccessChange::LinkLogin(link)), approving("c8", "p-2")];
    // Adam signed, as the log says, before his login was linked to Fiona's, who had drafted it.
    let signed = books.rewritten(&[sign], |_| (), by(somebody("adam"))).await.with(&link).await;
    let at = signed.writer.head.seq.get() + 1;
    signed.with(&[execute]).await.are_found_out_too(at, "drafted and approved by one person").await;
}

fn id() -> PayoutId {
    PayoutId::parse("p").unwrap()
}

fn act_on_payout(kind: CommandKind, it: Act) -> Command {
    by_person(kind, "p", "fiona", it)
}
