//! The mark of a rehearsal: what it makes can be told from the real thing by its name, wherever it turns up.

use super::script::Script;
use super::step::Task;
use crate::x509::name::{Attribute, Name};

/// What stands before the common name of every CA and responder of a rehearsal.
pub const MARK: &str = "REHEARSAL ";
/// The most characters of a common name (RFC 5280 appendix A, ub-common-name).
const LONGEST: usize = 64;

/// Why a name cannot be marked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    /// A name without a common name.
    #[error("{0} has no common name that a rehearsal could mark")]
    NoCommonName(Name),
    /// A name without room for the mark.
    #[error("the common name of {0} leaves no room for {MARK:?}, wanted at most 54 characters")]
    NoRoom(Name),
}

impl Script {
    /// The same script for a rehearsal: the names of its CAs and responders are marked.
    ///
    /// # Errors
    /// [`MarkError`] names a CA that cannot be marked.
    pub fn for_rehearsal(mut self) -> Result<Self, MarkError> {
        for existing in self.existing.values_mut() {
            mark(&mut existing.ca.subject)?;
        }
        for step in self.sections.iter_mut().flat_map(|section| &mut section.steps) {
            if let Task::CreateRoot { ca, .. } | Task::Request { ca } = &mut step.task {
                mark(&mut ca.subject)?;
            } else if let Task::IssueResponder { responder, .. } = &mut step.task {
                mark(&mut responder.subject)?;
            }
        }
        Ok(self)
    }
}

fn mark(subject: &mut Name) -> Result<(), MarkError> {
    let mut attributes: Vec<Attribute> = subject.attributes();
    let common_name = attributes.iter_mut().rev().find(|one| one.short_name() == "CN");
    let Some(common_name) = common_name else { return Err(MarkError::NoCommonName(subject.clone())) };
    let Some(text) = common_name.text() else { return Err(MarkError::NoCommonName(subject.clone())) };
    if text.chars().count().saturating_add(MARK.len()) > LONGEST {
        return Err(MarkError::NoRoom(subject.clone()));
    }
    common_name.octets = format!("{MARK}{text}").into_bytes();
    *subject = Name::from_attributes(&attributes).map_err(|_| MarkError::NoCommonName(subject.clone()))?;
    Ok(())
}
