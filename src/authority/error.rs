//! How far an act got before it failed, and whether a signature may exist.

use crate::lint::Report;
use crate::policy::Refusal;
use crate::port::RandomError;
use crate::store;
use crate::x509::certificate::BuildError;
use crate::x509::serial::SerialNumber;

use super::complete::Failure;
use super::issuer::IssuerError;
use super::output::OutputError;

/// One variant per stage of the one way through.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The CA cannot sign: no certificate, another key, outside its validity. Nothing was reserved.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// Policy refuses; every violation is in there. Nothing was reserved.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The octets have a finding of severity error. Nothing was reserved.
    #[error("what would have been signed breaks a rule:\n{0}")]
    Lint(Report),
    /// What was decided cannot be encoded. Nothing was reserved.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// No serial number could be drawn. Nothing was reserved.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The intent could not be recorded, so the token was not asked.
    #[error("nothing was signed: the ledger could not record the intent")]
    Reserve(#[source] store::Error),
    /// The ledger could not be read, or something else could not be recorded.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The token was not asked, or gave no usable signature. The number stays burned.
    #[error("{what} was not signed{}", serial_note(serial.as_ref()))]
    Sign {
        /// What was to be signed.
        what: &'static str,
        /// The serial number that stays burned.
        serial: Option<SerialNumber>,
        /// Why.
        #[source]
        source: Failure,
    },
    /// Signed and verified, but not recorded. The object is in here and nowhere else.
    #[error("{what} was signed, but the ledger could not record it")]
    Commit {
        /// What was signed.
        what: &'static str,
        /// The signed object.
        der: Vec<u8>,
        /// Its PEM form.
        pem: String,
        /// Why.
        #[source]
        source: store::Error,
    },
    /// Signed and recorded, but not written to its file.
    #[error("{what} was signed and recorded, but its file was not written")]
    Publish {
        /// What was signed.
        what: &'static str,
        /// The serial number under which the ledger has it.
        serial: Option<SerialNumber>,
        /// Why.
        #[source]
        source: OutputError,
    },
}

fn serial_note(serial: Option<&SerialNumber>) -> String {
    serial.map_or_else(String::new, |serial| format!("; its serial number {serial} is burned"))
}
