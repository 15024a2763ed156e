//! Faulty profiles: each with one fault, and every word that is said about it.

use std::collections::BTreeSet;

use keyrite::policy::profile::problem_ids;
use keyrite::policy::{Problems, Profile, builtin, document};

use super::fixture::{edited, text};
use super::{soundness, tables};

/// Pieces of a text, and what they are replaced by.
type Edits = &'static [(&'static str, &'static str)];

/// A built-in profile, the edits that spoil it, and all that is said then.
const FAULTS: [(&str, Edits, &str); 44] = [
    // What any TOML file can have wrong.
    (
        "root",
        &[("kind = \"root\"", "kind = ")],
        "line 8: string values must be quoted, expected literal string [TOML-SYNTAX]",
    ),
    ("root", &[("[validity]", "[key]")], "line 32: duplicate key [TOML-SYNTAX]"),
    (
        "root",
        &[("maximum = \"9132d\"", "maximum = \"9132d\"\nmaximun = \"1d\"")],
        "line 36: validity.maximun: unknown key, did you mean \"maximum\"? [TOML-UNKNOWN-KEY]",
    ),
    (
        "root",
        &[("description = ", "decription = ")],
        "line 5: decription: unknown key, did you mean \"description\"? [TOML-UNKNOWN-KEY]",
    ),
    (
        "root",
        &[("[extensions.authorityKeyIdentifier]", "[extensions.authorityKeyIdentifier]\ncritical = true")],
        "line 41: extensions.authorityKeyIdentifier.critical: unknown key [TOML-UNKNOWN-KEY]",
    ),
    (
        "tls-server",
        &[("[extensions.extKeyUsage]", "[extensions.extendedKeyUsage]")],
        "line 56: extensions.extendedKeyUsage: unknown key, did you mean \"extKeyUsage\"? [TOML-UNKNOWN-KEY]",
    ),
    ("root", &[("kind = \"root\"", "")], "line 1: kind: this key is missing [TOML-MISSING-KEY]"),
    (
        "root",
        &[("maximum = \"9132d\"", "")],
        "line 32: validity.maximum: this key is missing [TOML-MISSING-KEY]",
    ),
    (
        "root",
        &[(
            "[key]\n# The CA's own key. Browsers trust only the EC and RSA ones (BR 6.1.5).\nalgorithms",
            "algorithms",
        )],
        "line 25: subject.attributes.algorithms: unknown attribute type [PRF-ATTRIBUTE]\nline 1: key: this key is missing [TOML-MISSING-KEY]",
    ),
    (
        "root",
        &[("kind = \"root\"", "kind = 1")],
        "line 8: kind: found integer, wanted a text in quotation marks [TOML-WRONG-TYPE]",
    ),
    (
        "tls-server",
        &[("minimum = 1", "minimum = \"1\"")],
        "line 71: extensions.subjectAltName.minimum: found string, wanted a whole number [TOML-WRONG-TYPE]",
    ),
    (
        "tls-server",
        &[("from_request = true", "from_request = \"yes\"")],
        "line 69: extensions.subjectAltName.from_request: found string, wanted true or false [TOML-WRONG-TYPE]",
    ),
    (
        "tls-server",
        &[("types = [\"dns\", \"ip\"]", "types = \"dns\"")],
        "line 70: extensions.subjectAltName.types: found string, wanted a list in brackets [TOML-WRONG-TYPE]",
    ),
    (
        "root",
        &[("kind = \"root\"", "kind = \"rot\"")],
        "line 8: kind: \"rot\", wanted one of root subordinate cross end-entity ocsp-responder time-stamping, did you mean \"root\"? [TOML-VALUE]",
    ),
    (
        "root",
        &[("default = \"20y\"", "default = \"20 years\"")],
        "line 34: validity.default: \"20 years\" is not a duration, wanted a number and one of s m h d w mo y, such as 90d or 20y, or no-expiration [TOML-VALUE]",
    ),
    (
        "root",
        &[("\"rsa-2048\"", "\"rsa-1024\"")],
        "line 28: key.algorithms: unknown key algorithm \"rsa-1024\", wanted one of ec-p256 ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096 ed25519 ed448 ml-dsa-44 ml-dsa-65 ml-dsa-87 slh-dsa-{sha2,shake}-{128,192,256}{s,f} [TOML-VALUE]",
    ),
    (
        "intermediate",
        &[("path_length = 0", "path_length = -1")],
        "line 51: extensions.basicConstraints.path_length: -1, wanted 0 to 255 [TOML-VALUE]",
    ),
    (
        "tls-server",
        &[("purposes = [\"serverAuth\"]", "purposes = []")],
        "line 59: extensions.extKeyUsage.purposes: the list is empty, wanted at least one member [TOML-VALUE]",
    ),
    (
        "tls-server",
        &[("\"dns\", \"ip\"", "\"dns\", \"ipv4\"")],
        "line 70: extensions.subjectAltName.types: unknown type of name \"ipv4\", wanted one of dns ip email uri dn rid upn smtp-utf8 hardware-module [TOML-VALUE]",
    ),
    (
        "tls-server",
        &[("\"2.23.140.1.2.1\"", "\"2.23.140.1.2.1 ftp://x.test/\"")],
        "line 64: extensions.certificatePolicies.policies: \"2.23.140.1.2.1 ftp://x.test/\" is not a policy, wanted a dotted object identifier, and after a blank the URL of its CPS [TOML-VALUE]",
    ),
    // What only profiles can have wrong.
    (
        "tls-server",
        &[("\"dns\", \"ip\"", "\"dns\", \"dns\"")],
        "line 70: extensions.subjectAltName.types: dns twice, wanted once [PRF-LIST]",
    ),
    (
        "tls-server",
        &[("ca_issuers = \"if-configured\"\nocsp = \"if-configured\"\n", "")],
        "line 79: extensions.authorityInfoAccess.ca_issuers: wanted ca_issuers, ocsp, or both [PRF-LIST]",
    ),
    (
        "intermediate",
        &[("[extensions.extKeyUsage]", "[extensions.nameConstraints]\n\n[extensions.extKeyUsage]")],
        "line 57: extensions.nameConstraints.permitted: wanted at least one permitted or excluded name [PRF-LIST]",
    ),
    (
        "root",
        &[("OU = \"forbidden\"", "OUU = \"forbidden\"")],
        "line 22: subject.attributes.OUU: unknown attribute type, did you mean \"OU\"? [PRF-ATTRIBUTE]",
    ),
    (
        "root",
        &[("C = \"required\"", "C = { fixed = \"Austria\" }")],
        "line 17: subject.attributes.C.fixed: \"Austria\", wanted a value that the attribute allows: value \"Austria\" of C has 7 characters, wanted at most 2 [PRF-FIXED]",
    ),
    (
        "root",
        &[("default = \"20y\"", "default = \"26y\"")],
        "line 34: validity.default: 26y, wanted at most the maximum, 9132d [PRF-VALIDITY]",
    ),
    (
        "tls-server",
        &[(
            "[extensions.extKeyUsage]",
            "[extensions.basicConstraints]\npath_length = 0\n\n[extensions.extKeyUsage]",
        )],
        "line 56: extensions.basicConstraints.path_length: an end entity has no path length [PRF-LEAF-AS-CA]",
    ),
    (
        "tls-server",
        &[(
            "[extensions.extKeyUsage]",
            "[extensions.nameConstraints]\npermitted = [\"dns:example.test\"]\n\n[extensions.extKeyUsage]",
        )],
        "line 56: extensions.nameConstraints: only a CA has name constraints [PRF-LEAF-AS-CA]",
    ),
    (
        "tls-server",
        &[("usages = [\"digitalSignature\"]", "usages = [\"digitalSignature\", \"keyCertSign\"]")],
        "line 54: extensions.keyUsage.usages: wanted at least one usage, and neither keyCertSign nor cRLSign: those are of CAs [PRF-LEAF-AS-CA]",
    ),
    (
        "root",
        &[(", \"cRLSign\"", "")],
        "line 51: extensions.keyUsage.usages: keyCertSign, wanted keyCertSign and cRLSign, and digitalSignature at most [PRF-CA]",
    ),
    (
        "root",
        &[("\"cRLSign\"", "\"cRLSign\", \"keyAgreement\"")],
        "line 51: extensions.keyUsage.usages: keyAgreement, keyCertSign, cRLSign, wanted keyCertSign and cRLSign, and digitalSignature at most [PRF-CA]",
    ),
    (
        "root",
        &[("[extensions.subjectKeyIdentifier]", "")],
        "line 40: extensions.subjectKeyIdentifier: every CA has a subject key identifier (RFC 5280 s.4.2.1.2) [PRF-CA]",
    ),
    (
        "tls-client",
        &[("[extensions.authorityKeyIdentifier]", "")],
        "line 52: extensions.authorityKeyIdentifier: every certificate below a root has an authority key identifier (RFC 5280 s.4.2.1.1) [PRF-CA]",
    ),
    (
        "root",
        &[(
            "[extensions.keyUsage]",
            "[extensions.extKeyUsage]\npurposes = [\"serverAuth\"]\n\n[extensions.keyUsage]",
        )],
        "line 49: extensions.extKeyUsage: a root does not have this extension (BR 7.1.2.1.2) [PRF-ROOT]",
    ),
    (
        "tls-server",
        &[("usages = [\"digitalSignature\"]", "usages = [\"digitalSignature\", \"keyEncipherment\"]")],
        "line 54: extensions.keyUsage.usages: keyEncipherment, which ec-p256 keys cannot have; usages_rsa is for RSA keys [PRF-KEY-USAGE]",
    ),
    (
        "tls-server",
        &[(
            "usages = [\"digitalSignature\"]",
            "usages = [\"digitalSignature\"]\nusages_rsa = [\"keyAgreement\"]",
        )],
        "line 55: extensions.keyUsage.usages_rsa: keyAgreement, which rsa-2048 keys cannot have; a profile for other keys may have it [PRF-KEY-USAGE]",
    ),
    (
        "tls-server",
        &[(
            "usages = [\"digitalSignature\"]",
            "usages = [\"keyAgreement\", \"dataEncipherment\"]\nusages_rsa = [\"dataEncipherment\"]",
        )],
        "line 54: extensions.keyUsage.usages: dataEncipherment, which ec-p256 keys cannot have; usages_rsa is for RSA keys [PRF-KEY-USAGE]\nline 54: extensions.keyUsage.usages: keyAgreement, which ed25519 keys cannot have; a profile for other keys may have it [PRF-KEY-USAGE]\nline 60: extensions.extKeyUsage.purposes: serverAuth, for which the keyUsage of RSA keys, dataEncipherment, has none of digitalSignature, keyEncipherment, keyAgreement (RFC 5280 s.4.2.1.12) [PRF-PURPOSE]",
    ),
    (
        "intermediate",
        &[("\"clientAuth\"", "\"OCSPSigning\"")],
        "line 60: extensions.extKeyUsage.purposes: a CA that may sign OCSP answers for its siblings' issuer can forge them (RFC 6960 s.4.2.2.2) [PRF-PURPOSE]",
    ),
    (
        "tls-server",
        &[("\"serverAuth\"", "\"OCSPSigning\"")],
        "line 59: extensions.extKeyUsage.purposes: OCSPSigning is for a profile of kind ocsp-responder (RFC 6960 s.4.2.2.2) [PRF-PURPOSE]",
    ),
    (
        "tls-server",
        &[("\"serverAuth\"", "\"serverAuth\", \"anyExtendedKeyUsage\"")],
        "line 59: extensions.extKeyUsage.purposes: anyExtendedKeyUsage stands alone and is not critical (RFC 5280 s.4.2.1.12) [PRF-PURPOSE]",
    ),
    (
        "tls-server",
        &[("\"serverAuth\"", "\"timeStamping\"")],
        "line 59: extensions.extKeyUsage.purposes: timeStamping is for a profile of kind time-stamping (RFC 3161 s.2.3) [PRF-PURPOSE]",
    ),
    (
        "intermediate",
        &[("\"2.5.29.32.0\"", "\"2.5.29.32.0\", \"1.2.3\"")],
        "line 66: extensions.certificatePolicies.policies: anyPolicy stands alone (BR 7.1.2.10.5) [PRF-POLICY]",
    ),
    (
        "intermediate",
        &[("\"2.5.29.32.0\"", "\"1.2.3\", \"1.2.3 http://x.test/\"")],
        "line 66: extensions.certificatePolicies.policies: one policy twice (RFC 5280 s.4.2.1.4) [PRF-POLICY]",
    ),
    (
        "tls-server",
        &[("minimum = 1", "minimum = 3"), ("maximum = 100\n", "maximum = 2\n")],
        "line 66: extensions.subjectAltName.minimum: at least 3 and at most 2 names, which is never so [PRF-SAN]",
    ),
];

