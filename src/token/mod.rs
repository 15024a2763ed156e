//! Tokens: named by URI, reached through a worker process, believed in nothing.
//!
//! A vendor's PKCS#11 module is foreign code. It is loaded only in a [`worker`] process, which this
//! room starts, asks, times and ends; no type of the binding crate is seen outside it. The way through:
//!
//! 1. [`Pkcs11Uri`] names token and key; [`find_module`] says which module to load.
//! 2. [`TokenSession::open`] starts the worker and finds exactly one token.
//! 3. [`TokenSession::generate`] makes a key, [`TokenSession::signer`] finds one. Either is proven by a
//!    signature over a random challenge before it is used.
//! 4. [`TokenSigner`] is the [`Signer`](crate::port::Signer) and [`TokenRandom`] the
//!    [`RandomSource`](crate::port::RandomSource) of the program.
//!
//! What must never happen here: a PIN tried twice, the first of several matches taken, a key searched
//! for at every signature, a signature of the wrong length passed on.

mod certificate;
mod client;
mod confinement;
mod count;
mod description;
mod destroy;
pub mod doctor;
mod error;
mod generate;
mod initialise;
mod key;
mod launch;
mod login;
mod mechanism;
pub mod pin;
mod public;
mod random;
mod registry;
pub mod requirements;
mod return_value;
mod session;
pub mod shares;
mod signer;
pub mod uri;
mod wire;
pub mod worker;

pub use certificate::CertificateObject;
pub use confinement::{Confinement, HomeReach};
pub use description::{TokenFlags, TokenInfo};
pub use destroy::Doomed;
pub use error::{DestroyError, Error, InitialiseError};
pub use initialise::{Initialisation, check_label};
pub use key::{KeyAttributes, KeyInfo, UnreadableKey};
pub use launch::{Launch, Timeouts};
pub use login::{PinPrompt, PinProvider, PinWarning};
pub use mechanism::MlDsaMechanisms;
pub use pin::{Pin, PinError, PinSource, PinSourceError};
pub use public::PublicHalf;
pub use random::TokenRandom;
pub use registry::{RegisteredModule, find_module, registered_modules};
pub use requirements::{Requirement, Requirements, Shown, Unfit};
pub use return_value::ReturnValue;
pub use session::{SessionOptions, TokenSession, WaitingWorker, list};
pub use signer::TokenSigner;
pub use uri::{ObjectType, Pkcs11Uri, UriError};
pub use wire::ModuleFault;
