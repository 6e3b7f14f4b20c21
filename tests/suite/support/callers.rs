//! People and programs of every role, who call a server that asks who they are.

use goodturn::pb;
use goodturn::pb::{Role, Signer};
use goodturn::wire::method::Method;

use super::issuer::{Guarded, login};

/// Somebody who calls.
pub struct Who {
    pub name: &'static str,
    /// The header `authorization`.
    pub shows: Option<String>,
    /// Roles on the programme `qc`.
    pub roles: Vec<Role>,
    pub is_person: bool,
    /// Whether the server knows who it is, wherever it has no role.
    pub is_known: bool,
}

/// What a member may read that is not its own.
const OF_ALL_MEMBERS: [&str; 4] = [
    "/goodturn.v1.Leaderboards/GetLeaderboard",
    "/goodturn.v1.Programs/GetProgram",
    "/goodturn.v1.Programs/GetRuleSet",
    "/goodturn.v1.Leaderboards/BatchGetLeaderboards",
];

/// True when the caller may make the call, as the definition of the method says.
pub fn may(who: &Who, method: &Method) -> bool {
    if who.name == "member cem" && !OF_ALL_MEMBERS.contains(&method.path) {
        return false;
    }
    let has = |role: &Role| method.roles.contains(role);
    who.roles.iter().any(has) && (method.signer != Signer::Person || who.is_person)
}

/// Lets everybody in whom a test needs, beside the owners, Carla, and those who are nobody here.
pub async fn everybody(server: &Guarded) -> Vec<Who> {
    let person = |name: &'static str, roles: &[Role]| Who {
        name,
        shows: Some(format!("Bearer {}", server.issuer.token(name))),
        roles: roles.to_vec(),
        is_person: true,
        is_known: true,
    };
    let key = |name: &'static str, key: &str, roles: &[Role]| Who {
        name,
        shows: Some(format!("Bearer {key}")),
        roles: roles.to_vec(),
        is_person: false,
        is_known: true,
    };
    let nobody = |name: &'static str, shows: Option<String>| Who {
        name,
        shows,
        roles: Vec::new(),
        is_person: false,
        is_known: false,
    };
    let mut all = vec![person("olga", &[Role::Operator]), person("anna", &[Role::Owner]), person("stranger", &[])];
    for (subject, role) in
        [("fiona", Role::Finance), ("adam", Role::Approver), ("audrey", Role::Auditor), ("carla", Role::Community)]
    {
        if subject != "carla" {
            server.add(subject, &[role]).await;
        }
        all.push(person(subject, &[role]));
    }
    server.add("nora", &[]).await;
    all.push(person("nora", &[]));
    for (service, role) in
        [("forum", Role::Frontend), ("till", Role::Shop), ("bot", Role::Community), ("bi", Role::Auditor)]
    {
        let sources: &[&str] = if role == Role::Shop || role == Role::Frontend { &["forum", "shop"] } else { &[] };
        let made = server.key(service, &[role], sources).await;
        all.push(key(service, &made.secret_key, &[role]));
    }
    // A member, of whom the requests are, and another one.
    for (name, member) in [("member ben", "ben"), ("member cem", "cem")] {
        let shows = Some(format!("Bearer {}", server.issuer.member_token(member)));
        all.push(Who { name, shows, roles: vec![Role::Member], is_person: false, is_known: true });
    }
    // An owner of another programme.
    let owners = ["zoe", "yan"].map(login).to_vec();
    let create = pb::CreateProgramRequest { program_id: "other".into(), owners, ..super::clients::qc() };
    server.by("olga").programs().create_program(create).await.unwrap();
    all.push(person("zoe", &[]));
    let forged = server.issuer.token("anna");
    let flipped = if forged.ends_with('A') { "B" } else { "A" };
    all.push(nobody("forged", Some(format!("Bearer {}{flipped}", &forged[..forged.len() - 1]))));
    all.push(nobody("basic", Some("Basic YW5uYTphbm5h".into())));
    all.push(nobody("nothing", None));
    all
}
