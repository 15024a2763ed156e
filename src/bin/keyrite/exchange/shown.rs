//! Bundles in rows, for people.

use std::path::Path;

use keyrite::exchange::{AnswerBundle, AnswerManifest, RequestBundle, RequestManifest, layout};
use keyrite::x509::csr::Csr;

use super::{medium, problem};
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{self, Value, View};

/// What a bundle of requests asks for.
pub(crate) fn asked(manifest: &RequestManifest) -> View {
    let ca = &manifest.ca;
    let told = match (&ca.certificate_sha256, &ca.key_id) {
        (Some(sha256), _) => format!("certificate with the SHA-256 {sha256}"),
        (None, Some(id)) => format!("key identifier {id}"),
        (None, None) => "nothing".to_owned(),
    };
    let revocations: Vec<String> =
        manifest.revocations.iter().map(|one| format!("{} ({})", one.serial, one.reason)).collect();
    let mut also = Vec::new();
    if manifest.crl {
        also.push("a fresh CRL".to_owned());
    }
    if manifest.ocsp {
        also.push("OCSP responses about the certificates".to_owned());
    }
    View::default()
        .row("bundle", manifest.bundle.to_string())
        .row("requester", manifest.requester.clone())
        .row("asks CA", format!("{}, {told}", ca.name))
        .row("made at", manifest.made_at.clone())
        .maybe("answered until", manifest.expires_at.clone())
        .maybe("profile", manifest.profile.clone())
        .maybe("validity", manifest.validity.clone())
        .row("requests", manifest.requests.len())
        .maybe("to be revoked", (!revocations.is_empty()).then_some(revocations))
        .maybe("also wanted", (!also.is_empty()).then_some(also))
}

/// What a bundle of requests asks for, with each request.
pub(crate) fn request(bundle: &RequestBundle) -> View {
    let each = |asked: &keyrite::exchange::Asked| {
        let view = View::default().row("file", format!("{} ({})", asked.file, asked.reference));
        match Csr::parse(bundle.request(asked)) {
            Ok(csr) => view
                .row("subject", csr.subject().to_string())
                .row("key", view::key(csr.public_key()))
                .row("request", View::default().row("SHA-256", Value::in_hex(csr.sha256()))),
            Err(error) => view.row("cannot be read", error.to_string()),
        }
    };
    let requests: Vec<View> = bundle.manifest.requests.iter().map(each).collect();
    asked(&bundle.manifest)
        .maybe("each request", (!requests.is_empty()).then_some(requests))
        .row("bundle digest", *bundle.sha256.as_bytes())
}

/// What an answer gives and refuses, in short.
pub(crate) fn answered(manifest: &AnswerManifest) -> View {
    View::default()
        .row("bundle", manifest.bundle.to_string())
        .row("requester", manifest.requester.clone())
        .row("CA", manifest.ca.name.clone())
        .row("answered at", manifest.made_at.clone())
        .row("issued", manifest.given().count())
        .row("refused", refused(manifest))
}

/// What an answer gives and refuses, with each certificate.
pub(crate) fn answer(manifest: &AnswerManifest) -> View {
    let given = manifest.given().map(|(number, given)| {
        format!("{}: serial {} in {}", layout::request(number), given.serial, given.file)
    });
    let revoked = manifest.revocations.iter().filter(|one| one.refused.is_empty());
    let revoked: Vec<String> = revoked.map(|one| one.serial.clone()).collect();
    let crls: Vec<String> = manifest.crls().map(|file| file.file.clone()).collect();
    answered(manifest)
        .row("certificates", given.collect::<Vec<_>>())
        .maybe("revoked", (!revoked.is_empty()).then_some(revoked))
        .row("CRLs", crls)
        .row("OCSP responses", manifest.ocsp)
}

/// Each thing that is refused, with the reasons.
fn refused(manifest: &AnswerManifest) -> Vec<String> {
    let requests = manifest.results.iter().filter(|result| result.certificate.is_none());
    let requests = requests.map(|result| format!("{}: {}", result.request, result.refused.join("; ")));
    let revocations = manifest.revocations.iter().filter(|result| !result.refused.is_empty());
    let revocations =
        revocations.map(|one| format!("revocation of {}: {}", one.serial, one.refused.join("; ")));
    requests.chain(revocations).collect()
}

/// What a directory is: a bundle of requests or an answer.
///
/// # Errors
/// A [`Failure`] that names the file with which something is wrong.
pub(crate) fn show(directory: &Path) -> Result<Answer, Failure> {
    let contents = medium::read(directory)?;
    if contents.contains_key(layout::REQUEST) {
        let bundle = RequestBundle::read_unsigned(contents).map_err(|error| problem(&error, directory))?;
        let seal = match bundle.seal() {
            None => "by nobody",
            Some(_) => "by a key of a token; which key that is, bundle answer verifies",
        };
        let view = View::default().row("kind", "requests to a CA").and(request(&bundle)).row("signed", seal);
        return Ok(Answer::new(view));
    }
    if contents.contains_key(layout::ANSWER) {
        let bundle = AnswerBundle::read(contents).map_err(|error| problem(&error, directory))?;
        let view = View::default().row("kind", "the answer of a CA").and(answer(&bundle.manifest)).row(
            "signed",
            "not verified here: bundle accept does, with the requests and the certificate of the CA",
        );
        return Ok(Answer::new(view));
    }
    let message = format!("has neither {} nor {}", layout::REQUEST, layout::ANSWER);
    Err(Failure::new(Exit::Refused, message).about(directory).hint("it is no bundle of keyrite"))
}
