//! A member's statement as pages.

use super::Source;
use super::statement::MemberStatement;
use super::words::{facts, heading, shown, table, words_of, words_of_method, words_of_place};
use crate::domain::value::bucket::Unit;
use crate::domain::value::encoding::hex;
use crate::export::pdf::{Block, Document, isolated};
use crate::export::words::{date, plain, points};

/// Returns a statement as a document. `addressee` is a name to be printed; empty for none.
pub(super) fn as_document(source: &Source, statement: &MemberStatement, addressee: &str) -> Document {
    let (seq, at) = statement.as_of;
    let days = format!("{} to {}", date(statement.period.first), date(statement.period.last));
    let mut about = vec![("Member".to_owned(), statement.member.to_string())];
    if !addressee.is_empty() {
        about.insert(0, ("For".to_owned(), addressee.to_owned()));
    }
    about.push(("Programme".to_owned(), source.program.id.to_string()));
    about.push(("Days of recording".to_owned(), format!("{days}, in {}", source.zone_name)));
    let mut blocks = vec![Block::Facts(about)];
    blocks.extend(account(source, statement, Unit::Points));
    blocks.extend(account(source, statement, Unit::Money));
    blocks.extend(shares(source, statement));
    blocks.extend(next(source, statement));
    blocks.push(heading("How to check this statement"));
    blocks.push(facts([
        ("Up to entry", seq.to_string()),
        ("Recorded at", at.to_rfc3339()),
        ("Root hash of all entries up to it", hex(&statement.root)),
    ]));
    Document {
        title: format!("Statement of {}", statement.member),
        created: at,
        id: format!("{}/{}/{days}/{seq}/{}", source.program.id, statement.member, hex(&statement.root)),
        footer: format!("{} · statement of {}", source.program.id, isolated(statement.member.as_str())),
        blocks,
    }
}

/// The opening, each line, and the closing of a unit.
fn account(source: &Source, statement: &MemberStatement, unit: Unit) -> Vec<Block> {
    let (title, opening, closing) = match unit {
        Unit::Points => ("Points", statement.opening.0, statement.closing.0),
        Unit::Money => ("Money", statement.opening.1, statement.closing.1),
    };
    let written = |sum| shown(sum, unit, source.currency);
    let mut rows = vec![vec!["Before".to_owned(), String::new(), written(opening)]];
    for (line, amount) in statement.lines.iter().filter(|(line, _)| line.way.unit() == unit) {
        let kind = line.kind.as_ref().map(|kind| plain(kind.as_str()));
        let payout = line.payout.as_ref().map(|payout| format!("payout {payout}"));
        let method = line.method.map(|method| words_of_method(method).to_owned());
        let of: Vec<String> = [kind, payout, method].into_iter().flatten().collect();
        rows.push(vec![words_of(line.way).to_owned(), of.join(", "), written(*amount)]);
    }
    let total = vec!["After".to_owned(), String::new(), written(closing)];
    let of_unit = statement.places.iter().filter(|(place, _)| place.unit() == unit);
    let places = of_unit.map(|(place, sum)| vec![words_of_place(*place).to_owned(), written((*sum).into())]);
    let places: Vec<Vec<String>> = places.collect();
    let mut blocks = vec![heading(title), table(&["What", "Of"], &[title], rows, Some(total))];
    if !places.is_empty() {
        blocks.push(table(&["Where it is"], &[title], places, None));
    }
    blocks
}

fn shares(source: &Source, statement: &MemberStatement) -> Vec<Block> {
    if statement.shares.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![heading("How shares came about")];
    for (payout, minor, sentence) in &statement.shares {
        let share = shown((*minor).into(), Unit::Money, source.currency);
        blocks.push(Block::Paragraph(format!("Payout {payout}, {share}. {sentence}")));
    }
    blocks
}

fn next(source: &Source, statement: &MemberStatement) -> Vec<Block> {
    let mut sentences = Vec::new();
    if let Some((day, expiring)) = statement.expires_next {
        let verb = if expiring == 1 { "expires" } else { "expire" };
        sentences.push(format!(
            "{} {verb} at the beginning of {} unless they are used before.",
            points(expiring),
            date(day)
        ));
    }
    for (closing, minor) in &statement.lapses_next {
        let amount = shown(*minor, Unit::Money, source.currency);
        sentences.push(match closing {
            Some((payout, by)) => {
                let by = date(*by);
                format!(
                    "{amount} lapses when the choices of payout {payout} are closed, unless a choice is made by {by}."
                )
            }
            None => {
                format!("{amount} lapses with a later payout, unless a choice is made by the deadline of that one.")
            }
        });
    }
    if sentences.is_empty() {
        return Vec::new();
    }
    std::iter::once(heading("What comes next")).chain(sentences.into_iter().map(Block::Paragraph)).collect()
}
