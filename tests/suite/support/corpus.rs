//! The kept inputs of the fuzzers (`fuzz/corpus`), and changes of them.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

/// Changed inputs of each decoder, unless `FUZZ_CASES` says how many.
const CASES: u32 = 4_000;

/// A change of some bytes: those at a place are removed, and others put there.
type Change = (Index, usize, Vec<u8>);

/// Runs a decoder over every kept input, and over changes of them. It panics when the decoder breaks its word.
pub fn replay(name: &str, decoder: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut kept: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(!kept.is_empty(), "{} is empty", folder.display());
    kept.sort();
    for input in &kept {
        decoder(input);
    }

    let cases = std::env::var("FUZZ_CASES").ok().map_or(CASES, |cases| cases.parse().expect("FUZZ_CASES is a number"));
    let inserted =
        prop_oneof![vec(any::<u8>(), 0..4), any::<u64>().prop_map(|n| n.to_le_bytes().to_vec()), Just(vec![])];
    let changes = vec((any::<Index>(), 0..4_usize, inserted), 0..6);
    let spliced = proptest::option::of((any::<Index>(), any::<Index>(), any::<Index>()));
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let input = (any::<Index>(), changes, spliced);
    let ran = runner.run(&input, |(which, changes, spliced)| {
        let mut input = which.get(&kept).clone();
        if let Some((other, ends, begins)) = spliced {
            let other = other.get(&kept);
            input.truncate(ends.index(input.len() + 1));
            input.extend_from_slice(&other[begins.index(other.len() + 1)..]);
        }
        for change in &changes {
            apply(&mut input, change);
        }
        decoder(&input);
        Ok(())
    });
    ran.unwrap_or_else(|failure| panic!("{name}: {failure}"));
}

fn apply(input: &mut Vec<u8>, (at, removed, inserted): &Change) {
    let at = at.index(input.len() + 1);
    let end = (at + removed).min(input.len());
    input.splice(at..end, inserted.iter().copied());
}
