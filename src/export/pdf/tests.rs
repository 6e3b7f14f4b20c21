use std::ops::RangeInclusive;

use super::layout::{Page, Part, Sheets, Text, arrange};
use super::style::{BODY, BOTTOM, CELL, LEFT, RIGHT, TOP, Weight};
use super::text::Typesetter;
use super::wrap::{Reading, wrap};
use super::*;

/// 3 June 2018, noon in UTC, in seconds.
const CREATED: i64 = 1_528_027_200;

/// Names as members write them, in every script that a vendored font is for.
const NAMES: [&str; 16] = [
    "Łódź",
    "José",
    "Zoë",
    "Ğülşen",
    "Ελένη Παπαδοπούλου",
    "Ёжиков Юрий",
    "北京",
    "日本語 カタカナ",
    "한국",
    "עברית",
    "العربية",
    "علی\u{200c}رضا",
    "दीपिका",
    "สมชาย",
    "Հայկ",
    "ქართული",
];

fn document(blocks: Vec<Block>) -> Document {
    Document {
        title: "Statement".to_owned(),
        created: Micros::new(CREATED * 1_000_000).expect("a time"),
        id: "1".to_owned(),
        footer: "Foot".to_owned(),
        blocks,
    }
}

fn table(rows: Vec<Vec<String>>, total: Option<Vec<String>>) -> Block {
    let columns = [("Member", false), ("Points", true)];
    let columns = columns.map(|(title, is_number)| Column { title: title.to_owned(), is_number }).to_vec();
    Block::Table(Table { columns, rows, total })
}

fn rows(numbers: RangeInclusive<usize>) -> Vec<Vec<String>> {
    numbers.map(|number| vec![format!("member {number}"), number.to_string()]).collect()
}

fn sheets(blocks: Vec<Block>) -> Sheets {
    arrange(&Typesetter::new(), &document(blocks)).expect("a document")
}

/// Returns the words of a page's lines, without its foot.
fn words(page: &Page) -> Vec<&str> {
    let is_told = |text: &&Text| text.part != Part::Footer;
    page.texts.iter().filter(is_told).map(|text| text.line.text.trim()).collect()
}

/// Returns what a text says once it is drawn, and which fonts drew it.
fn drawn(setter: &Typesetter, text: &str, weight: Weight) -> (String, Vec<Vec<u32>>) {
    let runs = setter.runs(text, weight, text::reads_rtl(text));
    let glyphs = runs.iter().map(|run| run.glyphs.iter().map(|glyph| glyph.glyph_id.to_u32()).collect());
    (runs.iter().map(|run| run.text.as_str()).collect(), glyphs.collect())
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let blocks = || {
        let mut all = vec![Block::Paragraph(NAMES.join(", ")), table(rows(1..=120), None)];
        all.push(Block::Heading { level: Level::Two, text: "Facts".to_owned() });
        all.push(Block::Facts(vec![("Earned".to_owned(), "1,200 points".to_owned())]));
        all
    };
    let first = Press::new().write(&document(blocks())).expect("a file");
    assert!(first.starts_with(b"%PDF-1.7") && first.ends_with(b"%%EOF"));
    assert!(first == Press::new().write(&document(blocks())).expect("a file"), "twice the same document, two files");
    let other = Document { id: "2".to_owned(), ..document(blocks()) };
    assert!(first != Press::new().write(&other).expect("a file"), "another id, the same file");
}

#[test]
fn a_document_without_blocks_is_its_title_on_a_page() {
    let sheets = sheets(Vec::new());
    assert_eq!(sheets.pages.iter().map(words).collect::<Vec<_>>(), [["Statement"]]);
    assert_eq!(sheets.outline.len(), 1);
    assert!(Press::new().write(&document(Vec::new())).is_ok());
}

#[test]
fn a_blank_title_and_a_ragged_row_are_refused() {
    let blank = Document { title: " \u{202e}\u{2068}\n".to_owned(), ..document(Vec::new()) };
    assert_eq!(Press::new().write(&blank), Err(PdfError::NoTitle));
    let ragged = document(vec![table(vec![vec!["one".to_owned()]], None)]);
    assert_eq!(Press::new().write(&ragged), Err(PdfError::RowLength { cells: 1, columns: 2 }));
}

#[test]
fn blank_pieces_are_left_out_and_empty_tables_say_so() {
    let none = Block::Table(Table { columns: Vec::new(), rows: vec![Vec::new()], total: None });
    let heading = Block::Heading { level: Level::One, text: " ".to_owned() };
    let blocks =
        vec![none, heading, Block::Paragraph(String::new()), Block::Facts(Vec::new()), table(Vec::new(), None)];
    let sheets = sheets(blocks.clone());
    assert_eq!(sheets.pages.iter().map(words).collect::<Vec<_>>(), [["Statement", "Member", "Points", "None."]]);
    assert!(Press::new().write(&document(blocks)).is_ok());
    let total = Some(vec![String::new(), "0".to_owned()]);
    assert!(Press::new().write(&document(vec![table(Vec::new(), total)])).is_ok(), "a total alone, with an empty cell");
}

