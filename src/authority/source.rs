//! From what a certificate is made, in the words of the records.

use crate::audit::{Fingerprint, Origin, Source};
use crate::policy::{Purpose, SubjectKey};

/// What the audit log and the ledger say of the key that is to be certified.
pub(super) fn of(key: SubjectKey<'_>) -> Source {
    let nothing = Source::default();
    match key {
        SubjectKey::Request(_) => Source { origin: Some(Origin::Request), ..nothing },
        SubjectKey::Bare(bare) => Source {
            origin: Some(Origin::PublicKey),
            possession: Some(bare.possession().to_owned()),
            ..nothing
        },
        SubjectKey::Certificate(precedent) => Source {
            origin: Some(match precedent.purpose() {
                Purpose::Renewal => Origin::Renewal,
                Purpose::Cross => Origin::Cross,
            }),
            origin_serial: Some(precedent.certificate().serial().to_string()),
            origin_sha256: Some(Fingerprint(precedent.certificate().sha256())),
            ..nothing
        },
        SubjectKey::Own(..) => Source { origin: Some(Origin::OwnKey), ..nothing },
    }
}
