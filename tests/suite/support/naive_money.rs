//! Members' money, computed in plain code that shares nothing with the ledger's: lots in lists, choices with their times, one step after
//! the other.

use goodturn::pb::LotSource;

use super::money_histories::Step;
use super::money_terms::{Choice, Outcome, Place, Terms, Told, Totals};

/// Accounts of charities, after those of members.
pub const CHARITIES: usize = 2;

/// Points of an accepted answer. Kudos bring one.
const ANSWER: i64 = 100;

const WRONG_STATE: &str = "WRONG_STATE";

/// The answer to an act: the reason, where it is refused.
pub type Said = Result<(), &'static str>;

/// Money that a run granted to a member, at the account where the person is now.
#[derive(Debug, Clone)]
pub struct Lot {
    run: usize,
    of: usize,
    source: LotSource,
    minor: i64,
    place: Place,
    /// Its place before it was withheld, while it is.
    was: Option<Place>,
    carried_once: bool,
    decided: Option<Outcome>,
    /// The step that moved it last, or decided on it.
    moved: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunIs {
    Draft,
    Approved,
    Executed,
    /// Cancelled, or rejected.
    Over,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub terms: Terms,
    pub is: RunIs,
    pub closing: Option<Closing>,
    pub weights: Vec<(usize, i64)>,
    /// The step that began it.
    begun: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosingIs {
    Draft,
    Rejected,
    Closed,
}

#[derive(Debug, Clone)]
pub struct Closing {
    pub is: ClosingIs,
    pub planned: Totals,
    pub decided: Totals,
    /// The step that drew it up.
    as_of: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Is {
    #[default]
    Active,
    Suspended,
    Banned,
    Merged(usize),
}

#[derive(Debug, Clone, Default)]
pub struct Person {
    pub is: Is,
    points: i64,
    lots: Vec<Lot>,
    /// All choices, with their times.
    choices: Vec<(i64, Option<Choice>)>,
    /// The step that shut the member out last, let the member in again, or merged another into this one.
    touched: usize,
}

/// Members' money as it should be.
#[derive(Debug, Clone)]
pub struct Naive {
    pub now: i64,
    pub runs: Vec<Run>,
    pub people: Vec<Person>,
    /// Pool of the one statement, and its version.
    pub pool: i64,
    pub version: i32,
    /// What the company added in all.
    pub added: i64,
    /// What members gave in all.
    pub given: i64,
    step: usize,
}

impl Naive {
    pub fn at(now: i64, members: usize, pool: i64) -> Self {
        let people = vec![Person::default(); members + CHARITIES];
        Self { now, runs: Vec::new(), people, pool, version: 1, added: 0, given: 0, step: 0 }
    }

    pub fn take(&mut self, step: &Step) -> Said {
        self.step += 1;
        match *step {
            Step::Earn(who, answers, kudos) => self.people[who].points += ANSWER * answers + kudos,
            Step::Correct(pool) => (self.pool, self.version) = (pool, self.version + 1),
            Step::Wait(micros) => self.now += micros,
            Step::Begin(ref terms) => return self.begin(terms),
            Step::Approve(run) if self.runs[run].weights.is_empty() => return Err("NOTHING_TO_PAY"),
            Step::Approve(run) => self.runs[run].is = RunIs::Approved,
            Step::Execute(run) => return self.execute(run),
            Step::Cancel(run) | Step::Reject(run) => return self.give_back(run),
            Step::Choose(who, choice) => return self.choose(who, choice),
            Step::Suspend(who) => return self.shut_out(who, Is::Suspended),
            Step::Ban(who) => return self.shut_out(who, Is::Banned),
            Step::Reinstate(who) => return self.reinstate(who),
            Step::Merge(from, into) => return self.merge(from, into),
            Step::Close(run) => return self.close(run),
            Step::ApproveClosing(run) => return self.approve_closing(run),
            Step::RejectClosing(run) => self.runs[run].closing.as_mut().unwrap().is = ClosingIs::Rejected,
        }
        Ok(())
    }

    fn begin(&mut self, terms: &Terms) -> Said {
        let counts = |person: &Person| person.is == Is::Active && person.points > 0;
        let by_points = self.people.iter().enumerate().filter(|(_, person)| counts(person));
        let weights: Vec<(usize, i64)> = match &terms.list {
            Some((rows, _)) => rows.clone(),
            None => by_points.map(|(who, person)| (who, person.points)).collect(),
        };
        if terms.pool > self.pool - self.taken() {
            return Err("POOL_EXCEEDED");
        }
        if weights.is_empty() {
            return Err("NOTHING_TO_PAY");
        }
        if terms.takes_carried && self.open().next().is_some() {
            return Err("OTHER_CHOICES_OPEN");
        }
        if terms.list.is_none() {
            for (who, points) in &weights {
                self.people[*who].points -= points;
            }
        }
        self.runs.push(Run { terms: terms.clone(), is: RunIs::Draft, closing: None, weights, begun: self.step });
        Ok(())
    }

    /// Each share becomes a lot of the person that the member is now. Whoever is shut out does not get it yet.
    fn execute(&mut self, n: usize) -> Said {
        match self.runs[n].is {
            RunIs::Executed => return Ok(()),
            RunIs::Draft | RunIs::Over => return Err(WRONG_STATE),
            RunIs::Approved => self.runs[n].is = RunIs::Executed,
        }
        let shares = self.runs[n].terms.shares(&self.runs[n].weights);
        for (of, minor) in shares.into_iter().filter(|(_, minor)| *minor > 0) {
            self.grant(n, of, LotSource::Share, minor);
        }
        Ok(())
    }

    fn grant(&mut self, run: usize, of: usize, source: LotSource, minor: i64) {
        let (who, moved) = (self.person(of), self.step);
        let is_free = self.people[who].is == Is::Active;
        let (place, was) = if is_free { (Place::Due, None) } else { (Place::Withheld, Some(Place::Due)) };
        let lot = Lot { run, of, source, minor, place, was, carried_once: false, decided: None, moved };
        self.people[who].lots.push(lot);
    }

    fn give_back(&mut self, n: usize) -> Said {
        let run = &mut self.runs[n];
        if !matches!(run.is, RunIs::Draft | RunIs::Approved) {
            return Err(WRONG_STATE);
        }
        run.is = RunIs::Over;
        if run.terms.list.is_none() {
            for (who, points) in &run.weights {
                self.people[*who].points += points;
            }
        }
        Ok(())
    }

    fn choose(&mut self, who: usize, choice: Option<Choice>) -> Said {
        let is_offered = |to: usize| self.open().any(|(_, run)| run.terms.charities.contains(&to));
        match (self.people[who].is, choice) {
            (Is::Merged(_), _) => Err(WRONG_STATE),
            (_, Some(Choice::Charity(to))) if !is_offered(to) => Err("CHARITY_NOT_OFFERED"),
            _ => {
                self.people[who].choices.push((self.now, choice));
                Ok(())
            }
        }
    }

    /// Money that is still to come is withheld. What a ban takes back counts for no draft.
    fn shut_out(&mut self, who: usize, is: Is) -> Said {
        let (step, person) = (self.step, &mut self.people[who]);
        if !(person.is == Is::Active || (person.is == Is::Suspended && is == Is::Banned)) {
            return Err(WRONG_STATE);
        }
        (person.is, person.touched) = (is, step);
        for lot in person.lots.iter_mut().filter(|lot| matches!(lot.place, Place::Due | Place::Carried)) {
            (lot.was, lot.place, lot.moved) = (Some(lot.place), Place::Withheld, step);
        }
        if is == Is::Suspended {
            return Ok(());
        }
        person.points = 0;
        for run in self.runs.iter_mut().filter(|run| run.is_drafted() && run.weight(who) > 0) {
            run.weights.retain(|(of, _)| *of != who);
            // What was approved is another content now.
            run.is = RunIs::Draft;
        }
        Ok(())
    }

    fn reinstate(&mut self, who: usize) -> Said {
        let (step, person) = (self.step, &mut self.people[who]);
        if person.is != Is::Suspended {
            return Err(WRONG_STATE);
        }
        (person.is, person.touched) = (Is::Active, step);
        for lot in &mut person.lots {
            if let Some(was) = lot.was.take() {
                (lot.place, lot.moved) = (was, step);
            }
        }
        Ok(())
    }

    /// Points and money go to the account where the person goes on, and choices where there is none.
    fn merge(&mut self, from: usize, into: usize) -> Said {
        let are_active = self.people[from].is == Is::Active && self.people[into].is == Is::Active;
        if from == into || !are_active || self.reserved(from) > 0 {
            return Err("NOT_MERGEABLE");
        }
        let merged = Person { is: Is::Merged(into), ..Person::default() };
        let Person { points, lots, choices, .. } = std::mem::replace(&mut self.people[from], merged);
        let left = &mut self.people[into];
        left.points += points;
        left.touched = self.step;
        left.lots.extend(lots.into_iter().map(|lot| Lot { moved: self.step, ..lot }));
        if left.choices.is_empty() {
            left.choices = choices;
        }
        Ok(())
    }

    fn close(&mut self, n: usize) -> Said {
        let run = &self.runs[n];
        if run.is != RunIs::Executed || run.closing.as_ref().is_some_and(|closing| closing.is == ClosingIs::Closed) {
            return Err(WRONG_STATE);
        }
        if self.now <= run.terms.deadline {
            return Err("CHOICES_OPEN");
        }
        let (planned, decided, as_of) = (self.totals(&self.outcomes(n, self.step)), Totals::default(), self.step);
        self.runs[n].closing = Some(Closing { is: ClosingIs::Draft, planned, decided, as_of });
        Ok(())
    }

    fn approve_closing(&mut self, n: usize) -> Said {
        let outcomes = self.outcomes(n, self.runs[n].closing.as_ref().unwrap().as_of);
        let decided = self.totals(&outcomes);
        let given: Vec<(usize, i64)> = decided.donated.iter().map(|(to, (_, minor))| (*to, *minor)).collect();
        let added: Vec<(usize, i64)> = self.runs[n].terms.added(&decided).into_iter().collect();
        let closing = self.runs[n].closing.as_mut().unwrap();
        (closing.is, closing.decided) = (ClosingIs::Closed, decided);
        for (who, at, outcome) in outcomes {
            let lot = &mut self.people[who].lots[at];
            (lot.decided, lot.moved) = (Some(outcome), self.step);
            lot.carried_once |= outcome == Outcome::CarriedOnce;
            // What is withheld stays so, and comes back to this place.
            *lot.was.as_mut().unwrap_or(&mut lot.place) = match outcome {
                Outcome::Due(_) => Place::Due,
                Outcome::Carried | Outcome::CarriedOnce => Place::Carried,
                Outcome::Lapsed => Place::Lapsed,
                Outcome::Donated(_) => Place::Donated,
            };
        }
        for (source, all) in [(LotSource::Donations, given), (LotSource::Match, added)] {
            for (to, minor) in all.into_iter().filter(|(_, minor)| *minor > 0) {
                self.grant(n, to, source, minor);
                *(if source == LotSource::Match { &mut self.added } else { &mut self.given }) += minor;
            }
        }
        Ok(())
    }

    /// What the closing of a run decides, as it was drawn up in a step: member, place in the member's list, outcome.
    fn outcomes(&self, n: usize, as_of: usize) -> Vec<(usize, usize, Outcome)> {
        let run = &self.runs[n];
        let is_of = |lot: &Lot| match lot.was.unwrap_or(lot.place) {
            Place::Due => lot.source == LotSource::Share && lot.run == n && lot.decided.is_none(),
            // What has moved since the run was begun waits for a later one.
            Place::Carried => run.terms.takes_carried && lot.moved < run.begun,
            Place::Withheld | Place::Lapsed | Place::Donated => false,
        };
        let mut outcomes = Vec::new();
        for (who, person) in self.people.iter().enumerate() {
            // All money of a member to whom something happened since is not what was signed.
            let is_free = |lot: &Lot| lot.was.is_none() && person.touched <= as_of;
            let sum: i64 = person.lots.iter().filter(|lot| is_of(lot) && is_free(lot)).map(|lot| lot.minor).sum();
            // A charity on offer has chosen itself.
            let is_charity = run.terms.charities.contains(&who);
            let chosen = if is_charity { Some(Choice::Charity(who)) } else { self.chosen(who, run.terms.deadline) };
            let choice = run.terms.counts(chosen);
            for (at, lot) in person.lots.iter().enumerate().filter(|(_, lot)| is_of(lot)) {
                let outcome = match choice {
                    _ if !is_free(lot) => Outcome::Carried,
                    None if lot.carried_once => Outcome::Lapsed,
                    None => Outcome::CarriedOnce,
                    Some(Choice::Charity(to)) => Outcome::Donated(to),
                    Some(Choice::Cash) if sum < run.terms.minimum_cash => Outcome::Carried,
                    Some(choice) => Outcome::Due(choice),
                };
                outcomes.push((who, at, outcome));
            }
        }
        outcomes
    }

    fn totals(&self, outcomes: &[(usize, usize, Outcome)]) -> Totals {
        let mut totals = Totals::default();
        for (who, at, outcome) in outcomes {
            totals.count(*outcome, self.people[*who].lots[*at].minor);
        }
        totals
    }

    fn person(&self, of: usize) -> usize {
        if let Is::Merged(into) = self.people[of].is { self.person(into) } else { of }
    }

    /// The runs whose choices are open.
    pub fn open(&self) -> impl Iterator<Item = (usize, &Run)> {
        let is_closed = |run: &Run| run.closing.as_ref().is_some_and(|closing| closing.is == ClosingIs::Closed);
        self.runs.iter().enumerate().filter(move |(_, run)| run.is != RunIs::Over && !is_closed(run))
    }

    /// The choice that a member had made by a time.
    pub fn chosen(&self, who: usize, deadline: i64) -> Option<Choice> {
        self.people[who].choices.iter().rfind(|(at, _)| *at <= deadline)?.1
    }

    /// Points that are set aside for drafts.
    fn reserved(&self, who: usize) -> i64 {
        self.runs.iter().filter(|run| run.is_drafted()).map(|run| run.weight(who)).sum()
    }

    /// What runs have taken of the statement.
    pub fn taken(&self) -> i64 {
        self.runs.iter().filter(|run| run.is != RunIs::Over).map(|run| run.terms.pool).sum()
    }

    /// Points that can be used, and those set aside; `None` of a member whose points were taken back.
    pub fn points(&self, who: usize) -> Option<[i64; 2]> {
        let person = &self.people[who];
        (person.is != Is::Banned).then(|| [person.points, self.reserved(who)])
    }

    /// What is due, carried, withheld, lapsed and donated, and the lots.
    pub fn has(&self, who: usize) -> ([i64; 5], Vec<Told>) {
        let lots = &self.people[who].lots;
        let sum = |place: Place| lots.iter().filter(|lot| lot.place == place).map(|lot| lot.minor).sum();
        let choice = |lot: &Lot| match lot.decided? {
            Outcome::Due(choice) => Some(choice),
            Outcome::Donated(to) => Some(Choice::Charity(to)),
            Outcome::Carried | Outcome::CarriedOnce | Outcome::Lapsed => None,
        };
        let told =
            lots.iter().map(|lot| (lot.run, lot.of, lot.source, lot.minor, lot.place, choice(lot), lot.carried_once));
        ([Place::Due, Place::Carried, Place::Withheld, Place::Lapsed, Place::Donated].map(sum), told.collect())
    }
}

impl Run {
    /// True while points are set aside for it.
    fn is_drafted(&self) -> bool {
        self.terms.list.is_none() && matches!(self.is, RunIs::Draft | RunIs::Approved)
    }

    fn weight(&self, who: usize) -> i64 {
        self.weights.iter().find(|(of, _)| *of == who).map_or(0, |(_, weight)| *weight)
    }
}
