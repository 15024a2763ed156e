//! Those who approve what is done, where that is not whoever typed the command.

use std::fmt::Debug;

use keyrite::token::KeyInfo;

use crate::failure::Failure;
use crate::safe_text::Page;

/// People who are asked in the course of a ceremony.
pub(crate) trait Attendance: Debug + Send + Sync {
    /// Shows what will happen and has it approved. `digests` are SHA-256 over each object that will
    /// be signed.
    ///
    /// # Errors
    /// A [`Failure`] when it is not approved.
    fn approve(&self, shown: &Page, question: &str, digests: &[[u8; 32]]) -> Result<(), Failure>;

    /// Keeps that a token has no key under this label, just before one is made there.
    ///
    /// # Errors
    /// A [`Failure`] when that cannot be kept: no key may be made then.
    fn vacant(&self, label: &str) -> Result<(), Failure>;

    /// Keeps what a token says of a key that was made, or that something is made of.
    ///
    /// # Errors
    /// A [`Failure`] when that cannot be kept.
    fn seen(&self, key: &KeyInfo) -> Result<(), Failure>;
}
