//! A PIN in shares: any K of N give it, and fewer tell nothing about it (Shamir, How to Share a Secret, 1979).
//!
//! What is shared is not the PIN alone but, as one secret, its length, the PIN filled up to eight octets or a
//! multiple of that, and a check over both. So a wrong share is found when the shares are joined, before a token
//! counts a wrong PIN; and since the check is inside of what is shared, nobody with fewer than K shares can try
//! PINs on it. Each share is written as words of the PGP list ([`crate::audit::words`]) and carries its number, K,
//! the set that it is of, and a checksum of its own: a word that is wrong, missing or in another place is found
//! while its holder types it.
//!
//! | octets | what |
//! |---|---|
//! | 1 | 0x10, the version, and K |
//! | 1 | 16 times the number of the share, and how many times eight octets the PIN takes, less one |
//! | 3 | the set: random, the same in all shares of one split |
//! | 13 + 8n | the value of the polynomial at the share's number, over GF(2^8), for every octet of the secret |
//! | 3 | the first octets of SHA-256 over `keyrite PIN share`, a line's end, and everything before |
//!
//! The secret is one octet for the length of the PIN, the PIN with zeros behind it, and the first four octets of
//! SHA-256 over `keyrite PIN`, a line's end, the set, K, and the octets before.

mod drawn;
mod join;
mod share;
mod split;
mod typed;

pub use drawn::{Alphabet, generate};
pub use join::{Join, JoinError};
pub use share::{Share, ShareError};
pub use split::{MOST, SplitError, split};
pub use typed::{LINE, Typed};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The octets in which a PIN takes room.
const BLOCK: usize = 8;
/// The octets of the check inside the secret.
const CHECK: usize = 4;
/// The longest PIN that is split, in octets.
pub const LONGEST: usize = 16 * BLOCK;

/// The check over the secret's other octets.
fn check(set: [u8; 3], threshold: u8, octets: &[u8]) -> Zeroizing<[u8; CHECK]> {
    let mut hash = Sha256::new();
    hash.update(b"keyrite PIN\n");
    hash.update(set);
    hash.update([threshold]);
    hash.update(octets);
    let digest: Zeroizing<[u8; 32]> = Zeroizing::new(hash.finalize().into());
    let [a, b, c, d, ..] = *digest;
    Zeroizing::new([a, b, c, d])
}

#[cfg(test)]
mod tests;
