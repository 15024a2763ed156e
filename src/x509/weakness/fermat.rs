//! Primes that lie close together: Fermat's factorisation (BR 6.1.1.3).
//!
//! N = a^2 - b^2 = (a + b)(a - b). Where the primes are close, a lies just above the square root of N. The method was
//! used on keys in the field: CVE-2022-26320, and Boeck, "Fermat Factorization in the Wild", 2023.

use num_bigint::BigUint;

/// How many values of a are tried (BR 6.1.1.3).
pub const ROUNDS: u32 = 100;

/// The round, counted from 1, in which the method finds two factors.
///
/// a^2 - N is followed by its remainder alone; the number itself is computed where that of a square is found, which is
/// once in a hundred rounds.
pub(super) fn round(modulus: &BigUint) -> Option<u32> {
    let root = modulus.sqrt();
    let square = &root * &root;
    // Never negative: the first is no less than the square root.
    let (first, difference) = if square == *modulus {
        (root, BigUint::ZERO)
    } else {
        // (a + 1)^2 - N, of which a^2 is known.
        let next = &root + 1_u32;
        let difference = square + &root + &next - modulus;
        (next, difference)
    };
    let mut middle_rest = remainder(&first);
    let mut rest = remainder(&difference);
    for round in 1..=ROUNDS {
        if may_be_square(rest) {
            let middle = &first + round.wrapping_sub(1);
            if is_square(&(&middle * &middle - modulus)) {
                return Some(round);
            }
        }
        // (a + 1)^2 = a^2 + 2a + 1; both remainders are below 2^32.
        rest = rest.wrapping_add(middle_rest.wrapping_mul(2)).wrapping_add(1).wrapping_rem(PRODUCT);
        middle_rest = middle_rest.wrapping_add(1).wrapping_rem(PRODUCT);
    }
    None
}

/// A square is one modulo each of these; of other numbers one in a hundred is. Their product is below 2^32.
const MODULI: [(u64, u128); 4] = [(64, squares(64)), (63, squares(63)), (65, squares(65)), (11, squares(11))];
const PRODUCT: u64 = 64 * 63 * 65 * 11;

/// The squares modulo a number of at most 128, a bit for each.
const fn squares(modulus: u32) -> u128 {
    let mut found = 0;
    let mut root = 0_u32;
    while root < modulus {
        found |= 1_u128.wrapping_shl(root.wrapping_mul(root).wrapping_rem(modulus));
        root = root.wrapping_add(1);
    }
    found
}

fn remainder(number: &BigUint) -> u64 {
    u64::try_from(number % PRODUCT).unwrap_or_default()
}

/// Whether a remainder modulo the product is that of a square.
fn may_be_square(rest: u64) -> bool {
    MODULI.iter().all(|(modulus, squares)| {
        let rest = u32::try_from(rest.wrapping_rem(*modulus)).unwrap_or_default();
        squares.wrapping_shr(rest) & 1 == 1
    })
}

fn is_square(number: &BigUint) -> bool {
    may_be_square(remainder(number)) && number.sqrt().pow(2) == *number
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
