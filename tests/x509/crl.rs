//! CRLs: what is built, beside what `openssl ca -gencrl` writes, and what is refused when read.

use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::crl::{Crl, CrlError, RevokedCertificate};
use keyrite::x509::crl_dates::CrlDates;
use keyrite::x509::extension::ReasonCode;

use super::build::{Pki, crl_fields, seal_crl};
use super::der::{bits, oid, sequence, tlv};
use super::openssl::Bench;

fn revoked(serial: &str, reason: Option<ReasonCode>, invalidity: Option<&str>) -> RevokedCertificate {
    RevokedCertificate {
        serial: serial.parse().unwrap(),
        revocation_date: "2026-11-20T10:00:00Z".parse().unwrap(),
        reason,
        invalidity_date: invalidity.map(|time| time.parse().unwrap()),
        removed: false,
    }
}

#[test]
fn an_empty_crl_has_no_list() {
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let tbs = crl_fields(&pki.root_fields).build(&[]).unwrap().to_der().unwrap();
    let with_next_update = sequence(&[b"\x17\x0d261127235959Z"]);
    let place = tbs.windows(15).position(|window| window == &with_next_update[2..]).unwrap();
    assert_eq!(tbs[place + 15], 0xa0, "crlExtensions follow nextUpdate at once");
    assert_eq!(Crl::from_der(pki.crl.as_der()).unwrap().revoked(), []);
}

/// Whoever passes a CRL on reads its times from its first octets, and from nothing else.
#[test]
fn the_times_of_a_crl_are_read_from_its_beginning() {
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let crl = Crl::from_der(pki.crl.as_der()).unwrap();
    let wanted = CrlDates { this_update: crl.this_update(), next_update: crl.next_update() };
    assert_eq!(CrlDates::of(crl.as_der()), Some(wanted));
    let mut found = 0;
    for cut in 0..crl.as_der().len() {
        if let Some(head) = CrlDates::of(&crl.as_der()[..cut]) {
            assert_eq!(head.this_update, wanted.this_update, "{cut}");
            assert!(head.next_update.is_none() || head == wanted, "{cut}");
            found += 1;
        }
    }
    assert!(found > 0, "no beginning was enough");
    assert_eq!(CrlDates::of(pki.root.as_der()), None);
    assert_eq!(CrlDates::of(b"-----BEGIN X509 CRL-----"), None);
}

#[test]
fn a_crl_without_extensions_has_no_extensions_field() {
    let mut pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let mut fields = crl_fields(&pki.root_fields);
    fields.extensions.clear();
    let tbs = fields.build(&[]).unwrap();
    let der = tbs.to_der().unwrap();
    assert!(der.ends_with(b"261127235959Z"), "{}", hex::encode(der));
    assert_eq!(Crl::from_der(seal_crl(&tbs, &mut pki.key).as_der()).unwrap().extensions(), []);
}

