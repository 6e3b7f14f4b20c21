//! The sweeper: posts items when they fall due.
//!
//! It submits commands as any caller does. Their ids follow from the due items, so several servers may sweep one store,
//! and one may die and start again: each due item is posted once. Nothing depends on the sweeper being in time: an act
//! on an activity first ends the waiting times that are over.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::{Swept, ban, expiry, passes, runs};
use crate::domain::decide::acts::PayAct;
use crate::domain::decide::command::{Act, Command, Telling};
use crate::domain::decide::rejection::Rejection;
use crate::domain::entry::told::Told;
use crate::domain::state::earning::Earning;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::till::Place;
use crate::domain::value::ids::{ActivityId, ProgramId, RequestId, SourceId};
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::Micros;
use crate::ledger::clock::Stopwatch;
use crate::ledger::state::ProgramState;
use crate::ledger::{Ledger, SubmitError};
use crate::log::{LogError, StoredRecord};
use crate::payout::Payouts;

/// The longest time that a due item waits for a sweeper, as long as looking for it is quick.
pub const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// A sweeper pauses for so many times as long as it took to look for what is due. So looking takes a fiftieth of a core at
/// most, however many programmes there are: 9,000 take some milliseconds.
const PAUSE_TIMES: u32 = 50;

/// The longest pause: a database that took long to answer once may be well again.
const SWEEP_PAUSE_MAX: Duration = Duration::from_secs(10);

/// Due items asked for at a time: a batch that the lane commits at once, and that leaves room in the queue for others.
const PAGE: u32 = 500;

/// The largest number of items asked for at a time, when some cannot be posted and would hide those behind them.
const PAGE_MAX: u32 = 16_000;

/// Time after which a payout or a closing is gone on with again that could not be ended.
const TRIED_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Programmes asked for at a time.
const PROGRAMS_PAGE: u32 = 1_000;

