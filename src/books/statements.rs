//! Members' statements as files: one, or an archive of all.

use std::fs::File;
use std::io::{BufWriter, Seek as _, Write as _};

use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::sheet::{file_name, file_of};
use super::statement::{Desk, MemberStatement, Period, statement_of};
use super::statement_json::as_json;
use super::statement_page::as_document;
use super::{BooksError, Source, StatementFormat, Written};
use crate::domain::value::bucket::Unit;
use crate::domain::value::encoding::hex;
use crate::domain::value::ids::MemberId;
use crate::export::pdf::Press;

/// Longest name of a file in an archive, without its ending, and digits of the digest that ends a longer one.
const NAME_BYTES_MAX: usize = 200;
const DIGEST_CHARS: usize = 32;

/// Members read at a time.
const PAGE: u32 = 500;

/// A request for members' statements.
#[derive(Debug, Clone)]
pub struct StatementsReport {
    /// The member; `None` for all.
    pub member: Option<MemberId>,
    /// The days.
    pub period: Period,
    /// The name to be printed on the statement of one member; empty for none.
    pub addressee: String,
    /// PDF or JSON.
    pub format: StatementFormat,
}

/// Writes one statement, or a zip archive with one for each member who has an entry in these days, or something open
/// after them.
pub(super) async fn write(source: &Source, asked: &StatementsReport) -> Result<Written, BooksError> {
    let press = Press::new();
    let ending = if asked.format == StatementFormat::Json { "json" } else { "pdf" };
    if let Some(member) = &asked.member {
        let statement = statement_of(source, &mut Desk::default(), member, asked.period).await?;
        let file = file_of(&content(source, asked, &press, &statement)?)?;
        let name = file_name(source, &format!("statement {member}"), ending);
        return Ok(Written { file, name, rows: 1, seq: statement.as_of.0, differences: differences(&statement) });
    }
    let mut archive = ZipWriter::new(BufWriter::new(tempfile::tempfile()?));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .large_file(false);
    let (mut after, mut done, mut rows, mut wrong, mut desk) = (None, 0, 0, 0, Desk::default());
    loop {
        let page = source.ledger().log().accounts(&source.program.id, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.member.clone());
        for account in page {
            done += 1;
            let statement = statement_of(source, &mut desk, &account.member, asked.period).await?;
            if statement.lines.is_empty() && statement.closing == (0, 0) {
                continue;
            }
            let not_written = |error: zip::result::ZipError| BooksError::NotWritten(error.to_string());
            archive.start_file(inner_name(&account.member, ending), options).map_err(not_written)?;
            archive.write_all(&content(source, asked, &press, &statement)?)?;
            rows += 1;
            wrong += differences(&statement);
        }
        (source.progress)(done, 0);
    }
    let out = archive.finish().map_err(|error| BooksError::NotWritten(error.to_string()))?;
    let mut file: File = out.into_inner().map_err(|error| BooksError::NotWritten(error.to_string()))?;
    file.rewind()?;
    Ok(Written { file, name: file_name(source, "statements", "zip"), rows, seq: source.head, differences: wrong })
}

/// Returns the name of a member's file: ids may hold characters that no file system takes, and differ by case alone.
fn inner_name(member: &MemberId, ending: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let written = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let name: String = member.as_str().bytes().map(written).collect();
    if name.len() <= NAME_BYTES_MAX {
        return format!("{name}.{ending}");
    }
    // File systems take 255 bytes. The digest keeps names apart.
    let digest: [u8; 32] = Sha256::digest(member.as_str()).into();
    let end = (0..=NAME_BYTES_MAX - 1 - DIGEST_CHARS)
        .rev()
        .find(|end| !name[..*end].ends_with('%') && !name[..end - 1].ends_with('%'));
    format!("{}~{}.{ending}", &name[..end.unwrap_or(0)], &hex(&digest)[..DIGEST_CHARS])
}

/// Returns 1 when the lines do not lead from the opening to the closing, else 0.
fn differences(statement: &MemberStatement) -> i64 {
    let sum = |unit| {
        let lines = statement.lines.iter().filter(move |(line, _)| line.way.unit() == unit);
        lines.map(|(_, amount)| *amount).sum::<i128>()
    };
    let points = statement.opening.0 + sum(Unit::Points) == statement.closing.0;
    let money = statement.opening.1 + sum(Unit::Money) == statement.closing.1;
    i64::from(!points || !money)
}

fn content(
    source: &Source,
    asked: &StatementsReport,
    press: &Press,
    statement: &MemberStatement,
) -> Result<Vec<u8>, BooksError> {
    match asked.format {
        StatementFormat::Json => {
            let mut text = serde_json::to_vec_pretty(&as_json(source, statement)).map_err(std::io::Error::from)?;
            text.push(b'\n');
            Ok(text)
        }
        StatementFormat::Pdf => Ok(press.write(&as_document(source, statement, &asked.addressee))?),
    }
}
