//! Checking entries: order, hashes, chains, balances, rules and payouts.

use std::collections::BTreeSet;

use super::expiry::ExpiryChecks;
use super::form::Asked;
use super::lists::Lists;
use super::payouts::PayoutDebts;
use super::standing::Touched;
use super::{PAGE, Report, tolerable};
use crate::domain::decide::seal::Head;
use crate::domain::entry::Entry;
use crate::domain::entry::fact::Fact;
use crate::domain::entry::kinds::EntryKind;
use crate::domain::project::totals::Totals;
use crate::domain::state::account::Account;
use crate::domain::state::fold::published;
use crate::domain::state::get::State as _;
use crate::domain::state::overlay::{Changes, Overlay};
use crate::domain::state::program::Program;
use crate::domain::terms::rules::book::RuleBook;
use crate::domain::terms::rules::check::check as check_rules;
use crate::domain::terms::till::Young;
use crate::domain::value::encoding::Secret;
use crate::domain::value::ids::{MemberId, ProgramId};
use crate::domain::value::local::LocalTime;
use crate::domain::value::principal::PrincipalId;
use crate::domain::value::seq::Seq;
use crate::log::{Log, LogError, Opened};

/// Folds every entry up to one that is no later than the head, and reports those that do not follow; `None` when the
/// fold cannot be finished. `take` is given each page once it was checked.
pub(super) async fn check(
    log: &dyn Log,
    program: &ProgramId,
    opened: &Opened,
    through: Seq,
    report: &mut Report,
    mut take: impl FnMut(&[Entry]) + Send,
) -> Result<Option<(Changes, Totals)>, LogError> {
    let nothing = Changes::default();
    let mut checker = Checker {
        program,
        secret: &opened.secret,
        head: Head::empty(),
        state: Overlay::new(&nothing),
        rules: RuleBook::default(),
        earning: super::earning::Decisions::default(),
        asked: None,
        merged: None,
        touched: Touched::default(),
        lists: Lists::default(),
        names: BTreeSet::new(),
        debts: PayoutDebts::default(),
        expiry_checks: ExpiryChecks::default(),
        report,
    };
    let mut page_size = PAGE;
    while checker.head.seq < through {
        let mut page = match log.entries(program, checker.head.seq, page_size).await {
            Ok(page) => page,
            // One entry of the page is corrupt. The entries are read one by one to name it.
            Err(LogError::Corrupt { .. }) if page_size > 1 => {
                page_size = 1;
                continue;
            }
            Err(error) => {
                let problem = tolerable(error)?;
                checker.report.find(checker.head.seq.next(), problem);
                checker.note_head();
                return Ok(None);
            }
        };
        page.retain(|entry| entry.seq <= through);
        if page.is_empty() {
            checker.report.find(checker.head.seq.next(), "the entry is missing");
            checker.note_head();
            return Ok(None);
        }
        checker.check_notes(log, &page).await?;
        checker.look_up_referred(log, &page).await?;
        for entry in &page {
            if !checker.check(entry) {
                checker.note_head();
                return Ok(None);
            }
        }
        take(&page);
    }
    checker.end();
    if through == opened.head.seq {
        checker.compare_head(&opened.head);
        checker.report_beyond(log, opened.head.seq).await?;
    }
    Ok(Some((checker.state.changes, checker.debts.into_totals())))
}

/// Checks that the entry after the last one is there, and is the one that was hashed.
pub(super) async fn check_next(
    log: &dyn Log,
    program: &ProgramId,
    opened: &Opened,
    last: Seq,
    report: &mut Report,
) -> Result<(), LogError> {
    let read = log.entries(program, last, 1).await;
    let Some(next) = report.readable(last.next(), read)? else { return Ok(()) };
    match next.first().filter(|entry| entry.seq == last.next()) {
        Some(entry) if entry.compute_leaf(program, &opened.secret) == entry.leaf => {}
        Some(entry) => report.find(entry.seq, "the entry is not the one that was hashed"),
        None => report.find(last.next(), "the entry is missing"),
    }
    Ok(())
}

struct Checker<'a> {
    program: &'a ProgramId,
    secret: &'a Secret,
    /// The head that the entries make.
    head: Head,
    state: Overlay<'a, Changes>,
    rules: RuleBook,
    earning: super::earning::Decisions,
    /// The sender and time of the act recorded last.
    asked: Option<Asked>,
    /// The member that the act recorded last has merged away.
    merged: Option<MemberId>,
    touched: Touched,
    lists: Lists,
    names: BTreeSet<crate::domain::entry::name::CommandName>,
    debts: PayoutDebts,
    expiry_checks: ExpiryChecks,
    report: &'a mut Report,
}

