//! `goodturn import`: sends members' acts from files to a running server, through its API.

mod columns;
mod csv;
mod debris;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod input;
mod item;
mod json;
mod line;
mod link;
mod mark;
mod patience;
mod progress;
mod reader;
mod readings;
mod rejects;
mod run;
mod seen;
mod show;
mod tally;
mod types;
mod window;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};

use self::input::{Format, Input};
use self::line::Target;
use self::link::{Found, Server, Trouble};
use self::mark::Mark;
use self::progress::{About, FilePosition, Progress};
use self::readings::Readings;
use self::rejects::Rejects;
use self::run::{End, Exchange, Run, Saves};
use self::show::Show;
use self::tally::Tally;
use super::program_id;
use super::server::{PrincipalArgs, ServerArgs};
use crate::cli::out;
use goodturn::domain::value::ids::{ProgramId, SourceId};
use goodturn::ledger::clock::{Clock as _, SystemClock};

/// Exit code when lines were rejected.
const REJECTED: u8 = 3;

/// Exit code when a user ended it, as shells report Ctrl-C.
const STOPPED: u8 = 130;

/// The text of `--help` below the options.
const HELP: &str = "\
Lines, as JSON objects or as records of CSV with the same names as columns:

  type             activity (also when not given), reversal, restoration,
                   refund, confirmation or opening_balance
  id               the source's own id of it: the same line again has no effect
  occurred_at      RFC 3339, as 2018-03-12T09:30:00Z, with its offset

  activity         kind, member; counterparty, subject, amount, quantity,
                   attributes, exclusive_key, follows
  reversal         activity (its id), reason (withdrawn, mistake or fraud); note
  restoration      activity (its id); note
  refund           activity (its id), amount or quantity or both; note
  confirmation     activity (its id)
  opening_balance  member, points; note. Needs --principal NAME; becomes the
                   adjustment SOURCE:id of the programme

An amount is a decimal in the programme's currency, with at most its places and
nothing between thousands, in JSON a text: \"12.34\". Points and
quantities are whole, as 500.

Attributes are in JSON an object of texts, numbers and flags; in CSV a column
each. The header says what a column is, attributes.postcode:text, :number
(whole), :decimal or :flag, or else its first cell does: 5 and 4.5 are numbers,
true, True and TRUE are flags, as false, False and FALSE, and the rest is text.
One attribute has one type over a file: a cell that does not fit, or that is
neither a plain number nor plainly a text, as 05, 4,5 and NULL, rejects its
line. Before anything is sent, files are read through, and refused where a rule
takes an attribute for another type. An empty cell is not given.

Ids that a spreadsheet has damaged, as 9.06E+17, 12345.0 and NULL, are rejected;
--ids-as-they-are takes them.

A line that is wrong, or that the server refuses, is rejected; the others are
recorded. With --rejects FILE such lines go to FILE as they were, and what is
wrong to FILE.reasons, as file:line: problem. Once the import is through, mend
FILE and import it.

How far it came is kept in a file beside the input, INPUT.progress, until it is
through. After an interruption, --resume auto goes on from there. Without it
everything is sent again, which changes nothing.

Exit codes: 0 every line is recorded; 1 it could not be done; 2 wrong options;
3 lines were rejected; 130 interrupted.";

#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(super) struct ImportArgs {
    /// Files to import, one after the other; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The programme.
    #[arg(long, value_parser = program_id)]
    program: ProgramId,
    /// Name of the system that the lines come from, as forum: part of what makes their ids unique.
    #[arg(long, value_parser = source_id)]
    source: SourceId,
    #[command(flatten)]
    server: ServerArgs,
    /// Form of the lines [default: by the file's ending].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// File for rejected lines, as they were; the faults of each go to FILE.reasons.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Go on where an import was interrupted: auto, or the file that says where, if it is not INPUT.progress.
    #[arg(long, value_name = "auto|FILE")]
    resume: Option<PathBuf>,
    /// How long to wait for a server that does not answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    wait_max: u64,
    /// Keep the place after so many lines.
    #[arg(long, hide = true, value_name = "LINES", default_value_t = 20_000)]
    progress_every: u64,
    /// Take ids that look like debris of a spreadsheet, as 9.06E+17, 12345.0 and NULL, as they are.
    #[arg(long)]
    ids_as_they_are: bool,
    /// Record activities that occurred before the programme's first rules begin, too: they earn nothing for good.
    #[arg(long)]
    before_rules: bool,
    #[command(flatten)]
    principal: PrincipalArgs,
}

