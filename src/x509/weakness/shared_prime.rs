//! Shared primes: an RSA modulus that has a prime in common with another one.
//!
//! Whoever has both finds that prime as their greatest common divisor, and with it both private keys (Heninger,
//! Durumeric, Wustrow, Halderman, "Mining Your Ps and Qs", USENIX Security 2012).

use num_bigint::BigUint;

/// Some moduli and their product.
#[derive(Clone, Debug)]
pub struct Moduli {
    numbers: Vec<BigUint>,
    product: BigUint,
}

impl Moduli {
    /// Takes moduli, big-endian and unsigned.
    #[must_use]
    pub fn new(octets: &[Vec<u8>]) -> Self {
        let numbers: Vec<BigUint> = octets.iter().map(|octets| BigUint::from_bytes_be(octets)).collect();
        let product = product(&numbers);
        Self { numbers, product }
    }
}

/// Halves before halves, so that the factors are of one size.
fn product(numbers: &[BigUint]) -> BigUint {
    match numbers {
        [] => BigUint::from(1_u32),
        [one] => one.clone(),
        several => {
            let (left, right) = several.split_at(several.len().div_ceil(2));
            product(left) * product(right)
        }
    }
}

/// The product of many moduli, modulo the one that is examined, of which the greatest common divisor is drawn once, at
/// the end.
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

    /// Takes in many moduli by their product, which costs a quarter of taking in each. The examined modulus itself is
    /// passed over.
    pub fn add_all(&mut self, others: &Moduli) {
        if others.numbers.contains(&self.modulus) {
            others.numbers.iter().for_each(|other| self.multiply(other));
        } else {
            self.product = &self.product * (&others.product % &self.modulus) % &self.modulus;
        }
    }

    /// Takes in another modulus. The examined modulus itself is passed over: a key may be on record.
    pub fn add(&mut self, other: &[u8]) {
        self.multiply(&BigUint::from_bytes_be(other));
    }

    fn multiply(&mut self, other: &BigUint) {
        if *other != self.modulus {
            self.product = &self.product * other % &self.modulus;
        }
    }

    /// Whether a prime of the examined modulus is one of what was taken in.
    #[must_use]
    pub fn found(&self) -> bool {
        divisor(&self.modulus, &self.product) != BigUint::from(1_u32)
    }
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
    fn many_at_once_are_as_each_alone() {
        let modulus = product(1_000_003, 1_000_033);
        let others = [(1_000_037, 1_000_039), (1_000_081, 1_000_099), (1_000_117, 1_000_121)];
        let mut octets: Vec<Vec<u8>> = others.map(|(one, other)| product(one, other)).to_vec();
        octets.push(modulus.clone());
        for (shared, wanted) in [(1_000_133, false), (1_000_033, true)] {
            octets.push(product(shared, 1_000_151));
            for octets in [&octets[..3], &octets[3..], &octets[..]] {
                let mut one = SharedPrime::new(&modulus);
                let mut all = SharedPrime::new(&modulus);
                octets.iter().for_each(|octets| one.add(octets));
                all.add_all(&Moduli::new(octets));
                assert_eq!(one.found(), all.found());
            }
            let mut all = SharedPrime::new(&modulus);
            all.add_all(&Moduli::new(&octets));
            assert_eq!(all.found(), wanted);
            octets.pop();
        }
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
    }
}
