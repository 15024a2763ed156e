//! The Merkle tree over the entries (RFC 6962 s.2.1): each leaf is the canonical encoding of one entry.
//!
//! The root stands for the whole log, as the chain's head does; but from the root a few hashes prove that one entry
//! is in the log ([`super::proof`]), or that a later log continues an earlier one, without the rest of it.

use sha2::{Digest as _, Sha256};

use super::fingerprint::Fingerprint;

/// The hash of the tree without leaves: that of no octets.
#[must_use]
pub fn empty() -> Fingerprint {
    Fingerprint::of(b"")
}

/// The hash of a leaf, which is the encoding of an entry.
#[must_use]
pub fn leaf(encoding: &[u8]) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update([0x00]);
    hash.update(encoding);
    Fingerprint(hash.finalize().into())
}

/// The hash of the node above two others.
#[must_use]
pub fn node(left: &Fingerprint, right: &Fingerprint) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update([0x01]);
    hash.update(left.as_bytes());
    hash.update(right.as_bytes());
    Fingerprint(hash.finalize().into())
}

/// Where the hashes of whole subtrees come from: tiles, or a ledger.
pub trait Nodes {
    /// Why a hash could not be had.
    type Error;

    /// The hash of the `index`-th of the subtrees of 2^`height` leaves each, which all of them are there.
    ///
    /// # Errors
    /// Whatever stands between the asker and the hashes.
    fn subtree(&mut self, height: u32, index: u64) -> Result<Fingerprint, Self::Error>;
}

/// The root over the first `size` leaves.
///
/// # Errors
/// Those of `nodes`.
pub fn root<N: Nodes + ?Sized>(nodes: &mut N, size: u64) -> Result<Fingerprint, N::Error> {
    if size == 0 { Ok(empty()) } else { range(nodes, 0, size) }
}

/// The hash over the leaves from `from` up to but without `to`, as RFC 6962 has it of a list of their own; `from` is
/// where such a list can begin: every split of a tree is one.
pub(super) fn range<N: Nodes + ?Sized>(nodes: &mut N, from: u64, to: u64) -> Result<Fingerprint, N::Error> {
    let count = to.saturating_sub(from);
    if count.is_power_of_two() {
        return nodes.subtree(count.trailing_zeros(), from.checked_div(count).unwrap_or_default());
    }
    let middle = from.saturating_add(split(count));
    let left = range(nodes, from, middle)?;
    let right = range(nodes, middle, to)?;
    Ok(node(&left, &right))
}

/// The largest power of two below `count`: where RFC 6962 divides a list of more than one.
pub(super) const fn split(count: u64) -> u64 {
    match count.saturating_sub(1).checked_ilog2() {
        Some(power) => 1 << power,
        None => 0,
    }
}

/// The hash over a list of hashes that are leaves, or whole subtrees of one height; none over an empty list.
#[must_use]
pub fn over(hashes: &[Fingerprint]) -> Option<Fingerprint> {
    match hashes {
        [] => None,
        [one] => Some(*one),
        _ => {
            let at = u64::try_from(hashes.len()).ok().map(split).and_then(|at| usize::try_from(at).ok())?;
            let (left, right) = hashes.split_at_checked(at)?;
            Some(node(&over(left)?, &over(right)?))
        }
    }
}

#[cfg(test)]
#[expect(clippy::as_conversions, reason = "sizes and places in tests are small")]
pub(super) mod tests {
    use super::*;

    /// The leaves with which every implementation of RFC 6962 is tested, and the roots over the first 0 to 8 of them.
    pub(crate) const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    pub(crate) const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    /// All leaves at hand, hashed anew for each question: slow, and nothing in it can be wrong but this.
    pub(crate) struct Plain(pub(crate) Vec<Fingerprint>);

    impl Nodes for Plain {
        type Error = std::convert::Infallible;

        fn subtree(&mut self, height: u32, index: u64) -> Result<Fingerprint, Self::Error> {
            let width = 1_usize << height;
            let from = usize::try_from(index).unwrap() * width;
            Ok(plain(&self.0[from..from + width]))
        }
    }

    /// RFC 6962 s.2.1 to the letter, over leaf hashes.
    pub(crate) fn plain(leaves: &[Fingerprint]) -> Fingerprint {
        match leaves.len() {
            0 => Fingerprint(Sha256::digest(b"").into()),
            1 => leaves[0],
            count => {
                let mut k = 1;
                while k * 2 < count {
                    k *= 2;
                }
                let octets = [&[1][..], &plain(&leaves[..k]).0, &plain(&leaves[k..]).0].concat();
                Fingerprint(Sha256::digest(&octets).into())
            }
        }
    }

    pub(crate) fn leaves(count: u64) -> Vec<Fingerprint> {
        (0..count).map(|number| leaf(&number.to_be_bytes())).collect()
    }

    #[test]
    fn the_known_roots_of_eight_leaves_are_met() {
        let leaves: Vec<Fingerprint> = LEAVES.iter().map(|hex| leaf(&hex::decode(hex).unwrap())).collect();
        for (size, wanted) in ROOTS.iter().enumerate() {
            let found = root(&mut Plain(leaves.clone()), size as u64).unwrap();
            assert_eq!(found.to_string(), *wanted, "{size} leaves");
            assert_eq!(plain(&leaves[..size]), found);
        }
    }

    #[test]
    fn a_split_is_the_largest_power_of_two_below() {
        for (count, wanted) in [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (257, 256)] {
            assert_eq!(split(count), wanted, "{count}");
        }
    }
}
