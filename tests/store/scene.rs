//! A home with a CA in it, and the steps before and after the store as a CA takes them.

use std::io::Read as _;

use keyrite::audit::{Conditions, Origin, Source};
use keyrite::lint::{self, CertificateContext, CrlContext, IssuerFacts, Linted};
use keyrite::port::{Clock, Signer as _};
use keyrite::store::{
    CaName, CertificateIntent, CrlIntent, CrlReservation, CrlScope, CrlSources, Issued, IssuedCrl, NewCa,
    OpenOptions, ProfileText, Reservation, Revision, Store,
};
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::certificate::{Certificate, CertificateFields};
use keyrite::x509::crl::{Crl, CrlFields, CrlMessage, CrlSeal, RevokedCertificate, ToBeSignedCrl};
use keyrite::x509::csr::{Csr, RequestFields};
use keyrite::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, CrlNumber, ExtKeyUsage, Extension,
    KeyUsage, SubjectAltName, Value, purpose,
};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::name::Name;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signature::SignatureValue;
use keyrite::x509::signed::{Kind, Signed, ToBeSigned, Verification};
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;
use tempfile::TempDir;

use crate::software::SoftwareKey;

pub(crate) const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);

/// Seconds after a fixed beginning.
pub(crate) fn at(seconds: i64) -> Time {
    "2026-11-21T10:00:00Z".parse::<Time>().unwrap().plus_seconds(seconds).unwrap()
}

/// A clock that stands still.
pub(crate) struct At(pub(crate) Time);

impl Clock for At {
    fn now(&self) -> Time {
        self.0
    }
}

pub(crate) fn name(text: &str) -> CaName {
    text.parse().unwrap()
}

pub(crate) fn serial(number: u32) -> SerialNumber {
    let mut octets = [0x5a; 20];
    octets[16..].copy_from_slice(&number.to_be_bytes());
    SerialNumber::from_der_contents(&octets).unwrap()
}

/// A home in a directory of its own, with an active root called `root`.
pub(crate) struct Scene {
    pub(crate) directory: TempDir,
    pub(crate) store: Store,
    pub(crate) key: SoftwareKey,
    pub(crate) root: Certificate,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::create(directory.path(), at(0)).unwrap();
        let key = SoftwareKey::load("ec-p256");
        let root = make_root(&mut store, &key, "root", 0);
        Self { directory, store, key, root }
    }

    /// Ends as a killed process does, and comes back.
    pub(crate) fn reopen(self) -> Self {
        let Self { directory, store, key, root } = self;
        drop(store);
        let store = Store::open(directory.path(), OpenOptions::default()).unwrap();
        Self { directory, store, key, root }
    }

    pub(crate) fn ca(&self) -> CaName {
        name("root")
    }

    pub(crate) fn intent(&self, number: u32) -> CertificateIntent {
        self.intent_until(number, at(90 * 86_400))
    }

    pub(crate) fn intent_until(&self, number: u32, not_after: Time) -> CertificateIntent {
        leaf_intent(&self.key, &self.root, serial(number), not_after)
    }

    pub(crate) fn reserve(&mut self, number: u32) -> Reservation<Certificate> {
        let intent = self.intent(number);
        let ca = self.ca();
        self.store.reserve_certificates(&ca, vec![intent], at(10)).unwrap().pop().unwrap()
    }

    pub(crate) fn issue(&mut self, number: u32) -> Issued<Certificate> {
        let reservation = self.reserve(number);
        let signed = sign(&self.key, reservation.tbs());
        self.store.commit(vec![(reservation, signed)], at(11)).unwrap().pop().unwrap()
    }

    pub(crate) fn issue_until(&mut self, number: u32, not_after: Time) -> Issued<Certificate> {
        let intent = self.intent_until(number, not_after);
        let ca = self.ca();
        let reservation = self.store.reserve_certificates(&ca, vec![intent], at(10)).unwrap().pop().unwrap();
        let signed = sign(&self.key, reservation.tbs());
        self.store.commit(vec![(reservation, signed)], at(11)).unwrap().pop().unwrap()
    }

    pub(crate) fn crl_intent(&self, list: RevokedList, number: CrlNumber, this_update: Time) -> CrlIntent {
        let tbs = CrlFields {
            signature: ALGORITHM,
            issuer: self.root.subject().clone(),
            this_update,
            next_update: this_update.plus_seconds(7 * 86_400).unwrap(),
            extensions: vec![
                authority_key_identifier(self.key.public_key()),
                plain(Value::CrlNumber(number)),
            ],
        }
        .build(&list.revoked)
        .unwrap();
        let context = CrlContext {
            issuer: IssuerFacts::of(&self.root).unwrap(),
            now: Some(this_update),
            previous: None,
            longest: None,
            ca_serials: list.ca_serials,
            standards: Vec::new(),
            distribution_points: Vec::new(),
        };
        CrlIntent { linted: lint::crl(tbs, &context).unwrap(), revision: list.revision, of_one_point: false }
    }

    pub(crate) fn issue_crl(&mut self, this_update: Time) -> Crl {
        let ca = self.ca();
        let list = list(&self.store, &ca);
        let number = self.store.next_crl_number(&ca).unwrap();
        let intent = self.crl_intent(list, number, this_update);
        let reservation = self.store.reserve_crl(&ca, intent, this_update).unwrap();
        let seal = sign_crl(self, &reservation);
        let issued = self.store.commit_crl(reservation, seal, this_update).unwrap();
        Crl::from_der(&crl_der(&self.store, &issued)).unwrap()
    }

    /// A connection of SQLite's own, for looking and for tampering.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.store.path()).unwrap()
    }
}

