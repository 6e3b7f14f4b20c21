//! A file of rules, as a fuzzer gives it.

use std::path::Path;

use super::file::RuleFile;
use goodturn::domain::value::money::Currency;

/// Reads bytes as a file of rules. They are rules, or at least one fault is told.
pub(crate) fn rule_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let currency = Currency::from_code("GBP").expect("a currency");
    let Ok(file) = RuleFile::of(Path::new("rules.toml"), text, currency) else { return };
    if let Err(problems) = file.checked(currency) {
        assert!(!problems.is_empty());
        let told = file.refused(&problems).to_string();
        assert!(told.starts_with("rules.toml cannot be published:\n  "), "{told}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::corpus::replay;

    #[test]
    fn a_file_of_rules_is_taken_or_refused_with_its_faults() {
        replay("rule_file", rule_file);
    }
}
