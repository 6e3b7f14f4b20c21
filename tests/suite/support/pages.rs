//! Pages that people read, and the sessions in them: commands between `<!-- run NAME -->` and `<!-- /run -->`, with what they
//! print. `run NAME: demo` begins with what the demo leaves, and `stopped` without a server.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// Pages that stand outside of `docs/`.
const ABOVE: [&str; 6] = [
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "data/README.md",
    "examples/giffgaff/README.md",
];

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Below the top folder.
    pub file: PathBuf,
    pub text: String,
}

impl Page {
    /// Reads one.
    pub fn read(file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        let text =
            std::fs::read_to_string(root().join(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self { file, text }
    }

    /// Its fenced blocks.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        blocks(&self.text)
    }

    /// Its sessions.
    pub fn sessions(&self) -> Vec<Session> {
        let mut found = Vec::new();
        for part in self.text.split("<!-- run ").skip(1) {
            let (head, rest) = part.split_once(" -->\n").expect("the mark has an end");
            let (text, _) = rest
                .split_once("<!-- /run -->")
                .unwrap_or_else(|| panic!("{}: {head} has no end", self.file.display()));
            let (name, needs) = head.split_once(": ").unwrap_or((head, ""));
            let needs = |what: &str| needs.split(", ").any(|need| need == what);
            let (demo, stopped) = (needs("demo"), needs("stopped"));
            found.push(Session {
                file: self.file.clone(),
                head: head.into(),
                name: name.into(),
                demo,
                stopped,
                text: text.into(),
            });
        }
        found
    }
}

/// Every page, in the order of their files.
pub fn pages() -> Vec<Page> {
    let mut files: Vec<PathBuf> = ABOVE.iter().map(PathBuf::from).collect();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    files.sort();
    files.into_iter().map(Page::read).collect()
}

/// Every session of every page.
pub fn sessions() -> Vec<Session> {
    pages().iter().flat_map(Page::sessions).collect()
}

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// What stands behind the fence, as `console`.
    pub info: &'a str,
    /// The lines between the fences.
    pub text: &'a str,
    /// Where these lines stand in the page.
    pub at: Range<usize>,
}

impl Block<'_> {
    /// The commands of a `console` block, which stand behind `$ `.
    pub fn commands(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if let Some(first) = line.strip_prefix("$ ") {
                let mut command = first.to_owned();
                while goes_on(&command) {
                    let next = lines.next().unwrap_or_else(|| panic!("a command has no end: {command}"));
                    command = command + "\n" + next;
                }
                found.push(command);
            }
        }
        found
    }

    /// The commands of an `sh` block.
    pub fn lines(&self) -> Vec<&str> {
        let commands = self.text.lines().map(|line| line.split(" # ").next().unwrap_or_default().trim());
        commands.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
    }
}

/// The fenced blocks of a text.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(info) = line.strip_prefix("```") {
            open = match open {
                None => Some((info.trim(), at + line.len())),
                Some((info, from)) => {
                    found.push(Block { info, text: &text[from..at], at: from..at });
                    None
                }
            };
        }
        at += line.len();
    }
    assert!(open.is_none(), "a block has no end: {open:?}");
    found
}

/// Whether bash would read another line: a quote or a document is open, or the line ends with a backslash.
fn goes_on(command: &str) -> bool {
    if let Some((_, document)) = command.split_once("<<'") {
        let (end, lines) = document.split_once('\n').unwrap_or((document, ""));
        return !lines.lines().any(|line| line == end.trim_end_matches('\''));
    }
    let open = command.chars().fold(None, |quote: Option<char>, c| match quote {
        Some(open) if open == c => None,
        None if matches!(c, '\'' | '"') => Some(c),
        quote => quote,
    });
    open.is_some() || command.ends_with('\\')
}

/// A session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The page's.
    pub file: PathBuf,
    /// Its mark.
    head: String,
    pub name: String,
    /// Begins with what the demo leaves.
    pub demo: bool,
    /// Has no server.
    pub stopped: bool,
    /// What stands between the marks.
    pub text: String,
}

impl Session {
    /// The same text with what its commands print now. `run` runs one and says what it printed, and whether it succeeded.
    pub fn seen(&self, mut run: impl FnMut(&str) -> (String, bool)) -> String {
        let mut seen = String::new();
        let mut copied = 0;
        for block in blocks(&self.text).into_iter().filter(|block| block.info.starts_with("console")) {
            seen += &self.text[copied..block.at.start];
            let commands = block.commands();
            assert!(!commands.is_empty(), "{}: a block has no command", self.name);
            for (at, command) in commands.iter().enumerate() {
                let (mut output, succeeded) = run(command);
                let fails = block.info == "console fails" && at + 1 == commands.len();
                assert_eq!(succeeded, !fails, "{}, {}: {command}\n{output}", self.file.display(), self.name);
                if !output.is_empty() && !output.ends_with('\n') {
                    output.push('\n');
                }
                seen.extend(["$ ", command, "\n", &output]);
            }
            copied = block.at.end;
        }
        seen + &self.text[copied..]
    }

    /// Writes another text between the marks.
    pub fn write(&self, text: &str) {
        replace(&self.file, &format!("<!-- run {} -->\n", self.head), "<!-- /run -->", text);
    }
}

/// Writes another text between two marks of a page. Tests of other sessions may write to it at the same time.
pub fn replace(file: &Path, start: &str, end: &str, text: &str) {
    static PAGES: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let one_at_a_time = PAGES.lock().unwrap();
    let page = Page::read(file);
    let (before, rest) = page.text.split_once(start).expect("the page has the mark");
    let (_, after) = rest.split_once(end).expect("the page has the end mark");
    std::fs::write(root().join(file), format!("{before}{start}{text}{end}{after}")).unwrap();
    drop(one_at_a_time);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn commands_are_read_to_their_end() {
    let page = "x\n```console fails\n$ a 'b\nc' \\\n  d\nout\n$ cat <<'END'\n$ e\nEND\n$ f\n```\n```sh\ng    # why\n\n# h\n```\n";
    let found = blocks(page);
    assert_eq!(found.iter().map(|block| block.info).collect::<Vec<_>>(), ["console fails", "sh"]);
    assert_eq!(found[0].commands(), ["a 'b\nc' \\\n  d", "cat <<'END'\n$ e\nEND", "f"]);
    assert_eq!(found[1].lines(), ["g"]);
}

#[test]
fn a_session_shows_what_its_commands_print_now() {
    let text = "\nWhy:\n\n```console\n$ a\nold\n$ b\n```\n\n```console fails\n$ c\n```\n\n";
    let file = PathBuf::from("x.md");
    let session = Session { file, head: "x".into(), name: "x".into(), demo: false, stopped: false, text: text.into() };
    let seen = session.seen(|command| (format!("{command}!"), command != "c"));
    assert_eq!(seen, "\nWhy:\n\n```console\n$ a\na!\n$ b\nb!\n```\n\n```console fails\n$ c\nc!\n```\n\n");
}
