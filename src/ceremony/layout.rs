//! Where each file of a ceremony stands, in the directory of a run and in a bundle.

use crate::audit::Fingerprint;

/// The transcript: one record a line.
pub const TRANSCRIPT: &str = "transcript.jsonl";
/// The plan: the digests of everything that the run depends on.
pub const PLAN: &str = "plan.json";
/// The script.
pub const SCRIPT: &str = "script.toml";
/// The site.
pub const SITE: &str = "site.toml";
/// How to look at all this.
pub const README: &str = "README.txt";
/// SHA-256 over every other file, as `sha256sum` writes it.
pub const SUMS: &str = "SHA256SUMS";
/// The export of the home's audit log, with every object that it tells of.
pub const LOG: &str = "log/";
/// The files that steps have written.
pub const OUTPUTS: &str = "outputs/";
/// The files that went in.
pub const INPUTS: &str = "inputs/";
/// The profiles: `profiles/NAME/1.toml` is the profile, the next ones are those from which it inherits.
pub const PROFILES: &str = "profiles/";

/// The directory of what a step writes for relying parties.
#[must_use]
pub fn published(step: &str) -> String {
    format!("{OUTPUTS}published-{step}/")
}

/// The directory of the OCSP responses that a step signs.
#[must_use]
pub fn responses(step: &str) -> String {
    format!("{OUTPUTS}ocsp-{step}/")
}

/// The file of a profile: `layer` 1 is itself.
#[must_use]
pub fn profile(name: &str, layer: usize) -> String {
    format!("{PROFILES}{name}/{layer}.toml")
}

/// SHA-256 over what `README.txt` says, by each version that ever wrote another text: a bundle outlives the program that
/// made it. Who changes the text adds its sum, and leaves those that are there.
const README_SUMS: [&str; 1] = ["5045494b7d155801b73fa21d29966fb38ec006473680f7ffc1d6e1bb7868af35"];

/// Whether a text is what `README.txt` says in a bundle by some version of this program.
pub(super) fn is_readme(text: &[u8]) -> bool {
    README_SUMS.contains(&Fingerprint::of(text).to_string().as_str())
}

/// What `README.txt` says.
pub const README_TEXT: &str = "The evidence of a ceremony, made by keyrite.

  plan.json         SHA-256 of everything that the ceremony depended on; its own SHA-256 is the name of the plan
  script.toml       what was to be done, in which order, and by whom
  site.toml         with which tokens
  profiles/         the certificate profiles, each with those from which it inherits
  inputs/           the files that went in
  transcript.jsonl  what was done: one record a line, in canonical JSON (RFC 8785), each chained to the one before
  outputs/          the files that came out
  log/              the audit log of the CA's home with every object that it tells of; see log/README.txt
  SHA256SUMS        SHA-256 of every other file

Everything can be checked from these files alone, with keyrite and without its home, a token or a network:

    keyrite ceremony verify .

What they cannot show by themselves is that they were not all made anew: for that, compare the words that the people
present wrote down at the end of the ceremony with those that this command prints.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_the_readme_is_the_last_that_is_listed() {
        let sum = Fingerprint::of(README_TEXT.as_bytes()).to_string();
        assert_eq!(README_SUMS.last(), Some(&sum.as_str()));
    }
}
