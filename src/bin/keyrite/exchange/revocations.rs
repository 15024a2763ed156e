//! Revocations that a bundle asks for.

use keyrite::audit::{Bundle, Event};
use keyrite::authority;
use keyrite::authority::revoke::{self, RevocationRequest};
use keyrite::authority::system::SystemClock;
use keyrite::config::Ask;
use keyrite::exchange::{AskedRevocation, RequestBundle, reasons};
use keyrite::store::{CaName, Error, Store};

use super::record::{self, OnRecord};
use super::requesters::Requester;
use crate::failure::{Exit, Failure};

/// How the record calls a revocation that is refused.
pub(super) fn asked(revocation: &AskedRevocation) -> String {
    format!("revoke {}", revocation.serial)
}

/// Revokes what a bundle asks to be revoked. What is refused is recorded, and ends nothing.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be written.
pub(super) fn all(
    store: &mut Store,
    bundle: &RequestBundle,
    requester: &Requester<'_>,
    ca: &CaName,
    on_record: &OnRecord,
) -> Result<(), Failure> {
    for revocation in &bundle.manifest.revocations {
        if on_record.refused.contains_key(&asked(revocation)) {
            continue;
        }
        if let Err(refused) = one(store, revocation, requester, ca) {
            if refused.exit() != Exit::Refused {
                return Err(refused);
            }
            let event = Bundle::Refused {
                bundle: bundle.manifest.bundle.to_string(),
                asked: asked(revocation),
                reasons: reasons(&refused.words()),
            };
            store.append(Event::Bundle(event), SystemClock.now())?;
        }
    }
    Ok(())
}

fn one(
    store: &mut Store,
    asked: &AskedRevocation,
    requester: &Requester<'_>,
    ca: &CaName,
) -> Result<(), Failure> {
    let refused = |message: String| Err(Failure::new(Exit::Refused, message));
    let Some((serial, reason)) = asked.read() else {
        return refused(format!("{:?} is no revocation", asked.serial));
    };
    let found = match store.certificate(ca, &serial) {
        Ok(found) => found,
        Err(Error::NoCertificate { .. }) => {
            return refused(format!("CA {ca} has no certificate {serial}"));
        }
        Err(error) => return Err(error.into()),
    };
    let own = found.requester.is_some_and(|by| by.starts_with(&record::tags_of(requester.name)));
    if !own && !requester.config.may(Ask::RevokeAny) {
        return refused(format!("certificate {serial} was not given to requester {}", requester.name));
    }
    if found.is_ca {
        return refused(format!("certificate {serial} is one of a CA, which keyrite revoke alone revokes"));
    }
    let request = RevocationRequest { reason, date: None, invalidity_date: None };
    match revoke::revoke(store, ca, &serial, request, &SystemClock) {
        Ok(_) | Err(authority::Error::Store(Error::AlreadyRevoked { .. })) => Ok(()),
        Err(authority::Error::Revoke(error)) => Err(Failure::of(Exit::Refused, &error)),
        Err(error) => Err(error.into()),
    }
}
