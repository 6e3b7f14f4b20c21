//! Excel workbooks: a sheet about the table, then its rows on sheets of at most a million.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, IgnoreError, Workbook, Worksheet, XlsxError};

use super::xlsx_look::{Look, head, head_width, set_widths};
use super::{Cell, Column, Head, Kind, TITLE_MAX, TableError};

/// Most rows of a sheet below its head: a round number under the 1,048,575 that Excel has.
pub(super) const ROWS_A_SHEET: u32 = 1_000_000;

/// Most characters of a text in a cell, in UTF-16 units: what Excel holds.
const TEXT_MAX: usize = 32_767;

/// Widest column of the sheet about the table, in characters, so that it prints on one page.
const FACT_WIDTH_MAX: usize = 80;

/// A workbook that is being written.
pub(super) struct Sheets<W: Write + Send> {
    out: W,
    head: Head,
    workbook: Workbook,
    looks: Vec<Look>,
    /// Most characters of the cells of each column, on this sheet and those before.
    widths: Vec<usize>,
    totals: Vec<i128>,
    rows: u64,
    rows_a_sheet: u32,
    /// Number of the sheet of rows that is being written, from 1.
    sheet: usize,
    /// Row of that sheet that was written last; the head is row 0.
    row_of_sheet: u32,
}

impl<W: Write + Send> Sheets<W> {
    /// Begins a workbook whose sheets have at most this many rows.
    pub(super) fn begin(out: W, head: Head, scratch: &Path, rows_a_sheet: u32) -> Result<Self, TableError> {
        let mut workbook = Workbook::new();
        let created = head.created.get().div_euclid(1_000_000);
        caught(|| {
            let created = ExcelDateTime::from_timestamp(created)?;
            let properties = DocProperties::new().set_title(&head.title).set_creation_datetime(&created);
            workbook.set_properties(&properties).set_tempdir(scratch)?;
            workbook.add_worksheet().set_name("About")?;
            Ok(())
        })?;
        let mut sheets = Self {
            out,
            workbook,
            looks: head.columns.iter().map(|column| Look::of(column.kind)).collect(),
            widths: head.columns.iter().map(head_width).collect(),
            totals: vec![0; head.columns.len()],
            head,
            rows: 0,
            rows_a_sheet,
            sheet: 0,
            row_of_sheet: 0,
        };
        caught(|| sheets.begin_sheet())?;
        Ok(sheets)
    }

