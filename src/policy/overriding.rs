//! Override: a person's word that a rule of the profile does not count for one request.
//!
//! Only a rule that the profile lists as waivable can be overridden, and only a rule that is the profile's own
//! limit can be listed ([`Rule::is_waivable`]): no override makes a certificate that relying parties refuse.

use super::request::IssuanceRequest;
use super::violation::{Rule, Violation, Violations};

/// The most characters of a reason or a name.
pub const OVERRIDE_TEXT_CHARACTERS: usize = 500;

/// One rule that is not to count, why not, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    rule: Rule,
    reason: String,
    by: String,
}

impl Override {
    /// Takes a person's word.
    ///
    /// # Errors
    /// [`OverrideError`] when the reason or the name says nothing, or is longer than a record should be.
    pub fn new(rule: Rule, reason: &str, by: &str) -> Result<Self, OverrideError> {
        let said = |what: &'static str, text: &str| {
            let text = text.trim();
            let found = text.chars().count();
            if !text.chars().any(char::is_alphanumeric) {
                return Err(OverrideError::Empty { rule, what });
            }
            if found > OVERRIDE_TEXT_CHARACTERS {
                return Err(OverrideError::Long { rule, what, found });
            }
            Ok(text.to_owned())
        };
        Ok(Self { rule, reason: said("reason", reason)?, by: said("name", by)? })
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Why it is not to count.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Who says so.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }
}

/// Why something is not an override.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// A reason or name without a letter or digit.
    #[error("the {what} of the override of {rule} says nothing")]
    Empty {
        /// The rule.
        rule: Rule,
        /// `reason` or `name`.
        what: &'static str,
    },
    /// A reason or name that is too long to be read before a signature.
    #[error(
        "the {what} of the override of {rule} has {found} characters, wanted at most {OVERRIDE_TEXT_CHARACTERS}"
    )]
    Long {
        /// The rule.
        rule: Rule,
        /// `reason` or `name`.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
}

/// An override that was needed, and everything that it lets pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overridden {
    /// The person's word.
    pub word: Override,
    /// What the rule would have refused; never empty.
    pub violations: Vec<Violation>,
}

impl IssuanceRequest<'_> {
    /// Whether a rule does not count for this request: somebody says so, and the profile allows it.
    pub(super) fn overrides(&self, rule: Rule) -> bool {
        self.profile.waivable().contains(&rule) && self.overrides.iter().any(|one| one.rule == rule)
    }
}

/// Overrides that the profile does not allow.
pub(super) fn judge(request: &IssuanceRequest<'_>, violations: &mut Violations) {
    let waivable = request.profile.waivable();
    for (at, one) in request.overrides.iter().enumerate() {
        let field = format!("override of {}", one.rule);
        if !waivable.contains(&one.rule) {
            let wanted = if waivable.is_empty() {
                "none, since the profile lists no rule as waivable".to_owned()
            } else {
                let names: Vec<&str> = waivable.iter().map(|rule| rule.id()).collect();
                format!("only {}, as the profile lists", names.join(" "))
            };
            violations.add(Rule::Override, field, format!("one by {:?}", one.by), wanted);
        } else if request.overrides.iter().take(at).any(|earlier| earlier.rule == one.rule) {
            violations.add(Rule::Override, field, "a second one", "one for each rule");
        }
    }
}

/// Parts what was found: what counts, what each override lets pass, and remarks on those that were not needed.
pub(super) fn part(
    request: &IssuanceRequest<'_>,
    violations: Violations,
) -> (Vec<Violation>, Vec<Overridden>, Vec<String>) {
    let (passed, counting): (Vec<_>, Vec<_>) =
        violations.into_vec().into_iter().partition(|one| request.overrides(one.rule));
    let mut overridden = Vec::new();
    let mut remarks = Vec::new();
    let allowed = request.overrides.iter().filter(|one| request.overrides(one.rule));
    for word in allowed {
        let violations: Vec<Violation> = passed.iter().filter(|one| one.rule == word.rule).cloned().collect();
        if violations.is_empty() {
            remarks.push(format!("the override of {} by {} was not needed", word.rule, word.by));
        } else {
            overridden.push(Overridden { word: word.clone(), violations });
        }
    }
    (counting, overridden, remarks)
}
