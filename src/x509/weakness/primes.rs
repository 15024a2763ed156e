//! Small primes, by trial division.

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
    fn the_primes_below_thirty() {
        let primes: Vec<u64> = (0..30).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
    }
}
