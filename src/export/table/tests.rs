//! Tables as their readers see them.

use std::io::{Cursor, Read};

use super::*;

/// Texts that spreadsheets turn into something else.
const NASTY: [&str; 16] = [
    "007",
    "1e5",
    "12345678901234567890",
    "-3",
    "=x",
    "true",
    "2026-01-01",
    "+49",
    "@home",
    "'=x",
    "a,b \"c\"",
    "two\nlines",
    " spaced ",
    "_x0041_",
    "<b>&amp;</b>",
    "Łukasz 😀",
];

#[test]
fn texts_come_back_as_they_were_from_json_and_workbooks_and_guarded_from_csv() {
    let columns = [column("member", Kind::Text), column("rank", Kind::Number)];
    let rows: Vec<_> = NASTY.iter().zip(1..).map(|(text, rank)| vec![text_cell(text), Cell::Number(rank)]).collect();

    let json = String::from_utf8(written(TableFormat::JsonLines, &columns, &rows)).expect("text");
    let back: Vec<String> = json.lines().map(|line| member_of(line).expect("a member")).collect();
    assert_eq!(back, NASTY);

    let csv = written(TableFormat::Csv, &columns, &rows);
    let records =
        ::csv::Reader::from_reader(csv.as_slice()).into_records().map(|record| record.expect("a record")[0].to_owned());
    let guarded: Vec<String> = NASTY.iter().map(|text| guarded(text)).collect();
    assert_eq!(records.collect::<Vec<_>>(), guarded);
    assert_eq!(guarded.iter().filter(|text| text.starts_with('\'')).count(), 5, "-3 =x +49 @home '=x");

    let sheet = part(&written(TableFormat::Xlsx, &columns, &rows), "xl/worksheets/sheet2.xml");
    for (row, shown) in [(2, "007"), (4, "12345678901234567890"), (5, "-3"), (6, "=x"), (15, "_x005F_x0041_")] {
        assert!(
            sheet.contains(&format!("<c r=\"A{row}\" s=\"3\" t=\"inlineStr\"><is><t>{shown}</t></is></c>")),
            "{sheet}"
        );
    }
    assert!(sheet.contains("<t xml:space=\"preserve\"> spaced </t>"), "{sheet}");
    assert!(sheet.contains("<t>&lt;b&gt;&amp;amp;&lt;/b&gt;</t>"), "{sheet}");
    assert_eq!(sheet.matches("t=\"inlineStr\"").count(), NASTY.len() + columns.len(), "every text is a string");
    assert!(!sheet.contains("<f>"), "there is no formula");
}

