//! The fuzz targets: one function for each thing that is read from outside, and what must hold for any octets.
//!
//! The same functions serve the short run of `cargo test` and the campaigns of `softhsm-setup/fuzz.sh`. A target
//! panics when something does not hold; that no code of keyrite panics is only the first of these things.

use keyrite::config::HomeConfig;
use keyrite::lint::{self, IssuerFacts, Report};
use keyrite::migrate::openssl::cnf::{CaSection, Cnf, Included, Surroundings, Wanted, profile as converted};
use keyrite::policy::Profile;
use keyrite::token::uri::Pkcs11Uri;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::csr::Csr;
use keyrite::x509::extension::{Extension, NameConstraints, SubjectAltName, Subtree, Value, oid};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::{Name, NameSyntaxError};
use keyrite::x509::ocsp::{OcspRequest, OcspResponse};
use keyrite::x509::pem;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::standard::Standard;
use keyrite::x509::suspicion::Suspicion;
use keyrite::x509::time::{Duration, Time};

use crate::invariant::{fault, shown, sound};
use crate::{safe_text, ssh, transparency};

/// One target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// What it is called on the command line, and the directory of its corpus.
    pub(crate) name: &'static str,
    /// What it does with some octets.
    pub(crate) run: fn(&[u8]),
    /// The most octets that a campaign gives it: beyond, nothing new is found, only later.
    pub(crate) most: usize,
}

/// Every target.
pub(crate) const TARGETS: [Target; 18] = [
    Target { name: "request", run: request, most: 2048 },
    Target { name: "certificate", run: certificate, most: 2048 },
    Target { name: "crl", run: crl, most: 2048 },
    Target { name: "ocsp", run: ocsp, most: 2048 },
    Target { name: "ocsp-request", run: ocsp_request, most: 1024 },
    Target { name: "lint", run: lint, most: 2048 },
    Target { name: "general-name", run: general_name, most: 512 },
    Target { name: "name", run: name, most: 512 },
    Target { name: "time", run: time, most: 64 },
    Target { name: "uri", run: uri, most: 512 },
    Target { name: "profile", run: profile, most: 2048 },
    Target { name: "configuration", run: configuration, most: 2048 },
    Target { name: "openssl-cnf", run: openssl_cnf, most: 2048 },
    Target { name: "text", run: text, most: 512 },
    Target { name: "note", run: transparency::note, most: 2048 },
    Target { name: "proof", run: transparency::proof, most: 2048 },
    Target { name: "evidence", run: transparency::evidence, most: 8192 },
    Target { name: "ssh-signature", run: ssh::signature, most: 4096 },
];

/// Surroundings in which every variable has a value, and every file that is included is its own name.
struct Echo;

impl Surroundings for Echo {
    fn variable(&self, name: &str) -> Option<Vec<u8>> {
        (!name.is_empty()).then(|| name.as_bytes().to_vec())
    }

    fn include(&mut self, path: &str) -> Included {
        match path.len() % 3 {
            0 => Included::File(path.as_bytes().to_vec()),
            1 => Included::Directory(vec![("a.cnf".to_owned(), path.as_bytes().to_vec())]),
            _ => Included::Missing("it is not there".to_owned()),
        }
    }
}

/// A configuration of `openssl ca`, with some section taken for a CA's and its last ones for extensions.
fn openssl_cnf(octets: &[u8]) {
    let cnf = match Cnf::read("x.cnf", octets, &mut Echo) {
        Ok(cnf) => cnf,
        Err(error) => return fault(&error),
    };
    let sections = cnf.sections();
    let name = sections[octets.len() % sections.len()].name();
    let ca = CaSection::read(&cnf, Some(name)).expect("the section is there");
    ca.not_understood.iter().for_each(|note| sound(&note.to_string()));
    // One of its last two, the same one in every run: each of them would be converted from the beginning.
    for extensions in sections.iter().rev().skip(octets.len() % 2).take(1) {
        let wanted = Wanted {
            ca: &ca,
            extensions: Some(extensions.name()),
            extension_file: None,
            self_signed: octets.len().is_multiple_of(5),
            certificate: None,
            validity: "1d".parse().ok(),
        };
        let converted = converted(&cnf, &wanted).expect("there is a section and a validity");
        converted.notes.iter().for_each(|note| sound(&note.to_string()));
        assert!(converted.toml.parse::<toml::Table>().is_ok(), "{}", converted.toml);
    }
}