#[test]
fn each_page_repeats_the_head_and_no_row_is_lost() {
    let sheets = sheets(vec![table(rows(1..=100), Some(vec!["Total".to_owned(), "5050".to_owned()]))]);
    assert_eq!(sheets.pages.len(), 3);
    let mut told = Vec::new();
    for (index, page) in sheets.pages.iter().enumerate() {
        let words = words(page);
        let head = usize::from(index == 0); // the first page begins with the title
        assert_eq!(words[head..head + 2], ["Member", "Points"], "page {index}");
        told.extend(words[head + 2..].iter().filter(|word| word.starts_with("member")).map(|&word| word.to_owned()));
        let repeated = page.texts.iter().filter(|text| text.part == Part::Repeated).count();
        assert_eq!(repeated, if index == 0 { 0 } else { 2 }, "page {index} tells the head to a screen reader");
        let foot = format!("Page {} of 3", index + 1);
        assert!(page.texts.iter().any(|text| text.line.text == foot), "page {index} has no number");
    }
    let all: Vec<String> = rows(1..=100).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(told, all);
}

#[test]
fn a_total_never_stands_alone() {
    let total = || Some(vec!["Total".to_owned(), "1".to_owned()]);
    for count in 30..=90 {
        let sheets = sheets(vec![table(rows(1..=count), total())]);
        let last = words(sheets.pages.last().expect("a page"));
        assert!(last.contains(&"Total") && last.iter().any(|word| word.starts_with("member")), "{count} rows");
    }
}

#[test]
fn a_row_is_split_only_when_it_is_taller_than_a_page() {
    let tall = |words: usize| vec![vec!["word ".repeat(words), "1".to_owned()]];
    let mut high = rows(1..=30);
    high.extend(tall(400));
    assert_eq!(words(&sheets(vec![table(high, None)]).pages[1])[2..4], ["word ".repeat(18).trim(), "1"]);
    let sheets = sheets(vec![table(tall(3000), None)]);
    assert!(sheets.pages.len() > 2);
    for page in &sheets.pages {
        assert!(words(page).iter().any(|line| line.starts_with("word")), "a page with a head alone");
    }
    let count: usize = sheets.pages.iter().flat_map(words).map(|line| line.matches("word").count()).sum();
    assert_eq!(count, 3000);
}

#[test]
fn a_heading_never_ends_a_page() {
    for count in 30..=90 {
        let heading = Block::Heading { level: Level::One, text: "Next".to_owned() };
        let sheets = sheets(vec![table(rows(1..=count), None), heading, table(rows(1..=3), None)]);
        let page = sheets.pages.iter().map(words).find(|words| words.contains(&"Next")).expect("the heading");
        let after = page.iter().skip_while(|&&word| word != "Next").count();
        assert!(after >= 5, "{count} rows: the heading, the head and a row, or more, are on one page");
    }
}

#[test]
fn everything_stays_within_the_margins() {
    let long = "0123456789abcdef".repeat(8);
    let cells = ["Łódź 北京 עברית العربية ".repeat(9), long.clone(), "x".to_owned(), "1,234,567,890.00 GBP".to_owned()];
    let mut rows = vec![cells.to_vec(); 3];
    rows.push(vec![String::new(); 4]);
    let columns: Vec<Column> =
        cells.iter().map(|cell| Column { title: cell.clone(), is_number: cell.starts_with('1') }).collect();
    let wide =
        Table { columns: vec![columns.clone(); 6].concat(), rows: vec![vec![cells.to_vec(); 6].concat()], total: None };
    let blocks = vec![
        Block::Heading { level: Level::One, text: long.repeat(3) },
        Block::Paragraph(long.repeat(9)),
        Block::Facts(vec![(long.clone(), long)]),
        Block::Table(Table { columns, rows, total: None }),
        Block::Table(wide),
    ];
    let sheets = sheets(blocks.clone());
    for text in sheets.pages.iter().flat_map(|page| &page.texts) {
        let right = text.x + text.line.width;
        assert!(text.x >= LEFT - 0.1 && right <= RIGHT + 0.1, "{:?} reaches {}..{right}", text.line.text, text.x);
        assert!(
            text.y > TOP && (text.part == Part::Footer || text.y < BOTTOM),
            "{:?} is at {}",
            text.line.text,
            text.y
        );
    }
    assert!(Press::new().write(&document(blocks)).is_ok());
}

