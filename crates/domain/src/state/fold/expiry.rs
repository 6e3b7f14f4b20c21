//! The fold of expiry.

use crate::state::program::Program;
use jiff::tz::TimeZone;

use crate::entry::Entry;
use crate::entry::expiry::ExpiryStep;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;

use crate::state::reached::Reached;
use crate::state::schedule::Schedule;
use crate::terms::expiry::{CutOff, Reach};
use crate::terms::rules::set::RuleSet;

impl<S: State> Overlay<'_, S> {
    /// Applies the expiry policy of a version of the rules.
    pub(super) fn plan_expiry(&mut self, entry: &Entry, rules: &RuleSet) -> Result<(), FoldError> {
        let zone = self.zone()?;
        let mut schedule = self.schedule();
        schedule.publish(rules.in_force_from, entry.recorded_at, rules.expiry.clone(), &zone);
        if !schedule.is_empty() {
            self.put(&(), entry.seq, schedule);
        }
        Ok(())
    }

    pub(super) fn step_expiry(&mut self, entry: &Entry, step: &ExpiryStep) -> Result<(), FoldError> {
        let zone = self.zone()?;
        let mut schedule = self.schedule();
        schedule.step(step.cut_off, step.through.clone(), &zone);
        self.put(&(), entry.seq, schedule);
        Ok(())
    }

    /// Notes that credit of an inactive member was reached. Of cut-offs by age, the schedule tells.
    pub(super) fn reach(&mut self, entry: &Entry, cut_off: CutOff) -> Result<(), FoldError> {
        if let Reach::OfInactive { recorded_by, .. } = cut_off.reach {
            let member = entry.member.as_ref().ok_or(FoldError::NoMember(entry.kind.name()))?;
            let mut reached = self.get::<Reached>(member).cloned().unwrap_or_default();
            reached.add(entry.seq, recorded_by);
            self.put(member, entry.seq, reached);
        }
        Ok(())
    }

    fn schedule(&self) -> Schedule {
        self.get::<Schedule>(&()).cloned().unwrap_or_default()
    }

    fn zone(&self) -> Result<TimeZone, FoldError> {
        let unknown = || FoldError::NoRecord("the programme".into());
        let program = self.get::<Program>(&()).ok_or_else(unknown)?;
        program.terms.zone().map_err(|_| unknown())
    }
}
