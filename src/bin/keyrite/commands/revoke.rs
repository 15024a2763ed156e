//! `revoke`.

use keyrite::authority::revoke::{self, RevocationRequest};
use keyrite::authority::system::SystemClock;
use keyrite::store::{Ca, CaName, Store};
use keyrite::x509::extension::ReasonCode;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Time;

use crate::context::Context;
use crate::designation::{self, Designation};
use crate::failure::{Exit, Failure};
use crate::render::{Answer, Text as _};
use crate::safe_text::Page;
use crate::view::View;
use crate::{certificates, consequence, ledger};

/// Revoke a certificate: the next CRL of its CA says so
///
/// Any serial number that was ever taken can be revoked, also one whose certificate may never have come out. A
/// revocation cannot be taken back; only its reason can become key-compromise or ca-compromise, and certificate-hold
/// any, or be ended by `keyrite unhold`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite revoke 4C0FFEE1 --ca issuing --reason superseded")]
pub(crate) struct Args {
    /// The serial number in hex, or the certificate's file
    #[arg(value_name = "SERIAL|FILE")]
    certificate: Designation,

    /// The CA that issued it
    #[arg(long, value_name = "NAME")]
    ca: CaName,

    /// key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation, certificate-hold,
    /// privilege-withdrawn, or unspecified
    #[arg(long, value_name = "R", value_parser = reason)]
    reason: Reason,

    /// Since when; without it, now. A past date is for key-compromise and ca-compromise
    #[arg(long, value_name = "T")]
    date: Option<Time>,

    /// Since when the key is suspected
    #[arg(long, value_name = "T")]
    invalidity_date: Option<Time>,
}

/// A reason, or none on purpose: reasonCode is then left out (RFC 5280 s.5.3.1).
type Reason = Option<ReasonCode>;

fn reason(text: &str) -> Result<Reason, String> {
    if text == "unspecified" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error: keyrite::x509::extension::UnknownReason| error.to_string())
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let mut store = ledger::write(context)?;
        let ca = store.ca(&self.ca)?;
        let serial = serial_of(&self.certificate, &store, &ca)?;
        let record = store.certificate(&self.ca, &serial)?;
        let (reason, date, invalidity_date) = (self.reason, self.date, self.invalidity_date);
        let request = RevocationRequest { reason, date, invalidity_date };
        let view = View::default()
            .row("CA", self.ca.to_string())
            .row("serial", serial.to_string())
            .maybe("subject", record.subject)
            .maybe("not after", record.not_after.map(|time| time.to_string()))
            .row("reason", reason.map_or_else(|| "unspecified".to_owned(), |reason| reason.to_string()))
            .maybe("invalid since", invalidity_date.map(|time| time.to_string()));
        let mut page = Page::on_terminal();
        view.text(&mut page);
        View::default().maybe("since", date.map(|time| time.to_string())).text(&mut page);
        let view = if record.is_ca {
            let follows = consequence::of_ca(&store, (&self.ca, &serial), reason, SystemClock.now())?;
            let follows = View::default().row("relying parties will infer", follows);
            follows.text(&mut page);
            let question =
                "This CA certificate will be revoked, with everything below it, which cannot be taken back.";
            context.confirm(&page, question, &serial.to_string(), &[])?;
            view.and(follows)
        } else {
            let question = "This certificate will be revoked, which cannot be taken back.";
            context.confirm(&page, question, "revoke", &[])?;
            view
        };
        let revocation = revoke::revoke(&mut store, &self.ca, &serial, request, &SystemClock)?;
        let view = view.row("since", revocation.date.to_string());
        Ok(Answer::new(
            view.row("state", format!("revoked; keyrite crl issue --ca {} makes it known", self.ca)),
        ))
    }
}

/// The serial number that is meant: as it is, or that of a certificate which the CA has issued.
///
/// # Errors
/// A [`Failure`] when the certificate cannot be read, or is not by the CA.
pub(crate) fn serial_of(designation: &Designation, store: &Store, ca: &Ca) -> Result<SerialNumber, Failure> {
    match designation {
        Designation::Serial(serial) => Ok(serial.clone()),
        Designation::File(path) => {
            let certificate =
                certificates::read(path).map_err(|failure| designation::neither(path, failure))?;
            if certificate.issuer() != &ca.subject {
                let message = format!(
                    "issued by {}, and CA {:?} is {}",
                    certificate.issuer(),
                    ca.name.as_str(),
                    ca.subject
                );
                let issuer = store.cas()?.into_iter().find(|ca| ca.subject == *certificate.issuer());
                let hint = issuer.map(|ca| format!("CA {} issued it: give --ca {}", ca.name, ca.name));
                return Err(Failure::new(Exit::Refused, message).about(path).maybe_hint(hint));
            }
            // Anybody can write a certificate with the serial number of somebody else's.
            certificate.verify_signed_by(&ca.public_key).map_err(|error| {
                Failure::of(Exit::Refused, &error).about(path).hint(
                    "it was not issued by this CA; a serial number in place of the file is taken as it is",
                )
            })?;
            Ok(certificate.serial().clone())
        }
    }
}
