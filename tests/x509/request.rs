//! Requests from outside: what is proven, and what is refused for which reason.

use std::path::PathBuf;

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::csr::{Csr, CsrError};
use keyrite::x509::extension::{ExtKeyUsage, KeyUsage, Value, purpose};
use keyrite::x509::limits::{self, LimitError};
use keyrite::x509::signature::SignatureValue;

use keyrite::x509::verify::VerifyError;

use super::der::{bits, oid, sequence, set, tlv};
use super::software::SoftwareKey;

const EXTENSION_REQUEST: &str = "2a864886f70d01090e";
const CHALLENGE_PASSWORD: &str = "2a864886f70d010907";
const FRIENDLY_NAME: &str = "2a864886f70d010914";
const MICROSOFT: &str = "2b06010401823702010e";
const SUBJECT_ALT_NAME: &str = "551d11";
const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);

/// The parts of a request, each free to be wrong; the signature is always right.
struct Request {
    version: Vec<u8>,
    subject: Vec<u8>,
    key: Vec<u8>,
    attributes: Vec<u8>,
}

impl Request {
    fn sound() -> Self {
        let subject: keyrite::x509::name::Name = "CN=www.example.test".parse().unwrap();
        Self {
            version: vec![0x02, 0x01, 0x00],
            subject: subject.as_der().to_vec(),
            key: SoftwareKey::load("leaf-p256").public_key().as_der().to_vec(),
            attributes: tlv(0xa0, &[]),
        }
    }

    fn with_attributes(attributes: &[Vec<u8>]) -> Self {
        Self { attributes: tlv(0xa0, &attributes.concat()), ..Self::sound() }
    }

    fn with_extensions(extensions: &[Vec<u8>]) -> Self {
        Self::with_attributes(&[attribute(EXTENSION_REQUEST, &[&sequence(&[&extensions.concat()])])])
    }

    fn der(&self) -> Vec<u8> {
        let info = sequence(&[&self.version, &self.subject, &self.key, &self.attributes]);
        let key = SoftwareKey::load("leaf-p256");
        let raw = key.raw_signature(ALGORITHM, &info);
        let value = SignatureValue::from_token(key.public_key(), ALGORITHM, &raw).unwrap();
        sequence(&[&info, ALGORITHM.identifier_der(), &bits(value.as_bytes())])
    }

    fn read(&self) -> Result<Csr, CsrError> {
        Csr::parse(&self.der())
    }
}

fn attribute(kind: &str, values: &[&[u8]]) -> Vec<u8> {
    sequence(&[&oid(kind), &set(values)])
}

fn alt_name(critical: &[u8]) -> Vec<u8> {
    sequence(&[&oid(SUBJECT_ALT_NAME), critical, &tlv(0x04, &sequence(&[&tlv(0x82, b"www.example.test")]))])
}

