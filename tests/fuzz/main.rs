//! A short run of the fuzz targets: their seeds, mutants of these, and large inputs, the same in every run.
//!
//! `softhsm-setup/fuzz.sh` runs the same targets for as long as wanted, led by coverage.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod invariant;
#[cfg(test)]
mod mutation;
#[cfg(test)]
#[path = "../../src/bin/keyrite/safe_text.rs"]
#[expect(dead_code, reason = "the program uses the rest of it")]
mod safe_text;
#[cfg(test)]
mod smoke;
#[cfg(test)]
mod ssh;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod transparency;
