//! How a workbook looks: formats of cells, widths of columns, and which numbers are shown as numbers.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::{Cell, Column, Kind, number};
use crate::domain::value::time::Day;

/// Numbers from here on, without their point, are text. A double and Excel keep 15 digits, but `LibreOffice` 7.4 shows
/// 9,999,999,999,999.99 as 10,000,000,000,000.00. 14 digits are a hundred times the largest sum of money in a request.
const EXACT_BELOW: u128 = 100_000_000_000_000;

/// 1900-03-01, before which Excel's calendar is wrong: it has a 29 February 1900.
const DAY_MIN: i32 = -25_508;

/// Days from Excel's day 0, 1899-12-30, to 1970-01-01.
const DAYS_TO_1970: i32 = 25_569;

/// Narrowest and widest column that fits itself to its cells, in characters: a date, and about half a screen.
const WIDTH_MIN: usize = 10;
const WIDTH_MAX: usize = 60;

/// Room for an indent and the arrow of the filter, in characters.
const ARROW: usize = 5;

/// The formats of one column.
pub(super) struct Look {
    kind: Kind,
    /// A value as what it is.
    value: Format,
    /// A number or a day that is written as text.
    as_text: Format,
    /// What is shown behind a number, as ` GBP`.
    unit: String,
}

/// Returns the format of the head of a column, which stands where its cells do.
pub(super) fn head(kind: Kind) -> Format {
    let format = Format::new();
    let format = if is_right(kind) {
        // Left of the arrow of the filter.
        format.set_align(FormatAlign::Right).set_indent(2)
    } else {
        format.set_align(FormatAlign::Left).set_indent(1)
    };
    format.set_bold().set_background_color(Color::RGB(0x00E8_ECF1)).set_border_bottom(FormatBorder::Thin)
}

/// True for what stands at the right of its column.
const fn is_right(kind: Kind) -> bool {
    matches!(kind, Kind::Number | Kind::Money(_))
}

/// Returns the width of a column before its cells are known, in characters.
pub(super) fn head_width(column: &Column) -> usize {
    (column.name.len() + ARROW).max(WIDTH_MIN)
}

/// Sets the widths of the columns of a sheet.
pub(super) fn set_widths(sheet: &mut Worksheet, widths: &[usize]) -> Result<(), XlsxError> {
    for (column, width) in (0_u16..).zip(widths) {
        let width = u16::try_from((*width).min(WIDTH_MAX) + 2).expect("no column is wider than 60 characters");
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

impl Look {
    pub(super) fn of(kind: Kind) -> Self {
        let unit = if let Kind::Money(currency) = kind { format!(" {}", currency.code()) } else { String::new() };
        let shown = match kind {
            Kind::Text => String::from("@"),
            Kind::Number => String::from("#,##0"),
            Kind::Money(currency) => match currency.digits() {
                0 => format!("#,##0\"{unit}\""),
                digits => format!("#,##0.{}\"{unit}\"", "0".repeat(usize::try_from(digits).unwrap_or(2))),
            },
            Kind::Day => String::from("yyyy-mm-dd"),
            // A number, as in CSV: it can be summed, and LibreOffice 7.4 shows some of the booleans of a column as `0`.
            Kind::Flag => String::from("\"yes\";\"yes\";\"no\""),
        };
        let align = |format: Format| match kind {
            Kind::Number | Kind::Money(_) => format.set_align(FormatAlign::Right),
            // Away from the numbers of the column before.
            Kind::Text | Kind::Day | Kind::Flag => format.set_align(FormatAlign::Left).set_indent(1),
        };
        let [value, as_text] = [&shown, "@"].map(|shown| align(Format::new().set_num_format(shown)));
        Self { kind, value, as_text, unit }
    }

    /// Puts everything to the left, below text.
    pub(super) fn left(mut self) -> Self {
        self.value = self.value.set_align(FormatAlign::Left).set_indent(0);
        self.as_text = self.as_text.set_align(FormatAlign::Left).set_indent(0);
        self
    }

    /// Writes a cell and returns the characters that it shows.
    pub(super) fn write(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        cell: &Cell<'_>,
    ) -> Result<usize, XlsxError> {
        match cell {
            Cell::Empty => Ok(0),
            Cell::Text(text) => {
                sheet.write_string_with_format(row, column, text.as_ref(), &self.value)?;
                Ok(text.chars().take(WIDTH_MAX).count())
            }
            Cell::Number(amount) | Cell::Money(amount) => {
                let text = number(self.kind, *amount);
                self.write_amount(sheet, (row, column), &text, u128::from(amount.unsigned_abs()))
            }
            Cell::Day(day) => self.write_day(sheet, (row, column), *day),
            Cell::Flag(flag) => {
                sheet.write_number_with_format(row, column, u8::from(*flag), &self.value)?;
                Ok("yes".len())
            }
        }
    }

    /// Writes a sum of the column, which may be larger than any cell of it.
    pub(super) fn write_total(&self, sheet: &mut Worksheet, at: (u32, u16), total: i128) -> Result<usize, XlsxError> {
        self.write_amount(sheet, at, &self.total_as_text(total), total.unsigned_abs())
    }

    /// Writes a number that has this text and, without its point and sign, this value.
    fn write_amount(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        text: &str,
        digits: u128,
    ) -> Result<usize, XlsxError> {
        // Of at most 15 digits, the double next to them has them as its shortest decimal.
        match text.parse::<f64>() {
            Ok(double) if digits < EXACT_BELOW => {
                sheet.write_number_with_format(row, column, double, &self.value)?;
            }
            _ => {
                sheet.write_string_with_format(row, column, format!("{text}{}", self.unit), &self.as_text)?;
            }
        }
        let main = text.find('.').unwrap_or(text.len());
        Ok(text.len() + main / 3 + self.unit.len())
    }

    fn write_day(&self, sheet: &mut Worksheet, (row, column): (u32, u16), day: Day) -> Result<usize, XlsxError> {
        if day.get() < DAY_MIN {
            sheet.write_string_with_format(row, column, day.date().to_string(), &self.as_text)?;
        } else {
            sheet.write_number_with_format(row, column, day.get() + DAYS_TO_1970, &self.value)?;
        }
        Ok("2026-11-30".len())
    }

    /// Writes a sum in the main unit, as [`crate::domain::value::money::Currency::format`] does what fits 64 bits.
    pub(super) fn total_as_text(&self, total: i128) -> String {
        let places = if let Kind::Money(currency) = self.kind { currency.digits() } else { 0 };
        let per_main = 10_u128.pow(places);
        let sign = if total < 0 { "-" } else { "" };
        let (main, rest) = (total.unsigned_abs() / per_main, total.unsigned_abs() % per_main);
        match usize::try_from(places).expect("a currency has at most 4 places") {
            0 => format!("{sign}{main}"),
            places => format!("{sign}{main}.{rest:0places$}"),
        }
    }
}
