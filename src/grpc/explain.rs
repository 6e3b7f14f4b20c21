//! An activity with everything that happened to it since, and entries as sentences.

use std::collections::BTreeMap;

use super::{Api, currency_of};
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::entry::name::CommandName;
use crate::domain::project::posted::Posted;
use crate::domain::state::early::Early;
use crate::domain::state::earning::Earning;
use crate::domain::state::record::{Record, RecordKey};
use crate::domain::terms::activity::Attributes;
use crate::domain::value::bucket::Bucket;
use crate::domain::value::ids::{ActivityId, SourceId};
use crate::domain::value::seq::Seq;
use crate::export::sentence::{Context, further, history};
use crate::ledger::state::ProgramState;
use crate::log::{LogError, StoredRecord, Want, entry_at, note_at};
use crate::pb;
use crate::wire::error::ApiError;
use crate::wire::render;

/// The largest number of a member's entries that are searched for those about an activity. 10,000 take some 50 ms of
/// one connection, and are twenty times the entries of the demo's busiest member in half a year.
const LOOKED_THROUGH_MAX: usize = 10_000;

/// Entries read at a time.
const PAGE: u32 = 1_000;

/// Entries of an act read at a time: more than nearly all acts write. An act that takes back points that many payouts
/// have reserved writes an entry for each of them.
const ACT_PAGE: u32 = 16;

/// What the log keeps of an activity beside its entries.
#[derive(Default)]
struct Stored {
    /// The activity with the news since, and the entry of the last news.
    known: Option<(Earning, Seq)>,
    /// The news that came before it.
    early: Early,
}

/// The entries about an activity.
struct Found {
    /// The entries that were found, in order.
    entries: Vec<Entry>,
    /// True when some entries between the first act and the others were not looked at.
    is_truncated: bool,
}

impl Api {
    /// Returns an activity with everything that happened to it since.
    pub(super) async fn explain_activity(
        &self,
        program: &ProgramState,
        source: &SourceId,
        id: &ActivityId,
    ) -> Result<pb::Activity, ApiError> {
        let name = format!("programs/{}/sources/{source}/activities/{id}", program.id);
        let stored = self.stored_activity(program, source, id).await?;
        let Some(entry) = self.ledger.find(program, CommandName::recording(source.clone(), id)).await? else {
            let was_told = !stored.early.news.is_empty();
            return Err(if was_told { ApiError::ToldEarly(name) } else { ApiError::NotFound(name) });
        };
        let (known, last_told) = stored.known.map_or((None, entry.seq), |(known, seq)| (Some(known), seq));
        let attributes = self.attributes(program, &entry).await?;
        let mut found = self.entries_about(program, &entry, last_told).await?;
        let left_out = left_out(&stored.early, &entry);
        let mut early = Vec::with_capacity(stored.early.news.len());
        for news in &stored.early.news {
            early.extend(entry_at(&**self.ledger.log(), &program.id, news.seq).await?);
        }
        found.entries.splice(0..0, early);

        let (currency, (zone, rules)) = (currency_of(program)?, zone_and_rules(program));
        let context = Context { zone: &zone, currency, rules: &rules };
        let recorded =
            render::activity(&program.id, &entry, attributes.as_ref().unwrap_or(&Attributes::new()), currency);
        let mut activity = recorded.ok_or(ApiError::NotFound(name))?;
        if let Some(known) = &known {
            activity = render::known_since(activity, known, &context);
        }
        activity.outcomes = render::outcomes(&entry, known.as_ref(), attributes, &context);
        activity.changes = self.changes(program, &found.entries, &left_out, &context).await?;
        activity.changes_truncated = found.is_truncated;
        activity.totals = (!found.is_truncated).then(|| render::totals(Posted::by(&found.entries)));
        Ok(activity)
    }

    /// Returns the meaning of a member's entries, newest first, in sentences to the member.
    pub(super) async fn sentences(
        &self,
        program: &ProgramState,
        newest_first: &[Entry],
    ) -> Result<Vec<String>, ApiError> {
        let newer = match newest_first.first() {
            // The page before may hold further moves of the act that this one begins with.
            Some(newest) => self.act_from(program, newest.seq).await?.into_iter().skip(1).collect(),
            None => Vec::new(),
        };
        let (currency, (zone, rules)) = (currency_of(program)?, zone_and_rules(program));
        Ok(history(newest_first, &newer, &Context { zone: &zone, currency, rules: &rules }))
    }

