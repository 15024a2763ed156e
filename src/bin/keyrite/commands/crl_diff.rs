//! `crl diff`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use keyrite::x509::crl::{Crl, RevokedCertificate};
use keyrite::x509::serial::SerialNumber;

use super::crl_show;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{self, View};

/// Show what one CRL says that another one does not
///
/// The CRLs may be by any CA; no signature is verified. The exit code is 1 when an entry differs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keyrite crl diff root-6.crl root-7.crl")]
pub(crate) struct Args {
    /// The earlier CRL in PEM or DER
    #[arg(value_name = "BEFORE")]
    before: PathBuf,

    /// The later CRL in PEM or DER
    #[arg(value_name = "AFTER")]
    after: PathBuf,
}

impl Args {
    pub(crate) fn run(self, _context: &Context) -> Result<Answer, Failure> {
        let (before, after) = (crl_show::read(&self.before)?, crl_show::read(&self.after)?);
        let (old, new) = (entries(&before), entries(&after));
        let only =
            |these: &BTreeMap<_, &RevokedCertificate>, those: &BTreeMap<SerialNumber, _>| -> Vec<View> {
                let entries = these.iter().filter(|(serial, _)| !those.contains_key(*serial));
                entries.map(|(_, entry)| view::crl_entry(entry)).collect()
            };
        let changed: Vec<View> = new
            .iter()
            .filter_map(|(serial, entry)| Some((*old.get(serial)?, *entry)))
            .filter(|(before, after)| before != after)
            .map(|(before, after)| {
                View::default().row("before", view::crl_entry(before)).row("after", view::crl_entry(after))
            })
            .collect();
        let (added, removed) = (only(&new, &old), only(&old, &new));
        let same = added.is_empty() && removed.is_empty() && changed.is_empty();
        let view = View::default()
            .row("before", facts(&before))
            .row("after", facts(&after))
            .row("same issuer", before.issuer() == after.issuer())
            .row("added", added)
            .row("removed", removed)
            .row("changed", changed);
        Ok(Answer::new(view).exit(if same { Exit::Done } else { Exit::Refused }))
    }
}

fn entries(crl: &Crl) -> BTreeMap<SerialNumber, &RevokedCertificate> {
    crl.revoked().iter().map(|entry| (entry.serial.clone(), entry)).collect()
}

fn facts(crl: &Crl) -> View {
    View::default()
        .row("issuer", crl.issuer().to_string())
        .row("number", crl.number().map_or_else(|| "none".to_owned(), |number| number.to_string()))
        .maybe("delta to", view::delta_base(crl.extensions()))
        .row("this update", crl.this_update().to_string())
        .row("revoked", crl.revoked().len())
}
