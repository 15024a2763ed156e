//! The OCSP responses of an interrupted step, as the ledger has them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use keyrite::audit::{Event, OcspSigning, Record};
use keyrite::authority::system::SystemClock;
use keyrite::store::{CaName, Chosen, OcspAnswer};
use keyrite::x509::ocsp::{OcspRequest, OcspResponse};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::{ledger, presigned};

/// The responses that were signed since the log had so many entries, as files, and the certificates of which none
/// was.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
#[expect(clippy::type_complexity, reason = "two lists that are taken apart at once")]
pub(crate) fn answered(
    context: &Context,
    ca: &str,
    since: u64,
) -> Result<(Vec<(PathBuf, Vec<u8>)>, Vec<String>), Failure> {
    let name: CaName = ca.parse().map_err(|error| Failure::of(Exit::Defect, &error))?;
    let store = ledger::read(context)?;
    let mut times: BTreeSet<String> = BTreeSet::new();
    store.audit_entries(since, |entry| {
        if let Ok(record) = Record::decode(&entry.encoding)
            && record.entry > since
            && let Event::OcspSigning(OcspSigning { group, this_update, .. }) = record.event
            && group.ca == ca
        {
            times.insert(this_update);
        }
        ControlFlow::Continue(())
    })?;
    if times.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut files = Vec::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut failed = None;
    store.ocsp_answers(&name, |answer| {
        if times.contains(&answer.this_update.to_string()) {
            known.insert(answer.serial.to_string());
            match paths(&answer) {
                Ok(paths) => files.extend(paths.map(|path| (path, answer.der.clone()))),
                Err(failure) => failed = Some(failure),
            }
        }
        if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    if files.is_empty() {
        return Ok((files, Vec::new()));
    }
    let standings = store.ocsp_standings(&name, Chosen::Unexpired(SystemClock.now()))?;
    let all: BTreeSet<String> = standings.iter().map(|one| one.serial.to_string()).collect();
    Ok((files, all.difference(&known).cloned().collect()))
}

/// Both paths of a response below its directory.
fn paths(answer: &OcspAnswer) -> Result<[PathBuf; 2], Failure> {
    let unreadable = || Failure::new(Exit::Integrity, "an OCSP response on record cannot be read");
    let response = OcspResponse::from_der(&answer.der).map_err(|error| unreadable().caused_by(&error))?;
    let certificate =
        response.basic().and_then(|basic| basic.data.answers.first()).map(|one| &one.certificate);
    let file = OcspRequest::file(certificate.ok_or_else(unreadable)?)
        .map_err(|error| unreadable().caused_by(&error))?;
    Ok([PathBuf::from(file), presigned::by_serial(&answer.serial, answer.hash)])
}
