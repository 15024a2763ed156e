//! The profiles that come with the program, as the text that people copy and change.

use super::problem::Problems;
use super::profile::Profile;

/// Name and TOML text of every built-in profile, in the order in which they are listed.
pub const TEXTS: [(&str, &str); 4] = [
    ("root", include_str!("builtin/root.toml")),
    ("intermediate", include_str!("builtin/intermediate.toml")),
    ("tls-server", include_str!("builtin/tls-server.toml")),
    ("tls-client", include_str!("builtin/tls-client.toml")),
];

/// The name and text of a built-in profile.
#[must_use]
pub fn find(name: &str) -> Option<(&'static str, &'static str)> {
    TEXTS.into_iter().find(|(known, _)| *known == name)
}

/// The text of a built-in profile.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    find(name).map(|(_, text)| text)
}

/// A built-in profile, if there is one of this name.
///
/// # Errors
/// [`Problems`] never for the texts of this program, as its tests show; kept for totality.
pub fn profile(name: &str) -> Option<Result<Profile, Problems>> {
    text(name).map(|text| Profile::parse(name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_a_profile_of_its_kind() {
        let kinds = TEXTS.map(|(name, text)| match Profile::parse(name, text) {
            Ok(profile) => profile.kind().word(),
            Err(problems) => panic!("{name}: {problems}"),
        });
        assert_eq!(kinds, ["root", "subordinate", "end-entity", "end-entity"]);
    }

    #[test]
    fn every_line_that_says_something_is_explained() {
        // A reader of the file alone must understand it: each table and each group of keys has a comment.
        for (name, text) in TEXTS {
            for block in text.split("\n\n") {
                let comment = block.lines().any(|line| line.trim_start().starts_with('#'));
                assert!(comment, "{name}: {block}");
            }
        }
    }
}
