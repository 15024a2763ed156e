//! `audit checkpoint`.

use std::path::PathBuf;

use keyrite::audit::{KeyName, Note};
use keyrite::authority::output;
use keyrite::store::{CaName, Store};
use keyrite::token::Pkcs11Uri;
use keyrite::x509::algorithm::SignatureAlgorithm;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::Value;
use crate::{auditing, configuration, ledger, notary, session};

/// Print what the audit log is now, to be kept elsewhere: its size, its root in hex and as words
///
/// Write size and root on paper, or have them read aloud: keyrite audit verify --head takes either, for as long as the
/// log exists. The file is a checkpoint of C2SP tlog-checkpoint. With --ca or --sign-with a key of a token signs it as
/// a signed note, after the whole log has been verified; witnesses add their signatures by keyrite audit cosign.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite audit checkpoint\n  keyrite audit checkpoint --ca root --out checkpoint-2026-11.txt\n  keyrite audit checkpoint --sign-with 'pkcs11:token=audit;object=log' --out checkpoint-2026-11.txt"
)]
pub(crate) struct Args {
    /// Write the checkpoint to a new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Have the key of this CA sign it
    #[arg(long, value_name = "NAME", conflicts_with = "sign_with")]
    ca: Option<CaName>,

    /// Have this key of a token sign it
    #[arg(long, value_name = "URI")]
    sign_with: Option<String>,

    /// The name of the key in the signature line; without it, the origin of the log
    #[arg(long, value_name = "NAME")]
    key_name: Option<KeyName>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        if let Some(path) = &self.out {
            output::preview(path)?;
        }
        let signed = self.ca.is_some() || self.sign_with.is_some();
        if self.key_name.is_some() && !signed {
            return Err(Failure::new(Exit::Usage, "--key-name has no place without --ca or --sign-with"));
        }
        let mut store = if signed { ledger::write(context)? } else { ledger::read(context)? };
        if signed {
            notary::whole(&store)?;
        }
        let (checkpoint, head) = store.audit_checkpoint()?;
        let mut note = Note { text: checkpoint.text(), signatures: Vec::new() };
        let mut view = auditing::rows(&checkpoint).row("head", Value::in_hex(*head.hash.as_bytes()));
        if let Some((uri, algorithm)) = self.key(context, &store)? {
            let key = notary::key(context, Some(&mut store), &uri)?;
            let algorithm = algorithm.unwrap_or_else(|| key.public_key.algorithm().signature_algorithm());
            let named = |error| Failure::of(Exit::Defect, &error);
            let name = match &self.key_name {
                Some(name) => name.clone(),
                None => checkpoint.origin.parse::<KeyName>().map_err(named)?,
            };
            if let Some(ca) = &self.ca
                && store.ca(ca)?.public_key != key.public_key
            {
                return Err(Failure::new(
                    Exit::Refused,
                    format!("the key in the token is not that of CA {ca}"),
                ));
            }
            let parts = (&checkpoint, &mut note);
            let line = notary::endorse(context, Some(&mut store), key, parts, (&name, algorithm, false))?;
            view = view.row("signed by", line.name.to_string());
        }
        Ok(Answer::new(view.and(notary::written(&note, self.out.as_deref())?)))
    }

    /// The key that is to sign, and by which algorithm where that is configured.
    fn key(
        &self,
        context: &Context,
        store: &Store,
    ) -> Result<Option<(Pkcs11Uri, Option<SignatureAlgorithm>)>, Failure> {
        if let Some(uri) = &self.sign_with {
            return Ok(Some((session::uri(uri)?, None)));
        }
        let Some(name) = &self.ca else { return Ok(None) };
        let settings = configuration::load(context)?;
        let ca = store.ca(name)?;
        let algorithm = settings.signature(name, ca.public_key.algorithm())?;
        Ok(Some((settings.key(name, &ca.key_uri)?, Some(algorithm))))
    }
}
