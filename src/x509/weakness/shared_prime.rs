//! Shared primes: an RSA modulus that has a prime in common with another one.
//!
//! Whoever has both finds that prime as their greatest common divisor, and with it both private keys (Heninger,
//! Durumeric, Wustrow, Halderman, "Mining Your Ps and Qs", USENIX Security 2012).

use num_bigint::BigUint;

/// The product of many moduli, modulo the one that is examined: one multiplication and one remainder for each, and a
/// single greatest common divisor at the end.
#[derive(Clone, Debug)]
pub struct SharedPrime {
    modulus: BigUint,
    product: BigUint,
}

impl SharedPrime {
    /// Begins to examine a modulus, big-endian and unsigned.
    #[must_use]
    pub fn new(modulus: &[u8]) -> Self {
        Self { modulus: BigUint::from_bytes_be(modulus), product: BigUint::from(1_u32) }
    }

    /// Takes in another modulus. The examined modulus itself is passed over: a key may be on record.
    pub fn add(&mut self, other: &[u8]) {
        let other = BigUint::from_bytes_be(other);
        if other != self.modulus {
            self.product = &self.product * other % &self.modulus;
        }
    }

    /// Whether a prime of the examined modulus is one of what was taken in.
    #[must_use]
    pub fn found(&self) -> bool {
        divisor(&self.modulus, &self.product) != BigUint::from(1_u32)
    }
}

/// Whether two different moduli, big-endian and unsigned, have a prime in common.
pub(crate) fn between(one: &[u8], other: &[u8]) -> bool {
    let mut pair = SharedPrime::new(one);
    pair.add(other);
    pair.found()
}

/// The greatest common divisor (Euclid).
fn divisor(one: &BigUint, other: &BigUint) -> BigUint {
    let (mut one, mut other) = (one.clone(), other.clone());
    while other != BigUint::ZERO {
        let rest = &one % &other;
        one = std::mem::replace(&mut other, rest);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(one: u32, other: u32) -> Vec<u8> {
        (BigUint::from(one) * other).to_bytes_be()
    }

    #[test]
    fn a_prime_in_common_is_found_among_many_others() {
        let mut examined = SharedPrime::new(&product(1_000_003, 1_000_033));
        for (one, other) in [(1_000_037, 1_000_039), (1_000_081, 1_000_099), (1_000_117, 1_000_121)] {
            examined.add(&product(one, other));
        }
        assert!(!examined.found());
        examined.add(&product(1_000_033, 1_000_121));
        assert!(examined.found());
        examined.add(&product(1_000_133, 1_000_151));
        assert!(examined.found(), "what was found stays found");
    }

    #[test]
    fn both_primes_on_record_are_found_and_the_modulus_itself_is_not() {
        let modulus = product(1_000_003, 1_000_033);
        let mut examined = SharedPrime::new(&modulus);
        examined.add(&modulus);
        assert!(!examined.found());
        examined.add(&product(1_000_003, 1_000_037));
        examined.add(&product(1_000_033, 1_000_037));
        assert!(examined.found());
        assert!(between(&modulus, &product(1_000_003, 7)));
        assert!(!between(&modulus, &product(1_000_037, 7)));
    }
}
