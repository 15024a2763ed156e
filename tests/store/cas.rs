//! CAs: made, asked for elsewhere, taken over; and what an interrupted attempt leaves.

use keyrite::authority::adopt;
use keyrite::port::Signer as _;
use keyrite::store::{CaName, CaState, Error, Revocation, Settlement};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::{Crl, CrlFields, RevokedCertificate};
use keyrite::x509::extension::{CrlNumber, Extension, ReasonCode, Value};
use keyrite::x509::name::Name;

use crate::scene::{
    ALGORITHM, At, Scene, at, loose_crl, make_root, name, new_ca, profile, request, root_fields, root_intent,
    serial, sign,
};
use crate::software::SoftwareKey;

#[test]
fn names_are_fit_for_files() {
    for good in ["root", "root-g1", "0.a_b", &"a".repeat(64)] {
        assert!(good.parse::<CaName>().is_ok(), "{good}");
    }
    for bad in ["", "Root", "-root", ".", "..", "a/b", "a b", "ä", &"a".repeat(65), "a\n"] {
        assert!(bad.parse::<CaName>().is_err(), "{bad}");
    }
}

#[test]
fn a_root_becomes_active_by_its_own_certificate() {
    let scene = Scene::new().reopen();
    let ca = scene.store.ca(&scene.ca()).unwrap();
    assert_eq!(ca.state, CaState::Active);
    assert_eq!(ca.certificate.as_ref(), Some(&scene.root));
    assert_eq!(&ca.subject, scene.root.subject());
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// A crash between reservation and commit leaves nothing that cannot be settled, and the name can be used
/// again by the same key, and by no other.
#[test]
fn an_interrupted_root_is_made_again() {
    let mut scene = Scene::new();
    let key = SoftwareKey::load("sub-p256");
    let new = new_ca("second", key.public_key());
    drop(scene.store.reserve_root(&new, root_intent(&new, 1), at(30)).unwrap());
    let mut scene = scene.reopen();
    assert_eq!(scene.store.ca(&name("second")).unwrap().state, CaState::Pending);
    let error = scene.store.reserve_certificates(&name("second"), vec![scene.intent(1)], at(31)).unwrap_err();
    assert!(matches!(error.source, Error::CaState { state: CaState::Pending, .. }), "{error:?}");
    let other = new_ca("second", scene.key.public_key());
    let error = scene.store.reserve_root(&other, root_intent(&other, 2), at(31)).unwrap_err();
    assert!(matches!(error.source, Error::CaExists { .. }), "{error:?}");
    let open = scene.store.open_reservations().unwrap();
    scene.store.settle(open[0].id, Settlement::Abandon, at(32)).unwrap();
    let root = make_root(&mut scene.store, &key, "second", 3);
    assert_eq!(scene.store.ca(&name("second")).unwrap().certificate, Some(root));
    let error = scene.store.reserve_root(&new, root_intent(&new, 4), at(33)).unwrap_err();
    assert!(matches!(error.source, Error::CaExists { .. }), "{error:?}");
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// The older attempt's certificate is recorded like any other, and the CA stays who it is.
#[test]
fn a_certificate_that_turns_up_does_not_replace_the_one_in_use() {
    let mut scene = Scene::new();
    let key = SoftwareKey::load("sub-p256");
    let new = new_ca("second", key.public_key());
    let lost = scene.store.reserve_root(&new, root_intent(&new, 1), at(30)).unwrap();
    let signed = sign(&key, lost.tbs());
    let mut renamed = new.clone();
    renamed.subject = "C=AT,O=Example,CN=Another name".parse().unwrap();
    let taken = scene.store.reserve_root(&renamed, root_intent(&renamed, 2), at(31)).unwrap();
    let root = sign(&key, taken.tbs());
    scene.store.commit(vec![(taken, root)], at(32)).unwrap();
    let open = scene.store.open_reservations().unwrap();
    scene.store.settle(open[0].id, Settlement::Found(signed.as_der()), at(33)).unwrap();
    let ca = scene.store.ca(&name("second")).unwrap();
    assert_eq!(
        (ca.subject.clone(), ca.certificate.unwrap().subject().clone()),
        (renamed.subject.clone(), renamed.subject)
    );
    assert_eq!(scene.store.open_reservations().unwrap(), []);
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn an_interrupted_root_whose_certificate_turns_up_becomes_active() {
    let mut scene = Scene::new();
    let key = SoftwareKey::load("sub-p256");
    let new = new_ca("second", key.public_key());
    let reservation = scene.store.reserve_root(&new, root_intent(&new, 1), at(30)).unwrap();
    let found = sign(&key, reservation.tbs()).as_der().to_vec();
    drop(reservation);
    let mut scene = scene.reopen();
    let open = scene.store.open_reservations().unwrap();
    scene.store.settle(open[0].id, Settlement::Found(&found), at(31)).unwrap();
    let ca = scene.store.ca(&name("second")).unwrap();
    assert_eq!((ca.state, ca.certificate), (CaState::Active, Some(Certificate::from_der(&found).unwrap())));
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn a_subordinate_asks_and_is_answered() {
    let mut scene = Scene::new();
    let key = SoftwareKey::load("sub-p256");
    let new = new_ca("sub", key.public_key());
    let linted = request(&new.subject, key.public_key());
    let reservation = scene.store.reserve_request(&new, &profile(), linted, at(30)).unwrap();
    assert_eq!(scene.store.ca(&name("sub")).unwrap().state, CaState::Pending);
    let signed = sign(&key, reservation.tbs());
    let issued = scene.store.commit(vec![(reservation, signed)], at(31)).unwrap();
    assert_eq!(scene.store.ca(&name("sub")).unwrap().state, CaState::Requested);
    assert_eq!(scene.store.request(&name("sub")).unwrap().as_deref(), Some(issued[0].as_der()));
    let error = scene.store.install_certificate(&name("sub"), &scene.root.clone(), &[], at(32)).unwrap_err();
    assert!(matches!(error, Error::OtherKey { .. }), "{error:?}");
    // The store compares keys; that the certificate is right is for whoever installs it to decide.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut other = keyrite::store::Store::create(elsewhere.path(), at(0)).unwrap();
    let answer = make_root(&mut other, &key, "answer", 7);
    let path = [scene.root.clone()];
    scene.store.install_certificate(&name("sub"), &answer, &path, at(33)).unwrap();
    let scene = scene.reopen();
    let ca = scene.store.ca(&name("sub")).unwrap();
    assert_eq!((ca.state, ca.certificate), (CaState::Active, Some(answer)));
    assert_eq!(ca.path, path);
    assert_eq!(scene.store.cas().unwrap().len(), 2);
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn an_adopted_ca_brings_its_history_and_its_numbers_continue() {
    let mut old = Scene::new();
    let first = Certificate::from_der(old.issue(1).as_der()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut store = keyrite::store::Store::create(directory.path(), at(0)).unwrap();
    let ca = name("moved");
    let new = new_ca("moved", old.key.public_key());
    store.adopt_ca(&new, &old.root, &[], None, at(40)).unwrap();
    assert!(matches!(store.adopt_ca(&new, &old.root, &[], None, at(40)), Err(Error::CaExists { .. })));
    store.import_certificate(&ca, &first, at(41)).unwrap();
    store.import_certificate(&ca, &first, at(41)).unwrap();

    let crl = old_crl(&old);
    store.import_crl(&ca, &crl, at(42)).unwrap();
    assert!(matches!(store.import_crl(&ca, &crl, at(42)), Err(Error::CrlNumberUsed { .. })));
    assert_eq!(store.next_crl_number(&ca).unwrap(), CrlNumber(78));
    let list = crate::scene::list(&store, &ca);
    let mut kept = list.revoked;
    kept.sort();
    assert_eq!(kept, crl.revoked());
    // The second was known by its number alone until its certificate is imported too.
    let unknown = store.certificate(&ca, &serial(2)).unwrap();
    assert_eq!((unknown.subject, unknown.not_after), (None, None));
    let second = Certificate::from_der(old.issue(2).as_der()).unwrap();
    store.import_certificate(&ca, &second, at(43)).unwrap();
    let known = store.certificate(&ca, &serial(2)).unwrap();
    assert!(known.subject.is_some() && known.revocation.is_some());
    assert_eq!(store.verify_audit(None).unwrap().discrepancies, []);

    let mut moved = Scene { directory, store, key: old.key, root: old.root };
    let error = moved.store.reserve_certificates(&ca, vec![moved.intent(2)], at(44)).unwrap_err();
    assert!(matches!(error.source, Error::SerialTaken { .. }), "{error:?}");
    let hold = Revocation { reason: Some(ReasonCode::Superseded), date: at(44), invalidity_date: None };
    moved.store.revoke(&ca, &serial(2), hold, at(44)).unwrap_err();
}

/// What such a CRL leaves out would come back as good.
#[test]
fn a_crl_that_is_only_a_part_is_no_last_crl() {
    let old = Scene::new();
    let directory = tempfile::tempdir().unwrap();
    let mut store = keyrite::store::Store::create(directory.path(), at(0)).unwrap();
    let new = new_ca("moved", old.key.public_key());
    // issuingDistributionPoint: onlyContainsUserCerts.
    let idp = Value::Unrecognized { oid: "2.5.29.28".parse().unwrap(), der: vec![0x30, 3, 0x81, 1, 0xff] };
    let part = old_crl_with(&old, Some(Extension { critical: true, value: idp }));
    let adopted = adopt::adopt(&mut store, &new, &old.root, &[], Some(&part), &At(at(40)));
    let error = adopted.unwrap_err().to_string();
    assert!(error.contains("may not name everything"), "{error}");
    assert_eq!(store.cas().unwrap(), []);
    adopt::adopt(&mut store, &new, &old.root, &[], Some(&old_crl(&old)), &At(at(40))).unwrap();
    assert_eq!(store.next_crl_number(&name("moved")).unwrap(), CrlNumber(78));
}

/// The certificate of a CA with its own key, its subject in PrintableString where ours is in UTF8String.
fn other_encoding(key: &SoftwareKey, subject: &Name, key_identifier: &[u8]) -> Certificate {
    let mut attributes = subject.attributes();
    for attribute in &mut attributes {
        attribute.tag = der::Tag::PrintableString;
    }
    let subject = Name::from_attributes(&attributes).unwrap();
    let mut fields = root_fields(&new_ca("other", key.public_key()), 9);
    fields.subject = subject.clone();
    fields.issuer = subject;
    for extension in &mut fields.extensions {
        if let Value::SubjectKeyIdentifier(octets) = &mut extension.value {
            *octets = key_identifier.to_vec();
        }
    }
    Certificate::from_der(sign(key, &fields.build().unwrap()).as_der()).unwrap()
}

/// C09 and A05: a name in two encodings, or one identifier for two keys, would be taken for two CAs or for one.
#[test]
fn a_ca_that_could_be_taken_for_another_does_not_move_in() {
    let mut scene = Scene::new();
    let key = SoftwareKey::load("sub-p256");
    let new = new_ca("other", key.public_key());
    let root = scene.root.clone();
    let mut adopted = |certificate: &Certificate| {
        let adopted = adopt::adopt(&mut scene.store, &new, certificate, &[], None, &At(at(40)));
        adopted.map_err(|error| error.to_string())
    };
    assert_eq!(
        adopted(&other_encoding(&key, root.subject(), &[9])).unwrap_err(),
        "CA \"root\" has the name C=AT,O=Example,CN=Example root in another encoding"
    );
    let identifier = root.subject_key_identifier().unwrap();
    assert_eq!(
        adopted(&other_encoding(&key, &new.subject, identifier)).unwrap_err(),
        format!("CA \"root\" has the subjectKeyIdentifier {} for another key", hex::encode_upper(identifier))
    );
    // Nor one whose name differs from that of a certificate that the root has only set out to issue.
    let pending = new_ca("pending", SoftwareKey::load("leaf-p256").public_key());
    drop(scene.store.reserve_root(&pending, root_intent(&pending, 5), at(41)).unwrap());
    let refused = adopt::adopt(
        &mut scene.store,
        &new,
        &other_encoding(&key, &pending.subject, &[9]),
        &[],
        None,
        &At(at(42)),
    );
    assert!(refused.unwrap_err().to_string().contains("in another encoding"));
    adopt::adopt(&mut scene.store, &new, &other_encoding(&key, &new.subject, &[9]), &[], None, &At(at(43)))
        .unwrap();
}

/// CRL 77 of the old CA, naming 1 and 2.
fn old_crl(old: &Scene) -> Crl {
    old_crl_with(old, None)
}

fn old_crl_with(old: &Scene, more: Option<Extension>) -> Crl {
    let entry = |number, reason| RevokedCertificate {
        serial: serial(number),
        revocation_date: at(15),
        reason,
        invalidity_date: Some(at(14)),
        removed: false,
    };
    let tbs = CrlFields {
        signature: ALGORITHM,
        issuer: old.root.subject().clone(),
        this_update: at(16),
        next_update: at(86_400),
        extensions: [Extension { critical: false, value: Value::CrlNumber(CrlNumber(77)) }]
            .into_iter()
            .chain(more)
            .collect(),
    };
    let revoked = [entry(1, Some(ReasonCode::KeyCompromise)), entry(2, None)];
    loose_crl(&old.key, &tbs.build(&revoked).unwrap())
}
