//! The profiles that come with the program, as the text that people copy and change.

use super::problem::Problems;
use super::profile::Profile;

/// Name and TOML text of every built-in profile, in the order in which they are listed.
pub const TEXTS: [(&str, &str); 17] = [
    ("root", include_str!("builtin/root.toml")),
    ("root-webpki", include_str!("builtin/root-webpki.toml")),
    ("intermediate", include_str!("builtin/intermediate.toml")),
    ("intermediate-general", include_str!("builtin/intermediate-general.toml")),
    ("intermediate-webpki", include_str!("builtin/intermediate-webpki.toml")),
    ("cross", include_str!("builtin/cross.toml")),
    ("tls-server", include_str!("builtin/tls-server.toml")),
    ("tls-server-webpki", include_str!("builtin/tls-server-webpki.toml")),
    ("tls-client", include_str!("builtin/tls-client.toml")),
    ("code-signing", include_str!("builtin/code-signing.toml")),
    ("email", include_str!("builtin/email.toml")),
    ("document-signing", include_str!("builtin/document-signing.toml")),
    ("ocsp-responder", include_str!("builtin/ocsp-responder.toml")),
    ("time-stamping", include_str!("builtin/time-stamping.toml")),
    ("device", include_str!("builtin/device.toml")),
    ("smartcard-logon", include_str!("builtin/smartcard-logon.toml")),
    ("vpn", include_str!("builtin/vpn.toml")),
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
        let mut kinds = Vec::new();
        for (name, text) in TEXTS {
            match Profile::parse(name, text) {
                Ok(profile) => kinds.push((name, profile.kind().word())),
                Err(problems) => panic!("{name}: {problems}"),
            }
        }
        let of = |word: &str| -> Vec<&str> {
            kinds.iter().filter(|(_, kind)| *kind == word).map(|(name, _)| *name).collect()
        };
        assert_eq!(of("root"), ["root", "root-webpki"]);
        assert_eq!(of("subordinate"), ["intermediate", "intermediate-general", "intermediate-webpki"]);
        assert_eq!(of("cross"), ["cross"]);
        assert_eq!(of("ocsp-responder"), ["ocsp-responder"]);
        assert_eq!(of("time-stamping"), ["time-stamping"]);
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
