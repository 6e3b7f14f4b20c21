#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| goodturn::fuzzing::url(bytes));
