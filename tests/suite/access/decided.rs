//! What the ledger itself decides of changes of who may do what, whoever asks.

use std::collections::BTreeSet;

use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::decide::decide;
use goodturn::domain::decide::draft::Moment;
use goodturn::domain::decide::rejection::{AccessRejection, Rejection};
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::state::access::{Access, Person, PersonState};
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::terms::access::{
    AccessChange, KEYS_MAX, KeyTerms, LOGINS_MAX, PERSONS_MAX, PersonLogin, latest_key_end,
};
use goodturn::domain::terms::rules::book::RuleBook;
use goodturn::domain::value::ids::{KeyId, ServiceId};
use goodturn::domain::value::role::Role;

use crate::support::books::Books;
use crate::support::every_access::{approving, changing, person, person_login, roles};
use crate::support::sample::{act, approve_savings, principal, rule_set, savings};

/// A programme with the owners p-1 and p-2, and with Fiona, who has no role.
async fn books() -> Books {
    let begin = Act::BeginAccess(vec![person_login("p-1"), person_login("p-2")]);
    let books = Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await;
    let fiona = changing("c1", "p-1", AccessChange::AddPerson(person_login("fiona")));
    books.with(&[act(CommandKind::BeginAccess, "qc", "anna", begin), fiona]).await
}

fn refusal(books: &Books, command: &Command) -> Rejection {
    let rules = RuleBook::new(Vec::new());
    let moment = Moment { now: books.writer.now, zone: books.writer.zone.clone(), rules: &rules };
    decide(&books.writer.state, command, &moment).unwrap_err()
}

fn too_many(books: &Books, command: &Command) -> &'static str {
    match refusal(books, command) {
        Rejection::Access(AccessRejection::TooMany { of, .. }) => of,
        other => panic!("{other}"),
    }
}

/// Makes a count of access as large as may be.
type Fill = fn(&mut Access);

fn granting(id: &str, to: &str, role: Role) -> Command {
    changing(id, "p-1", AccessChange::GrantRoles(person(to), roles(&[role])))
}

fn removing(id: &str, who: &str) -> Command {
    changing(id, "p-2", AccessChange::RemovePerson(person(who)))
}

#[tokio::test]
async fn a_change_is_made_of_an_owner_who_is_one_when_it_is_approved() {
    // INV 86
    let books = books().await.with(&[granting("c2", "fiona", Role::Owner), approving("c2", "p-2")]).await;
    let books = books.with(&[granting("c3", "fiona", Role::Finance), removing("c4", "p-1")]).await;
    let refused = refusal(&books, &approving("c3", "fiona"));
    assert!(matches!(refused, Rejection::Access(AccessRejection::DrawerIsNoOwner)), "{refused}");
}

#[tokio::test]
async fn somebody_who_was_removed_comes_back_as_the_same_person_without_roles() {
    let books = books().await.with(&[granting("c2", "fiona", Role::Auditor), removing("c3", "fiona")]).await;
    let gone = refusal(&books, &granting("c4", "fiona", Role::Auditor));
    assert!(matches!(gone, Rejection::WrongState { state: "removed", needed: "active" }), "{gone}");
    let back = PersonLogin { person: person("p-9"), ..person_login("fiona") };
    let books = books.with(&[changing("c4", "p-1", AccessChange::AddPerson(back))]).await;
    let fiona = books.writer.state.get::<Person>(&person("fiona")).unwrap();
    assert_eq!((&fiona.state, fiona.roles.len(), fiona.logins.len()), (&PersonState::Active, 0, 1));
    assert!(books.writer.state.get::<Person>(&person("p-9")).is_none());
    books.are_in_order().await;
}

#[tokio::test]
async fn a_programme_keeps_an_owner() {
    // INV 86
    let books = books().await.with(&[removing("c2", "p-1")]).await;
    let link = PersonLogin { person: person("fiona"), ..person_login("p-2") };
    let last = [
        removing("c3", "p-2"),
        changing("c3", "p-2", AccessChange::RevokeRoles(person("p-2"), roles(&[Role::Owner]))),
        // Whose logins are linked to another's is nobody any more.
        changing("c3", "p-2", AccessChange::LinkLogin(link)),
    ];
    for change in last {
        let refused = refusal(&books, &change);
        assert!(matches!(refused, Rejection::Access(AccessRejection::LastOwner)), "{refused}");
    }
}

