//! Overrides on the command line: rules that are not to count, each with its reason and a person's name.

use keyrite::policy::{Override, Rule};

use crate::failure::{Exit, Failure};

/// The options by which a person overrides rules.
#[derive(Debug, clap::Args)]
pub(crate) struct OverrideArgs {
    /// A rule that is not to count, such as POL-VALIDITY-MAXIMUM, if the profile lists it as waivable; with --reason
    /// and --by, and all three as often as there are rules
    #[arg(long = "override", value_name = "RULE")]
    rules: Vec<Rule>,

    /// Why the rule is not to count
    #[arg(long = "reason", value_name = "TEXT", requires = "rules")]
    reasons: Vec<String>,

    /// Who says so
    #[arg(long = "by", value_name = "NAME", requires = "rules")]
    people: Vec<String>,
}

impl OverrideArgs {
    /// The overrides: the first rule with the first reason and the first name, and so on.
    ///
    /// # Errors
    /// A [`Failure`] when there are not as many reasons and names as rules, or one says nothing.
    pub(crate) fn read(&self) -> Result<Vec<Override>, Failure> {
        let (rules, reasons, people) = (self.rules.len(), self.reasons.len(), self.people.len());
        if reasons != rules || people != rules {
            let message = format!(
                "found --override {rules} times, --reason {reasons} times and --by {people} times, wanted as many of each"
            );
            return Err(Failure::new(Exit::Usage, message)
                .hint("write --override RULE --reason TEXT --by NAME for each rule"));
        }
        let said = self.reasons.iter().zip(&self.people);
        let each = self.rules.iter().zip(said).map(|(rule, (reason, by))| Override::new(*rule, reason, by));
        each.collect::<Result<_, _>>().map_err(|error| Failure::of(Exit::Usage, &error))
    }
}
