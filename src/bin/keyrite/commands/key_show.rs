//! `key show`.

use std::path::{Path, PathBuf};

use keyrite::authority::output::{self, Access};
use keyrite::token::KeyInfo;
use keyrite::x509::pem;

use super::key_compare;
use crate::attestation::{self, AttestationArgs};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::{ledger, session, view};

/// Show a key of a token: its public half and what the token says about the private one
///
/// With --attestation-roots also what the device's vendor says: the attestation of the key is looked for among the
/// certificates of the token by the public key that it names, and verified. The home's audit log keeps a record of
/// it, if there is a home.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite key show 'pkcs11:token=root-g1;object=root-2026' --public-out root-2026.pub\n  keyrite key show 'pkcs11:token=root-g1;object=root-2026' --compare 'pkcs11:token=spare;object=root-2026'\n  keyrite key show 'pkcs11:token=root-g1;object=root-2026' --attestation-roots yubico.pem"
)]
pub(crate) struct Args {
    /// The key
    #[arg(value_name = "URI")]
    uri: String,

    /// Write the public key as PEM to a new file
    #[arg(long, value_name = "FILE")]
    public_out: Option<PathBuf>,

    /// The same key in another token: whether both have one public key, and both sign for it. Its PIN comes from
    /// pin-source in this URI, else from where the first one's does
    #[arg(long, value_name = "URI2", conflicts_with_all = ["public_out", "attestation_roots", "attestation_out"])]
    compare: Option<String>,

    #[command(flatten)]
    attestation: AttestationArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let uri = session::uri(&self.uri)?;
        if let Some(second) = &self.compare {
            return key_compare::compare(context, &uri, &session::uri(second)?);
        }
        if let Some(path) = &self.public_out {
            output::preview(path)?;
        }
        let wish = self.attestation.wish(context)?;
        let mut store = if wish.is_some() { ledger::write_if_any(context)? } else { None };
        let session = session::open(context, &uri)?;
        let key = session.find_key(&uri).inspect_err(|error| match &mut store {
            Some(store) => ledger::record_refused_login(store, session.token(), error),
            None => ledger::refused_login(context, session.token(), error),
        })?;
        context.seen(&key)?;
        let attestation = wish.as_ref().map(|wish| session.attestation(&key, wish.roots())).transpose()?;
        if let Some(path) = &self.public_out {
            write_public(&key, path)?;
        }
        let mut view = view::token_key(&key, session.requirements())
            .maybe("written", self.public_out.map(|path| path.display().to_string()));
        if let (Some(wish), Some(attestation)) = (&wish, &attestation) {
            let written = wish.write(attestation)?;
            if let Some(store) = &mut store {
                attestation::record(store, &key, attestation)?;
            }
            view = view
                .row("attestation", view::attestation(attestation))
                .maybe("attestation written", written)
                .row("attestation recorded", store.is_some());
        }
        Ok(Answer::new(view))
    }
}

/// Writes the public half of a key as PEM.
///
/// # Errors
/// A [`Failure`] when the token tells none, or it cannot be written.
pub(super) fn write_public(key: &KeyInfo, path: &Path) -> Result<(), Failure> {
    let public_key = key
        .public_key
        .as_ref()
        .map_err(|error| Failure::new(Exit::Token, "there is no public key to write").caused_by(error))?;
    let text = pem::encode("PUBLIC KEY", public_key.as_der());
    Ok(output::publish(path, text.as_bytes(), Access::Public)?)
}