#[test]
fn requests_of_other_programs_are_accepted_or_refused_for_their_one_fault() {
    let expected = [
        ("ec-compressed-point.pem", "the EC point is not a point of P-256 in uncompressed form"),
        ("ec-explicit-parameters.pem", "unsupported public key algorithm"),
        ("ec-secp256k1.pem", "unsupported public key algorithm"),
        ("ecdsa-sha1.pem", "unsupported signature algorithm: ECDSA with SHA-1, which is broken"),
        ("good-challenge-password.pem", ""),
        ("good-ed25519.pem", ""),
        ("good-ed448.pem", ""),
        ("good-gnutls.pem", ""),
        ("good-ml-dsa-44.pem", ""),
        ("good-ml-dsa-65.pem", ""),
        ("good-ml-dsa-87.pem", ""),
        ("good-openssl.pem", ""),
        ("good-rsa-8192.pem", ""),
        ("good-rsa-pss-sha256.pem", ""),
        ("good-rsa-pss-sha384.pem", ""),
        ("good-rsa-pss-sha512.pem", ""),
        ("good-slh-dsa-sha2-128s.pem", ""),
        ("good-slh-dsa-sha2-192s.pem", ""),
        ("good-slh-dsa-sha2-256s.pem", ""),
        ("good-slh-dsa-shake-128s.pem", ""),
        ("good-slh-dsa-shake-192s.pem", ""),
        ("good-slh-dsa-shake-256f.pem", ""),
        ("good-slh-dsa-shake-256s.pem", ""),
        ("rsa-1024.pem", "RSA modulus of 1024 bits, wanted 2048 to 8192 in steps of 8"),
        ("rsa-e3.pem", "RSA public exponent 0x03, wanted an odd number from 0x10001 to 2^256 - 1"),
        ("rsa-md5.pem", "unsupported signature algorithm: RSA with MD5, which is broken"),
        (
            "rsa-pss-key.pem",
            "the RSA key is named by id-RSASSA-PSS, wanted rsaEncryption with NULL (BR 7.1.3.1.1)",
        ),
        (
            "rsa-pss-mgf1.pem",
            "unsupported signature algorithm: RSASSA-PSS with SHA-256 and MGF1 with SHA-512, \
             wanted MGF1 with SHA-256 (BR 7.1.3.2.1)",
        ),
        (
            "rsa-pss-salt.pem",
            "unsupported signature algorithm: RSASSA-PSS with SHA-256 and a salt of 222 octets, \
             wanted 32 (BR 7.1.3.2.1)",
        ),
        (
            "rsa-pss-sha224.pem",
            "unsupported signature algorithm: RSASSA-PSS with SHA-224, wanted SHA-256, SHA-384 or SHA-512",
        ),
        ("rsa-sha1.pem", "unsupported signature algorithm: RSA with SHA-1, which is broken"),
    ];
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/requests");
    let mut found: Vec<String> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    found.sort();
    assert_eq!(found, expected.map(|(name, _)| name), "a file without an expectation, or the reverse");
    for (name, wanted) in expected {
        let read = Csr::parse(&std::fs::read(directory.join(name)).unwrap());
        match read {
            Ok(csr) => {
                assert_eq!(wanted, "", "{name} was accepted");
                assert!(csr.clone().prove().is_ok() && csr.clone().prove_twice().is_ok(), "{name}");
                let algorithm = csr.public_key().algorithm();
                let refused = Err(VerifyError::Signature { key: algorithm });
                let name_in = |der: &[u8]| der.windows(16).position(|octets| octets == b"www.example.test");
                let places = [name_in(csr.as_der()).unwrap_or(40), csr.as_der().len() - 20];
                for place in places {
                    let mut tampered = csr.as_der().to_vec();
                    tampered[place] ^= 0x01;
                    let tampered = Csr::from_der(&tampered).unwrap();
                    assert_eq!(tampered.clone().prove().map(drop), refused, "{name} octet {place}");
                    assert_eq!(tampered.prove_twice().map(drop), refused, "{name} octet {place}");
                }
            }
            Err(error) => {
                assert!(!wanted.is_empty() && error.to_string().starts_with(wanted), "{name}: {error}");
            }
        }
    }
}

