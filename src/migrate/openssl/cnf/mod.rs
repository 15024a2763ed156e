//! `openssl.cnf`, read by the rules of config(5) as OpenSSL 3 carries them out, and its sections as a profile.
//!
//! - [`Cnf`]: the file with those that it includes, every value expanded and with its [`Place`].
//! - [`Surroundings`]: what a file may ask of the world, the environment and other files.
//! - [`CaSection`]: what `openssl ca` reads of it.
//! - [`profile()`]: policy and extension sections as the text of a profile, with a [`Note`] on all that could not be
//!   carried over exactly.

mod ca;
mod certificate_policies;
mod characters;
mod constraints;
mod conversion;
mod error;
mod expansion;
mod extension;
mod file;
mod general_name;
mod key_usage;
mod kind;
mod locations;
mod note;
mod object_name;
mod parser;
mod place;
mod places;
mod policy;
mod profile;
mod raw_value;
mod source;
mod toml_text;

pub use ca::{CaSection, CaSectionError, CopyExtensions, Setting, resolve};
pub use error::{CnfError, Fault};
pub use file::{Cnf, Entry, Remark, Section};
pub use note::{Fate, Note};
pub use place::Place;
pub use profile::{ConversionError, Converted, Wanted, profile};
pub use source::{Included, Surroundings};
