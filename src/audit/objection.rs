//! One rule of policy that a refused request does not keep.

use serde::{Deserialize, Serialize};

/// A violation, whole: its texts say what requests and profiles say, so they are as long as an entry has room for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Objection {
    /// The rule's id.
    pub rule: String,
    /// The field of the certificate.
    pub field: String,
    /// What was found there.
    pub found: String,
    /// What was wanted.
    pub wanted: String,
}

impl Objection {
    /// The most octets of each text.
    pub const TEXT_LIMIT: usize = 512;
    /// The most octets of all objections of an entry in its encoding, which must stay below 65,536 as a whole. The ids
    /// of all rules stand beside them.
    pub const ROOM: usize = 32_768;

    /// An objection with its texts cut to [`Self::TEXT_LIMIT`]; `…` stands for what was cut off.
    #[must_use]
    pub fn new(rule: &str, field: &str, found: &str, wanted: &str) -> Self {
        Self { rule: rule.to_owned(), field: cut(field), found: cut(found), wanted: cut(wanted) }
    }

    /// The first objections for which an entry has room.
    #[must_use]
    pub fn first_of(objections: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut taken: usize = 0;
        let fits = |objection: &Self| {
            let octets = serde_json::to_string(objection).map_or(Self::ROOM, |text| text.len());
            taken = taken.saturating_add(octets);
            taken <= Self::ROOM
        };
        objections.into_iter().take_while(fits).collect()
    }
}

fn cut(text: &str) -> String {
    if text.len() <= Objection::TEXT_LIMIT {
        return text.to_owned();
    }
    let room = Objection::TEXT_LIMIT.saturating_sub('…'.len_utf8());
    let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    let mut short: String = text.get(..end).unwrap_or_default().to_owned();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let fits = "ä".repeat(256);
        assert_eq!(Objection::new("R", &fits, "", "").field, fits);
        let long = Objection::new("R", "f", &"ä".repeat(257), &format!("x{}", "ä".repeat(300)));
        assert_eq!(long.found, format!("{}…", "ä".repeat(254)));
        assert_eq!(long.wanted, format!("x{}…", "ä".repeat(254)));
        assert!([long.found, long.wanted].iter().all(|text| text.len() <= Objection::TEXT_LIMIT));
    }

    #[test]
    fn an_entry_has_room_for_the_worst_objections_that_are_taken() {
        // Each of these characters takes six octets in JSON.
        let worst =
            || Objection::new("POL", &"\u{1}".repeat(600), &"\u{1}".repeat(600), &"\u{1}".repeat(600));
        let taken = Objection::first_of(std::iter::repeat_with(worst).take(1000));
        assert!((1..10).contains(&taken.len()), "{}", taken.len());
        assert!(serde_json::to_string(&taken).unwrap().len() < 40_000);
        let plain = || Objection::new("POL", "subject", "CN", "none");
        assert_eq!(Objection::first_of(std::iter::repeat_with(plain).take(100)).len(), 100);
    }
}
