//! Extensions and names of others, in words: what people and scripts see of a request that asks for much.

use crate::openssl::Bench;
use crate::program::{assert_safe, feed};

const CONFIGURATION: &str = "
[req]
distinguished_name = dn
utf8 = yes
req_extensions = extensions
[dn]
[extensions]
subjectAltName = @names
issuerAltName = URI:https://example.test/
tlsfeature = status_request
noCheck = ignored
2.5.29.56 = ASN1:NULL
extendedKeyUsage = clientAuth, msSmartcardLogin, pkInitClientAuth, 1.3.6.1.5.5.7.3.36, 1.2.3.4
certificatePolicies = @policy, 2.5.29.32.0
policyMappings = 1.2.3.4:1.2.3.5
policyConstraints = requireExplicitPolicy:0, inhibitPolicyMapping:1
inhibitAnyPolicy = 2
nameConstraints = permitted;email:.example.test, excluded;RID:1.2.3
freshestCRL = URI:http://example.test/delta.crl
subjectInfoAccess = caRepository;URI:http://example.test/ca/
qcStatements = ASN1:SEQUENCE:statements
1.3.6.1.4.1.311.20.2 = ASN1:BMPSTRING:SmartcardLogon
1.3.6.1.4.1.311.21.7 = ASN1:SEQUENCE:template
nsComment = hello
[names]
otherName.1 = 1.3.6.1.4.1.311.20.2.3;UTF8:alice@corp.test
otherName.2 = 1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8String:b\u{fc}cher@example.test
otherName.3 = 1.3.6.1.5.5.7.8.4;SEQ:hardware
otherName.4 = 1.3.6.1.5.2.2;SEQ:kerberos
RID.1 = 1.2.3
dirName.1 = directory
[hardware]
type = OID:1.2.3
serial = FORMAT:HEX,OCTETSTRING:00ff
[kerberos]
realm = EXP:0,GeneralString:CORP
[directory]
C = AT
[policy]
policyIdentifier = 1.2.3.4
CPS.1 = https://example.test/cps
userNotice.1 = @notice
[notice]
explicitText = \"UTF8:F\u{fc}r Pr\u{fc}fungen\"
[statements]
1 = SEQUENCE:compliance
2 = SEQUENCE:private
[compliance]
id = OID:0.4.0.1862.1.1
[private]
id = OID:1.2.3.9
info = NULL
[template]
id = OID:1.3.6.1.4.1.311.21.8.1
major = INTEGER:100
";

#[test]
fn every_extension_of_a_request_is_told_in_words() {
    let bench = Bench::new();
    bench.write("openssl.cnf", CONFIGURATION);
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"];
    let made = ["-utf8", "-config", "openssl.cnf", "-subj", "/CN=Alice", "-out", "x.csr"];
    bench.openssl_ok(&[&["req", "-new"], &key[..], &made].concat());
    let request = bench.read("x.csr");
    let json = feed(&bench.path("."), ["request", "show", "-", "--json"], &request).ends(0).json();
    let found: Vec<(String, Vec<String>)> = json["asks_for"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let values = one["values"].as_array().unwrap().iter();
            let name = one["name"].as_str().unwrap().to_owned();
            (name, values.map(|value| value.as_str().unwrap().to_owned()).collect())
        })
        .collect();
    let expected: [(&str, &[&str]); 17] = [
        (
            "subjectAltName",
            &[
                "upn:alice@corp.test",
                "smtp-utf8:b\u{fc}cher@example.test",
                "hardware-module:1.2.3:00ff",
                "othername:KRB5PrincipalName DER 3008a0061b04434f5250",
                "rid:1.2.3",
                "dn:C=AT",
            ],
        ),
        ("issuerAltName", &["uri:https://example.test/"]),
        ("tlsFeature", &["status_request"]),
        ("ocspNocheck", &["the status of this responder is not to be checked"]),
        ("noRevAvail", &["no revocation status is available"]),
        ("extKeyUsage", &["clientAuth, smartcardLogon, pkinitClient, documentSigning, 1.2.3.4"]),
        (
            "certificatePolicies",
            &[
                "1.2.3.4 (CPS https://example.test/cps) (user notice \"F\u{fc}r Pr\u{fc}fungen\")",
                "anyPolicy",
            ],
        ),
        ("policyMappings", &["1.2.3.4 -> 1.2.3.5"]),
        ("policyConstraints", &["requireExplicitPolicy 0, inhibitPolicyMapping 1"]),
        ("inhibitAnyPolicy", &["anyPolicy counts in 2 more certificates"]),
        ("nameConstraints", &["permitted email:.example.test", "excluded rid:1.2.3"]),
        ("freshestCRL", &["http://example.test/delta.crl"]),
        ("subjectInfoAccess", &["CA repository http://example.test/ca/"]),
        ("qcStatements", &["QcCompliance", "1.2.3.9 DER 0500"]),
        ("msCertificateTemplateName", &["DER 1e1c0053006d0061007200740063006100720064004c006f0067006f006e"]),
        ("msCertificateTemplate", &["DER 300f060a2b060104018237150801020164"]),
        ("netscapeComment", &["DER 160568656c6c6f"]),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((name, values), (wanted, texts)) in found.iter().zip(expected) {
        assert_eq!(name, wanted);
        assert_eq!(values, texts, "{name}");
    }
    let text = feed(&bench.path("."), ["request", "show", "-"], &request).ends(0);
    assert_safe(&text);
    for (name, texts) in expected.iter().filter(|(name, _)| !name.starts_with("ms")) {
        assert!(text.stdout.contains(name), "{name}: {}", text.stdout);
        assert!(text.stdout.contains(texts[0]), "{}: {}", texts[0], text.stdout);
    }
}
