//! Files of CSV that people fill in for finance, and those that are written for them.
//!
//! No cell of these files holds a line break. So each line is read by itself: a stray quote costs its own line only,
//! and every fault is told with the line that an editor shows.

pub(super) use goodturn::export::table::guarded;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, anyhow};

use super::rules::file::meant;
use super::text::{count, counted, counted_as};

/// Most faults of a file, and most refusals of a server, that are listed: what a person reads before mending the first.
/// The others are counted.
pub(super) const LISTED_MAX: usize = 50;

/// The mark of UTF-8 with which some programs begin a file.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The columns that a file may have, by the names in its first line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

/// A row of a file.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// Number of its line, from 1.
    pub(super) line: usize,
    cells: &'a [String],
    /// The place of each column, the required ones first; `None` for those that the file does not have.
    places: &'a [Option<usize>],
}

impl Row<'_> {
    /// Returns the cell of a column, by its number among the required and then the optional ones; `None` where the file
    /// has no such column.
    pub(super) fn cell(&self, column: usize) -> Option<&str> {
        let place = (*self.places.get(column)?)?;
        self.cells.get(place).map(String::as_str)
    }

    /// Returns the cell of a required column.
    pub(super) fn text(&self, column: usize) -> &str {
        self.cell(column).unwrap_or_default()
    }
}

/// Faults of a file, each with its line; without one where it is a fault of the whole file.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<(Option<usize>, String)>,
    /// Number of faults of which nothing but the number is known.
    others: i64,
}

impl Faults {
    /// Notes a fault of a line.
    pub(super) fn note(&mut self, line: usize, told: impl Into<String>) {
        self.found.push((Some(line), told.into()));
    }

    /// Notes a fault of the whole file.
    pub(super) fn note_whole(&mut self, told: impl Into<String>) {
        self.found.push((None, told.into()));
    }

    /// Counts faults that nobody tells.
    pub(super) fn note_others(&mut self, number: i64) {
        self.others = self.others.saturating_add(number);
    }

    /// True when there are as many as are listed: more of them are only counted.
    pub(super) fn are_listed_enough(&self) -> bool {
        self.found.len() >= LISTED_MAX
    }

    /// Refuses a file that has faults.
    ///
    /// # Errors
    /// Lists them in the order of the file, as `list.csv:7: weight is "0"; give a whole number above 0`.
    pub(super) fn refuse(mut self, path: &Path, what: &str) -> anyhow::Result<()> {
        if self.found.is_empty() && self.others == 0 {
            return Ok(());
        }
        self.found.sort_by_key(|(line, _)| *line);
        let path = path.display();
        let mut told: Vec<String> = Vec::new();
        for (line, fault) in self.found.iter().take(LISTED_MAX) {
            told.push(match line {
                Some(line) => format!("  {path}:{line}: {fault}"),
                None => format!("  {path}: {fault}"),
            });
        }
        let more = count(self.found.len().saturating_sub(LISTED_MAX)).saturating_add(self.others);
        if more > 0 {
            told.push(format!("  and {}", counted_as(more, "fault more", "faults more")));
        }
        Err(anyhow!("{path} {what}:\n{}", told.join("\n")))
    }
}

/// Reads the bytes of a file.
///
/// # Errors
/// It cannot be read.
pub(super) fn content(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Reads the rows of a file, one after the other. What is wrong with the first line or with the form of a row is noted;
/// a row of empty cells, as a spreadsheet leaves one, is passed over.
pub(super) fn read(content: &[u8], columns: Columns, faults: &mut Faults, mut each: impl FnMut(&Row<'_>, &mut Faults)) {
    let content = content.strip_prefix(MARK).unwrap_or(content);
    let mut lines = content.split(|&byte| byte == b'\n').enumerate().map(|(at, bytes)| (at + 1, cells(bytes)));
    let Some((_, head)) = lines.next() else { return };
    let Some((places, width)) = head_of(head, columns, faults) else { return };
    let mut has_rows = false;
    for (line, cells) in lines {
        match cells {
            Ok(cells) if cells.iter().all(String::is_empty) => continue,
            Ok(cells) if cells.len() != width => {
                let cells = counted(count(cells.len()), "cell");
                faults.note(line, format!("has {cells}, and the first line names {width} columns"));
            }
            Ok(cells) => each(&Row { line, cells: &cells, places: &places }, faults),
            Err(fault) => faults.note(line, fault),
        }
        has_rows = true;
    }
    if !has_rows {
        faults.note_whole("has no rows below its first line");
    }
}

/// Finds the columns that are asked for, and counts those of the file. `None` when a fault was noted.
fn head_of(
    head: Result<Vec<String>, String>,
    columns: Columns,
    faults: &mut Faults,
) -> Option<(Vec<Option<usize>>, usize)> {
    let names = match head {
        Ok(names) => names,
        Err(fault) => {
            faults.note(1, fault);
            return None;
        }
    };
    if names.iter().all(String::is_empty) {
        faults.note_whole(format!("is empty, or its first line is; it names the columns, as {}", required(columns)));
        return None;
    }
    let known: Vec<&str> = columns.required.iter().chain(columns.optional).copied().collect();
    let mut wrong = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            wrong.push(format!("column {name:?} is unknown{}; known are {}", meant(name, &known), known.join(", ")));
        } else if names.iter().take(at).any(|before| before == name) {
            wrong.push(format!("column {name} stands there twice"));
        }
    }
    let places: Vec<Option<usize>> = known.iter().map(|column| names.iter().position(|name| name == column)).collect();
    let missing = |(column, place): (&&str, &Option<usize>)| {
        let problem = format!("has no column {column}; the first line names the columns, as {}", required(columns));
        place.is_none().then_some(problem)
    };
    wrong.extend(columns.required.iter().zip(&places).filter_map(missing));
    let is_right = wrong.is_empty();
    for fault in wrong {
        faults.note(1, fault);
    }
    is_right.then_some((places, names.len()))
}

