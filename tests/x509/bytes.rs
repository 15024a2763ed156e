//! The octets themselves, where one wrong octet is a misissued certificate.

use keyrite::x509::algorithm::{Digest, KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::{AuthorityKeyIdentifier, BasicConstraints, Value, oid as extension_oid};
use keyrite::x509::name::Name;

use super::build::{Pki, critical, leaf_fields, root_fields, seal};
use super::der::{oid, sequence, set, tlv};
use super::openssl::Bench;
use super::software::SoftwareKey;
use keyrite::port::Signer as _;

fn holds(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_algorithm_identifier_stands_twice_and_is_the_one_of_the_baseline_requirements() {
    for (name, algorithm, printed) in [
        ("ec-p256", SignatureAlgorithm::Ecdsa(Digest::Sha256), "300a06082a8648ce3d040302"),
        ("ec-p384", SignatureAlgorithm::Ecdsa(Digest::Sha384), "300a06082a8648ce3d040303"),
        ("ec-p521", SignatureAlgorithm::Ecdsa(Digest::Sha512), "300a06082a8648ce3d040304"),
        ("rsa-2048", SignatureAlgorithm::RsaPkcs1(Digest::Sha256), "300d06092a864886f70d01010b0500"),
        ("rsa-2048", SignatureAlgorithm::RsaPkcs1(Digest::Sha384), "300d06092a864886f70d01010c0500"),
        ("rsa-2048", SignatureAlgorithm::RsaPkcs1(Digest::Sha512), "300d06092a864886f70d01010d0500"),
        (
            "rsa-2048",
            SignatureAlgorithm::RsaPss(Digest::Sha384),
            "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a\
             864886f70d010108300d06096086480165030402020500a203020130",
        ),
    ] {
        let mut key = SoftwareKey::load(name);
        let root = seal(&root_fields(key.public_key(), algorithm).build().unwrap(), &mut key);
        let wanted = hex::decode(printed).unwrap();
        let times = root.as_der().windows(wanted.len()).filter(|window| *window == wanted).count();
        assert_eq!(times, 2, "{algorithm}");
    }
}

#[test]
fn defaults_are_left_out() {
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    for object in [pki.root.as_der(), pki.leaf.as_der()] {
        assert!(!holds(object, &[0x01, 0x01, 0x00]), "a BOOLEAN FALSE is a DEFAULT that is written");
    }
    // basicConstraints of an end entity: critical, and an empty SEQUENCE.
    let constraints = [&oid("551d13")[..], &[0x01, 0x01, 0xff, 0x04, 0x02, 0x30, 0x00]].concat();
    assert!(holds(pki.leaf.as_der(), &sequence(&[&constraints])));
    // subjectKeyIdentifier: no `critical` between OID and OCTET STRING.
    assert!(holds(pki.leaf.as_der(), &[&oid("551d0e")[..], &[0x04, 0x16, 0x04, 0x14]].concat()));
}

#[test]
fn a_certificate_without_extensions_has_no_extensions_field() {
    let mut key = SoftwareKey::load("ec-p256");
    let mut fields = root_fields(key.public_key(), KeyAlgorithm::GENERATED[0].signature_algorithm());
    fields.extensions.clear();
    let bare = seal(&fields.build().unwrap(), &mut key);
    let read = Certificate::from_der(bare.as_der()).unwrap();
    assert_eq!(read.extensions(), []);
    assert!(read.tbs_der().ends_with(read.spki_der()), "something stands after the public key");
}

#[test]
fn times_change_their_type_between_2049_and_2050() {
    let key = SoftwareKey::load("ec-p256");
    let mut fields = root_fields(key.public_key(), KeyAlgorithm::GENERATED[0].signature_algorithm());
    for (not_before, not_after, wanted) in [
        (
            "2049-12-31T23:59:58Z",
            "2049-12-31T23:59:59Z",
            [&b"\x17\x0d491231235958Z"[..], b"\x17\x0d491231235959Z"],
        ),
        (
            "2049-12-31T23:59:59Z",
            "2050-01-01T00:00:00Z",
            [b"\x17\x0d491231235959Z", b"\x18\x0f20500101000000Z"],
        ),
        (
            "1970-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            [b"\x17\x0d700101000000Z", b"\x18\x0f99991231235959Z"],
        ),
    ] {
        fields.not_before = not_before.parse().unwrap();
        fields.not_after = not_after.parse().unwrap();
        let tbs = fields.build().unwrap();
        assert!(holds(tbs.as_der(), &sequence(&wanted)), "{not_before} {not_after}");
    }
}

/// Subjects of CAs as other programs encoded them: each must come out as the issuer octet for octet.
#[test]
fn the_issuer_is_the_subject_of_the_ca_octet_for_octet() {
    let attribute = |kind: &str, tag: u8, value: &[u8]| set(&[&sequence(&[&oid(kind), &tlv(tag, value)])]);
    let (country, organization, common) = ("550406", "55040a", "550403");
    let names = [
        ("T61String", attribute(organization, 0x14, b"K\xf6ln AG")),
        ("BMPString", attribute(organization, 0x1e, &[0, b'K', 0, 0xf6, 0, b'l', 0, b'n'])),
        ("UTF8String", attribute(organization, 0x0c, "Köln AG".as_bytes())),
        ("PrintableString", attribute(organization, 0x13, b"Koeln AG")),
        ("a country in lower case", attribute(country, 0x13, b"at")),
        ("blanks at the ends", attribute(common, 0x0c, b"  Example  ")),
        ("a set in an order that is not DER", {
            let first = sequence(&[&oid(organization), &tlv(0x0c, b"b")]);
            let second = sequence(&[&oid(common), &tlv(0x0c, b"a")]);
            set(&[&first, &second])
        }),
    ];
    for (what, rdn) in names {
        let der = sequence(&[&rdn]);
        let mut key = SoftwareKey::load("ec-p256");
        let mut fields = root_fields(key.public_key(), KeyAlgorithm::GENERATED[0].signature_algorithm());
        fields.subject = Name::from_der(&der).unwrap_or_else(|error| panic!("{what}: {error}"));
        fields.issuer = fields.subject.clone();
        let root = Certificate::from_der(seal(&fields.build().unwrap(), &mut key).as_der()).unwrap();
        fields.subject = root.subject().clone();
        let leaf = seal(&leaf_fields(&fields, key.public_key()).build().unwrap(), &mut key);
        let leaf = Certificate::from_der(leaf.as_der()).unwrap();
        assert_eq!(leaf.issuer().as_der(), der, "{what}");
        assert!(holds(leaf.tbs_der(), &der), "{what}");
    }
}

#[test]
fn key_identifiers_are_those_of_rfc_7093_and_agree() {
    for algorithm in KeyAlgorithm::GENERATED {
        let pki = Pki::new(algorithm);
        let bench = Bench::new();
        bench.write("root.pem", pki.root.to_pem());
        // RFC 7093 method 1: SHA-256 over the bits of subjectPublicKey, which stand at the end of the key.
        let spki = pki.key.public_key();
        let bench_key = bench.write("bits", spki.key_octets());
        let text = bench.openssl_ok(&["dgst", "-sha256", "-r", bench_key.to_str().unwrap()]);
        assert_eq!(hex::encode(spki.key_identifier()), text[..40], "{algorithm}");
        let leaf = Certificate::from_der(pki.leaf.as_der()).unwrap();
        let root = Certificate::from_der(pki.root.as_der()).unwrap();
        let authority =
            leaf.extension(extension_oid::AUTHORITY_KEY_IDENTIFIER).map(|found| found.value.clone());
        let key_identifier = root.subject_key_identifier().unwrap().to_vec();
        let wanted = Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_identifier });
        assert_eq!(authority, Some(wanted), "{algorithm}");
    }
}

