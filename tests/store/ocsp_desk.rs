//! What a responder decides: from the request, the ledger and the time.

use keyrite::authority::ocsp_desk::{Ask, Decision, OcspDesk, Outcome, Reply};
use keyrite::store::Store;
use keyrite::x509::extension::ReasonCode;
use keyrite::x509::ocsp::{CertId, CertIdHash, CertStatus, IssuerId, OcspRequest};
use keyrite::x509::time::Time;

use super::ocsp::{revoke, sign};
use crate::scene::{Scene, at, serial};

fn certificate(scene: &Scene, hash: CertIdHash, number: u32) -> CertId {
    CertId::new(&IssuerId::of(hash, &scene.root).unwrap(), &serial(number)).unwrap()
}

fn plain(scene: &Scene, number: u32) -> Vec<u8> {
    OcspRequest::plain(&certificate(scene, CertIdHash::Sha1, number)).unwrap()
}

fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let [.., high, low] = contents.len().to_be_bytes();
    let head = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&head, contents].concat()
}

/// A request about these with a nonce of so many octets, if any.
fn request(certificates: &[CertId], nonce: Option<usize>) -> Vec<u8> {
    let list: Vec<u8> = certificates.iter().flat_map(|one| tlv(0x30, one.as_der())).collect();
    let mut tbs = tlv(0x30, &list);
    if let Some(octets) = nonce {
        let oid = [6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2];
        let value = tlv(4, &tlv(4, &vec![7; octets]));
        tbs.extend(tlv(0xa2, &tlv(0x30, &tlv(0x30, &[&oid[..], &value].concat()))));
    }
    tlv(0x30, &tlv(0x30, &tbs))
}

fn desk(scene: &Scene, live: bool) -> OcspDesk {
    let store = Store::open_read_only(scene.directory.path()).unwrap();
    let cas = [scene.ca()];
    OcspDesk::new(store, &cas, if live { &cas } else { &[] }).unwrap()
}

fn reply(desk: &OcspDesk, request: &[u8], now: Time) -> Reply {
    match desk.decide(request, now) {
        Decision::Reply { reply, .. } => reply,
        Decision::Sign(ask) => panic!("{ask:?}"),
    }
}

fn ask(desk: &OcspDesk, request: &[u8], now: Time) -> Ask {
    match desk.decide(request, now) {
        Decision::Sign(ask) => ask,
        Decision::Reply { reply, .. } => panic!("{reply:?}"),
    }
}

#[test]
fn a_response_is_given_while_it_is_current_and_the_ledger_says_the_same() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    for number in 1..=4 {
        scene.issue(number);
    }
    drop(scene.reserve(5));
    let held = revoke(&mut scene, 3, ReasonCode::CertificateHold, at(20));
    let said = [(1, CertStatus::Good), (2, CertStatus::Good), (3, held), (5, CertStatus::Unknown)];
    sign(&mut scene, &said, at(100));
    let desk = desk(&scene, false);
    let until = at(100 + 86_400);
    for (number, outcome) in [(1, Outcome::Good), (3, Outcome::Revoked), (5, Outcome::Unknown)] {
        for now in [at(100), until] {
            let reply = reply(&desk, &plain(&scene, number), now);
            assert_eq!((reply.outcome, reply.dates), (outcome, Some((at(100), until))), "{number}");
            assert!(reply.der.len() > 100);
        }
    }
    // Before and after its time, about what was not signed, by a hash for which nothing was, of another issuer.
    let later = Reply::later();
    assert_eq!(reply(&desk, &plain(&scene, 1), at(99)), later);
    assert_eq!(reply(&desk, &plain(&scene, 1), until.plus_seconds(1).unwrap()), later);
    assert_eq!(reply(&desk, &plain(&scene, 4), at(200)), Reply::unauthorized());
    let sha256 = OcspRequest::plain(&certificate(&scene, CertIdHash::Sha256, 1)).unwrap();
    assert_eq!(reply(&desk, &sha256, at(200)), Reply::unauthorized());
    let mut other = plain(&scene, 1);
    let place = other.len() - 30;
    other[place] ^= 1;
    assert_eq!(reply(&desk, &other, at(200)), Reply::unauthorized());
    // Revoked, released, signed anew.
    revoke(&mut scene, 2, ReasonCode::KeyCompromise, at(300));
    assert_eq!(reply(&desk, &plain(&scene, 2), at(300)), later);
    scene.store.unhold(&ca, &serial(3), at(310)).unwrap();
    assert_eq!(reply(&desk, &plain(&scene, 3), at(310)), later);
    sign(&mut scene, &[(3, CertStatus::Good)], at(320));
    assert_eq!(reply(&desk, &plain(&scene, 3), at(320)).outcome, Outcome::Good);
    // Another reason than the one that was signed: revoked is right all the same.
    sign(&mut scene, &[(2, CertStatus::Revoked { at: at(300), reason: Some(1) })], at(330));
    assert_eq!(reply(&desk, &plain(&scene, 2), at(330)).outcome, Outcome::Revoked);
}

