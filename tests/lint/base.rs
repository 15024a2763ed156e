//! Sound objects, and what is known beside them: every fixture is one of these with one thing changed.

use der::Encode as _;
use keyrite::lint::{self, CertificateContext, CrlContext, Expected, ExpectedExtension, IssuerFacts, Report};
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::certificate::CertificateFields;
use keyrite::x509::crl::{CrlFields, RevokedCertificate};
use keyrite::x509::csr::RequestFields;
use keyrite::x509::extension::{
    AuthorityInfoAccess, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, CrlNumber, ExtKeyUsage, Extension, KeyUsage, NameConstraints, Policy, Qualifier,
    ReasonCode, SubjectAltName, Value, oid, purpose,
};
use keyrite::x509::name::Name;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::standard::Standard;
use keyrite::x509::time::Time;

pub(crate) use crate::keys::*;
use crate::node::Node;
pub(crate) use crate::web::*;

/// Fields of a TBSCertificate by their place.
pub(crate) const VERSION: usize = 0;
pub(crate) const SERIAL: usize = 1;
pub(crate) const SIGNATURE: usize = 2;
pub(crate) const ISSUER: usize = 3;
pub(crate) const VALIDITY: usize = 4;
pub(crate) const SUBJECT: usize = 5;
pub(crate) const SPKI: usize = 6;
pub(crate) const EXTENSIONS: usize = 7;

pub(crate) const ECDSA_SHA256: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
/// The time of signing.
pub(crate) const NOW: &str = "2026-11-21T10:00:00Z";

/// Octets to be signed, and what is known beside them.
pub(crate) struct Case<C> {
    pub(crate) tbs: Node,
    pub(crate) algorithm: Vec<u8>,
    pub(crate) context: C,
}

impl<C> Case<C> {
    /// Changes the octets.
    pub(crate) fn edit(mut self, change: impl FnOnce(&mut Node)) -> Self {
        change(&mut self.tbs);
        self
    }

    /// Changes what is known.
    pub(crate) fn given(mut self, change: impl FnOnce(&mut C)) -> Self {
        change(&mut self.context);
        self
    }

    /// Changes the AlgorithmIdentifier inside and outside.
    pub(crate) fn algorithm(mut self, place: usize, hex: &str) -> Self {
        self.algorithm = crate::node::octets(hex);
        self.tbs.at(place).put(hex);
        self
    }

    /// The whole object, under a signature that nobody looks at.
    pub(crate) fn signed(&self) -> Vec<u8> {
        let signature = Node::Contents(0x03, vec![0, 0x30, 0x00]);
        Node::Members(0x30, vec![self.tbs.clone(), Node::Raw(self.algorithm.clone()), signature]).der()
    }
}

impl Case<CertificateContext> {
    pub(crate) fn report(&self) -> Report {
        lint::tbs_certificate(&self.tbs.der(), Some(&self.algorithm), &self.context)
    }

    /// The list of extensions.
    pub(crate) fn extensions(self, change: impl FnOnce(&mut Vec<Node>)) -> Self {
        self.edit(|tbs| change(tbs.at(EXTENSIONS).at(0).members()))
    }

    /// One extension.
    pub(crate) fn extension(self, oid: &str, change: impl FnOnce(&mut Node)) -> Self {
        self.extensions(|list| change(find(list, oid)))
    }

    /// The value of one extension, from hex.
    pub(crate) fn extension_value(self, oid: &str, hex: &str) -> Self {
        self.extension(oid, |extension| set_value(extension, &crate::node::octets(hex)))
    }

    pub(crate) fn without(self, oid: &str) -> Self {
        self.extensions(|list| remove(list, oid))
    }

    pub(crate) fn with(self, oid: &str, critical: bool, hex: &str) -> Self {
        self.extensions(|list| list.push(extension(oid, critical, &crate::node::octets(hex))))
    }

    pub(crate) fn times(self, first: (u8, &str), last: (u8, &str)) -> Self {
        self.edit(|tbs| {
            let times = [first, last].map(|(tag, text)| crate::node::value(tag, text.as_bytes()));
            *tbs.at(VALIDITY) = Node::Members(0x30, times.to_vec());
        })
    }

    /// A validity of so many seconds, both ends counted, in the right encoding.
    pub(crate) fn valid(self, from: &str, seconds: i64) -> Self {
        let first = time(from);
        let times = [first, first.plus_seconds(seconds - 1).unwrap()];
        self.edit(|tbs| {
            let times = times.map(|time| Node::Raw(time.to_x509().unwrap().to_der().unwrap()));
            *tbs.at(VALIDITY) = Node::Members(0x30, times.to_vec());
        })
    }

