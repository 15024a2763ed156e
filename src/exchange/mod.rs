//! Bundles: what goes over an air gap, from those who ask to the CA and back.
//!
//! A [`RequestBundle`] is a directory of requests under a manifest that its requester has signed; an [`AnswerBundle`] is
//! one of certificates, CRLs and proofs under a manifest for which the CA's audit log vouches, at a checkpoint that the
//! CA's key has signed. Both come on media that anybody may have had in hands: they are read from [`Contents`], every
//! file is accounted for, and nothing is believed before its signature.
//!
//! This room is pure: media, clock, tokens and the ledger are the program's business. `docs/air-gap.md` has the format.

mod acceptance;
mod answer;
mod bundle_id;
mod ca_reference;
mod contents;
pub mod layout;
mod problem;
mod request;
mod seal;

pub use acceptance::Accepted;
pub use answer::{AnswerBundle, AnswerManifest, Given, RequestResult, RevocationResult, reasons};
pub use bundle_id::{BundleId, BundleIdSyntax};
pub use ca_reference::{CaReference, OtherCa};
pub use contents::{Contents, FileDigest};
pub use problem::BundleError;
pub use request::{Asked, AskedRevocation, RequestBundle, RequestManifest, is_requester_name};
pub use seal::{Seal, origin, statement};
