//! The proof: `openssl ca` and keyrite issue for one request, and what differs is what the notes tell.

use std::collections::BTreeMap;
use std::path::Path;

use keyrite::migrate::openssl::cnf::{CaSection, Converted, Note, Wanted, profile};
use keyrite::policy::{
    Approved, IssuanceRequest, IssuerView, KeyRecord, Places, Profile, Refusal, SubjectKey, decide,
};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::csr::Csr;
use keyrite::x509::extension::name_of;
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::time::Time;

use super::oracle::{done, openssl, read, write};
use super::tutorials;

/// A CA of `openssl ca` in a directory, with a request for each kind of key.
pub(crate) struct Place {
    directory: tempfile::TempDir,
}

const SUBJECT: &str = "/C=AT/ST=Vienna/O=Example/CN=Example CA";

impl Place {
    pub(crate) fn new(text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = Self { directory };
        write(place.path(), "openssl.cnf", text);
        std::fs::create_dir(place.path().join("newcerts")).unwrap();
        write(place.path(), "index.txt", "");
        write(place.path(), "index.txt.attr", "unique_subject = no\n");
        write(place.path(), "serial", "1000\n");
        write(
            place.path(),
            "root.cnf",
            "[req]\ndistinguished_name = dn\n[dn]\n[ca]\nbasicConstraints = critical, CA:TRUE\nsubjectKeyIdentifier = hash\n\
             keyUsage = critical, keyCertSign, cRLSign, digitalSignature\n",
        );
        let new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "root.cnf"];
        let root = [
            "-x509",
            "-extensions",
            "ca",
            "-days",
            "3650",
            "-subj",
            SUBJECT,
            "-utf8",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ];
        done(place.path(), &[&["req"], &new[..], &root].concat());
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Makes `r.csr`, which asks for more than anybody should give.
    fn request(&self, rsa: bool, extensions: &[&str]) {
        self.request_for("/C=AT/ST=Vienna/O=Example/CN=www.example.test", rsa, extensions);
    }

    fn request_for(&self, subject: &str, rsa: bool, extensions: &[&str]) {
        let key: &[&str] = if rsa {
            &["-newkey", "rsa:2048"]
        } else {
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        };
        let mut arguments = vec![
            "req", "-new", "-nodes", "-config", "root.cnf", "-utf8", "-keyout", "r.key", "-out", "r.csr",
        ];
        arguments.extend(key);
        arguments.extend(["-subj", subject]);
        for extension in extensions {
            arguments.extend(["-addext", extension]);
        }
        done(self.path(), &arguments);
    }

    fn certificate(&self, name: &str) -> Certificate {
        Certificate::read(&std::fs::read(self.path().join(name)).unwrap()).unwrap()
    }

    /// What `openssl ca` issues.
    fn theirs(&self, extra: &[&str]) -> Certificate {
        self.try_theirs(extra).unwrap_or_else(|said| panic!("openssl ca: {said}"))
    }

    fn try_theirs(&self, extra: &[&str]) -> Result<Certificate, String> {
        let fixed =
            ["ca", "-batch", "-notext", "-config", "openssl.cnf", "-in", "r.csr", "-out", "theirs.pem"];
        let (ok, said) = openssl(self.path(), &[&fixed[..], extra].concat());
        if ok { Ok(self.certificate("theirs.pem")) } else { Err(said) }
    }

    pub(crate) fn convert(&self, extensions: Option<&str>, extension_file: Option<&str>) -> Converted {
        let cnf = read(self.path(), "openssl.cnf").unwrap();
        let extension_file = extension_file.map(|name| read(self.path(), name).unwrap());
        let ca = CaSection::read(&cnf, None).unwrap();
        let certificate = self.certificate("ca.pem");
        let wanted = Wanted {
            ca: &ca,
            extensions,
            extension_file: extension_file.as_ref(),
            self_signed: false,
            certificate: Some(&certificate),
            validity: None,
        };
        profile(&cnf, &wanted).unwrap()
    }

    /// What keyrite issues by the converted profile: critical and value of each extension, by its name.
    fn ours(
        &self,
        converted: &Converted,
        names: Option<&[&str]>,
    ) -> (String, BTreeMap<String, (bool, Vec<u8>)>) {
        let approved =
            self.try_ours(converted, names).unwrap_or_else(|refusal| panic!("{refusal}\n{}", converted.toml));
        let found = approved.extensions().iter();
        let found = found.map(|one| (one.value.name(), (one.critical, one.value.to_der().unwrap())));
        (approved.subject().to_string(), found.collect())
    }

