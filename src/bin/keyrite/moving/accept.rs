//! Problems that a person accepts, each with the reason and a name.

use keyrite::audit::Waiver;
use keyrite::migrate::problem::Problem;

use crate::failure::{Exit, Failure};

/// The options by which a person accepts problems.
#[derive(Debug, clap::Args)]
pub(crate) struct AcceptArgs {
    /// A kind of problem that is accepted, such as MIG-DUPLICATE; with --reason and --by, and all three as often as
    /// there are kinds
    #[arg(long = "accept", value_name = "ID")]
    accepted: Vec<Problem>,

    /// Why it is accepted
    #[arg(long = "reason", value_name = "TEXT", requires = "accepted")]
    reasons: Vec<String>,

    /// Who says so
    #[arg(long = "by", value_name = "NAME", requires = "accepted")]
    people: Vec<String>,
}

impl AcceptArgs {
    /// The kinds with the words for the audit log: the first kind with the first reason and the first name, and so on.
    ///
    /// # Errors
    /// A [`Failure`] when there are not as many reasons and names as kinds, or one says nothing.
    pub(crate) fn read(&self) -> Result<Vec<(Problem, Waiver)>, Failure> {
        let (kinds, reasons, people) = (self.accepted.len(), self.reasons.len(), self.people.len());
        if reasons != kinds || people != kinds {
            let message = format!(
                "found --accept {kinds} times, --reason {reasons} times and --by {people} times, wanted as many of each"
            );
            return Err(Failure::new(Exit::Usage, message)
                .hint("write --accept ID --reason TEXT --by NAME for each kind of problem"));
        }
        let said = self.reasons.iter().zip(&self.people);
        let each = self.accepted.iter().zip(said).map(|(problem, (reason, by))| {
            if reason.trim().is_empty() || by.trim().is_empty() {
                return Err(Failure::new(
                    Exit::Usage,
                    format!("{problem} is accepted without a reason or a name"),
                ));
            }
            let waiver = Waiver { rule: problem.id().to_owned(), reason: reason.clone(), by: by.clone() };
            Ok((*problem, waiver))
        });
        each.collect()
    }
}
