//! Small prime factors: trial division by every prime below 752 (BR 6.1.6, NIST SP 800-89 s.5.3.3).

use std::sync::LazyLock;

use num_bigint::BigUint;

use super::batch::{Batch, batches};
use super::primes::is_prime;

/// Below this no prime may divide an RSA modulus (BR 6.1.6).
pub const LIMIT: u32 = 752;

/// The primes below [`LIMIT`], the smallest first.
static BATCHES: LazyLock<Vec<Batch<u32>>> = LazyLock::new(|| {
    let primes = (2..LIMIT).filter(|number| is_prime(u64::from(*number)));
    batches(primes, |prime| u64::from(*prime))
});

/// The smallest prime below [`LIMIT`] that divides a number.
pub(super) fn find(number: &BigUint) -> Option<u32> {
    BATCHES.iter().find_map(|batch| {
        let rest = batch.remainder(number);
        batch.members.iter().copied().find(|prime| rest.wrapping_rem(u64::from(*prime)) == 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prime_below_the_limit_is_tried() {
        let primes: Vec<u32> = BATCHES.iter().flat_map(|batch| batch.members.clone()).collect();
        assert_eq!((primes.len(), primes[0], primes[132]), (133, 2, 751));
        assert!(primes.is_sorted());
    }

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
