//! Where members' money goes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::ensure;

use super::{Format, due};
use crate::cli::finance::{Finance, RecordArgs, amount, member_id, minor};
use crate::cli::out;
use crate::cli::server::{answered, explain, status_of};
use crate::cli::sheet::{self, Columns, Faults, LISTED_MAX, unguarded};
use crate::cli::text::{count, counted, counted_as, grouped};
use crate::cli::watch::Steps;
use goodturn::domain::value::ids::MemberId;
use goodturn::payees::{Payee, PayeeFields};
use goodturn::pb;
use goodturn::pb::DueState;
use goodturn::pb::set_payee_result::Result as Answer;

/// The text of `payments payees import --help` below the options.
const IMPORT_HELP: &str = "\
The file's first line names the columns: member,method and, as the method needs
them, receiver,name,sort_code,account_number,iban,bic,street,building,post_code,
town,country. A method is

  paypal   receiver: an e-mail address or a payer id
  uk_bank  name (18 characters at most), sort_code, account_number
  iban     name, iban, and where the bank asks for them bic and an address, which
           has town and country at least

A member stands in the file once. A fault of any line keeps all of them from
being sent; every fault is listed with its line. Members with cash due who are
missing in the file, and those in it with none due, are listed at the end.

Exit codes: 0 every payee is set; 1 some were refused, or it could not be done;
2 wrong options.";

const COLUMNS: Columns = Columns {
    required: &["member", "method"],
    optional: &[
        "receiver",
        "name",
        "sort_code",
        "account_number",
        "iban",
        "bic",
        "street",
        "building",
        "post_code",
        "town",
        "country",
    ],
};

/// Payees of one call: as many as a server takes.
const BATCH: usize = 1_000;

/// Members that are listed as missing, or as too many.
const SHOWN_MAX: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct PayeesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Sets where the money of many members goes, from a file of CSV.
    #[command(after_long_help = IMPORT_HELP)]
    Import(ImportArgs),
    /// Removes where a member's money goes.
    Remove(RemoveArgs),
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// File of CSV.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    record: RecordArgs,
}

#[derive(Debug, clap::Args)]
struct RemoveArgs {
    /// The member.
    #[arg(value_parser = member_id)]
    member: MemberId,
    #[command(flatten)]
    record: RecordArgs,
}

/// A payee of a line.
struct Line {
    number: usize,
    member: MemberId,
    fields: PayeeFields,
}