    /// Asks for a set of rules, by a profile that has whatever extensions are there.
    pub(crate) fn asking(mut self, standard: Standard) -> Self {
        let mut list = Vec::new();
        self = self.extensions(|all| {
            let oid = |one: &mut Node| der::asn1::ObjectIdentifier::from_bytes(one.at(0).contents());
            list = all.iter_mut().map(|one| oid(one).unwrap()).collect();
        });
        let expected = self.context.expected.get_or_insert_default();
        let allow = |oid| ExpectedExtension { oid, critical: None, required: false };
        expected.extensions = list.into_iter().map(allow).collect();
        expected.standards = vec![standard];
        self
    }

    /// Asks for the Baseline Requirements.
    pub(crate) fn webpki(self) -> Self {
        self.asking(Standard::WebPki)
    }

    /// Without a profile, for changes that no profile would have.
    pub(crate) fn any_profile(self) -> Self {
        self.given(|context| context.expected = None)
    }
}

impl Case<CrlContext> {
    pub(crate) fn report(&self) -> Report {
        lint::tbs_cert_list(&self.tbs.der(), Some(&self.algorithm), &self.context)
    }

    pub(crate) fn extensions(self, change: impl FnOnce(&mut Vec<Node>)) -> Self {
        self.edit(|tbs| {
            let last = tbs.members().len() - 1;
            change(tbs.at(last).at(0).members());
        })
    }

    /// Asks for the Baseline Requirements.
    pub(crate) fn webpki(self) -> Self {
        self.given(|context| context.standards = vec![Standard::WebPki])
    }

    /// One entry by its place.
    pub(crate) fn entry(self, index: usize, change: impl FnOnce(&mut Node)) -> Self {
        self.edit(|tbs| change(tbs.at(5).at(index)))
    }

    /// The value of the first extension of the first entry, from hex.
    pub(crate) fn reason(self, hex: &str) -> Self {
        self.entry(0, |entry| set_value(entry.at(2).at(0), &crate::node::octets(hex)))
    }
}

/// One attribute of a name: its type in dotted form, the tag of its string, and its octets.
pub(crate) fn attribute(oid: &str, tag: u8, octets: &[u8]) -> Node {
    let kind = Node::Contents(0x06, oid_contents(oid));
    Node::Members(0x30, vec![kind, Node::Contents(tag, octets.to_vec())])
}

/// A name of such attributes, each in a set of its own.
pub(crate) fn dn(attributes: &[(&str, u8, &[u8])]) -> Node {
    let sets =
        attributes.iter().map(|(oid, tag, octets)| Node::Members(0x31, vec![attribute(oid, *tag, octets)]));
    Node::Members(0x30, sets.collect())
}

/// The contents of an object identifier, from its dotted form.
fn oid_contents(dotted: &str) -> Vec<u8> {
    der::asn1::ObjectIdentifier::new_unwrap(dotted).as_bytes().to_vec()
}

pub(crate) fn find<'n>(list: &'n mut [Node], oid: &str) -> &'n mut Node {
    let wanted = oid_contents(oid);
    let extensions = &mut list.iter_mut();
    extensions
        .find_map(|one| (*one.at(0).contents() == wanted).then_some(one))
        .expect("the extension is there")
}

pub(crate) fn remove(list: &mut Vec<Node>, oid: &str) {
    let wanted = oid_contents(oid);
    list.retain_mut(|extension| *extension.at(0).contents() != wanted);
}

pub(crate) fn extension(oid: &str, critical: bool, value: &[u8]) -> Node {
    let mut members = vec![Node::Contents(0x06, oid_contents(oid))];
    if critical {
        members.push(Node::Contents(0x01, vec![0xff]));
    }
    members.push(Node::Contents(0x04, value.to_vec()));
    Node::Members(0x30, members)
}

pub(crate) fn set_value(extension: &mut Node, value: &[u8]) {
    *extension.members().last_mut().unwrap() = Node::Contents(0x04, value.to_vec());
}

pub(crate) fn set_critical(extension: &mut Node, critical: Option<u8>) {
    extension.members().retain(|member| !matches!(member, Node::Contents(0x01, _)));
    if let Some(octet) = critical {
        extension.members().insert(1, Node::Contents(0x01, vec![octet]));
    }
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().unwrap()
}