fn source_id(text: &str) -> Result<SourceId, String> {
    SourceId::parse(text).map_err(|why| why.to_string())
}

/// Files, with the place where each begins.
type FilePositions = Vec<(Input, FilePosition)>;

/// Imports the files.
///
/// # Errors
/// Says what could not be done, and how to go on.
pub(super) async fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let inputs = args.files.iter().map(|path| Input::open(path, args.format)).collect::<anyhow::Result<Vec<_>>>()?;
    args.check(&inputs)?;
    let is_once = inputs.iter().any(|input| input.path.is_none());
    let mut about = About {
        program: args.program.to_string(),
        source: args.source.to_string(),
        rejects: args.rejects.clone(),
        begun_at: SystemClock.now().get(),
        head_seq_before: 0,
    };
    let length = inputs.iter().map(|input| input.length).sum();
    let (mut places, progress) = args.places(inputs, &about)?;
    let server =
        Server { at: args.server.clone(), principal: args.principal.name.clone(), program: args.program.clone() };
    let (found, connection) = server.find().await.map_err(told)?;
    let target = args.target(&found, link::readings(connection.clone(), &args.program).await.map_err(told)?);
    for (input, place) in &mut places {
        input.survey(&target, place.lines)?;
    }
    let head = args.head(&places)?;
    let (tally, mark) = if let Some(progress) = &progress {
        (about.begun_at, about.head_seq_before) = (progress.begun_at, progress.head_seq_before);
        let (tally, mark) = (progress.tally.clone(), progress.mark.clone());
        mark.check(tally.seq_max, &found, &connection, &args.program).await.map_err(told)?;
        (tally, mark)
    } else {
        about.head_seq_before = found.head_seq;
        (Tally::default(), Mark::of(connection, &args.program, found.head_seq).await.map_err(told)?)
    };
    let rejects = match (&args.rejects, &progress) {
        (Some(path), Some(progress)) => Some(Rejects::resume(path, &head, progress.rejected.clone())?),
        (Some(path), None) => Some(Rejects::to(path, &head)?),
        (None, _) => None,
    };
    let answered = places.iter().map(|(_, place)| place.offset).sum();
    let mut run = Run {
        server,
        target,
        about,
        wait_max: Duration::from_secs(args.wait_max),
        show: Show::begin(length, answered, tally.read)?,
        tally,
        rejects,
        stop: run::stop()?,
        exchange: Exchange::with(mark),
        saves: Saves::every(args.progress_every),
    };
    let end = args.import(&mut run, places).await;
    let took = run.show.end();
    run.tally.add_time(took);
    args.tell(&run.tally, end, is_once)
}

fn told(trouble: Trouble) -> anyhow::Error {
    match trouble {
        Trouble::Passing(why) | Trouble::Lasting(why) | Trouble::OtherLog(why) => anyhow!(why),
    }
}

impl ImportArgs {
    /// Checks the files against each other.
    fn check(&self, inputs: &[Input]) -> anyhow::Result<()> {
        let is_once = inputs.iter().any(|input| input.path.is_none());
        if is_once && inputs.len() > 1 {
            bail!("what can be read once only, as standard input, is imported alone");
        }
        match &self.resume {
            Some(_) if is_once => {
                bail!("only files can be gone on with; send all of it again, what is recorded has no effect twice")
            }
            Some(path) if inputs.len() > 1 && path != Path::new("auto") => {
                bail!("several files are gone on with by --resume auto");
            }
            _ => Ok(()),
        }
    }

    /// Returns where lines go, and what they are checked against.
    fn target(&self, found: &Found, readings: Readings) -> Target {
        Target {
            program: self.program.clone(),
            source: self.source.clone(),
            currency: found.currency,
            rules_begin: found.rules_begin.filter(|_| !self.before_rules),
            readings,
            ids_as_they_are: self.ids_as_they_are,
        }
    }

