//! Books kept by an operator who can lie. Hashes, balances, accounts and records are right, whatever the entries say.

use std::sync::Arc;

use goodturn::audit::{Report, verify};
use goodturn::domain::decide::command::Command;
use goodturn::domain::decide::draft::Draft;
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::earning::{ActivityFact, EarningFact};
use goodturn::domain::entry::fact::Fact;
use goodturn::domain::terms::activity::{Activity, attributes_note};
use goodturn::domain::terms::rules::set::{Rule, RuleSet};
use goodturn::domain::value::amount::{Amount, Move};
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::encoding::Note;
use goodturn::domain::value::ids::{ActivityKind, RuleId};
use goodturn::log::Log as _;
use goodturn::log::memory::MemoryLog;

use super::sample::{SECRET, Writer, create_program, program, publish, record, rule_set};

/// A programme's log and its writer, who changes decisions before they are sealed.
pub struct Books {
    pub writer: Writer,
    pub log: MemoryLog,
    /// True when attributes are erased as soon as they are recorded.
    pub erases: bool,
}

impl Books {
    pub async fn under(rules: RuleSet) -> Self {
        let books = Self { writer: Writer::default(), log: MemoryLog::default(), erases: false };
        books.log.create(&program(), SECRET).await.unwrap();
        books.with(&[create_program(), publish(rules)]).await
    }

    /// Records commands as they are decided.
    pub async fn with(self, commands: &[Command]) -> Self {
        self.forged(commands, |_| ()).await
    }

    /// Records commands, each changed after it was decided.
    pub async fn forged(self, commands: &[Command], lie: impl FnMut(&mut Vec<Draft>)) -> Self {
        self.rewritten(commands, lie, |_| ()).await
    }

    /// Does the same, and changes each entry too, in parts that no account and no record shows.
    pub async fn rewritten(
        mut self,
        commands: &[Command],
        lie: impl FnMut(&mut Vec<Draft>),
        mut change: impl FnMut(&mut Entry),
    ) -> Self {
        let mut head = self.writer.head.clone();
        let (expect, mut batch) = self.writer.seal_as(commands, lie);
        let forged = Arc::make_mut(&mut batch);
        for entry in &mut forged.entries {
            let entry = Arc::make_mut(entry);
            change(entry);
            entry.leaf = entry.compute_leaf(&program(), &SECRET);
            head.advance(entry);
        }
        if self.erases {
            forged.notes.clear();
        }
        (forged.head, self.writer.head) = (head.clone(), head);
        self.log.append(&program(), expect, &batch).await.unwrap();
        self
    }

    pub async fn report(&self) -> Report {
        verify(&self.log, &program(), |_| ()).await.unwrap().unwrap()
    }

    /// Checks that the first finding is this one, at this entry.
    pub async fn are_found_out(&self, seq: i64, problem: &str) {
        let report = self.report().await;
        let first = report.findings.first().unwrap_or_else(|| panic!("not found: {problem}"));
        assert!(first.seq.get() == seq && first.problem.contains(problem), "{:?}, not {problem}", report.findings);
    }

    /// Checks that this is among the findings, at this entry.
    pub async fn are_found_out_too(&self, seq: i64, problem: &str) {
        let findings = self.report().await.findings;
        assert!(
            findings.iter().any(|found| found.seq.get() == seq && found.problem.contains(problem)),
            "{findings:?}, not {problem}"
        );
    }

    pub async fn are_in_order(&self) {
        assert_eq!(self.report().await.findings, []);
    }
}

/// Returns a rule that gives points without any condition.
pub fn rule(id: &str, kind: &str, points: i64) -> Rule {
    let plain = rule_set(1, "2018-03-12T00:00:00Z", points).rules.remove(0);
    Rule { id: RuleId::parse(id).unwrap(), kind: ActivityKind::parse(kind).unwrap(), ..plain }
}

/// Makes a command that records an activity, with its attributes beside the log.
pub fn noted(id: &str, activity: Activity) -> Command {
    let note = Note { salt: [3; 16], text: attributes_note(&activity.attributes).into() };
    Command { note: Some(note), ..record(id, activity) }
}

/// Returns the fact of an act on an activity.
pub fn told(draft: &mut Draft) -> &mut EarningFact {
    match &mut draft.fact {
        Fact::Earning(fact) => fact,
        other => panic!("{other:?}"),
    }
}

/// Returns the fact of an activity.
pub fn recorded(draft: &mut Draft) -> &mut ActivityFact {
    match &mut draft.fact {
        Fact::Activity(fact) => fact,
        other => panic!("{other:?}"),
    }
}

/// Returns a move of points that become available.
pub fn credit(points: i64) -> Option<Move> {
    Move::new(Bucket::Issued, Bucket::Available, Amount::new(points)?)
}
