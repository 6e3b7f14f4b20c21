#![no_main]

#[path = "../../src/cli/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only its decoders are called")]
mod cli;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cli::rule_file(bytes));
