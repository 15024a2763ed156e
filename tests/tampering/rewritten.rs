//! A log that was cut off or written anew, with everything that is derived from it: only a head from elsewhere shows it.

use keyrite::audit::{Event, Examiner, KnownHead, Record};
use keyrite::evidence::verify;

use crate::history::{Export, all, export_of, home, original};
use crate::scene::at;

/// The log as it was at each earlier length is one that was rolled back, and its own head is still good.
#[test]
fn a_log_that_was_rolled_back_to_any_state_does_not_meet_the_head_on_paper() {
    let Export { head, .. } = original();
    let lines = original().lines();
    let mut log = Examiner::new([*head]);
    for (at, line) in lines.iter().enumerate() {
        assert!(log.clone().finish().is_err(), "rolled back to {at} entries");
        log.add_encoding(line).unwrap();
    }
    log.finish().unwrap();
}

/// The same by whole exports, as somebody would be given them.
#[test]
fn an_export_of_an_earlier_state_does_not_meet_a_later_head() {
    let mut scene = home(40);
    let later = if all() { 60 } else { 6 };
    let mut earlier = Vec::new();
    for number in 1..=later {
        let event = Event::LoginFailed { token: number.to_string(), reason: "x".to_owned() };
        scene.store.append(event, at(5_000)).unwrap();
        earlier.push(export_of(&scene));
    }
    let last = earlier.pop().unwrap();
    assert!(last.is_good());
    for export in earlier {
        assert!(export.is_good(), "an old export stays good for the head of its time");
        assert!(!verify(&export.files, &[last.head]).findings.is_empty());
        // Any old head vouches for what came before it, in any later export.
        assert!(verify(&last.files, &[export.head, last.head]).findings.is_empty());
    }
}

/// From the changed entry on everything fits again: numbers, chain, tiles. The head on paper does not.
#[test]
fn a_log_that_was_written_anew_from_any_entry_does_not_meet_the_head_on_paper() {
    let Export { head, .. } = original();
    let lines = original().lines();
    let step = if all() { 1 } else { lines.len() / 20 };
    let mut log = Examiner::new([*head]);
    for (at, line) in lines.iter().enumerate() {
        if at % step == 0 {
            let mut anew = log.clone();
            anew.add_encoding(&another(line)).unwrap();
            lines[at + 1..].iter().for_each(|line| drop(anew.add_encoding(line).unwrap()));
            assert!(anew.finish().is_err(), "written anew from entry {}", at + 1);
        }
        log.add_encoding(line).unwrap();
    }
    // Without a head it would be a log like any other.
    let mut anew = Examiner::new(std::iter::empty::<KnownHead>());
    lines.iter().for_each(|line| drop(anew.add_encoding(&another(line)).unwrap()));
    anew.finish().unwrap();
}

/// An entry of the same number and event, a second later.
fn another(line: &[u8]) -> Vec<u8> {
    let record = Record::decode(line).unwrap();
    let time: keyrite::x509::time::Time = record.time.parse().unwrap();
    Record { time: time.plus_seconds(1).unwrap().to_string(), ..record }.encode().unwrap()
}
