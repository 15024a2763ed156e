//! keyrite: a certification authority whose private keys never leave a PKCS#11 token.
//!
//! # The main path
//! A certificate comes to be in eleven steps. Each has one place, and each hands the next a value that
//! exists only because the step succeeded, so that no step can be left out:
//!
//! | step | done by | proof |
//! |---|---|---|
//! | read the request | [`x509::csr::Csr::parse`] | [`x509::csr::Csr`] |
//! | prove possession of the key | [`x509::csr::Csr::prove`] | [`x509::csr::ProvenCsr`] |
//! | decide what may be issued | [`policy::decide`] | [`policy::Approved`] |
//! | draw a serial number, fix the octets | [`policy::Approved::to_be_signed`] | [`x509::signed::ToBeSigned`] |
//! | look at the octets with the standards in hand | [`lint::certificate`] | [`lint::Linted`] |
//! | record the intent, durably | [`store::Store::reserve_certificates`] | [`store::Reservation`] |
//! | have the token sign | [`port::Signer::sign`], called by `authority::complete` alone | [`x509::signature::SignatureValue`] |
//! | verify the signature in software | [`x509::signed::Signed::seal`] | [`x509::signed::Signed`] |
//! | record what was signed | [`store::Store::commit`] | [`store::Issued`] |
//! | write the file | [`authority::output::publish`] | a file that a power cut cannot take away |
//! | say so | the program | exit status 0 |
//!
//! CRLs and the requests for our own keys walk the same path from the fifth step on; of a CRL, which may be long, the
//! proofs carry the digest, and its octets lie in the ledger.
//!
//! # What it guarantees
//! - No code here can hold or use a CA's private key; only [`token`] asks for signatures, and it asks a
//!   process of its own that alone maps the vendor's module.
//! - What is signed is, octet for octet, what was linted, shown, stored and published.
//! - A serial number or CRL number is on disk before the token is asked, and is never used twice,
//!   whatever fails afterwards.
//! - Nothing that was signed is lost: if it cannot be recorded, the error itself carries it.
//!
//! # The map
//! [`x509`], [`policy`], [`lint`], [`audit`], [`evidence`], [`config`] and [`migrate`] are pure: octets, time and
//! randomness come as arguments. [`port`] says what the authority needs of the world. [`token`] and [`store`] are the
//! world. [`authority`] is where they meet. [`ceremony`] and [`exchange`] are pure as well: scripts, transcripts and what proves them, and bundles that cross an air gap. The program in `src/bin/keyrite/` sees only what is public here.

pub mod audit;
pub mod authority;
pub mod ceremony;
pub mod config;
pub mod evidence;
pub mod exchange;
pub mod lint;
pub mod migrate;
pub mod policy;
pub mod port;
pub mod ssh;
pub mod store;
pub mod token;
pub mod x509;
