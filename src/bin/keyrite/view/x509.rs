//! Certificates, CRLs and requests as rows.

use keyrite::lint;
use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::{CrlEnd, RevokedCertificate};
use keyrite::x509::csr::Csr;
use keyrite::x509::extension::{Extension, Value as Content};
use keyrite::x509::name::Name;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::suspicion::Suspicion;

use super::{ExtensionRow, View};

/// The most entries of a CRL that are listed; the number of all is always said.
pub(crate) const CRL_ENTRIES: usize = 1000;

/// What a request asks for, and what the standards say against it. Whether it is proven is for the caller to add.
pub(crate) fn request(csr: &Csr) -> View {
    let report = lint::inspect_request(csr.as_der(), &[]);
    let mut remarks = warnings(csr);
    remarks.extend(report.findings.iter().map(ToString::to_string));
    View::default()
        .row("subject", name(csr.subject()))
        .row("key", key(csr.public_key()))
        .row("signed with", csr.signature_algorithm().to_string())
        .row("asks for", extensions(csr.extensions()))
        .row("passed over", csr.ignored_attributes().iter().map(|name| passed_over(name)).collect::<Vec<_>>())
        .row("remarks", remarks)
        .row("SHA-256", csr.sha256())
}

/// The names of a request that may be read as others.
pub(crate) fn warnings(csr: &Csr) -> Vec<String> {
    suspicions(csr.subject(), csr.extensions())
}

/// An attribute that has no bearing on the certificate. A password is never shown, and nothing keeps it.
fn passed_over(attribute: &str) -> String {
    match attribute {
        "challengePassword" => "challengePassword, a password that is neither shown nor kept".to_owned(),
        other => other.to_owned(),
    }
}

/// As [`warnings`], of a subject and of extensions that came from anywhere.
pub(crate) fn suspicions(subject: &Name, extensions: &[Extension]) -> Vec<String> {
    let alt_names = extensions.iter().find_map(|extension| {
        if let Content::SubjectAltName(names) = &extension.value { Some(names.0.as_slice()) } else { None }
    });
    let suspicions = Suspicion::of_subject(subject, alt_names.unwrap_or_default());
    suspicions.iter().map(|suspicion| format!("warning: {suspicion}")).collect()
}

/// What a certificate says.
pub(crate) fn certificate(certificate: &Certificate) -> View {
    let unknown_key = |error| View::default().row("algorithm", format!("{error}"));
    View::default()
        .row("subject", name(certificate.subject()))
        .row("issuer", name(certificate.issuer()))
        .row("serial", certificate.serial().to_string())
        .row("not before", certificate.not_before().to_string())
        .row("not after", certificate.not_after().to_string())
        .row("key", certificate.public_key().map_or_else(unknown_key, |found| key(&found)))
        .row("signed with", words_or_error(certificate.signature_algorithm()))
        .row("extensions", extensions(certificate.extensions()))
        .row("SHA-256", certificate.sha256())
}

/// What a CRL says.
pub(crate) fn crl(crl: &CrlEnd, first: &[RevokedCertificate], sha256: [u8; 32]) -> View {
    let entries: Vec<View> = first.iter().map(crl_entry).collect();
    let listed = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let left_out = crl.entries().saturating_sub(listed);
    View::default()
        .row("issuer", name(crl.issuer()))
        .row("number", crl.number().map_or_else(|| "none".to_owned(), |number| number.to_string()))
        .maybe("delta to", delta_base(crl.extensions()))
        .row("this update", crl.this_update().to_string())
        .row("next update", crl.next_update().map_or_else(|| "none".to_owned(), |time| time.to_string()))
        .row("signed with", words_or_error(crl.signature_algorithm()))
        .row("extensions", extensions(crl.extensions()))
        .row("revoked", crl.entries())
        .row("entries", entries)
        .maybe("entries not listed", (left_out > 0).then_some(left_out))
        .row("SHA-256", sha256)
}

/// Of a delta CRL, the number of the complete CRL to which it is added.
pub(crate) fn delta_base(extensions: &[Extension]) -> Option<String> {
    let base = extensions.iter().find_map(|extension| extension.value.as_delta_base());
    base.map(|base| base.to_string())
}