fn parse(name: &str, edits: &[(&str, &str)]) -> Result<Profile, Problems> {
    Profile::parse(name, &edited(text(name), edits))
}

/// What was said beside what was wanted, where they differ.
pub(crate) fn wrong(read: Result<Profile, Problems>, text: &str) -> Option<String> {
    let mut found: Vec<String> = match read {
        Ok(_) => vec!["no problem".to_owned()],
        Err(problems) => problems.as_slice().iter().map(ToString::to_string).collect(),
    };
    let mut wanted: Vec<&str> = text.lines().collect();
    found.sort();
    wanted.sort_unstable();
    let differ = found != wanted;
    differ.then(|| format!("found  {}\nwanted {}", found.join("\n       "), wanted.join("\n       ")))
}

#[test]
fn each_fault_is_told_in_its_own_words() {
    let wrong: Vec<String> =
        FAULTS.iter().filter_map(|(name, edits, text)| wrong(parse(name, edits), text)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_problem_is_among_them_and_in_the_documentation() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (name, edits, _) in FAULTS {
        seen.extend(parse(name, edits).unwrap_err().as_slice().iter().map(|problem| problem.id));
    }
    let over = soundness::CONTRADICTIONS.iter().chain(&soundness::WEB_PKI).chain(&soundness::ETSI);
    for (name, text, _) in over.chain(&tables::FAULTS) {
        let problems = soundness::over(name, text).unwrap_err();
        seen.extend(problems.as_slice().iter().map(|problem| problem.id));
    }
    // Those that no edit of a sound text brings about.
    let long = format!("# {}", "x".repeat(document::FILE_OCTETS));
    let size = Profile::parse("root", &long).unwrap_err();
    assert_eq!(size.to_string(), "line 1: 1048578 octets, wanted at most 1048576 [TOML-SIZE]");
    let named = Profile::parse("../root", text("root")).unwrap_err();
    let wanted = "line 1: profile name \"../root\", wanted 1 to 64 of a-z 0-9 and hyphen [PRF-NAME]";
    assert_eq!(named.to_string(), wanted);
    let orphan = Profile::parse("mine", &format!("inherits = \"nobody\"\n{}", text("root"))).unwrap_err();
    let wanted = "line 1: inherits: no profile \"nobody\" to inherit from [PRF-INHERITS]";
    assert_eq!(orphan.as_slice()[0].to_string(), wanted);
    seen.extend([document::id::SIZE, problem_ids::NAME, problem_ids::INHERITS]);

    let all: BTreeSet<&str> = document::id::ALL.into_iter().chain(problem_ids::ALL).collect();
    assert_eq!(seen, all);
    let page = include_str!("../../docs/profiles.md");
    for id in problem_ids::ALL {
        assert!(page.contains(&format!("| `{id}` |")), "docs/profiles.md lacks {id}");
    }
}

#[test]
fn the_page_names_every_built_in_profile_with_its_validity() {
    let page = include_str!("../../docs/profiles.md");
    for (name, text) in builtin::TEXTS {
        let profile = Profile::parse(name, text).unwrap();
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` | ")));
        let validity = profile.validity();
        let wanted = format!(" | {}, {} |", validity.default, validity.maximum);
        assert!(row.is_some_and(|row| row.ends_with(&wanted)), "{name}: {row:?}, wanted {wanted}");
    }
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_lines() {
    let edits = [
        ("kind = \"end-entity\"", "kind = \"end-entity\"\ntypo = 1"),
        ("default = \"90d\"", "default = \"x\""),
        ("\"serverAuth\"", "\"serverAuth\", \"nonsense\""),
        ("wildcards = true", "wildcard = true"),
    ];
    let problems = parse("tls-server", &edits).unwrap_err();
    let found: Vec<(&str, &str)> =
        problems.as_slice().iter().map(|problem| (problem.id, problem.key.as_str())).collect();
    assert_eq!(
        found,
        [
            ("TOML-UNKNOWN-KEY", "typo"),
            ("TOML-VALUE", "validity.default"),
            ("TOML-VALUE", "extensions.extKeyUsage.purposes"),
            ("TOML-UNKNOWN-KEY", "extensions.subjectAltName.wildcard"),
        ]
    );
}