/// Sets payees from a file, or removes one.
///
/// # Errors
/// Lists the faults of a file. Says that no server answers, or what it answered.
pub(super) async fn run(args: &PayeesArgs) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Import(args) => import(args).await,
        What::Remove(args) => {
            let mut finance = args.record.finance().await?;
            let request = pb::RemovePayeeRequest { name: finance.member_name(&args.member) };
            answered(finance.payments.remove_payee(request).await, "remove the payee")?;
            out::print(format!("It is not known any more where the money of {} goes.\n", args.member))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn import(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let content = sheet::content(&args.file)?;
    let mut faults = Faults::default();
    let lines = parse(&content, &mut faults);
    faults.refuse(&args.file, "is not imported")?;
    let mut finance = args.record.finance_for_long().await?;
    let steps = Steps::begin("payees", count(lines.len()))?;
    let (mut changed, mut same, mut refused) = (0_i64, 0_i64, Vec::new());
    for (at, batch) in lines.chunks(BATCH).enumerate() {
        for (line, answer) in batch.iter().zip(send(&mut finance, batch).await?) {
            match answer {
                Some(Answer::Changed(true)) => changed += 1,
                Some(Answer::Changed(false)) => same += 1,
                Some(Answer::Error(error)) => refused.push((line, explain(&status_of(&error)))),
                None => refused.push((line, "the server did not answer it".to_owned())),
            }
        }
        steps.show(count(at * BATCH + batch.len()));
    }
    steps.end();
    let before = counted_as(same, "was so already", "were so already");
    out::print(format!("{} set anew, {before}.\n", counted(changed, "payee")))?;
    out::print(told_refused(&args.file, &refused))?;
    out::print(compared(&mut finance, &lines).await?)?;
    Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told_refused(path: &Path, refused: &[(&Line, String)]) -> String {
    if refused.is_empty() {
        return String::new();
    }
    let mut text = format!("{} refused:\n", counted(count(refused.len()), "payee"));
    for (line, why) in refused.iter().take(LISTED_MAX) {
        text += &format!("  {}:{}: {}: {why}\n", path.display(), line.number, line.member);
    }
    if refused.len() > LISTED_MAX {
        text += &format!("  and {} more\n", grouped(count(refused.len() - LISTED_MAX)));
    }
    text
}

async fn send(finance: &mut Finance, batch: &[Line]) -> anyhow::Result<Vec<Option<Answer>>> {
    let requests = batch
        .iter()
        .map(|line| pb::SetPayeeRequest { name: finance.member_name(&line.member), payee: Some(to_api(&line.fields)) });
    let requests = requests.collect();
    let request = pb::BatchSetPayeesRequest { parent: format!("programs/{}", finance.program), requests };
    let results = answered(finance.payments.batch_set_payees(request).await, "set the payees")?.results;
    ensure!(results.len() == batch.len(), "the server answered {} of {} payees", results.len(), batch.len());
    Ok(results.into_iter().map(|result| result.result).collect())
}

/// Says who has cash due and is not in the file, and who is in it without.
async fn compared(finance: &mut Finance, lines: &[Line]) -> anyhow::Result<String> {
    let due = due::all(finance, Format::Pain001).await?;
    let given: BTreeSet<&str> = lines.iter().map(|line| line.member.as_str()).collect();
    let owed: BTreeMap<&str, &pb::DuePayment> = due.iter().map(|due| (due.member_id.as_str(), due)).collect();
    let missing: Vec<_> = due.iter().filter(|due| due.state() == DueState::NoPayee).collect();
    let mut text = String::new();
    if !missing.is_empty() {
        let told = ["member with cash due has no payee", "members with cash due have no payee"];
        text += &format!("{}:\n", counted_as(count(missing.len()), told[0], told[1]));
        for due in missing.iter().take(SHOWN_MAX) {
            let sum = amount(minor(due.amount.as_ref(), finance.currency)?, finance.currency);
            text += &format!("  {}  {} {sum}\n", due.member_id, finance.currency.code());
        }
        text += &more(missing.len());
    }
    let needless: Vec<&str> = given.into_iter().filter(|member| !owed.contains_key(member)).collect();
    if !needless.is_empty() {
        let told = ["member of the file has no cash due", "members of the file have no cash due"];
        text += &format!("{}:\n", counted_as(count(needless.len()), told[0], told[1]));
        for member in needless.iter().take(SHOWN_MAX) {
            text += &format!("  {member}\n");
        }
        text += &more(needless.len());
    }
    Ok(text)
}

fn more(all: usize) -> String {
    if all > SHOWN_MAX { format!("  and {} more\n", grouped(count(all - SHOWN_MAX))) } else { String::new() }
}

fn parse(content: &[u8], faults: &mut Faults) -> Vec<Line> {
    let (mut lines, mut seen) = (Vec::new(), BTreeMap::new());
    sheet::read(content, COLUMNS, faults, |row, faults| {
        let cell = |column: usize| row.cell(column).map(|text| unguarded(text).to_owned()).unwrap_or_default();
        let fields = PayeeFields {
            method: cell(1),
            receiver: cell(2),
            name: cell(3),
            sort_code: cell(4),
            account_number: cell(5),
            iban: cell(6),
            bic: cell(7),
            street: cell(8),
            building: cell(9),
            post_code: cell(10),
            town: cell(11),
            country: cell(12),
        };
        let member = MemberId::parse(&cell(0));
        if let Err(why) = &member {
            faults.note(row.line, format!("member {why}"));
        }
        if let Err(problems) = Payee::check(&fields) {
            for problem in problems {
                faults.note(row.line, format!("{} {}", problem.field, problem.problem));
            }
        }
        let Ok(member) = member else { return };
        if let Some(first) = seen.insert(member.clone(), row.line) {
            faults.note(row.line, format!("member {member} stands on line {first} already"));
        }
        lines.push(Line { number: row.line, member, fields });
    });
    lines
}

fn to_api(fields: &PayeeFields) -> pb::Payee {
    let kind = match fields.method.trim() {
        "paypal" => pb::PayeeKind::Paypal,
        "uk_bank" => pb::PayeeKind::UkBank,
        _ => pb::PayeeKind::Iban,
    };
    let address = pb::PostalAddress {
        street: fields.street.clone(),
        building: fields.building.clone(),
        post_code: fields.post_code.clone(),
        town: fields.town.clone(),
        country_code: fields.country.clone(),
    };
    pb::Payee {
        kind: kind.into(),
        receiver: fields.receiver.clone(),
        holder: fields.name.clone(),
        sort_code: fields.sort_code.clone(),
        account_number: fields.account_number.clone(),
        iban: fields.iban.clone(),
        bic: fields.bic.clone(),
        address: (address != pb::PostalAddress::default()).then_some(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_file_is_told_at_once_with_its_line() {
        let text = "member,method,receiver,name,sort_code,account_number
ada,paypal,ada@example.org,,,
ben,uk_bank,,Ben Nevis,12-34-56,12345678
c d,paypal,nobody,,,
ada,post,,,,
";
        let mut faults = Faults::default();
        let lines = parse(text.as_bytes(), &mut faults);
        assert_eq!(lines.len(), 3);
        let told = faults.refuse(Path::new("p.csv"), "is not imported").expect_err("it has faults").to_string();
        for expected in
            ["p.csv:4: member has ' '", "p.csv:4: receiver ", "p.csv:5: method is \"post\"", "stands on line 2 already"]
        {
            assert!(told.contains(expected), "{expected} in {told}");
        }
        assert!(!told.contains("p.csv:2") && !told.contains("p.csv:3"), "{told}");
    }
}
