//! The input of a replay: the activities of a file, and the names and figures that follow from them.

use std::path::Path;

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;

use super::input::{self, Activity};
use super::kinds::{KINDS, Kind};
use super::text;
use goodturn::domain::value::ids::{LABEL_BYTES_MAX, MemberId};
use goodturn::domain::value::time::{Day, Micros};
use goodturn::google::r#type::{Date, Money};
use goodturn::pb;

/// The currency of every community that is replayed.
pub(super) const CURRENCY: &str = "GBP";

/// The company's own cost of the programme, in pence. Chosen so that the embedded community shares £12,345.67.
const PROGRAMME_COST_MINOR: i64 = 44_266;

/// The community's part of the savings: half.
const COMMUNITY_SHARE: &str = "0.5";

/// A community that is ready to be replayed.
pub(super) struct Community {
    /// Id of its programme.
    pub(super) program_id: String,
    /// The acts of its members, in file order. At least one earns points.
    pub(super) activities: Vec<Activity>,
    /// Day of the earliest activity, in UTC.
    pub(super) first_day: Day,
    /// Day of the latest activity, in UTC.
    pub(super) last_day: Day,
}

impl Community {
    /// Reads and checks a file; `None` for the embedded one.
    ///
    /// # Errors
    /// Says what is wrong with the file, line by line.
    pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = file else {
            return Self::parse(super::EMBEDDED_NAME, super::EMBEDDED).context("the embedded input");
        };
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&stem, &bytes).with_context(|| format!("nothing of {} was recorded", path.display()))
    }

    fn parse(name: &str, bytes: &[u8]) -> anyhow::Result<Self> {
        let activities = input::parse(bytes)?;
        if activities.iter().all(Activity::is_self_dealing) {
            bail!("no activity in it earns points: on every line, member and counterparty are the same");
        }
        let days = || activities.iter().map(|activity| activity.occurred_at.day_in(&TimeZone::UTC));
        let first_day = days().min().context("it holds no activity")?;
        let last_day = days().max().context("it holds no activity")?;
        Ok(Self { program_id: label(name), activities, first_day, last_day })
    }

    /// Returns the resource name of its programme.
    pub(super) fn program(&self) -> String {
        format!("programs/{}", self.program_id)
    }

    /// Returns the resource name of its first payout.
    pub(super) fn payout(&self) -> String {
        format!("{}/payouts/first-payout", self.program())
    }

    /// Returns the number of members that the file names.
    pub(super) fn members(&self) -> usize {
        let mut members: Vec<&MemberId> = self.activities.iter().map(|activity| &activity.member).collect();
        members.sort_unstable();
        members.dedup();
        members.len()
    }

    /// Returns the first activity that will be declined, because its member is its counterparty.
    pub(super) fn first_declined(&self) -> Option<&Activity> {
        self.activities.iter().find(|activity| activity.is_self_dealing())
    }

    /// Returns the first version of its rules, in force from the first midnight.
    pub(super) fn rule_set(&self) -> anyhow::Result<pb::RuleSet> {
        let midnight = i64::from(self.first_day.get())
            .checked_mul(MICROS_PER_DAY)
            .and_then(Micros::new)
            .context("the first activity lies outside years 1 to 9999")?;
        let rules = KINDS.map(Kind::terms).map(|terms| pb::Rule {
            rule_id: terms.rule_id.to_owned(),
            activity_kind: terms.activity_kind.to_owned(),
            points: terms.points,
            ..Default::default()
        });
        Ok(pb::RuleSet {
            name: format!("{}/ruleSets/1", self.program()),
            in_force_from: Some(timestamp(midnight)?),
            rules: rules.to_vec(),
            ..Default::default()
        })
    }

    /// Returns an activity as the API takes it.
    pub(super) fn activity(&self, activity: &Activity) -> anyhow::Result<pb::Activity> {
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        Ok(pb::Activity {
            name: format!("{}/sources/forum/activities/{}", self.program(), activity.id),
            kind: activity.kind.terms().activity_kind.to_owned(),
            member_id: activity.member.to_string(),
            counterparty_id: text(activity.counterparty.as_ref().map(MemberId::as_str)),
            subject: text(activity.subject.as_ref().map(goodturn::domain::value::ids::Subject::as_str)),
            occurred_at: Some(timestamp(activity.occurred_at)?),
            ..Default::default()
        })
    }

    /// Returns the savings of the whole time, by the count of each kind of activity that earns points.
    ///
    /// Kudos count only when the others save nothing. The programme's own cost counts only when something is left.
    pub(super) fn savings_statement(&self) -> pb::SavingsStatement {
        let mut kinds = vec![Kind::AnswerAccepted, Kind::Promotion];
        if kinds.iter().all(|&kind| self.earning(kind) == 0) {
            kinds.push(Kind::Kudos);
        }
        let covers_cost = kinds.iter().any(|&kind| {
            self.earning(kind).saturating_mul(kind.terms().unit_cost_minor) > PROGRAMME_COST_MINOR.saturating_mul(2)
        });
        let lines = kinds.into_iter().filter(|&kind| self.earning(kind) > 0).map(|kind| pb::SavingsLine {
            description: kind.terms().saving.to_owned(),
            quantity: self.earning(kind),
            unit_cost: Some(money(kind.terms().unit_cost_minor)),
            factor: kind.terms().factor.to_owned(),
            evidence: kind.terms().evidence.to_owned(),
            amount: None,
        });
        pb::SavingsStatement {
            name: format!("{}/savingsStatements/first-savings", self.program()),
            first_day: Some(date(self.first_day)),
            last_day: Some(date(self.last_day)),
            lines: lines.collect(),
            programme_cost: covers_cost.then(|| money(PROGRAMME_COST_MINOR)),
            community_share: COMMUNITY_SHARE.to_owned(),
            ..Default::default()
        }
    }

    /// Returns the draft of the payout of `pool`.
    pub(super) fn draft(&self, statement: &str, pool: Option<Money>) -> pb::Payout {
        pb::Payout {
            name: self.payout(),
            savings_statement: statement.to_owned(),
            last_day: Some(date(self.last_day)),
            pool,
            ..Default::default()
        }
    }

    fn earning(&self, kind: Kind) -> i64 {
        let earning = self.activities.iter().filter(|activity| activity.kind == kind && !activity.is_self_dealing());
        text::count(earning.count())
    }
}

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Writes a time as the API takes it.
fn timestamp(at: Micros) -> anyhow::Result<prost_types::Timestamp> {
    let nanos = i32::try_from(at.get().rem_euclid(MICROS_PER_SECOND))?.checked_mul(1_000).context("below a second")?;
    Ok(prost_types::Timestamp { seconds: at.get().div_euclid(MICROS_PER_SECOND), nanos })
}

