//! An issuer of tokens, and servers that believe it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use goodturn::app::{Config, Running, start};
use goodturn::ledger::clock::{Clock as _, SystemClock};
use goodturn::pb;
use goodturn::pb::access_change::Change;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::clients::{Clients, database, first_rules, on_free_port, qc};

/// Name of the issuer of members, whose keys are the same.
pub const MEMBERS: &str = "https://forum.example";

/// Name and audience, as the file of access says them.
pub const ISSUER: &str = "https://login.example";
pub const AUDIENCE: &str = "goodturn";

/// An issuer of tokens. It signs with the last of its keys.
pub struct Issuer {
    keys: BTreeMap<String, Arc<Ed25519KeyPair>>,
    signs_with: String,
}

impl Issuer {
    pub fn new() -> Self {
        let mut issuer = Self { keys: BTreeMap::new(), signs_with: String::new() };
        issuer.rotate();
        issuer
    }

    /// Makes a new key, with which it signs from now on. The earlier keys stay in its set.
    pub fn rotate(&mut self) {
        let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        self.signs_with = format!("key-{}", self.keys.len() + 1);
        self.keys.insert(self.signs_with.clone(), Arc::new(Ed25519KeyPair::from_pkcs8(pair.as_ref()).unwrap()));
    }

    /// Forgets every key but the one it signs with.
    pub fn withdraw(&mut self) {
        self.keys.retain(|id, _| *id == self.signs_with);
    }

    /// Returns the key set, as JSON.
    pub fn key_set(&self) -> String {
        let key = |(id, pair): (&String, &Arc<Ed25519KeyPair>)| {
            let x = URL_SAFE_NO_PAD.encode(pair.public_key());
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "alg": "EdDSA", "use": "sig", "x": x })
        };
        json!({ "keys": self.keys.iter().map(key).collect::<Vec<_>>() }).to_string()
    }

    /// Makes a person's token, which is valid for an hour.
    pub fn token(&self, subject: &str) -> String {
        self.token_with(subject, |_| ())
    }

    /// Makes a token of a member of `qc`.
    pub fn member_token(&self, member: &str) -> String {
        self.token_with("whoever", |claims| {
            claims["iss"] = MEMBERS.into();
            claims["member_id"] = member.into();
        })
    }

    /// Does the same, and lets a function change what the token says.
    pub fn token_with(&self, subject: &str, change: impl FnOnce(&mut Value)) -> String {
        let now = SystemClock.now().get() / 1_000_000;
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 3_600, "auth_time": now,
        });
        change(&mut claims);
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.signs_with });
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = self.keys[&self.signs_with].sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A server that asks who calls, with the programme `qc`, its rules, and the owners Anna and Ben.
pub struct Guarded {
    pub issuer: Issuer,
    pub clients: Clients,
    pub running: Running,
    pub folder: TempDir,
    /// URL of its database.
    pub database: String,
}

/// Writes the files of access into a folder: keys, pepper, and the file itself, with the operator `olga`.
pub fn write_access(folder: &Path, issuer: &Issuer) -> PathBuf {
    write_access_with(folder, issuer, "")
}

/// Does the same, with more settings.
pub fn write_access_with(folder: &Path, issuer: &Issuer, more: &str) -> PathBuf {
    std::fs::write(folder.join("keys.json"), issuer.key_set()).unwrap();
    std::fs::write(folder.join("pepper"), [b'p'; 32]).unwrap();
    let path = folder.join("access.toml");
    let text = format!(
        r#"pepper_files = ["pepper"]

[[issuers]]
name = "{ISSUER}"
audience = "{AUDIENCE}"
keys = "keys.json"
person_claim = "auth_time"

[[issuers]]
name = "{MEMBERS}"
audience = "{AUDIENCE}"
keys = "keys.json"
member_claim = "member_id"
members_of = "qc"

[[operators]]
name = "olga"
issuer = "{ISSUER}"
subject = "olga"

{more}
"#
    );
    std::fs::write(&path, text).unwrap();
    path
}

