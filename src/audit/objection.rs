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
    /// The most objections of an entry; the ids of all stand beside them.
    pub const MOST: usize = 100;

    /// An objection with its texts cut to [`Self::TEXT_LIMIT`]; `…` stands for what was cut off.
    #[must_use]
    pub fn new(rule: &str, field: &str, found: &str, wanted: &str) -> Self {
        Self { rule: rule.to_owned(), field: cut(field), found: cut(found), wanted: cut(wanted) }
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
}
