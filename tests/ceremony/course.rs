//! A transcript whose records were changed and chained anew: the rules of a ceremony tell, besides the audit log that
//! vouches for the true one.

use keyrite::ceremony::{Fact, Record};
use keyrite::evidence::Memory;

use crate::scene::{bundle, findings};

/// The bundle with another transcript, whose records are numbered and spelled as they have to be.
fn with(records: Vec<Record>) -> Memory {
    let mut bundle = bundle();
    let mut text = Vec::new();
    for (entry, record) in (1..).zip(records) {
        text.extend(Record { entry, ..record }.encode().unwrap());
        text.push(b'\n');
    }
    bundle.0.insert("transcript.jsonl".to_owned(), text);
    bundle
}

fn records() -> Vec<Record> {
    let text = bundle().0["transcript.jsonl"].clone();
    text.split(|octet| *octet == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| Record::decode(line).unwrap())
        .collect()
}

#[track_caller]
fn told(change: impl FnOnce(&mut Vec<Record>), wanted: &str) {
    let mut changed = records();
    change(&mut changed);
    let findings = findings(&with(changed));
    assert!(findings.iter().any(|one| one.contains(wanted)), "no {wanted:?} in {findings:#?}");
    // The log has seen another one.
    assert!(
        findings.iter().any(|one| one.contains("does not tell of the end of this transcript")),
        "{findings:#?}"
    );
}

fn place(records: &[Record], is: impl Fn(&Fact) -> bool) -> usize {
    records.iter().position(|record| is(&record.fact)).unwrap()
}

#[test]
fn an_approval_that_is_missing_is_found() {
    told(
        |records| {
            let at = place(records, |fact| matches!(fact, Fact::Approved { .. }));
            records.remove(at);
        },
        "is done with 1 approvals, wanted 2",
    );
}

#[test]
fn an_approval_by_somebody_who_is_not_there_is_found() {
    told(
        |records| {
            let at = place(records, |fact| matches!(fact, Fact::Approved { .. }));
            let Fact::Approved { person, .. } = &mut records[at].fact else { panic!() };
            *person = "Mallory".to_owned();
        },
        "\"Mallory\" is not present in the section",
    );
}

#[test]
fn an_approval_of_something_else_is_found() {
    told(
        |records| {
            let at = place(records, |fact| matches!(fact, Fact::Approved { .. }));
            let Fact::Approved { digest, .. } = &mut records[at].fact else { panic!() };
            digest.0[0] ^= 1;
        },
        "approves what was not shown before",
    );
}

#[test]
fn something_else_that_was_shown_is_found() {
    told(
        |records| {
            for record in records {
                if let Fact::Shown { sha256, digest, .. } = &mut record.fact {
                    sha256.iter_mut().chain([digest]).for_each(|sum| sum.0[0] ^= 1);
                } else if let Fact::Approved { digest, .. } = &mut record.fact {
                    digest.0[0] ^= 1;
                }
            }
        },
        "was signed in step 1.2, and not shown to anybody",
    );
}

#[test]
fn a_witness_who_has_not_signed_in_is_found() {
    told(
        |records| {
            let at = place(records, |fact| matches!(fact, Fact::SignedIn { role, .. } if role == "witness"));
            records.remove(at);
        },
        "0 people have signed in as \"witness\", wanted 1",
    );
}

#[test]
fn a_step_that_is_left_out_is_found() {
    told(
        |records| records.retain(|record| record.fact.step() != Some("1.1")),
        "begins step 1.2, and 1.1 is the next one",
    );
}

#[test]
fn an_observation_that_is_missing_is_found() {
    told(
        |records| {
            let at = place(records, |fact| matches!(fact, Fact::Observed { .. }));
            records.remove(at);
        },
        "is done, and \"bag\" was not observed",
    );
}

#[test]
fn an_end_before_the_last_step_is_found() {
    told(
        |records| records.retain(|record| record.fact.step() != Some("1.7")),
        "is the end, and step 1.7 is not done",
    );
}

#[test]
fn a_title_of_another_script_is_found() {
    told(
        |records| {
            let Fact::Begun { title, .. } = &mut records[0].fact else { panic!() };
            *title = "Another".to_owned();
        },
        "is of \"Another\", and the script of \"Test Root\"",
    );
}

#[test]
fn a_head_of_another_log_is_found() {
    told(
        |records| {
            let at = place(records, |fact| matches!(fact, Fact::StepDone { .. }));
            let Fact::StepDone { log, .. } = &mut records[at].fact else { panic!() };
            log.hash.0[0] ^= 1;
        },
        "the audit log had another head after entry",
    );
}
