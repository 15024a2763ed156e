//! Weakness: what makes a well-formed public key one that must not be certified (BR 6.1.1.3).
//!
//! A modulus whose primes can be found by anybody proves nothing about who signs. Everything here looks at public
//! numbers alone, so that no step needs constant time.

mod batch;
mod fermat;
mod perfect_power;
mod primes;
mod shared_prime;
mod small_factor;

use num_bigint::BigUint;

pub use fermat::ROUNDS as FERMAT_ROUNDS;
pub use shared_prime::{Moduli, SharedPrime};
pub use small_factor::LIMIT as SMALL_FACTOR_LIMIT;

use super::spki::PublicKey;

/// Why the private key can be found by whoever has the public one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Weakness {
    /// The modulus has a small prime factor: it is no product of two large primes (BR 6.1.6, NIST SP 800-89 s.5.3.3).
    #[error("the RSA modulus is divisible by {0}")]
    SmallFactor(u32),
    /// The modulus is a power: its root is found at once (BR 6.1.6, NIST SP 800-89 s.5.3.3).
    #[error("the RSA modulus is a perfect power with the exponent {0}")]
    PerfectPower(u32),
    /// The primes lie so close together that Fermat's method finds them (BR 6.1.1.3).
    #[error("the primes of the RSA modulus lie close together: Fermat's method finds them in round {0}")]
    ClosePrimes(u32),
    /// The key has the fingerprint of ROCA, CVE-2017-15361 (BR 6.1.1.3).
    #[error("the RSA modulus has the fingerprint of ROCA (CVE-2017-15361)")]
    Roca,
}

impl Weakness {
    /// Everything that is weak about a key in itself. Empty for keys that are not RSA keys: a point that is on its
    /// curve, or octets of the right number, are all that can be asked of others.
    #[must_use]
    pub fn of(key: &PublicKey) -> Vec<Self> {
        Self::of_factors(key).into_iter().chain(Self::roca(key)).collect()
    }

    /// What is weak about the factors of an RSA modulus, whoever has made it.
    #[must_use]
    pub fn of_factors(key: &PublicKey) -> Vec<Self> {
        let Some(octets) = key.rsa_modulus() else { return Vec::new() };
        let modulus = BigUint::from_bytes_be(octets);
        let small = small_factor::find(&modulus).map(Self::SmallFactor);
        let power = perfect_power::exponent(&modulus).map(Self::PerfectPower);
        // The square of a prime is a power, and of that Fermat's method would say nothing new.
        let close = if power.is_none() { fermat::round(&modulus).map(Self::ClosePrimes) } else { None };
        [small, power, close].into_iter().flatten().collect()
    }

    /// The weakness of keys that one library has made.
    #[must_use]
    pub fn roca(key: &PublicKey) -> Option<Self> {
        key.has_roca_fingerprint().then_some(Self::Roca)
    }
}
