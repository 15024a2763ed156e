//! Keys that are made: on their own, or for the CA that a command makes.

use keyrite::audit::{Event, Fingerprint};
use keyrite::authority::count;
use keyrite::authority::system::SystemClock;
use keyrite::store::{self, Store};
use keyrite::token::{KeyInfo, Pkcs11Uri, Requirements, TokenSession};
use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::attestation::Attestation;
use keyrite::x509::spki::PublicKey;

use crate::attendance::Attendance;
use crate::attestation::{self, Demand};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::{ledger, session};

/// A key pair that was just made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) session: TokenSession,
    pub(crate) key: KeyInfo,
    /// Its attestation, where one was demanded.
    pub(crate) attestation: Option<Attestation>,
    /// Whether the audit log tells of it.
    pub(crate) recorded: bool,
}

/// The label that a URI gives a new key.
///
/// # Errors
/// A [`Failure`] when it gives none.
pub(crate) fn label(uri: &Pkcs11Uri) -> Result<&str, Failure> {
    uri.object().ok_or_else(|| {
        Failure::new(Exit::Usage, "the URI has no label for the new key")
            .hint("add ;object=LABEL, such as ;object=root-2026")
    })
}

/// Makes a key pair and records that, if there is a ledger.
///
/// # Errors
/// A [`Failure`] when there is none afterwards, or when it is not recorded.
pub(crate) fn generate(
    context: &Context,
    mut store: Option<&mut Store>,
    uri: &Pkcs11Uri,
    algorithm: KeyAlgorithm,
    demand: Option<&Demand>,
) -> Result<Made, Failure> {
    let label = label(uri)?;
    let session = session::open(context, &uri.without_object())?;
    let vacant = |attendance: &dyn Attendance| -> Result<(), Failure> {
        session.vacant(label)?;
        attendance.vacant(label)
    };
    context.attendance().map_or(Ok(()), vacant)?;
    let made = match demand {
        None => session.generate(algorithm, label, uri.id()).map(|key| (key, None)),
        Some(demand) => session
            .generate_attested(algorithm, label, uri.id(), demand.roots())
            .map(|(key, attestation)| (key, Some(attestation))),
    };
    let (key, attestation) = made.inspect_err(|error| {
        if let Some(store) = &mut store {
            ledger::record_refused_login(store, session.token(), error);
        }
    })?;
    let recorded = match (&mut store, &key.public_key) {
        (Some(store), Ok(public_key)) => {
            // The signature by which the pair has proven itself.
            if let Some(count) = session.take_count() {
                count::note_challenges(store, &count, public_key.sha256(), SystemClock.now())
                    .map_err(|error| left(error.into(), &key.uri.to_string()))?;
            }
            store
                .append(event(&key, public_key, session.requirements()), SystemClock.now())
                .map_err(|error| unrecorded(&key, &error))?;
            true
        }
        (Some(_), Err(_)) | (None, _) => false,
    };
    if let (Some(store), Some(attestation)) = (&mut store, &attestation) {
        attestation::record(store, &key, attestation)?;
    }
    context.seen(&key)?;
    Ok(Made { session, key, attestation, recorded })
}

/// The failure of a command after it has made a key: whoever reads it has to know what is there.
pub(crate) fn left(failure: Failure, key: &str) -> Failure {
    failure.also(&format!(
        "the key was made and is there: give --key '{key}' without --generate to use it, or keyrite key destroy '{key}'"
    ))
}

fn event(key: &KeyInfo, public_key: &PublicKey, requirements: &Requirements) -> Event {
    Event::KeyGenerated {
        key: key.uri.to_string(),
        algorithm: public_key.algorithm().to_string(),
        public_key_sha256: Fingerprint(public_key.sha256()),
        doubts: requirements.doubts(&key.attributes).iter().map(ToString::to_string).collect(),
    }
}

/// The key is there and stays: whoever reads this has to know.
fn unrecorded(key: &KeyInfo, error: &store::Error) -> Failure {
    Failure::new(Exit::Output, format!("the key was generated, but that is not recorded: {}", key.uri))
        .caused_by(error)
}