fn required(columns: Columns) -> String {
    columns.required.join(",")
}

/// Takes a line apart.
///
/// # Errors
/// Says what is wrong with its form.
fn cells(line: &[u8]) -> Result<Vec<String>, String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8; save the file as UTF-8".to_owned())?;
    let quotes = text.bytes().filter(|&byte| byte == b'"').count();
    if quotes == 0 {
        return Ok(text.split(',').map(str::to_owned).collect());
    }
    if !quotes.is_multiple_of(2) {
        return Err("opens a quote that is not closed on its line".to_owned());
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let record = reader.records().next().transpose().map_err(|error| format!("is no CSV: {error}"))?;
    Ok(record.iter().flatten().map(str::to_owned).collect())
}

/// Returns an id without the apostrophe that keeps a spreadsheet from running it as a formula. No id has one.
pub(super) fn unguarded(id: &str) -> &str {
    id.strip_prefix('\'').unwrap_or(id)
}

/// Writes a file for its owner alone: it has members' money in it, or where that goes. At no moment is there half a file.
///
/// # Errors
/// It cannot be written.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let own = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial);
    let written = own.and_then(|mut file| {
        file.write_all(content)?;
        file.sync_data()?;
        std::fs::rename(&partial, path)
    });
    written.with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["member", "choice"], optional: &["id"] };

    /// Reads a file, and returns its rows as text, or its faults.
    fn read_all(file: &[u8]) -> Result<Vec<String>, Vec<String>> {
        let (mut rows, mut faults) = (Vec::new(), Faults::default());
        read(file, COLUMNS, &mut faults, |row, _| {
            rows.push(format!("{} {}|{}|{:?}", row.line, row.text(0), row.text(1), row.cell(2)));
        });
        match faults.refuse(Path::new("f.csv"), "is refused") {
            Ok(()) => Ok(rows),
            Err(error) => Err(error.to_string().lines().map(str::to_owned).collect()),
        }
    }

    #[test]
    fn rows_are_read_with_their_lines_whatever_a_program_wrote_around_them() {
        let plain = read_all(b"member,choice\nada,cash\n\nben,credit").expect("rows");
        assert_eq!(plain, ["2 ada|cash|None", "4 ben|credit|None"]);
        let odd =
            read_all(b"\xef\xbb\xbfid,choice,member\r\n\"i,1\",\"say \"\"cash\"\"\",ada\r\n,,\r\n").expect("rows");
        assert_eq!(odd, ["2 ada|say \"cash\"|Some(\"i,1\")"]);
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let told = read_all(b"member,choice\nada\n\"ben,cash\ncem,credit\n\xff,cash\nd,e,f\n").expect_err("faults");
        let expected = [
            "f.csv is refused:",
            "  f.csv:2: has 1 cell, and the first line names 2 columns",
            "  f.csv:3: opens a quote that is not closed on its line",
            "  f.csv:5: is not UTF-8; save the file as UTF-8",
            "  f.csv:6: has 3 cells, and the first line names 2 columns",
        ];
        assert_eq!(told, expected);
        let head = read_all(b"member,member,choise\nada,cash\n").expect_err("faults");
        let expected = [
            "f.csv is refused:",
            "  f.csv:1: column member stands there twice",
            "  f.csv:1: column \"choise\" is unknown (is choice meant?); known are member, choice, id",
            "  f.csv:1: has no column choice; the first line names the columns, as member,choice",
        ];
        assert_eq!(head, expected);
        assert_eq!(read_all(b"member,choice\n\n").expect_err("none")[1], "  f.csv: has no rows below its first line");
        assert!(read_all(b"").expect_err("none")[1].starts_with("  f.csv: is empty, or its first line is; "));
    }

    #[test]
    fn fifty_faults_are_listed_and_the_others_counted() {
        let mut faults = Faults::default();
        for line in (1..=60).rev() {
            faults.note(line, "is wrong");
        }
        assert!(faults.are_listed_enough());
        faults.note_others(1_000);
        let told = faults.refuse(Path::new("f.csv"), "is refused").expect_err("faults").to_string();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!((lines.len(), lines[1], lines[51]), (52, "  f.csv:1: is wrong", "  and 1,010 faults more"));
        assert!(Faults::default().refuse(Path::new("f.csv"), "is refused").is_ok());
    }

    #[test]
    fn what_looks_like_a_formula_is_guarded_and_read_back() {
        for id in ["=1+1", "+a", "-b", "@c", "ada"] {
            assert_eq!(unguarded(&guarded(id)), id);
        }
        assert_eq!(guarded("=1+1"), "'=1+1");
    }
}
