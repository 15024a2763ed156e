//! `certificate show`.

use std::path::Path;

use keyrite::authority::system::SystemClock;
use keyrite::store::{CaName, CertificateRecord};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::limits;
use keyrite::x509::serial::SerialNumber;

use super::certificate_list::status;
use crate::context::Context;
use crate::designation::{self, Designation};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::ledger;
use crate::render::Answer;
use crate::view::{self, View};

/// Show what a certificate says
///
/// A certificate of this home is named by its serial number in hex, any other by its file. The signature is not
/// verified: that needs the issuer's certificate.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  keyrite certificate show www.pem\n  keyrite certificate show 4C0FFEE1")]
pub(crate) struct Args {
    /// A serial number in hex, or a file in PEM or DER; - is standard input
    #[arg(value_name = "SERIAL|FILE")]
    certificate: Designation,

    /// The CA, where several have a certificate of this serial number
    #[arg(long, value_name = "NAME")]
    ca: Option<CaName>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        match self.certificate {
            Designation::File(path) => Ok(Answer::new(view::certificate(&read(&path)?))),
            Designation::Serial(serial) => recorded(context, &serial, self.ca.as_ref()),
        }
    }
}

/// The record of this home, and the certificate if there is one.
fn recorded(context: &Context, serial: &SerialNumber, ca: Option<&CaName>) -> Result<Answer, Failure> {
    let store = ledger::read(context)?;
    let record = ledger::certificate(&store, serial, ca)?;
    let of_record = record_view(&record);
    let view = match store.certificate_der(&record.ca, serial)? {
        None => View::default().row("serial", serial.to_string()).and(of_record),
        Some(der) => {
            let certificate = Certificate::from_der(&der).map_err(|error| {
                Failure::new(Exit::Integrity, format!("the certificate {serial} on record cannot be read"))
                    .caused_by(&error)
            })?;
            view::certificate(&certificate).and(of_record)
        }
    };
    Ok(Answer::new(view))
}

fn record_view(record: &CertificateRecord) -> View {
    let revocation = record.revocation.as_ref().map(|revocation| {
        View::default()
            .row("date", revocation.date.to_string())
            .maybe("reason", revocation.reason.map(|reason| reason.to_string()))
            .maybe("invalid since", revocation.invalidity_date.map(|time| time.to_string()))
    });
    let record_rows = View::default()
        .row("CA", record.ca.to_string())
        .row("status", status(record, SystemClock.now()))
        .row("state", record.state.to_string())
        .row("reserved at", record.reserved_at.to_string())
        .maybe("settled at", record.settled_at.map(|time| time.to_string()))
        .maybe("profile", record.profile.clone())
        .maybe("requester", record.requester.clone())
        .maybe("made from", record.origin.map(|origin| origin.to_string()))
        .maybe("of certificate", record.origin_sha256.map(|sha256| format!("SHA-256 {sha256}")))
        .maybe("possession", record.possession.clone())
        .maybe("revocation", revocation);
    View::default().row("record", record_rows)
}

/// Reads a certificate from a file.
///
/// # Errors
/// A [`Failure`] that names the file.
pub(crate) fn read(path: &Path) -> Result<Certificate, Failure> {
    let octets = input::read(path, limits::CERTIFICATE_OCTETS.saturating_mul(3))
        .map_err(|failure| designation::neither(path, failure))?;
    Certificate::read(&octets).map_err(|error| Failure::from(error).about(path))
}