#[test]
fn what_openssl_asked_for_is_read() {
    let path = format!("{}/tests/vectors/requests/good-openssl.pem", env!("CARGO_MANIFEST_DIR"));
    let csr = Csr::parse(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(csr.subject().to_string(), "C=AT,O=Example,CN=www.example.test");
    let shown: Vec<String> = csr.extensions().iter().map(|extension| extension.value.to_string()).collect();
    let names = "dns:www.example.test, ip:192.0.2.1, email:a@example.test, uri:https://example.test/";
    assert_eq!(shown, [names, "digitalSignature", "serverAuth"]);
    assert_eq!(csr.extensions()[1].value, Value::KeyUsage(KeyUsage::DIGITAL_SIGNATURE));
    assert_eq!(csr.extensions()[2].value, Value::ExtKeyUsage(ExtKeyUsage(vec![purpose::SERVER_AUTH])));
    assert_eq!(csr.extensions().iter().map(|one| one.critical).collect::<Vec<_>>(), [false, true, false]);
    let path = format!("{}/tests/vectors/requests/good-challenge-password.pem", env!("CARGO_MANIFEST_DIR"));
    let csr = Csr::parse(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(csr.ignored_attributes(), ["challengePassword", "unstructuredName"]);
}

#[test]
fn possession_is_proven_over_the_octets_as_they_came() {
    // SET OF in an order that DER does not allow: the signature is over these octets, not over sorted ones.
    let password = attribute(CHALLENGE_PASSWORD, &[&tlv(0x0c, b"secret")]);
    let extensions = attribute(EXTENSION_REQUEST, &[&sequence(&[&alt_name(&[])])]);
    for attributes in [[password.clone(), extensions.clone()], [extensions, password]] {
        let csr = Request::with_attributes(&attributes).read().unwrap();
        assert_eq!(csr.extensions().len(), 1);
        assert!(csr.prove_twice().is_ok());
    }
    let none = Request { attributes: vec![], ..Request::sound() };
    assert!(none.read().unwrap().prove().is_ok(), "no attributes field");
}

#[test]
fn a_request_with_another_signature_is_not_proven() {
    let good = Request::sound().der();
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(Csr::parse(&flipped).unwrap().prove().is_err());
    // The subject changed after signing.
    let at = good.windows(3).position(|window| window == b"www").unwrap();
    let mut renamed = good.clone();
    renamed[at] = b'x';
    assert!(Csr::parse(&renamed).unwrap().prove().is_err());
    // Another key put in place of the one that signed.
    let other =
        Request { key: SoftwareKey::load("ec-p256").public_key().as_der().to_vec(), ..Request::sound() };
    assert!(other.read().unwrap().prove_twice().is_err());
    let rsa =
        Request { key: SoftwareKey::load("rsa-2048").public_key().as_der().to_vec(), ..Request::sound() };
    assert!(rsa.read().unwrap().prove().is_err());
}

#[test]
fn what_der_forbids_is_refused_in_requested_extensions() {
    let sound = Request::with_extensions(&[alt_name(&[0x01, 0x01, 0xff])]).read().unwrap();
    assert!(sound.extensions()[0].critical);
    for octets in [[0x01, 0x01, 0x01], [0x01, 0x01, 0x00]] {
        let found = Request::with_extensions(&[alt_name(&octets)]).read();
        assert_eq!(
            found,
            Err(CsrError::Criticality { extension: "subjectAltName".to_owned() }),
            "{octets:?}"
        );
    }
    let found = Request::with_extensions(&[alt_name(&[0x01, 0x02, 0xff, 0xff])]).read();
    assert!(
        matches!(&found, Err(CsrError::Attribute { attribute, .. }) if attribute == "extensionRequest"),
        "{found:?}"
    );
    let twice = Request::with_extensions(&[alt_name(&[]), alt_name(&[])]).read();
    assert_eq!(twice, Err(CsrError::DuplicateExtension { extension: "subjectAltName".to_owned() }));
}

#[test]
fn attributes_stand_once_with_one_value() {
    let password = attribute(CHALLENGE_PASSWORD, &[&tlv(0x0c, b"secret")]);
    let found = Request::with_attributes(&[password.clone(), password]).read();
    assert_eq!(found, Err(CsrError::DuplicateAttribute { attribute: "challengePassword".to_owned() }));
    let extensions = sequence(&[&alt_name(&[])]);
    for values in [&[][..], &[&extensions[..], &extensions]] {
        let found = Request::with_attributes(&[attribute(EXTENSION_REQUEST, values)]).read();
        assert_eq!(found, Err(CsrError::AttributeValues { attribute: "extensionRequest".to_owned() }));
    }
    let friendly = attribute(FRIENDLY_NAME, &[&tlv(0x1e, &[0, b'a']), &tlv(0x1e, &[0, b'b'])]);
    let found = Request::with_attributes(&[friendly]).read().unwrap_err();
    assert_eq!(found.to_string(), "attribute friendlyName does not have exactly one value");
    let many: Vec<Vec<u8>> = (0..33).map(|n| attribute(&format!("2a03{n:02x}"), &[&[5, 0]])).collect();
    assert!(Request::with_attributes(&many[1..]).read().is_ok());
    assert_eq!(Request::with_attributes(&many).read(), Err(CsrError::Attributes));
}

/// Windows asks under a number of its own (MS-WCCE s.2.2.2.7.7); what it tells of itself is named and passed over.
#[test]
fn the_extensions_of_windows_are_a_second_spelling_of_extension_request() {
    let value = sequence(&[&alt_name(&[])]);
    let other = sequence(&[&alt_name(&[0x01, 0x01, 0xff])]);
    let (pkcs9, windows) = (attribute(EXTENSION_REQUEST, &[&value]), attribute(MICROSOFT, &[&value]));
    let usual = Request::with_attributes(std::slice::from_ref(&pkcs9)).read().unwrap();
    for attributes in
        [vec![windows.clone()], vec![pkcs9.clone(), windows.clone()], vec![windows, pkcs9.clone()]]
    {
        let csr = Request::with_attributes(&attributes).read().unwrap();
        assert_eq!(csr.extensions(), usual.extensions());
        assert!(csr.ignored_attributes().is_empty());
    }
    let found = Request::with_attributes(&[pkcs9, attribute(MICROSOFT, &[&other])]).read().unwrap_err();
    assert_eq!(
        found.to_string(),
        "attributes extensionRequest and Microsoft certificate extensions ask for different extensions, wanted one \
         request"
    );
    let twice =
        Request::with_attributes(&[attribute(MICROSOFT, &[&sequence(&[&alt_name(&[]), &alt_name(&[])])])]);
    assert_eq!(twice.read(), Err(CsrError::DuplicateExtension { extension: "subjectAltName".to_owned() }));
    let version = attribute("2b0601040182370d0203", &[&tlv(0x16, b"10.0.19045.2")]);
    let csp = attribute("2b0601040182370d0202", &[&sequence(&[])]);
    let client = attribute("2b0601040182371514", &[&sequence(&[])]);
    let csr = Request::with_attributes(&[version, csp, client]).read().unwrap();
    let names = ["Microsoft OS version", "Microsoft enrolment CSP", "Microsoft client information"];
    assert_eq!(csr.ignored_attributes(), names);
}

#[test]
fn a_malformed_attribute_is_named() {
    let text =
        |attributes: Vec<Vec<u8>>| Request::with_attributes(&attributes).read().unwrap_err().to_string();
    let good = attribute(CHALLENGE_PASSWORD, &[&tlv(0x0c, b"secret")]);
    let begins = |found: String, wanted: &str| assert!(found.starts_with(wanted), "{found}");
    let kind = oid(FRIENDLY_NAME);
    begins(text(vec![good.clone(), tlv(0x04, b"x")]), "attribute number 2 is not well-formed: ");
    begins(text(vec![good, sequence(&[&set(&[])])]), "attribute number 2 is not well-formed: ");
    begins(text(vec![sequence(&[&kind])]), "attribute friendlyName is not well-formed: ");
    begins(text(vec![sequence(&[&kind, &sequence(&[])])]), "attribute friendlyName is not well-formed: ");
    begins(text(vec![sequence(&[&kind, &set(&[]), &[5, 0]])]), "attribute friendlyName is not well-formed: ");
    begins(
        text(vec![attribute(MICROSOFT, &[&[5, 0]])]),
        "attribute Microsoft certificate extensions is not well-formed: ",
    );
}

#[test]
fn the_structure_is_held_to_rfc_2986() {
    for (version, found) in [([0x02, 0x01, 0x01], "01"), ([0x02, 0x01, 0x02], "02")] {
        let request = Request { version: version.to_vec(), ..Request::sound() };
        assert_eq!(request.read(), Err(CsrError::Version { found: found.to_owned() }));
    }
    let padded = Request { version: vec![0x02, 0x02, 0x00, 0x00], ..Request::sound() };
    assert!(padded.read().is_err(), "version 0 in two octets");
    for (what, request) in [
        ("attributes in a SET without its tag", Request { attributes: set(&[]), ..Request::sound() }),
        ("something after the attributes", {
            Request { attributes: [tlv(0xa0, &[]), vec![0x05, 0x00]].concat(), ..Request::sound() }
        }),
        ("a subject that is no name", Request { subject: tlv(0x31, &[]), ..Request::sound() }),
        ("an indefinite length", Request { attributes: vec![0xa0, 0x80, 0, 0], ..Request::sound() }),
    ] {
        assert!(request.read().is_err(), "{what}");
    }
    let good = Request::sound().der();
    assert!(Csr::parse(&good).is_ok());
    assert!(Csr::parse(&[&good[..], &[0]].concat()).is_err(), "octets after the end");
    assert!(Csr::parse(&good[..good.len() - 1]).is_err(), "cut short");
    let long_form = [&[0x30, 0x83, 0x00], &good[2..]].concat();
    assert!(Csr::parse(&long_form).is_err(), "a length that is not minimal");
}

#[test]
fn size_depth_and_the_number_of_names_are_bounded() {
    let password = |octets: usize| attribute(CHALLENGE_PASSWORD, &[&tlv(0x0c, &vec![b'x'; octets])]);
    assert!(Request::with_attributes(&[password(60_000)]).read().is_ok());
    let large = [Request::sound().der(), vec![0; limits::REQUEST_OCTETS]].concat();
    assert!(matches!(Csr::parse(&large), Err(CsrError::Limit(LimitError::Size { .. }))));
    assert!(matches!(Csr::parse(&vec![b'-'; 1 << 20]), Err(CsrError::Limit(LimitError::Size { .. }))));

    let nested = (0..40).fold(vec![0x05, 0x00], |inner, _| sequence(&[&inner]));
    let deep = Request::with_attributes(&[attribute("2a03", &[&nested])]).read();
    assert_eq!(deep, Err(CsrError::Limit(LimitError::Depth)));

    let names = |count: usize| {
        let name = tlv(0x82, b"a.example.test");
        let value = tlv(0x04, &sequence(&[&name.repeat(count)]));
        Request::with_extensions(&[sequence(&[&oid(SUBJECT_ALT_NAME), &value])]).read()
    };
    assert!(names(limits::ALT_NAMES).is_ok());
    assert_eq!(names(limits::ALT_NAMES + 1), Err(CsrError::AltNames { found: limits::ALT_NAMES + 1 }));
}
