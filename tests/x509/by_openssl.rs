//! Values of extensions that OpenSSL encodes from its own configuration: ours are the same octets.

use der::asn1::ObjectIdentifier;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::{
    CertificatePolicies, CrlDistributionPoints, ExtKeyUsage, Feature, InhibitAnyPolicy, NameConstraints,
    Policy, PolicyConstraints, PolicyMappings, QcStatements, Qualifier, SubjectAltName, SubjectInfoAccess,
    TlsFeature, Value, purpose,
};

use super::openssl::Bench;

fn oid(text: &str) -> ObjectIdentifier {
    text.parse().unwrap()
}

fn each<T: std::str::FromStr<Err: std::fmt::Debug>>(texts: &[&str]) -> Vec<T> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn names(texts: &[&str]) -> SubjectAltName {
    SubjectAltName(each(texts))
}

/// What stands in OpenSSL's configuration, further sections that it needs, and the same value here.
fn rows() -> Vec<(&'static str, &'static str, Value)> {
    let subtrees = NameConstraints {
        permitted: each(&[
            "dns:example.test",
            "ip:192.0.2.0/24",
            "email:post@example.test",
            "email:.example.test",
            "uri:.example.test",
            "dn:C=AT,O=Example",
            "upn:.corp.test",
            "rid:1.2.3",
        ]),
        excluded: each(&["ip:2001:db8::/32", "dns:www.example.test"]),
    };
    let qualifiers = vec![
        Qualifier::Cps("https://example.test/cps".to_owned()),
        Qualifier::UserNotice("Für Prüfungen".to_owned()),
    ];
    let policies = vec![Policy { oid: oid("1.2.3.4"), qualifiers }, Policy::new(oid("2.5.29.32.0"))];
    vec![
        (
            "subjectAltName = @names",
            "[names]\nDNS.1 = www.example.test\nIP.1 = 192.0.2.1\nIP.2 = 2001:db8::1\nemail.1 = a@example.test\n\
             URI.1 = https://example.test/a\ndirName.1 = directory\nRID.1 = 1.2.3\n\
             otherName.1 = 1.3.6.1.4.1.311.20.2.3;UTF8:alice@corp.test\n\
             otherName.2 = 1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8String:bücher@example.test\n\
             otherName.3 = 1.3.6.1.5.5.7.8.4;SEQ:hardware\n\
             [directory]\nC = AT\nO = Example\n\
             [hardware]\ntype = OID:1.2.3\nserial = FORMAT:HEX,OCTETSTRING:00ff\n",
            Value::SubjectAltName(names(&[
                "dns:www.example.test",
                "ip:192.0.2.1",
                "ip:2001:db8::1",
                "email:a@example.test",
                "uri:https://example.test/a",
                "dn:C=AT,O=Example",
                "rid:1.2.3",
                "upn:alice@corp.test",
                "smtp-utf8:bücher@example.test",
                "hardware-module:1.2.3:00ff",
            ])),
        ),
        (
            "issuerAltName = URI:https://example.test/",
            "",
            Value::IssuerAltName(names(&["uri:https://example.test/"])),
        ),
        (
            "extendedKeyUsage = serverAuth, msSmartcardLogin, pkInitClientAuth, ipsecIKE, \
             1.3.6.1.5.5.7.3.36",
            "",
            Value::ExtKeyUsage(ExtKeyUsage(vec![
                purpose::SERVER_AUTH,
                purpose::SMARTCARD_LOGON,
                purpose::PKINIT_CLIENT,
                purpose::IPSEC_IKE,
                purpose::DOCUMENT_SIGNING,
            ])),
        ),
        (
            "certificatePolicies = @policy, 2.5.29.32.0",
            "[policy]\npolicyIdentifier = 1.2.3.4\nCPS.1 = https://example.test/cps\n\
             userNotice.1 = @notice\n[notice]\nexplicitText = \"UTF8:Für Prüfungen\"\n",
            Value::CertificatePolicies(CertificatePolicies(policies)),
        ),
        (
            "policyMappings = 1.2.3.4:1.2.3.5, 1.2.3.6:1.2.3.7",
            "",
            Value::PolicyMappings(PolicyMappings(each(&["1.2.3.4 -> 1.2.3.5", "1.2.3.6 -> 1.2.3.7"]))),
        ),
        (
            "policyConstraints = requireExplicitPolicy:0, inhibitPolicyMapping:200",
            "",
            Value::PolicyConstraints(PolicyConstraints {
                require_explicit_policy: Some(0),
                inhibit_policy_mapping: Some(200),
            }),
        ),
        ("inhibitAnyPolicy = 3", "", Value::InhibitAnyPolicy(InhibitAnyPolicy(3))),
        (
            "nameConstraints = permitted;DNS:example.test, permitted;IP:192.0.2.0/255.255.255.0, \
             permitted;email:post@example.test, permitted;email:.example.test, permitted;URI:.example.test, \
             permitted;dirName:directory, permitted;otherName:1.3.6.1.4.1.311.20.2.3;UTF8:.corp.test, \
             permitted;RID:1.2.3, excluded;IP:2001:db8::/ffff:ffff::, excluded;DNS:www.example.test",
            "[directory]\nC = AT\nO = Example\n",
            Value::NameConstraints(subtrees),
        ),
        (
            "freshestCRL = URI:http://example.test/delta.crl",
            "",
            Value::FreshestCrl(CrlDistributionPoints(vec!["http://example.test/delta.crl".to_owned()])),
        ),
        (
            "subjectInfoAccess = caRepository;URI:http://example.test/ca/, \
             ad_timestamping;URI:http://example.test/tsa",
            "",
            Value::SubjectInfoAccess(SubjectInfoAccess {
                ca_repository: vec!["http://example.test/ca/".to_owned()],
                time_stamping: vec!["http://example.test/tsa".to_owned()],
            }),
        ),
        (
            "tlsfeature = status_request, status_request_v2",
            "",
            Value::TlsFeature(TlsFeature(vec![Feature::STATUS_REQUEST, Feature::STATUS_REQUEST_V2])),
        ),
        ("noCheck = ignored", "", Value::OcspNocheck),
        ("2.5.29.56 = ASN1:NULL", "", Value::NoRevAvail),
        (
            "qcStatements = ASN1:SEQUENCE:statements",
            QC_SECTIONS,
            Value::QcStatements(QcStatements(each(&[
                "QcCompliance",
                "QcSSCD",
                "QcType esign",
                "QcPDS en=https://example.test/en de=https://example.test/de",
                "QcRetentionPeriod 15",
                "QcLimitValue 50e3 EUR",
                "QcCClegislation CH",
                "QcSemantics natural",
                "QcPSD2 PSP_PI,PSP_AI AT-FMA Austrian Financial Market Authority",
            ]))),
        ),
    ]
}

