//! Tiles: the tree in pieces of 256 hashes, each a file or a row (C2SP tlog-tiles).
//!
//! A tile of level 0 holds the hashes of 256 leaves in a row, one of a level above the roots of 256 full tiles below.
//! All hashes between are computed from these. The rightmost tile of a level is partial until it is full.

use std::fmt;

use super::fingerprint::Fingerprint;
use super::tree;

/// The hashes of a full tile.
pub const WIDTH: usize = 256;
/// The levels that a tree of 2^64 leaves has.
pub const LEVELS: u8 = 8;

/// The place of a tile in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// How far above the leaves; 0 holds their hashes.
    pub level: u8,
    /// The number of the tile within its level, from 0.
    pub index: u64,
    /// How many hashes it has, from 1 to 256.
    pub width: u16,
}

impl Tile {
    /// The path of the tile below a log: `tile/<L>/<N>[.p/<W>]`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, self.place())
    }

    /// The path of the entries whose hashes a tile of level 0 holds: `tile/entries/<N>[.p/<W>]`.
    #[must_use]
    pub fn entries_path(&self) -> String {
        format!("tile/entries/{}", self.place())
    }

    /// The number in groups of three digits, all but the last with an `x`, and the width of a partial tile.
    fn place(&self) -> String {
        let mut rest = self.index / 1_000;
        let mut text = format!("{:03}", self.index % 1_000);
        while rest > 0 {
            text = format!("x{:03}/{text}", rest % 1_000);
            rest /= 1_000;
        }
        if usize::from(self.width) < WIDTH { format!("{text}.p/{}", self.width) } else { text }
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// A tile with its hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Where it stands.
    pub tile: Tile,
    /// Its hashes, as many as it is wide.
    pub hashes: Vec<Fingerprint>,
}

impl Filled {
    /// The octets of the tile: its hashes one after the other.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        octets(&self.hashes)
    }

    /// The root over the hashes, which is what the level above holds of a full tile.
    #[must_use]
    pub fn root(&self) -> Option<Fingerprint> {
        tree::over(&self.hashes)
    }
}

/// Hashes one after the other.
#[must_use]
pub fn octets(hashes: &[Fingerprint]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The hashes of a full tile's octets; none when there are not exactly 256 of them.
#[must_use]
pub fn full_from_octets(octets: &[u8]) -> Option<Vec<Fingerprint>> {
    let (hashes, rest) = octets.as_chunks::<32>();
    (hashes.len() == WIDTH && rest.is_empty()).then(|| hashes.iter().copied().map(Fingerprint).collect())
}

/// Makes the tiles of a log from its leaves, in their order, and holds no more than one partial tile a level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiler {
    size: u64,
    levels: Vec<Level>,
}

/// What is there of a level: full tiles behind, and the hashes of the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Level {
    full: u64,
    hashes: Vec<Fingerprint>,
}

impl Tiler {
    /// The number of leaves so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Takes the hash of the next leaf; gives the tiles that it completes, from level 0 up.
    pub fn push(&mut self, leaf: Fingerprint) -> Vec<Filled> {
        self.size = self.size.saturating_add(1);
        let mut complete = Vec::new();
        let mut carried = Some(leaf);
        let mut levels = self.levels.iter_mut();
        let mut number = 0_u8;
        while let Some(hash) = carried.take() {
            let Some(level) = levels.next() else {
                self.levels.push(Level { full: 0, hashes: vec![hash] });
                break;
            };
            level.hashes.push(hash);
            if level.hashes.len() == WIDTH {
                let hashes = std::mem::replace(&mut level.hashes, Vec::with_capacity(WIDTH));
                let filled = Filled { tile: Tile { level: number, index: level.full, width: 256 }, hashes };
                level.full = level.full.saturating_add(1);
                carried = filled.root();
                complete.push(filled);
            }
            number = number.saturating_add(1);
        }
        complete
    }

    /// The partial tiles of the tree as it is now, from level 0 up.
    #[must_use]
    pub fn partial(&self) -> Vec<Filled> {
        let levels = (0_u8..).zip(&self.levels).filter(|(_, level)| !level.hashes.is_empty());
        levels
            .map(|(number, level)| {
                let width = u16::try_from(level.hashes.len()).unwrap_or(u16::MAX);
                Filled {
                    tile: Tile { level: number, index: level.full, width },
                    hashes: level.hashes.clone(),
                }
            })
            .collect()
    }

    /// The root of the tree as it is now.
    #[must_use]
    pub fn root(&self) -> Fingerprint {
        let mut root = None;
        for level in &self.levels {
            // The whole subtrees of this level, the smallest and rightmost first.
            let mut rest = level.hashes.as_slice();
            while !rest.is_empty() {
                let width = 1_usize << rest.len().trailing_zeros();
                let (before, subtree) = rest.split_at(rest.len().saturating_sub(width));
                rest = before;
                root = match (tree::over(subtree), root) {
                    (Some(left), Some(right)) => Some(tree::node(&left, &right)),
                    (left, right) => left.or(right),
                };
            }
        }
        root.unwrap_or_else(tree::empty)
    }
}

#[cfg(test)]
#[expect(clippy::as_conversions, reason = "sizes and places in tests are small")]
mod tests {
    use super::super::proof;
    use super::super::tree::tests::{leaves, plain};
    use super::super::tree::{Nodes, root};
    use super::*;
    use std::collections::BTreeMap;

