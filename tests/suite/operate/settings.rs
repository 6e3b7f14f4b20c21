//! Settings: a file is weaker than the environment, and that than options. Everything that is wrong is listed, with its place.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::process::{Ended, goodturn, goodturn_with};
use crate::support::sources::root;

/// Runs `goodturn config` with variables in its environment.
fn config(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Ended {
    goodturn_with(folder, &[&["config"], args].concat(), |command| {
        command.env_remove("GOODTURN_ADMIN_LISTEN").env_remove("GOODTURN_WAIT_FOR_DATABASE");
        command.envs(environment.iter().copied());
    })
}

/// Returns a setting's value, and where it comes from, as `config show` says.
fn shown(told: &str, setting: &str) -> (String, String) {
    let line = told.lines().find(|line| line.split_whitespace().next() == Some(setting));
    let mut words = line.unwrap_or_else(|| panic!("no {setting} in {told}")).split_whitespace().skip(1);
    (words.next().unwrap().to_owned(), words.collect::<Vec<_>>().join(" "))
}

#[test]
fn options_are_stronger_than_the_environment_and_that_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = "# A comment.\ncache-mb = 100\nlisten = \"127.0.0.1:1\"\n\nlog = \"debug\"\nlog-json = true\nadmin-listen = \"off\"\n";
    std::fs::write(folder.path().join("g.toml"), text).unwrap();
    let environment = [("GOODTURN_CONFIG", "g.toml"), ("GOODTURN_CACHE_MB", "200"), ("GOODTURN_LOG", "warn")];
    let told = config(folder.path(), &["show", "--log", "trace", "--log-json=false"], &environment).done();
    for (setting, value, from) in [
        ("listen", "127.0.0.1:1", "g.toml:3"),
        ("cache-mb", "200", "GOODTURN_CACHE_MB"),
        ("log", "trace", "--log"),
        ("log-json", "false", "--log-json"),
        ("admin-listen", "off", "g.toml:7"),
        ("wait-for-database", "60", "default"),
        ("database", "sqlite://goodturn.db", "default"),
        ("access", "-", "default"),
    ] {
        assert_eq!(shown(&told, setting), (value.into(), from.into()), "{setting} in {told}");
    }
    assert_eq!(config(folder.path(), &["check"], &environment).done(), "nothing is wrong with the settings\n");
}

#[test]
fn everything_that_is_wrong_is_listed_with_its_place_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let text = "listne = \"127.0.0.1:1\"\ncache-mb = 5\nlog-json = \"maybe\"\nwait-for-database = 100000\nlisten = \"localhost\"\n\
                payee-key-file = \"credential:keys\"\nlog = [1]\nlog = \"x=y=z\"\n";
    let cases = [
        (text, "g.toml:8: this is no TOML: duplicate key"),
        (&text.replace("log = \"x=y=z\"", "database = \"a\"\ndatabase-file = \"b\""), ""),
    ];
    std::fs::write(folder.path().join("g.toml"), cases[0].0).unwrap();
    assert!(config(folder.path(), &["check", "--config", "g.toml"], &[]).refused().contains(cases[0].1));
    std::fs::write(folder.path().join("g.toml"), cases[1].0).unwrap();
    let environment = [("GOODTURN_CONFIG", "g.toml"), ("GOODTURN_CACHE_MB", "7"), ("GOODTURN_LISTNE", "x")];
    let told = config(folder.path(), &["check"], &environment).refused();
    for expected in [
        "10 settings are wrong:",
        "- GOODTURN_CACHE_MB: 7 is not in 16..=1048576",
        "- GOODTURN_LISTNE is no variable of this program (is GOODTURN_LISTEN meant?)",
        "- g.toml:1: there is no setting \"listne\" (is listen meant?)",
        "- g.toml:2: cache-mb: 5 is not in 16..=1048576",
        "- g.toml:3: log-json: give one of true, false",
        "- g.toml:4: wait-for-database: 100000 is not in 0..=3600",
        "- g.toml:5: listen: it is no address with a port: give one as 127.0.0.1:7460 or [::1]:7460",
        "- g.toml:6: payee-key-file: there is no $CREDENTIALS_DIRECTORY: systemd gives it to a service with LoadCredential=keys:FILE",
        "- g.toml:7: log must be a text, a number, or true or false",
        "- g.toml:9: database and database-file both say which database: leave out one of the two",
    ] {
        assert!(
            told.lines().any(|line| line.trim_start_matches("goodturn: ") == expected),
            "no {expected:?} in {told}"
        );
    }
}

