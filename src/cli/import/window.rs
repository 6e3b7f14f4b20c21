//! Records that were read and are not all answered yet, in the order of the file.
//!
//! Activities go out in that order. A report on an activity waits until every earlier record about the same activity is
//! answered. Reports on other activities overtake it.

use std::collections::{HashMap, VecDeque};

use super::input::{Record, What};
use super::item::{Item, Telling};
use goodturn::pb;

/// Largest number of records under way: those the server has room for, and as many again to come next.
pub(super) const RECORDS_MAX: usize = 4_000;

/// Largest number of bytes of these records.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes of a message to the server, which accepts four times as many.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// The result of a record.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is recorded.
    Recorded {
        /// The seq of its entry.
        seq: i64,
        /// Points that the member got, or lost.
        points: i64,
        /// The reason why it earned nothing, if it earned nothing.
        declined: pb::DeclineReason,
        /// True when it moves nothing until a second person agrees.
        waits: bool,
    },
    /// It is refused for good.
    Rejected {
        /// The reason, from the API's list.
        reason: String,
        /// All faults.
        problems: Vec<String>,
    },
    /// There was nothing to do.
    Passed,
}

impl Outcome {
    /// Returns the outcome in a receipt.
    pub(super) fn of_receipt(receipt: &pb::Receipt) -> Self {
        Self::Recorded { seq: receipt.seq, points: receipt.points, declined: receipt.decline_reason(), waits: false }
    }

    /// Returns the outcome in the reply to an opening balance. A balance above the programme's limit waits.
    pub(super) fn of_adjustment(adjustment: &pb::Adjustment) -> Self {
        let points = if adjustment.state() == pb::AdjustmentState::Posted { adjustment.points } else { 0 };
        let waits = adjustment.state() == pb::AdjustmentState::Proposed;
        Self::Recorded { seq: adjustment.seq, points, declined: pb::DeclineReason::Unspecified, waits }
    }
}

#[derive(Debug)]
enum Stage {
    Waiting,
    Sent,
    Answered(Outcome),
}

#[derive(Debug)]
struct Slot {
    record: Record,
    concerns: Vec<String>,
    /// The record that must be answered before.
    after: Option<u64>,
    stage: Stage,
}

/// The records under way.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Number of the first slot.
    first: u64,
    slots: VecDeque<Slot>,
    bytes: usize,
    /// The last unanswered record about each activity.
    last_of: HashMap<String, u64>,
    /// Every activity before it was sent.
    next: u64,
    /// Activities that were sent and are not answered, in the order of sending.
    sent: VecDeque<u64>,
    /// Reports that may be sent.
    ready: VecDeque<u64>,
    /// Reports that wait, by the record they wait for.
    blocked: HashMap<u64, Vec<u64>>,
}

impl Window {
    /// True when more can be taken in.
    pub(super) fn has_room(&self) -> bool {
        self.slots.len() < RECORDS_MAX && self.bytes < BYTES_MAX
    }

