//! `bundle request`: the online side asks.

use std::path::{Path, PathBuf};

use keyrite::audit::{Fingerprint, Note};
use keyrite::authority::output;
use keyrite::authority::system::SystemRandom;
use keyrite::exchange::{BundleId, Contents, RequestManifest, layout, statement};
use keyrite::port::RandomSource as _;
use keyrite::token::Pkcs11Uri;
use keyrite::x509::csr::Csr;
use keyrite::x509::limits;

use super::{composing, problem, seals, shown};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::notary;
use crate::notice::notice;
use crate::render::Answer;
use crate::view::Value;
use crate::{approval, input, ledger};

/// A new id.
///
/// # Errors
/// A [`Failure`] when there is no randomness.
pub(crate) fn new_id() -> Result<BundleId, Failure> {
    let mut octets = [0; 16];
    SystemRandom.fill(&mut octets)?;
    Ok(BundleId::new(octets))
}

/// Reads a request, and looks whether its key has signed it before anybody carries it anywhere.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let octets = input::read(path, limits::REQUEST_FILE_OCTETS)?;
    let csr = Csr::parse(&octets).map_err(|error| Failure::from(error).about(path))?;
    csr.prove().map_err(|error| {
        Failure::of(Exit::Refused, &error)
            .about(path)
            .hint("whoever made the request does not hold its key, or it was changed on its way")
    })?;
    Ok(octets)
}

/// What the requester calls a request: the name of its file.
fn reference(path: &Path) -> String {
    path.file_name().map_or_else(|| "request".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Makes a bundle of requests in a new directory.
///
/// # Errors
/// A [`Failure`] that names the file with which something is wrong: nothing was written.
pub(crate) fn ask(
    context: &Context,
    mut manifest: RequestManifest,
    paths: &[PathBuf],
    uri: &Pkcs11Uri,
    out: &Path,
) -> Result<Answer, Failure> {
    output::preview(out)?;
    let mut contents = Contents::new();
    for path in paths {
        let octets = read(path)?;
        let file = manifest.add(&octets, reference(path));
        contents.insert(file, octets);
    }
    manifest.sound().map_err(|error| problem(&error, out))?;
    let octets = manifest.encode().map_err(|error| Failure::of(Exit::Defect, &error))?;
    let sha256 = Fingerprint::of(&octets);
    let view = shown::asked(&manifest).row("bundle digest", *sha256.as_bytes());
    let checkpoint = statement(manifest.bundle, &manifest.requester, &octets);
    let mut store = ledger::write_if_any(context)?;
    let notary::Key { mut signer, public_key, .. } = notary::key(context, store.as_mut(), uri)?;
    let algorithm = public_key.algorithm().signature_algorithm();
    let asked =
        view.clone().row("signed with", algorithm.to_string()).row("key", crate::view::key(&public_key));
    let digests = [Fingerprint::of(checkpoint.text().as_bytes()).0];
    approval::ask(context, "this bundle", &asked, &digests)?;
    if store.is_none() {
        let home = context.home()?;
        notice(&format!("note: this is in no audit log, since there is no ledger in {}", home.display()));
    }
    let line = seals::endorse(store.as_mut(), &mut signer, &checkpoint, algorithm)?;
    let view = view.row("signed by", line.name.to_string());
    let note = Note { text: checkpoint.text(), signatures: vec![line] };
    contents.insert(layout::REQUEST_NOTE.to_owned(), note.to_text().into_bytes());
    contents.insert(layout::REQUEST.to_owned(), octets);
    contents.insert(layout::README.to_owned(), layout::REQUEST_README.as_bytes().to_vec());
    composing::write(out, &contents)?;
    Ok(Answer::new(view.row("written", Value::Exact(out.display().to_string()))))
}