#[tokio::test]
async fn a_person_whose_logins_are_anothers_is_changed_under_the_others_id() {
    let link = PersonLogin { person: person("p-1"), ..person_login("fiona") };
    let link = [changing("c2", "p-1", AccessChange::LinkLogin(link)), approving("c2", "p-2")];
    let books = books().await.with(&link).await;
    for change in [removing("c3", "fiona"), granting("c3", "fiona", Role::Auditor)] {
        let refused = refusal(&books, &change);
        assert!(matches!(refused, Rejection::WrongState { state: "joined to another person", .. }), "{refused}");
    }
    assert_eq!(books.writer.state.get::<Person>(&person("p-1")).unwrap().logins.len(), 2);
    books.are_in_order().await;
}

#[tokio::test]
async fn first_persons_come_once_and_are_recovered_where_there_were_some() {
    let recover = || act(CommandKind::RecoverAccess, "r", "goodturn", Act::RecoverAccess(person_login("fiona")));
    let before = Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await;
    for command in [recover(), changing("c1", "p-1", AccessChange::AddPerson(person_login("fiona")))] {
        let refused = refusal(&before, &command);
        assert!(matches!(refused, Rejection::WrongState { state: "without persons", .. }), "{refused}");
    }
    let begin = Act::BeginAccess(vec![person_login("p-8"), person_login("p-9")]);
    let again = refusal(&books().await, &act(CommandKind::BeginAccess, "qc", "anna", begin));
    assert!(matches!(again, Rejection::WrongState { state: "with persons", .. }), "{again}");
    let books = books().await.with(&[recover()]).await;
    let owner = refusal(&books, &recover());
    assert!(matches!(owner, Rejection::WrongState { state: "owner", .. }), "{owner}");
    books.are_in_order().await;
}

/// Nobody knows any more who gave the name: whoever signs now may be the same.
#[tokio::test]
async fn what_was_drawn_up_under_a_name_is_signed_by_nobody() {
    // INV 49, 60
    let declare = act(CommandKind::DeclareStatement, "s", "anna", Act::DeclareStatement(savings()));
    let books = Books::under(rule_set(1, "2018-03-12T00:00:00Z", 100)).await.with(&[declare]).await;
    let begin = Act::BeginAccess(vec![person_login("p-1"), person_login("p-2")]);
    let grant = granting("c1", "p-2", Role::Approver);
    let books = books.with(&[act(CommandKind::BeginAccess, "qc", "anna", begin), grant, approving("c1", "p-2")]).await;
    let approve = act(CommandKind::ApproveStatement, "s", "anna", approve_savings());
    let by_name = refusal(&books, &approve);
    assert!(matches!(by_name, Rejection::Access(AccessRejection::NotPermitted { .. })), "{by_name}");
    let by_person =
        Command { principal: changing("c", "p-2", AccessChange::RemovePerson(person("x"))).principal, ..approve };
    let refused = refusal(&books, &by_person);
    assert!(
        refused.to_string().starts_with("it was drawn up or signed as anna, a name that was only believed"),
        "{refused}"
    );
    assert_ne!(by_person.principal, principal("p-2"), "a name is no person");
}

#[tokio::test]
async fn each_limit_refuses_one_more() {
    // INV 66
    let key = KeyTerms {
        id: KeyId::parse("k3y").unwrap(),
        service: ServiceId::parse("forum").unwrap(),
        digest: [7; 32],
        pepper: [8; 8],
        roles: roles(&[Role::Auditor]),
        sources: BTreeSet::new(),
        expires_at: latest_key_end(books().await.writer.now),
    };
    let key = changing("c9", "p-1", AccessChange::CreateKey(Box::new(key)));
    let add = changing("c9", "p-1", AccessChange::AddPerson(person_login("p-9")));
    let grant = granting("c9", "fiona", Role::Finance);
    let link = PersonLogin { person: person("fiona"), ..person_login("p-9") };
    let link = changing("c9", "p-1", AccessChange::LinkLogin(link));
    let full: [(Fill, Command, &str); 3] = [
        (|access| access.persons = PERSONS_MAX, add, "persons"),
        (|access| access.keys = KEYS_MAX, key, "keys that are not revoked"),
        (|access| access.waiting = 1_000, grant, "changes that wait for a second person"),
    ];
    for (fill, command, of) in full {
        let mut books = books().await;
        let (_, record) = books.writer.state.records.get_mut(&RecordKey::Access).unwrap();
        let Record::Access(access) = record else { panic!("{record:?}") };
        fill(access);
        assert_eq!(too_many(&books, &command), of);
    }
    let mut books = books().await;
    let (_, record) = books.writer.state.records.get_mut(&RecordKey::Person(person("fiona"))).unwrap();
    let Record::Person(fiona) = record else { panic!("{record:?}") };
    fiona.logins = vec![fiona.logins[0]; LOGINS_MAX.into()];
    assert_eq!(too_many(&books, &link), "logins of the person");
}