impl Guarded {
    /// Starts a server whose one programme is `qc`.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
        Self::start_in(folder, database, "").await
    }

    /// Does the same on an empty database.
    pub async fn start_on(database: String) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), database, "").await
    }

    /// Starts a server with more settings.
    pub async fn start_with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database(&folder);
        Self::start_in(folder, database, more).await
    }

    async fn start_in(folder: TempDir, database: String, more: &str) -> Self {
        let issuer = Issuer::new();
        let access = Some(write_access_with(folder.path(), &issuer, more));
        let running = start(&Config { access, ..on_free_port(database.clone()) }).await.unwrap();
        let clients = Clients::connect(running.address).await;
        let guarded = Self { issuer, clients, running, folder, database };
        guarded.create("qc").await;
        guarded
    }

    /// Has the operator create a programme, whose owners are Anna and Ben.
    pub async fn create(&self, program: &str) {
        let owners = ["anna", "ben"].map(login).to_vec();
        let create = pb::CreateProgramRequest { program_id: program.into(), owners, ..qc() };
        self.by("olga").programs().create_program(create).await.unwrap();
    }

    /// Returns clients that show a person's token.
    pub fn by(&self, subject: &str) -> Clients {
        self.clients.showing(self.issuer.token(subject))
    }

    /// Has Anna ask for a change, and returns what became of it.
    pub async fn change(&self, id: &str, change: Change) -> pb::AccessChange {
        self.try_change("anna", id, change).await.unwrap()
    }

    pub async fn try_change(&self, by: &str, id: &str, change: Change) -> Result<pb::AccessChange, tonic::Status> {
        let request = change_request(id, change);
        Ok(self.by(by).principals().change_access(request).await?.into_inner())
    }

    /// Has Anna ask for a change, and Ben approve it.
    pub async fn change_together(&self, id: &str, change: Change) -> pb::AccessChange {
        self.change(id, change).await;
        let name = format!("programs/qc/accessChanges/{id}");
        let approve = pb::ApproveAccessChangeRequest { name };
        self.by("ben").principals().approve_access_change(approve).await.unwrap().into_inner()
    }

    /// Has Ben approve a change of Anna's, where it needs a second owner.
    async fn approve_if_it_waits(&self, made: &pb::AccessChange) {
        if made.state() == pb::AccessChangeState::Proposed {
            let approve = pb::ApproveAccessChangeRequest { name: made.name.clone() };
            self.by("ben").principals().approve_access_change(approve).await.unwrap();
        }
    }

    /// Adds a person with roles, and returns its resource name.
    pub async fn add(&self, subject: &str, roles: &[pb::Role]) -> String {
        let added = self.change(&format!("add-{subject}"), Change::AddPerson(login(subject))).await;
        if !roles.is_empty() {
            let grant = grant(&added.about, roles);
            let id = format!("grant-{subject}");
            let made = self.change(&id, Change::GrantRoles(grant)).await;
            self.approve_if_it_waits(&made).await;
        }
        added.about
    }

    /// Creates a key, and returns the change, with the key in it.
    pub async fn key(&self, service: &str, roles: &[pb::Role], sources: &[&str]) -> pb::AccessChange {
        let now = SystemClock.now().get() / 1_000_000;
        let key = pb::Key {
            service: service.into(),
            roles: roles.iter().map(|role| i32::from(*role)).collect(),
            sources: sources.iter().map(|source| (*source).to_owned()).collect(),
            expire_time: Some(prost_types::Timestamp { seconds: now + 86_400, nanos: 0 }),
            ..Default::default()
        };
        let id = format!("key-{service}-{}", goodturn::ledger::clock::new_id());
        let made = self.change(&id, Change::CreateKey(key)).await;
        self.approve_if_it_waits(&made).await;
        made
    }

    /// Publishes the first rules, by somebody of the community team.
    pub async fn publish(&self) {
        self.add("carla", &[pb::Role::Community]).await;
        self.by("carla").programs().publish_rule_set(first_rules()).await.unwrap();
    }

    /// Recomputes everything, and finds nothing wrong.
    pub async fn verified(&self) {
        let request = pb::VerifyProgramRequest { name: "programs/qc".into() };
        let report = self.by("anna").audit().verify_program(request).await.unwrap().into_inner();
        assert_eq!(report.findings, []);
    }
}

pub fn login(subject: &str) -> pb::Login {
    pb::Login { issuer: ISSUER.into(), subject: subject.into(), display_name: format!("The person {subject}") }
}

pub fn grant(person: &str, roles: &[pb::Role]) -> pb::PersonRoles {
    pb::PersonRoles { person: person.into(), roles: roles.iter().map(|role| i32::from(*role)).collect() }
}

pub fn change_request(id: &str, change: Change) -> pb::ChangeAccessRequest {
    let name = format!("programs/qc/accessChanges/{id}");
    let access_change = pb::AccessChange { name, change: Some(change), note: "why".into(), ..Default::default() };
    pb::ChangeAccessRequest { access_change: Some(access_change) }
}
