//! What the sources start, read from the sources: `scripts/programs` lists each program, and `scripts/test` installs it.

use std::collections::BTreeSet;

use crate::support::pages::{blocks, sessions};
use crate::support::programs::{LIST, found, missing};
use crate::support::sources::{files_below, root};

/// Calls whose first argument names a program, or is a script that names some.
const STARTERS: [&str; 6] = ["Command::new(", "program(", "binary(", "file_of(", ".command(", "Script("];

/// What stands for a name in calls of the first: the project's binary, that of the tests, and what another starter named.
const NAMED_ELSEWHERE: [&str; 8] = [
    "std::env::current_exe()",
    "GOODTURN)",
    "BENCH)",
    "binary(",
    "crate::support::process::GOODTURN)",
    "&self.0)",
    "path)",
    "self.programs.join(program)",
];

/// Words of bash after which a command begins.
const BEFORE_A_COMMAND: &str = "do elif else exec if then until while !";

/// Words of bash that are commands themselves.
const BUILT_IN: &str = "[[ case done echo esac exit export fi for read shift trap ulimit wait";

/// What builds of other projects' sources start: `scripts/test` builds libFuzzer.
const STARTED_BY_BUILDS: [&str; 1] = ["c++"];

/// What checkers start that are no Rust: those of `tests/books`, `tests/monitoring` and `tests/packaging`.
const STARTED_BY_CHECKERS: [&str; 7] =
    ["hledger", "java", "libreoffice", "pdftotext", "prometheus", "promtool", "systemd-analyze"];

/// Everything the sources start.
fn started() -> BTreeSet<String> {
    let folders = ["src", "crates", "tests/suite"].into_iter().filter(|folder| root().join(folder).is_dir());
    let mut all: BTreeSet<String> =
        STARTED_BY_BUILDS.into_iter().chain(STARTED_BY_CHECKERS).map(str::to_owned).collect();
    for (path, text) in folders.flat_map(|folder| files_below(folder, "rs")) {
        if path.ends_with("house/programs.rs") {
            continue;
        }
        match started_by(&text) {
            Ok(programs) => all.extend(programs),
            Err(call) => panic!("{}: nobody can read which program this starts: {call}", path.display()),
        }
    }
    // What the book's sessions show is started, too.
    for session in sessions() {
        let shown = blocks(&session.text).into_iter().filter(|block| block.info.starts_with("console"));
        all.extend(shown.flat_map(|block| block.commands()).flat_map(|command| commands(&command)));
    }
    all
}

/// Programs a source starts, or the first call of which nobody can tell.
fn started_by(source: &str) -> Result<BTreeSet<String>, String> {
    let mut programs = BTreeSet::new();
    for starter in STARTERS {
        for (at, _) in source.match_indices(starter) {
            // A method `program(` is the API's; `system_program(` names one as `program(` does.
            if starter.starts_with(char::is_lowercase) && source[..at].ends_with('.') {
                continue;
            }
            let argument = source[at + starter.len()..].trim_start();
            match literal(argument) {
                Some(script) if starter == "Script(" => programs.extend(commands(&script)),
                Some(program) => _ = programs.insert(program),
                None if starter == "Script(" && argument.starts_with("pub &'static str") => {}
                None if starter != "Command::new(" && starter != "Script(" => {}
                None if NAMED_ELSEWHERE.iter().any(|known| argument.starts_with(known)) => {}
                None => return Err(format!("{starter}{}", argument.lines().next().unwrap_or_default())),
            }
        }
    }
    Ok(programs)
}

/// The text of the literal that a source begins with.
fn literal(source: &str) -> Option<String> {
    if let Some(raw) = source.strip_prefix("r#\"") {
        return raw.split_once("\"#").map(|(text, _)| text.to_owned());
    }
    let mut text = String::new();
    let mut rest = source.strip_prefix('"')?.chars();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\\' => text.push(rest.next().map(|c| if c == 'n' { '\n' } else { c })?),
            other => text.push(other),
        }
    }
}

/// Programs a script for bash starts: the first words of its commands, but for words of bash, variables, and the project's own.
fn commands(script: &str) -> BTreeSet<String> {
    let mut reader = Reader::default();
    let mut lines = script.lines();
    while let Some(line) = lines.next() {
        let (command, document) = line.split_once("<<").map_or((line, None), |(line, end)| (line, Some(end)));
        reader.read(command);
        if let Some(end) = document {
            let ended = lines.any(|line| line == end.trim_matches('\''));
            assert!(ended, "the document of {line} has no end");
        }
    }
    reader.found
}

/// Reads a script, a line at a time.
#[derive(Default)]
struct Reader {
    found: BTreeSet<String>,
    /// The word that is being read, with `"` for what is quoted in it.
    word: String,
    quote: Option<char>,
    /// Words of this command so far.
    words: u32,
    /// What this command may have started: a pattern of `case` looks like one until its parenthesis.
    last: Option<String>,
    /// Substitutions of commands that are open.
    open: u32,
    /// A command goes on in the next line.
    goes_on: bool,
}