pub(crate) fn new_ca(called: &str, key: &PublicKey) -> NewCa {
    NewCa {
        name: name(called),
        key_uri: format!("pkcs11:token=test;object={called}"),
        profile: "root".to_owned(),
        subject: format!("C=AT,O=Example,CN=Example {called}").parse().unwrap(),
        public_key: key.clone(),
    }
}

pub(crate) fn make_root(store: &mut Store, key: &SoftwareKey, called: &str, number: u32) -> Certificate {
    let new = new_ca(called, key.public_key());
    let reservation = store.reserve_root(&new, root_intent(&new, number), at(1)).unwrap();
    let signed = sign(key, reservation.tbs());
    let issued = store.commit(vec![(reservation, signed)], at(2)).unwrap();
    Certificate::from_der(issued[0].as_der()).unwrap()
}

/// What a root says of itself.
pub(crate) fn root_fields(new: &NewCa, number: u32) -> CertificateFields {
    let key = &new.public_key;
    CertificateFields {
        serial: serial(1_000_000 + number),
        signature: ALGORITHM,
        issuer: new.subject.clone(),
        not_before: at(0),
        not_after: at(20 * 365 * 86_400),
        subject: new.subject.clone(),
        public_key: key.clone(),
        extensions: vec![
            critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: None })),
            critical(Value::KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN)),
            plain(Value::SubjectKeyIdentifier(key.key_identifier().to_vec())),
        ],
    }
}

pub(crate) fn root_intent(new: &NewCa, number: u32) -> CertificateIntent {
    let tbs = root_fields(new, number).build().unwrap();
    let context = CertificateContext {
        issuer: None,
        now: Some(at(0)),
        expected: None,
        ..CertificateContext::default()
    };
    intent(lint::certificate(tbs, &context).unwrap())
}

pub(crate) fn leaf_intent(
    key: &SoftwareKey,
    root: &Certificate,
    serial: SerialNumber,
    not_after: Time,
) -> CertificateIntent {
    leaf_intent_at(key, root, serial, not_after, None)
}

/// As [`leaf_intent`], of a certificate that may name a distribution point.
pub(crate) fn leaf_intent_at(
    key: &SoftwareKey,
    root: &Certificate,
    serial: SerialNumber,
    not_after: Time,
    point: Option<Vec<String>>,
) -> CertificateIntent {
    let subject_key = SoftwareKey::load("leaf-p256");
    let dns = "dns:www.example.test".parse::<GeneralName>().unwrap();
    let tbs = CertificateFields {
        serial,
        signature: ALGORITHM,
        issuer: root.subject().clone(),
        not_before: at(0),
        not_after,
        subject: "O=Example,CN=www.example.test".parse().unwrap(),
        public_key: subject_key.public_key().clone(),
        extensions: [
            critical(Value::KeyUsage(KeyUsage::DIGITAL_SIGNATURE)),
            plain(Value::ExtKeyUsage(ExtKeyUsage(vec![purpose::SERVER_AUTH]))),
            plain(Value::SubjectKeyIdentifier(subject_key.public_key().key_identifier().to_vec())),
            authority_key_identifier(key.public_key()),
            plain(Value::SubjectAltName(SubjectAltName(vec![dns]))),
        ]
        .into_iter()
        .chain(point.map(|uris| plain(Value::CrlDistributionPoints(CrlDistributionPoints(uris)))))
        .collect(),
    }
    .build()
    .unwrap();
    let issuer = Some(IssuerFacts::of(root).unwrap());
    let context =
        CertificateContext { issuer, now: Some(at(0)), expected: None, ..CertificateContext::default() };
    intent(lint::certificate(tbs, &context).unwrap())
}

