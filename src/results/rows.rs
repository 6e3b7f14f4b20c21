//! Rows of a CSV file, whatever program wrote it: commas, semicolons or tabs separate the cells, and lines may stand
//! above the one that names the columns.
//!
//! Where cells may hold line breaks, a stray quote still costs its own line only: lines are joined only when all their
//! quotes stand where quotes can, and there are as many cells as columns.

use super::Problem;

/// What separates cells.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Lines among which the one that names the columns is looked for: reports begin with a few lines about themselves.
const HEAD_LINES_MAX: usize = 20;

/// A row of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Number of its first line, from 1.
    pub(super) line: usize,
    /// Its cells, without spaces around them.
    pub(super) cells: Vec<String>,
}

/// The rows of a file, one after the other. Rows of empty cells, as spreadsheets leave them, are passed over.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    rest: &'a [u8],
    line: usize,
    delimiter: u8,
    /// Lines that one row can have.
    lines_max: usize,
    /// Number of columns; `None` before it is known.
    width: Option<usize>,
}

/// The columns of a file, and the rows below.
#[derive(Debug)]
pub(super) struct Table<'a> {
    /// Number of the line that names the columns.
    pub(super) line: usize,
    /// The names, as they stand there.
    pub(super) names: Vec<String>,
    /// True when semicolons separate the cells.
    pub(super) has_semicolons: bool,
    pub(super) rows: Rows<'a>,
}

/// Finds the line that names the columns; `None` when there is none. A row below can have up to `lines_max` lines.
pub(super) fn table(content: &[u8], lines_max: usize, is_head: impl Fn(&[String]) -> bool) -> Option<Table<'_>> {
    DELIMITERS.iter().find_map(|&delimiter| {
        let mut rows = Rows { rest: content, line: 1, delimiter, lines_max, width: None };
        let head = rows.by_ref().take(HEAD_LINES_MAX).flatten().find(|row| is_head(&row.cells))?;
        rows.width = Some(head.cells.len());
        Some(Table { line: head.line, names: head.cells, has_semicolons: delimiter == b';', rows })
    })
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let line = self.line;
            let row = self.cut_row();
            match row {
                Ok(cells) if cells.iter().all(String::is_empty) => {}
                Ok(cells) => return Some(Ok(Row { line, cells })),
                Err(problem) => return Some(Err(Problem { place: format!("line {line}"), problem })),
            }
        }
        None
    }
}

impl Rows<'_> {
    /// Takes a row off the rest: its cells, or what is wrong with its first line.
    fn cut_row(&mut self) -> Result<Vec<String>, String> {
        let (mut bytes, mut state) = (0, State::Start);
        for lines in 1..=self.lines_max {
            let line = first_line(&self.rest[bytes..]);
            bytes += line.len();
            let read = line.iter().try_fold(state, |state, &byte| state.after(byte, self.delimiter));
            match read {
                _ if line.is_empty() => break,
                Some(State::Quoted) if self.width.is_some() => state = State::Quoted,
                // A quote at an odd place of one line is taken as it is; lines that have one are not one row.
                None if lines > 1 => break,
                _ => {
                    let cells = cells(&self.rest[..bytes], self.delimiter);
                    let is_whole = self.width.is_none_or(|width| width == cells.len());
                    if lines > 1 && !is_whole {
                        break;
                    }
                    self.skip(bytes, lines);
                    let is_empty = cells.iter().all(String::is_empty);
                    return if is_whole || is_empty { Ok(cells) } else { Err(self.odd(&cells)) };
                }
            }
        }
        self.skip(first_line(self.rest).len(), 1);
        Err("opens a quote that is not closed".to_owned())
    }

    fn skip(&mut self, bytes: usize, lines: usize) {
        (self.rest, self.line) = (&self.rest[bytes..], self.line + lines);
    }

    fn odd(&self, cells: &[String]) -> String {
        let width = self.width.unwrap_or_default();
        format!("has another number of cells ({}) than there are columns ({width})", cells.len())
    }
}

/// Where in a row a byte stands.
#[derive(Clone, Copy)]
enum State {
    /// At the start of a cell.
    Start,
    /// In a cell without quotes.
    Bare,
    /// In a cell with quotes.
    Quoted,
    /// Behind a quote that closes a cell, or is the first of two that are one.
    Closed,
}

