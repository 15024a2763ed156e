//! Events that tell less of the same, for when the whole does not fit into an entry.
//!
//! An entry has at most 65,535 octets (C2SP tlog-tiles). What can be longer is what others say: requests that break
//! rules by the thousand. That they were refused, and by which rules, always has room.

use super::event::Event;

impl Event {
    /// The same event with less of what is said about it; none when nothing can be left out.
    #[must_use]
    pub fn shorter(&self) -> Option<Self> {
        let mut event = self.clone();
        #[expect(clippy::wildcard_enum_match_arm, reason = "all other events are short, or are refused")]
        match &mut event {
            Self::RequestRefused { objections, violations, .. } => {
                if objections.is_empty() {
                    dedup(violations);
                } else {
                    objections.truncate(objections.len() / 2);
                }
            }
            Self::LintRefused { findings, .. } => dedup(findings),
            _ => return None,
        }
        (event != *self).then_some(event)
    }
}

/// Each id once, in the order in which they came first.
fn dedup(ids: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Fingerprint, Kind, Objection, Source};

    #[test]
    fn a_refusal_gets_shorter_until_it_says_each_rule_once() {
        let objection = Objection::new("POL-1", "field", "found", "wanted");
        let mut event = Event::RequestRefused {
            ca: "root".to_owned(),
            profile: "p".to_owned(),
            profile_sha256: None,
            request_sha256: None,
            requester: None,
            source: Source::default(),
            violations: ["POL-2", "POL-1", "POL-2", "POL-1"].map(str::to_owned).to_vec(),
            objections: vec![objection; 5],
            overrides: Vec::new(),
        };
        let mut counts = Vec::new();
        while let Some(shorter) = event.shorter() {
            event = shorter;
            let Event::RequestRefused { violations, objections, .. } = &event else { panic!("{event:?}") };
            counts.push((objections.len(), violations.len()));
        }
        assert_eq!(counts, [(2, 4), (1, 4), (0, 4), (0, 2)]);
        let Event::RequestRefused { violations, .. } = event else { panic!("{event:?}") };
        assert_eq!(violations, ["POL-2", "POL-1"]);
    }

    #[test]
    fn what_is_short_stays_as_it_is() {
        let hash = Fingerprint([1; 32]);
        assert_eq!(Event::ConfigurationChanged { sha256: hash }.shorter(), None);
        let refused = Event::LintRefused {
            kind: Kind::Crl,
            ca: "root".to_owned(),
            profile: None,
            profile_sha256: None,
            tbs_sha256: hash,
            findings: vec!["a".to_owned(), "b".to_owned()],
        };
        assert_eq!(refused.shorter(), None);
    }
}