/// The profile by which everything is made.
pub(crate) fn profile() -> ProfileText {
    ProfileText { name: "tls-server".to_owned(), sha256: [7; 32], rows: "name\ttls-server\n".into() }
}

fn intent(linted: Linted<Certificate>) -> CertificateIntent {
    CertificateIntent {
        linted,
        profile: profile(),
        request_sha256: Some([8; 32]),
        requester: Some("web team".to_owned()),
        source: Source { origin: Some(Origin::Request), ..Source::default() },
        conditions: Conditions::default(),
    }
}

pub(crate) fn request(subject: &Name, key: &PublicKey) -> Linted<Csr> {
    let tbs = RequestFields {
        signature: ALGORITHM,
        subject: subject.clone(),
        public_key: key.clone(),
        extensions: Vec::new(),
    }
    .build()
    .unwrap();
    lint::request(tbs).unwrap()
}

/// What a CA's next CRL for everything names, all at once.
pub(crate) struct RevokedList {
    pub(crate) revision: Revision,
    pub(crate) revoked: Vec<RevokedCertificate>,
    pub(crate) ca_serials: Vec<SerialNumber>,
}

pub(crate) fn list(store: &Store, ca: &CaName) -> RevokedList {
    let collect = |sources: &CrlSources<'_>| {
        Ok::<_, keyrite::store::Error>(RevokedList {
            revision: sources.revision(),
            revoked: sources.listed(|entries| entries.collect::<Result<_, _>>())?,
            ca_serials: sources.ca_serials()?,
        })
    };
    store.read_for_crl(ca, &CrlScope::default(), collect).unwrap()
}

/// The signature of a CRL that is reserved, over its digest.
pub(crate) fn sign_crl(scene: &Scene, reservation: &CrlReservation) -> CrlSeal {
    let message = scene.store.crl_message(reservation).unwrap();
    let tbs = scene.store.crl_to_be_signed(reservation).unwrap();
    seal_crl(&scene.key, &message, &tbs)
}

fn seal_crl(key: &SoftwareKey, message: &CrlMessage, tbs: &[u8]) -> CrlSeal {
    let raw = key.raw_signature(ALGORITHM, tbs);
    let signature = SignatureValue::from_token(key.public_key(), ALGORITHM, &raw).unwrap();
    CrlSeal::prove(message, ALGORITHM, &signature, key.public_key()).unwrap()
}

/// The same as a whole.
pub(crate) fn signed_crl(scene: &Scene, reservation: &CrlReservation) -> Vec<u8> {
    let tbs = scene.store.crl_to_be_signed(reservation).unwrap();
    whole(&tbs, &sign_crl(scene, reservation))
}

fn whole(tbs: &[u8], seal: &CrlSeal) -> Vec<u8> {
    [&seal.header(u64::try_from(tbs.len()).unwrap()), tbs, seal.as_bytes()].concat()
}

/// A CRL that no ledger knows of.
pub(crate) fn loose_crl(key: &SoftwareKey, tbs: &ToBeSignedCrl) -> Crl {
    let tbs = tbs.to_der().unwrap();
    let message = CrlMessage::Whole(tbs.clone());
    Crl::from_der(&whole(&tbs, &seal_crl(key, &message, &tbs))).unwrap()
}

/// The octets of a CRL on record.
pub(crate) fn crl_der(store: &Store, issued: &IssuedCrl) -> Vec<u8> {
    let mut der = Vec::new();
    store.issued_crl_octets(issued).unwrap().read_to_end(&mut der).unwrap();
    der
}

pub(crate) fn sign<K: Kind>(key: &SoftwareKey, tbs: &ToBeSigned<K>) -> Signed<K> {
    let raw = key.raw_signature(tbs.algorithm(), tbs.as_der());
    let signature = SignatureValue::from_token(key.public_key(), tbs.algorithm(), &raw).unwrap();
    Signed::seal(tbs, &signature, key.public_key(), Verification::Once).unwrap()
}

fn authority_key_identifier(key: &PublicKey) -> Extension {
    let key_identifier = key.key_identifier().to_vec();
    plain(Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_identifier }))
}

fn critical(value: Value) -> Extension {
    Extension { critical: true, value }
}

fn plain(value: Value) -> Extension {
    Extension { critical: false, value }
}
