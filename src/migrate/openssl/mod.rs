//! Directories of `openssl ca`, and of what is built on it.
//!
//! - [`cnf`]: its configuration file, and the sections of it as a profile.

pub mod cnf;
