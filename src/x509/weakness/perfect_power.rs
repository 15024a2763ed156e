//! Perfect powers: a modulus that is the power of a number (BR 6.1.6, NIST SP 800-89 s.5.3.3).

use std::sync::LazyLock;

use num_bigint::BigUint;

use super::batch::{Batch, batches};
use super::primes::is_prime;

/// 2^9 is less than 757, the first prime that may be a factor.
const SMALLEST_ROOT_BITS: u64 = 9;

/// Exponents below this are tried in batches: those of every modulus of up to 8,192 bits. Witnesses for larger ones
/// are looked for each time.
const BATCHED: u64 = 1024;

/// The smallest exponent above 1 of which a number is a power.
///
/// Only prime exponents are tried, since a power with a composite one is a power with its factors. Each is ruled out
/// by remainders before a root is drawn.
pub(super) fn exponent(number: &BigUint) -> Option<u32> {
    // A root below 2^9 has a factor below 752, for which the number is refused anyway.
    let most = number.bits().div_ceil(SMALLEST_ROOT_BITS);
    let large = (BATCHED..=most).filter(|exponent| is_prime(*exponent));
    let mut possible = FIRST_WITNESSES
        .iter()
        .take_while(|batch| batch.members.first().is_some_and(|first| first.exponent <= most))
        .flat_map(|batch| {
            let rest = batch.remainder(number);
            batch.members.iter().filter(move |witness| witness.admits(rest)).map(|witness| witness.exponent)
        })
        .chain(large);
    possible.find_map(|exponent| {
        let small = u32::try_from(exponent).ok().filter(|_| may_be(number, exponent))?;
        (number.nth_root(small).pow(small) == *number).then_some(small)
    })
}

/// A prime q of which q - 1 is divisible by an exponent: modulo q a power is 0, or 1 to the power of (q - 1) / exponent.
#[derive(Debug, Clone, Copy)]
struct Witness {
    exponent: u64,
    prime: u64,
}

impl Witness {
    /// The witnesses for an exponent, the smallest first.
    fn all(exponent: u64) -> impl Iterator<Item = Self> {
        (1_u64..)
            .filter_map(move |multiple| exponent.checked_mul(multiple)?.checked_add(1))
            .filter(|prime| is_prime(*prime))
            .map(move |prime| Self { exponent, prime })
    }

    /// Whether a number with this remainder, modulo the prime or a multiple of it, may be a power with the exponent.
    /// Of those that are none, one of so many as the exponent says passes.
    fn admits(self, rest: u64) -> bool {
        let rest = rest.wrapping_rem(self.prime);
        rest == 0 || power(rest, self.prime.wrapping_sub(1).wrapping_div(self.exponent), self.prime) == 1
    }
}

/// The first witness of each prime exponent below [`BATCHED`], the smallest exponent first.
static FIRST_WITNESSES: LazyLock<Vec<Batch<Witness>>> = LazyLock::new(|| {
    let exponents = (2..BATCHED).filter(|exponent| is_prime(*exponent));
    batches(exponents.filter_map(|exponent| Witness::all(exponent).next()), |witness| witness.prime)
});

/// How many witnesses rule out an exponent before a root is drawn.
const WITNESSES: usize = 3;

fn may_be(number: &BigUint, exponent: u64) -> bool {
    Witness::all(exponent)
        .take(WITNESSES)
        .all(|witness| witness.admits(u64::try_from(number % witness.prime).unwrap_or_default()))
}

/// A power modulo a number below 2^32.
fn power(base: u64, exponent: u64, modulus: u64) -> u64 {
    let times = |one: u64, other: u64| one.wrapping_mul(other).wrapping_rem(modulus);
    let bits = u64::BITS.saturating_sub(exponent.leading_zeros());
    (0..bits).rev().fold(1, |result, bit| {
        let square = times(result, result);
        if exponent.wrapping_shr(bit) & 1 == 1 { times(square, base) } else { square }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_power_is_found_with_its_smallest_exponent() {
        let root = BigUint::from(1_000_003_u32);
        for (power, smallest) in [(2, 2), (3, 3), (4, 2), (5, 5), (7, 7), (15, 3), (49, 7), (97, 97)] {
            assert_eq!(exponent(&root.pow(power)), Some(smallest), "{power}");
        }
    }

    #[test]
    fn a_power_of_more_bits_than_are_tried_in_batches_is_found() {
        let root = BigUint::from(757_u32);
        assert_eq!(exponent(&root.pow(1031)), Some(1031));
        assert_eq!(exponent(&(root.pow(1031) + 2_u32)), None);
    }

    #[test]
    fn neighbours_of_powers_and_products_are_none() {
        let root = BigUint::from(1_000_003_u32);
        for power in [2, 3, 5, 31, 97] {
            assert_eq!(exponent(&(root.pow(power) + 2_u32)), None, "{power}");
            assert_eq!(exponent(&(root.pow(power) - 2_u32)), None, "{power}");
        }
        assert_eq!(exponent(&(&root * 1_000_033_u32)), None);
    }
}
