//! Randomness for serial numbers and challenges.

/// A cryptographically secure source of random octets.
pub trait RandomSource {
    /// Fills `out` with random octets.
    ///
    /// # Errors
    /// [`RandomError`] when the source failed; `out` must not be used then.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError>;
}

/// The source of randomness failed, or gave octets that cannot be random.
#[derive(Debug, thiserror::Error)]
#[error("no randomness: {reason}")]
pub struct RandomError {
    /// What went wrong, for the operator.
    pub reason: String,
}
