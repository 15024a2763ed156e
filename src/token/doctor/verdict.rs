//! Whether a token will do for the keys of a CA, by what an examination found.

use super::algorithm::{AlgorithmFinding, Usable};
use super::finding::{Finding, Omission};
use super::generator::Generator;
use super::{Examination, Login};
use crate::token::error::Error;
use crate::token::return_value::ReturnValue;

/// What follows from an examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Why the token will not do; none if it will.
    pub reasons: Vec<String>,
    /// What whoever uses it should know all the same.
    pub warnings: Vec<String>,
}

impl Verdict {
    /// Whether the token will do.
    #[must_use]
    pub const fn is_fit(&self) -> bool {
        self.reasons.is_empty()
    }

    pub(super) fn of(found: &Examination) -> Self {
        Self { reasons: reasons(found), warnings: warnings(found) }
    }
}

fn reasons(found: &Examination) -> Vec<String> {
    let mut reasons = Vec::new();
    let usable = |finding: &&AlgorithmFinding| match finding.usable() {
        Usable::Yes => true,
        Usable::Listed | Usable::SignsOnly => !found.tried,
        Usable::No | Usable::Unknown => false,
    };
    if !found.algorithms.iter().any(|finding| usable(&finding)) {
        let words = if found.tried { "no algorithm works" } else { "no algorithm is listed" };
        reasons.push(match found.mechanisms.reason() {
            Some(reason) => format!("{words}: {reason}"),
            None => words.to_owned(),
        });
    }
    if let Login::Failed(error) = &found.login {
        let mut reason = format!("no login: {}", super::finding::described(error));
        if let Some(hint) = error.hint() {
            reason = format!("{reason}; {hint}");
        }
        reasons.push(reason);
    }
    if found.token.flags.write_protected() && found.keys.found().is_none_or(|keys| keys.first_fit().is_none())
    {
        reasons.push("the token is write-protected and holds no key that is fit".to_owned());
    }
    match &found.random {
        Finding::Found(Generator::Works | Generator::None(_)) | Finding::NotExamined(_) => {}
        Finding::Found(Generator::Constant) => reasons.push("its generator gives constant octets".to_owned()),
        Finding::Found(Generator::Repeats) => {
            reasons.push("its generator gives the same octets twice".to_owned());
        }
        Finding::Found(Generator::Length(octets)) => {
            reasons.push(format!("its generator gives {octets} octets where 32 are wanted"));
        }
        // Without a login some give nothing, which says nothing of them.
        Finding::Failed(_) if !found.login.is_done() => {}
        Finding::Failed(error) => reasons.push(format!("its generator fails: {error}")),
    }
    for (what, failed) in [
        ("its keys cannot be listed", failure(&found.keys)),
        ("no signature was made", failure(&found.speed)),
        ("no session can be opened that may write", no_writing(found)),
    ] {
        if let Some(reason) = failed {
            reasons.push(format!("{what}: {reason}"));
        }
    }
    reasons
}

/// A token that is only read from still signs, and one that has room for a single session gets one that may write
/// in place of the one that is open.
fn no_writing(found: &Examination) -> Option<String> {
    let has_one = matches!(
        &found.sessions.read_write,
        Finding::Failed(Error::Call { value: ReturnValue::SESSION_COUNT, .. })
    );
    if has_one || found.token.flags.write_protected() { None } else { failure(&found.sessions.read_write) }
}

fn failure<T>(finding: &Finding<T>) -> Option<String> {
    match finding {
        Finding::Failed(_) => finding.reason(),
        Finding::Found(_) | Finding::NotExamined(_) => None,
    }
}

fn warnings(found: &Examination) -> Vec<String> {
    let mut warnings = Vec::new();
    let flags = found.token.flags;
    for (set, words) in [
        (flags.user_pin_locked(), "the PIN is locked"),
        (flags.user_pin_final_try(), "one try is left for the PIN"),
        (flags.user_pin_count_low(), "a wrong PIN was given before"),
        (flags.user_pin_to_be_changed(), "the PIN is to be changed"),
        (
            !flags.user_pin_initialized() && flags.login_required(),
            "no user PIN is set, as far as the token says",
        ),
    ] {
        if set {
            warnings.push(words.to_owned());
        }
    }
    for advisory in &found.advisories {
        warnings.push(format!("{}: {} ({})", advisory.about, advisory.consequence, advisory.source));
    }
    if let Some(keys) = found.keys.found() {
        for key in keys.keys.iter().filter(|key| key.roca) {
            let label = &key.key.label;
            warnings.push(format!(
                "key {label:?} has the fingerprint of ROCA (CVE-2017-15361): its private key can be computed from \
                 the public one"
            ));
        }
        let of_trials = keys.keys.iter().map(|key| &key.key.label);
        let of_trials = of_trials.filter(|label| label.starts_with(super::objects::TRIAL_LABEL)).count();
        if of_trials > 0 {
            warnings.push(format!(
                "keys that a trial left before: {of_trials}; keyrite key destroy removes them"
            ));
        }
        let orphans = keys.without_private.len();
        if orphans > 0 {
            warnings.push(format!(
                "public keys without a private key: {orphans}; keyrite key destroy removes them"
            ));
        }
        if !keys.ambiguous.is_empty() {
            warnings.push("private keys share label and id, so that no URI tells them apart".to_owned());
        }
    }
    warnings.extend(found.ended.iter().map(|error| format!("the module did not survive: {error}")));
    let mut left: Vec<&String> =
        found.algorithms.iter().filter_map(|finding| finding.left.as_ref()).collect();
    left.dedup();
    warnings.extend(left.into_iter().map(|left| format!("left by the trial: {left}")));
    if matches!(found.keys, Finding::NotExamined(Omission::NoLogin)) && matches!(found.login, Login::NotAsked)
    {
        warnings.push("nobody logged in, so keys were not looked at".to_owned());
    }
    warnings
}