    async fn stored_activity(
        &self,
        program: &ProgramState,
        source: &SourceId,
        id: &ActivityId,
    ) -> Result<Stored, LogError> {
        let (source, id) = (source.clone(), id.clone());
        let records = vec![RecordKey::Activity(source.clone(), id.clone()), RecordKey::Early(source, id)];
        let want = Want::records(records);
        let mut stored = Stored::default();
        for StoredRecord { record, seq, .. } in self.ledger.log().load(&program.id, &want).await?.records {
            match record {
                Record::Activity(earning) => stored.known = Some((*earning, seq)),
                Record::Early(early) => stored.early = early,
                _ => {}
            }
        }
        Ok(stored)
    }

    /// Finds every entry about an activity. Its record names the entry of the last report. From there this follows the
    /// member's chain back to the entry that recorded the activity. An activity without a record has no reports. After a
    /// merger, an act takes points from the person that the member is now: these entries are on another chain.
    async fn entries_about(&self, program: &ProgramState, recorded: &Entry, last_told: Seq) -> Result<Found, LogError> {
        let last_act = self.act_about(program, recorded, last_told).await?;
        let mut from = last_act.first().map_or(Seq::ZERO, |entry| entry.prev_seq);
        let mut found = by_seq(last_act);
        let mut looked_through = 0;
        let mut is_truncated = false;
        if last_told > recorded.seq {
            let act = self.act_about(program, recorded, recorded.seq).await?;
            let act_ends = act.last().map_or(recorded.seq, |entry| entry.seq);
            while from > act_ends && !is_truncated {
                let page = self.ledger.log().history(&program.id, from, PAGE).await?;
                looked_through += page.len();
                from = page.last().map_or(Seq::ZERO, |entry| entry.prev_seq);
                found.extend(by_seq(page.into_iter().filter(|it| it.seq > act_ends && is_about(it, recorded))));
                is_truncated = from > act_ends && looked_through >= LOOKED_THROUGH_MAX;
            }
            for first in through_mergers(&found) {
                found.extend(by_seq(self.act_about(program, recorded, first).await?));
            }
            found.extend(by_seq(act));
        }
        Ok(Found { entries: found.into_values().collect(), is_truncated })
    }

    /// Returns the first entry of an act on an activity, and the moves that the act wrote right after it, of whichever
    /// member.
    async fn act_about(&self, program: &ProgramState, recorded: &Entry, first: Seq) -> Result<Vec<Entry>, LogError> {
        let belongs =
            |entry: &Entry| entry.kind.is_further_move() && entry.request.is_none() && is_about(entry, recorded);
        self.act(program, first, |entries| entries.iter().skip(1).take_while(|entry| belongs(entry)).count()).await
    }

    /// Returns the first entry of an act, and those that the act wrote right after it for the same member.
    async fn act_from(&self, program: &ProgramState, first: Seq) -> Result<Vec<Entry>, LogError> {
        self.act(program, first, |entries| further(&entries.iter().collect::<Vec<_>>()).len()).await
    }

