//! Small prime factors: trial division by every prime below 752 (BR 6.1.6, NIST SP 800-89 s.5.3.3).

use num_bigint::BigUint;

/// Below this no prime may divide an RSA modulus (BR 6.1.6).
pub const LIMIT: u32 = 752;

/// The smallest prime below [`LIMIT`] that divides a number.
pub(super) fn find(number: &BigUint) -> Option<u32> {
    // The first divisor above 1 is a prime.
    (2..LIMIT).find(|divisor| (number % *divisor) == BigUint::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_factor_below_752_is_found_and_none_above() {
        let large = BigUint::from(1_000_003_u32) * BigUint::from(1_000_033_u32);
        assert_eq!(find(&large), None);
        for prime in [3_u32, 5, 7, 743, 751] {
            assert_eq!(find(&(&large * prime)), Some(prime));
        }
        assert_eq!(find(&(&large * 757_u32)), None);
        assert_eq!(find(&(&large * 751_u32 * 3_u32)), Some(3));
    }
}
