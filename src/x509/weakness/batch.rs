//! Many small moduli, and one division of a large number for all of them.

use num_bigint::BigUint;

/// As many numbers as have moduli with a product below 2^64.
#[derive(Debug)]
pub(super) struct Batch<T> {
    product: u64,
    /// What the moduli are of, in the order in which it was given.
    pub(super) members: Vec<T>,
}

impl<T> Batch<T> {
    /// The remainder of a number modulo the product, of which each modulus is a factor.
    pub(super) fn remainder(&self, number: &BigUint) -> u64 {
        u64::try_from(number % self.product).unwrap_or_default()
    }
}

/// Fills one batch after the other. The moduli are positive.
pub(super) fn batches<T>(members: impl Iterator<Item = T>, modulus: impl Fn(&T) -> u64) -> Vec<Batch<T>> {
    let mut batches: Vec<Batch<T>> = Vec::new();
    for member in members {
        let fits = batches.last_mut().and_then(|last| {
            let product = last.product.checked_mul(modulus(&member))?;
            Some((last, product))
        });
        match fits {
            Some((last, product)) => {
                last.product = product;
                last.members.push(member);
            }
            None => batches.push(Batch { product: modulus(&member), members: vec![member] }),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_in_one_batch_and_its_remainder_can_be_had_from_that_of_the_batch() {
        let moduli: Vec<u64> = (1..400).collect();
        let batches = batches(moduli.iter().copied(), |modulus| *modulus);
        assert_eq!(batches.iter().flat_map(|batch| batch.members.clone()).collect::<Vec<_>>(), moduli);
        assert!(batches.len() < 60, "{}", batches.len());
        let number = BigUint::from(10_u32).pow(60) + 12_345_u32;
        for batch in &batches {
            let rest = batch.remainder(&number);
            for modulus in &batch.members {
                assert_eq!(BigUint::from(rest % modulus), &number % *modulus);
            }
        }
    }
}
