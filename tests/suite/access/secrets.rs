//! What opens something is shown once, to whom it belongs, and written nowhere.

use goodturn::pb;
use goodturn::pb::access_change::Change;

use crate::support::clients::{Clients, accepted, record};
use crate::support::issuer::{Guarded, Issuer, login, write_access};
use crate::support::process::{EVERY_LINE, ServeProcess};

/// INV 62
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_and_no_token_is_in_any_log_or_database() {
    // A first server makes the key; the process serves it with everything it can say of itself.
    let made = Guarded::start().await;
    made.publish().await;
    let key = made.key("forum", &[pb::Role::Frontend], &["forum"]).await.secret_key;
    let Guarded { issuer, running, folder, database, .. } = made;
    running.stop().await.unwrap();
    let access = write_access(folder.path(), &issuer);
    let log = folder.path().join("log");
    let given = [("GOODTURN_ACCESS", access.into_os_string()), ("GOODTURN_LOG", EVERY_LINE.into())];
    let server = ServeProcess::start_logging(&database, &log, &given.map(|(name, value)| (name.into(), value)));
    let clients = Clients::connect(server.address).await;
    let anna = issuer.token("anna");
    let forged = Issuer::new().token("anna");
    let other_key = format!("{}AAAA{}", &key[..20], &key[24..]);
    let activity = || record(accepted("a1", "ben", "2018-04-01T00:00:00Z"));
    clients.showing(&key).ledger().record_activity(activity()).await.unwrap();
    for wrong in [&forged, &other_key, &key[..50].to_owned()] {
        clients.showing(wrong).ledger().record_activity(activity()).await.unwrap_err();
    }
    let change = crate::support::issuer::change_request("c9", Change::AddPerson(login("a-private-name")));
    clients.showing(&anna).principals().change_access(change).await.unwrap();
    let list = pb::ListKeysRequest { parent: "programs/qc".into(), ..Default::default() };
    let keys = clients.showing(&anna).principals().list_keys(list).await.unwrap().into_inner().keys;
    assert!(!format!("{keys:?}").contains(secret_of(&key)), "{keys:?}");
    // What is refused to somebody who is known is told, by whom and why.
    let act = pb::GetProgramRequest { name: "programs/qc".into() };
    let mine = clients.showing(&anna).programs().get_program(act).await;
    assert!(mine.is_ok());
    let publish = crate::support::clients::first_rules();
    clients.showing(&anna).programs().publish_rule_set(publish).await.unwrap_err();
    assert!(server.terminate().success());
    let told = std::fs::read(&log).unwrap();
    let told = String::from_utf8_lossy(&told);
    assert!(told.len() > 10_000 && told.contains("TRACE"), "it says little: {} bytes", told.len());
    let refused = told
        .lines()
        .find(|line| line.contains("a call was refused") && line.contains("PublishRuleSet"))
        .expect("it is told");
    for part in ["goodturn.v1.Programs/PublishRuleSet", "NOT_PERMITTED", "\"p-"] {
        assert!(refused.contains(part), "{refused}");
    }
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    let secrets = [secret_of(&key).to_owned(), signature(&anna), signature(&forged), secret_of(&other_key).to_owned()];
    let pepper = "p".repeat(32);
    for secret in secrets.iter().chain([&pepper]) {
        assert!(!told.contains(secret.as_str()), "{secret} is in the log");
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end.to_string_lossy().starts_with("db")) {
                let bytes = std::fs::read(&path).unwrap();
                assert!(!bytes.windows(secret.len()).any(|at| at == secret.as_bytes()), "{secret} is in {path:?}");
            }
        }
    }
}

/// The part of a key that nobody may see.
fn secret_of(key: &str) -> &str {
    key.rsplit('_').next().unwrap()
}
