//! The suite itself.

use std::collections::BTreeSet;

/// The incidents that concern issuance and revocation.
const INCIDENTS: [u8; 41] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27, 28, 29, 30,
    31, 32, 33, 36, 37, 38, 39, 40, 41, 42, 43, 44, 46,
];

const FILES: [&str; 10] = [
    include_str!("encodings.rs"),
    include_str!("issuers.rs"),
    include_str!("keys.rs"),
    include_str!("numbers.rs"),
    include_str!("profiles.rs"),
    include_str!("programs.rs"),
    include_str!("register.rs"),
    include_str!("requests.rs"),
    include_str!("revocations.rs"),
    include_str!("times.rs"),
];

/// I-45: a CA made the mistakes of others again, and its own (Mozilla's list of issues of Camerfirma). Each incident has a test
/// for good, which says what happened, and each that is left out is named with its reason.
#[test]
fn i45_every_incident_has_its_test_or_its_place() {
    let mut tested = BTreeSet::new();
    for file in FILES {
        for line in file.lines() {
            let Some(name) = line.strip_prefix("fn i") else { continue };
            let name = format!("i{name}");
            tested.extend(name.split('_').map_while(|word| word.strip_prefix('i')?.parse::<u8>().ok()));
        }
    }
    let mut wanted: BTreeSet<u8> = INCIDENTS.into();
    wanted.insert(45);
    assert_eq!(tested, wanted);
    for number in &tested {
        let said = FILES.iter().any(|file| file.contains(&format!("/// I-{number:02}: ")));
        assert!(said, "nothing says what happened in I-{number:02}");
    }
    // What is left out is in the head of the suite, alone or within a range.
    let head = include_str!("../incidents.rs");
    let left: BTreeSet<u8> = (1..=47).filter(|number| !tested.contains(number)).collect();
    assert_eq!(left, [16, 26, 34, 35, 47].into());
    for number in &left {
        assert!(head.contains(&format!("I-{number:02}")), "I-{number:02}");
    }
}
