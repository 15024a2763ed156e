//! Perfect powers: a modulus that is the power of a number (BR 6.1.6, NIST SP 800-89 s.5.3.3).

use num_bigint::BigUint;

/// 2^9 is less than 757, the first prime that may be a factor.
const SMALLEST_ROOT_BITS: u64 = 9;

/// The smallest exponent above 1 of which a number is a power.
///
/// Only prime exponents are tried, since a power with a composite one is a power with its factors. Each is ruled out
/// by remainders before a root is drawn.
pub(super) fn exponent(number: &BigUint) -> Option<u32> {
    // A root below 2^9 has a factor below 752, for which the number is refused anyway.
    let most = u32::try_from(number.bits().div_ceil(SMALLEST_ROOT_BITS)).unwrap_or(u32::MAX);
    (2..=most).filter(|exponent| is_prime(u64::from(*exponent))).find(|exponent| {
        may_be(number, u64::from(*exponent)) && number.nth_root(*exponent).pow(*exponent) == *number
    })
}

/// How many primes rule out an exponent: each lets one number of `exponent` through by chance.
const WITNESSES: usize = 3;

/// Whether a number is a power with a prime exponent modulo some primes q of which q - 1 is divisible by the
/// exponent: then it is 0, or 1 to the power of (q - 1) / exponent.
fn may_be(number: &BigUint, exponent: u64) -> bool {
    (1_u64..)
        .filter_map(|multiple| exponent.checked_mul(multiple)?.checked_add(1))
        .filter(|prime| is_prime(*prime))
        .take(WITNESSES)
        .all(|prime| {
            let rest = u64::try_from(number % prime).unwrap_or_default();
            rest == 0 || power(rest, prime.wrapping_sub(1).wrapping_div(exponent), prime) == 1
        })
}

/// A power modulo a number below 2^32.
fn power(base: u64, exponent: u64, modulus: u64) -> u64 {
    let times = |one: u64, other: u64| one.wrapping_mul(other).wrapping_rem(modulus);
    (0..u64::BITS).rev().fold(1, |result, bit| {
        let square = times(result, result);
        if exponent.wrapping_shr(bit) & 1 == 1 { times(square, base) } else { square }
    })
}

/// Whether a small number is a prime.
pub(super) fn is_prime(number: u64) -> bool {
    number > 1
        && (2_u64..)
            .take_while(|divisor| divisor.wrapping_mul(*divisor) <= number)
            .all(|divisor| number.wrapping_rem(divisor) != 0)
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
    fn neighbours_of_powers_and_products_are_none() {
        let root = BigUint::from(1_000_003_u32);
        for power in [2, 3, 5, 31, 97] {
            assert_eq!(exponent(&(root.pow(power) + 2_u32)), None, "{power}");
            assert_eq!(exponent(&(root.pow(power) - 2_u32)), None, "{power}");
        }
        assert_eq!(exponent(&(&root * 1_000_033_u32)), None);
    }
}
