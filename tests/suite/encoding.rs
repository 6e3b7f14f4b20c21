//! Golden vectors: what is hashed never changes. Frozen by hand from the first release on, never regenerated.

use goodturn::domain::bucket::Bucket;
use goodturn::domain::encoding::{encode, hex};
use goodturn::domain::entry::{CommandKind, EntryKind, Reason};
use sha2::{Digest as _, Sha256};

use crate::support::sample::{SECRET, Writer, award, create_program, program, publish, rule_set};

/// The canonical encoding and the leaf of the first three entries of a log (INV 55), and the root over them.
///
/// The file was written once, and its leaves and root were computed from its encodings by another program
/// (`tests/golden/check.py`, which the tests run as well).
#[test]
fn the_encoding_of_an_entry_is_frozen() {
    let mut writer = Writer::default();
    let (_, batch) =
        writer.seal(&[create_program(), publish(rule_set(1, "2018-03-12T00:00:00Z", 100)), award("a1", "ben")]);
    let mut lines: Vec<String> =
        batch.entries.iter().map(|entry| format!("{} {}", hex(&encode(&**entry)), hex(&entry.leaf))).collect();
    lines.push(format!("root {}", hex(&batch.head.tree.root())));
    assert_eq!(lines.join("\n"), include_str!("../golden/entries.txt").trim_end());
}

#[test]
fn another_program_computes_the_same_leaves_and_root() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let checked = std::process::Command::new("python3").current_dir(folder).arg("check.py").output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(String::from_utf8_lossy(&checked.stdout), "3 leaves and the root are right\n");
}

/// The leaf is what another program computes from the encoding: SHA-256(0x00 ‖ format ‖ salt ‖ programme ‖ entry).
#[test]
fn a_leaf_can_be_computed_from_the_documented_parts() {
    let (_, _, batch) = Writer::with_program();
    for entry in &batch.entries {
        let salt = Sha256::new()
            .chain_update(b"goodturn salt v1")
            .chain_update(SECRET.bits())
            .chain_update(entry.seq.get().to_le_bytes())
            .finalize();
        let id = program();
        let leaf = Sha256::new()
            .chain_update([0x00])
            .chain_update(1_i64.to_le_bytes())
            .chain_update(&salt[..16])
            .chain_update(u32::try_from(id.as_str().len()).unwrap().to_le_bytes())
            .chain_update(id.as_str())
            .chain_update(encode(&**entry))
            .finalize();
        assert_eq!(hex(&leaf), hex(&entry.leaf));
    }
}

#[test]
fn numbers_of_kinds_buckets_reasons_and_commands_are_frozen() {
    let kinds = EntryKind::ALL.iter().map(|kind| ("kind", kind.number(), kind.name()));
    let commands = CommandKind::ALL.iter().map(|kind| ("command", kind.number(), kind.name()));
    let reasons = Reason::ALL.iter().map(|reason| ("reason", reason.number(), reason.name()));
    let buckets = Bucket::ALL.iter().map(|bucket| ("bucket", bucket.number(), bucket.name()));
    let all = kinds.chain(commands).chain(reasons).chain(buckets);
    let lines: Vec<String> = all.map(|(what, number, name)| format!("{what} {number} {name}")).collect();
    assert_eq!(lines.join("\n"), include_str!("../golden/numbers.txt").trim_end());
}
