//! Ceremonies: what will be done is written before, shown, rehearsed, done exactly so, and told in a transcript that
//! anybody can verify.
//!
//! A [`Script`] says what will be done, a [`Site`] with which tokens. [`foresee`] goes through the script with keys that
//! stand in for those that do not exist yet: every certificate and CRL is decided, built and linted before anybody is
//! asked for a PIN. A [`Manifest`] holds the digests of everything that a run depends on, and its own digest names the
//! plan. A run writes a [`Transcript`] of [`Record`]s; [`verify`] holds a bundle of all these files against themselves,
//! and derives what was signed from the script once more.
//!
//! This room is pure: files, clock, tokens and people are the program's business.

mod answers;
mod derivation;
mod facts;
mod finding;
mod foresight;
pub mod html;
pub mod layout;
mod log;
mod manifest;
mod mark;
mod picture;
mod record;
mod report;
mod requirement;
mod role;
mod script;
mod script_toml;
mod site;
mod step;
mod step_title;
mod step_toml;
mod template;
mod transcript;
mod verification;
mod worksheet;

pub use answers::{Answers, Told};
pub use derivation::{Derivation, DerivationError, Issuing};
pub use facts::{Fact, PUBLIC_KEY_SHA256, Presence};
pub use finding::Finding;
pub use foresight::{Foreseen, Foresight, Known, POSSESSION, foresee};
pub use manifest::{CaDigest, Manifest, ManifestError, Named, Program};
pub use mark::{MARK, MarkError};
pub use record::{LogHead, Mode, Record};
pub use report::report;
pub use role::Role;
pub use script::{Existing, Script, Section};
pub use site::Site;
pub use step::{NewCa, NewKey, NewResponder, Step, Subject, Task};
pub use template::{TEMPLATES, Template};
pub use transcript::{Transcript, TranscriptError};
pub use verification::{Made, Verified, calls, verify};
pub use worksheet::worksheet;
