//! What linting says of files that others made, and what it lets through to be signed.

use keyrite::lint::{self, CATALOGUE, CertificateContext, Exclusion, Expected, ExpectedExtension, Severity};
use keyrite::x509::certificate::CertificateFields;
use keyrite::x509::extension::{BasicConstraints, Extension, KeyUsage, Value, oid};
use keyrite::x509::standard::Standard;
use keyrite::x509::time::Duration;

use crate::base::*;

fn root_fields() -> CertificateFields {
    let key = key(ROOT_P384);
    let extension = |critical, value| Extension { critical, value };
    CertificateFields {
        serial: serial(1),
        signature: key.algorithm().signature_algorithm(),
        issuer: root_facts().subject,
        not_before: time(NOW),
        not_after: Duration::Years(20).last_second_from(time(NOW)).unwrap(),
        subject: root_facts().subject,
        extensions: vec![
            extension(true, Value::BasicConstraints(BasicConstraints { ca: true, path_len: None })),
            extension(true, Value::KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN)),
            extension(false, Value::SubjectKeyIdentifier(key.key_identifier().to_vec())),
        ],
        public_key: key,
    }
}

fn root_context() -> CertificateContext {
    let allow = |oid, critical| ExpectedExtension { oid, critical: Some(critical), required: true };
    let expected = Expected {
        ca: true,
        extensions: vec![
            allow(oid::BASIC_CONSTRAINTS, true),
            allow(oid::KEY_USAGE, true),
            allow(oid::SUBJECT_KEY_IDENTIFIER, false),
        ],
        maximum_seconds: Some(7305 * 86_400),
        ..Expected::default()
    };
    CertificateContext {
        issuer: None,
        now: Some(time(NOW)),
        expected: Some(expected),
        exclusions: Vec::new(),
    }
}

#[test]
fn what_is_sound_is_linted_and_its_octets_stay() {
    let tbs = root_fields().build().unwrap();
    let before = tbs.as_der().to_vec();
    let linted = lint::certificate(tbs, &root_context()).unwrap();
    assert_eq!(linted.tbs().as_der(), before);
    assert_eq!(linted.report().findings, []);
    assert_eq!(linted.into_tbs().as_der(), before);
}

#[test]
fn an_error_keeps_octets_from_being_signed_and_a_notice_does_not() {
    let mut fields = root_fields();
    fields.not_after = time("2052-11-21T10:00:00Z");
    fields.extensions[2].value = Value::SubjectKeyIdentifier(vec![0x5a; 20]);
    let mut context = root_context();
    let report = lint::certificate(fields.build().unwrap(), &context).unwrap_err();
    assert!(report.has_errors());
    assert_eq!(report.ids(), ["C11-too-long", "A01-derivation"]);
    context.expected.as_mut().unwrap().maximum_seconds = None;
    let linted = lint::certificate(fields.build().unwrap(), &context).unwrap();
    assert_eq!(linted.report().ids(), ["A01-derivation"]);
    assert_eq!(linted.report().worst(), Some(Severity::Notice));
}

#[test]
fn every_fault_is_reported_at_once_and_says_what_was_found_and_wanted() {
    let report = leaf()
        .extension_value("2.5.29.17", "3007 8205 615f2e0a62")
        .extension_value("2.5.29.15", "03020284")
        .valid(NOW, 90 * 86_400 + 1)
        .report();
    assert_eq!(
        report.to_string(),
        "error C11-too-long: validity: found 7776001 s, both ends counted, wanted at most 7776000 s \
         (RFC 5280 s.4.1.2.5, BR 6.3.2)\n\
         error U02-key-cert-sign-without-ca: keyUsage: found keyCertSign, wanted basicConstraints with cA TRUE, \
         or no keyCertSign (RFC 5280 s.4.2.1.3, s.4.2.1.9)\n\
         error E02-dns-name: subjectAltName: found \"a_.\\nb\", wanted letters, digits and hyphens \
         (RFC 5280 s.4.2.1.6, RFC 1034 s.3.5, RFC 1123 s.2.1)"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["findings"][1]["severity"], "error");
    assert_eq!(json["findings"][1]["rule"], "U02");
}