    /// True when everything is answered and counted.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// True when something was sent that is not answered.
    pub(super) fn is_waiting(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot.stage, Stage::Sent))
    }

    /// Takes a record in.
    pub(super) fn admit(&mut self, record: Record) {
        let number = self.first + number_of(self.slots.len());
        self.bytes += record.bytes.len();
        let mut slot = Slot { record, concerns: Vec::new(), after: None, stage: Stage::Waiting };
        match &mut slot.record.what {
            What::Item(item) => {
                slot.concerns = item.concerns();
                let before = slot.concerns.iter().filter_map(|activity| self.last_of.get(activity).copied());
                // Activities are in order without waiting for each other.
                let is_telling = matches!(item, Item::Telling(_));
                slot.after = before.filter(|&before| is_telling || !self.is_activity(before)).max();
                for activity in &slot.concerns {
                    self.last_of.insert(activity.clone(), number);
                }
                match slot.after {
                    Some(before) if is_telling => self.blocked.entry(before).or_default().push(number),
                    None if is_telling => self.ready.push_back(number),
                    _ => {}
                }
            }
            What::Bad(problems) => {
                let (reason, problems) = (INVALID.to_owned(), std::mem::take(problems));
                slot.stage = Stage::Answered(Outcome::Rejected { reason, problems });
            }
            What::Rest | What::Blank => slot.stage = Stage::Answered(Outcome::Passed),
        }
        self.slots.push_back(slot);
    }

    /// True when an activity must be sent next.
    pub(super) fn has_activities(&mut self) -> bool {
        self.next = self.next.max(self.first);
        while let Some(slot) = self.slot(self.next) {
            let is_to_be_sent =
                matches!((&slot.stage, &slot.record.what), (Stage::Waiting, What::Item(Item::Activity(_))));
            if is_to_be_sent {
                return slot.after.is_none_or(|before| self.is_answered(before));
            }
            self.next += 1;
        }
        false
    }

    /// Takes the next activities, as many as may go into a message. They count as sent.
    pub(super) fn take_activities(&mut self, most: usize) -> Vec<pb::Activity> {
        let (mut activities, mut bytes) = (Vec::new(), 0);
        while activities.len() < most && bytes < MESSAGE_BYTES_MAX && self.has_activities() {
            let number = self.next;
            let Some(slot) = self.slot_mut(number) else { break };
            let What::Item(Item::Activity(activity)) = &slot.record.what else { break };
            activities.push(pb::Activity::clone(activity));
            bytes += slot.record.bytes.len();
            slot.stage = Stage::Sent;
            self.sent.push_back(number);
        }
        activities
    }

    /// Takes the next report that may be sent, with its number. It counts as sent.
    pub(super) fn take_telling(&mut self) -> Option<(u64, Telling)> {
        let number = self.ready.pop_front()?;
        let slot = self.slot_mut(number)?;
        slot.stage = Stage::Sent;
        match &slot.record.what {
            What::Item(Item::Telling(telling)) => Some((number, Telling::clone(telling))),
            _ => None,
        }
    }

    /// Returns the number of the activity whose result comes next.
    pub(super) fn next_result(&mut self) -> Option<u64> {
        self.sent.pop_front()
    }

    /// True when a record is an activity, rather than a report on one.
    pub(super) fn is_activity(&self, number: u64) -> bool {
        self.slot(number).is_some_and(|slot| matches!(slot.record.what, What::Item(Item::Activity(_))))
    }

    /// Takes an answer in.
    pub(super) fn answer(&mut self, number: u64, outcome: Outcome) {
        let Some(slot) = self.slot_mut(number) else { return };
        slot.stage = Stage::Answered(outcome);
        for activity in std::mem::take(&mut slot.concerns) {
            if self.last_of.get(&activity) == Some(&number) {
                self.last_of.remove(&activity);
            }
        }
        self.ready.extend(self.blocked.remove(&number).unwrap_or_default());
    }

    /// Marks everything that was sent and not answered to be sent again.
    pub(super) fn interrupt(&mut self) {
        self.sent.clear();
        self.next = self.first;
        let mut again = Vec::new();
        for (slot, number) in self.slots.iter_mut().zip(self.first..) {
            if matches!(slot.stage, Stage::Sent) {
                slot.stage = Stage::Waiting;
                if matches!(slot.record.what, What::Item(Item::Telling(_))) {
                    again.push(number);
                }
            }
        }
        self.ready.extend(again);
        self.ready.make_contiguous().sort_unstable();
    }

    /// Takes the first record out, if it is answered.
    pub(super) fn pop(&mut self) -> Option<(Record, Outcome)> {
        if !matches!(self.slots.front()?.stage, Stage::Answered(_)) {
            return None;
        }
        let Slot { record, stage: Stage::Answered(outcome), .. } = self.slots.pop_front()? else { return None };
        self.first += 1;
        self.bytes -= record.bytes.len();
        Some((record, outcome))
    }

    fn is_answered(&self, number: u64) -> bool {
        self.slot(number).is_none_or(|slot| matches!(slot.stage, Stage::Answered(_)))
    }

    fn slot(&self, number: u64) -> Option<&Slot> {
        self.slots.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn slot_mut(&mut self, number: u64) -> Option<&mut Slot> {
        self.slots.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }
}

