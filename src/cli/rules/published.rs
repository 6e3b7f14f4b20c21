//! The versions of a programme's rules on a server.

use anyhow::{anyhow, bail};
use tonic::Code;
use tonic::metadata::{Ascii, MetadataValue};

use crate::cli::server::{Connection, ServerArgs, answered};
use goodturn::domain::terms::problem::Problem;
use goodturn::domain::terms::rules::check::{check_succession, earliest_after};
use goodturn::domain::terms::rules::set::RuleSet;
use goodturn::domain::value::ids::ProgramId;
use goodturn::domain::value::money::Currency;
use goodturn::ledger::clock::{Clock as _, SystemClock};
use goodturn::pb;
use goodturn::pb::programs_client::ProgramsClient;
use goodturn::wire::read_rule_set;

/// A programme on a server, and its versions so far.
pub(super) struct Published {
    programs: ProgramsClient<Connection>,
    pub(super) currency: Currency,
    /// The versions, from the first on.
    versions: Vec<RuleSet>,
}

impl Published {
    /// Asks a server.
    ///
    /// # Errors
    /// Says that the server does not answer, or has no such programme.
    pub(super) async fn on(
        server: &ServerArgs,
        program: &ProgramId,
        principal: Option<MetadataValue<Ascii>>,
    ) -> anyhow::Result<Self> {
        let mut programs = ProgramsClient::new(server.connect_as(principal).await?);
        let name = format!("programs/{program}");
        let terms = answered(programs.get_program(pb::GetProgramRequest { name }).await, "find the programme")?;
        let currency = Currency::from_code(&terms.currency_code);
        let currency = currency.ok_or_else(|| anyhow!("{program} pays in an unknown currency"))?;
        let mut published = Self { programs, currency, versions: Vec::new() };
        let Some(last) = published.version(program, "-").await? else { return Ok(published) };
        let (_, last) = published.understood(last)?;
        for version in 1..last.version {
            let Some(before) = published.version(program, &version.to_string()).await? else {
                bail!("{program} has a version {} of its rules, but no version {version}", last.version);
            };
            let (_, before) = published.understood(before)?;
            published.versions.push(before);
        }
        published.versions.push(last);
        Ok(published)
    }

    async fn version(&mut self, program: &ProgramId, version: &str) -> anyhow::Result<Option<pb::RuleSet>> {
        let name = format!("programs/{program}/ruleSets/{version}");
        match self.programs.get_rule_set(pb::GetRuleSetRequest { name }).await {
            Err(status) if status.code() == Code::NotFound => Ok(None),
            reply => answered(reply, "read the rules published so far").map(Some),
        }
    }

    /// Reads a published version. Its digest must be that of the values that were read, so nothing was lost on the way.
    fn understood(&self, message: pb::RuleSet) -> anyhow::Result<(pb::RuleSet, RuleSet)> {
        match read_rule_set(Some(message.clone()), Some(self.currency)) {
            Ok((_, rules)) if rules.digest()[..] == message.digest[..] => Ok((message, rules)),
            _ => bail!("{} is not understood; use the server's own version of goodturn", message.name),
        }
    }

    /// Returns the number of the next version.
    pub(super) fn next(&self) -> u32 {
        self.versions.last().map_or(1, |last| last.version + 1)
    }

    /// Returns the version with the same rules, if there is one.
    pub(super) fn version_of(&self, rules: &pb::RuleSet) -> Option<u32> {
        // The same rules in other words, as by a default, count as the same.
        let named = pb::RuleSet { name: "programs/any/ruleSets/1".into(), ..rules.clone() };
        let (_, rules) = read_rule_set(Some(named), Some(self.currency)).ok()?;
        let is_same = |published: &&RuleSet| RuleSet { version: published.version, ..rules.clone() } == **published;
        self.versions.iter().find(is_same).map(|published| published.version)
    }

    /// Returns the reasons why rules cannot be the next version.
    pub(super) fn problems(&self, rules: &RuleSet) -> Vec<Problem> {
        let last = self.versions.last().map(|last| last.in_force_from);
        let earliest = earliest_after(last, SystemClock.now());
        let is_early = earliest.filter(|earliest| rules.in_force_from < *earliest);
        let early = is_early.map(|earliest| Problem {
            place: "in_force_from".into(),
            problem: format!(
                "is {}; a version after the first begins at least five minutes from now, and not before the last: here {} or later",
                rules.in_force_from.to_rfc3339(),
                earliest.to_rfc3339()
            ),
        });
        let before: Vec<&RuleSet> = self.versions.iter().collect();
        let changed = check_succession(&before, rules);
        early.into_iter().chain(changed).collect()
    }

    /// Publishes rules under their own name.
    ///
    /// # Errors
    /// Says why the server refuses them.
    pub(super) async fn publish(&mut self, rules: pb::RuleSet) -> anyhow::Result<(pb::RuleSet, RuleSet)> {
        let request = pb::PublishRuleSetRequest { rule_set: Some(rules) };
        let recorded = answered(self.programs.publish_rule_set(request).await, "publish the rules")?;
        self.understood(recorded)
    }
}