#[test]
fn rules_of_our_own_are_notices_about_what_others_made() {
    let case = leaf()
        .algorithm(SIGNATURE, "300a06082a811ccf55018375")
        .edit(|tbs| tbs.at(SERIAL).put("02081122334455667788"));
    let ids = ["C05-algorithm-other", "C02-serial-constant-length"];
    let ours = case.report();
    assert_eq!((ours.ids().as_slice(), ours.worst()), (&ids[..], Some(Severity::Error)));
    let theirs = lint::inspect_certificate(&case.signed(), Some(&intermediate_facts()), None, &[]);
    assert_eq!((theirs.ids().as_slice(), theirs.worst()), (&ids[..], Some(Severity::Notice)));
}

#[test]
fn without_an_issuer_nothing_is_said_about_it() {
    for case in [root(), ca(), leaf()] {
        assert_eq!(lint::inspect_certificate(&case.signed(), None, None, &[]).findings, []);
    }
    assert_eq!(lint::inspect_crl(&crl().signed(), None, &[]).findings, []);
    assert_eq!(lint::inspect_request(&request().signed(), &[]).findings, []);
    let wrong_issuer = lint::inspect_certificate(&leaf().signed(), Some(&root_facts()), None, &[]);
    assert_eq!(
        wrong_issuer.ids(),
        ["C05-digest-of-curve", "C07-issuer-octets", "A02-authority-key-identifier-differs"]
    );
    let crl = lint::inspect_crl(&crl().signed(), Some(&root_facts()), &[]);
    let wanted = ["C05-digest-of-curve", "L01-issuer-octets", "L01-authority-key-identifier-differs"];
    assert_eq!(crl.ids(), wanted);
}

#[test]
fn many_findings_of_one_kind_are_counted() {
    let names = "8201 5f".repeat(30);
    let report = leaf().extension_value("2.5.29.17", &format!("305a {names}")).report();
    let underscores = report.findings.iter().filter(|finding| finding.id == "E02-dns-name");
    assert_eq!(underscores.count(), 21);
    assert!(report.to_string().contains("found 10 further findings of this kind"));
}

#[test]
fn a_lint_is_left_out_by_name_with_a_reason_and_a_person_and_is_told_all_the_same() {
    let exclusion = Exclusion::new("C11-too-long", "asked in 2020", "A. Auditor").unwrap_err();
    assert_eq!(
        exclusion.to_string(),
        "lint C11-too-long cannot be left out: RFC 5280 s.4.1.2.5, BR 6.3.2 demands it of every certificate, CRL, \
         request or response"
    );
    for (id, reason, by, text) in [
        ("C99-none", "x", "y", "no lint has the id \"C99-none\": docs/lints.md lists them"),
        ("A01-derivation", " ", "y", "lint A01-derivation is left out without a reason"),
        ("A01-derivation", "x", "", "lint A01-derivation is left out without a person"),
    ] {
        assert_eq!(Exclusion::new(id, reason, by).unwrap_err().to_string(), text);
    }
    let mut fields = root_fields();
    fields.serial = serial(1);
    fields.extensions[2].value = Value::SubjectKeyIdentifier(vec![0x5a; 20]);
    let mut context = root_context();
    context.exclusions = vec![Exclusion::new("A01-derivation", "made in 2020", "A. Auditor").unwrap()];
    let linted = lint::certificate(fields.build().unwrap(), &context).unwrap();
    assert_eq!(linted.report().findings, []);
    let excluded = &linted.report().excluded;
    assert_eq!((excluded.len(), excluded[0].finding.id), (1, "A01-derivation"));
    assert_eq!((excluded[0].exclusion.reason(), excluded[0].exclusion.by()), ("made in 2020", "A. Auditor"));
}

#[test]
fn what_rfc_5280_demands_cannot_be_left_out_and_everything_else_can() {
    for lint in CATALOGUE.iter().copied().flatten() {
        let demanded = lint.standard == Standard::Rfc5280 && !lint.house && lint.severity == Severity::Error;
        assert_eq!(Exclusion::new(lint.id, "reason", "person").is_err(), demanded, "{}", lint.id);
    }
}

#[test]
fn the_rules_of_a_closed_community_run_only_where_they_are_asked_for() {
    let der = leaf().edit(|tbs| tbs.at(SERIAL).put("020740404040404040")).signed();
    let ids = |standards: &[Standard]| lint::inspect_certificate(&der, None, None, standards).ids();
    assert!(!ids(&[]).contains(&"C02-serial-short"));
    assert!(!ids(&[Standard::Rfc5280, Standard::Etsi]).contains(&"C02-serial-short"));
    assert!(ids(&[Standard::WebPki]).contains(&"C02-serial-short"));
}
