//! Documents as plain text.

use super::pdf::{Block, Document, Level, Table};

/// Columns of a page of text: what a terminal shows, and what fits on paper.
const WIDTH: usize = 100;

/// Widest column of words in a table. Longer cells go over several lines.
const CELL_MAX: usize = 40;

/// Returns a document as text of at most 100 columns, where no single word is longer.
#[must_use]
pub fn text_of(document: &Document) -> String {
    let mut text = format!("{}\n{}\n", document.title, "=".repeat(width_of(&document.title)));
    for block in &document.blocks {
        text.push('\n');
        match block {
            Block::Heading { level, text: words } => {
                let line = if *level == Level::One { "-" } else { "." };
                text += &format!("{words}\n{}\n", line.repeat(width_of(words)));
            }
            Block::Paragraph(words) => wrapped(words, WIDTH).iter().for_each(|line| text += &format!("{line}\n")),
            Block::Facts(facts) => text += &facts_as_text(facts),
            Block::Table(table) => text += &table_as_text(table),
        }
    }
    text
}

fn facts_as_text(facts: &[(String, String)]) -> String {
    let label_width = facts.iter().map(|(label, _)| width_of(label)).max().unwrap_or(0);
    let mut text = String::new();
    for (label, value) in facts {
        for (index, line) in wrapped(value, WIDTH.saturating_sub(label_width + 2)).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            text += format!("{}  {line}", padded(label, label_width, false)).trim_end();
            text.push('\n');
        }
    }
    text
}

fn table_as_text(table: &Table) -> String {
    let titles: Vec<String> = table.columns.iter().map(|column| column.title.clone()).collect();
    let all = || std::iter::once(&titles).chain(&table.rows).chain(&table.total);
    let width = |index: usize| {
        let cells = all().filter_map(|row| row.get(index)).map(|cell| width_of(cell)).max().unwrap_or(0);
        let is_number = table.columns.get(index).is_some_and(|column| column.is_number);
        if is_number { cells } else { cells.min(CELL_MAX) }
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let rule = format!("{}\n", widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>().join("  "));
    let mut text = row_as_text(table, &titles, &widths) + &rule;
    for row in &table.rows {
        text += &row_as_text(table, row, &widths);
    }
    if let Some(total) = &table.total {
        text += &rule;
        text += &row_as_text(table, total, &widths);
    }
    text
}

fn row_as_text(table: &Table, row: &[String], widths: &[usize]) -> String {
    let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| wrapped(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let mut text = String::new();
    for at in 0..height {
        let line: Vec<String> = cells
            .iter()
            .zip(widths)
            .zip(&table.columns)
            .map(|((lines, width), column)| padded(lines.get(at).map_or("", String::as_str), *width, column.is_number))
            .collect();
        text += line.join("  ").trim_end();
        text.push('\n');
    }
    text
}

/// Breaks text between words, and within a word that is too long. Empty text is one empty line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        let last = lines.last_mut().expect("there is a line");
        let free = width.saturating_sub(width_of(last) + usize::from(!last.is_empty()));
        if word.len() <= free {
            if !last.is_empty() {
                last.push(' ');
            }
            last.extend(word);
            continue;
        }
        while word.len() > width {
            let rest = word.split_off(width);
            push(&mut lines, word);
            word = rest;
        }
        push(&mut lines, word);
    }
    lines
}

fn push(lines: &mut Vec<String>, word: Vec<char>) {
    let word: String = word.into_iter().collect();
    match lines.last_mut() {
        Some(last) if last.is_empty() => *last = word,
        _ => lines.push(word),
    }
}

fn padded(text: &str, width: usize, to_the_right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(width_of(text)));
    if to_the_right { space + text } else { text.to_owned() + &space }
}

fn width_of(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::time::Micros;
    use crate::export::pdf::Column;

    #[test]
    fn a_page_of_text_has_its_columns_below_each_other() {
        let column = |title: &str, is_number| Column { title: title.into(), is_number };
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table = Table {
            columns: vec![column("What", false), column("Points", true)],
            rows: vec![
                row(["Earned", "1,200"]),
                row(["Taken back, for reasons that take more than forty characters", "-7"]),
            ],
            total: Some(row(["After", "1,193"])),
        };
        let document = Document {
            title: "Close".into(),
            created: Micros::EPOCH,
            id: String::new(),
            footer: String::new(),
            blocks: vec![
                Block::Heading { level: Level::One, text: "Points".into() },
                Block::Facts(vec![("Month".into(), "2026-10".into()), ("By".into(), String::new())]),
                Block::Table(table),
            ],
        };
        let expected = "\
Close
=====

Points
------

Month  2026-10
By

What                                      Points
----------------------------------------  ------
Earned                                     1,200
Taken back, for reasons that take more        -7
than forty characters
----------------------------------------  ------
After                                      1,193
";
        assert_eq!(text_of(&document), expected);
    }

    #[test]
    fn long_words_are_broken_and_nothing_is_lost() {
        let long = "x".repeat(25);
        assert_eq!(wrapped(&format!("a {long} b"), 10), ["a", "xxxxxxxxxx", "xxxxxxxxxx", "xxxxx b"]);
        assert_eq!(wrapped("", 10), [""]);
    }
}
