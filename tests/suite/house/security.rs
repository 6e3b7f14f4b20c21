//! `SECURITY.md` names tests that there are.

use std::fs;
use std::path::Path;

#[test]
fn every_control_names_a_test_that_exists() {
    let page = fs::read_to_string("SECURITY.md").unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 18, "{} rows", rows.len());
    for row in rows.iter().filter(|row| !row.starts_with("| ---")) {
        let test = row.trim_end_matches(" |").rsplit(" | ").next().unwrap().trim_matches('`');
        let parts: Vec<&str> = test.split("::").collect();
        let [folders @ .., name] = &parts[..] else { panic!("{row}") };
        let file = Path::new("tests/suite").join(folders.join("/")).with_extension("rs");
        let code = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(code.contains(&format!("fn {name}(")), "{} has no test {name}", file.display());
    }
}
