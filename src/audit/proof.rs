//! Proofs from the tree: that one entry is in a log, and that one log continues another (RFC 6962 s.2.1.1, s.2.1.2).

use super::fingerprint::Fingerprint;
use super::tree::{Nodes, node, range, split};

/// The most hashes that a proof in a tree of up to 2^64 leaves has.
pub const LONGEST: usize = 64;

/// The hashes that lead from the leaf at `index`, counted from 0, to the root over the first `size` leaves: its
/// sibling first, that below the root last. Empty where there is no such leaf.
///
/// # Errors
/// Those of `nodes`.
pub fn inclusion<N: Nodes + ?Sized>(
    nodes: &mut N,
    index: u64,
    size: u64,
) -> Result<Vec<Fingerprint>, N::Error> {
    let mut path = Vec::new();
    let (mut from, mut to) = (0_u64, if index < size { size } else { 0 });
    while to.saturating_sub(from) > 1 {
        let middle = from.saturating_add(split(to.saturating_sub(from)));
        if index < middle {
            path.push(range(nodes, middle, to)?);
            to = middle;
        } else {
            path.push(range(nodes, from, middle)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The hashes that show that the first `old` of `new` leaves are those of the tree that had `old`. Empty if there is
/// nothing to show: `old` is 0 or `new`, or greater.
///
/// # Errors
/// Those of `nodes`.
pub fn consistency<N: Nodes + ?Sized>(
    nodes: &mut N,
    old: u64,
    new: u64,
) -> Result<Vec<Fingerprint>, N::Error> {
    let mut path = Vec::new();
    if old == 0 || old >= new {
        return Ok(path);
    }
    let (mut from, mut to) = (0_u64, new);
    while old != to {
        let middle = from.saturating_add(split(to.saturating_sub(from)));
        if old <= middle {
            path.push(range(nodes, middle, to)?);
            to = middle;
        } else {
            path.push(range(nodes, from, middle)?);
            from = middle;
        }
    }
    // The old root itself is known to whoever asks, unless it is not one node of the new tree.
    if from != 0 {
        path.push(range(nodes, from, to)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` leads from the leaf at `index` to `root` (RFC 9162 s.2.1.3.2).
///
/// # Errors
/// [`ProofError`] says why it does not.
pub fn verify_inclusion(
    leaf: &Fingerprint,
    index: u64,
    size: u64,
    path: &[Fingerprint],
    root: &Fingerprint,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let (mut place, mut last) = (index, size.saturating_sub(1));
    let mut hash = *leaf;
    for step in path {
        if last == 0 {
            return Err(ProofError::Length { found: path.len() });
        }
        if place % 2 == 1 || place == last {
            hash = node(step, &hash);
            while place % 2 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, step);
        }
        place >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length { found: path.len() });
    }
    if hash == *root { Ok(()) } else { Err(ProofError::Root { computed: hash, wanted: *root }) }
}

/// Whether `path` shows that the tree of `new` leaves begins with the one of `old` (RFC 9162 s.2.1.4.2). Sizes are
/// given with their roots.
///
/// # Errors
/// [`ProofError`] says why it does not.
pub fn verify_consistency(
    old: (u64, &Fingerprint),
    new: (u64, &Fingerprint),
    path: &[Fingerprint],
) -> Result<(), ProofError> {
    let ((old, old_root), (new, new_root)) = (old, new);
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == new || old == 0 {
        if !path.is_empty() {
            return Err(ProofError::Length { found: path.len() });
        }
        let begins = if old == 0 { super::tree::empty() } else { *new_root };
        let same = begins == *old_root;
        return if same { Ok(()) } else { Err(ProofError::Root { computed: begins, wanted: *old_root }) };
    }
    let (mut place, mut last) = (old.saturating_sub(1), new.saturating_sub(1));
    while place % 2 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let length = || ProofError::Length { found: path.len() };
    let mut steps = path.iter();
    let first = if old.is_power_of_two() { old_root } else { steps.next().ok_or_else(length)? };
    let (mut of_old, mut of_new) = (*first, *first);
    for step in steps {
        if last == 0 {
            return Err(length());
        }
        if place % 2 == 1 || place == last {
            of_old = node(step, &of_old);
            of_new = node(step, &of_new);
            while place % 2 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node(&of_new, step);
        }
        place >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(length());
    }
    for (computed, wanted) in [(of_old, *old_root), (of_new, *new_root)] {
        if computed != wanted {
            return Err(ProofError::Root { computed, wanted });
        }
    }
    Ok(())
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf is outside of the tree.
    #[error("leaf {index} is not in a tree of {size}")]
    Index {
        /// The leaf, counted from 0.
        index: u64,
        /// The number of leaves.
        size: u64,
    },
    /// The later tree is the smaller one.
    #[error("a log of {new} entries does not continue one of {old}")]
    Shrunk {
        /// The size of the earlier one.
        old: u64,
        /// The size of the later one.
        new: u64,
    },
    /// Too few hashes or too many for trees of these sizes.
    #[error("the proof has {found} hashes, which is not what its sizes want")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// The hashes lead elsewhere.
    #[error("the proof leads to the root {computed}, wanted {wanted}")]
    Root {
        /// Where they lead.
        computed: Fingerprint,
        /// Where they should.
        wanted: Fingerprint,
    },
}

#[cfg(test)]
#[expect(clippy::as_conversions, reason = "sizes and places in tests are small")]
mod tests {
    use super::super::tree::leaf;
    use super::super::tree::tests::{LEAVES, Plain, ROOTS, leaves, plain};
    use super::*;

    /// RFC 6962 s.2.1.1 to the letter.
    fn path(m: usize, leaves: &[Fingerprint]) -> Vec<Fingerprint> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let k = split(leaves.len() as u64) as usize;
        if m < k {
            [path(m, &leaves[..k]), vec![plain(&leaves[k..])]].concat()
        } else {
            [path(m - k, &leaves[k..]), vec![plain(&leaves[..k])]].concat()
        }
    }

    /// RFC 6962 s.2.1.2 to the letter.
    fn subproof(m: usize, leaves: &[Fingerprint], whole: bool) -> Vec<Fingerprint> {
        if m == leaves.len() {
            return if whole { Vec::new() } else { vec![plain(leaves)] };
        }
        let k = split(leaves.len() as u64) as usize;
        if m <= k {
            [subproof(m, &leaves[..k], whole), vec![plain(&leaves[k..])]].concat()
        } else {
            [subproof(m - k, &leaves[k..], false), vec![plain(&leaves[..k])]].concat()
        }
    }

    #[test]
    fn every_proof_up_to_seventy_leaves_is_that_of_the_standard_and_verifies() {
        let all = leaves(70);
        let mut nodes = Plain(all.clone());
        for size in 1..=all.len() {
            let root = plain(&all[..size]);
            for index in 0..size {
                let made = inclusion(&mut nodes, index as u64, size as u64).unwrap();
                assert_eq!(made, path(index, &all[..size]), "leaf {index} of {size}");
                verify_inclusion(&all[index], index as u64, size as u64, &made, &root).unwrap();
            }
            for old in 0..=size {
                let made = consistency(&mut nodes, old as u64, size as u64).unwrap();
                if old > 0 {
                    assert_eq!(made, subproof(old, &all[..size], true), "{old} of {size}");
                }
                let before = plain(&all[..old]);
                verify_consistency((old as u64, &before), (size as u64, &root), &made).unwrap();
            }
        }
    }

    #[test]
    fn a_proof_holds_for_nothing_else() {
        let all = leaves(20);
        let mut nodes = Plain(all.clone());
        for size in 1..=20_u64 {
            let root = plain(&all[..size as usize]);
            for index in 0..size {
                let made = inclusion(&mut nodes, index, size).unwrap();
                let mine = &all[index as usize];
                for other in (0..size).filter(|other| *other != index) {
                    assert!(verify_inclusion(&all[other as usize], index, size, &made, &root).is_err());
                    assert!(verify_inclusion(mine, other, size, &made, &root).is_err());
                }
                assert!(verify_inclusion(mine, size, size, &made, &root).is_err());
                for step in 0..made.len() {
                    let mut bent = made.clone();
                    bent[step].0[31] ^= 1;
                    assert!(verify_inclusion(mine, index, size, &bent, &root).is_err());
                    bent.remove(step);
                    assert!(verify_inclusion(mine, index, size, &bent, &root).is_err());
                }
                let longer = [made.clone(), vec![root]].concat();
                assert!(verify_inclusion(mine, index, size, &longer, &root).is_err());
            }
            for old in 1..size {
                let made = consistency(&mut nodes, old, size).unwrap();
                let before = plain(&all[..old as usize]);
                let mut bent_root = root;
                bent_root.0[0] ^= 1;
                assert!(verify_consistency((old, &before), (size, &bent_root), &made).is_err());
                assert!(verify_consistency((old, &bent_root), (size, &root), &made).is_err());
                assert!(verify_consistency((size, &root), (old, &before), &made).is_err());
                for step in 0..made.len() {
                    let mut bent = made.clone();
                    bent[step].0[0] ^= 0x80;
                    assert!(verify_consistency((old, &before), (size, &root), &bent).is_err());
                    bent.remove(step);
                    assert!(verify_consistency((old, &before), (size, &root), &bent).is_err());
                }
            }
        }
    }

    /// Known proofs of the eight well-known leaves: RFC 6962 s.2.1.3 draws the tree of the first seven.
    #[test]
    fn the_example_of_the_standard_is_met() {
        let all: Vec<Fingerprint> = LEAVES.iter().map(|hex| leaf(&hex::decode(hex).unwrap())).collect();
        let mut nodes = Plain(all.clone());
        let [a, b, c, d, e, f, j] = [0, 1, 2, 3, 4, 5, 6].map(|at| all[at]);
        let (g, h, i) = (node(&a, &b), node(&c, &d), node(&e, &f));
        let (k, l) = (node(&g, &h), node(&i, &j));
        assert_eq!(node(&k, &l).to_string(), ROOTS[7]);
        assert_eq!(inclusion(&mut nodes, 0, 7), Ok(vec![b, h, l]));
        assert_eq!(inclusion(&mut nodes, 3, 7), Ok(vec![c, g, l]));
        assert_eq!(inclusion(&mut nodes, 4, 7), Ok(vec![f, j, k]));
        assert_eq!(inclusion(&mut nodes, 6, 7), Ok(vec![i, k]));
        assert_eq!(consistency(&mut nodes, 3, 7), Ok(vec![c, d, g, l]));
        assert_eq!(consistency(&mut nodes, 4, 7), Ok(vec![l]));
        assert_eq!(consistency(&mut nodes, 6, 7), Ok(vec![i, j, k]));
    }
}
