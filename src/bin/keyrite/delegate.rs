//! The responder of a CA, from the file of its certificate.

use std::path::Path;

use keyrite::authority::ocsp::Responder;
use keyrite::authority::{Authority, Error};
use keyrite::store::Store;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::time::Time;

use crate::failure::{Exit, Failure};
use crate::notice::notice;

/// The holder of a certificate that the CA has issued to have him answer, with a key that is no CA's of this home.
///
/// # Errors
/// A [`Failure`] that names the file and says what is missing.
pub(crate) fn of(
    store: &Store,
    authority: &Authority,
    path: &Path,
    certificate: Certificate,
    now: Time,
) -> Result<Responder, Failure> {
    let responder =
        Responder::delegated(authority, certificate, None, now).map_err(Error::from).map_err(Failure::from);
    let responder = responder.map_err(|failure| failure.about(path))?;
    let other = store.cas()?.into_iter().find(|ca| ca.public_key == *responder.public_key());
    match other {
        None => Ok(responder),
        Some(ca) => {
            Err(Failure::new(Exit::Refused, format!("the responder's key is that of CA {}", ca.name))
                .about(path)
                .hint("a responder has a key of its own (RFC 6960 s.4.2.2.2)"))
        }
    }
}

/// Says that relying parties will ask about the responder, if they will.
pub(crate) fn tell_if_asked_about(responder: &Responder) {
    if responder.is_asked_about() {
        notice(
            "note: the responder's certificate lacks id-pkix-ocsp-nocheck: relying parties will ask whether it is revoked",
        );
    }
}
