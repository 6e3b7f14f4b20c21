//! The page of the book about books shows a close as it is. `GOODTURN_UPDATE=1` writes it anew.

use goodturn::pb::ReportFormat as F;

use crate::support::process::goodturn;
use crate::support::reports::{close, report};
use crate::support::served::Served;
use crate::support::sources::root;
use crate::support::two_years::lived;

const FENCE: (&str, &str) = ("<!-- close -->\n\n```text\n", "```\n\n<!-- /close -->");

#[tokio::test]
async fn the_page_shows_a_close_as_it_is() {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    lived(&served, async |_| ()).await;
    let got = report(&served.clients, close("2018-09"), F::Text).await;
    let path = root().join("docs/finance/books.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(FENCE.0).unwrap();
    let (shown, after) = rest.split_once(FENCE.1).unwrap();
    // Salts of the hashes are drawn by chance.
    let without_root = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("Root hash")).map(str::to_owned).collect()
    };
    let begins = got.text().split("\nMoney\n").next().unwrap().to_owned() + "\n…\n";
    if std::env::var_os("GOODTURN_UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{}{}{}{after}", FENCE.0, begins, FENCE.1)).unwrap();
        return;
    }
    assert_eq!(without_root(shown), without_root(&begins));
    assert!(got.text().contains("\nShares against pools\n"), "the rest follows");
}

/// The commands of the page, without the comments behind them.
fn commands(page: &str) -> Vec<Vec<String>> {
    let of_line = |line: &str| {
        let command = line.strip_prefix("goodturn ")?.split("  # ").next()?.trim().to_owned();
        let parts = command.split('"').enumerate().flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        Some(parts.collect())
    };
    page.lines().filter_map(of_line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_page_writes_its_file() {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    lived(&served, async |_| ()).await;
    let page = std::fs::read_to_string(root().join("docs/finance/books.md")).unwrap();
    let (folder, address) = (tempfile::tempdir().unwrap(), served.address.to_string());
    let mut files = Vec::new();
    for words in commands(&page) {
        let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
        args.extend(["--server", &address]);
        let told = goodturn(folder.path(), &args).done();
        let Some(at) = words.iter().position(|word| word == "--output") else { panic!("{words:?} writes no file") };
        assert!(told.starts_with(&format!("{}: ", words[at + 1])), "{words:?}: {told}");
        let bytes = std::fs::read(folder.path().join(&words[at + 1])).unwrap();
        assert!(!bytes.is_empty(), "{words:?}");
        files.push(words[at + 1].clone());
    }
    assert_eq!(files.len(), 8, "{files:?}");
    let all: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(all.len(), files.len(), "nothing else is left: {all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mapping_of_accounts_of_the_page_is_taken_and_a_wrong_one_is_told_line_by_line() {
    let served = Served::at("2018-04-02T09:00:00Z").await;
    let page = std::fs::read_to_string(root().join("docs/finance/books.md")).unwrap();
    let (folder, address) = (tempfile::tempdir().unwrap(), served.address.to_string());
    let mapping = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    std::fs::write(folder.path().join("own.toml"), mapping).unwrap();
    let export = |file: &str| {
        let args = ["export", "journal", "--program", "qc", "--server", &address, "--accounts", file];
        goodturn(folder.path(), &args)
    };
    assert!(export("own.toml").done().contains("commodity 1000. KUDOS\n"));
    std::fs::write(folder.path().join("wrong.toml"), mapping.replace("pending", "pendig").replace("KUDOS", "kudos"))
        .unwrap();
    let told = export("wrong.toml").refused();
    assert!(told.contains("\n  line 2: points.commodity") && told.contains("\n  line 4: points.pendig"), "{told}");
    let shown = ["export", "accounts"];
    std::fs::write(folder.path().join("standard.toml"), goodturn(folder.path(), &shown).done()).unwrap();
    let plain = ["export", "journal", "--program", "qc", "--server", &address];
    assert_eq!(export("standard.toml").done(), goodturn(folder.path(), &plain).done(), "what is shown is the standard");
}