#[test]
fn entries_are_sorted_by_their_numbers_whatever_order_they_come_in() {
    let mut pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let fields = crl_fields(&pki.root_fields);
    let serials =
        ["0100", "FF", "7F", "80", "01", "40FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "FFFF", "010000"];
    let entries: Vec<_> = serials.iter().map(|serial| revoked(serial, None, None)).collect();
    let crl = Crl::from_der(seal_crl(&fields.build(&entries).unwrap(), &mut pki.key).as_der()).unwrap();
    let found: Vec<String> = crl.revoked().iter().map(|entry| entry.serial.to_string()).collect();
    let wanted =
        ["01", "7F", "0080", "00FF", "0100", "00FFFF", "010000", "40FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"];
    assert_eq!(found, wanted);
}

/// The same four entries by OpenSSL's own CA: revokedCertificates and crlExtensions must be the same octets.
#[test]
fn the_list_is_octet_for_octet_what_openssl_ca_writes() {
    let mut pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let bench = Bench::new();
    let key = format!("{}/tests/vectors/keys/ec-p256.pem", env!("CARGO_MANIFEST_DIR"));
    bench.write("root.pem", pki.root.to_pem());
    bench.write("crlnumber", "07\n");
    bench.write("index.txt.attr", "");
    let rows = [
        ("01", "261120100000Z"),
        ("7F", "261120100000Z,keyCompromise"),
        ("80", "261120100000Z,keyTime,20261101000000Z"),
        ("0100", "261120100000Z,superseded"),
        ("62222222222222222222222222222222222222FF", "261120100000Z,CACompromise"),
    ];
    let index: String = rows
        .iter()
        .map(|(serial, when)| format!("R\t270218235959Z\t{when}\t{serial}\tunknown\t/CN=x\n"))
        .collect();
    bench.write("index.txt", index);
    bench.write(
        "ca.cnf",
        "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ncrl_extensions=e\n\
         [e]\nauthorityKeyIdentifier=keyid:always\n",
    );
    bench.openssl_ok(&[
        "ca",
        "-config",
        "ca.cnf",
        "-gencrl",
        "-keyfile",
        &key,
        "-cert",
        "root.pem",
        "-out",
        "theirs.pem",
        "-crl_lastupdate",
        "20261121000000Z",
        "-crl_nextupdate",
        "20261127235959Z",
    ]);
    let theirs = Crl::read(&std::fs::read(bench.path("theirs.pem")).unwrap()).unwrap();

    let fields = crl_fields(&pki.root_fields);
    let entries = [
        revoked("01", None, None),
        revoked("7F", Some(ReasonCode::KeyCompromise), None),
        // OpenSSL has no way to give an invalidity date without this reason.
        revoked("80", Some(ReasonCode::KeyCompromise), Some("2026-11-01T00:00:00Z")),
        revoked("0100", Some(ReasonCode::Superseded), None),
        revoked("62222222222222222222222222222222222222FF", Some(ReasonCode::CaCompromise), None),
    ];
    let ours = Crl::from_der(seal_crl(&fields.build(&entries).unwrap(), &mut pki.key).as_der()).unwrap();
    assert_eq!(theirs.revoked(), ours.revoked());
    assert_eq!(hex::encode(theirs.tbs_der()), hex::encode(ours.tbs_der()));
}

/// A TBSCertList of raw parts, with a signature that nobody asks for.
fn assembled(version: &[u8], entries: &[u8], extensions: &[u8]) -> Vec<u8> {
    let identifier = hex::decode("300a06082a8648ce3d040302").unwrap();
    let name = sequence(&[]);
    let tbs = sequence(&[version, &identifier, &name, b"\x17\x0d261121000000Z", entries, extensions]);
    sequence(&[&tbs, &identifier, &bits(&[0; 8])])
}

#[test]
fn what_a_crl_must_not_hold_is_refused() {
    let entry = |serial: &[u8], extensions: &[u8]| {
        sequence(&[&sequence(&[&tlv(0x02, serial), b"\x17\x0d261121000000Z", extensions])])
    };
    let extension = |kind: &str, critical: bool, value: &[u8]| {
        let flag: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
        sequence(&[&oid(kind), flag, &tlv(0x04, value)])
    };
    let v2 = [0x02, 0x01, 0x01];
    let number = extension("551d14", false, &[0x02, 0x01, 0x07]);
    let sound = assembled(&v2, &entry(&[1], &[]), &tlv(0xa0, &sequence(&[&number])));
    assert_eq!(Crl::from_der(&sound).unwrap().number().map(|number| number.0), Some(7));
    assert!(Crl::from_der(&assembled(&[], &[], &[])).is_ok(), "version 1 is read");

    let issuer = extension("551d1d", true, &sequence(&[]));
    let found = Crl::from_der(&assembled(&v2, &entry(&[1], &sequence(&[&issuer])), &[]));
    assert!(matches!(found, Err(CrlError::CriticalEntryExtension { .. })), "{found:?}");
    for (what, crl) in [
        ("version 1 written out", assembled(&[0x02, 0x01, 0x00], &[], &[])),
        ("version 3", assembled(&[0x02, 0x01, 0x02], &[], &[])),
        ("a negative serial number", assembled(&v2, &entry(&[0x80], &[]), &[])),
        ("a serial number of zero", assembled(&v2, &entry(&[0], &[]), &[])),
        ("entry extensions in a SET", assembled(&v2, &entry(&[1], &tlv(0x31, &number)), &[])),
        ("extensions in a SET", assembled(&v2, &[], &tlv(0xa0, &tlv(0x31, &number)))),
        ("an extension twice", assembled(&v2, &[], &tlv(0xa0, &sequence(&[&number, &number])))),
        ("octets after the end", [sound, vec![0]].concat()),
    ] {
        assert!(Crl::from_der(&crl).is_err(), "{what}");
    }
}
