//! Others judge what is built: OpenSSL, rustls-webpki, and our own readers.

use std::time::Duration;

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::{Crl, RevokedCertificate};
use keyrite::x509::csr::{Csr, RequestFields};
use keyrite::x509::extension::{BasicConstraints, KeyUsage, ReasonCode, SubjectAltName, Value};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, BorrowedCertRevocationList, CertRevocationList, EndEntityCert, ExpirationPolicy,
    KeyUsage as Purpose, RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
    anchor_from_trusted_cert,
};

use super::build::{Pki, critical, crl_fields, plain, seal, seal_crl, serial};
use super::openssl::Bench;

/// 2026-11-22, within every validity of the tests.
const NOW: u64 = 1_795_305_600;

#[test]
fn openssl_accepts_every_algorithm_and_a_revoked_certificate_from_none() {
    for algorithm in KeyAlgorithm::GENERATED {
        let mut pki = Pki::new(algorithm);
        let bench = Bench::new();
        bench.write("root.pem", pki.root.to_pem());
        bench.write("leaf.pem", pki.leaf.to_pem());
        bench.write("crl.pem", pki.crl.to_pem());
        let verify = |crl: &str| {
            let now = NOW.to_string();
            let strict = ["verify", "-x509_strict", "-check_ss_sig", "-crl_check_all", "-attime", &now];
            let files =
                ["-CAfile", "root.pem", "-CRLfile", crl, "-verify_hostname", "www.example.test", "leaf.pem"];
            bench.openssl_of(algorithm, &[&strict[..], &files[..]].concat())
        };
        let (accepted, text) = verify("crl.pem");
        assert!(accepted && text.contains("leaf.pem: OK"), "{algorithm}: {text}");
        bench.openssl_of_ok(algorithm, &["crl", "-in", "crl.pem", "-CAfile", "root.pem", "-noout"]);

        let fields = crl_fields(&pki.root_fields);
        let entries = [RevokedCertificate {
            serial: serial(0x22),
            revocation_date: "2026-11-21T00:00:00Z".parse().unwrap(),
            reason: Some(ReasonCode::KeyCompromise),
            invalidity_date: None,
            removed: false,
        }];
        let revoking = seal_crl(&fields.build(&entries).unwrap(), &mut pki.key);
        bench.write("revoking.pem", revoking.to_pem());
        let (accepted, text) = verify("revoking.pem");
        assert!(!accepted && text.contains("certificate revoked"), "{algorithm}: {text}");
    }
}

#[test]
fn openssl_reads_the_parts_as_they_were_meant() {
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let bench = Bench::new();
    bench.write("leaf.pem", pki.leaf.to_pem());
    let text = bench.openssl_ok(&["x509", "-in", "leaf.pem", "-noout", "-text", "-nameopt", "RFC2253"]);
    for wanted in [
        "Version: 3 (0x2)",
        "62:22:22:22:22:22:22:22:22:22:22:22:22:22:22:22:22:22:22:22",
        "Issuer: CN=Example Root G1,O=Example,C=AT",
        "Not Before: Nov 21 00:00:00 2026 GMT",
        "Not After : Feb 18 23:59:59 2027 GMT",
        "Subject: CN=www.example.test",
        "X509v3 Basic Constraints: critical\n                CA:FALSE",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n",
        "DNS:www.example.test, IP Address:192.0.2.1",
        "URI:http://pki.example.test/g1.crl",
        "OCSP - URI:http://ocsp.example.test/",
        "CA Issuers - URI:http://pki.example.test/g1.crt",
        "Policy: 2.23.140.1.2.1",
    ] {
        assert!(text.contains(wanted), "{wanted:?} is missing in\n{text}");
    }
}

#[test]
fn webpki_accepts_every_algorithm_and_heeds_the_crl() {
    // The crate has no Ed448.
    for algorithm in KeyAlgorithm::GENERATED.into_iter().filter(|known| *known != KeyAlgorithm::Ed448) {
        let mut pki = Pki::new(algorithm);
        let fields = crl_fields(&pki.root_fields);
        let entries = [RevokedCertificate {
            serial: serial(0x22),
            revocation_date: "2026-11-21T00:00:00Z".parse().unwrap(),
            reason: Some(ReasonCode::Superseded),
            invalidity_date: Some("2026-11-20T00:00:00Z".parse().unwrap()),
            removed: false,
        }];
        let revoking = seal_crl(&fields.build(&entries).unwrap(), &mut pki.key);
        assert_eq!(webpki_verdict(&pki, pki.crl.as_der()), Ok(()), "{algorithm}");
        assert_eq!(webpki_verdict(&pki, revoking.as_der()), Err(webpki::Error::CertRevoked), "{algorithm}");
    }
}

