//! The attestation of a key, which the command line or the home demands.

use std::path::{Path, PathBuf};

use keyrite::audit::{Event, Fingerprint};
use keyrite::authority::output::{self, Access};
use keyrite::authority::system::SystemClock;
use keyrite::store::Store;
use keyrite::token::KeyInfo;
use keyrite::x509::attestation::{Attestation, AttestationCertificate, Roots};
use keyrite::x509::pem;

use crate::configuration;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;

/// The largest file of roots that is read, in octets.
const OCTETS: usize = 1024 * 1024;

/// The options of commands that may demand an attestation.
#[derive(Debug, clap::Args)]
pub(crate) struct AttestationArgs {
    /// Demand that the key is attested: a certificate of the token names it, with a path to a root in FILE
    #[arg(long, value_name = "FILE")]
    attestation_roots: Option<PathBuf>,

    /// Write the attestation and the certificates above it as PEM to a new file
    #[arg(long, value_name = "FILE")]
    attestation_out: Option<PathBuf>,
}

impl AttestationArgs {
    /// What is demanded: by the options, else by the home.
    ///
    /// # Errors
    /// A [`Failure`] when the roots cannot be read, or there is nothing to write or no place for it.
    pub(crate) fn demand(&self, context: &Context) -> Result<Option<Demand>, Failure> {
        if let Some(out) = &self.attestation_out {
            output::preview(out)?;
        }
        let out = self.attestation_out.clone();
        if let Some(path) = &self.attestation_roots {
            return Ok(Some(Demand { roots: read(path, Exit::Refused)?, out }));
        }
        match configuration::load(context)?.attestation_roots() {
            Some(path) => {
                configuration::nobody_else_writes(&path)?;
                Ok(Some(Demand { roots: read(&path, Exit::Configuration)?, out }))
            }
            None if out.is_some() => Err(Failure::new(
                Exit::Usage,
                "--attestation-out without roots to verify an attestation with",
            )
            .hint("give --attestation-roots FILE, or attestation_roots under [keys] in keyrite.toml")),
            None => Ok(None),
        }
    }

    /// As [`demand`](Self::demand), but nothing is demanded by the home alone.
    ///
    /// # Errors
    /// As [`demand`](Self::demand).
    pub(crate) fn wish(&self, context: &Context) -> Result<Option<Demand>, Failure> {
        if self.attestation_roots.is_none() && self.attestation_out.is_none() {
            return Ok(None);
        }
        self.demand(context)
    }
}

fn read(path: &Path, exit: Exit) -> Result<Roots, Failure> {
    let octets = input::read(path, OCTETS)?;
    Roots::read(&octets).map_err(|error| {
        Failure::of(exit, &error)
            .about(path)
            .hint("it holds the roots of the device's vendor as PEM, and what the vendor publishes between them and the device")
    })
}

/// A demand for an attestation.
#[derive(Debug)]
pub(crate) struct Demand {
    roots: Roots,
    out: Option<PathBuf>,
}

impl Demand {
    /// What is trusted.
    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Writes the attestation where it was wanted; gives the path for the answer.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be written.
    pub(crate) fn write(&self, attestation: &Attestation) -> Result<Option<String>, Failure> {
        let Some(out) = &self.out else { return Ok(None) };
        let block = |certificate: &AttestationCertificate| pem::encode("CERTIFICATE", certificate.as_der());
        let text: String = attestation.path.iter().map(block).collect();
        output::publish(out, text.as_bytes(), Access::Public)?;
        Ok(Some(out.display().to_string()))
    }
}

/// Records a verified attestation in the audit log.
///
/// # Errors
/// A [`Failure`] when it cannot be recorded.
pub(crate) fn record(store: &mut Store, key: &KeyInfo, attestation: &Attestation) -> Result<(), Failure> {
    let statement = &attestation.statement;
    let event = Event::KeyAttested {
        key: key.uri.to_string(),
        public_key_sha256: Fingerprint(attestation.public_key.sha256()),
        device: statement.device.map(|device| device.to_string()),
        device_serial: statement.serial.map(|serial| serial.to_string()),
        firmware: statement.firmware.map(|firmware| firmware.to_string()),
        origin: statement.origin.to_string(),
        pin_policy: statement.pin_policy.map(|policy| policy.to_string()),
        touch_policy: statement.touch_policy.map(|policy| policy.to_string()),
        path_sha256: attestation.path.iter().map(|one| Fingerprint(one.sha256())).collect(),
    };
    store.append(event, SystemClock.now()).map_err(|error| {
        Failure::new(Exit::Output, format!("the attestation verifies, but that is not recorded: {}", key.uri))
            .caused_by(&error)
    })
}
