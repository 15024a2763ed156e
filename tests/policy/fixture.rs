//! Requests, profiles and CAs for decisions, sound until a test spoils one thing.

use std::sync::LazyLock;

use der::asn1::ObjectIdentifier;
use keyrite::policy::{
    Approved, Comparison, IssuanceRequest, IssuerView, KeyRecord, Override, Places, Precedent, Profile,
    Refusal, Rule, SubjectKey, builtin, decide, foresee,
};
use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::certificate::{Certificate, CertificateFields};
use keyrite::x509::csr::{Csr, ProvenCsr, RequestFields};
use keyrite::x509::extension::{BasicConstraints, CertificatePolicies, Extension, KeyUsage, Policy, Value};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::Name;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signed::{Signed, Verification};
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::{Duration, Time};

use super::software::SoftwareKey;

pub(crate) const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);

pub(crate) fn time(text: &str) -> Time {
    text.parse().unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn alt(text: &str) -> GeneralName {
    text.parse().unwrap()
}

pub(crate) fn length(text: &str) -> Duration {
    text.parse().unwrap()
}

/// The present of every decision, unless a test moves it.
pub(crate) fn now() -> Time {
    time("2026-11-21T12:00:00Z")
}

/// A public key of `tests/vectors/keys`.
pub(crate) fn key(file: &str) -> PublicKey {
    if file == "rsa-8192" {
        // Only the public half: no CA of ours has such a key.
        let request = include_bytes!("../vectors/requests/good-rsa-8192.pem");
        return Csr::parse(request).unwrap().public_key().clone();
    }
    SoftwareKey::load(file).public_key().clone()
}

/// A built-in profile, with pieces of its text replaced by others.
pub(crate) fn profile(name: &str, edits: &[(&str, &str)]) -> Profile {
    Profile::parse(name, &edited(builtin::text(name).unwrap(), edits)).unwrap()
}

/// A text of a profile that no change of the built-in ones touches.
pub(crate) fn text(name: &str) -> &'static str {
    match name {
        "root" => include_str!("texts/root.toml"),
        "intermediate" => include_str!("texts/intermediate.toml"),
        "tls-server" => include_str!("texts/tls-server.toml"),
        "tls-client" => include_str!("texts/tls-client.toml"),
        _ => panic!("no text {name}"),
    }
}

/// A text with pieces replaced, each of which must be there.
pub(crate) fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from:?} is not in the text");
        text = text.replacen(from, to, 1);
    }
    text
}

pub(crate) fn not_critical(value: Value) -> Extension {
    Extension { critical: false, value }
}

pub(crate) fn critical(value: Value) -> Extension {
    Extension { critical: true, value }
}

/// An extension as somebody else may have written it.
pub(crate) fn raw(oid: ObjectIdentifier, der: &str) -> Extension {
    critical(Value::from_der(oid, &hex::decode(der).unwrap()))
}

/// certificatePolicies without qualifiers.
pub(crate) fn policies(list: &[&str]) -> Extension {
    let policies = list.iter().map(|oid| Policy::new(oid.parse().unwrap())).collect();
    not_critical(Value::CertificatePolicies(CertificatePolicies(policies)))
}

/// A certificate of a CA, free to be wrong in any field; its signature is not looked at by policy.
#[derive(Clone)]
pub(crate) struct Ca {
    pub(crate) subject: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) key: &'static str,
    pub(crate) begins: &'static str,
    pub(crate) ends: &'static str,
    pub(crate) extensions: Vec<Extension>,
}

pub(crate) const ROOT: &str = "C=AT,O=Example,CN=Example Root";
pub(crate) const ISSUING: &str = "C=AT,O=Example,CN=Example Issuing";

impl Ca {
    /// A root without a path length.
    pub(crate) fn root() -> Self {
        Self {
            subject: ROOT,
            issuer: ROOT,
            key: "ec-p256",
            begins: "2026-01-01",
            ends: "2046-01-01",
            extensions: Self::extensions(None),
        }
    }

    /// A CA below the root, with path length 0.
    pub(crate) fn issuing() -> Self {
        Self {
            subject: ISSUING,
            key: "sub-p256",
            ends: "2031-01-01",
            extensions: Self::extensions(Some(0)),
            ..Self::root()
        }
    }

