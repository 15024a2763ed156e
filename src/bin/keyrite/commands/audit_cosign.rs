//! `audit cosign`.

use std::path::PathBuf;

use keyrite::audit::note::LARGEST;
use keyrite::audit::{Checkpoint, Continuation, KeyName, KnownHead};
use keyrite::authority::evidence::Directory;
use keyrite::authority::output;
use keyrite::evidence::{self, signatories};
use keyrite::store::Store;
use keyrite::x509::spki::PublicKey;

use crate::auditing::{self, KeysArgs};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::{input, ledger, notary, session};

/// Sign the checkpoint of somebody's log as a witness, after verifying that the log continues the last one signed
///
/// A witness has a key on a token of its own, and keeps each checkpoint that it has signed. --previous names the last
/// one; that the log continues it is shown either by the proof in the file itself (keyrite audit prove --since) or by
/// an export of the log, which is then verified as a whole. If the witness has a home, its own audit log must tell of
/// the same last one. The checkpoint gets one more signature line; all others stay.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  keyrite audit cosign checkpoint.txt --first --key 'pkcs11:token=witness' --name example.org/witness --key-of root.pem --out witnessed-1.txt\n  keyrite audit cosign continues.txt --previous witnessed-1.txt --key 'pkcs11:token=witness' --name example.org/witness --key-of root.pem --out witnessed-2.txt"
)]
pub(crate) struct Args {
    /// The checkpoint, alone or after the proof that it continues the last one
    #[arg(value_name = "CHECKPOINT")]
    checkpoint: PathBuf,

    /// The key of the witness
    #[arg(long, value_name = "URI")]
    key: String,

    /// The name of the witness in the signature line, such as example.org/witness
    #[arg(long, value_name = "NAME")]
    name: KeyName,

    /// The checkpoint of this log that the witness has signed last
    #[arg(long, value_name = "FILE", required_unless_present = "first")]
    previous: Option<PathBuf>,

    /// The witness has never signed a checkpoint of this log
    #[arg(long, conflicts_with = "previous")]
    first: bool,

    /// An export of the log, which is verified from its files alone
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,

    #[command(flatten)]
    keys: KeysArgs,

    /// Write the checkpoint with the signature to a new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Answer, Failure> {
        if let Some(path) = &self.out {
            output::preview(path)?;
        }
        let uri = session::uri(&self.key)?;
        let (checkpoint, mut note) = auditing::read(&self.checkpoint)?;
        let known = self.keys.read()?;
        let signed = known.signatures(&checkpoint, &note)?;
        let mut store = ledger::write_if_any(context)?;
        let key = notary::key(context, store.as_mut(), &uri)?;
        let previous = self.previous(&key.public_key)?;
        self.same_as_recorded(store.as_ref(), &checkpoint, previous.as_ref())?;
        let shown = self.continues(&checkpoint, previous.as_ref())?;
        let algorithm = key.public_key.algorithm().signature_algorithm();
        let parts = (&checkpoint, &mut note);
        notary::endorse(context, store.as_mut(), key, parts, (&self.name, algorithm, true))?;
        let view = auditing::rows(&checkpoint)
            .and(signed)
            .row("continues", shown)
            .row("witness", self.name.to_string())
            .and(notary::written(&note, self.out.as_deref())?);
        Ok(Answer::new(view))
    }

    /// The checkpoint that was signed last: it must have the witness's own signature.
    fn previous(&self, key: &PublicKey) -> Result<Option<Checkpoint>, Failure> {
        let Some(path) = &self.previous else { return Ok(None) };
        let (checkpoint, note) = auditing::read(path)?;
        let found = signatories(&note, &checkpoint, std::slice::from_ref(key))
            .map_err(|error| Failure::of(Exit::Integrity, &error).about(path))?;
        if found.iter().any(|signatory| signatory.name == self.name) {
            return Ok(Some(checkpoint));
        }
        let message = format!("has no signature by this key under the name {}", self.name);
        Err(Failure::new(Exit::Refused, message)
            .hint("name the checkpoint that this witness has signed last, as keyrite audit cosign wrote it")
            .about(path))
    }

    /// Where the witness has a home, its log knows which checkpoint was the last.
    fn same_as_recorded(
        &self,
        store: Option<&Store>,
        checkpoint: &Checkpoint,
        previous: Option<&Checkpoint>,
    ) -> Result<(), Failure> {
        let Some(store) = store else { return Ok(()) };
        let recorded = notary::last_signed(store, &checkpoint.origin, &self.name)?;
        match (&recorded, previous) {
            (None, _) => Ok(()),
            (Some(last), Some(previous)) if last == previous => Ok(()),
            (Some(last), _) => {
                let message = format!(
                    "the checkpoint that this witness has signed last is {}:{}, says the audit log of its home",
                    last.size, last.root
                );
                Err(Failure::new(Exit::Refused, message).hint("name that one with --previous"))
            }
        }
    }

    /// How it is known that the log continues the last one.
    fn continues(&self, new: &Checkpoint, previous: Option<&Checkpoint>) -> Result<String, Failure> {
        let head = |of: &Checkpoint| KnownHead { size: Some(of.size), hash: of.root };
        if let Some(old) = previous {
            if old.origin != new.origin {
                let message =
                    format!("the last checkpoint is of the log {}, and this of {}", old.origin, new.origin);
                return Err(Failure::new(Exit::Refused, message));
            }
            if old.size > new.size || old.size == new.size && old.root != new.root {
                let message = format!(
                    "the log of {} entries with the root {} does not continue that of {} with {}",
                    new.size, new.root, old.size, old.root
                );
                return Err(Failure::new(Exit::Integrity, message));
            }
        }
        if let Some(directory) = &self.export {
            let files = Directory::of(directory).map_err(|error| {
                Failure::new(Exit::Usage, "cannot be read").caused_by(&error).about(directory)
            })?;
            let heads: Vec<KnownHead> = previous.into_iter().chain([new]).map(head).collect();
            let verified = evidence::verify(&files, &heads);
            let origin = verified.log.as_ref().map(|log| log.checkpoint.origin.as_str());
            if !verified.findings.is_empty() || origin != Some(new.origin.as_str()) {
                let failure =
                    Failure::new(Exit::Integrity, "is not the log of the checkpoint").about(directory);
                let found = verified.findings.kept().iter().take(10).map(ToString::to_string);
                return Err(found.fold(failure, Failure::because));
            }
        }
        let Some(old) = previous else {
            return Ok("nothing: it is the first that this witness signs".to_owned());
        };
        let shown = format!("{}:{}", old.size, old.root);
        if self.export.is_some() {
            return Ok(format!("{shown}, shown by the log itself"));
        }
        if old.size == new.size {
            return Ok(format!("{shown}, which is the same"));
        }
        let octets = input::read(&self.checkpoint, LARGEST)?;
        if !Continuation::begins(&octets) {
            let message = "nothing shows that the log continues the last checkpoint";
            return Err(Failure::new(Exit::Usage, message).hint(
                "keyrite audit prove --since makes a file that shows it; --export verifies the whole log",
            ));
        }
        let wrong = |error| {
            Failure::new(Exit::Integrity, "the proof does not hold").caused_by(&error).about(&self.checkpoint)
        };
        Continuation::parse(&octets).and_then(|proof| proof.verify(old)).map_err(wrong)?;
        Ok(format!("{shown}, shown by a proof"))
    }
}
