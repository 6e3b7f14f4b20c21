//! Circles of recruiting.

use std::collections::{BTreeMap, BTreeSet};

use super::RING_MEMBERS_MAX;
use super::tally::{MemberIndex, Pair, index};

/// The pairs of members, each from one member to the next, in order. The pairs of one member stand together.
struct Edges(Vec<Pair>);

impl Edges {
    fn new(pairs: impl Iterator<Item = Pair>) -> Self {
        let mut pairs: Vec<Pair> = pairs.collect();
        pairs.sort_unstable();
        pairs.dedup();
        Self(pairs)
    }

    /// Returns the pairs of a member.
    fn of(&self, one: MemberIndex) -> &[Pair] {
        let from = &self.0[self.0.partition_point(|pair| pair.0 < one)..];
        &from[..from.partition_point(|pair| pair.0 == one)]
    }
}

/// Finds circles of at most [`RING_MEMBERS_MAX`] members. For each member in a circle it finds the shortest. Each
/// circle is found once, in the order of recruiting, from its smallest place on.
///
/// Of equally short circles it is the one of the smaller places. So every member in a circle is in one that is found,
/// but not every circle is found. Among many members who all recruited each other there would be more than anybody
/// could read.
pub(super) fn rings(pairs: impl Iterator<Item = Pair>) -> BTreeSet<Vec<MemberIndex>> {
    let edges = between_circles(pairs);
    edges.0.chunk_by(|one, next| one.0 == next.0).filter_map(|own| shortest(&edges, own[0].0)).collect()
}

/// Takes away members that lead nowhere, or to whom nobody leads, again and again, and returns the pairs that are left.
/// Each member is taken away once, with a look at its own pairs, so that a long chain costs no more than a wide tree.
fn between_circles(pairs: impl Iterator<Item = Pair>) -> Edges {
    let mut onward = Edges::new(pairs);
    let back = Edges::new(onward.0.iter().map(|&(one, next)| (next, one)));
    let members = onward.0.iter().map(|(one, next)| one.max(next) + 1).max().unwrap_or_default();
    // The numbers of members that each leads to, and that lead to it, among those that are left.
    let mut left = vec![[0_u32; 2]; index(members)];
    for &(one, next) in &onward.0 {
        left[index(one)][0] += 1;
        left[index(next)][1] += 1;
    }
    let mut ends: Vec<MemberIndex> = (0..members).filter(|&member| left[index(member)].contains(&0)).collect();
    while let Some(end) = ends.pop() {
        for (neighbours, side) in [(onward.of(end), 1), (back.of(end), 0)] {
            for &(_, other) in neighbours {
                let of = &mut left[index(other)];
                let was_between = !of.contains(&0);
                of[side] -= 1;
                if was_between && of[side] == 0 {
                    ends.push(other);
                }
            }
        }
    }
    let is_between = |member: MemberIndex| !left[index(member)].contains(&0);
    onward.0.retain(|&(one, next)| is_between(one) && is_between(next));
    onward
}

/// Returns the shortest way from a member back to itself, breadth first.
fn shortest(edges: &Edges, start: MemberIndex) -> Option<Vec<MemberIndex>> {
    let mut came_from: BTreeMap<MemberIndex, MemberIndex> = BTreeMap::new();
    let mut reached = vec![start];
    for _ in 0..RING_MEMBERS_MAX {
        let mut further = Vec::new();
        for &member in &reached {
            for &(_, next) in edges.of(member) {
                if next == start {
                    return Some(circle(&came_from, start, member));
                }
                came_from.entry(next).or_insert_with(|| {
                    further.push(next);
                    member
                });
            }
        }
        reached = further;
    }
    None
}

/// Returns the circle that closes at a member, from its smallest place on.
fn circle(came_from: &BTreeMap<MemberIndex, MemberIndex>, start: MemberIndex, end: MemberIndex) -> Vec<MemberIndex> {
    let mut members: Vec<MemberIndex> =
        std::iter::successors(Some(end), |member| came_from.get(member).copied()).collect();
    debug_assert_eq!(members.last(), Some(&start));
    members.reverse();
    let smallest = (0..members.len()).min_by_key(|&index| members[index]).unwrap_or_default();
    members.rotate_left(smallest);
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[Pair]) -> Vec<Vec<MemberIndex>> {
        rings(pairs.iter().copied()).into_iter().collect()
    }

    /// Returns a circle of so many members.
    fn round(members: MemberIndex) -> Vec<Pair> {
        (0..members).map(|member| (member, (member + 1) % members)).collect()
    }

    #[test]
    fn circles_of_two_to_six_are_found_once_and_no_longer_ones() {
        for members in 2..=RING_MEMBERS_MAX {
            assert_eq!(found(&round(members)), [(0..members).collect::<Vec<_>>()]);
        }
        assert_eq!(found(&round(RING_MEMBERS_MAX + 1)), [[0; 0]; 0]);
    }

    #[test]
    fn a_tree_of_recruits_holds_no_circle_and_what_hangs_on_one_is_not_part_of_it() {
        let tree: Vec<Pair> = (1..200).map(|member| (member / 3, member)).filter(|(one, next)| one != next).collect();
        assert_eq!(found(&tree), [[0; 0]; 0]);
        // 7 leads into the circle 1 → 2 → 3, and 3 leads out of it to 8 and 9.
        let hung = [(7, 1), (1, 2), (2, 3), (3, 1), (3, 8), (8, 9)];
        assert_eq!(found(&hung), [[1, 2, 3]]);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_recruits_is_looked_at_once() {
        let chain = (10..100_000).map(|member| (member, member + 1));
        let pairs: Vec<Pair> = chain.chain(round(3)).chain([(2, 10)]).collect();
        assert_eq!(found(&pairs), [[0, 1, 2]]);
    }

    #[test]
    fn everybody_in_a_circle_is_told_in_the_shortest_of_theirs() {
        // 1 ⇄ 2, and 2 → 3 → 4 → 2 beside it.
        assert_eq!(found(&[(1, 2), (2, 1), (2, 3), (3, 4), (4, 2)]), [vec![1, 2], vec![2, 3, 4]]);
        let all: Vec<Pair> = (0..30).flat_map(|one| (0..30).map(move |next| (one, next))).collect();
        let all: Vec<Pair> = all.into_iter().filter(|(one, next)| one != next).collect();
        assert_eq!(found(&all).len(), 29, "each with the smallest, and not all 435 pairs");
    }
}
