#![no_main]

#[path = "../../src/cli/mod.rs"]
#[allow(dead_code)]
mod cli;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cli::rules::fuzzing::rule_file(bytes));