const QC_SECTIONS: &str = "
[statements]
1 = SEQUENCE:compliance
2 = SEQUENCE:sscd
3 = SEQUENCE:type
4 = SEQUENCE:pds
5 = SEQUENCE:retention
6 = SEQUENCE:limit
7 = SEQUENCE:legislation
8 = SEQUENCE:semantics
9 = SEQUENCE:psd2
[compliance]
id = OID:0.4.0.1862.1.1
[sscd]
id = OID:0.4.0.1862.1.4
[type]
id = OID:0.4.0.1862.1.6
info = SEQUENCE:types
[types]
1 = OID:0.4.0.1862.1.6.1
[pds]
id = OID:0.4.0.1862.1.5
info = SEQUENCE:places
[places]
1 = SEQUENCE:english
2 = SEQUENCE:german
[english]
url = IA5STRING:https://example.test/en
language = PRINTABLESTRING:en
[german]
url = IA5STRING:https://example.test/de
language = PRINTABLESTRING:de
[retention]
id = OID:0.4.0.1862.1.3
info = INTEGER:15
[limit]
id = OID:0.4.0.1862.1.2
info = SEQUENCE:money
[money]
currency = PRINTABLESTRING:EUR
amount = INTEGER:50
exponent = INTEGER:3
[legislation]
id = OID:0.4.0.1862.1.7
info = SEQUENCE:countries
[countries]
1 = PRINTABLESTRING:CH
[semantics]
id = OID:1.3.6.1.5.5.7.11.2
info = SEQUENCE:identifier
[identifier]
oid = OID:0.4.0.194121.1.1
[psd2]
id = OID:0.4.0.19495.2
info = SEQUENCE:services
[services]
roles = SEQUENCE:roles
name = UTF8String:Austrian Financial Market Authority
id = UTF8String:AT-FMA
[roles]
1 = SEQUENCE:initiation
2 = SEQUENCE:information
[initiation]
oid = OID:0.4.0.19495.1.2
name = UTF8String:PSP_PI
[information]
oid = OID:0.4.0.19495.1.3
name = UTF8String:PSP_AI
";

#[test]
fn values_are_the_octets_that_openssl_writes_for_the_same() {
    let bench = Bench::new();
    let curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    bench.openssl_ok(&[&["genpkey"], &curve[..], &["-out", "key.pem"]].concat());
    for (line, sections, value) in rows() {
        let configuration = format!(
            "[req]\ndistinguished_name = dn\nstring_mask = utf8only\nutf8 = yes\n[dn]\n[extensions]\n{line}\n{sections}"
        );
        bench.write("openssl.cnf", configuration);
        let made = ["req", "-x509", "-new", "-utf8", "-key", "key.pem", "-subj", "/CN=x", "-days", "1"];
        let how = ["-config", "openssl.cnf", "-extensions", "extensions", "-outform", "DER", "-out", "x.der"];
        bench.openssl_ok(&[&made[..], &how[..]].concat());
        let octets = bench.read("x.der");
        let certificate = Certificate::read(&octets).unwrap();
        let found = certificate.extension(value.oid()).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(
            hex::encode(value.to_der().unwrap()),
            hex::encode(found.value.to_der().unwrap()),
            "{line}"
        );
        assert_eq!(found.value, value, "{line}");
    }
}

#[test]
fn openssl_reads_what_is_written_here() {
    let bench = Bench::new();
    for (line, _, value) in rows() {
        bench.write("value.der", value.to_der().unwrap());
        let printed = bench.openssl_ok(&["asn1parse", "-inform", "DER", "-in", "value.der"]);
        assert!(!printed.is_empty() && !printed.contains("Error"), "{line}: {printed}");
    }
}