    /// Returns an entry and those after it that belong to it. `count` says how many of the entries after the first do.
    async fn act(
        &self,
        program: &ProgramState,
        first: Seq,
        count: impl Fn(&[Entry]) -> usize,
    ) -> Result<Vec<Entry>, LogError> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let after = entries.last().map_or(first.previous(), |entry| entry.seq);
            let page = self.ledger.log().entries(&program.id, after, ACT_PAGE).await?;
            let is_last = page.is_empty();
            entries.extend(page);
            let act = 1 + count(&entries);
            // Another act begins, or the log ends.
            if is_last || act < entries.len() {
                entries.truncate(act);
                return Ok(entries);
            }
        }
    }

    async fn changes(
        &self,
        program: &ProgramState,
        in_order: &[Entry],
        left_out: &[Seq],
        context: &Context<'_>,
    ) -> Result<Vec<pb::ActivityChange>, LogError> {
        let newest_first: Vec<Entry> = in_order.iter().rev().cloned().collect();
        let mut sentences = history(&newest_first, &[], context);
        sentences.reverse();
        let mut changes = Vec::with_capacity(in_order.len());
        for (entry, sentence) in in_order.iter().zip(sentences) {
            let displaced_by = match entry.kind {
                EntryKind::ActivityDisplaced => self.taker_of_key(program, entry.seq).await?,
                _ => String::new(),
            };
            let (left_out, change) = (left_out.contains(&entry.seq), render::change(entry, context.currency));
            changes.push(pb::ActivityChange { sentence, displaced_by, left_out, ..change });
        }
        Ok(changes)
    }

    /// Returns the resource name of the activity that took an exclusive key. The act that displaces records that
    /// activity, or reports on it.
    async fn taker_of_key(&self, program: &ProgramState, displaced: Seq) -> Result<String, LogError> {
        // Between the two entries stand the moves of the act, which are between a few pairs of buckets.
        let from = displaced.minus(ACT_PAGE + 1);
        let entries = self.ledger.log().entries(&program.id, from, ACT_PAGE).await?;
        let act = entries.iter().rev().find(|entry| entry.seq < displaced && entry.request.is_some());
        let taker = act.and_then(|act| match &act.fact {
            Fact::Activity(_) => Some((&act.source, act.activity_id()?)),
            Fact::Earning(fact) => Some((&fact.source, fact.activity.clone())),
            _ => None,
        });
        Ok(taker
            .map_or(String::new(), |(source, id)| format!("programs/{}/sources/{source}/activities/{id}", program.id)))
    }

    /// Returns the attributes of an activity; `None` when they were erased.
    async fn attributes(&self, program: &ProgramState, entry: &Entry) -> Result<Option<Attributes>, LogError> {
        if entry.note_digest.is_none() {
            return Ok(Some(Attributes::new()));
        }
        let note = note_at(&**self.ledger.log(), &program.id, entry.seq).await?;
        Ok(note.map(|note| render::attributes(&note.text)))
    }
}

/// Returns the entries of news that came before an activity and does not count for it.
fn left_out(early: &Early, recorded: &Entry) -> Vec<Seq> {
    let Fact::Activity(fact) = &recorded.fact else { return Vec::new() };
    let left_out = early.news.iter().filter(|news| !news.counts(recorded.occurred_at, fact.measure()));
    left_out.map(|news| news.seq).collect()
}

fn by_seq(entries: impl IntoIterator<Item = Entry>) -> BTreeMap<Seq, Entry> {
    entries.into_iter().map(|entry| (entry.seq, entry)).collect()
}

/// Returns the first entries of the acts that moved points between merged members.
fn through_mergers(found: &BTreeMap<Seq, Entry>) -> Vec<Seq> {
    let moves = |entry: &Entry| entry.movement.is_some_and(|movement| movement.change_of(Bucket::Moved) != 0);
    let mut firsts = Vec::new();
    let mut first = None;
    for entry in found.values() {
        if !entry.kind.is_further_move() {
            first = Some(entry.seq);
        }
        if moves(entry) {
            firsts.extend(first.take());
        }
    }
    firsts
}

/// True when an entry reports on the activity that another recorded.
fn is_about(entry: &Entry, recorded: &Entry) -> bool {
    let (source, activity) = match &entry.fact {
        Fact::Earning(fact) => (&fact.source, &fact.activity),
        Fact::PayoutReduction(fact) => (&fact.source, &fact.activity),
        _ => return false,
    };
    *source == recorded.source && recorded.activity_id().as_ref() == Some(activity)
}

/// Returns the terms of a programme that sentences need, as committed last.
fn zone_and_rules(
    program: &ProgramState,
) -> (jiff::tz::TimeZone, std::sync::Arc<crate::domain::terms::rules::book::RuleBook>) {
    let committed = program.read();
    (committed.zone.clone(), std::sync::Arc::clone(&committed.rules))
}
