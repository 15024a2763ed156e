//! A CA that moves in with all that it has kept elsewhere.

use keyrite::port::Signer as _;
use keyrite::store::{CertificateFilter, Error, Moving, NewCa, Removal, Revocation, State, Store, Taken};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::{CrlNumber, ReasonCode};
use keyrite::x509::serial::SerialNumber;
use tempfile::TempDir;

use crate::scene::{Scene, at, name, new_ca, serial};

/// A home without a CA, and what is known of one elsewhere.
struct Elsewhere {
    scene: Scene,
    certificates: Vec<Certificate>,
    _directory: TempDir,
    store: Store,
    ca: NewCa,
}

impl Elsewhere {
    fn new() -> Self {
        let mut scene = Scene::new();
        let certificates =
            (1..4).map(|number| Certificate::from_der(scene.issue(number).as_der()).unwrap()).collect();
        let directory = tempfile::tempdir().unwrap();
        let store = Store::create(directory.path(), at(100)).unwrap();
        let ca = NewCa { subject: scene.root.subject().clone(), ..new_ca("old", scene.key.public_key()) };
        Self { scene, certificates, _directory: directory, store, ca }
    }

    fn take(
        &mut self,
        fill: impl FnOnce(&mut Removal<'_>, &[Certificate]) -> Result<bool, Error>,
    ) -> Result<Option<Taken>, Error> {
        let moving = Moving {
            ca: &self.ca,
            certificate: &self.scene.root,
            path: &[],
            source: "openssl",
            from: "/somewhere",
            doubts: 0,
            accepted: &[],
        };
        let certificates = &self.certificates;
        self.store.take_over(&moving, at(260), |removal| fill(removal, certificates))
    }

    fn entries(&self) -> u64 {
        self.store.verify_audit(None).unwrap().head.entries
    }
}

fn hold(seconds: i64) -> Revocation {
    Revocation { reason: Some(ReasonCode::CertificateHold), date: at(seconds), invalidity_date: None }
}

fn bare() -> SerialNumber {
    serial(77)
}

fn all(removal: &mut Removal<'_>, certificates: &[Certificate]) -> Result<bool, Error> {
    for certificate in certificates {
        removal.certificate(certificate)?;
    }
    removal.number(&bare(), Some("CN=lost"), Some(at(1000)))?;
    removal.revocation(certificates[0].serial(), hold(20))?;
    removal.revocation(&bare(), Revocation { reason: None, ..hold(30) })?;
    removal.crl_number(CrlNumber(9))?;
    Ok(true)
}

#[test]
fn everything_is_on_record_at_once_and_once() {
    let mut elsewhere = Elsewhere::new();
    let taken = elsewhere.take(all).unwrap().unwrap();
    let wanted = Taken { ca: true, certificates: 3, numbers: 1, revoked: 2, crls: 0, crl_numbers: true };
    assert_eq!(taken, wanted);
    let verified = elsewhere.store.verify_audit(None).unwrap();
    assert_eq!(verified.discrepancies, []);
    assert_eq!(elsewhere.store.next_crl_number(&name("old")).unwrap(), CrlNumber(10));
    assert_eq!(elsewhere.store.current_crl(&name("old")).unwrap(), None);
    let record = elsewhere.store.certificate(&name("old"), &bare()).unwrap();
    assert_eq!((record.state, record.subject.as_deref()), (State::Imported, Some("CN=lost")));
    assert_eq!(record.not_after, Some(at(1000)));
    assert_eq!(elsewhere.store.certificate_der(&name("old"), &bare()).unwrap(), None);

    let again = elsewhere.take(all).unwrap().unwrap();
    assert_eq!(again, Taken::default());
    assert_eq!(elsewhere.entries(), verified.head.entries, "a second time there is nothing to tell");
}

#[test]
fn what_was_given_up_has_never_been() {
    let mut elsewhere = Elsewhere::new();
    let before = elsewhere.entries();
    let given_up = elsewhere.take(|removal, certificates| all(removal, certificates).map(|_| false)).unwrap();
    assert_eq!(given_up, None);
    let failed = elsewhere.take(|removal, certificates| {
        all(removal, certificates)?;
        removal.revocation(&serial(99), hold(20)).map(|()| true)
    });
    assert!(matches!(failed, Err(Error::NoCertificate { .. })), "{failed:?}");
    assert_eq!(elsewhere.entries(), before);
    assert!(elsewhere.store.cas().unwrap().is_empty());
    assert!(elsewhere.take(all).unwrap().unwrap().ca, "and it can still come");
}

/// The ledger goes on after the CA has moved in; the directory that it came from does not.
#[test]
fn a_second_time_adds_what_is_new_and_changes_nothing_else() {
    let mut elsewhere = Elsewhere::new();
    elsewhere.take(all).unwrap();
    let first = elsewhere.certificates[0].serial().clone();
    elsewhere.store.unhold(&name("old"), &first, at(300)).unwrap();
    let compromised = Revocation { reason: Some(ReasonCode::KeyCompromise), ..hold(310) };
    elsewhere.store.revoke(&name("old"), &bare(), compromised, at(310)).unwrap();
    let more = elsewhere
        .take(|removal, certificates| {
            all(removal, certificates)?;
            removal.number(&serial(78), None, None)?;
            removal.crl_number(CrlNumber(8))?;
            Ok(true)
        })
        .unwrap()
        .unwrap();
    assert_eq!(more, Taken { numbers: 1, ..Taken::default() });
    let of = |serial: &SerialNumber| elsewhere.store.certificate(&name("old"), serial).unwrap().revocation;
    assert_eq!(of(&first), None, "released here, and not held again");
    assert_eq!(of(&bare()).unwrap().reason, Some(ReasonCode::KeyCompromise));
    assert_eq!(of(&bare()).unwrap().date, at(30));
    assert_eq!(elsewhere.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn of_two_revocations_the_graver_one_stands_since_the_earlier_date() {
    let mut elsewhere = Elsewhere::new();
    let superseded = Revocation { reason: Some(ReasonCode::Superseded), ..hold(40) };
    let taken = elsewhere.take(|removal, certificates| {
        let twice = [
            [hold(30), superseded],
            [superseded, hold(30)],
            [superseded, Revocation { date: at(20), ..superseded }],
        ];
        for (number, said) in (1000..).zip(twice) {
            removal.number(&serial(number), None, None)?;
            for each in said {
                removal.revocation(&serial(number), each)?;
            }
        }
        removal.certificate(&certificates[0]).map(|()| true)
    });
    taken.unwrap();
    let mut found = Vec::new();
    let filter = CertificateFilter { revoked: Some(true), ..CertificateFilter::default() };
    elsewhere
        .store
        .certificates(&filter, |record| {
            found.push(record.revocation.unwrap());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    let since = |seconds| Revocation { date: at(seconds), ..superseded };
    assert_eq!(found, [since(30), since(40), since(20)]);
}

#[test]
fn a_name_or_key_of_another_ca_is_not_taken_over() {
    let mut elsewhere = Elsewhere::new();
    elsewhere.take(all).unwrap();
    let taken = NewCa { name: name("twin"), ..elsewhere.ca.clone() };
    let ca = std::mem::replace(&mut elsewhere.ca, taken);
    let refused = elsewhere.take(all);
    assert!(matches!(&refused, Err(Error::KeyTaken { name }) if *name == ca.name), "{refused:?}");
    let key = crate::software::SoftwareKey::load("leaf-p256");
    elsewhere.ca = NewCa { public_key: key.public_key().clone(), ..ca };
    let refused = elsewhere.take(all);
    assert!(matches!(&refused, Err(Error::CaExists { .. })), "{refused:?}");
}
