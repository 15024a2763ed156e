//! Moving in from other CAs' software: what they kept, read as what it is.
//!
//! Nothing here reaches into the world: octets, the environment and the files that a file includes come as
//! arguments. What cannot be carried over exactly is told with its place, and never replaced by a guess.
//!
//! [`openssl`] knows the files of `openssl ca`. An [`examination::Examination`] holds an index, the certificates and the
//! CRLs of one CA against each other: what is to be taken over goes to an [`intake::Intake`], and what disagrees is a
//! [`problem::Problem`] in its [`report::Report`].

pub mod crls;
pub mod examination;
pub mod files;
pub mod intake;
pub mod openssl;
pub mod problem;
pub mod report;
mod rows;
