//! The half-year of the book: every command of the page, given in its order, does what the page says.

use std::path::Path;

use crate::support::clients::{activity, record};
use crate::support::process::goodturn;
use crate::support::served::Served;

const PAGE: &str = include_str!("../../../docs/finance/half-year.md");
const SAVINGS: &str = include_str!("../../../examples/savings-2018-h2.toml");

/// Commands that the page gives for when something is wrong: each with the command after which it is given, and with what it says.
const INSTEAD: [(&str, &str, &str); 4] = [
    ("savings reject", "savings declare", "Rejected version 1 of 2018-h2: 3 promotions, not 2.\n"),
    ("payout cancel", "payout draft", "Cancelled payout 2018-h2: 12 points were given back"),
    ("payout reject", "payout draft", "Rejected payout 2018-h2: the deadline is too early"),
    ("choices reject", "choices close", "The closing of 2018-h2: rejected by ben: ask the shop about cem.\n"),
];

/// A command of the page.
#[derive(Debug, Clone)]
struct Command {
    words: Vec<String>,
    by: &'static str,
}

impl Command {
    /// True for a command that begins with these words.
    fn is(&self, of: &str) -> bool {
        self.words.join(" ").starts_with(of)
    }
}

/// Returns every command of the page that names a programme: those of its blocks, and those within its text.
fn commands() -> Vec<Command> {
    let (mut commands, mut by) = (Vec::new(), "anna");
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if let Some(who) = line.strip_prefix("**Who:** ") {
            by = if who.starts_with("the second person") { "ben" } else { "anna" };
        }
        if line.starts_with("## ") {
            by = "anna";
        }
        let mut texts: Vec<String> = Vec::new();
        if line.starts_with("goodturn ") {
            let mut whole = line.to_owned();
            while let Some(begun) = whole.strip_suffix('\\') {
                whole = format!("{begun} {}", lines.next().unwrap().trim());
            }
            texts.push(whole);
        } else {
            texts.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
        for text in texts.iter().filter(|text| text.contains("--program")) {
            if let Some(rest) = text.strip_prefix("goodturn ") {
                let words = words(rest);
                // Finance draws up, and the second person approves.
                let by = if words[1] == "approve" { "ben" } else { by };
                commands.push(Command { words, by });
            }
        }
    }
    commands
}

/// Splits a command into words, as a shell does with the quotes of the page.
fn words(text: &str) -> Vec<String> {
    let parts = text.split('"').enumerate().map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    parts.flat_map(|part: Vec<String>| part).collect()
}

/// A server on 3 December 2018, and a folder with the files that the page tells of.
struct Desk {
    served: Served,
    folder: tempfile::TempDir,
}

impl Desk {
    async fn open() -> Self {
        let served = Served::at("2018-12-03T09:00:00Z").await;
        let answers = [("ada", 5), ("ben-m", 3), ("cem", 1), ("dee", 1), ("fay", 2)];
        for (member, count) in answers {
            for n in 0..count {
                let it = activity(&format!("{member}-{n}"), "kudos", member, "2018-07-01T12:00:00Z");
                served.clients.ledger().record_activity(record(it)).await.unwrap();
            }
        }
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "savings-2018-h2.toml", SAVINGS);
        write(folder.path(), "choices.csv", "member,choice\nben-m,credit\ncem,cash\nfay,none\n");
        Self { served, folder }
    }

    /// Gives a command of the page, and answers yes to what it asks.
    fn give(&self, command: &Command) -> String {
        let address = self.served.address.to_string();
        let run = |yes: Option<&str>| {
            let mut args: Vec<&str> = command.words.iter().map(String::as_str).collect();
            args.extend(["--server", &address]);
            if records(command) {
                args.extend(["--principal", command.by]);
            }
            args.extend(yes.iter().flat_map(|digest| ["--yes", digest]));
            tokio::task::block_in_place(|| goodturn(self.folder.path(), &args))
        };
        let first = run(None);
        match first.stderr.split("give --yes ").nth(1) {
            Some(digest) => run(Some(digest.trim())).done(),
            None => first.done(),
        }
    }

    /// Changes what the page says that somebody changes before a command.
    async fn before(&self, command: &Command) {
        if command.is("savings correct") {
            write(self.folder.path(), "savings-2018-h2.toml", &SAVINGS.replace("\"0.5\"", "\"0.6\""));
        }
        if command.is("choices close") {
            self.served.clock.set("2018-12-13T09:00:00Z");
        }
        if command.is("payout draft 2019-h1") {
            self.served.clock.set("2019-06-05T09:00:00Z");
            let late = activity("late", "kudos", "fay", "2019-02-01T12:00:00Z");
            self.served.clients.ledger().record_activity(record(late)).await.unwrap();
            let next = SAVINGS
                .replace("2018-h2", "2019-h1")
                .replace("2018-06-01", "2018-12-01")
                .replace("2018-11-30\n", "2019-05-31\n");
            write(self.folder.path(), "savings-2019-h1.toml", &next);
            for (words, by) in [
                ("savings declare savings-2019-h1.toml --program qc", "anna"),
                ("savings approve 2019-h1 --program qc", "ben"),
            ] {
                self.give(&Command { words: self::words(words), by });
            }
        }
    }
}