    /// Writes a row, whose cells fit the columns.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), TableError> {
        self.rows += 1;
        let is_long = |cell: &Cell<'_>| matches!(cell, Cell::Text(text) if text.encode_utf16().count() > TEXT_MAX);
        if let Some((column, _)) = self.head.columns.iter().zip(cells).find(|(_, cell)| is_long(cell)) {
            return Err(TableError::Long { row: self.rows, column: column.name });
        }
        caught(|| {
            if self.row_of_sheet == self.rows_a_sheet {
                self.end_sheet()?;
                self.begin_sheet()?;
            }
            self.row_of_sheet += 1;
            let sheet = self.workbook.worksheet_from_index(self.sheet)?;
            for (index, ((look, width), cell)) in (0_u16..).zip(self.looks.iter().zip(&mut self.widths).zip(cells)) {
                *width = look.write(sheet, (self.row_of_sheet, index), cell)?.max(*width);
            }
            Ok(())
        })?;
        for (total, cell) in self.totals.iter_mut().zip(cells) {
            if let Cell::Number(amount) | Cell::Money(amount) = cell {
                *total = total.checked_add(i128::from(*amount)).expect("2^64 rows of 64 bits sum to at most 127 bits");
            }
        }
        Ok(())
    }

    /// Writes the sheet about the table, and the file.
    pub(super) fn end(mut self) -> Result<W, TableError> {
        caught(|| {
            self.end_sheet()?;
            self.write_about()?;
            self.workbook.save_to_writer(&mut self.out)
        })?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheet += 1;
        self.row_of_sheet = 0;
        let name = sheet_name(&self.head.title, self.sheet);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
        prepare_print(sheet).set_landscape();
        for (index, column) in (0_u16..).zip(&self.head.columns) {
            sheet.write_string_with_format(0, index, column.name, &head(column.kind))?;
        }
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        let last = u16::try_from(self.looks.len() - 1).expect("a table has at least one column, and at most 16,384");
        sheet.autofilter(0, 0, self.row_of_sheet, last)?;
        for (index, column) in (0_u16..).zip(&self.head.columns) {
            // An id of digits is meant to be text: no warning in its corner.
            if column.kind == Kind::Text {
                let error = IgnoreError::NumberStoredAsText;
                sheet.ignore_error_range(0, index, self.row_of_sheet, index, error)?;
            }
        }
        set_widths(sheet, &self.widths)
    }

    fn write_about(&mut self) -> Result<(), XlsxError> {
        let rows = i64::try_from(self.rows).unwrap_or(i64::MAX);
        let sheets = i64::try_from(self.sheet).unwrap_or(i64::MAX);
        let sheet = self.workbook.worksheet_from_index(0)?;
        prepare_print(sheet);
        let title = Format::new().set_bold().set_font_size(14);
        sheet.write_string_with_format(0, 0, &self.head.title, &title)?;
        let mut facts = Facts { sheet, row: 1, label_width: 0, value_width: 0 };
        for (label, text) in &self.head.about {
            let cell = Cell::Text(text.into());
            facts.write(label, |sheet, at| Look::of(Kind::Text).left().write(sheet, at, &cell))?;
        }
        let count = Look::of(Kind::Number).left();
        facts.write("Rows", |sheet, at| count.write(sheet, at, &Cell::Number(rows)))?;
        if sheets > 1 {
            facts.write("Sheets of rows", |sheet, at| count.write(sheet, at, &Cell::Number(sheets)))?;
        }
        let has_total = |column: &Column| column.has_total && matches!(column.kind, Kind::Number | Kind::Money(_));
        for (column, total) in self.head.columns.iter().zip(&self.totals).filter(|(column, _)| has_total(column)) {
            let look = Look::of(column.kind).left();
            facts.write(&format!("Total of {}", column.name), |sheet, at| look.write_total(sheet, at, *total))?;
        }
        let widths = [facts.label_width, facts.value_width].map(|width| width.clamp(10, FACT_WIDTH_MAX));
        set_widths(facts.sheet, &widths)
    }
}

/// Lines of the sheet about the table.
struct Facts<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    label_width: usize,
    value_width: usize,
}

impl Facts<'_> {
    /// Writes a label and, beside it, what `value` writes there.
    fn write(
        &mut self,
        label: &str,
        value: impl FnOnce(&mut Worksheet, (u32, u16)) -> Result<usize, XlsxError>,
    ) -> Result<(), XlsxError> {
        self.row += 1;
        self.sheet.write_string_with_format(self.row, 0, label, &Format::new().set_bold())?;
        self.label_width = self.label_width.max(label.chars().count());
        self.value_width = value(self.sheet, (self.row, 1))?.max(self.value_width);
        Ok(())
    }
}

/// Has a sheet print on pages of A4, as many as it is long and one wide, with their numbers.
fn prepare_print(sheet: &mut Worksheet) -> &mut Worksheet {
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer("&L&A&RPage &P of &N")
}

/// Returns the name of a sheet of rows: the title, from the second on with a number, and cut so that it has room.
pub(super) fn sheet_name(title: &str, sheet: usize) -> String {
    if sheet == 1 {
        return title.to_owned();
    }
    let number = format!(" {sheet}");
    let mut room = TITLE_MAX - number.len();
    let fits = |c: &char| {
        let left = room.checked_sub(c.len_utf16());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let cut: String = title.chars().take_while(fits).collect();
    format!("{}{number}", cut.trim_end())
}

/// Runs a step of the library.
///
/// It panics where a scratch file cannot be written, as when a disk is full (`rust_xlsxwriter` 0.102, `xmlwriter.rs`).
/// That is no error of ours: it is made an error like that of any file.
fn caught(step: impl FnOnce() -> Result<(), XlsxError>) -> Result<(), TableError> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(XlsxError::IoError(error))) => Err(TableError::Io(error)),
        Ok(Err(error)) => Err(TableError::Workbook(error.to_string())),
        Err(_) => Err(TableError::Io(io::Error::other("a scratch file of the workbook could not be written"))),
    }
}