fn date(day: Day) -> Date {
    let date = day.date();
    Date { year: i32::from(date.year()), month: i32::from(date.month()), day: i32::from(date.day()) }
}

/// Writes pence as the API takes them.
fn money(minor: i64) -> Money {
    let nanos = i32::try_from(minor % 100).expect("below 100") * 10_000_000;
    Money { currency_code: CURRENCY.to_owned(), units: minor / 100, nanos }
}

/// Makes a programme's id of a file's name. Characters that an id may not hold become hyphens.
fn label(name: &str) -> String {
    let mut label = String::new();
    for c in name.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => label.push(c),
            _ if label.is_empty() || label.ends_with('-') => {}
            _ => label.push('-'),
        }
    }
    label.truncate(LABEL_BYTES_MAX);
    let label = label.trim_end_matches('-');
    if label.is_empty() { "community".to_owned() } else { label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use goodturn::domain::value::ids::ProgramId;

    fn community(lines: &[(&str, &str, &str)]) -> anyhow::Result<Community> {
        let line = |(index, (kind, member, counterparty)): (usize, &(&str, &str, &str))| {
            format!(
                r#"{{"id":"v{index}","kind":"{kind}","member":"{member}","counterparty":"{counterparty}","occurred_at":"2020-02-0{}T09:00:00.25Z"}}"#,
                9 - index
            )
        };
        let text: Vec<String> = lines.iter().enumerate().map(line).collect();
        Community::parse("Our Forum (2020)", text.join("\n").as_bytes())
    }

    #[test]
    fn a_file_name_becomes_a_label() {
        for (name, expected) in [
            ("quantumcomputing-2018", "quantumcomputing-2018"),
            ("Our Forum_(2020)", "our-forum-2020"),
            ("--é", "community"),
            ("", "community"),
        ] {
            assert_eq!(label(name), expected);
        }
        let long = label(&"x-".repeat(200));
        assert!(long.len() <= LABEL_BYTES_MAX && ProgramId::parse(&long).is_ok(), "{long}");
    }

    #[test]
    fn days_and_names_follow_from_the_activities() {
        let community = community(&[("kudos", "a", "b"), ("kudos", "c", "c"), ("kudos", "a", "d")]).expect("good");
        assert_eq!(community.program_id, "our-forum-2020");
        assert_eq!(community.first_day.date().to_string(), "2020-02-07", "lines need not be in order of time");
        assert_eq!(community.last_day.date().to_string(), "2020-02-09");
        assert_eq!(community.members(), 2);
        assert_eq!(community.first_declined().map(|activity| activity.line), Some(2));
        let rule_set = community.rule_set().expect("a rule set");
        assert_eq!(rule_set.in_force_from.map(|at| (at.seconds % 86_400, at.nanos)), Some((0, 0)));
        let activity = community.activity(&community.activities[0]).expect("an activity");
        assert_eq!(activity.name, "programs/our-forum-2020/sources/forum/activities/v0");
        assert_eq!(activity.occurred_at.map(|at| at.nanos), Some(250_000_000));
    }

    #[test]
    fn the_embedded_community_declares_372_answers_and_2_promotions_less_the_cost() {
        let statement = Community::load(None).expect("the embedded community").savings_statement();
        let lines: Vec<(i64, i64)> = statement
            .lines
            .iter()
            .map(|line| (line.quantity, line.unit_cost.as_ref().map_or(0, |c| c.units)))
            .collect();
        assert_eq!(lines, [(372, 70), (2, 1_500)]);
        assert_eq!(
            statement.programme_cost,
            Some(Money { currency_code: "GBP".into(), units: 442, nanos: 660_000_000 })
        );
    }

    #[test]
    fn savings_of_kudos_alone_are_declared_without_a_cost_above_them() {
        let kudos = community(&[("kudos", "a", "b"), ("answer_accepted", "c", "c")]).expect("good");
        let statement = kudos.savings_statement();
        assert_eq!(statement.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [1]);
        assert_eq!(statement.programme_cost, None);
    }

    #[test]
    fn a_community_in_which_nothing_earns_points_is_refused() {
        let refused = community(&[("kudos", "a", "a")]).err().map(|error| error.to_string());
        assert!(refused.is_some_and(|text| text.contains("no activity in it earns points")));
    }
}
