//! The fold of members' money: choices, lots, and the closing of a payout's choices.

use crate::entry::Entry;
use crate::entry::fact::Fact;
use crate::entry::kinds::EntryKind;
use crate::entry::money::{ChoiceFact, ClosingContent, LotFact, LotName, Outcome, Tallies};
use crate::entry::payout::PayoutStep;
use crate::state::choice::{Choices, Chosen, Open, OpenRun};
use crate::state::closing::{Closing, ClosingState};
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::lots::{Lot, Lots};
use crate::state::overlay::Overlay;
use crate::state::payee::Payee;
use crate::terms::payout::PayoutTerms;
use crate::value::amount::Move;
use crate::value::bucket::Bucket;
use crate::value::ids::{MemberId, PayoutId};
use crate::value::seq::Seq;

impl<S: State> Overlay<'_, S> {
    /// Records a member's choice.
    pub(super) fn choose(&mut self, entry: &Entry, fact: &ChoiceFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let open = self.get::<Open>(&()).cloned().unwrap_or_default();
        let mut choices = self.get::<Choices>(member).cloned().unwrap_or_default();
        choices.add(Chosen { choice: fact.choice.clone(), at: entry.recorded_at, seq: entry.seq }, &open);
        self.put(member, entry.seq, choices);
        let counts = |run: &OpenRun| entry.recorded_at <= run.deadline;
        if open.rows.iter().any(counts) {
            self.change_open(entry.seq, |open| {
                for run in open.rows.iter_mut().filter(|run| counts(run)) {
                    run.chosen = entry.seq;
                }
            });
        }
        Ok(())
    }

    /// Counts a payout over a list as open, or not any more.
    pub(super) fn count_list(&mut self, terms: &PayoutTerms, is_open: bool, seq: Seq) {
        if terms.list.is_some() {
            self.change_open(seq, |open| {
                open.lists = if is_open { open.lists.saturating_add(1) } else { open.lists.saturating_sub(1) };
            });
        }
    }

    /// Opens the choices of a payout, if its terms ask for them.
    pub(super) fn open_choices(&mut self, terms: &PayoutTerms, seq: Seq) {
        if let Some(choices) = &terms.choices {
            let (payout, deadline, takes_carried) = (terms.id.clone(), choices.deadline, choices.takes_carried);
            self.change_open(seq, |open| {
                open.rows.push(OpenRun { payout, deadline, takes_carried, is_closing: false, chosen: Seq::ZERO });
            });
        }
    }

    /// Records that the choices of a payout are not open any more, if they were.
    pub(super) fn end_choices(&mut self, payout: &PayoutId, seq: Seq) {
        if self.get::<Open>(&()).is_some_and(|open| open.rows.iter().any(|run| run.payout == *payout)) {
            self.change_open(seq, |open| open.rows.retain(|run| run.payout != *payout));
        }
    }

    /// Adds a lot that was granted.
    pub(super) fn grant_lot(&mut self, entry: &Entry, name: LotName, minor: i64) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let told = name.clone();
        self.change_lots(member, entry.seq, |lots| lots.grant(name, minor, Bucket::Due, entry.seq))
            .ok_or_else(|| FoldError::Lot(format!("{} of {} is granted twice", told.payout, told.of)))
    }

    /// Moves a lot, or decides on it.
    pub(super) fn apply_to_lot(&mut self, entry: &Entry, fact: &LotFact) -> Result<(), FoldError> {
        let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
        let to = entry.movement.map(Move::to);
        if matches!(entry.kind, EntryKind::DonationsReceived | EntryKind::DonationMatched) {
            return self.grant_lot(entry, fact.lot.clone(), fact.minor);
        }
        let minor = self.change_lots(member, entry.seq, |lots| {
            let lot = lots.change(&fact.lot, entry.seq)?;
            let is_whole = entry
                .movement
                .is_none_or(|movement| movement.from() == lot.bucket && movement.amount().get() == lot.minor);
            let minor = (is_whole && moved(lot, entry.kind, to, fact)).then_some(lot.minor);
            if fact.decided.is_none() {
                lots.moved = entry.seq;
            }
            minor
        });
        let lot = || format!("{} of {}", fact.lot.payout, fact.lot.of);
        let minor = minor.ok_or_else(|| FoldError::Lot(lot()))?;
        let Some((payout, outcome)) = &fact.decided else { return Ok(()) };
        let counted = self.change(payout, entry.seq, |closing: &mut Closing| closing.done.count(outcome, minor))?;
        counted.ok_or_else(|| FoldError::Sum(format!("closing {payout}")))
    }

    /// Applies an entry on the closing of a payout's choices.
    pub(super) fn apply_to_closing(&mut self, entry: &Entry, fact: &Fact) -> Result<(), FoldError> {
        let (by, seq) = (entry.principal.clone(), entry.seq);
        match (entry.kind, fact) {
            (EntryKind::ClosingDrafted, Fact::Closing(content)) => {
                self.draft_closing(entry, content);
                Ok(())
            }
            (EntryKind::ClosingApproved, Fact::PayoutContent(content)) => {
                let is_it = |run: &&mut OpenRun| run.payout == content.payout;
                self.change_open(seq, |open| open.rows.iter_mut().filter(is_it).for_each(|run| run.is_closing = true));
                self.change(&content.payout, seq, |closing: &mut Closing| {
                    (closing.state, closing.decided) = (ClosingState::Approved, Some((by, seq)));
                    closing.moved_on_at = entry.recorded_at;
                })
            }
            (EntryKind::ClosingRejected, Fact::PayoutAct(id)) => self.change(id, seq, |closing: &mut Closing| {
                (closing.state, closing.decided) = (ClosingState::Rejected, Some((by, seq)));
            }),
            (EntryKind::ClosingProgressed, Fact::PayoutStep(PayoutStep { payout, through })) => {
                self.change(payout, seq, |closing: &mut Closing| {
                    (closing.through, closing.moved_on_at) = (Some(through.clone()), entry.recorded_at);
                })
            }
            (EntryKind::ChoicesClosed, Fact::PayoutAct(id)) => {
                self.end_choices(id, seq);
                self.change(id, seq, |closing: &mut Closing| {
                    (closing.state, closing.closed_seq) = (ClosingState::Closed, seq);
                })
            }
            (kind, _) => Err(FoldError::FactOfOtherKind(kind.name())),
        }
    }

    fn draft_closing(&mut self, entry: &Entry, content: &ClosingContent) {
        let closing = Closing {
            content: content.clone(),
            state: ClosingState::Draft,
            drafted_by: entry.principal.clone(),
            drafted_seq: entry.seq,
            drafted_at: entry.recorded_at,
            decided: None,
            moved_on_at: entry.recorded_at,
            through: None,
            done: Tallies::default(),
            closed_seq: Seq::ZERO,
        };
        self.put(&content.payout, entry.seq, closing);
    }

    /// Joins the lots of a member that is merged away to those of the member that is left, and the choices where that one has none.
    pub(super) fn merge_money(&mut self, from: &MemberId, into: &MemberId, seq: Seq) {
        // The other's choice may come along, too, so what was signed of either does not hold any more.
        let lots = self.get::<Lots>(from).cloned();
        if lots.is_some() || self.get::<Lots>(into).is_some() {
            self.change_lots(into, seq, |joined| joined.join(lots.clone().unwrap_or_default(), seq));
        }
        if lots.is_some() {
            self.put(from, seq, Lots::default());
        }
        // Where payments on their way went to is kept until they have arrived, at the person's account.
        if let Some(of) = self.get::<Payee>(from).cloned().filter(|of| !of.kept.is_empty() || of.under_way > 0) {
            let joined = self.get::<Payee>(into).cloned().unwrap_or_default();
            let under_way = joined.under_way.saturating_add(of.under_way);
            let kept = of.kept.iter().chain(&joined.kept).copied().collect();
            let used_at = of.used_at.max(joined.used_at);
            self.put(into, seq, Payee { kept, under_way, used_at, ..joined });
            self.put(from, seq, Payee { set: None, kept: Vec::new(), under_way: 0, ..of });
        }
        if let Some(choices) = self.get::<Choices>(from).cloned().filter(|_| self.get::<Choices>(into).is_none()) {
            self.put(into, seq, choices);
        }
    }

    fn change_lots<R>(&mut self, member: &MemberId, seq: Seq, change: impl FnOnce(&mut Lots) -> R) -> R {
        let mut lots = self.get::<Lots>(member).cloned().unwrap_or_default();
        let result = change(&mut lots);
        self.put(member, seq, lots);
        self.change_open(seq, |open| open.lots_changed = seq);
        result
    }

    /// Notes that two persons let money lapse: a closing that was drawn up before has to be drawn up anew.
    pub(super) fn note_lapse(&mut self, seq: Seq) {
        self.change_open(seq, |open| open.lapsed = seq);
    }

    fn change_open(&mut self, seq: Seq, change: impl FnOnce(&mut Open)) {
        let mut open = self.get::<Open>(&()).cloned().unwrap_or_default();
        change(&mut open);
        self.put(&(), seq, open);
    }
}