    pub(crate) fn extensions(path_len: Option<u8>) -> Vec<Extension> {
        vec![
            not_critical(Value::SubjectKeyIdentifier(vec![1, 2, 3])),
            critical(Value::KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN)),
            critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len })),
        ]
    }

    pub(crate) fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|other| other.value.oid() != extension.value.oid());
        self.extensions.push(extension);
        self
    }

    pub(crate) fn certificate(&self) -> Certificate {
        self.certificate_named(&name(self.subject), &name(self.issuer))
    }

    /// The same with names in octets of any kind.
    pub(crate) fn certificate_named(&self, subject: &Name, issuer: &Name) -> Certificate {
        let mut signer = SoftwareKey::load("ec-p256");
        let fields = CertificateFields {
            serial: SerialNumber::from_random([7; 20]),
            signature: ECDSA,
            issuer: issuer.clone(),
            not_before: time(self.begins),
            not_after: time(self.ends),
            subject: subject.clone(),
            public_key: key(self.key),
            extensions: self.extensions.clone(),
        };
        let tbs = fields.build().unwrap();
        let value = signer.sign(ECDSA, &[tbs.as_der()]).remove(0).unwrap();
        let signed = Signed::seal(&tbs, &value, signer.public_key(), Verification::Once).unwrap();
        Certificate::from_der(signed.as_der()).unwrap()
    }
}

/// A request by the key `leaf-p256`, signed by it.
pub(crate) fn request(subject: &Name, extensions: Vec<Extension>) -> ProvenCsr {
    request_by("leaf-p256", ECDSA, subject, extensions)
}

pub(crate) fn request_by(
    file: &str,
    signature: SignatureAlgorithm,
    subject: &Name,
    extensions: Vec<Extension>,
) -> ProvenCsr {
    let mut signer = SoftwareKey::load(file);
    let public_key = signer.public_key().clone();
    let fields = RequestFields { signature, subject: subject.clone(), public_key, extensions };
    let tbs = fields.build().unwrap();
    let value = signer.sign(signature, &[tbs.as_der()]).remove(0).unwrap();
    let signed = Signed::seal(&tbs, &value, signer.public_key(), Verification::Once).unwrap();
    Csr::from_der(signed.as_der()).unwrap().prove().unwrap()
}

/// The request for what a profile gives to a key, with nothing said by an operator and nothing known of the key.
pub(crate) fn plain<'a>(profile: &'a Profile, key: SubjectKey<'a>) -> IssuanceRequest<'a> {
    IssuanceRequest {
        profile,
        requester: "test",
        key,
        subject: None,
        alt_names: None,
        not_before: None,
        validity: None,
        ca_keys: &[],
        on_record: KeyRecord::default(),
        overrides: &[],
    }
}

/// The key of an [`Act`].
#[derive(Clone)]
pub(crate) enum By {
    Request(ProvenCsr),
    Certificate(Precedent),
    Own(PublicKey, SignatureAlgorithm),
}

/// Everything that a decision depends on.
#[derive(Clone)]
pub(crate) struct Act {
    pub(crate) profile: Profile,
    pub(crate) by: By,
    pub(crate) subject: Option<Name>,
    pub(crate) alt_names: Option<Vec<GeneralName>>,
    pub(crate) not_before: Option<Time>,
    pub(crate) validity: Option<Duration>,
    pub(crate) ca_keys: Vec<PublicKey>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) on_record: KeyRecord,
    pub(crate) issuer: Option<IssuerView>,
    pub(crate) now: Time,
}

static VIEW: LazyLock<IssuerView> = LazyLock::new(|| view(&Ca::issuing(), &[Ca::root()]));
static ROOT_VIEW: LazyLock<IssuerView> = LazyLock::new(|| view(&Ca::root(), &[]));
static SERVER: LazyLock<ProvenCsr> =
    LazyLock::new(|| request(&name("CN=www.example.test"), vec![names(&["dns:www.example.test"])]));
static CLIENT: LazyLock<ProvenCsr> = LazyLock::new(|| request(&name("CN=Alice"), vec![]));

