//! What belongs to one kind of certificate alone: basicConstraints, keyUsage and nameConstraints.

use crate::policy::document::{Found, Table};
use crate::policy::profile::kind::{
    CaRules, EndEntityKeyUsage, EndEntityRules, EndEntityUsages, Kind, impossible,
};
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::{KeyUsage, NameConstraints, Subtree};

use super::{id, values};

pub(super) fn read(word: &str, algorithms: &[KeyAlgorithm], table: &Table<'_>) -> Option<Kind> {
    match word {
        "root" => ca(table).map(Kind::Root),
        "subordinate" => ca(table).map(Kind::Subordinate),
        "cross" => ca(table).map(Kind::Cross),
        "ocsp-responder" => {
            let sole = Sole { usages: KeyUsage::DIGITAL_SIGNATURE, who: "an OCSP responder" };
            end_entity(algorithms, Some(sole), table).map(Kind::OcspResponder)
        }
        "time-stamping" => {
            let signatures = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION;
            let sole = Sole { usages: signatures, who: "a time-stamping authority" };
            end_entity(algorithms, Some(sole), table).map(Kind::TimeStamping)
        }
        _ => end_entity(algorithms, None, table).map(Kind::EndEntity),
    }
}

fn ca(table: &Table<'_>) -> Option<CaRules> {
    let path_len = table.inside_required("basicConstraints", |inner| {
        inner.number("path_length", 255).and_then(|found| u8::try_from(found.value).ok())
    });
    let digital_signature = table.inside_required("keyUsage", ca_key_usage).flatten();
    let name_constraints = table.inside("nameConstraints", name_constraints).flatten();
    Some(CaRules { path_len: path_len?, digital_signature: digital_signature?, name_constraints })
}

/// The keyUsage of one who does one thing alone is written out for those who read the file, as a CA's is; it can
/// only be this one, and critical (BR 7.1.2.8.7; RFC 3161 s.2.3, RFC 5280 s.4.2.1.12).
#[derive(Clone, Copy)]
struct Sole {
    usages: KeyUsage,
    who: &'static str,
}

fn end_entity(algorithms: &[KeyAlgorithm], sole: Option<Sole>, table: &Table<'_>) -> Option<EndEntityRules> {
    if sole.is_some() {
        table.require("keyUsage");
    }
    let basic_constraints = table.inside("basicConstraints", |inner| {
        if inner.has("path_length") {
            let message = "an end entity has no path length";
            inner.problem(id::LEAF_AS_CA, inner.place(), "path_length", message);
            inner.number("path_length", 255);
        }
    });
    if table.inside("nameConstraints", name_constraints).is_some() {
        let message = "only a CA has name constraints";
        table.problem(id::LEAF_AS_CA, &table.place_of("nameConstraints"), "nameConstraints", message);
    }
    let key_usage = table.inside("keyUsage", |inner| leaf_key_usage(algorithms, sole, inner));
    Some(EndEntityRules { basic_constraints: basic_constraints.is_some(), key_usage: key_usage.flatten() })
}

/// The keyUsage of a CA is written out for those who read the file; it can only be the one that CAs have.
fn ca_key_usage(table: &Table<'_>) -> Option<bool> {
    let usages = table.list_required::<KeyUsage>("usages")?;
    let all = union(&usages.value);
    let needed = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    let beyond = all.without(needed | KeyUsage::DIGITAL_SIGNATURE);
    if !all.contains(needed) || !beyond.is_empty() {
        let message = format!("{all}, wanted keyCertSign and cRLSign, and digitalSignature at most");
        table.problem(id::CA, &usages.place, "usages", message);
    }
    Some(all.contains(KeyUsage::DIGITAL_SIGNATURE))
}