    /// Returns the bytes with which the file of rejected lines begins: the columns of all files.
    fn head(&self, places: &FilePositions) -> anyhow::Result<Vec<u8>> {
        let form = |input: &Input| (input.format, input.typed_head());
        let mut inputs = places.iter().map(|(input, _)| input);
        let Some(first) = inputs.next() else { return Ok(Vec::new()) };
        if let Some(other) = inputs.find(|input| self.rejects.is_some() && form(input) != form(first)) {
            bail!(
                "{} has another form than {}, or its attributes have other types: rejected lines of both do not go into one \
                 file",
                other.name,
                first.name
            );
        }
        Ok(first.typed_head())
    }

    /// Returns the place where each file begins, and how far an earlier import came.
    fn places(&self, inputs: Vec<Input>, about: &About) -> anyhow::Result<(FilePositions, Option<Progress>)> {
        let (mut places, mut last) = (Vec::new(), None::<(PathBuf, Progress)>);
        for mut input in inputs {
            let path = input.path.as_deref().map(|path| match &self.resume {
                Some(given) if given != Path::new("auto") => given.clone(),
                _ => progress::path_of(path),
            });
            let kept = path.as_deref().filter(|_| self.resume.is_some());
            let progress = kept.map(|path| Progress::load(path, &input, about)).transpose()?.flatten();
            let place = match (kept, &progress) {
                (Some(path), Some(progress)) => FilePosition::resume(&mut input, path, progress)?,
                _ => FilePosition::start(&input, path.clone()),
            };
            if let (Some(path), Some(progress)) = (kept, progress) {
                match &last {
                    Some((other, before)) if before.begun_at != progress.begun_at => bail!(
                        "{} is of another import than {}; import without --resume: what is recorded has no effect twice",
                        path.display(),
                        other.display()
                    ),
                    _ => last = Some((path.to_owned(), progress)),
                }
            }
            places.push((input, place));
        }
        Ok((places, last.map(|(_, progress)| progress)))
    }

    /// Imports file after file.
    async fn import(&self, run: &mut Run, places: FilePositions) -> anyhow::Result<End> {
        let kept: Vec<_> = places.iter().filter_map(|(_, place)| place.path().map(Path::to_owned)).collect();
        if self.resume.is_none() {
            // An earlier import may have come further than this one will. Its place in a later file is not valid for
            // this one.
            remove(&kept)?;
        }
        for (input, mut place) in places {
            match run.file(input, &mut place).await? {
                End::Done => run.show.file_ends(place.offset),
                end => return Ok(end),
            }
        }
        remove(&kept)?;
        Ok(End::Done)
    }

    /// Prints the summary, and says how it ended.
    fn tell(&self, tally: &Tally, end: anyhow::Result<End>, is_once: bool) -> anyhow::Result<ExitCode> {
        out::print(tally.to_text())?;
        if tally.waiting > 0 {
            out::say(&format!(
                "opening balances above the programme's adjustment limit move nothing until a second person approves them: \
                 ListAdjustments of programs/{} shows those that wait, as programs/{}/adjustments/{}:ID with the line's ID, and \
                 BatchApproveAdjustments approves the list",
                self.program, self.program, self.source
            ));
        }
        if let (Some(path), 1..) = (&self.rejects, tally.rejected()) {
            // Until then an import may go on with the files, so they must stay as they are.
            let once = if matches!(end, Ok(End::Done)) { "" } else { "once it is through, " };
            out::say(&format!(
                "rejected lines are in {}, what is wrong with them in {}; {once}mend them and import that file",
                path.display(),
                rejects::reasons(path).display()
            ));
        }
        Ok(match end.map_err(|error| anyhow!("{error:#}; {}", self.advice(is_once)))? {
            End::OtherLog(why) => bail!(why),
            End::Stopped => {
                out::say(&format!("interrupted; {}", self.advice(is_once)));
                ExitCode::from(STOPPED)
            }
            End::Done if tally.rejected() > 0 => ExitCode::from(REJECTED),
            End::Done => ExitCode::SUCCESS,
        })
    }

    /// Returns the advice on how to go on after an interruption.
    fn advice(&self, is_once: bool) -> String {
        if is_once {
            return "send all of it again: what is recorded has no effect twice".to_owned();
        }
        let mut words: Vec<String> = std::env::args().map(|word| quoted(&word)).collect();
        if self.resume.is_none() {
            words.insert(words.len().min(2), "--resume auto".to_owned());
        }
        format!("go on with\n  {}", words.join(" "))
    }
}

/// Removes those files that exist.
fn remove(paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be removed", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns a word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