#[test]
fn what_does_not_go_together_is_listed_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let text = "listen = \"0.0.0.0:1\"\naccess = \"none.toml\"\ntls-key = \"k\"\n";
    std::fs::write(folder.path().join("g.toml"), text).unwrap();
    let told = config(folder.path(), &["check", "--config", "g.toml"], &[]).refused();
    for expected in [
        "- g.toml:1: listen: tokens would travel in plain text to 0.0.0.0:1; give tls-certificate and tls-key",
        "- g.toml:2: access: none.toml cannot be read: No such file",
        "- g.toml:3: tls-key: it needs tls-certificate, too",
    ] {
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
    // The server itself says the same.
    let serve = goodturn(folder.path(), &["serve", "--config", "g.toml"]).refused();
    assert!(serve.contains("- g.toml:3: tls-key: it needs tls-certificate, too"), "{serve}");
}

#[test]
fn a_password_is_read_from_a_file_or_a_credential_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://goodturn:s3cret-w0rd@db/points";
    std::fs::write(folder.path().join("url"), format!("{url}\n")).unwrap();
    std::fs::write(folder.path().join("g.toml"), "database-file = \"credential:url\"\n").unwrap();
    let credentials = [("CREDENTIALS_DIRECTORY", folder.path().to_str().unwrap())];
    for (args, environment, from) in [
        (&["show", "--config", "g.toml"][..], &credentials[..], "g.toml:1"),
        (&["show", "--database-file", "url"], &[], "--database-file"),
        (&["show"], &[("GOODTURN_DATABASE_FILE", "url")], "GOODTURN_DATABASE_FILE"),
        (&["show"], &[("GOODTURN_DATABASE", url)], "GOODTURN_DATABASE"),
    ] {
        let told = config(folder.path(), args, environment).done();
        assert_eq!(shown(&told, "database"), ("postgres://goodturn:***@db/points".into(), from.into()), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
    // An option is stronger than a file's way to name a database.
    let told =
        config(folder.path(), &["show", "--config", "g.toml", "--database", "sqlite://x.db"], &credentials).done();
    assert_eq!(shown(&told, "database"), ("sqlite://x.db".into(), "--database".into()));
    let both = config(folder.path(), &["show", "--database-file", "url"], &[("GOODTURN_DATABASE", url)]).refused();
    assert!(both.contains("GOODTURN_DATABASE and --database-file both say which database"), "{both}");
    let none = config(folder.path(), &["check", "--config", "g.toml"], &[]).refused();
    assert!(none.contains("g.toml:1: database-file: there is no $CREDENTIALS_DIRECTORY"), "{none}");
}

/// The file that the package installs names every setting once, as a comment with its default, and nothing else.
#[test]
fn the_file_of_the_package_names_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let told = config(folder.path(), &["show"], &[]).done();
    let settings: BTreeSet<String> =
        told.lines().skip(1).map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    let file = std::fs::read_to_string(root().join("packaging/goodturn.toml")).unwrap();
    let named = file.lines().filter_map(|line| line.trim_start_matches(['#', ' ']).split_once(" = "));
    let named: Vec<String> = named.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(' ')).collect();
    assert_eq!(named.iter().cloned().collect::<BTreeSet<_>>(), settings);
    assert_eq!(named.len(), settings.len(), "each once: {named:?}");
}