#[test]
fn the_outer_shape_is_what_openssl_parses_part_by_part() {
    let pki = Pki::new(KeyAlgorithm::GENERATED[3]);
    let bench = Bench::new();
    bench.write("leaf.der", pki.leaf.as_der());
    let text = bench.openssl_ok(&["asn1parse", "-inform", "DER", "-in", "leaf.der"]);
    let depth_one: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(":d=1 "))
        .map(|line| line.rsplit(": ").next().unwrap().trim())
        .collect();
    assert_eq!(depth_one, ["SEQUENCE", "SEQUENCE", "BIT STRING"], "{text}");
    // The TBSCertificate is where -strparse finds it, and is what was signed.
    bench.openssl_ok(&[
        "asn1parse",
        "-inform",
        "DER",
        "-in",
        "leaf.der",
        "-strparse",
        "4",
        "-noout",
        "-out",
        "tbs",
    ]);
    let certificate = Certificate::from_der(pki.leaf.as_der()).unwrap();
    assert_eq!(std::fs::read(bench.path("tbs")).unwrap(), certificate.tbs_der());
}

#[test]
fn a_path_length_is_written_only_when_it_is_there() {
    let mut key = SoftwareKey::load("ec-p256");
    let mut fields = root_fields(key.public_key(), KeyAlgorithm::GENERATED[0].signature_algorithm());
    for (path_len, contents) in
        [(None, "30030101ff"), (Some(0), "30060101ff020100"), (Some(255), "30070101ff020200ff")]
    {
        fields.extensions[0] = critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len }));
        let root = seal(&fields.build().unwrap(), &mut key);
        assert!(holds(root.as_der(), &tlv(0x04, &hex::decode(contents).unwrap())), "{path_len:?}");
        assert_eq!(Certificate::from_der(root.as_der()).unwrap().extensions(), fields.extensions);
    }
}
