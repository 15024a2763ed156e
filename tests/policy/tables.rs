//! The tables of extensions: what they come to in a certificate, and each fault in its own words.

use keyrite::policy::Profile;
use keyrite::x509::extension::Extension;

use super::documents::wrong;
use super::soundness::{Over, over};

#[test]
fn each_fault_of_a_table_is_told_in_its_own_words() {
    let wrong: Vec<String> =
        FAULTS.iter().filter_map(|(name, text, wanted)| wrong(over(name, text), wanted)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The extension of a profile that is always the same, as DER in hex.
fn fixed(profile: &Profile) -> Vec<String> {
    let der = |extension: &Extension| hex::encode(extension.to_der().unwrap());
    profile.extensions().fixed.iter().map(der).collect()
}

#[test]
fn every_table_comes_to_the_octets_of_its_standard() {
    for (name, text, der) in [
        // RFC 5280 s.4.2.1.5, s.4.2.1.11, s.4.2.1.14
        (
            "authority",
            "[extensions.certificatePolicies]\npolicies = [\"2.23.140.1.2.1\"]\n[extensions.policyMappings]\nmappings = [\"2.23.140.1.2.1 -> 1.2.3\"]",
            "301a0603551d210101ff0410300e300c060667810c01020106022a03",
        ),
        (
            "authority",
            "[extensions.policyConstraints]\nrequire_explicit_policy = 0\ninhibit_policy_mapping = 1",
            "30120603551d240101ff04083006800100810101",
        ),
        (
            "authority",
            "[extensions.inhibitAnyPolicy]\nskip_certificates = 0",
            "300d0603551d360101ff0403020100",
        ),
        // RFC 9608 s.2
        ("plain", "[extensions.noRevAvail]", "30090603551d3804020500"),
        ("plain", "[extensions.\"1.2.3\"]\nutf8 = \"é\"", "300a06022a0304040c02c3a9"),
        ("plain", "[extensions.\"1.2.3\"]\ncritical = true\nnull = true", "300b06022a030101ff04020500"),
        ("plain", "[extensions.\"1.2.3\"]\nboolean = true", "300906022a0304030101ff"),
        ("plain", "[extensions.\"1.2.3\"]\ninteger = 128", "300a06022a03040402020080"),
        ("plain", "[extensions.\"1.2.3\"]\noid = \"1.2.4\"", "300a06022a03040406022a04"),
        ("plain", "[extensions.\"1.2.3\"]\noctets = \"CAFE\"", "300a06022a0304040402cafe"),
        ("plain", "[extensions.\"1.2.3\"]\nia5 = \"@\"", "300906022a030403160140"),
        ("plain", "[extensions.\"1.2.3\"]\nprintable = \"A\"", "300906022a030403130141"),
        (
            "plain",
            "[extensions.\"1.2.3\"]\nder = \"300730050c036f6e65\"",
            "300f06022a030409300730050c036f6e65",
        ),
    ] {
        let found = over(name, text).map(|profile| fixed(&profile));
        assert_eq!(found, Ok(vec![der.to_owned()]), "{text}");
    }
    let responder = over("responder", "").unwrap();
    // RFC 6960 s.4.2.2.2.1
    assert_eq!(fixed(&responder), ["300f06092b060105050730010504020500"]);
}

#[test]
fn a_policy_may_have_a_notice_for_people() {
    let text = "[extensions.certificatePolicies]\npolicies = [\"1.2.4\", { oid = \"1.2.3\", cps = \"http://x.test/\", notice = \"Tests only\" }]";
    let profile = over("plain", text).unwrap();
    let rows = profile.rows();
    let row = rows.iter().find(|row| row.key == "extensions.certificatePolicies").unwrap();
    let wanted = "not critical, 1.2.4, 1.2.3 (CPS http://x.test/) (user notice \"Tests only\")";
    assert_eq!(row.value, wanted);
}

pub(crate) const FAULTS: [Over; 33] = [
    (
        "plain",
        "[extensions.\"2.5.29.17\"]\nnull = true",
        "line 1: extensions.2.5.29.17: the table of this extension is extensions.subjectAltName [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"2.5.29.19\"]\nder = \"30030101ff\"",
        "line 1: extensions.2.5.29.19: the table of this extension is extensions.basicConstraints [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"1.3.6.1.4.1.11129.2.4.3\"]\nnull = true",
        "line 1: extensions.1.3.6.1.4.1.11129.2.4.3: ctPoison is different in each certificate (RFC 6962), a profile cannot have it [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"2.5.29.46\"]\nnull = true",
        "line 1: extensions.2.5.29.46: freshestCRL says where delta CRLs are, which keyrite does not issue [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"2.5.29.20\"]\ninteger = 1",
        "line 1: extensions.2.5.29.20: cRLNumber is of CRLs, not of certificates [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.1.2.3]\nnull = true",
        "line 1: extensions.1: wanted the whole object identifier in quotation marks, such as \"1.3.6.1.4.1.311.20.2\" [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\ncritical = true",
        "line 1: extensions.1.2.3.: no value, wanted one of der null boolean integer oid octets utf8 ia5 printable or from_request [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\nutf8 = \"a\"\nia5 = \"a\"",
        "line 1: extensions.1.2.3.: utf8 and ia5, wanted one of der null boolean integer oid octets utf8 ia5 printable or from_request [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\nder = \"0500ff\"",
        "line 2: extensions.1.2.3.der: not one value in DER, wanted one whole value with all its octets [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\noctets = \"xyz\"",
        "line 2: extensions.1.2.3.octets: \"xyz\" is not hex, wanted two digits for each octet [TOML-VALUE]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\nprintable = \"a@b\"",
        "line 2: extensions.1.2.3.printable: \"a@b\" has characters that the form does not have [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\nnull = false",
        "line 2: extensions.1.2.3.null: false, wanted true: the form has only one value [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\nfrom_request = \"text\"",
        "line 2: extensions.1.2.3.from_request: unknown form of value \"text\", wanted one of der null boolean integer oid octets utf8 ia5 printable [TOML-VALUE]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\nfrom_request = \"integer\"\npattern = \"1.*\"\nmaximum_octets = 1",
        "line 3: extensions.1.2.3.pattern: only a text has a pattern, and integer is none [PRF-EXTENSION]\nline 4: extensions.1.2.3.maximum_octets: no value is as short, wanted at least 2 [PRF-EXTENSION]",
    ),
    (
        "plain",
        "[extensions.\"1.2.3\"]\nfrom_request = \"utf8\"\npattern = \"(\"\n",
        "line 3: extensions.1.2.3.pattern: \"(\" is not a regular expression: unclosed group [TOML-VALUE]",
    ),
    (
        "plain",
        "[extensions.ocspNocheck]",
        "line 1: extensions.ocspNocheck: only an OCSP responder has this extension (RFC 6960 s.4.2.2.2.1) [PRF-OCSP-RESPONDER]",
    ),
    (
        "responder",
        "remove = [\"extensions.ocspNocheck\", \"extensions.extKeyUsage\", \"extensions.keyUsage\"]",
        "line 19 of responder: extensions.extKeyUsage: this key is missing [TOML-MISSING-KEY]\nline 19 of responder: extensions.keyUsage: this key is missing [TOML-MISSING-KEY]\nline 19 of responder: extensions.ocspNocheck: this key is missing [TOML-MISSING-KEY]",
    ),
    (
        "responder",
        "standards = []\n[extensions.cRLDistributionPoints]\nurls = \"required\"\n[extensions.subjectAltName]\ntypes = [\"dns\"]",
        "line 2: extensions.cRLDistributionPoints: an OCSP responder does not have this extension (BR 7.1.2.8.2) [PRF-OCSP-RESPONDER]\nline 4: extensions.subjectAltName: an OCSP responder does not have this extension (BR 7.1.2.8.2) [PRF-OCSP-RESPONDER]",
    ),
    (
        "responder",
        "[extensions.extKeyUsage]\ncritical = true",
        "line 25 of responder: extensions.extKeyUsage.purposes: an OCSP responder has OCSPSigning alone, not critical (RFC 6960 s.4.2.2.2, BR 7.1.2.8.5) [PRF-PURPOSE]",
    ),
    (
        "responder",
        "[extensions.keyUsage]\nusages = [\"digitalSignature\", \"nonRepudiation\"]\ncritical = false\nfrom_request = [\"nonRepudiation\"]",
        "line 2: extensions.keyUsage.usages: digitalSignature, nonRepudiation, wanted digitalSignature for an OCSP responder [PRF-KEY-USAGE]\nline 3: extensions.keyUsage.critical: the keyUsage of an OCSP responder is critical [PRF-KEY-USAGE]\nline 4: extensions.keyUsage.from_request: an OCSP responder has one keyUsage, whatever is asked for [PRF-KEY-USAGE]",
    ),
    (
        "stamps",
        "[extensions.extKeyUsage]\npurposes = [\"timeStamping\", \"codeSigning\"]",
        "line 2: extensions.extKeyUsage.purposes: a time-stamping authority has timeStamping alone, critical (RFC 3161 s.2.3) [PRF-PURPOSE]",
    ),
    (
        "stamps",
        "[extensions.keyUsage]\nusages = [\"keyAgreement\"]",
        "line 2: extensions.keyUsage.usages: keyAgreement, wanted digitalSignature, nonRepudiation for a time-stamping authority [PRF-KEY-USAGE]\nline 20 of stamps: extensions.extKeyUsage.purposes: timeStamping, for which the keyUsage of keys that are not RSA, keyAgreement, has none of digitalSignature, nonRepudiation (RFC 5280 s.4.2.1.12) [PRF-PURPOSE]",
    ),
    (
        "stamps",
        "[extensions.extKeyUsage]\nfrom_request = [\"codeSigning\"]",
        "line 2: extensions.extKeyUsage.from_request: a profile of kind time-stamping takes no purposes from a request [PRF-PURPOSE]",
    ),
    (
        "plain",
        "[extensions.extKeyUsage]\npurposes = [\"codeSigning\"]\nfrom_request = [\"OCSPSigning\"]",
        "line 3: extensions.extKeyUsage.from_request: OCSPSigning, which a certificate has always, alone or not at all [PRF-PURPOSE]",
    ),
    (
        "authority",
        "[extensions.noRevAvail]",
        "line 1: extensions.noRevAvail: a CA can always be revoked (RFC 9608 s.3) [PRF-CA]\nline 1: extensions.noRevAvail: nobody is told of a revocation, and yet there is cRLDistributionPoints (RFC 9608 s.2) [PRF-REVOCATION]",
    ),
    (
        "plain",
        "[extensions.inhibitAnyPolicy]",
        "line 1: extensions.inhibitAnyPolicy: only a CA has this extension (RFC 5280 s.4.2.1) [PRF-LEAF-AS-CA]\nline 1: extensions.inhibitAnyPolicy.skip_certificates: this key is missing [TOML-MISSING-KEY]",
    ),
    (
        "authority",
        "[extensions.policyConstraints]",
        "line 1: extensions.policyConstraints.require_explicit_policy: wanted require_explicit_policy, inhibit_policy_mapping, or both [PRF-LIST]",
    ),
    (
        "authority",
        "[extensions.policyMappings]\nmappings = [\"2.5.29.32.0 -> 1.2.4\", \"1.2.3\"]",
        "line 2: extensions.policyMappings.mappings: \"1.2.3\" is not a policy mapping, wanted two object identifiers such as \"1.2.3 -> 1.2.4\" [TOML-VALUE]\nline 2: extensions.policyMappings.mappings: 2.5.29.32.0 -> 1.2.4, and anyPolicy is neither mapped nor mapped to (RFC 5280 s.4.2.1.5) [PRF-POLICY]",
    ),
    (
        "plain",
        "[extensions.certificatePolicies]\npolicies = [{ cps = \"http://x.test/\", notice = \"\" }]",
        "line 2: extensions.certificatePolicies.policies.notice: the user notice is empty (RFC 6818 s.3) [PRF-POLICY]\nline 2: extensions.certificatePolicies.policies.oid: this key is missing [TOML-MISSING-KEY]",
    ),
    (
        "plain",
        "[extensions.certificatePolicies]\npolicies = [\"1.2.3\"]\nfrom_request = [\"1.2.3\"]",
        "line 2: extensions.certificatePolicies.policies: one policy twice (RFC 5280 s.4.2.1.4) [PRF-POLICY]",
    ),
    (
        "plain",
        "[extensions.tlsFeature]\nfeatures = [\"status\"]",
        "line 2: extensions.tlsFeature.features: unknown TLS feature \"status\", wanted status_request, status_request_v2 or the number of a TLS extension [TOML-VALUE]",
    ),
    (
        "person",
        "[extensions.qcStatements]\nstatements = [\"QcCompliance\", \"QcSSCD\", \"QcSSCD\", \"QcType esign\", \"QcPDS en=https://example.test/pds.pdf\"]",
        "line 2: extensions.qcStatements.statements: QcSSCD, a second statement of its kind [PRF-LIST]",
    ),
    (
        "plain",
        "[[linter]]\nname = \"pkilint\"\ncommand = [\"lint\"]\ntimeout = \"1h\"",
        "line 3: linter.command: \"lint\", wanted an absolute path first [PRF-LINTER]\nline 4: linter.timeout: 1h, wanted 1s to 600s [PRF-LINTER]",
    ),
];