#[test]
fn every_kind_is_written_in_every_format() {
    let columns = every_kind();
    let day = Day::from_date(jiff::civil::date(2026, 11, 30));
    let rows = [
        vec![text_cell("ann"), Cell::Number(-7), Cell::Money(1_234), Cell::Day(day), Cell::Flag(true)],
        vec![text_cell("ben"), Cell::Number(0), Cell::Money(-5), Cell::Day(day), Cell::Flag(false)],
        vec![Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty],
    ];
    assert_eq!(
        String::from_utf8(written(TableFormat::Csv, &columns, &rows)).expect("text"),
        "member,points,share,since,rounding_unit\nann,-7,12.34,2026-11-30,1\nben,0,-0.05,2026-11-30,0\n,,,,\n"
    );
    let json = String::from_utf8(written(TableFormat::JsonLines, &columns, &rows)).expect("text");
    let lines: Vec<&str> = json.lines().collect();
    assert_eq!(
        lines[..2],
        [
            r#"{"member":"ann","points":-7,"share":"12.34","since":"2026-11-30","rounding_unit":true}"#,
            r#"{"member":"ben","points":0,"share":"-0.05","since":"2026-11-30","rounding_unit":false}"#,
        ]
    );
    assert_eq!(lines[2..], [r#"{"member":null,"points":null,"share":null,"since":null,"rounding_unit":null}"#]);

    let book = written(TableFormat::Xlsx, &columns, &rows);
    let sheet = part(&book, "xl/worksheets/sheet2.xml");
    let found = ["B2", "C2", "D2", "E2", "C3", "E3"].map(|cell| number_in(&sheet, cell));
    assert_eq!(found, ["-7", "12.34", "46356", "1", "-0.05", "0"].map(Some));
    assert_eq!(number_in(&sheet, "B4"), None, "an empty cell is not there");
    assert!(sheet.contains("<autoFilter ref=\"A1:E4\"/>") && sheet.contains("ySplit=\"1\""), "{sheet}");
    let styles = part(&book, "xl/styles.xml");
    assert!(styles.contains("#,##0.00&quot; GBP&quot;") && styles.contains("yyyy-mm-dd"), "{styles}");
}

#[test]
fn money_has_the_places_of_its_currency_and_large_amounts_keep_every_digit() {
    for (code, amounts) in [
        (
            "JPY",
            [(5, "5"), (-1_500, "-1500"), (99_999_999_999_999, "99999999999999"), (i64::MIN, "-9223372036854775808")],
        ),
        (
            "GBP",
            [
                (5, "0.05"),
                (-1_500, "-15.00"),
                (99_999_999_999_999, "999999999999.99"),
                (i64::MAX, "92233720368547758.07"),
            ],
        ),
        (
            "BHD",
            [
                (5, "0.005"),
                (-1_500, "-1.500"),
                (99_999_999_999_999, "99999999999.999"),
                (i64::MAX, "9223372036854775.807"),
            ],
        ),
    ] {
        let columns = [column("share", Kind::Money(currency(code)))];
        let rows = amounts.map(|(minor, _)| vec![Cell::Money(minor)]);
        let csv = String::from_utf8(written(TableFormat::Csv, &columns, &rows)).expect("text");
        assert_eq!(csv.lines().skip(1).collect::<Vec<_>>(), amounts.map(|(_, text)| text));
        let sheet = part(&written(TableFormat::Xlsx, &columns, &rows), "xl/worksheets/sheet2.xml");
        for (cell, (_, text)) in ["A2", "A3", "A4"].iter().zip(amounts) {
            let stored: f64 = number_in(&sheet, cell).expect("a number").parse().expect("a number");
            assert_eq!(stored.to_bits(), text.parse::<f64>().expect("a number").to_bits(), "{code} {text}");
        }
        assert!(sheet.contains(&format!("<t>{} {code}</t>", amounts[3].1)), "text, with its unit: {sheet}");
    }
}

#[test]
fn totals_are_exact_beyond_64_bits() {
    let mut columns = every_kind();
    columns[1].has_total = true;
    columns[2].has_total = true;
    let row = |points, minor| vec![Cell::Empty, Cell::Number(points), Cell::Money(minor), Cell::Empty, Cell::Empty];
    let about = |rows: &[Vec<Cell<'_>>]| part(&written(TableFormat::Xlsx, &columns, rows), "xl/worksheets/sheet1.xml");
    let strings = |rows: &[Vec<Cell<'_>>]| part(&written(TableFormat::Xlsx, &columns, rows), "xl/sharedStrings.xml");

    let small = [row(3, 10), row(-5, 20), row(0, -31)];
    assert_eq!(
        ["B5", "B6", "B7"].map(|cell| number_in(&about(&small), cell).map(str::to_owned)),
        ["3", "-2", "-0.01"].map(|text| Some(text.to_owned()))
    );
    assert!(strings(&small).contains("<t>Total of points</t>") && strings(&small).contains("<t>Total of share</t>"));

    let large = strings(&[row(i64::MAX, i64::MIN), row(i64::MAX, i64::MIN), row(1, -1)]);
    assert!(
        large.contains("<t>18446744073709551615</t>") && large.contains("<t>-184467440737095516.17 GBP</t>"),
        "{large}"
    );
}

#[test]
fn a_total_is_written_as_its_currency_writes_it() {
    for code in ["JPY", "GBP", "BHD", "CLF"] {
        let look = xlsx_look::Look::of(Kind::Money(currency(code)));
        for minor in [0, 5, -5, 100, -9_999, 1_234_567, i64::MAX, i64::MIN] {
            assert_eq!(look.total_as_text(i128::from(minor)), currency(code).format(minor));
        }
    }
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let rows = [vec![text_cell("ann"), Cell::Number(1)], vec![text_cell("ben"), Cell::Number(2)]];
    let columns = [column("member", Kind::Text), column("points", Kind::Number)];
    for format in [TableFormat::Csv, TableFormat::JsonLines, TableFormat::Xlsx] {
        assert_eq!(written(format, &columns, &rows), written(format, &columns, &rows), "{format:?}");
    }
    let core = part(&written(TableFormat::Xlsx, &columns, &rows), "docProps/core.xml");
    assert_eq!(
        core.matches("2026-11-30T12:00:00Z").count(),
        2,
        "made and changed then, whatever the clock says: {core}"
    );
}

#[test]
fn a_table_without_rows_has_its_head() {
    let columns = every_kind();
    let csv = written(TableFormat::Csv, &columns, &[]);
    assert_eq!(String::from_utf8(csv).expect("text"), "member,points,share,since,rounding_unit\n");
    assert_eq!(written(TableFormat::JsonLines, &columns, &[]), b"");
    let book = written(TableFormat::Xlsx, &columns, &[]);
    assert_eq!(number_in(&part(&book, "xl/worksheets/sheet1.xml"), "B5"), Some("0"));
    assert!(part(&book, "xl/worksheets/sheet2.xml").contains("<autoFilter ref=\"A1:E1\"/>"));
}

#[test]
fn a_row_that_does_not_fit_is_refused_and_ends_the_table() {
    let scratch = tempfile::tempdir().expect("a directory");
    let columns = [column("member", Kind::Text), column("points", Kind::Number)];
    for format in [TableFormat::Csv, TableFormat::JsonLines, TableFormat::Xlsx] {
        let refused = |cells: &[Cell<'_>]| {
            let mut table = Table::begin(format, Vec::new(), head(&columns), scratch.path()).expect("a table");
            table.row(&[text_cell("ann"), Cell::Number(1)]).expect("a row");
            let told = table.row(cells).expect_err("it does not fit").to_string();
            assert!(matches!(table.row(&[text_cell("ben"), Cell::Number(1)]), Err(TableError::Failed)));
            assert!(matches!(table.end(), Err(TableError::Failed)));
            told
        };
        assert_eq!(refused(&[text_cell("ben")]), "row 2 has 1 cells where the table has 2 columns");
        assert_eq!(
            refused(&[text_cell("ben"), Cell::Money(1)]),
            "row 2 has money in column points, which holds a number"
        );
    }
}

#[test]
fn a_text_that_no_workbook_holds_is_refused_there_alone() {
    let scratch = tempfile::tempdir().expect("a directory");
    let columns = [column("member", Kind::Text)];
    let row = |format, length| {
        let mut table = Table::begin(format, Vec::new(), head(&columns), scratch.path()).expect("a table");
        table.row(&[Cell::Text("x".repeat(length).into())]).and_then(|()| table.end()).map(drop)
    };
    assert!(row(TableFormat::Csv, 32_768).is_ok() && row(TableFormat::Xlsx, 32_767).is_ok());
    assert!(matches!(row(TableFormat::Xlsx, 32_768), Err(TableError::Long { row: 1, column: "member" })));
}

#[test]
fn titles_and_columns_are_checked_in_every_format() {
    let scratch = tempfile::tempdir().expect("a directory");
    let begin = |format, title: &str, columns: &[Column]| {
        let head = Head { title: title.to_owned(), ..head(columns) };
        Table::begin(format, Vec::new(), head, scratch.path()).map(drop)
    };
    let one = [column("member", Kind::Text)];
    for format in [TableFormat::Csv, TableFormat::JsonLines, TableFormat::Xlsx] {
        for title in ["", "about", "History", "a/b", "it's'", "32 characters are one too many!!", "a\nb"] {
            assert!(matches!(begin(format, title, &one), Err(TableError::Title(_))), "{title}");
        }
        for title in ["A", "31 characters are just allowed!", "Größe 😀", "it's"] {
            assert!(begin(format, title, &one).is_ok(), "{title}");
        }
        for columns in [vec![], vec![one[0].clone(), one[0].clone()]] {
            assert!(matches!(begin(format, "Shares", &columns), Err(TableError::Columns)));
        }
    }
}

#[test]
fn rows_go_on_on_a_further_sheet_below_the_same_head() {
    let scratch = tempfile::tempdir().expect("a directory");
    let mut columns = [column("member", Kind::Text), column("points", Kind::Number)];
    columns[1].has_total = true;
    let book = |rows: i64| {
        let mut sheets = xlsx::Sheets::begin(Vec::new(), head(&columns), scratch.path(), 3).expect("a workbook");
        (1..=rows).for_each(|rank| sheets.row(&[text_cell("ann"), Cell::Number(rank)]).expect("a row"));
        sheets.end().expect("a workbook")
    };
    let names = |book: &[u8]| {
        ["Shares", "Shares 2", "Shares 3"]
            .map(|name| part(book, "xl/workbook.xml").contains(&format!("name=\"{name}\"")))
    };
    assert_eq!(names(&book(3)), [true, false, false], "a full sheet begins no other");
    let seven = book(7);
    assert_eq!(names(&seven), [true; 3]);
    for (sheet, last, rank) in [(2, 4, "3"), (3, 4, "6"), (4, 2, "7")] {
        let sheet = part(&seven, &format!("xl/worksheets/sheet{sheet}.xml"));
        assert!(
            sheet.contains("<is><t>member</t></is>") && sheet.contains(&format!("<autoFilter ref=\"A1:B{last}\"/>"))
        );
        assert_eq!(number_in(&sheet, &format!("B{last}")), Some(rank));
    }
    let about = part(&seven, "xl/worksheets/sheet1.xml");
    assert_eq!(
        ["B5", "B6", "B7"].map(|cell| number_in(&about, cell)),
        ["7", "3", "28"].map(Some),
        "rows, sheets, total"
    );
    assert_eq!(xlsx::sheet_name("31 characters are just allowed!", 10), "31 characters are just allow 10");
    assert_eq!(xlsx::sheet_name("Shares", 2), "Shares 2");
}

#[test]
fn days_before_excels_calendar_are_text() {
    let columns = [column("since", Kind::Day)];
    let rows = [(1900, 2, 28), (1900, 3, 1), (9999, 12, 31)]
        .map(|(year, month, day)| vec![Cell::Day(Day::from_date(jiff::civil::date(year, month, day)))]);
    let sheet = part(&written(TableFormat::Xlsx, &columns, &rows), "xl/worksheets/sheet2.xml");
    assert!(sheet.contains("<t>1900-02-28</t>"), "{sheet}");
    assert_eq!(["A3", "A4"].map(|cell| number_in(&sheet, cell)), ["61", "2958465"].map(Some));
}

fn currency(code: &str) -> Currency {
    Currency::from_code(code).expect("a currency")
}

fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, has_total: false }
}

fn every_kind() -> Vec<Column> {
    vec![
        column("member", Kind::Text),
        column("points", Kind::Number),
        column("share", Kind::Money(currency("GBP"))),
        column("since", Kind::Day),
        column("rounding_unit", Kind::Flag),
    ]
}

fn head(columns: &[Column]) -> Head {
    Head {
        title: String::from("Shares"),
        about: vec![("Programme".to_owned(), "=community".to_owned()), ("As of entry".to_owned(), "7".to_owned())],
        columns: columns.to_vec(),
        created: Micros::new(1_796_040_000_000_000).expect("a time"),
    }
}

fn text_cell(text: &str) -> Cell<'_> {
    Cell::Text(text.into())
}

fn written(format: TableFormat, columns: &[Column], rows: &[Vec<Cell<'_>>]) -> Vec<u8> {
    let scratch = tempfile::tempdir().expect("a directory");
    let mut table = Table::begin(format, Vec::new(), head(columns), scratch.path()).expect("a table");
    for row in rows {
        table.row(row).expect("a row");
    }
    let bytes = table.end().expect("a table");
    assert_eq!(scratch.path().read_dir().expect("a directory").count(), 0, "nothing is left behind");
    bytes
}

fn member_of(line: &str) -> Option<String> {
    let object: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(object.get("member")?.as_str()?.to_owned())
}

/// Returns a file inside a workbook.
fn part(book: &[u8], name: &str) -> String {
    let mut text = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).expect("an archive");
    archive.by_name(name).expect(name).read_to_string(&mut text).expect("text");
    text
}

/// Returns the number in a cell of a sheet, as it is stored; `None` when it has none.
fn number_in<'a>(sheet: &'a str, cell: &str) -> Option<&'a str> {
    let (_, rest) = sheet.split_once(&format!("<c r=\"{cell}\" "))?;
    let (attributes, rest) = rest.split_once('>')?;
    let (number, _) = rest.strip_prefix("<v>")?.split_once('<')?;
    (!attributes.contains("t=")).then_some(number)
}
