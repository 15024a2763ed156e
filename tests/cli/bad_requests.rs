//! Requests that are wrong in one place: each is refused with exit code 1, says why, and shows nothing.

use crate::program::{assert_safe, feed};
use crate::request::{Request, alt_names, ec_spki, rsa_spki, tlv};

/// What is wrong, the octets, and the whole of what is said about it.
pub(crate) fn cases() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = Request::good();
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = good.clone();
        change(&mut request);
        request.to_der()
    };
    let signed_with =
        |oid: &[u8]| with(&|r| r.algorithm = tlv(0x30, &[&tlv(0x06, oid)[..], &[5, 0]].concat()));
    let many: Vec<Vec<u8>> = (0..101).map(|n| tlv(0x82, format!("h{n}.example.test").as_bytes())).collect();
    let mut off_the_curve = vec![0x04];
    off_the_curve.extend([0x11; 64]);
    vec![
        ("not_der", b"hello".to_vec(), "neither DER nor PEM: no -----BEGIN line was found"),
        ("trailing", [good.to_der(), vec![0]].concat(), "1 octets after the end of the value"),
        ("cut", good.to_der()[..100].to_vec(), "not a certification request: not well-formed DER"),
        ("oversized_der", with(&|r| r.extensions.push(tlv(0x30, &vec![0; 70_000]))), "wanted at most 65536"),
        ("oversized_file", vec![b'x'; 400_000], "more than 327680 octets"),
        (
            "sha1",
            signed_with(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]),
            "ECDSA with SHA-1, which is broken",
        ),
        (
            "rsa_sha1",
            signed_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05]),
            "unsupported signature algorithm: RSA with SHA-1, which is broken",
        ),
        (
            "md5",
            signed_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04]),
            "unsupported signature algorithm: RSA with MD5, which is broken",
        ),
        (
            "unknown_algorithm",
            signed_with(&[0x2a, 3, 4]),
            "unsupported signature algorithm: AlgorithmIdentifier",
        ),
        (
            "rsa_1024",
            with(&|r| r.spki = rsa_spki(128, &[1, 0, 1])),
            "RSA modulus of 1024 bits, wanted 2048 to 8192",
        ),
        ("rsa_exponent_3", with(&|r| r.spki = rsa_spki(256, &[3])), "RSA public exponent 0x03, wanted"),
        (
            "pss_salt",
            vector("rsa-pss-salt.pem"),
            "RSASSA-PSS with SHA-256 and a salt of 222 octets, wanted 32 (BR 7.1.3.2.1)",
        ),
        (
            "pss_key",
            vector("rsa-pss-key.pem"),
            "the RSA key is named by id-RSASSA-PSS, wanted rsaEncryption with NULL (BR 7.1.3.1.1)",
        ),
        (
            "ed25519_with_parameters",
            with(&|r| r.spki = keyed(&[0x30, 0x07, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x05, 0x00], &[1; 32])),
            "the AlgorithmIdentifier of the ed25519 key has parameters, wanted none",
        ),
        (
            "ed25519_of_low_order",
            with(&|r| r.spki = keyed(&[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70], &[0; 32])),
            "the ed25519 key is a point of low order, under which signatures prove nothing",
        ),
        (
            "ml_dsa_65_cut",
            with(&|r| {
                let oid = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12];
                r.spki = keyed(&tlv(0x30, &tlv(0x06, &oid)), &[1; 1951]);
            }),
            "the ml-dsa-65 key has 1951 octets, wanted exactly 1952",
        ),
        (
            "off_the_curve",
            with(&|r| r.spki = ec_spki(&off_the_curve)),
            "the EC point is not a point of P-256 in uncompressed form",
        ),
        (
            "duplicate_extension",
            with(&|r| r.extensions.push(r.extensions[0].clone())),
            "requested extension subjectAltName is there twice",
        ),
        (
            "101_names",
            with(&|r| r.extensions = vec![alt_names(&many)]),
            "101 subject alternative names, wanted at most 100",
        ),
    ]
}

/// A SubjectPublicKeyInfo.
fn keyed(identifier: &[u8], key: &[u8]) -> Vec<u8> {
    tlv(0x30, &[identifier, &tlv(0x03, &[&[0], key].concat())].concat())
}

/// A request that another program made.
fn vector(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/vectors/requests/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn each_is_refused_and_says_why() {
    let directory = tempfile::tempdir().unwrap();
    for (name, octets, wanted) in cases() {
        let run = feed(directory.path(), ["request", "show", "-"], &octets);
        assert_eq!(run.code, 1, "{name}: {run:#?}");
        assert_eq!(run.stdout, "", "{name}");
        let first = run.stderr.lines().next().unwrap_or_default();
        assert!(first.starts_with("error: standard input: ") && first.contains(wanted), "{name}: {first}");
        assert_safe(&run);
        let json = feed(directory.path(), ["request", "show", "-", "--json"], &octets);
        let object: serde_json::Value = serde_json::from_str(&json.stderr).unwrap();
        assert_eq!(format!("error: {}", object["error"].as_str().unwrap()), first, "{name}");
        assert_eq!((json.code, json.stdout.as_str(), &object["exit_code"]), (1, "", &1.into()), "{name}");
    }
}

#[test]
fn the_request_that_they_differ_from_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let run = feed(directory.path(), ["request", "show", "-"], &Request::good().to_der()).ends(0);
    assert!(run.stdout.contains("CN=www.example.test"), "{run:#?}");
    assert!(run.stdout.contains("proven: the request is signed by its own key"), "{run:#?}");
}

/// A forged signature leaves the request readable: it is shown with the verdict, and the exit code says no.
#[test]
fn a_request_without_proof_is_shown_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let forged = Request { forged: true, ..Request::good() }.to_der();
    let run = feed(directory.path(), ["request", "show", "-"], &forged).ends(1);
    assert!(run.stdout.contains("NOT PROVEN: the signature does not verify"), "{run:#?}");
    let json = feed(directory.path(), ["request", "show", "-", "--json"], &forged).ends(1).json();
    assert_eq!(json["proven"], false);
}