#[test]
fn what_is_no_request_and_what_a_file_cannot_answer() {
    let mut scene = Scene::new();
    scene.issue(1);
    scene.issue(2);
    sign(&mut scene, &[(1, CertStatus::Good), (2, CertStatus::Good)], at(100));
    let desk = desk(&scene, false);
    let one = certificate(&scene, CertIdHash::Sha1, 1);
    let two = certificate(&scene, CertIdHash::Sha1, 2);
    for octets in
        [&b""[..], b"0", b"\x30\x00", &request(&[], None), &request(std::slice::from_ref(&one), Some(0))]
    {
        assert_eq!(reply(&desk, octets, at(200)), Reply::malformed(), "{octets:02x?}");
    }
    assert_eq!(reply(&desk, &request(&[one.clone(), two], None), at(200)), Reply::unauthorized());
    // A nonce is not repeated, and what has one is not worth remembering.
    let decision = desk.decide(&request(std::slice::from_ref(&one), Some(32)), at(200));
    assert!(matches!(&decision, Decision::Reply { reply, again: false } if reply.outcome == Outcome::Good));
    let decision = desk.decide(&request(&[one], None), at(200));
    assert!(matches!(&decision, Decision::Reply { reply, again: true } if reply.outcome == Outcome::Good));
}

#[test]
fn whoever_signs_live_is_asked_for_what_is_not_there() {
    let mut scene = Scene::new();
    scene.issue(1);
    scene.issue(2);
    sign(&mut scene, &[(1, CertStatus::Good)], at(100));
    let desk = desk(&scene, true);
    let one = certificate(&scene, CertIdHash::Sha1, 1);
    let two = certificate(&scene, CertIdHash::Sha256, 2);
    // What was signed ahead is given where it does.
    assert_eq!(reply(&desk, &plain(&scene, 1), at(200)).outcome, Outcome::Good);
    let repeated = ask(&desk, &request(std::slice::from_ref(&one), Some(128)), at(200));
    assert_eq!(repeated.nonce, Some(vec![7; 128]));
    assert_eq!(repeated.certificates, std::slice::from_ref(&one));
    // If nothing can be signed, the client gets what there is.
    assert_eq!(repeated.otherwise.outcome, Outcome::Good);
    let missing = ask(&desk, &request(std::slice::from_ref(&two), None), at(200));
    assert_eq!((missing.ca, missing.nonce, missing.otherwise), (scene.ca(), None, Reply::later()));
    let several = ask(&desk, &request(&[one.clone(), two.clone(), one.clone()], None), at(200));
    assert_eq!(several.certificates, [one, two]);
    revoke(&mut scene, 1, ReasonCode::Superseded, at(300));
    assert_eq!(ask(&desk, &plain(&scene, 1), at(300)).otherwise, Reply::later());
    assert_eq!(reply(&desk, &request(&[], None), at(300)), Reply::malformed());
}

#[test]
fn the_mark_changes_with_what_was_said_and_not_with_what_is_issued() {
    let mut scene = Scene::new();
    scene.issue(1);
    let desk = desk(&scene, false);
    let (change, mark) = (desk.change().unwrap(), desk.mark().unwrap());
    assert_eq!(desk.change().unwrap(), change);
    scene.issue(2);
    assert_ne!(desk.change().unwrap(), change);
    assert_eq!(desk.mark().unwrap(), mark);
    let mut marks = vec![mark];
    sign(&mut scene, &[(1, CertStatus::Good)], at(100));
    marks.push(desk.mark().unwrap());
    sign(&mut scene, &[(1, CertStatus::Good)], at(110));
    marks.push(desk.mark().unwrap());
    revoke(&mut scene, 2, ReasonCode::CertificateHold, at(120));
    marks.push(desk.mark().unwrap());
    scene.store.unhold(&scene.ca(), &serial(2), at(130)).unwrap();
    marks.push(desk.mark().unwrap());
    for (place, mark) in marks.iter().enumerate() {
        assert!(!marks[..place].contains(mark), "{marks:?}");
    }
    let coverage = desk.coverage().unwrap();
    assert_eq!(coverage[0].latest, Some(at(110 + 86_400)));
}
