//! Every decoder of bytes from outside, over the kept inputs of its fuzzer and changes of them.

use goodturn::fuzzing::TARGETS;

use crate::support::corpus::replay;

#[test]
fn no_decoder_breaks_its_word() {
    for (name, decoder) in TARGETS {
        replay(name, decoder);
    }
}

/// Each decoder has a target for long runs, and each target is one.
#[test]
fn every_decoder_has_a_fuzzer() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut targets: Vec<String> = std::fs::read_dir(root.join("fuzz_targets"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    targets.sort();
    let mut decoders: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).chain(["import_lines", "rule_file"]).collect();
    decoders.sort_unstable();
    assert_eq!(targets, decoders);
    let listed = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for name in decoders {
        assert!(listed.contains(&format!("name = \"{name}\"")), "fuzz/Cargo.toml does not list {name}");
    }
}
