//! The fold of expiry.

use jiff::tz::TimeZone;

use super::super::entry::Entry;
use super::super::expiry::Schedule;
use super::super::fact::ExpiryStep;
use super::super::record::{Record, RecordKey};
use super::super::rules::RuleSet;
use super::super::time::time_zone;
use super::{FoldError, Overlay, State};

impl<S: State> Overlay<'_, S> {
    /// Takes in the policy of a version of the rules.
    pub(super) fn plan_expiry(&mut self, entry: &Entry, rules: &RuleSet) -> Result<(), FoldError> {
        let zone = self.zone()?;
        let mut schedule = self.schedule();
        schedule.publish(rules.in_force_from, entry.recorded_at, rules.expiry, &zone);
        if !schedule.is_empty() {
            self.put(RecordKey::Expiry, entry.seq, Record::Expiry(schedule));
        }
        Ok(())
    }

    pub(super) fn step_expiry(&mut self, entry: &Entry, step: &ExpiryStep) -> Result<(), FoldError> {
        let zone = self.zone()?;
        let mut schedule = self.schedule();
        schedule.step(step.cut_off, step.through.clone(), &zone);
        self.put(RecordKey::Expiry, entry.seq, Record::Expiry(schedule));
        Ok(())
    }

    fn schedule(&self) -> Schedule {
        match self.record(&RecordKey::Expiry) {
            Some(Record::Expiry(schedule)) => schedule.clone(),
            _ => Schedule::default(),
        }
    }

    fn zone(&self) -> Result<TimeZone, FoldError> {
        let unknown = || FoldError::NoRecord("the programme".into());
        match self.record(&RecordKey::Program) {
            Some(Record::Program(program)) => time_zone(&program.terms.time_zone).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}