/// True for a command that records something, under a name.
fn records(command: &Command) -> bool {
    let reads = [
        "payout preview",
        "payout shares",
        "payout show",
        "payout explain",
        "choices show",
        "choices lines",
        "history",
    ];
    !reads.iter().any(|of| command.is(of))
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Returns the commands for when something is wrong, and those of the way from savings to closed choices.
fn parted() -> (Vec<Command>, Vec<Command>) {
    let (instead, way): (Vec<Command>, Vec<Command>) =
        commands().into_iter().partition(|command| INSTEAD.iter().any(|(of, ..)| command.is(of)));
    assert_eq!((instead.len(), way.len()), (4, 23), "{way:#?}");
    (instead, way)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_of_the_page_does_what_the_page_says() {
    // INV 49, 81
    let (_, way) = parted();
    let desk = Desk::open().await;
    let mut told = Vec::new();
    for command in &way {
        desk.before(command).await;
        let text = desk.give(command);
        told.push((command.words[..2].join(" "), text));
    }
    let said = |of: &str, what: &str| {
        let found = told.iter().any(|(command, text)| command == of && text.contains(what));
        assert!(found, "{of} does not say {what:?}: {:#?}", told.iter().filter(|(it, _)| it == of).collect::<Vec<_>>());
    };
    said("savings declare", "GBP 10,567.00");
    said("savings correct", "12,680.40");
    said("payout preview", "members  5");
    said("payout approve", "30 Nov 2018");
    said("payout execute", "GBP 12,680.40");
    said("payout show", "12 Dec 2018, 23:59 (UTC)");
    said("choices show", "given to relief");
    said("choices close", "Nobody loses money");
    said("choices approve", "payments due --format FORMAT");
    said("history ada", "relief");
    said("payout explain", "5 of 12 points that count");
    let read = |name: &str| std::fs::read_to_string(desk.folder.path().join(name)).unwrap();
    assert_eq!(read("preview.csv").lines().count(), 6, "a head and five members");
    assert_eq!(read("shares.csv").lines().count(), 6);
    assert_eq!(read("lapsed.csv").lines().count(), 1, "nothing lapses the first time");
    let cash = read("cash.csv");
    assert!(cash.lines().nth(1).unwrap().starts_with("cem,2018-h2,cem,"), "{cash}");
    desk.served.verified().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_for_when_something_is_wrong_ends_what_it_is_for() {
    // INV 49
    let (instead, way) = parted();
    for (other, (of, after, says)) in instead.iter().zip(INSTEAD) {
        assert!(other.is(of), "{other:?} stands where {of} is expected");
        let desk = Desk::open().await;
        let upto = way.iter().position(|command| command.is(after)).unwrap();
        for command in &way[..=upto] {
            desk.before(command).await;
            desk.give(command);
        }
        let text = desk.give(other);
        assert!(text.starts_with(says), "{other:?}: {text}");
        desk.served.verified().await;
    }
}
