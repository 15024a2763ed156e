//! Proofs in files, verified alone: with neither log nor ledger.

use std::path::Path;

use keyrite::audit::note::LARGEST;
use keyrite::audit::{
    Checkpoint, Continuation, EntryProof, Event, Fingerprint, Kind, Note, Outcome, ProofFileError, Record,
};
use keyrite::x509::certificate::Certificate;

use super::checkpoint::{read, rows};
use super::known::Known;
use crate::failure::{Exit, Failure};
use crate::render::Answer;
use crate::view::View;
use crate::{certificates, input};

/// What nobody can see who has nothing but the proof.
const UNSEEN: &str = "the checkpoint of the proof was compared with nothing: give --head, --checkpoint or --key-of, or hold \
                      the root against one from another place";

/// What a proof is to show.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Claim<'a> {
    /// That the log tells of the certificate in a file.
    Certificate(&'a Path),
    /// That the log continues the one of the checkpoint in a file.
    Continues(&'a Path),
    /// Whatever it shows.
    Nothing,
}

/// Verifies a proof.
///
/// # Errors
/// A [`Failure`] when it does not show what it is to show.
pub(crate) fn verify(path: &Path, claim: Claim<'_>, known: &Known) -> Result<Answer, Failure> {
    let octets = input::read(path, LARGEST.saturating_mul(2))?;
    let wrong = |error: ProofFileError| {
        let form = matches!(error, ProofFileError::Form(_) | ProofFileError::Note(_));
        let exit = if form { Exit::Refused } else { Exit::Integrity };
        Failure::new(exit, "the proof does not hold").caused_by(&error).about(path)
    };
    let (view, checkpoint, note) = if Continuation::begins(&octets) {
        let Claim::Continues(old) = claim else {
            let message = "this proves that a log continues an earlier one";
            return Err(Failure::new(Exit::Usage, message)
                .hint("name the earlier checkpoint with --previous")
                .about(path));
        };
        let proof = Continuation::parse(&octets).map_err(wrong)?;
        let (old, _) = read(old)?;
        let checkpoint = proof.verify(&old).map_err(wrong)?;
        let view = View::default().row("continues", format!("{}:{}", old.size, old.root));
        (view, checkpoint, proof.note)
    } else {
        let proof = EntryProof::parse(&octets).map_err(wrong)?;
        let checkpoint = proof.verify().map_err(wrong)?;
        let record = Record::decode(&proof.entry)
            .map_err(|error| Failure::new(Exit::Refused, "the entry in it").caused_by(&error).about(path))?;
        if proof.index.checked_add(1) != Some(record.entry) {
            let message = format!("entry {} is at place {} of the log", record.entry, proof.index);
            return Err(Failure::new(Exit::Integrity, message).about(path));
        }
        let told = match claim {
            Claim::Certificate(file) => {
                tells_of(&record, &certificates::read(file)?).map_err(|failure| failure.about(path))?
            }
            Claim::Continues(_) => {
                let message =
                    "this proves that an entry is in a log, not that a log continues an earlier one";
                return Err(Failure::new(Exit::Usage, message).about(path));
            }
            Claim::Nothing => View::default(),
        };
        let view = View::default()
            .row("entry", record.entry)
            .row("time", record.time.clone())
            .row("tells", String::from_utf8_lossy(&proof.entry).into_owned())
            .and(told);
        (view, checkpoint, proof.note)
    };
    Ok(Answer::new(view.and(rows(&checkpoint)).and(vouched(&checkpoint, &note, known)?).row("good", true)))
}

/// What is known of the log must be what the proof's checkpoint says.
fn vouched(checkpoint: &Checkpoint, note: &Note, known: &Known) -> Result<View, Failure> {
    for head in known.heads() {
        let size = head.size.is_none_or(|size| size == checkpoint.size);
        if !size || head.hash != checkpoint.root {
            let message = format!(
                "the proof leads to the checkpoint {}:{}, and the known head is {head}",
                checkpoint.size, checkpoint.root
            );
            return Err(Failure::new(Exit::Integrity, message).hint(
                "keyrite audit prove --checkpoint makes a proof that leads to a checkpoint of your own",
            ));
        }
    }
    let met = known.met(&checkpoint.origin, Some((checkpoint, note)))?;
    Ok(met.maybe("not seen", known.is_nothing().then_some(UNSEEN)))
}

/// What an entry says of a certificate: it must be this one.
fn tells_of(record: &Record, certificate: &Certificate) -> Result<View, Failure> {
    let serial = certificate.serial().to_string();
    let other = |what: &str| {
        let message = format!("the entry tells of {what}, and the certificate is {serial}");
        Err(Failure::new(Exit::Integrity, message))
    };
    let is = |number: &str| number == serial;
    let same = |found: [u8; 32], told: Fingerprint, what: &'static str| {
        if Fingerprint(found) == told {
            Ok(View::default().row("certificate", what))
        } else {
            Err(Failure::new(Exit::Integrity, "the certificate is not the one of which the entry tells"))
        }
    };
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event tells of a certificate")]
    match &record.event {
        Event::Signed { object, sha256 }
        | Event::Imported { object, sha256 }
        | Event::Settled { object, outcome: Outcome::Found, sha256: Some(sha256) }
            if object.kind == Kind::Certificate && is(&object.number) =>
        {
            same(certificate.sha256(), *sha256, "is the one of which the entry tells, octet for octet")
        }
        Event::Signing { object, tbs_sha256, .. }
            if object.kind == Kind::Certificate && is(&object.number) =>
        {
            let tbs = Fingerprint::of(certificate.tbs_der());
            same(tbs.0, *tbs_sha256, "is what was to be signed, whatever its signature is")
        }
        Event::Revoked { serial, .. } if is(serial) => {
            Ok(View::default().row("certificate", "is of the serial number that the entry revokes"))
        }
        Event::Unheld { serial, .. } if is(serial) => {
            Ok(View::default().row("certificate", "is of the serial number that the entry releases"))
        }
        _ => other("something else"),
    }
}
