//! What is known of a log from independent places.

use std::path::PathBuf;

use keyrite::audit::{Checkpoint, KnownHead, Note};
use keyrite::evidence::signatories;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::signed::Kind as _;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::{limits, pem};

use super::checkpoint::{read, signed_by};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::view::View;

/// The PEM label of a public key (RFC 7468 s.13).
const PUBLIC_KEY: &str = "PUBLIC KEY";

/// Flags that tell what is known.
#[derive(Debug, clap::Args)]
pub(crate) struct KnownArgs {
    /// A head of this log from an independent place, however old: the root or the hash of the chain, in hex or as
    /// words, after SIZE and a colon if the number of entries was kept too
    #[arg(long, value_name = "HEAD", num_args = 1..)]
    head: Vec<String>,

    /// A checkpoint of this log, however old, as keyrite audit checkpoint or a witness has written it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,

    #[command(flatten)]
    keys: KeysArgs,
}

/// Whose signatures a checkpoint must have.
#[derive(Debug, clap::Args)]
pub(crate) struct KeysArgs {
    /// A certificate or public key whose signature the checkpoint must have; may be given several times
    #[arg(long, value_name = "CERT|PUB")]
    key_of: Vec<PathBuf>,
}

impl KeysArgs {
    /// Reads the keys; nothing else is known then.
    ///
    /// # Errors
    /// A [`Failure`] when one cannot be read.
    pub(crate) fn read(&self) -> Result<Known, Failure> {
        let mut keys = Vec::new();
        for path in &self.key_of {
            let octets = input::read(path, limits::CERTIFICATE_OCTETS.saturating_mul(2))?;
            keys.push((path.clone(), public_key(&octets).map_err(|failure| failure.about(path))?));
        }
        Ok(Known { head: None, checkpoint: None, keys })
    }
}

/// What they tell.
#[derive(Debug)]
pub(crate) struct Known {
    head: Option<KnownHead>,
    checkpoint: Option<(Checkpoint, Note)>,
    keys: Vec<(PathBuf, PublicKey)>,
}

impl KnownArgs {
    /// Reads what is given.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be read, or a signature that is wanted is not there.
    pub(crate) fn read(&self) -> Result<Known, Failure> {
        let head = if self.head.is_empty() {
            None
        } else {
            let wrong = |error| Failure::new(Exit::Usage, "--head is not a head of a log").caused_by(&error);
            let known: KnownHead = self.head.join(" ").parse().map_err(wrong)?;
            Some(known)
        };
        let checkpoint = self.checkpoint.as_deref().map(read).transpose()?;
        Ok(Known { head, checkpoint, ..self.keys.read()? })
    }
}

/// The public key of a certificate, or one that is bare.
///
/// # Errors
/// A [`Failure`] when it is neither.
pub(crate) fn public_key(octets: &[u8]) -> Result<PublicKey, Failure> {
    let spki = match pem::one(octets, &[PUBLIC_KEY]) {
        Ok(spki) => spki,
        Err(_) => {
            let labels = [&[Certificate::PEM_LABEL], Certificate::PEM_ALIASES].concat();
            let der = pem::one(octets, &labels).unwrap_or_else(|_| octets.to_vec());
            match Certificate::from_der(&der) {
                Ok(certificate) => certificate.spki_der().to_vec(),
                Err(_) => der,
            }
        }
    };
    PublicKey::from_spki_der(&spki).map_err(|error| {
        Failure::new(Exit::Refused, "neither a certificate nor a public key").caused_by(&error)
    })
}

impl Known {
    /// Every head that the log must have had.
    pub(crate) fn heads(&self) -> Vec<KnownHead> {
        let of_checkpoint = self
            .checkpoint
            .as_ref()
            .map(|(checkpoint, _)| KnownHead { size: Some(checkpoint.size), hash: checkpoint.root });
        self.head.into_iter().chain(of_checkpoint).collect()
    }

    /// Whether anything is known.
    pub(crate) const fn is_nothing(&self) -> bool {
        self.head.is_none() && self.checkpoint.is_none() && self.keys.is_empty()
    }

    /// What is told of the heads that were met, of a log with this origin. The signatures that are wanted are looked
    /// for under the checkpoint that was given, else under `own`.
    ///
    /// # Errors
    /// A [`Failure`] when the checkpoint is of another log, or a signature is not there or not right.
    pub(crate) fn met(&self, origin: &str, own: Option<(&Checkpoint, &Note)>) -> Result<View, Failure> {
        let mut view = View::default();
        if let Some((checkpoint, _)) = &self.checkpoint
            && checkpoint.origin != origin
        {
            let message = format!("the checkpoint is of the log {}, and this is {origin}", checkpoint.origin);
            return Err(Failure::new(Exit::Integrity, message));
        }
        let heads: Vec<String> = self.heads().iter().map(ToString::to_string).collect();
        if !heads.is_empty() {
            view = view.row("known head", heads);
        }
        let given = self.checkpoint.as_ref().map(|(checkpoint, note)| (checkpoint, note)).or(own);
        Ok(match given {
            Some((checkpoint, note)) => view.and(self.signatures(checkpoint, note)?),
            None => view,
        })
    }

    /// The signatures under a checkpoint: all that are wanted, and which others there are.
    ///
    /// # Errors
    /// As [`Known::met`].
    pub(crate) fn signatures(&self, checkpoint: &Checkpoint, note: &Note) -> Result<View, Failure> {
        let keys: Vec<PublicKey> = self.keys.iter().map(|(_, key)| key.clone()).collect();
        let found =
            signatories(note, checkpoint, &keys).map_err(|error| Failure::of(Exit::Integrity, &error))?;
        for (number, (path, _)) in self.keys.iter().enumerate() {
            if !found.iter().any(|signatory| signatory.key == number) {
                let message = format!("the checkpoint has no signature by the key of {}", path.display());
                return Err(Failure::new(Exit::Integrity, message));
            }
        }
        let files: Vec<String> = self.keys.iter().map(|(path, _)| path.display().to_string()).collect();
        Ok(signed_by(note, &found, &files))
    }
}
