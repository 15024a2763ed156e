//! `bundle accept`: the online side takes what came back.

use std::path::Path;

use keyrite::authority::output;
use keyrite::exchange::{Accepted, AnswerBundle, Contents, RequestBundle, layout};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::extension::oid;

use super::{composing, medium, problem, shown};
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::{Value, View};

/// Verifies an answer and writes what it gives into a new directory.
///
/// # Errors
/// A [`Failure`] that names the file with which something is wrong: nothing was written.
pub(crate) fn accept(
    answer: &Path,
    request: &Path,
    ca: &Certificate,
    previous: Option<(&Path, &Crl)>,
    out: &Path,
) -> Result<Answer, Failure> {
    output::preview(out)?;
    let asked =
        RequestBundle::read_unsigned(medium::read(request)?).map_err(|error| problem(&error, request))?;
    let given = AnswerBundle::read(medium::read(answer)?).map_err(|error| problem(&error, answer))?;
    let accepted = given.accept(&asked, ca).map_err(|error| problem(&error, answer))?;
    if let Some((path, previous)) = previous {
        newer(&accepted, previous, ca).map_err(|failure| failure.about(path))?;
    }
    let contents: Contents = given
        .contents()
        .iter()
        .filter(|(file, _)| *file != layout::README)
        .map(|(file, octets)| (file.clone(), octets.clone()))
        .collect();
    composing::write(out, &contents)?;
    let certificates: Vec<View> = accepted
        .certificates
        .iter()
        .map(|(number, certificate)| {
            let reference = number.checked_sub(1).and_then(|at| asked.manifest.requests.get(at));
            View::default()
                .maybe("request", reference.map(|request| request.reference.clone()))
                .row(
                    "certificate",
                    Value::Exact(out.join(layout::certificate(*number)).display().to_string()),
                )
                .row("serial", certificate.serial().to_string())
                .row("subject", certificate.subject().to_string())
                .row("not after", certificate.not_after().to_string())
        })
        .collect();
    let crls: Vec<String> = accepted
        .crls
        .iter()
        .map(|(file, crl)| {
            let number =
                crl.number().map_or_else(|| "without a number".to_owned(), |number| number.to_string());
            format!("{file}: {number}, of {}", crl.this_update())
        })
        .collect();
    let refused = given.manifest.refused();
    let view = shown::answered(&given.manifest)
        .row("accepted", certificates)
        .row("CRLs", crls)
        .and(crate::auditing::rows(&accepted.checkpoint))
        .row("written", Value::Exact(out.display().to_string()));
    Ok(Answer::new(view).exit(if refused == 0 { Exit::Done } else { Exit::Refused }))
}

/// No CRL of the answer is older than the one at hand, and one is of its scope.
fn newer(accepted: &Accepted, previous: &Crl, ca: &Certificate) -> Result<(), Failure> {
    let refused = |message: String| Err(Failure::new(Exit::Refused, message));
    let key = ca.public_key().map_err(|error| Failure::of(Exit::Refused, &error))?;
    if previous.issuer() != ca.subject() || previous.verify_signed_by(&key).is_err() {
        return refused("the previous CRL is not one of this CA".to_owned());
    }
    let scope = |crl: &Crl| {
        let point = crl.extensions().iter().find(|one| one.value.oid() == oid::ISSUING_DISTRIBUTION_POINT);
        point.map(|point| point.value.clone())
    };
    let mut same = accepted.crls.iter().filter(|(_, crl)| scope(crl) == scope(previous)).peekable();
    if same.peek().is_none() {
        return refused("the answer has no CRL of the scope of this one".to_owned());
    }
    for (file, crl) in same {
        let number = |crl: &Crl| crl.number().map(|number| number.0);
        if number(crl) < number(previous) || crl.this_update() < previous.this_update() {
            let message = format!(
                "{file} of the answer, of {}, is older than this CRL, of {}",
                crl.this_update(),
                previous.this_update()
            );
            return Err(Failure::new(Exit::Integrity, message)
                .hint("somebody gives an old answer, or the CA was put back to an earlier state"));
        }
    }
    Ok(())
}
