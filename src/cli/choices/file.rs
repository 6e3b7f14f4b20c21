//! A file of choices: the member and the choice of each, and an id by which it is recorded once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::words::Wanted;
use crate::cli::sheet::{self, Columns, Faults, unguarded};
use goodturn::domain::value::encoding::{encode, hex};
use goodturn::domain::value::ids::{ActivityId, MemberId, ProgramId};

const COLUMNS: Columns = Columns { required: &["member", "choice"], optional: &["id"] };

/// Bytes of a digest that make an id: 128 bits, which no two choices share by chance.
const ID_BYTES: usize = 16;

/// The choice of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Number of the line.
    pub(super) line: usize,
    pub(super) member: MemberId,
    pub(super) wanted: Wanted,
    pub(super) id: String,
}

/// Reads the choices of a file. Where it has no ids, they are made of its content and the label.
///
/// # Errors
/// Lists the faults of the file, with their lines.
pub(super) fn read(path: &Path, program: &ProgramId, label: &str) -> anyhow::Result<Vec<Chosen>> {
    let content = sheet::content(path)?;
    let mut faults = Faults::default();
    let choices = parse(&content, program, label, &mut faults);
    faults.refuse(path, "is not imported")?;
    Ok(choices)
}

fn parse(content: &[u8], program: &ProgramId, label: &str, faults: &mut Faults) -> Vec<Chosen> {
    let (mut choices, mut lines) = (Vec::new(), HashMap::new());
    sheet::read(content, COLUMNS, faults, |row, faults| {
        let line = row.line;
        let mut noted = |problem: String| faults.note(line, problem);
        let member = MemberId::parse(unguarded(row.text(0))).map_err(|why| noted(format!("member {why}"))).ok();
        let wanted = Wanted::parse(row.text(1)).map_err(|why| noted(format!("choice {why}"))).ok();
        let id = row.cell(2).map(|id| ActivityId::parse(unguarded(id)).map_err(|why| noted(format!("id {why}"))));
        if let Some(member) = &member {
            match lines.entry(member.clone()) {
                Entry::Occupied(first) => noted(format!("member {member} stands on line {} already", first.get())),
                Entry::Vacant(place) => _ = place.insert(line),
            }
        }
        let (Some(member), Some(wanted)) = (member, wanted) else { return };
        let id = match id {
            None => made(program, &member, &wanted, label),
            Some(Ok(id)) => id.to_string(),
            Some(Err(())) => return,
        };
        choices.push(Chosen { line, member, wanted, id });
    });
    choices
}

/// Makes the id of a choice: the same content under the same label is recorded once.
fn made(program: &ProgramId, member: &MemberId, wanted: &Wanted, label: &str) -> String {
    let content = encode(&(program.as_str(), member.as_str(), wanted.to_string(), label));
    hex(&Sha256::digest(content)[..ID_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, label: &str) -> Result<Vec<Chosen>, Vec<String>> {
        let program = ProgramId::parse("qc").expect("an id");
        let mut faults = Faults::default();
        let choices = parse(text.as_bytes(), &program, label, &mut faults);
        match faults.refuse(Path::new("c.csv"), "is not imported") {
            Ok(()) => Ok(choices),
            Err(error) => Err(error.to_string().lines().map(str::to_owned).collect()),
        }
    }

    #[test]
    fn every_fault_of_a_file_is_told_at_once_with_its_line() {
        let text = "member,choice,id
ada,credit,c1
ben,,c2
a b,cash,c3
ada,cash,
cem,charity:,c5
'=dee,none,c6
";
        let expected = [
            "c.csv is not imported:",
            "  c.csv:3: choice is \"\"; give credit, cash, charity:ID or none",
            "  c.csv:4: member has ' ' at byte 1; allowed are A-Z a-z 0-9 - . _ ~ : @ + =",
            "  c.csv:5: id is empty; give 1 to 128 characters",
            "  c.csv:5: member ada stands on line 2 already",
            "  c.csv:6: choice names a charity whose id is empty; give 1 to 128 characters",
        ];
        assert_eq!(read_text(text, "").expect_err("it has faults"), expected);
    }

    #[test]
    fn ids_of_a_file_are_taken_as_they_are() {
        let choices = read_text("id,member,choice\nc1,'=ada,charity:shelter\n", "").expect("choices");
        let line = (choices[0].line, choices[0].member.as_str(), choices[0].wanted.to_string(), choices[0].id.as_str());
        assert_eq!(line, (2, "=ada", "charity:shelter".to_owned(), "c1"));
    }

    /// Frozen: with other ids, a file that was imported before would be recorded again.
    #[test]
    fn ids_made_of_the_content_are_stable() {
        let ids = |text: &str, label: &str| -> Vec<String> {
            read_text(text, label).expect("choices").into_iter().map(|chosen| chosen.id).collect()
        };
        let file = "member,choice\nada,credit\nben,charity:shelter\n";
        let first = ids(file, "2018-h2.csv");
        assert_eq!(first, ["d660679986d959cbed4eeab83eafefae", "2c6ff7892dabc270144cb9a5acc1e28a"]);
        assert_eq!(
            ids("choice,member\r\ncharity:shelter,ben\r\ncredit,ada\r\n", "2018-h2.csv"),
            [&*first[1], &*first[0]]
        );
        let others = [ids(file, "2019-h1.csv"), ids("member,choice\nada,cash\nben,credit\n", "2018-h2.csv")];
        assert!(others.iter().flatten().all(|id| !first.contains(id)), "{others:?}");
    }
}
