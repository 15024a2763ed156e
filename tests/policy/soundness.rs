//! Profiles whose rules do not go together, with each other or with the sets of rules that they follow: what is laid
//! over a sound text, and all that is said then.

use keyrite::policy::profile::Layer;
use keyrite::policy::{Problems, Profile};

use super::documents::wrong;

/// The sound texts, as the tests of each set of rules need them.
pub(crate) const TEXTS: [(&str, &str); 8] = [
    ("anchor", include_str!("texts/anchor.toml")),
    ("authority", include_str!("texts/authority.toml")),
    ("server", include_str!("texts/server.toml")),
    ("responder", include_str!("texts/responder.toml")),
    ("stamps", include_str!("texts/stamps.toml")),
    ("person", include_str!("texts/person.toml")),
    ("company", include_str!("texts/company.toml")),
    ("plain", include_str!("texts/plain.toml")),
];

/// A sound text, what is laid over it, and every line that is said.
pub(crate) type Over = (&'static str, &'static str, &'static str);

pub(crate) fn over(name: &str, text: &str) -> Result<Profile, Problems> {
    let (name, below) = TEXTS.iter().find(|(known, _)| *known == name).unwrap();
    Profile::parse_layers(&[Layer { name: "mine", text }, Layer { name, text: below }])
}

#[test]
fn the_texts_are_sound_by_themselves() {
    for (name, text) in TEXTS {
        Profile::parse(name, text).unwrap_or_else(|problems| panic!("{name}: {problems}"));
    }
}

#[test]
fn what_does_not_go_together_is_told_before_use() {
    let found = CONTRADICTIONS.iter().chain(&WEB_PKI).chain(&ETSI);
    let wrong: Vec<String> =
        found.filter_map(|(name, text, wanted)| wrong(over(name, text), wanted)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub(crate) const CONTRADICTIONS: [Over; 18] = [
    (
        "plain",
        "[extensions.extKeyUsage]\npurposes = [\"clientAuth\", \"1.2.3\"]\n[extensions.keyUsage]\nusages = [\"nonRepudiation\"]",
        "line 2: extensions.extKeyUsage.purposes: clientAuth, for which the keyUsage of RSA keys, nonRepudiation, has none of digitalSignature, keyAgreement (RFC 5280 s.4.2.1.12) [PRF-PURPOSE]\nline 2: extensions.extKeyUsage.purposes: clientAuth, for which the keyUsage of keys that are not RSA, nonRepudiation, has none of digitalSignature, keyAgreement (RFC 5280 s.4.2.1.12) [PRF-PURPOSE]",
    ),
    (
        "authority",
        "remove = [\"extensions.certificatePolicies\"]\nstandards = []\n[extensions.policyConstraints]\nrequire_explicit_policy = 0",
        "line 3: extensions.policyConstraints: a policy is demanded of the path, and this certificate would have none: certificatePolicies is missing (RFC 5280 s.4.2.1.11) [PRF-POLICY]",
    ),
    (
        "authority",
        "[extensions.policyMappings]\nmappings = [\"1.2.3 -> 1.2.4\"]",
        "line 2: extensions.policyMappings.mappings: 1.2.3 -> 1.2.4, of which 1.2.3 is not among certificatePolicies (RFC 5280 s.4.2.1.5) [PRF-POLICY]",
    ),
    (
        "plain",
        "[extensions.noRevAvail]\n[extensions.authorityInfoAccess]\nocsp = \"if-configured\"",
        "line 1: extensions.noRevAvail: nobody is told of a revocation, and yet there is authorityInfoAccess.ocsp (RFC 9608 s.2) [PRF-REVOCATION]",
    ),
    (
        "plain",
        "[extensions.noRevAvail]\n[extensions.cRLDistributionPoints]\nurls = \"if-configured\"",
        "line 1: extensions.noRevAvail: nobody is told of a revocation, and yet there is cRLDistributionPoints (RFC 9608 s.2) [PRF-REVOCATION]",
    ),
    (
        "plain",
        "[extensions.noRevAvail]\n[extensions.tlsFeature]\nfeatures = [\"status_request\"]",
        "line 1: extensions.noRevAvail: nobody is told of a revocation, and yet there is tlsFeature, which demands an OCSP response (RFC 9608 s.2) [PRF-REVOCATION]",
    ),
    (
        "plain",
        "[subject]\ncommon_name_in_alt_names = true",
        "line 2: subject.common_name_in_alt_names: every CN is to be an alternative name, and the profile has no subjectAltName [PRF-SAN]",
    ),
    (
        "plain",
        "waivable = [\"POL-SAN-WILDCARD\"]",
        "line 1: waivable: POL-SAN-WILDCARD, which this profile cannot break: it has wildcards or no names [PRF-WAIVABLE]",
    ),
    (
        "plain",
        "waivable = [\"POL-SUBJECT-PATTERN\"]",
        "line 1: waivable: POL-SUBJECT-PATTERN, which this profile cannot break: no attribute has a pattern [PRF-WAIVABLE]",
    ),
    (
        "plain",
        "waivable = [\"POL-PLACES\"]",
        "line 1: waivable: POL-PLACES, which this profile cannot break: it requires no URL [PRF-WAIVABLE]",
    ),
    (
        "plain",
        "waivable = [\"POL-REQUEST-EXTENSION\"]\n[request]\nother_extensions = \"drop\"",
        "line 1: waivable: POL-REQUEST-EXTENSION, which this profile cannot break: other_extensions is drop [PRF-WAIVABLE]",
    ),
    (
        "plain",
        "waivable = [\"POL-KEY-OF-CA\"]",
        "line 1: waivable: POL-KEY-OF-CA is a rule that nobody may override [PRF-WAIVABLE]",
    ),
    (
        "company",
        "[subject.attributes]\norganizationIdentifier = { fixed = \"ATU1\" }",
        "line 2: subject.attributes.organizationIdentifier.fixed: \"ATU1\", which does not match the pattern \"(VAT|NTR|PSD)[A-Z]{2}-.+|LEIXG-[0-9A-Z]{20}\" [PRF-FIXED]",
    ),
    (
        "server",
        "[extensions.subjectAltName]\nrequired = [\"dns\", \"ip\"]\nmaximum = 1",
        "line 1: extensions.subjectAltName.minimum: at least 2 and at most 1 names, which is never so [PRF-SAN]",
    ),
    (
        "server",
        "[extensions.subjectAltName]\nrequired = [\"email\"]",
        "line 2: extensions.subjectAltName.required: email, which is not among the types [PRF-SAN]",
    ),
    (
        "server",
        "[extensions.subjectAltName.patterns]\nhost = \".*\"",
        "line 2: extensions.subjectAltName.patterns.host: unknown type of name \"host\", wanted one of dns ip email uri dn rid upn smtp-utf8 hardware-module [PRF-SAN]",
    ),
    (
        "plain",
        "remove = [\"extensions.subjectAltName\"]",
        "line 1: remove: \"extensions.subjectAltName\", which is not there to be removed [TOML-REMOVE]",
    ),
    (
        // What is wrong in a text below is told with its name.
        "plain",
        "kind = \"root\"",
        "line 16 of plain: extensions.basicConstraints: this key is missing [TOML-MISSING-KEY]\nline 16 of plain: extensions.subjectKeyIdentifier: every CA has a subject key identifier (RFC 5280 s.4.2.1.2) [PRF-CA]\nline 19 of plain: extensions.keyUsage.usages: digitalSignature, wanted keyCertSign and cRLSign, and digitalSignature at most [PRF-CA]",
    ),
];

pub(crate) const WEB_PKI: [Over; 34] = [
    (
        "anchor",
        "[key]\nalgorithms = [\"ec-p384\", \"ed25519\", \"ml-dsa-65\"]",
        "line 2: key.algorithms: ed25519, wanted only RSA and EC keys (BR 6.1.5) [PRF-WEBPKI]\nline 2: key.algorithms: ml-dsa-65, wanted only RSA and EC keys (BR 6.1.5) [PRF-WEBPKI]",
    ),
    (
        "anchor",
        "[validity]\ndefault = \"2921d\"",
        "line 2: validity.default: 2921d, wanted at least 2922d (BR 7.1.2.1.1) [PRF-WEBPKI]",
    ),
    (
        "anchor",
        "[validity]\nmaximum = \"9133d\"",
        "line 2: validity.maximum: 9133d, wanted at most 9132d (BR 7.1.2.1.1) [PRF-WEBPKI]",
    ),
    (
        "anchor",
        "[validity]\nbacking = \"1d\"\nbackdating = \"25h\"",
        "line 2: validity.backing: unknown key [TOML-UNKNOWN-KEY]\nline 3: validity.backdating: more than 24 hours (BR 7.1.2.10.1) [PRF-WEBPKI]",
    ),
    (
        "anchor",
        "[validity]\nbeyond_issuer = true",
        "line 2: validity.beyond_issuer: no path outlives its CA here (RFC 5280 s.6.1.3) [PRF-WEBPKI]",
    ),
    (
        "anchor",
        "[extensions.basicConstraints]\npath_length = 1",
        "line 2: extensions.basicConstraints.path_length: a root limits no path (BR 7.1.2.1.4) [PRF-WEBPKI]",
    ),
    (
        "anchor",
        "[subject.attributes]\nO = \"optional\"",
        "line 2: subject.attributes.O: O is required in the name of a CA and of its responder (BR 7.1.2.10.2) [PRF-WEBPKI]",
    ),
    (
        "anchor",
        "[subject.attributes]\nOU = \"optional\"\n[subject]\norder = \"as-asked\"",
        "line 2: subject.attributes.OU: OU is not for certificates of the web PKI (BR 7.1.2.10.2) [PRF-WEBPKI]\nline 4: subject.order: as-asked, wanted \"as-listed\" (BR 7.1.4.2) [PRF-WEBPKI]",
    ),
    (
        "anchor",
        "[subject.attributes]\nST = \"optional\"",
        "line 1: subject.attributes: wanted the order DC C ST L postalCode street O SN GN OU CN (BR 7.1.4.2) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "[validity]\nmaximum = \"no-expiration\"",
        "line 2: validity.maximum: no-expiration, wanted an end (RFC 5280 s.4.1.2.5) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "remove = [\"extensions.extKeyUsage\"]",
        "line 20 of authority: extensions.extKeyUsage: missing, wanted serverAuth (BR 7.1.2.10.6, 7.1.2.2.5) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "[extensions.extKeyUsage]\npurposes = [\"clientAuth\", \"codeSigning\"]",
        "line 2: extensions.extKeyUsage.purposes: codeSigning, wanted serverAuth and clientAuth at most (BR 7.1.2.10.6) [PRF-WEBPKI]\nline 2: extensions.extKeyUsage.purposes: wanted serverAuth among them (BR 7.1.2.10.6) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "[extensions.extKeyUsage]\ncritical = true",
        "line 2: extensions.extKeyUsage.critical: true, wanted false (BR 7.1.2.10.6) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "remove = [\"extensions.certificatePolicies\"]",
        "line 20 of authority: extensions.certificatePolicies: missing (BR 7.1.2.10.5) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "[extensions.certificatePolicies]\npolicies = [\"1.2.3\"]",
        "line 2: extensions.certificatePolicies.policies: wanted anyPolicy alone, or one reserved policy of the CA/Browser Forum (BR 7.1.2.10.5) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "[extensions.cRLDistributionPoints]\nurls = \"if-configured\"",
        "line 2: extensions.cRLDistributionPoints.urls: wanted \"required\" or a list of URLs: a sub-CA has a CRL (BR 7.1.2.6.1) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "[extensions.cRLDistributionPoints]\nurls = [\"https://x.test/{ca}.crl\"]",
        "line 2: extensions.cRLDistributionPoints.urls: \"https://x.test/{ca}.crl\", wanted http:// (BR 7.1.2.11.2) [PRF-WEBPKI]",
    ),
    (
        "authority",
        "[extensions.nameConstraints]\npermitted = [\"email:example.test\"]\nexcluded = [\"ip:0.0.0.0/0\"]",
        "line 1: extensions.nameConstraints: no permitted directory name (BR 7.1.2.5.2) [PRF-WEBPKI]\nline 1: extensions.nameConstraints: no permitted dns: nor all of them excluded (BR 7.1.2.5.2) [PRF-WEBPKI]\nline 1: extensions.nameConstraints: no permitted ip: nor all of them excluded, ip:0.0.0.0/0 and ip:::/0 (BR 7.1.2.5.2) [PRF-WEBPKI]",
    ),
    (
        "responder",
        "[extensions.certificatePolicies]\npolicies = [\"2.23.140.1.2.1\"]",
        "line 1: extensions.certificatePolicies: an OCSP responder has none (BR 7.1.2.8.8) [PRF-WEBPKI]",
    ),
    (
        "stamps",
        "standards = [\"webpki\"]",
        "line 1 of stamps: kind: time-stamping, for which the web PKI has no certificates (BR 7.1.2) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[validity]\nmaximum = \"201d\"\nbackdating = \"49h\"",
        "line 2: validity.maximum: 201d, wanted at most 200d (BR 6.3.2) [PRF-WEBPKI]\nline 3: validity.backdating: more than 48 hours (BR 7.1.2.7) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.subjectAltName]\ntypes = [\"dns\", \"email\"]\nminimum = 0",
        "line 2: extensions.subjectAltName.types: email, wanted dns and ip at most (BR 7.1.2.7.12) [PRF-WEBPKI]\nline 3: extensions.subjectAltName.minimum: 0, wanted at least 1 (BR 7.1.2.7.12) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[subject]\ncommon_name_in_alt_names = false",
        "line 2: subject.common_name_in_alt_names: false, wanted true where there is a CN (BR 7.1.4.3) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[subject.attributes]\nemailAddress = \"optional\"",
        "line 2: subject.attributes.emailAddress: emailAddress is not for certificates of the web PKI (BR 7.1.2.7) [PRF-WEBPKI]\nline 2: subject.attributes.emailAddress: emailAddress, of which a domain-validated certificate says nothing (BR 7.1.2.7.2) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.keyUsage]\nusages = [\"digitalSignature\", \"nonRepudiation\"]\ncritical = false",
        "line 2: extensions.keyUsage.usages: digitalSignature, nonRepudiation, wanted digitalSignature, and digitalSignature, keyAgreement at most (BR 7.1.2.7.11) [PRF-WEBPKI]\nline 3: extensions.keyUsage.critical: false, wanted true (BR 7.1.2.7.6) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.subjectKeyIdentifier]",
        "line 1: extensions.subjectKeyIdentifier: wanted out: it is not recommended in the certificate of a server (BR 7.1.2.7.6) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.authorityInfoAccess]\nca_issuers = \"if-configured\"",
        "line 1: extensions.authorityInfoAccess: wanted ca_issuers or ocsp always: \"required\", or a list of URLs (BR 7.1.2.7.7) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.cRLDistributionPoints]\nurls = \"if-configured\"",
        "line 2: extensions.cRLDistributionPoints.urls: wanted \"required\" or a list of URLs, since there is not always an ocsp (BR 7.1.2.11.2) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.certificatePolicies]\npolicies = [\"2.23.140.1.2.1\", \"2.23.140.1.2.2\"]",
        "line 2: extensions.certificatePolicies.policies: 2 reserved policies of the CA/Browser Forum, wanted exactly one (BR 7.1.2.7.9) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.certificatePolicies]\npolicies = [\"2.23.140.1.2.2\"]",
        "line 8 of server: subject.attributes.O: O is required under 2.23.140.1.2.2 (BR 7.1.2.7.4) [PRF-WEBPKI]\nline 8 of server: subject.attributes: wanted L or ST required under 2.23.140.1.2.2 (BR 7.1.2.7.4) [PRF-WEBPKI]\nline 9 of server: subject.attributes.C: C is required under 2.23.140.1.2.2 (BR 7.1.2.7.4) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.certificatePolicies]\npolicies = [\"2.23.140.1.2.1\"]\ncritical = true",
        "line 3: extensions.certificatePolicies.critical: true, wanted false (BR 7.1.2.7.6) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[subject.attributes]\nSN = \"optional\"",
        "line 1: subject.attributes: wanted the order DC C ST L postalCode street O SN GN OU CN (BR 7.1.4.2) [PRF-WEBPKI]\nline 2: subject.attributes.SN: SN, of which a domain-validated certificate says nothing (BR 7.1.2.7.2) [PRF-WEBPKI]",
    ),
    (
        "server",
        "[extensions.extKeyUsage]\nfrom_request = [\"emailProtection\"]",
        "line 2: extensions.extKeyUsage.from_request: emailProtection, wanted serverAuth and clientAuth at most (BR 7.1.2.7.10) [PRF-WEBPKI]",
    ),
    (
        "server",
        "remove = [\"extensions.subjectAltName\"]",
        "line 20 of server: extensions.subjectAltName: missing (BR 7.1.2.7.6) [PRF-WEBPKI]",
    ),
];

pub(crate) const ETSI: [Over; 14] = [
    (
        "authority",
        "standards = [\"etsi\"]\n[subject.attributes]\nCN = \"optional\"",
        "line 3: subject.attributes.CN: CN is required in the name of an issuer (EN 319 412-2 s.4.2.3.1) [PRF-ETSI]",
    ),
    (
        "person",
        "[subject.attributes]\nC = \"optional\"\nSN = \"optional\"",
        "line 1: subject.attributes: wanted SN, GN or pseudonym required: a natural person has a name (EN 319 412-2 s.4.2.4) [PRF-ETSI]\nline 2: subject.attributes.C: C is required (EN 319 412-2 s.4.2.4) [PRF-ETSI]",
    ),
    (
        "person",
        "[subject.attributes]\npseudonym = \"optional\"",
        "line 2: subject.attributes.pseudonym: either SN and GN or a pseudonym (EN 319 412-2 s.4.2.4) [PRF-ETSI]",
    ),
    (
        "person",
        "[extensions.keyUsage]\nusages = [\"nonRepudiation\"]\nusages_rsa = [\"dataEncipherment\"]",
        "line 3: extensions.keyUsage.usages_rsa: dataEncipherment, wanted one of the types A to F (EN 319 412-2 s.4.3.2) [PRF-ETSI]",
    ),
    (
        "person",
        "[extensions.keyUsage]\nfrom_request = [\"digitalSignature\"]",
        "line 2: extensions.keyUsage.from_request: the type of keyUsage is not for a request to change (EN 319 412-2 s.4.3.2) [PRF-ETSI]",
    ),
    (
        "person",
        "remove = [\"extensions.keyUsage\"]",
        "line 18 of person: extensions.keyUsage: missing (EN 319 412-2 s.4.3.2) [PRF-ETSI]",
    ),
    (
        "person",
        "[extensions.extKeyUsage]\ncritical = true\npurposes = [\"documentSigning\"]",
        "line 2: extensions.extKeyUsage.critical: true, wanted false (EN 319 412-2 s.4.3.10) [PRF-ETSI]",
    ),
    (
        "person",
        "[extensions.authorityInfoAccess]\nca_issuers = \"if-configured\"",
        "line 2: extensions.authorityInfoAccess.ca_issuers: wanted \"required\" or a list of URLs (EN 319 412-2 s.4.4.1) [PRF-ETSI]",
    ),
    (
        "person",
        "[extensions.authorityInfoAccess]\nocsp = \"if-configured\"\n[extensions.cRLDistributionPoints]\nurls = \"if-configured\"",
        "line 2: extensions.authorityInfoAccess.ocsp: wanted ocsp or a CRL always (EN 319 412-2 s.4.3.11, s.4.4.1) [PRF-ETSI]",
    ),
    (
        "person",
        "[extensions.qcStatements]\nstatements = [\"QcCompliance\", \"QcSSCD\", \"QcType eseal\"]",
        "line 2: extensions.qcStatements.statements: QcCompliance without QcPDS (EN 319 412-5 s.5) [PRF-ETSI]\nline 2: extensions.qcStatements.statements: wanted QcType esign, and no other type (EN 319 412-5 s.4.2.3) [PRF-ETSI]",
    ),
    (
        "person",
        "remove = [\"extensions.qcStatements\"]",
        "line 24 of person: extensions.certificatePolicies.policies: qcp-natural-qscd, and qcStatements has no QcCompliance (EN 319 412-5 s.4.2.1) [PRF-ETSI]\nline 24 of person: extensions.certificatePolicies.policies: qcp-natural-qscd, and qcStatements says otherwise with QcSSCD (EN 319 412-5 s.4.2.2) [PRF-ETSI]",
    ),
    (
        "person",
        "[extensions.certificatePolicies]\npolicies = [\"0.4.0.194112.1.3\"]",
        "line 2: extensions.certificatePolicies.policies: qcp-legal-qscd, which is not for the subject that the profile names (EN 319 411-2 s.5.3) [PRF-ETSI]",
    ),
    (
        "person",
        "[extensions.certificatePolicies]\npolicies = [\"0.4.0.194112.1.0\", \"0.4.0.194112.1.2\"]",
        "line 2: extensions.certificatePolicies.policies: several policies of qualified certificates, wanted one (EN 319 411-2 s.5.3) [PRF-ETSI]",
    ),
    (
        "company",
        "[subject.attributes]\nO = { need = \"required\", maximum = 2 }\nCN = \"forbidden\"",
        "line 2: subject.attributes.O: O is there only once (EN 319 412-3 s.4.2.1) [PRF-ETSI]\nline 3: subject.attributes.CN: CN is required (EN 319 412-3 s.4.2.1) [PRF-ETSI]",
    ),
];
