//! Directories of `openssl ca`, and of what is built on it.
//!
//! - [`cnf`]: its configuration file, and the sections of it as a profile.
//! - [`index`]: its database index.txt, with [`date`], [`revocation`], [`oneline`] and [`number`] for the columns; the
//!   files `serial` and `crlnumber` hold a [`number`].
//! - [`export`]: the other way.

pub mod cnf;
pub mod date;
pub mod export;
pub mod index;
pub mod number;
pub mod oneline;
pub mod revocation;