impl State {
    /// Returns the state behind a byte; `None` when a quote stands where none can (RFC 4180, section 2).
    fn after(self, byte: u8, delimiter: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Bare, b'"') => None,
            (Self::Quoted, b'"') | (Self::Closed, b'\r' | b'\n') => Some(Self::Closed),
            (Self::Start | Self::Closed, b'"') | (Self::Quoted, _) => Some(Self::Quoted),
            (_, byte) if byte == delimiter => Some(Self::Start),
            (Self::Closed, _) => None,
            (Self::Start | Self::Bare, _) => Some(Self::Bare),
        }
    }
}

/// Returns the first line with its end.
fn first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1);
    &bytes[..end]
}

/// Takes a row apart. A quote at an odd place is taken as it is. What is not UTF-8 becomes replacement characters: it
/// spoils its own cell only.
fn cells(row: &[u8], delimiter: u8) -> Vec<String> {
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
    let (mut cells, mut cell, mut state) = (Vec::new(), Vec::new(), State::Start);
    for &byte in row {
        let next = state.after(byte, delimiter);
        match (state, next) {
            (_, Some(State::Start)) => {
                cells.push(text(&cell));
                cell.clear();
            }
            // A quote that opens or closes a cell.
            (State::Start, Some(State::Quoted)) | (_, Some(State::Closed)) => {}
            _ => cell.push(byte),
        }
        state = next.unwrap_or(State::Bare);
    }
    cells.push(text(&cell));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file, and returns its rows, or what is wrong with them, as text.
    fn read(content: &[u8]) -> Vec<String> {
        let table = table(content, 9, |names| names.iter().any(|name| name == "id")).expect("a head");
        let told = |row: Result<Row, Problem>| match row {
            Ok(row) => format!("{} {}", row.line, row.cells.join("|")),
            Err(problem) => format!("{}: {}", problem.place, problem.problem),
        };
        table.rows.map(told).collect()
    }

    #[test]
    fn rows_are_read_whatever_separates_their_cells() {
        assert_eq!(read(b"id,name\r\n1,ada\r\n,\r\n\r\n 2 ,\"b,\"\"e\"\"n\"\n"), ["2 1|ada", "5 2|b,\"e\"n"]);
        assert_eq!(read(b"name;id\nada;1,5"), ["2 ada|1,5"]);
        assert_eq!(read(b"id,name\n5\" pipe,\"\"\n2,\"b\"c\"\n"), ["2 5\" pipe|", "3 2|bc\""]);
        assert_eq!(read(b"id\tname\n1\tada, b\n"), ["2 1|ada, b"]);
    }

    #[test]
    fn lines_above_the_columns_are_passed_over() {
        assert_eq!(read(b"\"Payouts report\"\nof,2026,\"x\"\n\nid,name\n1,ada\n"), ["5 1|ada"]);
        let late = [b"x\n".repeat(HEAD_LINES_MAX), b"id,name\n".to_vec()].concat();
        assert!(table(&late, 9, |names| names.iter().any(|name| name == "id")).is_none());
    }

    #[test]
    fn a_cell_may_hold_line_breaks() {
        assert_eq!(read(b"id,note,at\n1,\"two\nlines\",x\n2,b,y\n"), ["2 1|two\nlines|x", "4 2|b|y"]);
    }

    #[test]
    fn a_stray_quote_costs_its_own_line_only() {
        let told = "opens a quote that is not closed";
        assert_eq!(
            read(b"id,note\n1,\"stray\n2,b\n3,\"c\"\n4,\"stray\n5,e\n"),
            [&*format!("line 2: {told}"), "3 2|b", "4 3|c", &*format!("line 5: {told}"), "6 5|e"]
        );
        assert_eq!(
            read(b"id,note,at\n1,x,\"stray\n2,\",b\n3,c,d\n"),
            [&*format!("line 2: {told}"), &*format!("line 3: {told}"), "4 3|c|d"]
        );
        let one = table(b"id,note\n1,\"two\nlines\"\n2,b\n", 1, |names| names.len() == 2).expect("a head");
        let lines: Vec<Option<usize>> = one.rows.map(|row| row.ok().map(|row| row.line)).collect();
        assert_eq!(lines, [None, None, Some(4)]);
    }

    #[test]
    fn a_row_of_another_width_is_told() {
        let told = |line: usize, cells: usize| {
            format!("line {line}: has another number of cells ({cells}) than there are columns (2)")
        };
        assert_eq!(read(b"id,note\n1,2,3\n4,5\n6\n"), [told(2, 3), "3 4|5".to_owned(), told(4, 1)]);
    }

    #[test]
    fn what_is_not_utf_8_spoils_its_own_cell_only() {
        assert_eq!(read(b"id,name\n1,M\xfcller\n2,\"\xfc\"\n"), ["2 1|M\u{fffd}ller", "3 2|\u{fffd}"]);
    }
}
