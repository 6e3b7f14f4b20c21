//! Lines of a file to import, as a fuzzer gives them.

use std::io::Cursor;

use super::csv::Csv;
use super::input::lines;
use super::line::Target;
use super::reader::{Bytes, Lines, Pieces, Reader};
use super::readings::Readings;
use super::types::Types;
use goodturn::domain::value::ids::{ProgramId, SourceId};
use goodturn::domain::value::money::Currency;

/// Reads bytes as both formats. Whatever they are, all of them are in the records, in their order.
pub(crate) fn import_lines(bytes: &[u8]) {
    let source = || -> Bytes { Box::new(Cursor::new(bytes.to_owned())) };
    read_all(Reader { pieces: Pieces::Jsonl(Lines::new(source())), ..reader() }, Vec::new(), bytes);
    let mut csv = Csv::new(source(), None);
    if let Ok(columns) = csv.columns().expect("memory can be read") {
        let head = columns.row.clone();
        let lines = lines(&head);
        read_all(Reader { pieces: Pieces::Csv(Box::new(csv)), columns: Some(columns), lines, ..reader() }, head, bytes);
    }
}

fn reader() -> Reader {
    let target = Target {
        program: ProgramId::parse("qc").expect("an id"),
        source: SourceId::parse("forum").expect("an id"),
        currency: Currency::from_code("GBP").expect("a currency"),
        rules_begin: None,
        readings: Readings::default(),
        ids_as_they_are: false,
    };
    let empty: Bytes = Box::new(std::io::empty());
    Reader { pieces: Pieces::Jsonl(Lines::new(empty)), columns: None, target, types: Types::default(), lines: 0 }
}

fn read_all(mut reader: Reader, mut read: Vec<u8>, bytes: &[u8]) {
    while let Some(record) = reader.next().expect("memory can be read") {
        let _conflicts = reader.conflicts(&record);
        read.extend(record.bytes);
    }
    assert_eq!(read, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::corpus::replay;

    #[test]
    fn every_byte_of_a_file_is_in_one_record() {
        replay("import_lines", import_lines);
    }
}