/// Sweeps for ever.
pub async fn keep_sweeping(payouts: &Payouts) {
    let ledger = payouts.ledger();
    let (mut failing, going_on) = (false, GoingOn::default());
    tracing::info!("sweeping begins");
    loop {
        let looking = Stopwatch::start();
        let due = due_programs(ledger).await;
        let pause = (looking.elapsed() * PAUSE_TIMES).clamp(SWEEP_EVERY, SWEEP_PAUSE_MAX);
        let swept = match due {
            Ok(due) => sweep_each(ledger, &due, |program| going_on.begin(payouts, program)).await,
            Err(error) => Err(error),
        };
        match swept {
            Ok(swept) => {
                failing = false;
                ledger.vitals().swept.note();
                ledger.vitals().metrics.standing.sweeper_due.set(i64::try_from(swept.failed).unwrap_or(i64::MAX));
                if swept.posted + swept.failed > 0 {
                    tracing::info!(posted = swept.posted, failed = swept.failed, "what was due is posted");
                }
            }
            // Logged once, not once a second.
            Err(_) if failing => {}
            Err(error) => {
                failing = true;
                tracing::warn!(%error, "what is due cannot be read");
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// Programmes in which this server goes on with what was left in the middle, each in a task of its own: it may take minutes, and other due
/// items do not wait for it.
#[derive(Clone, Default)]
struct GoingOn(Arc<Mutex<BTreeSet<ProgramId>>>);

impl GoingOn {
    fn begin(&self, payouts: &Payouts, program: &Arc<ProgramState>) {
        if !self.programs().insert(program.id.clone()) {
            return;
        }
        let (going_on, payouts, program) = (self.clone(), payouts.clone(), Arc::clone(program));
        tokio::spawn(async move {
            let gone_on = runs::go_on(&payouts, &program).await;
            if let Err(error) = &gone_on {
                tracing::warn!(program = %program.id, %error, "what was left in the middle cannot be read");
            }
            // What cannot be ended now is not tried again, and told of, every second.
            if gone_on.is_ok_and(|swept| swept.failed > 0) {
                tokio::time::sleep(TRIED_AGAIN_AFTER).await;
            }
            going_on.programs().remove(&program.id);
        });
    }

    fn programs(&self) -> MutexGuard<'_, BTreeSet<ProgramId>> {
        self.0.lock().expect("nothing panics while it holds the lock")
    }
}

/// Posts the due items of every programme of the store.
///
/// # Errors
/// [`LogError`] when the log cannot be read; what was posted stays.
pub async fn sweep_all(ledger: &Ledger) -> Result<Swept, LogError> {
    let due = due_programs(ledger).await?;
    sweep_each(ledger, &due, |_| ()).await
}

/// Returns the programmes of the store in which something is due, with one statement for each thousand of them.
async fn due_programs(ledger: &Ledger) -> Result<Vec<ProgramId>, LogError> {
    let now = ledger.now();
    let mut due: Vec<ProgramId> = Vec::new();
    loop {
        let page = ledger.log().due_programs(now, due.last(), PROGRAMS_PAGE).await?;
        let is_last = page.len() < usize::try_from(PROGRAMS_PAGE).unwrap_or(usize::MAX);
        due.extend(page);
        if is_last {
            return Ok(due);
        }
    }
}

/// Sweeps each programme, and tells where a payout or a closing was left in the middle. A failure in one programme does not stop the others.
async fn sweep_each(
    ledger: &Ledger,
    programs: &[ProgramId],
    left: impl Fn(&Arc<ProgramState>),
) -> Result<Swept, LogError> {
    let mut swept = Swept::default();
    for id in programs {
        match sweep_one(ledger, id).await {
            Ok((program, one)) => {
                if let Some(program) = program.filter(|_| one.left > 0) {
                    left(&program);
                }
                swept.add(one);
            }
            Err(error @ LogError::Unavailable(_)) => return Err(error),
            Err(error) => {
                tracing::warn!(program = %id, %error, "what is due cannot be read");
                swept.failed += 1;
            }
        }
    }
    Ok(swept)
}

async fn sweep_one(ledger: &Ledger, id: &ProgramId) -> Result<(Option<Arc<ProgramState>>, Swept), LogError> {
    let Some(program) = ledger.program(id).await? else { return Ok((None, Swept::default())) };
    let mut swept = sweep(ledger, &program).await?;
    swept.add(expiry::expire(ledger, &program).await?);
    Ok((Some(program), swept))
}

/// Posts the due items of a programme.
///
/// # Errors
/// [`LogError`] when the log cannot be read; what was posted stays.
pub async fn sweep(ledger: &Ledger, program: &Arc<ProgramState>) -> Result<Swept, LogError> {
    let mut swept = Swept::default();
    // An item that cannot be posted stays due, and stands in front of those after it.
    let mut stuck: BTreeSet<RecordKey> = BTreeSet::new();
    let mut before = Vec::new();
    let mut bans = Vec::new();
    loop {
        let room = u32::try_from(stuck.len()).unwrap_or(PAGE_MAX).saturating_add(PAGE).min(PAGE_MAX);
        let due = ledger.log().due(&program.id, ledger.now(), room).await?;
        let fresh: Vec<StoredRecord> = due.into_iter().filter(|item| !stuck.contains(&item.key)).collect();
        let (keys, commands): (Vec<RecordKey>, Vec<Command>) =
            fresh.iter().filter_map(|item| Some((item.key.clone(), posting(program, item)?))).unzip();
        let begun: Vec<(RecordKey, Seq)> = fresh.iter().filter_map(interrupted).collect();
        swept.left = fresh
            .iter()
            .filter(|item| matches!(item.record, Record::Payout(_) | Record::Closing(_) | Record::Batch(_)))
            .count();
        // A posted item is no longer due. If it still is, something is wrong with it.
        if (commands.is_empty() && begun.is_empty()) || fresh == before {
            swept.add(ban::resume_all(ledger, program, &bans).await);
            return Ok(swept);
        }
        // Bans take many commands each. They come last, so that the items behind them have their turn.
        for (key, ban) in begun {
            stuck.insert(key);
            bans.push(ban);
        }
        before = fresh;
        let answers = ledger.submit_all(program, commands, None).await;
        for (key, answer) in keys.into_iter().zip(answers) {
            match answer {
                Ok(_) => swept.posted += 1,
                // It was confirmed, captured or taken back a moment ago.
                Err(SubmitError::Rejected(Rejection::NothingDue)) => {}
                Err(error) if passes(&error) => {
                    swept.failed += 1;
                    return Ok(swept);
                }
                Err(error) => {
                    tracing::warn!(program = %program.id, item = told(&key), %error, "a due item cannot be posted");
                    swept.failed += 1;
                    stuck.insert(key);
                }
            }
        }
    }
}

/// Returns the key of an item as the log has it: without a member's id.
fn told(key: &RecordKey) -> String {
    match key {
        RecordKey::Payee(_) => "payee".into(),
        key => key.to_string(),
    }
}

/// Returns the command that posts a due item.
fn posting(program: &ProgramState, item: &StoredRecord) -> Option<Command> {
    match (&item.key, &item.record) {
        (RecordKey::Activity(source, activity), Record::Activity(earning)) => {
            ending_wait(program, source, activity, earning)
        }
        (RecordKey::Hold(source, id), Record::Hold(hold)) if hold.due_at().is_some() => {
            let place = Place { source: source.clone(), id: id.clone() };
            Some(Command::ending_hold(&program.secret, &place, hold.seq))
        }
        (RecordKey::Payee(member), Record::Payee(payee)) => {
            let last = *payee.kept.last()?;
            let act = Act::Pay(Box::new(PayAct::ExpirePayee(member.clone())));
            let id = RequestId::of_payee(member, last, &[1; 32]);
            Some(Command::own(&program.secret, id, PrincipalId::goodturn(), act))
        }
        _ => None,
    }
}

/// Returns a ban that has not taken everything back, or a lifted one that has not given everything back, with the seq of the
/// entry that began it.
fn interrupted(item: &StoredRecord) -> Option<(RecordKey, Seq)> {
    match &item.record {
        Record::Member(member) => Some((item.key.clone(), member.ban.as_ref()?.going_on()?)),
        _ => None,
    }
}

fn ending_wait(program: &ProgramState, source: &SourceId, activity: &ActivityId, earning: &Earning) -> Option<Command> {
    let due: Micros = earning.due_at?;
    let id = RequestId::ending_wait(earning.seq.get(), due.get());
    let (source, activity) = (source.clone(), activity.clone());
    let act = Act::Tell(Box::new(Telling { source, activity, told: Told::WaitEnded, occurred_at: due }));
    Some(Command::own(&program.secret, id, PrincipalId::goodturn(), act))
}