/// Changes a lot by an entry of this kind, which moves it to a bucket; false when the lot is not where the entry needs it.
fn moved(lot: &mut Lot, kind: EntryKind, to: Option<Bucket>, fact: &LotFact) -> bool {
    match (kind, fact.decided.as_ref().map(|(_, outcome)| outcome)) {
        (EntryKind::MoneyWithheld, None) => lot.was = Some(lot.bucket),
        (EntryKind::MoneyReleased, None) if lot.was == to => lot.was = None,
        (EntryKind::MoneyLapsed, None) if lot.was.is_some() => lot.was = None,
        // What is withheld stays so, and comes back as carried.
        (EntryKind::MoneyCarried, Some(Outcome::Withheld)) if lot.was.is_some() => lot.was = Some(Bucket::Carried),
        (EntryKind::MoneyCarried, Some(Outcome::Unchosen)) => lot.carried_once = true,
        (EntryKind::MoneyChosen, Some(Outcome::Due(_)))
        | (EntryKind::MoneyCarried, Some(Outcome::BelowMinimum | Outcome::Moved))
        | (EntryKind::MoneyLapsed, Some(Outcome::Lapsed))
        | (EntryKind::MoneyDonated, Some(Outcome::Donated(_))) => {}
        _ => return false,
    }
    if fact.decided.is_some() {
        lot.decided.clone_from(&fact.decided);
    }
    lot.bucket = to.unwrap_or(lot.bucket);
    true
}
