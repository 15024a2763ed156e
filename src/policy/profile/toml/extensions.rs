//! The extensions that do not follow from the kind, as TOML.

use crate::policy::document::Table;
use crate::policy::profile::extensions::{ExtensionRules, TlsFeatures};
use crate::x509::extension::{Extension, Feature, QcStatement, QcStatements, Value};

use super::{alt_names, distinct, id, other, places, policies, purposes};

/// The extensions that do not follow from the kind.
pub(super) fn read(kind: &str, table: &Table<'_>) -> ExtensionRules {
    let bare = |key: &str| table.inside(key, |_| ()).is_some();
    let access = table.inside("authorityInfoAccess", places::access).unwrap_or_default();
    let mut rules = ExtensionRules {
        authority_key_identifier: bare("authorityKeyIdentifier"),
        subject_key_identifier: bare("subjectKeyIdentifier"),
        ext_key_usage: table.inside("extKeyUsage", |inner| purposes::read(kind, inner)).flatten(),
        certificate_policies: table.inside("certificatePolicies", policies::read).flatten(),
        subject_alt_name: table.inside("subjectAltName", alt_names::read).flatten(),
        crl_distribution_points: table.inside("cRLDistributionPoints", places::points).flatten(),
        ca_issuers: access.0,
        ocsp: access.1,
        tls_feature: table.inside("tlsFeature", tls_feature).flatten(),
        fixed: fixed(table),
        from_request: Vec::new(),
    };
    other::read(table, &mut rules);
    belong(kind, table);
    rules
}

/// The extensions that have a form of their own and always the same value.
fn fixed(table: &Table<'_>) -> Vec<Extension> {
    let never_critical = |value: Value| Extension { critical: false, value };
    let bare = |key: &str, value: Value| table.inside(key, |_| never_critical(value));
    let read = [
        table.inside("policyMappings", policies::mappings).flatten(),
        table.inside("policyConstraints", policies::constraints).flatten(),
        table.inside("inhibitAnyPolicy", policies::inhibition).flatten(),
        table
            .inside("issuerAltName", places::issuer_names)
            .flatten()
            .map(Value::IssuerAltName)
            .map(never_critical),
        table
            .inside("subjectInfoAccess", places::subject_info)
            .flatten()
            .map(Value::SubjectInfoAccess)
            .map(never_critical),
        bare("noRevAvail", Value::NoRevAvail),
        bare("ocspNocheck", Value::OcspNocheck),
        table.inside("qcStatements", statements).flatten().map(Value::QcStatements).map(never_critical),
    ];
    read.into_iter().flatten().collect()
}

/// Which extensions a kind of certificate must have, and which it cannot.
fn belong(kind: &str, table: &Table<'_>) {
    let ca = matches!(kind, "root" | "subordinate" | "cross");
    if ca && !table.has("subjectKeyIdentifier") {
        let message = "every CA has a subject key identifier (RFC 5280 s.4.2.1.2)";
        table.problem(id::CA, table.place(), "subjectKeyIdentifier", message);
    }
    if kind != "root" && !table.has("authorityKeyIdentifier") {
        let message = "every certificate below a root has an authority key identifier (RFC 5280 s.4.2.1.1)";
        table.problem(id::CA, table.place(), "authorityKeyIdentifier", message);
    }
    let never = |id: &'static str, keys: &[&str], message: &str| {
        for key in keys.iter().filter(|key| table.has(key)) {
            table.problem(id, &table.place_of(key), key, message);
        }
    };
    if ca {
        never(id::CA, &["noRevAvail"], "a CA can always be revoked (RFC 9608 s.3)");
    } else {
        let of_cas = ["policyMappings", "policyConstraints", "inhibitAnyPolicy"];
        never(id::LEAF_AS_CA, &of_cas, "only a CA has this extension (RFC 5280 s.4.2.1)");
    }
    if kind != "ocsp-responder" {
        let message = "only an OCSP responder has this extension (RFC 6960 s.4.2.2.2.1)";
        never(id::OCSP_RESPONDER, &["ocspNocheck"], message);
    }
    match kind {
        "root" => {
            let others = [
                "extKeyUsage",
                "certificatePolicies",
                "cRLDistributionPoints",
                "authorityInfoAccess",
                "policyMappings",
                "issuerAltName",
            ];
            never(id::ROOT, &others, "a root does not have this extension (BR 7.1.2.1.2)");
        }
        "ocsp-responder" => {
            table.require("ocspNocheck");
            table.require("extKeyUsage");
            let others = [
                "cRLDistributionPoints",
                "authorityInfoAccess",
                "subjectAltName",
                "noRevAvail",
                "tlsFeature",
                "qcStatements",
                "subjectInfoAccess",
            ];
            never(
                id::OCSP_RESPONDER,
                &others,
                "an OCSP responder does not have this extension (BR 7.1.2.8.2)",
            );
        }
        "time-stamping" => table.require("extKeyUsage"),
        _ => {}
    }
}

/// `[extensions.tlsFeature]`.
fn tls_feature(table: &Table<'_>) -> Option<TlsFeatures> {
    let from_request = table.flag("from_request").is_some_and(|found| found.value);
    let features = distinct(table, "features", table.list_required::<Feature>("features")?)?;
    Some(TlsFeatures { features, from_request })
}

/// `[extensions.qcStatements]`: none twice, which EN 319 412-5 leaves no sense.
fn statements(table: &Table<'_>) -> Option<QcStatements> {
    let found = table.list_required::<QcStatement>("statements")?;
    for (at, one) in found.value.iter().enumerate() {
        if found.value.iter().take(at).any(|earlier| earlier.value.oid() == one.value.oid()) {
            let message = format!("{}, a second statement of its kind", one.value);
            table.problem(id::LIST, &one.place, "statements", message);
        }
    }
    let statements: Vec<QcStatement> = found.value.into_iter().map(|one| one.value).collect();
    (!statements.is_empty()).then_some(QcStatements(statements))
}
