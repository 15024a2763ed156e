//! The clock against the log: what a wrong clock cannot begin, and what it cannot lose.

use std::ops::ControlFlow;

use keyrite::audit::{Event, Head, Record, TimeProblem};
use keyrite::store::{Discrepancy, Error, OpenOptions, Revocation, Settlement, SigningFailure, State, Store};
use keyrite::x509::time::{Duration, Time};

use crate::scene::{Scene, at, serial, sign};

const DAY: i64 = 86_400;

/// The last entry: its time, and the event's kind.
fn last(scene: &Scene) -> (String, String) {
    let mut last = None;
    let visit = |entry: keyrite::audit::Entry| {
        last = Some(Record::decode(&entry.encoding).unwrap());
        ControlFlow::Continue(())
    };
    scene.store.audit_entries(0, visit).unwrap();
    let record = last.unwrap();
    let event = serde_json::to_value(&record.event).unwrap()["event"].as_str().unwrap().to_owned();
    (record.time, event)
}

fn is_behind(error: &Error) -> bool {
    matches!(error, Error::ClockBehind { .. })
}

fn is_ahead(error: &Error) -> bool {
    matches!(error, Error::ClockAhead { .. })
}

/// Whether an error is the expected one.
type Judge = fn(&Error) -> bool;

#[test]
fn a_clock_that_ran_backwards_or_jumped_begins_nothing() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    let head = scene.store.audit_head().unwrap();
    let cases: [(Time, Judge); 4] = [
        (at(11 - 61), is_behind),
        (at(-3 * DAY), is_behind),
        (at(12 + 400 * DAY), is_ahead),
        (Time::NO_EXPIRATION, is_ahead),
    ];
    for (now, expected) in cases {
        let intent = scene.intent(2);
        let error = scene.store.reserve_certificates(&ca, vec![intent], now).unwrap_err();
        assert!(expected(&error.source), "{error:?}");
        assert_eq!(error.intents.len(), 1, "what was to be reserved comes back");
        let list = crate::scene::list(&scene.store, &ca);
        let number = scene.store.next_crl_number(&ca).unwrap();
        let intent = scene.crl_intent(list, number, at(20));
        assert!(expected(&scene.store.reserve_crl(&ca, intent, now).unwrap_err().source));
        let said = Revocation { reason: None, date: at(11).min(now), invalidity_date: None };
        assert!(expected(&scene.store.revoke(&ca, &serial(1), said, now).unwrap_err()));
        assert!(expected(&scene.store.believe(now).unwrap_err()));
    }
    assert_eq!(scene.store.audit_head().unwrap(), head);
    assert!(scene.store.certificate(&ca, &serial(2)).is_err());
    // A little behind is a clock that was set by network time; a year is an offline root that slept.
    scene.store.believe(at(11 - 60)).unwrap();
    scene.store.believe(at(11 + 400 * DAY)).unwrap();
    scene.issue(2);
}

#[test]
fn the_errors_say_what_was_seen_and_what_to_do() {
    let scene = Scene::new();
    let behind = scene.store.believe(at(-3 * DAY)).unwrap_err();
    assert_eq!(
        behind.to_string(),
        "the clock says 2026-11-18T10:00:00Z, which is 3 days before the last entry of the audit log, \
         2026-11-21T10:00:02Z"
    );
    let ahead = scene.store.believe(at(500 * DAY)).unwrap_err();
    assert_eq!(
        ahead.to_string(),
        "the clock says 2028-04-04T10:00:00Z, which is 499 days after the last entry of the audit log, \
         2026-11-21T10:00:02Z: wanted at most 400d"
    );
    for error in [behind, ahead] {
        assert_eq!(
            error.hint().unwrap(),
            "set the clock; where it is right, `keyrite clock confirm --reason TEXT` records that it is"
        );
    }
}

