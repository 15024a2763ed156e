//! A CA's key at hand: its token found, its public half compared, logged in once.

use keyrite::authority::system::SystemClock;
use keyrite::authority::{Authority, count, same_key};
use keyrite::store::Store;
use keyrite::token::{KeyInfo, Pkcs11Uri, TokenRandom, TokenSession, TokenSigner};
use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::attestation::Attestation;
use keyrite::x509::spki::PublicKey;

use crate::attestation::{self, Demand};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::generation::{self, Made};
use crate::notice::notice;
use crate::{ledger, session};

/// What signing needs of a token.
#[derive(Debug)]
pub(crate) struct Hand {
    /// The key.
    pub(crate) signer: TokenSigner,
    /// Randomness of the token, mixed with the operating system's.
    pub(crate) random: TokenRandom,
}

/// A key that is to become a CA's, found and read but not yet asked for anything.
#[derive(Debug)]
pub(crate) struct Found {
    session: TokenSession,
    /// What the token says of it.
    pub(crate) key: KeyInfo,
    /// Its public half.
    pub(crate) public_key: PublicKey,
}

/// Finds the one key that a URI names. A PIN that the token refuses is recorded. The public half that is
/// `known` from a certificate stands in where the token tells none, and names the key where the URI does not.
///
/// # Errors
/// A [`Failure`] when there is not exactly one such token and key, or it is not fit for a CA.
pub(crate) fn find(
    context: &Context,
    store: &mut Store,
    uri: &Pkcs11Uri,
    known: Option<&PublicKey>,
) -> Result<Found, Failure> {
    let session = session::open(context, uri)?;
    let found = match known {
        Some(known) => session.find_key_of(uri, known),
        None => session.find_key(uri),
    };
    let key = found.inspect_err(|error| ledger::record_refused_login(store, session.token(), error))?;
    session.fit(&key)?;
    let public_key = public_half(&key)?;
    for doubt in session.requirements().doubts(&key.attributes) {
        notice(&format!("note: key {:?}: {doubt}", key.label));
    }
    Ok(Found { session, key, public_key })
}

/// The key of a CA that is to be: made by `algorithm`, or found, with its attestation where one is demanded.
///
/// # Errors
/// As [`find`] and [`generation::generate`]; where a key was made already, the failure says what to do with it.
pub(crate) fn made_or_found(
    context: &Context,
    store: &mut Store,
    uri: &Pkcs11Uri,
    algorithm: Option<KeyAlgorithm>,
    demand: Option<&Demand>,
) -> Result<(Found, Option<Attestation>), Failure> {
    let Some(algorithm) = algorithm else {
        let found = find(context, store, uri, None)?;
        let attestation = found.attested(store, demand)?;
        context.seen(&found.key)?;
        return Ok((found, attestation));
    };
    let Made { session, key, attestation, .. } =
        generation::generate(context, Some(store), uri, algorithm, demand)?;
    let public_key = public_half(&key).map_err(|failure| generation::left(failure, &key.uri.to_string()))?;
    Ok((Found { session, key, public_key }, attestation))
}

fn public_half(key: &KeyInfo) -> Result<PublicKey, Failure> {
    key.public_key.clone().map_err(|error| {
        Failure::new(Exit::Token, format!("the public half of key {:?} cannot be read", key.label))
            .caused_by(&error)
    })
}

impl Found {
    /// The attestation of the key, if there is a demand for one, verified and recorded.
    ///
    /// # Errors
    /// A [`Failure`] when there is none that verifies, or it cannot be recorded.
    pub(crate) fn attested(
        &self,
        store: &mut Store,
        demand: Option<&Demand>,
    ) -> Result<Option<Attestation>, Failure> {
        let Some(demand) = demand else { return Ok(None) };
        let attestation = self.session.attestation(&self.key, demand.roots())?;
        attestation::record(store, &self.key, &attestation)?;
        Ok(Some(attestation))
    }

    /// Proves the pair by a signature and makes the key ready.
    ///
    /// # Errors
    /// A [`Failure`] when the halves do not belong together, the token fails, or it signed more than that.
    pub(crate) fn take(self, store: &mut Store) -> Result<Hand, Failure> {
        let random = self.session.random()?;
        // A key that wants the PIN for every signature is asked for the first one here.
        let signer = self
            .session
            .signer_with(self.key)
            .inspect_err(|error| ledger::record_refused_login(store, self.session.token(), error))?;
        if let Some(count) = self.session.take_count() {
            count::note_challenges(store, &count, self.public_key.sha256(), SystemClock.now())?;
        }
        Ok(Hand { signer, random })
    }
}

/// The key of a CA: its public half must be the one in the CA's certificate before the token signs anything.
///
/// # Errors
/// As [`find`], and a [`Failure`] when it is the key of another CA.
pub(crate) fn hand(
    context: &Context,
    store: &mut Store,
    authority: &Authority,
    uri: &Pkcs11Uri,
) -> Result<Hand, Failure> {
    let found = find(context, store, uri, Some(authority.public_key()))?;
    same_key(authority, &found.public_key).map_err(keyrite::authority::Error::from)?;
    found.take(store)
}