/// A certification request in DER or PEM.
fn request(octets: &[u8]) {
    let csr = match Csr::from_der(octets) {
        Ok(csr) => csr,
        Err(error) => {
            fault(&error);
            if let Err(error) = Csr::parse(octets) {
                fault(&error);
            }
            return;
        }
    };
    assert_eq!(csr.as_der(), octets, "the request is carried verbatim");
    assert_eq!(Csr::parse(pem::encode("CERTIFICATE REQUEST", octets).as_bytes()).as_ref(), Ok(&csr));
    directory_name(csr.subject());
    public_key(csr.public_key());
    extensions(csr.extensions());
    csr.ignored_attributes().iter().for_each(|name| sound(name));
}

/// A certificate in DER or PEM.
fn certificate(octets: &[u8]) {
    let certificate = match Certificate::from_der(octets) {
        Ok(certificate) => certificate,
        Err(error) => {
            fault(&error);
            if let Err(error) = Certificate::read(octets) {
                fault(&error);
            }
            return;
        }
    };
    assert_eq!(certificate.as_der(), octets, "the certificate is carried verbatim");
    assert!(octets.windows(certificate.tbs_der().len()).any(|part| part == certificate.tbs_der()));
    directory_name(certificate.subject());
    directory_name(certificate.issuer());
    serial(certificate.serial());
    instant(certificate.not_before());
    instant(certificate.not_after());
    match certificate.public_key() {
        Ok(key) => {
            assert_eq!(key.as_der(), certificate.spki_der());
            public_key(&key);
        }
        Err(error) => fault(&error),
    }
    if let Err(error) = certificate.signature_algorithm() {
        fault(&error);
    }
    extensions(certificate.extensions());
    if let Ok(facts) = IssuerFacts::of(&certificate) {
        reported(&lint::inspect_certificate(octets, Some(&facts), None, &Standard::ALL));
    }
}

/// A CRL in DER or PEM.
fn crl(octets: &[u8]) {
    let crl = match Crl::from_der(octets) {
        Ok(crl) => crl,
        Err(error) => {
            fault(&error);
            if let Err(error) = Crl::read(octets) {
                fault(&error);
            }
            return;
        }
    };
    assert_eq!(crl.as_der(), octets, "the CRL is carried verbatim");
    directory_name(crl.issuer());
    instant(crl.this_update());
    crl.next_update().into_iter().for_each(instant);
    for entry in crl.revoked() {
        serial(&entry.serial);
        instant(entry.revocation_date);
        entry.invalidity_date.into_iter().for_each(instant);
        entry.reason.into_iter().for_each(|reason| sound(&reason.to_string()));
    }
    crl.number().into_iter().for_each(|number| sound(&number.to_string()));
    extensions(crl.extensions());
}

/// An OCSP response.
fn ocsp(octets: &[u8]) {
    reported(&lint::inspect_ocsp(octets, None, &Standard::ALL));
    match OcspResponse::from_der(octets) {
        Err(error) => fault(&error),
        Ok(response) => {
            assert_eq!(response.as_der(), octets, "the response is carried verbatim");
            assert_eq!(OcspResponse::read(octets), Ok(response.clone()));
            for answer in response.basic().iter().flat_map(|basic| &basic.data.answers) {
                sound(&answer.status.to_string());
            }
        }
    }
}