    fn try_ours(&self, converted: &Converted, names: Option<&[&str]>) -> Result<Approved, Refusal> {
        assert_eq!(converted.problems, None, "{}", converted.toml);
        let rules = Profile::parse("converted", &converted.toml).unwrap();
        let csr = Csr::parse(&std::fs::read(self.path().join("r.csr")).unwrap()).unwrap().prove().unwrap();
        let certificate = self.certificate("ca.pem");
        let issuer = IssuerView {
            name: "ca".to_owned(),
            signature: certificate.signature_algorithm().unwrap(),
            certificate,
            above: Vec::new(),
            revoked: Vec::new(),
            places: Places::default(),
        };
        let names: Option<Vec<GeneralName>> =
            names.map(|names| names.iter().map(|name| name.parse().unwrap()).collect());
        let request = IssuanceRequest {
            profile: &rules,
            requester: "test",
            key: SubjectKey::Request(&csr),
            subject: None,
            alt_names: names,
            not_before: None,
            validity: None,
            ca_keys: &[],
            on_record: KeyRecord::default(),
            overrides: &[],
        };
        let now = issuer.certificate.not_before();
        let now = Time::from_unix(now.to_unix() + 60).unwrap();
        decide(&request, Some(&issuer), now)
    }
}

fn theirs(certificate: &Certificate) -> BTreeMap<String, (bool, Vec<u8>)> {
    let read: x509_cert::Certificate = der::Decode::from_der(certificate.as_der()).unwrap();
    let all = read.tbs_certificate().extensions().cloned().unwrap_or_default();
    all.iter()
        .map(|one| (name_of(&one.extn_id), (one.critical, one.extn_value.as_bytes().to_vec())))
        .collect()
}

/// The name of an extension in a configuration, by its name here.
fn in_configuration(name: &str) -> &str {
    match name {
        "extKeyUsage" => "extendedKeyUsage",
        "cRLDistributionPoints" => "crlDistributionPoints",
        "tlsFeature" => "tlsfeature",
        "ocspNocheck" => "noCheck",
        "netscapeCertType" => "nsCertType",
        "netscapeComment" => "nsComment",
        "1.3.6.1.5.5.7.1.14" => "proxyCertInfo",
        other => other,
    }
}

/// Whether a note tells of an extension: its own line, or what a section is said to have added.
fn told(notes: &[Note], name: &str) -> bool {
    // What is copied from requests has no line but this one.
    let copied = notes.iter().any(|note| note.name == "copy_extensions") && name.starts_with("1.2.3.4");
    if copied {
        return true;
    }
    let name = in_configuration(name);
    notes.iter().any(|note| note.name == name || (note.value.is_none() && note.why.contains(name)))
}

/// What differs between the two certificates, each difference of which a note tells.
fn differences(place: &Place, case: &Case<'_>) -> Vec<String> {
    place.request(case.rsa, case.asked);
    let converted = place.convert(case.section, case.file);
    let mut extra: Vec<&str> = Vec::new();
    if let Some(section) = case.section {
        extra.extend(["-extensions", section]);
    }
    if let Some(file) = case.file {
        extra.extend(["-extfile", file]);
    }
    let issued = place.theirs(&extra);
    let theirs = theirs(&issued);
    let (subject, ours) = place.ours(&converted, case.names);
    assert_eq!(subject, issued.subject().to_string());
    let mut found = Vec::new();
    for name in theirs.keys().chain(ours.keys()).collect::<std::collections::BTreeSet<_>>() {
        let difference = match (theirs.get(name), ours.get(name)) {
            (Some(theirs), Some(ours)) if theirs == ours => continue,
            (Some((critical, value)), Some((other, same))) if value == same => {
                format!("{name}: critical {critical} -> {other}")
            }
            (Some((true, _)), Some((false, _))) => format!("{name}: value, critical true -> false"),
            (Some((false, _)), Some((true, _))) => format!("{name}: value, critical false -> true"),
            (Some(_), Some(_)) => format!("{name}: value"),
            (Some(_), None) => format!("{name}: gone"),
            (None, _) => format!("{name}: added"),
        };
        assert!(told(&converted.notes, name), "no note tells of {difference}\n{}", converted.toml);
        found.push(difference);
    }
    found
}

/// One section of one configuration, and what may differ.
#[derive(Default)]
struct Case<'a> {
    section: Option<&'a str>,
    file: Option<&'a str>,
    rsa: bool,
    asked: &'a [&'a str],
    names: Option<&'a [&'a str]>,
}

