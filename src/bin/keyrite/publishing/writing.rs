//! Writing it all below a directory.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keyrite::audit::Fingerprint;
use keyrite::authority::output::OutputError;
use keyrite::authority::publication::{AnswerPlace, Publication, Published};
use keyrite::authority::replacement::{Replaced, Verdict, replace_all};
use keyrite::store::{Ca, OcspAnswer, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl_head::CrlHead;
use keyrite::x509::ocsp::{CertId, IssuerId, OcspRequest};
use keyrite::x509::time::Time;
use sha2::{Digest as _, Sha256};

use super::manifest::{Answers, File, Manifest};
use super::{INDEX, MANIFEST, index};
use crate::failure::{Exit, Failure};
use crate::presigned;

/// How many OCSP responses are written together.
const GROUP: usize = 2_000;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Written {
    /// What is there now.
    pub(crate) manifest: Manifest,
    /// How many files are new or in the place of older ones.
    pub(crate) written: usize,
    /// How many were there already.
    pub(crate) unchanged: usize,
    /// What stands there in a newer form than the ledger knows.
    pub(crate) newer: Vec<String>,
}

/// Writes the files, then the responses, and last the list of all and the page about them.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read or a file cannot be written; what was written before stays.
pub(crate) fn write(
    store: &Store,
    publication: &Publication,
    directory: &Path,
    now: Time,
) -> Result<Written, Failure> {
    let mut done = Written { manifest: Manifest::new(now), written: 0, unchanged: 0, newer: Vec::new() };
    let files: Vec<(PathBuf, &[u8])> = publication
        .files
        .iter()
        .map(|(path, file)| (PathBuf::from(path), file.contents.as_slice()))
        .collect();
    let is_crl = |path: &Path| {
        let file = path.to_str().and_then(|path| publication.files.get(path));
        file.is_some_and(|file| matches!(file.what, Published::Crl(_)))
    };
    let (crls, certificates): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| is_crl(path));
    done.replace(directory, &crls, of_crl)?;
    done.replace(directory, &certificates, of_certificate)?;
    done.manifest.files = publication.files.iter().map(|(path, file)| File::of(path, file)).collect();
    for place in &publication.answers {
        let ca = store.ca(&place.ca)?;
        if let Some(answers) = done.answers(store, &ca, place, directory, now)? {
            done.manifest.ocsp.push(answers);
        }
    }
    if !done.newer.is_empty() {
        // A list and a page that tell of less than stands there would be a step backwards as well.
        return Ok(done);
    }
    let manifest = done.manifest.to_json();
    let index = index::page(store, publication, &done.manifest, now)?;
    let last = [(PathBuf::from(MANIFEST), manifest.as_bytes()), (PathBuf::from(INDEX), index.as_bytes())];
    done.replace(directory, &last, |_, _| Verdict::Replace)?;
    Ok(done)
}

impl Written {
    fn replace(
        &mut self,
        directory: &Path,
        files: &[(PathBuf, &[u8])],
        judge: impl Fn(&[u8], &[u8]) -> Verdict,
    ) -> Result<(), Failure> {
        let failed = |error: OutputError| {
            Failure::of(Exit::Output, &error).hint("run the command again when the cause is gone: it goes on")
        };
        for (result, (path, _)) in
            replace_all(directory, files, judge).map_err(failed)?.into_iter().zip(files)
        {
            match result.map_err(failed)? {
                Replaced::Written => self.written = self.written.saturating_add(1),
                Replaced::Unchanged => self.unchanged = self.unchanged.saturating_add(1),
                Replaced::Kept => self.newer.push(path.display().to_string()),
            }
        }
        Ok(())
    }

    /// The responses about one CA's certificates that are current and say what the ledger says.
    fn answers(
        &mut self,
        store: &Store,
        ca: &Ca,
        place: &AnswerPlace,
        directory: &Path,
        now: Time,
    ) -> Result<Option<Answers>, Failure> {
        let Some(issuer) = &ca.certificate else { return Ok(None) };
        let mut told = Answers::of(place);
        let mut hash = Sha256::new();
        let mut group: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        let mut result = Ok(());
        store.ocsp_answers(&ca.name, |answer| {
            let added = file(issuer, &answer).and_then(|file| {
                let contradicts = answer.status().as_ref() != Some(&answer.status_now);
                if answer.next_update < now || contradicts {
                    told.left_out = told.left_out.saturating_add(1);
                    let misleads = contradicts && answer.next_update >= now;
                    told.contradicted = told.contradicted.saturating_add(u64::from(misleads));
                    return Ok(());
                }
                let path = PathBuf::from(&place.path).join(file);
                told.add(&answer);
                let line = format!("{}  {}\n", hex::encode(Sha256::digest(&answer.der)), path.display());
                hash.update(line.as_bytes());
                group.push((path, answer.der));
                if group.len() >= GROUP { self.flush(directory, &mut group) } else { Ok(()) }
            });
            match added {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => {
                    result = Err(failure);
                    ControlFlow::Break(())
                }
            }
        })?;
        result?;
        self.flush(directory, &mut group)?;
        told.sha256 = Fingerprint(hash.finalize().into()).to_string();
        Ok(Some(told))
    }

    fn flush(&mut self, directory: &Path, group: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<(), Failure> {
        let files: Vec<(PathBuf, &[u8])> =
            group.iter().map(|(path, der)| (path.clone(), der.as_slice())).collect();
        self.replace(directory, &files, presigned::judge)?;
        group.clear();
        Ok(())
    }
}

/// The file in which a server of files finds a response for clients of RFC 5019.
fn file(issuer: &Certificate, answer: &OcspAnswer) -> Result<String, Failure> {
    let named = IssuerId::of(answer.hash, issuer)
        .and_then(|issuer| CertId::new(&issuer, &answer.serial))
        .and_then(|certificate| OcspRequest::file(&certificate));
    named.map_err(|error| Failure::of(Exit::Defect, &error))
}

/// Whether a CRL stays where it is: an older one never takes the place of a newer one (RFC 5280 s.5.2.3).
fn of_crl(found: &[u8], new: &[u8]) -> Verdict {
    let (Ok(found), Ok(new)) = (CrlHead::of(found), CrlHead::of(new)) else {
        return Verdict::Foreign("a CRL");
    };
    if found.issuer != new.issuer {
        return Verdict::Foreign("a CRL of this CA");
    }
    if found.number() > new.number() { Verdict::Keep } else { Verdict::Replace }
}

/// A certificate gives way to a newer one for the same key, and a message of certificates to any other.
fn of_certificate(found: &[u8], new: &[u8]) -> Verdict {
    match (Certificate::from_der(found), Certificate::from_der(new)) {
        (Ok(found), Ok(new)) if found.spki_der() != new.spki_der() => {
            Verdict::Foreign("a certificate for this CA's key")
        }
        (Ok(found), Ok(new)) if found.not_before() > new.not_before() => Verdict::Keep,
        (Ok(_), Ok(_)) => Verdict::Replace,
        (Ok(_), Err(_)) => Verdict::Foreign("a message of certificates"),
        (Err(_), Ok(_)) => Verdict::Foreign("a certificate"),
        (Err(_), Err(_)) if found.first() == Some(&0x30) => Verdict::Replace,
        (Err(_), Err(_)) => Verdict::Foreign("a message of certificates"),
    }
}
