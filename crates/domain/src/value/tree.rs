//! The Merkle tree over a programme's entries (RFC 9162), kept as its frontier.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};

use crate::value::encoding::{Hash, invalid};

/// Hashes a leaf: `SHA-256(0x00 ‖ content)` (RFC 9162, section 2.1.1).
#[must_use]
pub fn leaf_hash(content: &[u8]) -> Hash {
    Sha256::new().chain_update([0x00]).chain_update(content).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([0x01]).chain_update(left).chain_update(right).finalize().into()
}

/// The least that is needed to append to a tree and to compute its root: the roots of its largest full subtrees.
///
/// A tree of 13 = 8 + 4 + 1 leaves keeps three hashes, largest subtree first: one for each bit set in its size.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// Appends a leaf. Merges two subtrees for each one bit at the end of the old size: one on average.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.subtrees.pop().expect("a subtree stands for each bit of the size");
            hash = node_hash(&left, &hash);
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// Computes the root; the root of an empty tree is `SHA-256("")` (RFC 9162, section 2.1.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut smallest_first = self.subtrees.iter().rev();
        match smallest_first.next() {
            None => Sha256::digest([]).into(),
            Some(smallest) => smallest_first.fold(*smallest, |right, left| node_hash(left, &right)),
        }
    }
}

impl BorshDeserialize for Frontier {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let (size, subtrees) = <(u64, Vec<Hash>)>::deserialize_reader(reader)?;
        if usize::try_from(size.count_ones()) == Ok(subtrees.len()) {
            Ok(Self { size, subtrees })
        } else {
            Err(invalid(format!("a tree of {size} leaves does not have {} subtrees", subtrees.len())))
        }
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    use super::*;

    #[test]
    fn the_root_is_that_of_another_implementation_for_every_size() {
        // INV 56, as far as roots go
        let mut ours = Frontier::default();
        let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        for n in 0..=300_u32 {
            assert_eq!(ours.root().as_slice(), theirs.root().as_bytes().as_slice(), "{n} leaves");
            ours.append(leaf_hash(&n.to_be_bytes()));
            theirs.push(n.to_be_bytes().to_vec());
        }
    }

    #[test]
    fn a_frontier_comes_back_from_the_store_and_a_broken_one_does_not() {
        let mut frontier = Frontier::default();
        for n in 0..13_u8 {
            frontier.append(leaf_hash(&[n]));
        }
        let bytes = crate::value::encoding::encode(&frontier);
        assert_eq!(crate::value::encoding::decode::<Frontier>(&bytes).expect("a frontier"), frontier);
        let mut broken = bytes;
        broken[0] = 12;
        assert!(crate::value::encoding::decode::<Frontier>(&broken).is_err());
    }
}