pub(crate) fn serial(last: u8) -> SerialNumber {
    let mut octets = [0x5a; 20];
    octets[19] = last;
    SerialNumber::from_der_contents(&octets).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn has(critical: bool, value: Value) -> Extension {
    Extension { critical, value }
}

fn subject_key(key: &PublicKey) -> Extension {
    has(false, Value::SubjectKeyIdentifier(key.key_identifier().to_vec()))
}

fn authority_key(facts: &IssuerFacts) -> Extension {
    let key_identifier = facts.subject_key_identifier.clone().unwrap();
    has(false, Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_identifier }))
}

fn ca_extensions(key: &PublicKey, path_len: Option<u8>) -> Vec<Extension> {
    vec![
        has(true, Value::BasicConstraints(BasicConstraints { ca: true, path_len })),
        has(true, Value::KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN)),
        subject_key(key),
    ]
}

fn uri(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

fn expected(fields: &CertificateFields, ca: bool, maximum_days: i64) -> Expected {
    let allow = |extension: &Extension| ExpectedExtension {
        oid: extension.value.oid(),
        critical: (extension.value.oid() != oid::SUBJECT_ALT_NAME).then_some(extension.critical),
        required: true,
    };
    Expected {
        ca,
        extensions: fields.extensions.iter().map(allow).collect(),
        maximum_seconds: Some(maximum_days * 86_400),
        backdating_seconds: Some(3_600),
        no_expiration: false,
        beyond_issuer: false,
        standards: Vec::new(),
    }
}

fn case(
    fields: &CertificateFields,
    issuer: Option<IssuerFacts>,
    ca: bool,
    days: i64,
) -> Case<CertificateContext> {
    let tbs = fields.build().unwrap();
    Case {
        tbs: Node::read(tbs.as_der()),
        algorithm: fields.signature.identifier_der().to_vec(),
        context: CertificateContext {
            issuer,
            now: Some(time(NOW)),
            expected: Some(expected(fields, ca, days)),
            exclusions: Vec::new(),
        },
    }
}

fn facts(subject: &str, key: &PublicKey, not_after: &str, path_len: Option<u8>) -> IssuerFacts {
    IssuerFacts {
        subject: name(subject),
        subject_key_identifier: Some(key.key_identifier().to_vec()),
        public_key: key.clone(),
        not_after: time(not_after),
        path_len,
        key_usage: Some(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN),
        ext_key_usage: None,
        name_constraints: Vec::new(),
    }
}

const ROOT: &str = "C=AT,O=Example,CN=Example Root G1";
const INTERMEDIATE: &str = "C=AT,O=Example,CN=Example Issuing G1";

/// The root that issues the intermediate.
pub(crate) fn root_facts() -> IssuerFacts {
    facts(ROOT, &key(ROOT_P384), "2046-11-21T09:59:59Z", Some(2))
}

/// The intermediate that issues everything else.
pub(crate) fn intermediate_facts() -> IssuerFacts {
    facts(INTERMEDIATE, &key(ISSUING_P256), "2036-11-21T09:59:59Z", Some(0))
}

/// A root.
pub(crate) fn root() -> Case<CertificateContext> {
    let key = key(ROOT_P384);
    let fields = CertificateFields {
        serial: serial(1),
        signature: SignatureAlgorithm::Ecdsa(Digest::Sha384),
        issuer: name(ROOT),
        not_before: time(NOW),
        not_after: time("2046-11-21T09:59:59Z"),
        subject: name(ROOT),
        extensions: ca_extensions(&key, Some(2)),
        public_key: key,
    };
    case(&fields, None, true, 7305)
}

/// An intermediate CA under the root.
pub(crate) fn ca() -> Case<CertificateContext> {
    ca_of(key(ISSUING_P256))
}

/// The same with this key.
pub(crate) fn ca_of(key: PublicKey) -> Case<CertificateContext> {
    let mut extensions = ca_extensions(&key, Some(0));
    extensions.push(authority_key(&root_facts()));
    let constraints = NameConstraints {
        permitted: vec!["dns:example.test".parse().unwrap(), "ip:192.0.2.0/24".parse().unwrap()],
        excluded: vec!["ip:2001:db8::/32".parse().unwrap()],
    };
    extensions.push(has(true, Value::NameConstraints(constraints)));
    let fields = CertificateFields {
        serial: serial(2),
        signature: SignatureAlgorithm::Ecdsa(Digest::Sha384),
        issuer: name(ROOT),
        not_before: time(NOW),
        not_after: time("2036-11-21T09:59:59Z"),
        subject: name(INTERMEDIATE),
        extensions,
        public_key: key,
    };
    case(&fields, Some(root_facts()), true, 3660)
}

/// A certificate of a TLS server.
pub(crate) fn leaf() -> Case<CertificateContext> {
    leaf_of(key(LEAF_P256))
}

/// The same for another key.
pub(crate) fn leaf_of(key: PublicKey) -> Case<CertificateContext> {
    let names =
        ["dns:www.example.test", "dns:*.example.test", "dns:xn--bcher-kva.example.test", "ip:192.0.2.1"];
    let names =
        names.into_iter().chain(["ip:2001:db8::1", "email:post@example.test", "uri:https://example.test/a"]);
    let qualifiers = vec![Qualifier::Cps("https://example.test/cps".to_owned())];
    let policy = Policy { oid: "2.23.140.1.2.1".parse().unwrap(), qualifiers };
    let access = AuthorityInfoAccess {
        ocsp: uri("http://ocsp.example.test/"),
        ca_issuers: uri("http://ca.example.test/issuing.cer"),
    };
    let points = CrlDistributionPoints(uri("http://ca.example.test/issuing.crl"));
    let extensions = vec![
        authority_key(&intermediate_facts()),
        subject_key(&key),
        has(true, Value::KeyUsage(KeyUsage::DIGITAL_SIGNATURE)),
        has(false, Value::ExtKeyUsage(ExtKeyUsage(vec![purpose::SERVER_AUTH]))),
        has(true, Value::BasicConstraints(BasicConstraints { ca: false, path_len: None })),
        has(false, Value::SubjectAltName(SubjectAltName(names.map(|name| name.parse().unwrap()).collect()))),
        has(false, Value::CrlDistributionPoints(points)),
        has(false, Value::AuthorityInfoAccess(access)),
        has(false, Value::CertificatePolicies(CertificatePolicies(vec![policy]))),
    ];
    let fields = CertificateFields {
        serial: serial(3),
        signature: ECDSA_SHA256,
        issuer: name(INTERMEDIATE),
        not_before: time(NOW),
        not_after: time("2027-02-19T09:59:59Z"),
        subject: name("CN=www.example.test"),
        extensions,
        public_key: key,
    };
    case(&fields, Some(intermediate_facts()), false, 90)
}

/// A CRL with three entries, two of which have a reason.
pub(crate) fn crl() -> Case<CrlContext> {
    let (fields, revoked, context) = crl_parts();
    Case {
        tbs: Node::read(&fields.build(&revoked).unwrap().to_der().unwrap()),
        algorithm: ECDSA_SHA256.identifier_der().to_vec(),
        context,
    }
}

/// What it is made of.
pub(crate) fn crl_parts() -> (CrlFields, Vec<RevokedCertificate>, CrlContext) {
    let facts = intermediate_facts();
    let entry = |last, reason, invalidity_date| RevokedCertificate {
        serial: serial(last),
        revocation_date: time("2026-11-20T08:00:00Z"),
        reason,
        invalidity_date,
        removed: false,
    };
    let fields = CrlFields {
        signature: ECDSA_SHA256,
        issuer: facts.subject.clone(),
        this_update: time(NOW),
        next_update: time("2026-11-28T09:59:59Z"),
        extensions: vec![authority_key(&facts), has(false, Value::CrlNumber(CrlNumber(7)))],
    };
    let revoked = vec![
        entry(1, Some(ReasonCode::KeyCompromise), Some(time("2026-11-01T00:00:00Z"))),
        entry(2, Some(ReasonCode::Superseded), None),
        entry(3, None, None),
    ];
    let context = CrlContext {
        issuer: facts,
        now: Some(time(NOW)),
        previous: Some((CrlNumber(6), time("2026-11-20T10:00:00Z"))),
        longest: Some(7 * 86_400),
        ca_serials: vec![serial(2)],
        standards: Vec::new(),
        distribution_points: Vec::new(),
    };
    (fields, revoked, context)
}

/// A request for a server's certificate.
pub(crate) fn request() -> Case<()> {
    let key = key(LEAF_P256);
    let names = SubjectAltName(vec!["dns:www.example.test".parse().unwrap()]);
    let fields = RequestFields {
        signature: ECDSA_SHA256,
        subject: name("CN=www.example.test"),
        public_key: key,
        extensions: vec![has(false, Value::SubjectAltName(names))],
    };
    Case {
        tbs: Node::read(fields.build().unwrap().as_der()),
        algorithm: ECDSA_SHA256.identifier_der().to_vec(),
        context: (),
    }
}

impl Case<()> {
    pub(crate) fn report(&self) -> Report {
        lint::inspect_request(&self.signed(), &[])
    }

    /// The attributes of a request.
    pub(crate) fn attributes(self, change: impl FnOnce(&mut Vec<Node>)) -> Self {
        self.edit(|tbs| change(tbs.at(3).members()))
    }
}
