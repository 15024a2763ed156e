//! What relying parties will infer when a CA's certificate is revoked: for whoever is about to do so.
//!
//! A path is built from names and keys (RFC 5280 s.6.1), so that another certificate of the same CA for the same key keeps
//! everything below it good, and a compromised key is compromised in all of them.

use keyrite::store::{CaName, KeyHolder, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::ReasonCode;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Time;

use crate::failure::{Exit, Failure};
use crate::view::View;

/// What follows from the revocation of a CA's certificate.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(crate) fn of_ca(
    store: &Store,
    (ca, serial): (&CaName, &SerialNumber),
    reason: Option<ReasonCode>,
    now: Time,
) -> Result<View, Failure> {
    let Some(der) = store.certificate_der(ca, serial)? else {
        return Ok(View::default()
            .row("certificate", "its octets are not on record, so nothing is known of its key"));
    };
    let certificate = Certificate::from_der(&der)?;
    let key = certificate.public_key().map_err(|error| Failure::of(Exit::Integrity, &error))?;
    let mut below = View::default();
    for own in store.cas()?.into_iter().filter(|own| own.public_key == key) {
        let count = store.unrevoked(&own.name, now)?;
        below = below
            .row(format!("CA {}", own.name), format!("{count} certificates, neither revoked nor expired"));
    }
    let compromised = matches!(reason, Some(ReasonCode::KeyCompromise | ReasonCode::CaCompromise));
    let mut others = Vec::new();
    for holder in store.holders_of_key(&key)? {
        let KeyHolder { ca: by, serial: other, subject, .. } = holder;
        let by: CaName = by.parse().map_err(|error| Failure::of(Exit::Integrity, &error))?;
        let standing = store.standing(&by, &other)?;
        let ended = standing.is_none_or(|one| one.revoked || one.not_after.is_some_and(|end| end < now));
        if ended || (&by, &other) == (ca, serial) {
            continue;
        }
        let same = subject == certificate.subject().to_string();
        let what = match (same, compromised) {
            (_, true) => "has the key that is compromised: it has to be revoked, too",
            (true, false) => "is the same CA: paths through it stay good",
            (false, false) => "has the same key under another name",
        };
        others.push(format!("{other} by CA {by}, {subject}: {what}"));
    }
    Ok(View::default()
        .row("no longer good through it", below)
        .row("other certificates with its key", others)
        .row("not seen here", "what CAs outside of this home have certified"))
}