/// subjectAltName as requests ask for it.
pub(crate) fn names(names: &[&str]) -> Extension {
    let names = names.iter().map(|text| alt(text)).collect();
    not_critical(Value::SubjectAltName(keyrite::x509::extension::SubjectAltName(names)))
}

pub(crate) fn view(issuer: &Ca, above: &[Ca]) -> IssuerView {
    IssuerView {
        name: "issuing".to_owned(),
        certificate: issuer.certificate(),
        above: above.iter().map(Ca::certificate).collect(),
        revoked: vec![],
        signature: ECDSA,
        places: Places {
            crls: Vec::new(),
            crl: vec!["http://pki.example.test/ca.crl".parse().unwrap()],
            ca_issuers: vec!["http://pki.example.test/ca.cer".parse().unwrap()],
            ocsp: vec![],
        },
    }
}

impl Act {
    /// A server's request under the issuing CA.
    pub(crate) fn server() -> Self {
        Self {
            profile: profile("tls-server", &[]),
            by: By::Request(SERVER.clone()),
            subject: None,
            alt_names: None,
            not_before: None,
            validity: None,
            ca_keys: vec![],
            overrides: vec![],
            on_record: KeyRecord::default(),
            issuer: Some(VIEW.clone()),
            now: now(),
        }
    }

    /// A client's request under the issuing CA.
    pub(crate) fn client() -> Self {
        Self { profile: profile("tls-client", &[]), by: By::Request(CLIENT.clone()), ..Self::server() }
    }

    /// A request for a CA under the root.
    pub(crate) fn intermediate() -> Self {
        let request = request_by("sub-p256", ECDSA, &name(ISSUING), vec![]);
        Self {
            profile: profile("intermediate", &[]),
            by: By::Request(request),
            issuer: Some(ROOT_VIEW.clone()),
            ..Self::server()
        }
    }

    /// A root of our own.
    pub(crate) fn root() -> Self {
        Self {
            profile: profile("root", &[]),
            by: By::Own(key("ec-p256"), ECDSA),
            subject: Some(name(ROOT)),
            issuer: None,
            ..Self::server()
        }
    }

    /// The same with something changed.
    pub(crate) fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The same under another issuer.
    pub(crate) fn under(self, issuer: &Ca, above: &[Ca]) -> Self {
        self.but(|act| act.issuer = Some(view(issuer, above)))
    }

    /// The same with another request by the same kind of key.
    pub(crate) fn asking(self, subject: &str, extensions: Vec<Extension>) -> Self {
        let subject = if subject.is_empty() { Name::empty() } else { name(subject) };
        self.but(|act| act.by = By::Request(request(&subject, extensions)))
    }

    /// The same with the operator's names.
    pub(crate) fn named(self, names: &[&str]) -> Self {
        self.but(|act| act.alt_names = Some(names.iter().map(|text| alt(text)).collect()))
    }

    /// The same with a rule overridden.
    pub(crate) fn overriding(self, rule: Rule) -> Self {
        self.but(|act| act.overrides.push(Override::new(rule, "contract 17", "Zoe Adams").unwrap()))
    }

    pub(crate) fn decide(&self) -> Result<Approved, Refusal> {
        decide(&self.request(), self.issuer.as_ref(), self.now)
    }

    /// What the profile alone says of it.
    pub(crate) fn foresee(&self) -> Result<Comparison, Refusal> {
        foresee(&self.request(), self.now)
    }

    pub(crate) fn request(&self) -> IssuanceRequest<'_> {
        let key = match &self.by {
            By::Request(proven) => SubjectKey::Request(proven),
            By::Certificate(precedent) => SubjectKey::Certificate(precedent),
            By::Own(key, algorithm) => SubjectKey::Own(key, *algorithm),
        };
        IssuanceRequest {
            subject: self.subject.clone(),
            alt_names: self.alt_names.clone(),
            not_before: self.not_before,
            validity: self.validity.map(Into::into),
            ca_keys: &self.ca_keys,
            on_record: self.on_record.clone(),
            overrides: &self.overrides,
            ..plain(&self.profile, key)
        }
    }
}