    /// The tree of a log that is kept as tiles alone.
    #[derive(Default)]
    struct Tiles(BTreeMap<(u8, u64), Vec<Fingerprint>>);

    impl Tiles {
        fn of(leaves: &[Fingerprint]) -> (Self, Tiler) {
            let mut tiler = Tiler::default();
            let mut tiles = Self::default();
            for leaf in leaves {
                for Filled { tile, hashes } in tiler.push(*leaf) {
                    assert_eq!((hashes.len(), tile.width), (256, 256));
                    assert!(tiles.0.insert((tile.level, tile.index), hashes).is_none(), "{tile} twice");
                }
            }
            for Filled { tile, hashes } in tiler.partial() {
                assert!(tile.width < 256 && hashes.len() == usize::from(tile.width), "{tile}");
                assert!(tiles.0.insert((tile.level, tile.index), hashes).is_none(), "{tile} twice");
            }
            (tiles, tiler)
        }
    }

    impl Nodes for Tiles {
        type Error = std::convert::Infallible;

        fn subtree(&mut self, height: u32, index: u64) -> Result<Fingerprint, Self::Error> {
            let first = index << (height % 8);
            let tile = &self.0[&((height / 8) as u8, first / 256)];
            let from = (first % 256) as usize;
            Ok(plain(&tile[from..from + (1 << (height % 8))]))
        }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        for (level, index, width, wanted) in [
            (0, 0, 256, "tile/0/000"),
            (0, 0, 1, "tile/0/000.p/1"),
            (3, 999, 255, "tile/3/999.p/255"),
            (1, 1_000, 256, "tile/1/x001/000"),
            (0, 1_234_067, 256, "tile/0/x001/x234/067"),
            (0, 1_234_067, 9, "tile/0/x001/x234/067.p/9"),
            (7, u64::MAX, 256, "tile/7/x018/x446/x744/x073/x709/x551/615"),
        ] {
            assert_eq!(Tile { level, index, width }.path(), wanted);
        }
        assert_eq!(Tile { level: 0, index: 12, width: 3 }.entries_path(), "tile/entries/012.p/3");
    }

    /// The specification's example: a tree of 70,000, and what is said of one of 256.
    #[test]
    fn a_tree_has_the_tiles_that_the_specification_counts() {
        let (tiles, tiler) = Tiles::of(&leaves(70_000));
        let count = |level| tiles.0.keys().filter(|(found, _)| *found == level).count();
        assert_eq!([count(0), count(1), count(2), count(3)], [274, 2, 1, 0]);
        let widths: Vec<u16> = tiler.partial().iter().map(|filled| filled.tile.width).collect();
        assert_eq!(widths, [112, 17, 1]);
        let (_, tiler) = Tiles::of(&leaves(256));
        let partial: Vec<Tile> = tiler.partial().iter().map(|filled| filled.tile).collect();
        assert_eq!(partial, [Tile { level: 1, index: 0, width: 1 }]);
    }

    #[test]
    fn the_root_of_the_tiles_is_that_of_the_leaves() {
        let all = leaves(1_100);
        let mut tiler = Tiler::default();
        assert_eq!(tiler.root(), plain(&[]));
        for (at, leaf) in all.iter().enumerate() {
            tiler.push(*leaf);
            assert_eq!(tiler.size(), at as u64 + 1);
            if at < 300 || at % 97 == 0 || (at + 1) % 256 < 2 {
                assert_eq!(tiler.root(), plain(&all[..=at]), "{} leaves", at + 1);
            }
        }
    }

    /// Around every edge of a tile: proofs from tiles verify under the roots of the leaves themselves.
    #[test]
    fn proofs_from_tiles_verify_around_every_edge() {
        let all = leaves(65_537);
        let sizes = [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537];
        let places = [0, 1, 127, 128, 254, 255, 256, 257, 511, 512, 32_768, 65_279, 65_534, 65_535, 65_536];
        let roots: BTreeMap<u64, Fingerprint> =
            sizes.iter().map(|size| (*size, plain(&all[..*size as usize]))).collect();
        for size in sizes {
            let (mut tiles, tiler) = Tiles::of(&all[..size as usize]);
            assert_eq!(root(&mut tiles, size), Ok(roots[&size]));
            assert_eq!(tiler.root(), roots[&size]);
            for index in places.into_iter().chain([size - 1]).filter(|index| *index < size) {
                let path = proof::inclusion(&mut tiles, index, size).unwrap();
                let leaf = &all[index as usize];
                proof::verify_inclusion(leaf, index, size, &path, &roots[&size]).unwrap();
            }
            for old in sizes.into_iter().filter(|old| *old <= size) {
                let path = proof::consistency(&mut tiles, old, size).unwrap();
                proof::verify_consistency((old, &roots[&old]), (size, &roots[&size]), &path).unwrap();
            }
        }
    }

    #[test]
    fn the_octets_of_a_full_tile_read_back_and_no_others() {
        let (tiles, _) = Tiles::of(&leaves(256));
        let octets = octets(&tiles.0[&(0, 0)]);
        assert_eq!(octets.len(), 8_192);
        assert_eq!(full_from_octets(&octets).as_ref(), Some(&tiles.0[&(0, 0)]));
        for wrong in [&octets[..8_160], &octets[1..], &[]] {
            assert_eq!(full_from_octets(wrong), None);
        }
    }
}
