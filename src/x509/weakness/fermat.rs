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
    let mut middle = if exact { root } else { root + 1_u32 };
    // Never negative: the first is no less than the square root.
    let mut difference = &middle * &middle - modulus;
    for round in 1..=ROUNDS {
        if is_square(&difference) {
            return Some(round);
        }
        // (a + 1)^2 = a^2 + a + (a + 1)
        let next = &middle + 1_u32;
        difference += middle + &next;
        middle = next;
    }
    None
}

/// A square is one modulo each of these; of other numbers one in a hundred is. Their product is below 2^32.
const MODULI: [u32; 4] = [64, 63, 65, 11];
const PRODUCT: u32 = 64 * 63 * 65 * 11;

fn is_square(number: &BigUint) -> bool {
    let rest = u32::try_from(number % PRODUCT).unwrap_or_default();
    let may_be = MODULI.iter().all(|modulus| {
        let wanted = rest.checked_rem(*modulus);
        (0..*modulus).any(|root| root.wrapping_mul(root).checked_rem(*modulus) == wanted)
    });
    may_be && number.sqrt().pow(2) == *number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_and_nothing_else_are_squares() {
        let squares: Vec<u32> = (0..100).map(|root| root * root).collect();
        for number in 0..9_801_u32 {
            assert_eq!(is_square(&BigUint::from(number)), squares.contains(&number), "{number}");
        }
        assert!(is_square(&BigUint::from(10_u32).pow(600)));
        assert!(!is_square(&BigUint::from(10_u32).pow(601)));
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
