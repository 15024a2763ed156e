//! `unhold`.

use keyrite::authority::system::SystemClock;
use keyrite::store::CaName;

use super::revoke;
use crate::context::Context;
use crate::designation::Designation;
use crate::failure::Failure;
use crate::ledger;
use crate::render::{Answer, Text as _};
use crate::safe_text::Page;
use crate::view::View;

/// Release a certificate from hold: the next CRL of its CA no longer names it
///
/// Only a revocation with the reason certificate-hold ends. A delta CRL takes the certificate off the list.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite unhold 4C0FFEE1 --ca issuing")]
pub(crate) struct Args {
    /// The serial number in hex, or the certificate's file
    #[arg(value_name = "SERIAL|FILE")]
    certificate: Designation,

    /// The CA that issued it
    #[arg(long, value_name = "NAME")]
    ca: CaName,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let mut store = ledger::write(context)?;
        let ca = store.ca(&self.ca)?;
        let serial = revoke::serial_of(&self.certificate, &store, &ca)?;
        let record = store.certificate(&self.ca, &serial)?;
        let view = View::default()
            .row("CA", self.ca.to_string())
            .row("serial", serial.to_string())
            .maybe("subject", record.subject)
            .maybe("not after", record.not_after.map(|time| time.to_string()));
        let mut page = Page::on_terminal();
        view.text(&mut page);
        let question = "This certificate will be released from hold.";
        context.terminal().confirm(context.global().yes, &page, question, "unhold")?;
        store.unhold(&self.ca, &serial, SystemClock.now())?;
        let state = format!("released; keyrite crl issue --ca {} makes it known", self.ca);
        Ok(Answer::new(view.row("state", state)))
    }
}
