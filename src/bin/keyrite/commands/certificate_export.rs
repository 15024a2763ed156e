//! `certificate export`.

use std::path::PathBuf;

use keyrite::audit::{Event, Fingerprint};
use keyrite::authority::output::{self, Access};
use keyrite::store::{CaName, CertificateRecord, State, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signed::Kind as _;
use keyrite::x509::{p7b, pem};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::render::Answer;
use crate::view::View;

/// Write a certificate of this home to a new file
///
/// With --intent, of a number whose certificate is not on record, what was to be signed: as a certificate without
/// signature (RFC 9925), which any program can show and none takes for valid.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keyrite certificate export 4C0FFEE1 --with-path --out www-path.pem\n  keyrite certificate export 4C0FFEE1 --intent --out unsigned.pem"
)]
pub(crate) struct Args {
    /// The serial number in hex
    #[arg(value_name = "SERIAL")]
    serial: SerialNumber,

    /// The CA, where several have a certificate of this serial number
    #[arg(long, value_name = "NAME")]
    ca: Option<CaName>,

    /// pem, der or p7b
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Pem, hide_possible_values = true)]
    format: Format,

    /// Add the certificates of the CA and of those above it, but for the root
    #[arg(long)]
    with_path: bool,

    /// Write what was to be signed, where nobody knows whether it was, or it was given up
    #[arg(long, conflicts_with = "with_path")]
    intent: bool,

    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// How certificates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Pem,
    Der,
    P7b,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        if self.with_path && self.format == Format::Der {
            return Err(Failure::new(
                Exit::Usage,
                "a DER file holds one certificate, so --with-path has no place",
            )
            .hint("take --format pem or --format p7b"));
        }
        output::preview(&self.out)?;
        let store = ledger::read(context)?;
        let record = ledger::certificate(&store, &self.serial, self.ca.as_ref())?;
        let found = if self.intent {
            store.certificate_intent(&record.ca, &self.serial)?
        } else {
            store.certificate_der(&record.ca, &self.serial)?
        };
        let Some(der) = found else { return Err(self.missing(&store, &record)?) };
        let sha256 = Fingerprint::of(&der);
        let mut certificates = vec![der];
        if self.with_path {
            let ca = store.ca(&record.ca)?;
            let above = ca.certificate.iter().chain(&ca.path).filter(|one| !one.is_self_issued());
            certificates.extend(above.map(|one| one.as_der().to_vec()));
        }
        let contents = match self.format {
            Format::Pem => certificates
                .iter()
                .map(|der| pem::encode(Certificate::PEM_LABEL, der))
                .collect::<String>()
                .into_bytes(),
            Format::Der => certificates.concat(),
            Format::P7b => p7b::encode(&certificates).map_err(|error| {
                Failure::new(Exit::Defect, "the certificates could not be put together").caused_by(&error)
            })?,
        };
        output::publish(&self.out, &contents, Access::Public)?;
        let event = Event::Exported {
            what: "certificate".to_owned(),
            ca: Some(record.ca.to_string()),
            number: Some(self.serial.to_string()),
            count: None,
            sha256: Some(sha256),
            to: self.out.display().to_string(),
        };
        drop(store);
        ledger::record_by_the_way(context, event, "this export");
        let view = View::default()
            .row("written", self.out.display().to_string())
            .row("certificates", certificates.len())
            .row("serial", self.serial.to_string())
            .row("CA", record.ca.to_string())
            .maybe("signed", self.intent.then_some(false));
        Ok(Answer::new(view))
    }

    fn missing(&self, store: &Store, record: &CertificateRecord) -> Result<Failure, Failure> {
        let Self { serial, intent, .. } = self;
        if *intent {
            let message = match record.state {
                State::Issued => format!("certificate {serial} is signed and on record"),
                State::Reserved | State::Imported | State::Abandoned => {
                    format!("nothing is on record of what was to be signed as {serial}")
                }
            };
            return Ok(Failure::new(Exit::Refused, message));
        }
        let message = format!("there is no certificate {serial}: its number is {}", record.state);
        let intent = store
            .certificate_intent(&record.ca, serial)?
            .map(|_| format!("keyrite certificate export {serial} --intent writes what was to be signed"));
        Ok(Failure::new(Exit::Refused, message).maybe_hint(intent))
    }
}
