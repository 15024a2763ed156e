//! Who has cosigned the head of the transcript.

use super::super::cosignature::{COSIGNATURES, Cosignature};
use super::super::finding::Finding;
use super::super::log;
use super::super::script::Script;
use crate::audit::{Fingerprint, Head};
use crate::evidence::Files;

/// Verifies every cosignature that is listed; tells of each in words.
pub(super) fn verify(
    files: &dyn Files,
    listed: &[String],
    script: &Script,
    (plan, head): (Fingerprint, Head),
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let mut cosigned = Vec::new();
    for path in listed.iter().filter(|path| path.starts_with(COSIGNATURES)) {
        let Ok(octets) = log::read(files, path) else { continue };
        let cosignature = match Cosignature::parse(&octets, plan, head) {
            Ok(cosignature) => cosignature,
            Err(error) => {
                findings.push(Finding::file(path, error.to_string()));
                continue;
            }
        };
        if cosignature.path() != *path {
            findings.push(Finding::file(path, format!("is the cosignature of {}", cosignature.path())));
        }
        let (person, key) = (cosignature.person(), cosignature.key().fingerprint());
        let whose = match script.key_of(person) {
            Some(known) if known == cosignature.key() => "the key that the script names",
            Some(_) => {
                findings.push(Finding::file(
                    path,
                    format!("is not by the key that the script has of {person:?}"),
                ));
                continue;
            }
            None => "a key that the script does not name",
        };
        cosigned.push(format!("{person} ({whose}, {key})"));
    }
    cosigned
}