/// One entry of a CRL.
pub(crate) fn crl_entry(entry: &RevokedCertificate) -> View {
    View::default()
        .row("serial", entry.serial.to_string())
        .row("revoked at", entry.revocation_date.to_string())
        .maybe("reason", entry.reason.map(|reason| reason.to_string()))
        .maybe("removed", entry.removed.then_some(true))
        .maybe("invalid since", entry.invalidity_date.map(|time| time.to_string()))
}

/// A public key: its kind, how strong that is, and what people compare.
pub(crate) fn key(key: &PublicKey) -> View {
    let source = match (key.algorithm(), key.algorithm().strength()) {
        (KeyAlgorithm::Ec(_) | KeyAlgorithm::Rsa { .. }, _) => "NIST SP 800-57",
        (KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448, _) => "RFC 8032",
        (KeyAlgorithm::MlDsa(_), ..192) => "category 2 of FIPS 204",
        (KeyAlgorithm::MlDsa(_), 192..256) => "category 3 of FIPS 204",
        (KeyAlgorithm::MlDsa(_), 256..) => "category 5 of FIPS 204",
        (KeyAlgorithm::SlhDsa(_), ..192) => "category 1 of FIPS 205",
        (KeyAlgorithm::SlhDsa(_), 192..256) => "category 3 of FIPS 205",
        (KeyAlgorithm::SlhDsa(_), 256..) => "category 5 of FIPS 205",
    };
    let strength = format!("{} bits ({source})", key.algorithm().strength());
    View::default()
        .row("algorithm", key.algorithm().to_string())
        .row("strength", strength)
        .row("SHA-256", key.sha256())
}

/// Every extension in words.
pub(crate) fn extensions(extensions: &[Extension]) -> Vec<ExtensionRow> {
    extensions
        .iter()
        .map(|extension| ExtensionRow {
            name: extension.value.name(),
            oid: extension.value.oid().to_string(),
            critical: extension.critical,
            values: values(&extension.value),
        })
        .collect()
}

/// One text for each thing that an extension says.
fn values(content: &Content) -> Vec<String> {
    match content {
        Content::SubjectAltName(names) | Content::IssuerAltName(names) => {
            names.0.iter().map(ToString::to_string).collect()
        }
        Content::CrlDistributionPoints(points) | Content::FreshestCrl(points) => points.0.clone(),
        Content::SubjectInfoAccess(access) => access.texts(),
        Content::CertificatePolicies(policies) => policies.0.iter().map(ToString::to_string).collect(),
        Content::PolicyMappings(pairs) => pairs.0.iter().map(ToString::to_string).collect(),
        Content::QcStatements(statements) => statements.0.iter().map(ToString::to_string).collect(),
        Content::TlsFeature(features) => features.0.iter().map(ToString::to_string).collect(),
        Content::NameConstraints(constraints) => {
            let permitted = constraints.permitted.iter().map(|tree| format!("permitted {tree}"));
            let excluded = constraints.excluded.iter().map(|tree| format!("excluded {tree}"));
            permitted.chain(excluded).collect()
        }
        Content::AuthorityInfoAccess(access) => {
            let ocsp = access.ocsp.iter().map(|uri| format!("OCSP {uri}"));
            ocsp.chain(access.ca_issuers.iter().map(|uri| format!("CA issuers {uri}"))).collect()
        }
        Content::BasicConstraints(_)
        | Content::KeyUsage(_)
        | Content::ExtKeyUsage(_)
        | Content::SubjectKeyIdentifier(_)
        | Content::AuthorityKeyIdentifier(_)
        | Content::PolicyConstraints(_)
        | Content::InhibitAnyPolicy(_)
        | Content::NoRevAvail
        | Content::OcspNocheck
        | Content::CrlNumber(_)
        | Content::DeltaCrlIndicator(_)
        | Content::IssuingDistributionPoint(_)
        | Content::Unrecognized { .. } => vec![content.to_string()],
    }
}

fn name(name: &Name) -> String {
    if name.is_empty() { "(empty)".to_owned() } else { name.to_string() }
}

pub(super) fn words_or_error<T: ToString, E: ToString>(result: Result<T, E>) -> String {
    result.map_or_else(|error| error.to_string(), |found| found.to_string())
}