fn webpki_verdict(pki: &Pki, crl: &[u8]) -> Result<(), webpki::Error> {
    let root = CertificateDer::from(pki.root.as_der());
    let leaf = CertificateDer::from(pki.leaf.as_der());
    let anchors = [anchor_from_trusted_cert(&root)?];
    let crl = CertRevocationList::from(BorrowedCertRevocationList::from_der(crl)?);
    let lists = [&crl];
    let revocation = RevocationOptionsBuilder::new(&lists)
        .unwrap()
        .with_depth(RevocationCheckDepth::Chain)
        .with_status_policy(UnknownStatusPolicy::Deny)
        .with_expiration_policy(ExpirationPolicy::Enforce)
        .build();
    let end_entity = EndEntityCert::try_from(&leaf)?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let purpose = Purpose::server_auth();
    end_entity.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        &[],
        now,
        purpose,
        Some(revocation),
        None,
    )?;
    end_entity.verify_is_valid_for_subject_name(&ServerName::try_from("www.example.test").unwrap())?;
    end_entity.verify_is_valid_for_subject_name(&ServerName::try_from("192.0.2.1").unwrap())
}

#[test]
fn what_is_built_reads_back_as_the_same_fields() {
    for algorithm in KeyAlgorithm::GENERATED {
        let pki = Pki::new(algorithm);
        let root = Certificate::read(pki.root.to_pem().as_bytes()).unwrap();
        let fields = &pki.root_fields;
        assert_eq!(root.as_der(), pki.root.as_der());
        assert_eq!(root.serial(), &fields.serial);
        assert_eq!((root.issuer(), root.subject()), (&fields.issuer, &fields.subject));
        assert_eq!((root.not_before(), root.not_after()), (fields.not_before, fields.not_after));
        assert_eq!(root.public_key().as_ref(), Ok(&fields.public_key));
        assert_eq!(root.extensions(), fields.extensions);
        assert_eq!(root.verify_signed_by(pki.key.public_key()), Ok(()));
        assert!(root.is_ca() && root.is_self_issued());

        let crl = Crl::read(pki.crl.as_der()).unwrap();
        assert_eq!(crl.issuer(), &fields.subject);
        assert_eq!(crl.number().map(|number| number.0), Some(7));
        assert_eq!(crl.verify_signed_by(pki.key.public_key()), Ok(()));
    }
}

#[test]
fn requests_of_our_own_keys_verify_with_and_without_attributes() {
    for algorithm in KeyAlgorithm::GENERATED {
        let mut pki = Pki::new(algorithm);
        let with = vec![
            critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: Some(0) })),
            critical(Value::KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN)),
            plain(Value::SubjectAltName(SubjectAltName(vec!["dns:ca.example.test".parse().unwrap()]))),
        ];
        for extensions in [vec![], with] {
            let fields = RequestFields {
                signature: algorithm.signature_algorithm(),
                subject: "C=AT,O=Example,CN=Example TLS CA 1".parse().unwrap(),
                public_key: pki.key.public_key().clone(),
                extensions: extensions.clone(),
            };
            let request = seal(&fields.build().unwrap(), &mut pki.key);
            let bench = Bench::new();
            bench.write("request.pem", request.to_pem());
            let verify = ["req", "-in", "request.pem", "-noout", "-verify", "-text"];
            let text = bench.openssl_of_ok(algorithm, &verify);
            assert!(text.contains("verify OK"), "{text}");
            assert_eq!(text.contains("Basic Constraints"), !extensions.is_empty(), "{text}");
            let csr = Csr::parse(request.to_pem().as_bytes()).unwrap().prove_twice().unwrap();
            assert_eq!(csr.csr().subject(), &fields.subject);
            assert_eq!(csr.csr().extensions(), extensions);
        }
    }
}
