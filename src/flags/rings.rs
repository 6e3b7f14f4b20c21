//! Circles in who recruited whom.

use std::collections::{BTreeMap, BTreeSet};

use super::RING_MEMBERS_MAX;
use super::tally::{Pair, Place};

/// Who leads to whom.
type Edges = BTreeMap<Place, BTreeSet<Place>>;

/// Finds circles of at most [`RING_MEMBERS_MAX`] members: for each member who is in one, the shortest; each circle once, in the order
/// of recruiting, from its smallest place on.
///
/// Of equally short ones it is that of the smaller places. So everybody in a circle is told in one, but not every circle is: among many
/// who all recruited each other there would be more than anybody could read.
pub(super) fn rings(pairs: &BTreeSet<Pair>) -> BTreeSet<Vec<Place>> {
    let edges = between_circles(pairs);
    edges.keys().filter_map(|&member| shortest(&edges, member)).collect()
}

/// What is left once members who lead nowhere, or to whom nobody leads, are taken away again and again.
fn between_circles(pairs: &BTreeSet<Pair>) -> Edges {
    let mut left = pairs.clone();
    loop {
        let (from, to): (BTreeSet<Place>, BTreeSet<Place>) = left.iter().copied().unzip();
        let before = left.len();
        left.retain(|(one, next)| to.contains(one) && from.contains(next));
        if left.len() == before {
            break;
        }
    }
    let mut edges = Edges::new();
    for (one, next) in left {
        edges.entry(one).or_default().insert(next);
    }
    edges
}

/// The shortest way from a member back to itself, breadth first.
fn shortest(edges: &Edges, start: Place) -> Option<Vec<Place>> {
    let mut came_from: BTreeMap<Place, Place> = BTreeMap::new();
    let mut reached = vec![start];
    for _ in 0..RING_MEMBERS_MAX {
        let mut further = Vec::new();
        for &member in &reached {
            for &next in edges.get(&member).into_iter().flatten() {
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

/// The circle that closes at a member, from its smallest place on.
fn circle(came_from: &BTreeMap<Place, Place>, start: Place, end: Place) -> Vec<Place> {
    let mut members: Vec<Place> = std::iter::successors(Some(end), |member| came_from.get(member).copied()).collect();
    debug_assert_eq!(members.last(), Some(&start));
    members.reverse();
    let smallest = (0..members.len()).min_by_key(|&index| members[index]).unwrap_or_default();
    members.rotate_left(smallest);
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[Pair]) -> Vec<Vec<Place>> {
        rings(&pairs.iter().copied().collect()).into_iter().collect()
    }

    /// A circle of so many members.
    fn round(members: Place) -> Vec<Pair> {
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
    fn everybody_in_a_circle_is_told_in_the_shortest_of_theirs() {
        // 1 ⇄ 2, and 2 → 3 → 4 → 2 beside it.
        assert_eq!(found(&[(1, 2), (2, 1), (2, 3), (3, 4), (4, 2)]), [vec![1, 2], vec![2, 3, 4]]);
        let all: Vec<Pair> = (0..30).flat_map(|one| (0..30).map(move |next| (one, next))).collect();
        let all: Vec<Pair> = all.into_iter().filter(|(one, next)| one != next).collect();
        assert_eq!(found(&all).len(), 29, "each with the smallest, and not all 435 pairs");
    }
}
