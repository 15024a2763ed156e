//! Requirements on ceremonies, and the records that show them.

use super::facts::Fact;
use super::record::Record;

/// What shows a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Records of these kinds.
    By(&'static [&'static str]),
    /// Nothing that a program sees.
    NotHere,
}

/// One requirement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requirement {
    /// Where it stands.
    pub(super) source: &'static str,
    /// What it wants, in short.
    pub(super) text: &'static str,
    pub(super) shown: Shown,
}

/// Those of the CA/Browser Forum's baseline requirements, ETSI EN 319 411-1 and WebTrust for CAs, in our own words.
pub(super) const REQUIREMENTS: [Requirement; 14] = [
    Requirement {
        source: "BR 6.1.1.1; WebTrust, CA key generation",
        text: "a key generation script is prepared and followed",
        shown: Shown::By(&["begun", "step-done"]),
    },
    Requirement {
        source: "BR 6.1.1.1",
        text: "a qualified auditor witnesses the generation of the key, or a video of it is made",
        shown: Shown::NotHere,
    },
    Requirement {
        source: "BR 6.1.1.1; EN 319 411-1 GEN-6.5.1",
        text: "people in trusted roles carry it out, under multiple person control",
        shown: Shown::By(&["signed-in", "section-begun", "approved"]),
    },
    Requirement {
        source: "BR 6.1.1.1; EN 319 411-1 GEN-6.5.1",
        text: "the key is generated within a secure cryptographic device",
        shown: Shown::By(&["token", "key", "shown"]),
    },
    Requirement {
        source: "BR 6.2.7; EN 319 411-1 GEN-6.5.2",
        text: "the device is certified as the rules want it",
        shown: Shown::NotHere,
    },
    Requirement {
        source: "BR 6.1.1.1",
        text: "activities of key generation are logged",
        shown: Shown::By(&["step-begun", "vacant", "key", "calls", "step-done"]),
    },
    Requirement {
        source: "BR 5.4.1",
        text: "records say date and time, who did it, and what it was",
        shown: Shown::By(&["step-done", "approved"]),
    },
    Requirement {
        source: "BR 4.3.1.2",
        text: "what is to be signed is linted before it is signed",
        shown: Shown::By(&["shown"]),
    },
    Requirement {
        source: "EN 319 411-1 GEN-6.5.1; WebTrust, CA key generation",
        text: "roles, their number and who had them are on record",
        shown: Shown::By(&["signed-in", "section-begun"]),
    },
    Requirement {
        source: "EN 319 411-1 GEN-6.5.1; WebTrust, CA key generation",
        text: "hardware and software are identified",
        shown: Shown::By(&["environment", "token"]),
    },
    Requirement {
        source: "EN 319 401 REQ-7.10; WebTrust, CA key generation",
        text: "times are those of a clock that was compared",
        shown: Shown::By(&["clock-confirmed"]),
    },
    Requirement {
        source: "WebTrust, CA key generation",
        text: "what is stored, and in which bag, is on record",
        shown: Shown::By(&["observed"]),
    },
    Requirement {
        source: "WebTrust, CA key generation",
        text: "deviations from the script are on record",
        shown: Shown::By(&["deviation"]),
    },
    Requirement {
        source: "BR 5.1; WebTrust, physical security",
        text: "the room is secured, and entering it is controlled",
        shown: Shown::NotHere,
    },
];

/// The word of a record's kind.
pub(super) const fn word(fact: &Fact) -> &'static str {
    match fact {
        Fact::Begun { .. } => "begun",
        Fact::SignedIn { .. } => "signed-in",
        Fact::SectionBegun { .. } => "section-begun",
        Fact::StepBegun { .. } => "step-begun",
        Fact::Environment { .. } => "environment",
        Fact::ClockConfirmed { .. } => "clock-confirmed",
        Fact::Token { .. } => "token",
        Fact::Vacant { .. } => "vacant",
        Fact::Key { .. } => "key",
        Fact::Calls { .. } => "calls",
        Fact::Answered { .. } => "answered",
        Fact::Shown { .. } => "shown",
        Fact::Approved { .. } => "approved",
        Fact::Observed { .. } => "observed",
        Fact::Found { .. } => "found",
        Fact::Wrote { .. } => "wrote",
        Fact::StepDone { .. } => "step-done",
        Fact::StepFailed { .. } => "step-failed",
        Fact::Deviation { .. } => "deviation",
        Fact::Paused { .. } => "paused",
        Fact::Continued { .. } => "continued",
        Fact::Stopped { .. } => "stopped",
        Fact::Resumed { .. } => "resumed",
        Fact::Ended { .. } => "ended",
    }
}

/// The numbers of the records of some kinds, as ranges.
pub(super) fn numbers(records: &[Record], words: &[&str]) -> String {
    let numbers: Vec<u64> =
        records.iter().filter(|one| words.contains(&word(&one.fact))).map(|one| one.entry).collect();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.saturating_add(1) == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let text = |(first, last): &(u64, u64)| {
        if first == last { first.to_string() } else { format!("{first}\u{2013}{last}") }
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(", ")
}
