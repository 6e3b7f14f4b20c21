//! Results as they come: each is written at once, and a goal that fails does not lose the others.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::report::{self, Outcome};

/// What was found so far.
pub(crate) struct Results<'a> {
    found: Vec<Outcome>,
    /// Goals that could not be measured, each with the reason.
    failed: Vec<(&'static str, String)>,
    file: Option<&'a Path>,
    pub(crate) machine: Value,
}

impl<'a> Results<'a> {
    /// Begins without results. They go to a file, if one is given, whenever there is another.
    pub(crate) fn new(file: Option<&'a Path>, machine: Value) -> Self {
        Self { found: Vec::new(), failed: Vec::new(), file, machine }
    }

    /// Takes in what was measured for a goal.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn add(&mut self, goal: &'static str, measured: anyhow::Result<Vec<Outcome>>) -> anyhow::Result<()> {
        match measured {
            Ok(outcomes) => self.found.extend(outcomes),
            Err(error) => self.failed.push((goal, format!("{error:#}"))),
        }
        self.found.sort_by_key(|outcome| in_order(outcome.key));
        let Some(file) = self.file else { return Ok(()) };
        let text = format!("{:#}\n", report::json(&self.found, self.machine.clone()));
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Returns what was found, in the order of the goals.
    pub(crate) fn found(&self) -> &[Outcome] {
        &self.found
    }

    /// Returns a line for each goal that could not be measured.
    pub(crate) fn failures(&self) -> Vec<String> {
        self.failed.iter().map(|(goal, why)| format!("{goal} was not measured: {why}")).collect()
    }
}

/// Returns what goals are ordered by: P2 comes before P10.
fn in_order(key: &'static str) -> (u32, &'static str) {
    let number = key.trim_start_matches('P').split(|c: char| !c.is_ascii_digit()).next();
    (number.and_then(|number| number.parse().ok()).unwrap_or_default(), key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stats::{Pair, Target};

    #[test]
    fn a_goal_that_fails_loses_no_other_and_each_is_written_when_it_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("bench.json");
        let mut results = Results::new(Some(&file), json!({"cores": 2}));
        let outcome = |key| Outcome::new(key, "awards", Target::AtLeast(1.0), vec![Pair { ours: 2.0, peer: 1.0 }]);
        results.add("P2", Ok(vec![outcome("P2")])).expect("written");
        let written =
            || -> Value { serde_json::from_str(&std::fs::read_to_string(&file).expect("a file")).expect("JSON") };
        assert_eq!(written()["P2"]["value"], 2.0);
        results.add("P1", Err(anyhow::anyhow!("the server fell silent"))).expect("written");
        results.add("P1b", Ok(vec![outcome("P1b")])).expect("written");
        assert_eq!((&written()["P1b"]["value"], &written()["P2"]["value"]), (&json!(2.0), &json!(2.0)));
        assert_eq!(results.failures(), ["P1 was not measured: the server fell silent"]);
        assert_eq!(results.found().iter().map(|outcome| outcome.key).collect::<Vec<_>>(), ["P1b", "P2"]);
    }
}