fn holds(text: &str, cases: &[(Case<'_>, &[&str])]) {
    let place = Place::new(text);
    for (case, wanted) in cases {
        assert_eq!(differences(&place, case), *wanted, "{:?} {:?}", case.section, case.file);
    }
}

fn section(name: &str) -> Case<'_> {
    Case { section: Some(name), ..Case::default() }
}

const KEY_IDENTIFIER: &str = "subjectKeyIdentifier: value";
const CONSTRAINTS: &str = "basicConstraints: critical false -> true";

#[test]
fn a_tutorials_root_issues_the_same_intermediate() {
    holds(
        &tutorials::root(),
        &[(section("v3_intermediate_ca"), &[KEY_IDENTIFIER]), (section("v3_ca"), &[KEY_IDENTIFIER])],
    );
}

const ISSUER: &str = "authorityKeyIdentifier: value";
const NETSCAPE: [&str; 2] = ["netscapeCertType: gone", "netscapeComment: gone"];

#[test]
fn a_tutorials_intermediate_issues_the_same_but_for_what_is_told() {
    let [kind, comment] = NETSCAPE;
    holds(
        &tutorials::intermediate(),
        &[
            (Case { rsa: true, ..section("usr_cert") }, &[CONSTRAINTS, kind, comment, KEY_IDENTIFIER]),
            (section("usr_cert"), &[CONSTRAINTS, "keyUsage: value", kind, comment, KEY_IDENTIFIER]),
            (
                Case { rsa: true, ..section("server_cert") },
                &[ISSUER, CONSTRAINTS, kind, comment, KEY_IDENTIFIER],
            ),
            (
                section("ocsp"),
                &[CONSTRAINTS, "extKeyUsage: critical true -> false", "ocspNocheck: added", KEY_IDENTIFIER],
            ),
            (section("tsa"), &["keyUsage: value", KEY_IDENTIFIER]),
        ],
    );
}

#[test]
fn what_distributions_ship_issues_the_same_but_for_what_is_told() {
    holds(
        &tutorials::distribution(),
        &[
            (Case::default(), &[CONSTRAINTS, KEY_IDENTIFIER]),
            (Case { rsa: true, ..section("v3_req") }, &[CONSTRAINTS, KEY_IDENTIFIER]),
            (section("v3_ca"), &["keyUsage: added", KEY_IDENTIFIER]),
            (section("proxy_cert_ext"), &["1.3.6.1.5.5.7.1.14: gone", CONSTRAINTS, KEY_IDENTIFIER]),
        ],
    );
}

#[test]
fn everything_that_both_have_is_octet_for_octet_the_same() {
    holds(
        &tutorials::everything(),
        &[
            (
                Case {
                    asked: &["subjectAltName=DNS:www.example.test,DNS:*.a.test,IP:192.0.2.1,email:a@b.test"],
                    ..Case::default()
                },
                &[],
            ),
            (
                Case { asked: &["keyUsage=keyEncipherment", "1.2.3.4=DER:0500"], ..section("server") },
                &["1.2.3.4: gone"],
            ),
            (section("sub"), &[KEY_IDENTIFIER]),
            (
                Case {
                    names: Some(&["dns:www.example.test", "dns:*.example.test", "ip:192.0.2.1"]),
                    ..section("fixed_names")
                },
                &[KEY_IDENTIFIER],
            ),
        ],
    );
}

#[test]
fn what_debian_ships_as_easy_rsa_issues_the_same_but_for_what_is_told() {
    let easy_rsa = Path::new("/usr/share/easy-rsa");
    if !easy_rsa.join("openssl-easyrsa.cnf").is_file() {
        assert!(
            std::env::var_os("CI").is_none(),
            "the package easy-rsa is missing: softhsm-setup/install.sh"
        );
        eprintln!("SKIPPED: the package easy-rsa is not there");
        return;
    }
    let text = std::fs::read_to_string(easy_rsa.join("openssl-easyrsa.cnf")).unwrap();
    // The script sets these before it calls openssl.
    let environment = [
        ("EASYRSA_PKI", "."),
        ("EASYRSA_CERT_EXPIRE", "825"),
        ("EASYRSA_CRL_DAYS", "180"),
        ("EASYRSA_DIGEST", "sha256"),
        ("EASYRSA_KEY_SIZE", "2048"),
        ("EASYRSA_DN", "cn_only"),
        ("EASYRSA_REQ_CN", "ChangeMe"),
        ("EASYRSA_REQ_COUNTRY", "US"),
        ("EASYRSA_REQ_PROVINCE", "California"),
        ("EASYRSA_REQ_CITY", "San Francisco"),
        ("EASYRSA_REQ_ORG", "Copyleft"),
        ("EASYRSA_REQ_OU", "Unit"),
        ("EASYRSA_REQ_EMAIL", "me@example.net"),
    ];
    let mut settings = String::new();
    for (name, value) in environment {
        settings.push_str(&format!("{name} = {value}\n"));
    }
    let text = format!("{settings}{text}")
        .replace("$dir/ca.crt", "$dir/ca.pem")
        .replace("$dir/private/ca.key", "$dir/ca.key")
        .replace("$dir/certs_by_serial", "$dir/newcerts");
    let place = Place::new(&text);
    let types =
        std::fs::read_dir(easy_rsa.join("x509-types")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut seen = 0;
    for name in types.map(|name| name.into_string().unwrap()) {
        let own = std::fs::read(easy_rsa.join("x509-types").join(&name)).unwrap();
        write(
            place.path(),
            &name,
            [b"EASYRSA_KDC_REALM = EXAMPLE.TEST\n[ type ]\n", own.as_slice()].concat(),
        );
        let usual: &[&str] = match name.as_str() {
            "COMMON" => continue, // comments alone
            "ca" => &[ISSUER, CONSTRAINTS, "keyUsage: critical false -> true", KEY_IDENTIFIER],
            "kdc" => &[ISSUER, CONSTRAINTS, "issuerAltName: gone", "subjectAltName: gone", KEY_IDENTIFIER],
            _ => &[ISSUER, CONSTRAINTS, KEY_IDENTIFIER],
        };
        // A CA's key that is weaker than its issuer's is not certified here: no RSA key below this EC key.
        for rsa in [true, false].into_iter().filter(|rsa| !(*rsa && name == "ca")) {
            let case = Case { section: Some("type"), file: Some(&name), rsa, ..Case::default() };
            let found = differences(&place, &case);
            // Other keys than RSA do not encipher, which is told, too; RSA keys do not agree.
            let wanted: Vec<&str> =
                found.iter().map(String::as_str).filter(|one| *one != "keyUsage: value").collect();
            assert_eq!(wanted, usual, "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 13, "{seen}");
}

/// What becomes of a subject under a policy: the text that both issue, or `refused`, which both say.
fn subject(text: &str, asked: &str) -> String {
    let place = Place::new(text);
    place.request_for(asked, false, &[]);
    let converted = place.convert(None, None);
    let theirs = place.try_theirs(&[]).map(|one| one.subject().to_string());
    let ours = place.try_ours(&converted, None).map(|approved| approved.subject().to_string());
    match (theirs, ours) {
        (Ok(theirs), Ok(ours)) => {
            assert_eq!(theirs, ours, "{asked}\n{}", converted.toml);
            ours
        }
        (Err(_), Err(_)) => "refused".to_owned(),
        (theirs, ours) => panic!("{asked}: openssl {theirs:?}, keyrite {ours:?}\n{}", converted.toml),
    }
}

#[test]
fn a_subject_is_what_openssl_makes_of_it() {
    let strict = tutorials::distribution();
    let loose = tutorials::everything();
    for (text, asked, wanted) in [
        (&strict, "/C=AT/ST=Vienna/O=Example/CN=a", "C=AT,ST=Vienna,O=Example,CN=a"),
        // The order is the policy's, and what it does not name is left out.
        (&strict, "/CN=a/L=Graz/OU=x/O=Example/C=AT/ST=Vienna", "C=AT,ST=Vienna,O=Example,OU=x,CN=a"),
        (&strict, "/C=AT/ST=Vienna/O=Other/CN=a", "refused"),
        (&strict, "/C=AT/ST=Vienna/O=Example Ltd/CN=a", "refused"),
        (&strict, "/C=AT/ST=Vienna/CN=a", "refused"),
        (&strict, "/C=AT/ST=Vienna/O=Example", "refused"),
        (&loose, "/O=Example/C=DE/CN=a/L=Graz", "C=DE,O=Example,CN=a"),
        (&loose, "/C=DE", "refused"),
    ] {
        assert_eq!(subject(text, asked), wanted, "{asked}");
    }
    let preserved = loose.replace("[ ca ]\n", "[ ca ]\npreserve = yes\n");
    assert_eq!(subject(&preserved, "/CN=a/L=Graz/C=DE"), "CN=a,L=Graz,C=DE");
    // In the section of the CA it does nothing.
    let ignored = loose.replace("[ house ]", "[ house ]\npreserve = yes\n");
    assert_eq!(subject(&ignored, "/CN=a/L=Graz/C=DE"), "C=DE,CN=a");
    let mailbox = strict.replace("[ CA_default ]", "[ CA_default ]\nemail_in_dn = no\n");
    let asked = "/C=AT/ST=Vienna/O=Example/CN=a/emailAddress=a@b.test";
    assert_eq!(subject(&strict, asked), "C=AT,ST=Vienna,O=Example,CN=a,emailAddress=a@b.test");
    assert_eq!(subject(&mailbox, asked), "C=AT,ST=Vienna,O=Example,CN=a");
    // What the CA does not have itself can never match.
    let impossible = strict.replace("organizationName = match", "localityName = match");
    assert_eq!(subject(&impossible, "/C=AT/ST=Vienna/L=Graz/CN=a"), "refused");
}
