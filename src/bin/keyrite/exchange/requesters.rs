//! Requesters: by whose key a bundle is signed, and whether who that is may ask for what is in it.

use keyrite::config::{Ask, FILE_NAME, RequesterConfig};
use keyrite::exchange::RequestBundle;
use keyrite::store::CaName;
use keyrite::x509::limits;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;

use crate::configuration::{self, Settings};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::{auditing, input};

use super::problem;

/// Who has signed a bundle.
#[derive(Debug)]
pub(super) struct Requester<'a> {
    /// The name, under which the keys are known.
    pub(super) name: &'a str,
    /// What it may ask for.
    pub(super) config: &'a RequesterConfig,
    /// The file of the key that has signed.
    pub(super) key: String,
}

/// Finds the requester that a bundle names, and verifies that one of its keys has signed it.
///
/// # Errors
/// A [`Failure`] when nobody of that name is configured, or no key of its has signed this.
pub(super) fn of<'a>(
    context: &Context,
    settings: &'a Settings,
    bundle: &'a RequestBundle,
    directory: &std::path::Path,
) -> Result<Requester<'a>, Failure> {
    let name = bundle.manifest.requester.as_str();
    let Some(config) = settings.home().requester(name) else {
        let message = format!("requester {name:?} is not known here");
        return Err(Failure::new(Exit::Refused, message).about(directory).hint(format!(
            "a section [requester.{name}] in {FILE_NAME} says by which keys it signs, and for what it may ask"
        )));
    };
    let home = context.home()?;
    let mut keys: Vec<(PublicKey, String)> = Vec::new();
    for file in config.keys() {
        let path = home.join(file);
        // Whoever can write it decides who may ask.
        configuration::nobody_else_writes(&path)?;
        let octets = input::read(&path, limits::CERTIFICATE_OCTETS.saturating_mul(2))?;
        let key = auditing::public_key(&octets).map_err(|failure| failure.about(&path))?;
        keys.push((key, file.display().to_string()));
    }
    let public: Vec<PublicKey> = keys.iter().map(|(key, _)| key.clone()).collect();
    let signer = bundle.signer(&public).map_err(|error| problem(&error, directory))?;
    let key = keys.get(signer).map(|(_, file)| file.clone()).unwrap_or_default();
    Ok(Requester { name, config, key })
}

impl Requester<'_> {
    /// Whether it may ask this CA for all that is in its bundle.
    ///
    /// # Errors
    /// A [`Failure`] with everything that it may not.
    pub(super) fn may_ask(&self, bundle: &RequestBundle, ca: &CaName) -> Result<(), Failure> {
        let manifest = &bundle.manifest;
        let mut against = Vec::new();
        if !self.config.may_ask(ca.as_str()) {
            against.push(format!("it asks CA {ca}, and may ask {}", self.config.cas().join(" ")));
        }
        if let Some(profile) = &manifest.profile
            && !self.config.profiles().contains(profile)
        {
            let may = self.config.profiles();
            let may = if may.is_empty() { "none".to_owned() } else { may.join(" ") };
            against.push(format!("it asks for profile {profile:?}, and may ask for {may}"));
        }
        let most = usize::try_from(self.config.most_requests()).unwrap_or(usize::MAX);
        if manifest.requests.len() > most {
            against.push(format!("it has {} requests, and may have {most}", manifest.requests.len()));
        }
        let any = self.config.may(Ask::RevokeAny);
        for (asked, may, what) in [
            (manifest.crl, self.config.may(Ask::Crl), "a fresh CRL"),
            (manifest.ocsp, self.config.may(Ask::Ocsp), "OCSP responses"),
            (!manifest.revocations.is_empty(), any || self.config.may(Ask::Revoke), "revocations"),
        ] {
            if asked && !may {
                against.push(format!("it asks for {what}, and may not"));
            }
        }
        if against.is_empty() {
            return Ok(());
        }
        let failure = Failure::new(Exit::Refused, format!("requester {} may not ask for this", self.name));
        let failure = against.into_iter().fold(failure, Failure::because);
        Err(failure.hint(format!("[requester.{}] in {FILE_NAME} says what it may ask for", self.name)))
    }
}

/// Refuses a bundle whose time is over.
///
/// # Errors
/// A [`Failure`] with the time.
pub(super) fn in_time(bundle: &RequestBundle, now: Time) -> Result<(), Failure> {
    match bundle.manifest.expires_at() {
        Some(end) if now > end => {
            let message = format!("bundle {} was to be answered until {end}", bundle.manifest.bundle);
            Err(Failure::new(Exit::Refused, message)
                .hint("whoever asks makes a new one: keyrite bundle request"))
        }
        Some(_) | None => Ok(()),
    }
}
