//! Golden vectors: what is hashed never changes. Frozen by hand from the first release on, never regenerated.

use std::collections::BTreeSet;
use std::sync::Arc;

use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::kinds::EntryKind;
use goodturn::domain::value::bucket::Bucket;
use goodturn::domain::value::encoding::{encode, hex};
use goodturn::domain::value::reason::Reason;
use goodturn::domain::value::tree::Frontier;
use sha2::{Digest as _, Sha256};

use crate::support::changed::assert_named;
use crate::support::every_kind::every_kind;
use crate::support::sample::{SECRET, Writer, program};

/// The canonical encoding and the leaf of one entry of each kind at least (INV 55), and the root over them.
///
/// The file was written once, and its leaves and root were computed from its encodings by another program
/// (`tests/golden/check.py`, which the tests run as well). It is never written again: kinds that come later are appended, and the root follows.
#[test]
fn the_encoding_of_every_kind_of_entry_is_frozen() {
    let entries = every_kind();
    assert_named(entries.iter().map(Arc::as_ref));
    let kinds: BTreeSet<EntryKind> = entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, EntryKind::ALL.iter().copied().collect());
    let mut tree = Frontier::default();
    let mut lines = Vec::new();
    for entry in &entries {
        tree.append(entry.leaf);
        lines.push(format!("{} {}", hex(&encode(&**entry)), hex(&entry.leaf)));
    }
    lines.push(format!("root {}", hex(&tree.root())));
    let frozen = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/entries.txt")).unwrap();
    assert_eq!(lines.join("\n"), frozen.trim_end());
}

#[test]
fn another_program_computes_the_same_leaves_and_root() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let checked = std::process::Command::new("python3").current_dir(folder).arg("check.py").output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(
        String::from_utf8_lossy(&checked.stdout),
        format!("{} leaves and the root are right, and every byte of the entries is read\n", every_kind().len())
    );
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
    assert_eq!(lines.join("\n"), include_str!("../../golden/numbers.txt").trim_end());
}
