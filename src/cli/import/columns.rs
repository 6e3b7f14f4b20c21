//! The columns of a CSV file: what each holds, by its name in the first row.

use csv::Terminator;

use super::line::{ATTRIBUTES, Given, Problem, field};
use super::types::{Typed, Types};

/// Columns that every file must have.
const REQUIRED: [&str; 2] = ["id", "occurred_at"];

/// Most columns of a file. Each is compared with all others; an activity has a few dozen fields and attributes.
const COLUMNS_MAX: usize = 1_000;

/// The content of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Field(&'static str),
    /// An attribute, and its type where the header tells it.
    Attribute(String, Option<Typed>),
}

impl Column {
    /// True when two columns have the same content.
    fn is_again(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Field(one), Self::Field(other)) => one == other,
            (Self::Attribute(one, _), Self::Attribute(other, _)) => one == other,
            _ => false,
        }
    }

    /// Returns its name in the first row.
    fn name(&self) -> String {
        match self {
            Self::Field(field) => (*field).to_owned(),
            Self::Attribute(name, None) => format!("{ATTRIBUTES}.{name}"),
            Self::Attribute(name, Some(typed)) => format!("{ATTRIBUTES}.{name}:{}", typed.name()),
        }
    }
}

/// The columns of a file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    columns: Vec<Column>,
    /// The row of their names, as it is written.
    pub(super) row: Vec<u8>,
}

impl Columns {
    /// Reads the row of their names.
    ///
    /// # Errors
    /// Lists every fault of the names.
    pub(super) fn named(cells: &[String], row: Vec<u8>) -> Result<Self, Vec<String>> {
        if cells.len() > COLUMNS_MAX {
            return Err(vec![format!("has {} columns; at most {COLUMNS_MAX} are allowed", cells.len())]);
        }
        let (mut columns, mut problems) = (Vec::new(), Vec::new());
        for (index, cell) in cells.iter().enumerate() {
            let read = column(cell).map_err(|problem| format!("column {} {cell:?} {problem}", index + 1));
            match read {
                Ok(column) if columns.iter().any(|known: &Column| known.is_again(&column)) => {
                    problems.push(format!("column {} {cell:?} is named twice", index + 1));
                }
                Ok(column) => columns.push(column),
                Err(problem) => problems.push(problem),
            }
        }
        let missing = REQUIRED.into_iter().filter(|required| cells.iter().all(|cell| cell != required));
        problems.extend(missing.map(|required| format!("has no column {required}")));
        if cells.len() == 1 && cells.iter().any(|cell| cell.contains([';', '\t'])) {
            problems.push("has other separators than commas; save it with commas".to_owned());
        }
        if problems.is_empty() { Ok(Self { columns, row }) } else { Err(problems) }
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.columns.len()
    }

    /// Reads the fields of a record that begins at this line. An empty cell counts as a field that is not given.
    pub(super) fn read(&self, cells: Vec<String>, line: u64, types: &mut Types) -> Given {
        let mut given = Given::default();
        for (column, cell) in self.columns.iter().zip(cells) {
            match column {
                _ if cell.is_empty() => {}
                Column::Field(field) => given.text(field, cell),
                Column::Attribute(name, typed) => {
                    let value = match typed {
                        Some(typed) => typed.read(cell),
                        None => types.read(name, &cell, line),
                    };
                    match value {
                        Ok(value) => given.attribute(name, value),
                        Err(problem) => given.note(Problem::of(format!("{ATTRIBUTES}.{name}"), problem)),
                    }
                }
            }
        }
        given
    }

    /// True when a column holds an attribute.
    pub(super) fn has_attributes(&self) -> bool {
        self.columns.iter().any(|column| matches!(column, Column::Attribute(..)))
    }

    /// True when a column holds an attribute whose type its values tell.
    pub(super) fn has_untyped(&self) -> bool {
        self.columns.iter().any(|column| matches!(column, Column::Attribute(_, None)))
    }

    /// Returns the row of the columns' names, each with the type that its values told.
    pub(super) fn typed(&self, types: &Types) -> Vec<u8> {
        let told = |column: &Column| match column {
            Column::Attribute(name, None) => Column::Attribute(name.clone(), types.told(name)),
            known => known.clone(),
        };
        let columns: Vec<Column> = self.columns.iter().map(told).collect();
        if columns == self.columns {
            return self.row.clone();
        }
        let end = if self.row.ends_with(b"\r\n") { Terminator::CRLF } else { Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(end).from_writer(Vec::new());
        writer.write_record(columns.iter().map(Column::name)).expect("memory takes what is written to it");
        writer.into_inner().expect("memory takes what is written to it")
    }
}

/// Reads a column's name: that of a field, or `attributes.age`, or `attributes.postcode:text`.
fn column(name: &str) -> Result<Column, String> {
    let Some(attribute) = name.strip_prefix("attributes.") else {
        if name == ATTRIBUTES {
            return Err("needs a name, as attributes.age".into());
        }
        return field(name).map(Column::Field);
    };
    let (attribute, typed) = match attribute.rsplit_once(':') {
        Some((attribute, typed)) => (attribute, Some(Typed::of(typed)?)),
        None => (attribute, None),
    };
    match attribute.rsplit_once(':') {
        _ if attribute.is_empty() => Err("names no attribute".into()),
        Some((_, other)) if typed.is_some() && Typed::of(other).is_ok() => Err("names two types; give one".into()),
        _ => Ok(Column::Attribute(attribute.into(), typed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_the_type_of_an_attribute_behind_its_last_colon() {
        let of = |name: &str, typed| Ok(Column::Attribute(name.into(), typed));
        assert_eq!(column("attributes.a"), of("a", None));
        assert_eq!(column("attributes.a:decimal"), of("a", Some(Typed::Decimal)));
        assert_eq!(column("attributes.a:b:text"), of("a:b", Some(Typed::Text)));
        assert_eq!(column("attributes.a:decimal:text"), Err("names two types; give one".to_owned()));
        assert!(
            column("attributes.a:float").is_err_and(|told| told.ends_with("known are text, number, decimal, flag"))
        );
        let twice = ["id", "occurred_at", "attributes.a", "attributes.a:text"].map(str::to_owned);
        let told = "column 4 \"attributes.a:text\" is named twice".to_owned();
        assert_eq!(Columns::named(&twice, Vec::new()).map(drop), Err(vec![told]));
    }

    #[test]
    fn the_first_row_is_written_with_the_types_that_values_told() {
        let row = b"id,occurred_at,attributes.n,\"attributes.a,b\",attributes.x,attributes.t:text\r\n";
        let mut csv = super::super::csv::Csv::new(&row[..], None);
        let columns = csv.columns().expect("nothing fails").expect("the names are right");
        let mut types = Types::default();
        assert_eq!(columns.typed(&types), row);
        for (name, cell) in [("n", "4.5"), ("a,b", "TRUE"), ("x", "05")] {
            drop(types.read(name, cell, 2));
        }
        let typed = "id,occurred_at,attributes.n:decimal,\"attributes.a,b:flag\",attributes.x,attributes.t:text\r\n";
        assert_eq!(String::from_utf8(columns.typed(&types)).expect("text"), typed);
    }
}
