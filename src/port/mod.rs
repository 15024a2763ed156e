//! What the authority needs of the world, as traits: a signer, randomness, a clock.
//!
//! Each has at least two implementations today: the real one (`token`, `authority::system`) and a
//! scripted one in the tests. Nothing else crosses this line.

mod clock;
mod random;
mod signer;

pub use clock::{Clock, Step};
pub use random::{RandomError, RandomSource};
pub use signer::{SignatureCount, Signer, SignerError};
