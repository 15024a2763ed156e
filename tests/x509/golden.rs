//! Golden files: the whole objects, octet for octet. RSA PKCS #1 v1.5 and RFC 6979 make them repeatable.
//!
//! `KEYRITE_BLESS=1 cargo test --test x509 golden` writes them anew; look at the difference before it is kept.

use std::path::PathBuf;

use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::crl::RevokedCertificate;
use keyrite::x509::extension::ReasonCode;

use super::build::{Pki, crl_fields, seal_crl, serial};

#[expect(clippy::disallowed_methods, reason = "golden files are written on demand, by a person")]
fn compare(name: &str, found: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/x509").join(name);
    if std::env::var_os("KEYRITE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
    }
    let wanted = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(hex::encode(found), hex::encode(wanted), "{}", path.display());
}

#[test]
fn certificates_and_crls_are_octet_for_octet_what_they_were() {
    for algorithm in KeyAlgorithm::GENERATED {
        let mut pki = Pki::new(algorithm);
        compare(&format!("root-{algorithm}.der"), pki.root.as_der());
        compare(&format!("leaf-{algorithm}.der"), pki.leaf.as_der());
        compare(&format!("empty-crl-{algorithm}.der"), pki.crl.as_der());
        let entries: Vec<_> = (1..=3)
            .map(|fill| RevokedCertificate {
                serial: serial(fill),
                revocation_date: "2026-11-20T10:00:00Z".parse().unwrap(),
                reason: ReasonCode::from_code(fill),
                invalidity_date: (fill == 1).then(|| "2026-11-01T00:00:00Z".parse().unwrap()),
                removed: false,
            })
            .collect();
        let tbs = crl_fields(&pki.root_fields).build(&entries).unwrap();
        let crl = seal_crl(&tbs, &mut pki.key);
        compare(&format!("crl-{algorithm}.der"), crl.as_der());
    }
}
