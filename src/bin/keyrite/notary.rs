//! Checkpoints and the keys that sign them.

use std::ops::ControlFlow;
use std::path::Path;

use keyrite::audit::{Checkpoint, Event, Fingerprint, KeyName, Note, NoteSignature, Record};
use keyrite::authority::checkpoint::{self, CheckpointDraft};
use keyrite::authority::output::{self, Access};
use keyrite::authority::system::SystemClock;
use keyrite::store::Store;
use keyrite::token::{Pkcs11Uri, TokenSigner};
use keyrite::x509::algorithm::SignatureAlgorithm;
use keyrite::x509::spki::PublicKey;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::notice::notice;
use crate::view::{self, View};
use crate::{approval, auditing, ledger, session};

/// A key at hand.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) signer: TokenSigner,
    uri: String,
    pub(crate) public_key: PublicKey,
}

/// Finds the key that a URI names and shows that it signs. A PIN that the token refuses is recorded, if there is a
/// ledger.
///
/// # Errors
/// A [`Failure`] when there is not exactly one such key, it is not fit, or its token fails.
pub(crate) fn key(context: &Context, mut store: Option<&mut Store>, uri: &Pkcs11Uri) -> Result<Key, Failure> {
    let session = session::open(context, uri)?;
    let key = session.find_key(uri).inspect_err(|error| {
        if let Some(store) = &mut store {
            ledger::record_refused_login(store, session.token(), error);
        }
    })?;
    let uri = key.uri.to_string();
    let public_key = key.public_key.clone().map_err(|error| {
        Failure::new(Exit::Token, "the public half of the key cannot be read").caused_by(&error)
    })?;
    Ok(Key { signer: session.signer_with(key)?, uri, public_key })
}

/// Has a key sign a checkpoint, after a person has approved it; the note gets its line, in the place of an earlier one
/// by the same key.
///
/// # Errors
/// A [`Failure`] when nobody approves, or the token does not sign.
pub(crate) fn endorse(
    context: &Context,
    store: Option<&mut Store>,
    key: Key,
    (checkpoint, note): (&Checkpoint, &mut Note),
    (name, algorithm, witness): (&KeyName, SignatureAlgorithm, bool),
) -> Result<NoteSignature, Failure> {
    let Key { mut signer, uri, public_key } = key;
    let role = if witness { "a witness of this log" } else { "the log itself" };
    let asked = auditing::rows(checkpoint)
        .row("signed as", role)
        .row("key name", name.to_string())
        .row("signed with", algorithm.to_string())
        .row("key", view::key(&public_key));
    approval::ask(context, "this checkpoint", &asked, &[Fingerprint::of(checkpoint.text().as_bytes()).0])?;
    if store.is_none() {
        let home = context.home()?;
        notice(&format!("note: this is in no audit log, since there is no ledger in {}", home.display()));
    }
    let draft = CheckpointDraft {
        checkpoint: checkpoint.clone(),
        name: name.clone(),
        key_uri: uri,
        algorithm,
        witness,
    };
    let line = checkpoint::complete(store, &mut signer, &draft, &SystemClock)?;
    note.signatures.retain(|other| other.name != line.name || other.id != line.id);
    note.signatures.push(line.clone());
    Ok(line)
}

/// Writes a note to a new file, or gives its lines for the page.
///
/// # Errors
/// A [`Failure`] when it cannot be written.
pub(crate) fn written(note: &Note, out: Option<&Path>) -> Result<View, Failure> {
    let text = note.to_text();
    match out {
        Some(path) => {
            output::publish(path, text.as_bytes(), Access::Public)?;
            Ok(View::default().row("written", path.display().to_string()))
        }
        None => Ok(View::default().row("checkpoint", text.lines().map(str::to_owned).collect::<Vec<_>>())),
    }
}

/// The checkpoint of a log that a key of this name has signed last, as the home's own log tells it.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(crate) fn last_signed(
    store: &Store,
    origin: &str,
    name: &KeyName,
) -> Result<Option<Checkpoint>, Failure> {
    let mut last = None;
    store.audit_entries(0, |entry| {
        if let Ok(Record { event: Event::CheckpointSigned { checkpoint, .. }, .. }) =
            Record::decode(&entry.encoding)
            && checkpoint.origin == origin
            && checkpoint.key_name == name.as_str()
        {
            last =
                Some(Checkpoint { origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root });
        }
        ControlFlow::Continue(())
    })?;
    Ok(last)
}

/// Nothing is signed of a log that is not what it was.
///
/// # Errors
/// A [`Failure`] with what the log and the ledger do not account for.
pub(crate) fn whole(store: &Store) -> Result<(), Failure> {
    let verified = store.verify_audit_against([])?;
    if verified.discrepancies.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(Exit::Integrity, "the audit log and the ledger do not account for each other");
    let told = verified.discrepancies.iter().map(ToString::to_string);
    Err(told.fold(failure, Failure::because).hint("keyrite audit verify says the same"))
}
