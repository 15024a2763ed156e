//! Primes that lie close together: Fermat's factorisation (BR 6.1.1.3).
//!
//! N = a^2 - b^2 = (a + b)(a - b). Where the primes are close, a lies just above the square root of N. The method was
//! used on keys in the field: CVE-2022-26320, and Boeck, "Fermat Factorization in the Wild", 2023.

use num_bigint::BigUint;

/// How many values of a are tried (BR 6.1.1.3).
pub const ROUNDS: u32 = 100;

/// The round, counted from 1, in which the method finds two factors.
pub(super) fn round(modulus: &BigUint) -> Option<u32> {
    let root = modulus.sqrt();
    let exact = &root * &root == *modulus;
    let first = if exact { root } else { root + 1_u32 };
    (0..ROUNDS).find_map(|step| {
        let middle = &first + step;
        // Never negative: the first is no less than the square root.
        let difference = &middle * &middle - modulus;
        is_square(&difference).then(|| step.saturating_add(1))
    })
}

/// A square is one of these modulo 64; of other numbers most are not.
const SQUARES: [u64; 12] = [0, 1, 4, 9, 16, 17, 25, 33, 36, 41, 49, 57];

fn is_square(number: &BigUint) -> bool {
    let low = number.iter_u64_digits().next().unwrap_or_default() & 63;
    SQUARES.contains(&low) && number.sqrt().pow(2) == *number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_modulo_64_is_one_of_the_twelve() {
        for number in 0..4096_u64 {
            assert!(SQUARES.contains(&(number * number % 64)));
        }
        let found: std::collections::BTreeSet<u64> = (0..64_u64).map(|number| number * number % 64).collect();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), SQUARES);
    }

    /// With p = a - b and q = a + b the method ends in round a - ceil(sqrt(N)) + 1, which grows with b^2 / 2a.
    #[test]
    fn the_hundredth_round_finds_and_the_next_would() {
        let middle = BigUint::from(10_u32).pow(60);
        let mut last = 0;
        let mut missed = false;
        for step in 0..400_u64 {
            let half = BigUint::from(10_u32).pow(30) * step / 20_u32 + 1_u32;
            let modulus = (&middle - &half) * (&middle + &half);
            let ceiling = modulus.sqrt() + 1_u32;
            let expected = u32::try_from(&middle - ceiling).unwrap() + 1;
            assert_eq!(round(&modulus), (expected <= ROUNDS).then_some(expected), "{step}");
            if expected <= ROUNDS {
                last = expected;
            } else {
                missed = true;
            }
        }
        assert_eq!(last, ROUNDS);
        assert!(missed);
    }
}