fn leaf_key_usage(
    algorithms: &[KeyAlgorithm],
    sole: Option<Sole>,
    table: &Table<'_>,
) -> Option<EndEntityKeyUsage> {
    let critical = table.flag("critical").is_none_or(|found| found.value);
    let plain = table.list_required::<KeyUsage>("usages");
    let rsa = table.list::<KeyUsage>("usages_rsa");
    let plain = plain?;
    let is_rsa = |one: &KeyAlgorithm| matches!(one, KeyAlgorithm::Rsa { .. });
    let (own, others): (Vec<KeyAlgorithm>, Vec<KeyAlgorithm>) =
        algorithms.iter().partition(|one| is_rsa(one));
    fits(&plain, "usages", &others, table);
    let for_rsa = rsa.as_ref().map_or((&plain, "usages"), |rsa| (rsa, "usages_rsa"));
    fits(for_rsa.0, for_rsa.1, &own, table);
    let usages = leaf_usages("usages", &plain, table);
    let usages_rsa = rsa.map_or(usages, |rsa| leaf_usages("usages_rsa", &rsa, table));
    // Which of these a key can have is looked at when it is asked for: here they are for any.
    let asked = table.list_required_if_there::<KeyUsage>("from_request");
    let from_request = asked.and_then(|asked| leaf_usages("from_request", &asked, table));
    if let Some(Sole { usages: most, who }) = sole {
        let problem = |key: &str, message: String| {
            table.problem(id::KEY_USAGE, &table.place_of(key), key, message);
        };
        for (key, found) in [("usages", usages), ("usages_rsa", usages_rsa)] {
            let all = found.map_or(most, EndEntityUsages::key_usage);
            let told = key == "usages_rsa" && !table.has(key);
            if !told && (!all.without(most).is_empty() || !all.contains(KeyUsage::DIGITAL_SIGNATURE)) {
                problem(key, format!("{all}, wanted {most} for {who}"));
            }
        }
        if !critical {
            problem("critical", format!("the keyUsage of {who} is critical"));
        }
        if from_request.is_some() {
            problem("from_request", format!("{who} has one keyUsage, whatever is asked for"));
        }
    }
    Some(EndEntityKeyUsage { critical, usages: usages?, usages_rsa: usages_rsa?, from_request })
}

/// Notes each usage that a kind of key cannot have, where the profile allows that kind.
fn fits(usages: &Found<Vec<Found<KeyUsage>>>, key: &str, algorithms: &[KeyAlgorithm], table: &Table<'_>) {
    let encipherment = KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT;
    let all = union(&usages.value);
    let mut told = KeyUsage::NONE;
    for algorithm in algorithms {
        let wrong = all.common(impossible(*algorithm)).without(told);
        told = told | wrong;
        if wrong.is_empty() {
            continue;
        }
        let cure = if wrong.without(encipherment).is_empty() {
            "usages_rsa is for RSA keys"
        } else {
            "a profile for other keys may have it"
        };
        let message = format!("{wrong}, which {algorithm} keys cannot have; {cure}");
        table.problem(id::KEY_USAGE, &usages.place, key, message);
    }
}

fn leaf_usages(key: &str, found: &Found<Vec<Found<KeyUsage>>>, table: &Table<'_>) -> Option<EndEntityUsages> {
    let usages = EndEntityUsages::new(union(&found.value));
    if usages.is_none() {
        let message = "wanted at least one usage, and neither keyCertSign nor cRLSign: those are of CAs";
        table.problem(id::LEAF_AS_CA, &found.place, key, message);
    }
    usages
}

fn union(usages: &[Found<KeyUsage>]) -> KeyUsage {
    usages.iter().fold(KeyUsage::NONE, |all, one| all | one.value)
}

fn name_constraints(table: &Table<'_>) -> Option<NameConstraints> {
    let subtrees =
        |key: &str| -> Vec<Subtree> { table.list(key).map_or_else(Vec::new, |found| values(found.value)) };
    let (permitted, excluded) = (subtrees("permitted"), subtrees("excluded"));
    if permitted.is_empty() && excluded.is_empty() {
        table.problem(id::LIST, table.place(), "permitted", "wanted at least one permitted or excluded name");
        return None;
    }
    Some(NameConstraints { permitted, excluded })
}