/// The reason of malformed lines.
pub(super) const INVALID: &str = "INVALID_REQUEST";

fn number_of(things: usize) -> u64 {
    u64::try_from(things).expect("a window holds few")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(item: Item) -> Record {
        Record { line: 1, bytes: vec![b'x'; 10], what: What::Item(item) }
    }

    fn activity(id: &str, follows: &str) -> Record {
        let activity = pb::Activity { name: format!("a/{id}"), follows: follows.into(), ..Default::default() };
        record(Item::Activity(Box::new(activity)))
    }

    fn telling(of: &str) -> Record {
        let request = pb::ConfirmActivityRequest { name: format!("a/{of}"), ..Default::default() };
        record(Item::Telling(Box::new(Telling::Confirmation(request))))
    }

    fn holding(records: impl IntoIterator<Item = Record>) -> Window {
        let mut window = Window::default();
        records.into_iter().for_each(|record| window.admit(record));
        window
    }

    /// Returns the ids of the activities that go out next, and the numbers of the reports.
    fn sent(window: &mut Window) -> (Vec<String>, Vec<u64>) {
        let activities =
            window.take_activities(100).into_iter().map(|activity| activity.name[2..].to_owned()).collect();
        (activities, std::iter::from_fn(|| window.take_telling().map(|(number, _)| number)).collect())
    }

    fn answer(window: &mut Window, number: u64) {
        window.answer(number, Outcome::of_receipt(&pb::Receipt::default()));
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|&id| id.to_owned()).collect()
    }

    #[test]
    fn a_telling_waits_for_what_concerns_the_same_activity_and_for_nothing_else() {
        let mut window = holding([activity("a", ""), telling("a"), telling("a"), telling("z"), activity("b", "")]);
        assert_eq!(sent(&mut window), (ids(&["a", "b"]), vec![3]));
        assert_eq!(window.next_result(), Some(0));
        answer(&mut window, 0);
        assert_eq!(sent(&mut window), (vec![], vec![1]), "the second waits for the first");
        answer(&mut window, 1);
        assert_eq!(sent(&mut window), (vec![], vec![2]));
    }

    #[test]
    fn an_activity_waits_for_what_was_told_of_the_one_it_follows() {
        let mut window = holding([telling("a"), activity("b", "a"), activity("c", ""), telling("b")]);
        assert_eq!(sent(&mut window), (vec![], vec![0]), "activities stay in order");
        answer(&mut window, 0);
        assert_eq!(sent(&mut window), (ids(&["b", "c"]), vec![]));
        answer(&mut window, 1);
        assert_eq!(sent(&mut window), (vec![], vec![3]));
    }

    #[test]
    fn after_an_interruption_what_was_not_answered_is_sent_again_and_only_that() {
        let mut window = holding([activity("a", ""), activity("b", ""), telling("z"), activity("c", ""), telling("y")]);
        assert_eq!(sent(&mut window).1, [2, 4]);
        answer(&mut window, 1);
        answer(&mut window, 4);
        assert!(window.pop().is_none(), "the first is not answered");
        window.interrupt();
        assert_eq!(sent(&mut window), (ids(&["a", "c"]), vec![2]));
        assert_eq!([window.next_result(), window.next_result()], [Some(0), Some(3)]);
        for number in [0, 2, 3] {
            answer(&mut window, number);
        }
        assert_eq!(std::iter::from_fn(|| window.pop()).count(), 5);
        assert!(window.is_empty() && window.last_of.is_empty() && window.blocked.is_empty(), "nothing is kept");
    }

    #[test]
    fn a_window_is_full_by_count_or_by_bytes() {
        let mut window = holding((0..RECORDS_MAX - 1).map(|n| activity(&n.to_string(), "")));
        assert!(window.has_room());
        window.admit(activity("last", ""));
        assert!(!window.has_room());
        let long = || Record { bytes: vec![b'x'; BYTES_MAX / 2], ..activity("a", "") };
        assert!(!holding([long(), long()]).has_room());
    }
}
