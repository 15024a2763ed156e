//! The program at the command line: what people and scripts see of it.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/dangerous.rs"]
mod dangerous;
#[cfg(test)]
#[path = "cli/program.rs"]
mod program;
#[cfg(test)]
#[path = "cli/reach.rs"]
mod reach;
#[cfg(test)]
#[path = "cli/request.rs"]
mod request;

#[cfg(test)]
#[path = "cli/adopted.rs"]
mod adopted;
#[cfg(test)]
#[path = "cli/algorithms.rs"]
mod algorithms;
#[cfg(test)]
#[path = "support/openssl.rs"]
#[expect(dead_code, reason = "others use the rest of it")]
mod openssl;
#[cfg(test)]
#[path = "support/openssl_ca.rs"]
mod openssl_ca;
#[cfg(test)]
use support::built;
#[cfg(test)]
#[path = "support/attestation.rs"]
mod vendor;

#[cfg(test)]
#[path = "cli/attestation.rs"]
mod attestation;
#[cfg(test)]
#[path = "cli/auditing.rs"]
mod auditing;
#[cfg(test)]
#[path = "cli/bad_requests.rs"]
mod bad_requests;
#[cfg(test)]
#[path = "cli/batches.rs"]
mod batches;
#[cfg(test)]
#[path = "cli/converted.rs"]
mod converted;
#[cfg(test)]
#[path = "cli/crl.rs"]
mod crl;
#[cfg(test)]
#[path = "cli/decided.rs"]
mod decided;
#[cfg(test)]
#[path = "cli/destroy.rs"]
mod destroy;
#[cfg(test)]
#[path = "cli/doctor.rs"]
mod doctor;
#[cfg(test)]
#[path = "cli/escaping.rs"]
mod escaping;
#[cfg(test)]
#[path = "cli/help.rs"]
mod help;
#[cfg(test)]
#[path = "cli/home.rs"]
mod home;
#[cfg(test)]
#[path = "cli/initialise.rs"]
mod initialise;
#[cfg(test)]
#[path = "cli/intake.rs"]
mod intake;
#[cfg(test)]
#[path = "cli/issued.rs"]
mod issued;
#[cfg(test)]
#[path = "cli/large_requests.rs"]
mod large_requests;
#[cfg(test)]
#[path = "cli/linted.rs"]
mod linted;
#[cfg(test)]
#[path = "cli/long_crl.rs"]
mod long_crl;
#[cfg(test)]
#[path = "cli/migrated.rs"]
mod migrated;
#[cfg(test)]
#[path = "cli/nested.rs"]
mod nested;
#[cfg(test)]
#[path = "cli/objects.rs"]
mod objects;
#[cfg(test)]
#[path = "cli/profiles.rs"]
mod profiles;
#[cfg(test)]
#[path = "cli/renumbered.rs"]
mod renumbered;
#[cfg(test)]
#[path = "cli/shares.rs"]
mod shares;
#[cfg(test)]
#[path = "cli/streams.rs"]
mod streams;
#[cfg(test)]
#[path = "cli/terminal.rs"]
mod terminal;
#[cfg(test)]
#[path = "cli/tokens.rs"]
mod tokens;
#[cfg(test)]
#[path = "cli/usage.rs"]
mod usage;
#[cfg(test)]
#[path = "cli/words.rs"]
mod words;