impl Checker<'_> {
    /// Returns the credit that is too young for an entry of the till, if the entry asks for an age.
    fn young(&self, entry: &Entry) -> Option<Young> {
        let days = match &entry.fact {
            Fact::Hold(fact) => fact.min_age_days,
            Fact::Redemption(fact) => fact.min_age_days,
            _ => 0,
        };
        if days == 0 {
            return None;
        }
        let zone = self.state.get::<Program>(&())?.terms.zone().ok()?;
        self.expiry_checks.young(entry, days, &zone)
    }

    /// Checks an entry; `false` when nothing can be said of the entries after it.
    fn check(&mut self, entry: &Entry) -> bool {
        let expected = self.head.seq.next();
        if entry.seq != expected {
            self.report.find(expected, format!("the entry is missing; the next one stored is {}", entry.seq));
            return false;
        }
        if entry.format < self.head.format {
            self.report.find(entry.seq, "its format is below that of the entry before it");
        }
        if entry.compute_leaf(self.program, self.secret) != entry.leaf {
            self.report.find(entry.seq, "the entry is not the one that was hashed");
        }
        self.check_order(entry);
        if let Some(problem) = self.expiry_checks.check(entry, &self.state.changes) {
            self.report.find(entry.seq, problem);
        }
        self.earning.expiring = self.expiry_checks.step(entry, &self.state.changes);
        self.earning.young = self.young(entry);
        self.earning.deciding = super::money::deciding(entry, &self.state.changes);
        self.check_earning(entry);
        self.check_merged(entry);
        if entry.request.is_some() {
            self.check_touched(entry.seq);
        }
        self.touched.note(entry, &self.state);
        if let Some(problem) = self.lists.check(entry, &self.state) {
            self.report.find(entry.seq, problem);
        }
        if let Some(problem) = super::acts::out_of_place(entry, &self.state) {
            self.report.find(entry.seq, problem);
        }
        if let Some(problem) = super::payments::wrong_payment(entry, &self.state.changes) {
            self.report.find(entry.seq, problem);
        }
        if let Some(problem) = super::money::wrong_money(entry, &self.state.changes) {
            self.report.find(entry.seq, problem);
        }
        let before = entry.member.as_ref().and_then(|member| self.state.account(member)).cloned();
        if entry.prev_seq != before.as_ref().map_or(Seq::ZERO, |account| account.last_seq) {
            self.report.find(entry.seq, "the member's entry before it is another");
        }
        if let Err(error) = self.state.apply(entry) {
            self.report.find(entry.seq, format!("the entry does not follow: {error}"));
            return false;
        }
        let after = entry.member.as_ref().and_then(|member| self.state.account(member));
        if entry.balance_after != after.map(|account: &Account| account.balances).unwrap_or_default() {
            self.report.find(entry.seq, "the balances after it are not the sum of the entries");
        }
        if let Some(problem) = super::standing::still_covered(entry, &self.state.changes) {
            self.report.find(entry.seq, problem);
        }
        self.expiry_checks.apply(entry);
        if let Some(problem) = self.debts.check(entry, before.as_ref(), &self.state.changes) {
            self.report.find(entry.seq, problem);
        }
        self.report.payouts += i64::from(entry.kind == EntryKind::PayoutExecuted);
        self.head.advance(entry);
        self.report.entries += 1;
        if matches!(entry.principal, PrincipalId::Named(_)) {
            self.report.names_believed_through = entry.seq;
        }
        true
    }

    fn check_order(&mut self, entry: &Entry) {
        if entry.recorded_at < self.head.at {
            self.report.find(entry.seq, "it was recorded before the entry it follows");
        }
        if let Some(name) = entry.command_name()
            && !self.names.insert(name)
        {
            self.report.find(entry.seq, "its name was used before");
        }
        let asked = Asked::of(entry);
        if entry.request.is_none() && self.asked.as_ref() != Some(&asked) {
            self.report.find(entry.seq, "it is of another act than the entry before it, and has no name");
        }
        self.asked = Some(asked);
    }

    /// Checks that nothing is left at a merged member once the act that merged it is over.
    fn check_merged(&mut self, entry: &Entry) {
        if entry.request.is_some()
            && let Some(problem) = self.left_behind()
        {
            self.report.find(entry.seq, problem);
        }
        if entry.kind == EntryKind::MemberMerged
            && let Fact::Merge(merger) = &entry.fact
        {
            self.merged = Some(merger.from.clone());
        }
    }

    /// Checks what the act that is over has left behind. The faults are told at the entry after it.
    fn check_touched(&mut self, at: Seq) {
        for problem in self.touched.faults(&self.state) {
            self.report.find(at, problem);
        }
    }

    fn left_behind(&mut self) -> Option<String> {
        self.merged.take().and_then(|merged| super::acts::left_behind(&merged, &self.state))
    }

    /// Checks that points follow from the rules, and from what the entries before say of the activity.
    fn check_earning(&mut self, entry: &Entry) {
        if let Some(problem) = self.earning.check(entry, &self.state, &self.rules) {
            self.report.find(entry.seq, problem);
        }
        self.report.other_offsets += i64::from(self.has_other_offset(entry));
        // Nothing can be decided by malformed rules.
        if let Fact::RuleSet(rules) = &entry.fact
            && check_rules(&rules.rules, &rules.caps).is_empty()
        {
            self.rules.publish(published(entry, rules));
        }
    }

    /// True when an activity has another offset from UTC than today's time-zone data give.
    fn has_other_offset(&self, entry: &Entry) -> bool {
        let Fact::Activity(fact) = &entry.fact else { return false };
        let zone = self.state.get::<Program>(&()).and_then(|program| program.terms.zone().ok());
        zone.is_some_and(|zone| LocalTime::in_zone(entry.occurred_at, &zone).utc_offset_s() != fact.utc_offset_s)
    }

    /// Checks that each note that still exists is the one whose digest its entry keeps.
    async fn check_notes(&mut self, log: &dyn Log, page: &[Entry]) -> Result<(), LogError> {
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(()) };
        let read = log.notes(self.program, first.seq.previous(), last.seq).await;
        let Some(notes) = self.report.readable(first.seq, read)? else { return Ok(()) };
        for (seq, note) in &notes {
            let entry = page.iter().find(|entry| entry.seq == *seq);
            if entry.is_none_or(|entry| entry.note_digest != Some(note.digest())) {
                self.report.find(*seq, "its note is not the one that was hashed");
            }
        }
        self.earning.notes = notes.into_iter().collect();
        Ok(())
    }

    /// Reads the entries of activities that others of the page tell of, or follow, and of which no record is kept.
    async fn look_up_referred(&mut self, log: &dyn Log, page: &[Entry]) -> Result<(), LogError> {
        let names: Vec<_> = page.iter().filter_map(super::earning::referred).collect();
        let found = if names.is_empty() { Ok(Vec::new()) } else { log.find(self.program, &names).await };
        let at = page.first().map_or(Seq::ZERO, |entry| entry.seq);
        let Some(found) = self.report.readable(at, found)? else { return Ok(()) };
        let named = found.into_iter().filter_map(|entry| Some((entry.command_name()?, std::sync::Arc::new(entry))));
        self.earning.referred = named.collect();
        Ok(())
    }

    /// Puts into the report how far the fold came.
    fn note_head(&mut self) {
        self.report.head_seq = self.head.seq;
        self.report.root_hash = self.head.tree.root();
    }

    /// Checks that the last act is complete.
    fn end(&mut self) {
        self.note_head();
        let at = self.head.seq.next();
        if let Some(problem) = self.earning.unfinished() {
            self.report.find(at, problem);
        }
        if let Some(problem) = self.left_behind() {
            self.report.find(at, problem);
        }
        self.check_touched(at);
        if let Some(problem) = super::money::wrong_sums(&self.state.changes) {
            self.report.find(Seq::ZERO, problem);
        }
        if let Some(problem) = self.lists.unfinished() {
            self.report.find(at, problem);
        }
    }

    fn compare_head(&mut self, stored: &Head) {
        if self.head.seq != stored.seq {
            return;
        }
        if self.head.tree != stored.tree {
            self.report.find(Seq::ZERO, "the stored Merkle tree is not that of the entries");
        }
        if self.head.at != stored.at {
            self.report.find(Seq::ZERO, "the stored time of the head is not that of the last entry");
        }
        if self.head.format != stored.format {
            self.report.find(Seq::ZERO, "the stored format is not the highest of the entries");
        }
        // Fences raise the stored epoch above what the entries give; it can never be below.
        if self.head.epoch > stored.epoch {
            self.report.find(Seq::ZERO, "the stored epoch is below that of the entries");
        }
    }

    /// Reports entries beyond the head: they belong to nothing, unless the head has moved on meanwhile.
    async fn report_beyond(&mut self, log: &dyn Log, head: Seq) -> Result<(), LogError> {
        let read = log.entries(self.program, head, 1).await;
        let Some(beyond) = self.report.readable(head.next(), read)? else { return Ok(()) };
        let now = log.open(self.program).await?.map_or(Seq::ZERO, |opened| opened.head.seq);
        if let Some(entry) = beyond.first().filter(|entry| entry.seq > now) {
            self.report.find(entry.seq, format!("the entry stands beyond the head, which is {now}"));
        }
        let end = Seq::new(now.get().saturating_add(i64::from(PAGE))).unwrap_or(now);
        if let Ok(notes) = log.notes(self.program, now, end).await
            && let Some((seq, _)) = notes.first()
        {
            self.report.find(*seq, "a note belongs to no entry");
        }
        Ok(())
    }
}