#[test]
fn lines_break_at_spaces_and_within_long_words() {
    let setter = Typesetter::new();
    let split = |text: &str, limit: f32| -> Vec<String> {
        wrap(&setter, text, &BODY, limit, Reading::Own).into_iter().map(|line| line.text).collect()
    };
    assert_eq!(split("one two three", 1000.0), ["one two three"]);
    assert_eq!(split("one two three", 45.0), ["one two ", "three"]);
    assert_eq!(split("", 45.0), [" "]);
    let word = "0123456789abcdef".repeat(8);
    for text in [word.clone(), format!("a {word} b"), NAMES.join(" "), "北京".repeat(30), "עברית".repeat(20)] {
        let lines = wrap(&setter, &text, &CELL, 60.0, Reading::Own);
        assert!(lines.len() > 2, "{text:?} is on {} lines", lines.len());
        assert!(lines.iter().all(|line| line.width <= 60.1), "{lines:?}");
        assert_eq!(lines.into_iter().map(|line| line.text).collect::<String>(), text);
    }
    assert_eq!(split(&word, 0.0).len(), 128, "a column without width has a letter a line, and an end");
}

#[test]
fn names_are_drawn_as_they_are_written() {
    let setter = Typesetter::new();
    for weight in [Weight::Regular, Weight::Bold] {
        for name in NAMES {
            let (said, glyphs) = drawn(&setter, &setter.clean(name), weight);
            assert_eq!(said, name);
            assert!(glyphs.iter().flatten().all(|&glyph| glyph != 0), "{name} lacks a glyph");
            assert_eq!(glyphs.len(), 1, "{name} is in several fonts");
        }
    }
    assert_eq!(setter.clean("Zoe\u{308} \u{1112}\u{1161}\u{11ab}"), "Zoë 한", "composed");
    let all = document(vec![Block::Facts(NAMES.map(|name| (name.to_owned(), name.to_owned())).to_vec())]);
    assert!(Press::new().write(&all).is_ok());
}

#[test]
fn right_to_left_names_are_drawn_from_the_right() {
    let setter = Typesetter::new();
    let places = |text: &str| -> Vec<usize> {
        let runs = setter.runs(text, Weight::Regular, false);
        runs.iter().flat_map(|run| run.glyphs.iter().map(|glyph| glyph.text_range.start)).collect()
    };
    assert_eq!(places("abג"), [0, 1, 0]);
    assert_eq!(places("דוד"), [4, 2, 0]);
    let order = |text: &str| -> Vec<String> {
        setter.runs(text, Weight::Regular, false).into_iter().map(|run| run.text).collect()
    };
    assert_eq!(order("had דוד 200 points")[..3], ["had ", "200", " "], "the number jumps over the name …");
    assert_eq!(order("דוד כהן"), ["כהן", " ", "דוד"], "words apart, so that they are told in reading order");
    let apart = format!("had {} 200 points", isolated("דוד\u{2069}"));
    assert_eq!(order(&apart), ["had ", "דוד", " 200 points"], "… unless the name is set apart");
    assert_eq!(order("עברית 日本"), ["עברית", " ", "日本"].map(str::to_owned));
}

#[test]
fn what_cannot_be_shown_is_replaced_or_dropped() {
    let setter = Typesetter::new();
    assert_eq!(setter.clean("a\u{0}b\u{7f}c\u{202e}d\u{200f}e\u{feff}f\u{ad}g"), "abcdefg");
    assert_eq!(setter.clean("a\nb\tc\u{2028}d"), "a b c d");
    assert_eq!(setter.clean("🎉 \u{e000} \u{10ffff} \u{378}"), "\u{fffd} \u{fffd} \u{fffd} \u{fffd}");
    assert_eq!(setter.clean("a\u{200d}b"), "ab", "a joiner where nothing joins");
    // Every kind of character, also in the bold, is written without a complaint.
    let every: String = (0..0x3_0000_u32).step_by(7).filter_map(char::from_u32).collect();
    let blocks = vec![
        Block::Paragraph(every.clone()),
        Block::Heading { level: Level::One, text: every.clone() },
        table(vec![vec![every, "\u{301}".to_owned()]], None),
    ];
    assert_eq!(Press::new().write(&document(blocks)).map(|_| ()), Ok(()));
}

#[test]
fn headings_skip_no_level_and_fill_the_outline() {
    let heading = |level, text: &str| Block::Heading { level, text: text.to_owned() };
    let blocks = vec![
        heading(Level::Three, "a"),
        heading(Level::Three, "b"),
        heading(Level::One, "c"),
        heading(Level::Three, "d"),
    ];
    let sheets = sheets(blocks);
    let outline: Vec<_> = sheets.outline.iter().map(|entry| (entry.depth, entry.text.as_str())).collect();
    assert_eq!(outline, [(1, "Statement"), (2, "a"), (2, "b"), (2, "c"), (3, "d")]);
}