impl Reader {
    fn read(&mut self, line: &str) {
        let mut rest = line.chars().peekable();
        self.goes_on = false;
        while let Some(c) = rest.next() {
            match (self.quote, c) {
                (Some(quote), c) if c == quote => self.quote = None,
                (Some('"') | None, '\\') => self.goes_on = rest.next().is_none(),
                (Some(_), _) => {}
                (None, '\'' | '"') => {
                    self.quote = Some(c);
                    self.word.push('"');
                }
                (None, '#') if self.word.is_empty() => return self.end_command(),
                (None, '>') => {
                    // Where to it is redirected is no word of the command.
                    self.word.clear();
                    while rest.next_if(|c| matches!(c, '>' | '&' | ' ')).is_some() {}
                    while rest.next_if(|c| !c.is_whitespace() && *c != ';').is_some() {}
                }
                (None, '(') if self.word.ends_with('$') => {
                    self.open += 1;
                    self.word.clear();
                    self.end_command();
                }
                (None, ')') if self.open == 0 => {
                    self.word.clear();
                    self.last = None;
                    self.words = 0;
                }
                (None, ')') => {
                    self.open -= 1;
                    self.end_command();
                    self.words = 1;
                }
                (None, ';' | '|' | '&') => self.end_command(),
                (None, c) if c.is_whitespace() => self.end_word(),
                (None, c) => self.word.push(c),
            }
        }
        if self.quote.is_none() && !self.goes_on {
            self.end_command();
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.found.extend(self.last.take());
        self.words = 0;
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        let one_of = |words: &str| words.split(' ').any(|one| one == word);
        if word.is_empty() || self.words == 0 && (one_of(BEFORE_A_COMMAND) || word.contains('=')) {
            return;
        }
        self.words += 1;
        let own = word == "goodturn" || word.starts_with("target/release/");
        if self.words == 1 && !own && !word.starts_with(['$', '"']) && !one_of(BUILT_IN) {
            self.last = Some(word);
        }
    }
}

#[test]
fn every_program_that_is_started_is_listed_and_none_else() {
    let listed: BTreeSet<String> = LIST.iter().map(|listed| listed.program.to_owned()).collect();
    assert_eq!(listed.len(), LIST.len(), "a program is listed twice");
    let started = started();
    let unlisted: Vec<_> = started.difference(&listed).collect();
    assert!(unlisted.is_empty(), "started, but not in scripts/programs: {unlisted:?}");
    let unused: Vec<_> = listed.difference(&started).collect();
    assert!(unused.is_empty(), "in scripts/programs, but started by nobody: {unused:?}");
    assert!(LIST.iter().all(|listed| !listed.why.is_empty()));
}

#[test]
fn every_program_that_is_listed_is_on_this_machine() {
    let missing: Vec<String> =
        LIST.iter().map(|listed| listed.program).filter(|name| found(name).is_none()).map(missing).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Faults that are planted are found.
#[test]
fn a_program_is_seen_however_it_is_started() {
    let one = |name: &str| Ok(BTreeSet::from([name.to_owned()]));
    assert_eq!(started_by(r#"Command::new("nc")"#), one("nc"));
    assert_eq!(started_by("tokio::process::Command::new(\n    \"nc\",\n)"), one("nc"));
    assert_eq!(started_by(r#"system_program(binary("nc"))"#), one("nc"));
    assert_eq!(started_by(r#"cluster.command("nc")"#), one("nc"));
    assert_eq!(started_by("const KEEPER: Script = Script(\n    r#\"\nread -r _\nnc \"$1\"\n\"#,\n);"), one("nc"));
    assert_eq!(started_by(r#"violations.program("parent", x)"#), Ok(BTreeSet::new()));
    assert_eq!(started_by("Command::new(GOODTURN)"), Ok(BTreeSet::new()));
    assert_eq!(started_by("Command::new(tool)"), Err("Command::new(tool)".to_owned()));
    assert_eq!(started_by("Script(text)"), Err("Script(text)".to_owned()));
}

#[test]
fn every_command_of_a_script_is_seen() {
    let script = r#"
a=$1 # not this
exec 2>/dev/null
b --c "d; e" >>"$f/log" 2>&1 & pid=$!
"$@" </dev/null | g -h 'i | j' \
  k && l $(m n) o
case $p in
  start) q; echo r ;;
  wait) wait "$pid"; pid= ;;
esac
if [[ -n $pid ]]; then s; else t || u; fi
while read -r word; do v; done
cat > w <<'END'
x y
END
export A=b
goodturn z | head -n 2
"#;
    let seen: Vec<String> = commands(script).into_iter().collect();
    assert_eq!(seen, ["b", "cat", "g", "head", "l", "m", "q", "s", "t", "u", "v"]);
}