/// The clock was set between the reservation and the end of the signature.
#[test]
fn what_was_signed_is_recorded_whatever_the_clock_says() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    for (number, now) in [(1, at(-300 * DAY)), (2, at(5_000 * DAY))] {
        let reservation = scene.reserve(number);
        let signed = sign(&scene.key, reservation.tbs());
        scene.store.commit(vec![(reservation, signed)], now).unwrap();
        assert_eq!(last(&scene), ("2026-11-21T10:00:10Z".to_owned(), "signed".to_owned()));
        assert_eq!(scene.store.certificate(&ca, &serial(number)).unwrap().state, State::Issued);
    }
    let reservation = scene.reserve(3);
    let failure = SigningFailure::Token { reason: "gone".to_owned() };
    scene.store.fail(&[(reservation, failure)], at(-DAY)).unwrap();
    assert_eq!(last(&scene), ("2026-11-21T10:00:10Z".to_owned(), "signing-failed".to_owned()));
    let event = Event::LoginFailed { token: "t".to_owned(), reason: "r".to_owned() };
    scene.store.append(event, at(-DAY)).unwrap();
    assert_eq!(last(&scene).0, "2026-11-21T10:00:10Z");
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn a_person_confirms_the_clock_once_and_work_goes_on() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    // Somebody set the year ahead, and a CRL was made by it.
    scene.issue_crl(at(300 * DAY));
    assert!(is_behind(&scene.store.believe(at(20)).unwrap_err()));
    let before = scene.store.confirm_clock(at(20), "two watches", "Ann").unwrap();
    assert_eq!(before, Some(at(300 * DAY)));
    assert_eq!(last(&scene), (at(20).to_string(), "clock-confirmed".to_owned()));
    assert_eq!(scene.store.last_seen().unwrap(), Some(at(20)));
    let intent = scene.intent(1);
    let reservation = scene.store.reserve_certificates(&ca, vec![intent], at(21)).unwrap().pop().unwrap();
    let signed = sign(&scene.key, reservation.tbs());
    scene.store.commit(vec![(reservation, signed)], at(22)).unwrap();
    // Nothing is left to confirm, and then nothing is recorded.
    let head = scene.store.audit_head().unwrap();
    assert_eq!(scene.store.confirm_clock(at(30), "again", "Ann").unwrap(), None);
    assert_eq!(scene.store.audit_head().unwrap(), head);
    // The same after a long sleep, to which a home may have been told to be strict.
    let options = OpenOptions { largest_gap: Duration::Seconds(30 * DAY), ..OpenOptions::default() };
    let mut strict = Store::open(scene.directory.path(), options).unwrap();
    assert!(is_ahead(&strict.believe(at(31 * DAY)).unwrap_err()));
    assert_eq!(strict.confirm_clock(at(31 * DAY), "slept", "Ann").unwrap(), Some(at(22)));
    strict.believe(at(31 * DAY)).unwrap();
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn a_clock_from_before_the_program_makes_no_home_and_is_not_confirmed() {
    let directory = tempfile::tempdir().unwrap();
    let old: Time = "2026-04-15T23:59:59Z".parse().unwrap();
    let error = Store::create(&directory.path().join("home"), old).unwrap_err();
    assert!(matches!(error, Error::ClockImpossible { .. }), "{error:?}");
    assert!(!directory.path().join("home").exists());
    let mut scene = Scene::new();
    let error = scene.store.confirm_clock(old, "battery", "Ann").unwrap_err();
    assert!(matches!(error, Error::ClockImpossible { .. }), "{error:?}");
}

#[test]
fn open_reservations_are_settled_in_the_order_of_time() {
    let mut scene = Scene::new();
    drop(scene.reserve(1));
    let open = scene.store.open_reservations().unwrap().pop().unwrap();
    let error = scene.store.settle(open.id, Settlement::Abandon, at(-DAY)).unwrap_err();
    assert!(is_behind(&error), "{error:?}");
    scene.store.settle(open.id, Settlement::Abandon, at(30)).unwrap();
}

/// Appends to the log as somebody does who can compute the chain.
fn forge(scene: &Scene, time: &str, event: Event) {
    let Head { entries, hash } = scene.store.audit_head().unwrap();
    let entry = entries + 1;
    let encoding = Record { entry, time: time.to_owned(), event }.encode().unwrap();
    let head = Head { entries, hash }.extend(&encoding);
    scene
        .raw()
        .execute(
            "INSERT INTO audit_log (entry, encoding, hash) VALUES (?1, ?2, ?3)",
            rusqlite::params![i64::try_from(entry).unwrap(), encoding, head.hash.0],
        )
        .unwrap();
}

#[test]
fn verification_tells_where_the_times_of_the_log_go_back() {
    let scene = Scene::new();
    let first = scene.store.audit_head().unwrap().entries + 1;
    let event = || Event::LoginFailed { token: "t".to_owned(), reason: "r".to_owned() };
    forge(&scene, "2026-11-21T10:00:01Z", event());
    forge(&scene, "2026-11-21T10:00:01Z", event());
    forge(&scene, "yesterday", event());
    let confirmed = |before: &str, now: &str| Event::ClockConfirmed {
        before: before.to_owned(),
        now: now.to_owned(),
        reason: None,
        by: None,
    };
    forge(&scene, "2026-11-20T10:00:00Z", confirmed("2026-11-21T10:00:01Z", "2026-11-20T10:00:00Z"));
    forge(&scene, "2026-11-19T10:00:00Z", confirmed("2026-11-21T10:00:00Z", "2026-11-19T10:00:00Z"));
    let found: Vec<String> =
        scene.store.verify_audit(None).unwrap().discrepancies.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            format!(
                "audit entry {first}: its time 2026-11-21T10:00:01Z lies before that of the entry before it, \
                 2026-11-21T10:00:02Z"
            ),
            format!(
                "audit entry {}: its time is \"yesterday\", wanted one such as 2026-11-21T10:00:00Z",
                first + 2
            ),
            format!(
                "audit entry {}: it confirms the clock after 2026-11-21T10:00:00Z, and the entry before it is of \
                 2026-11-20T10:00:00Z",
                first + 4
            ),
        ]
    );
    let found = scene.store.verify_audit(None).unwrap().discrepancies;
    assert!(matches!(&found[0], Discrepancy::Time { problem: TimeProblem::Back { .. }, .. }), "{found:?}");
}