/// What a client asks a responder.
fn ocsp_request(octets: &[u8]) {
    let request = match OcspRequest::from_der(octets) {
        Ok(request) => request,
        Err(error) => return fault(&error),
    };
    assert!(!request.certificates.is_empty() && request.certificates.len() <= 32);
    assert!(request.nonce.as_ref().is_none_or(|nonce| (1..=128).contains(&nonce.len())));
    for certificate in &request.certificates {
        // The plain request about it reads back, and its name is one of a file.
        let plain = OcspRequest::plain(certificate).expect("what was read can be written");
        let read = OcspRequest::from_der(&plain).expect("what was written can be read");
        assert_eq!(read.certificates, std::slice::from_ref(certificate));
        assert!(read.nonce.is_none() && read.extensions.is_empty() && !read.is_signed);
        let name = OcspRequest::name(certificate).expect("what can be written has a name");
        assert!(name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+/=".contains(&octet)), "{name}");
    }
}

/// The lint of any octets as any kind of object.
fn lint(octets: &[u8]) {
    for report in [
        lint::inspect_certificate(octets, None, None, &Standard::ALL),
        lint::inspect_crl(octets, None, &Standard::ALL),
        lint::inspect_request(octets, &Standard::ALL),
    ] {
        reported(&report);
    }
}

/// Names of subjectAltName and subtrees of nameConstraints, as an extension has them and as people write them.
fn general_name(octets: &[u8]) {
    if octets.first() == Some(&0x30) {
        for oid in [oid::SUBJECT_ALT_NAME, oid::NAME_CONSTRAINTS, oid::CRL_DISTRIBUTION_POINTS] {
            extensions(&[Extension { critical: false, value: Value::from_der(oid, octets) }]);
        }
        return;
    }
    let Ok(text) = std::str::from_utf8(octets) else { return };
    match text.parse::<GeneralName>() {
        Ok(name) => {
            assert_eq!(name.fault(), None, "{text:?}");
            suspected(&Suspicion::of_general_name(&name));
            // The texts of subtrees and general names differ in case only where case does not matter. A value in a
            // directory name that was given as DER may print as text: see `name`.
            let printed = name.to_string();
            sound(&printed);
            match (&name, printed.parse()) {
                (GeneralName::Directory(found), Ok(GeneralName::Directory(again))) => {
                    assert!(again.reads_as(found), "{text:?} printed as {printed:?}");
                }
                (GeneralName::Directory(_), Err(_)) if text.contains('#') => {}
                (name, again) => assert_eq!(again.as_ref(), Ok(name), "{text:?} printed as {printed:?}"),
            }
            let value = Value::SubjectAltName(SubjectAltName(vec![name]));
            round(&value);
        }
        Err(error) => fault(&error),
    }
    match text.parse::<Subtree>() {
        Ok(subtree) => {
            let printed = subtree.to_string();
            shown(&printed);
            match (&subtree, printed.parse()) {
                (Subtree::Directory(found), Ok(Subtree::Directory(again))) => {
                    assert!(again.reads_as(found), "{text:?} printed as {printed:?}");
                }
                (Subtree::Directory(_), Err(_)) if text.contains('#') => {}
                (subtree, again) => {
                    assert_eq!(again.as_ref(), Ok(subtree), "{text:?} printed as {printed:?}");
                }
            }
            round(&Value::NameConstraints(NameConstraints { permitted: vec![subtree], excluded: vec![] }));
        }
        Err(error) => fault(&error),
    }
}

/// A distinguished name as people write it, and as certificates carry it.
fn name(octets: &[u8]) {
    if let Ok(found) = Name::from_der(octets) {
        assert_eq!(found.as_der(), octets, "the name is carried verbatim");
        directory_name(&found);
        return;
    }
    let Ok(text) = std::str::from_utf8(octets) else { return };
    match text.parse::<Name>() {
        Ok(found) => {
            directory_name(&found);
            let printed = found.to_string();
            // A value that was given as DER may print as text, and then reads as a UTF8String, or as nothing where
            // its attribute is of ASCII alone: people still have to see what it says.
            let again: Name = match printed.parse() {
                Ok(again) => again,
                Err(NameSyntaxError::Value { .. }) if text.contains('#') => return,
                Err(error) => panic!("{text:?}: {printed:?}: {error}"),
            };
            let texts = |name: &Name| -> Vec<_> {
                name.attributes().iter().map(|each| (each.oid, each.rdn, each.text())).collect()
            };
            assert_eq!(texts(&again).len(), texts(&found).len(), "{text:?} printed as {printed:?}");
            assert!(again.reads_as(&found), "{text:?} printed as {printed:?}");
            assert_eq!(Name::from_der(found.as_der()).as_ref(), Ok(&found));
        }
        Err(error) => fault(&error),
    }
}

/// An instant or a length of time.
fn time(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    match text.parse::<Time>() {
        Ok(time) => instant(time),
        Err(error) => fault(&error),
    }
    match text.parse::<Duration>() {
        Ok(duration) => {
            let printed = duration.to_string();
            sound(&printed);
            assert_eq!(printed.parse(), Ok(duration), "{text:?} printed as {printed:?}");
            for seconds in [0, 951_782_400, 1_795_219_200, Time::NO_EXPIRATION.to_unix()] {
                let Ok(start) = Time::from_unix(seconds) else { continue };
                match (duration.after(start), duration.last_second_from(start)) {
                    (Ok(end), Ok(last)) => {
                        assert!(end > start, "{text:?} after {start}");
                        assert_eq!(end.to_unix() - last.to_unix(), 1);
                        instant(end);
                    }
                    (Err(error), Err(_)) => fault(&error),
                    (end, last) => panic!("{text:?} from {start}: {end:?} and {last:?}"),
                }
            }
        }
        Err(error) => fault(&error),
    }
}

/// A PKCS#11 URI.
fn uri(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    match Pkcs11Uri::parse(text) {
        Ok(uri) => {
            let printed = uri.to_string();
            assert!(printed.bytes().all(|octet| octet.is_ascii_graphic()), "{printed:?}");
            assert_eq!(Pkcs11Uri::parse(&printed).as_ref(), Ok(&uri), "{text:?} printed as {printed:?}");
            assert!(!printed.contains("?pin-value=") && !printed.contains("&pin-value="), "{printed:?}");
            assert!(!uri.without_object().names_object());
            let bare = uri.without_query();
            assert_eq!(Pkcs11Uri::parse(&bare.to_string()).as_ref(), Ok(&bare));
        }
        Err(error) => {
            fault(&error);
            error.hint().into_iter().for_each(|hint| sound(&hint));
        }
    }
}

/// A profile in TOML.
fn profile(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    match Profile::parse("fuzz", text) {
        Ok(profile) => {
            shown(profile.description());
            let rows = profile.rows();
            assert!(rows.len() > 5);
            for row in &rows {
                sound(&row.key);
                sound(&row.value);
            }
            let again = Profile::parse("fuzz", text);
            assert_eq!(again.as_ref(), Ok(&profile), "the same text is the same profile");
            assert_eq!(again.map(|again| again.sha256()), Ok(profile.sha256()));
        }
        Err(problems) => {
            assert!(!problems.as_slice().is_empty());
            problems.as_slice().iter().for_each(|problem| sound(&problem.to_string()));
        }
    }
}

/// `keyrite.toml`.
fn configuration(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    match HomeConfig::parse(text) {
        Ok(home) => {
            for (name, ca) in home.cas() {
                shown(name);
                assert!(ca.next_update().after(Time::from_unix(0).expect("1970 is in range")).is_ok());
            }
        }
        Err(problems) => {
            assert!(!problems.as_slice().is_empty());
            problems.as_slice().iter().for_each(|problem| sound(&problem.to_string()));
        }
    }
}

/// Text on its way to the terminal, as a value, a line, a row of a narrow page, and JSON.
fn text(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    shown(&text);
    let ascii = safe_text::ascii(&text);
    assert!(ascii.bytes().all(|octet| (b' '..=b'~').contains(&octet)));
    let json = safe_text::json(&text).expect("every text is JSON");
    assert!(json.trim_end().bytes().all(|octet| (b' '..=b'~').contains(&octet)));
    assert_eq!(serde_json::from_str::<String>(&json).ok().as_deref(), Some(&*text));
}

fn reported(report: &Report) {
    for finding in &report.findings {
        let line = finding.to_string();
        assert!(line.bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{line:?}");
        assert!(line.len() <= 4096, "{} octets: {line:?}", line.len());
    }
}

fn directory_name(name: &Name) {
    suspected(&Suspicion::of_name("subject", name));
    shown(&name.to_string());
    let attributes = name.attributes();
    assert_eq!(attributes.is_empty(), name.is_empty());
    let again = Name::from_attributes(&attributes).expect("what was read can be written");
    // A SET that was not sorted is sorted when it is written anew; everything else stays.
    assert_eq!(again.as_der().len(), name.as_der().len(), "{name}");
    assert!(name.reads_as(name));
}

/// What is said about likenesses says something, and never that a name is read as itself.
fn suspected(suspicions: &[Suspicion]) {
    for suspicion in suspicions {
        sound(&suspicion.to_string());
        assert!(!suspicion.text.is_ascii() && !suspicion.scripts.is_empty(), "{suspicion:?}");
        assert_ne!(suspicion.reads_as.as_ref(), Some(&suspicion.text));
    }
}

fn public_key(key: &PublicKey) {
    assert_eq!(PublicKey::from_spki_der(key.as_der()).as_ref(), Ok(key));
    sound(&key.algorithm().to_string());
}

fn extensions(extensions: &[Extension]) {
    for extension in extensions {
        shown(&extension.value.to_string());
        sound(&extension.value.name());
        round(&extension.value);
        assert!(extension.to_der().is_ok());
    }
}

/// A value encodes, and what it encodes to reads as the same value.
fn round(value: &Value) {
    let der = value.to_der().unwrap_or_else(|error| panic!("{value}: {error}"));
    assert_eq!(&Value::from_der(value.oid(), &der), value);
}

fn serial(serial: &SerialNumber) {
    let printed = serial.to_string();
    sound(&printed);
    assert_eq!(printed.parse().as_ref(), Ok(serial));
}

fn instant(time: Time) {
    let printed = time.to_string();
    sound(&printed);
    assert_eq!(printed.parse(), Ok(time), "{printed:?}");
    assert_eq!(time.to_x509().and_then(Time::from_x509), Ok(time), "{printed:?}");
}
