//! What makes a file unreadable.

use super::note::short;
use super::place::Place;

/// The most characters of a name that are shown.
const NAME: usize = 80;

/// A file that OpenSSL would not read either, or that is beyond a limit, with the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct CnfError {
    /// The line.
    pub place: Place,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A section's name without end.
    #[error("found {found:?}, wanted the name of a section between [ and ]")]
    Bracket {
        /// The line.
        found: String,
    },
    /// A line that is nothing.
    #[error("found {found:?}, wanted NAME = VALUE, [ SECTION ], .include or .pragma")]
    EqualSign {
        /// The line.
        found: String,
    },
    /// A variable in braces or parentheses that are not closed after its name.
    #[error("found {found:?}, wanted a variable's name between braces or parentheses")]
    Brace {
        /// What stands after the dollar sign.
        found: String,
    },
    /// A variable that nothing defines before this line.
    #[error("{} has no value here: neither an earlier line nor the default section defines it{}",
        variable(.section.as_deref(), name), environment(.section.as_deref()))]
    NoValue {
        /// The section in which it was looked up; none where only the default section counts.
        section: Option<String>,
        /// The name of the variable.
        name: String,
    },
    /// A value that grows beyond 64 KiB by what is put in.
    #[error("the value gets longer than 65536 octets by its variables")]
    Expansion,
    /// A pragma that says nothing.
    #[error("found the pragma {found:?}, wanted KEYWORD:VALUE, and on, true, off or false for a switch")]
    Pragma {
        /// What stands after `.pragma`.
        found: String,
    },
    /// A relative path where a pragma demands absolute ones.
    #[error("the path {found:?} is relative, and .pragma abspath demands absolute ones")]
    RelativePath {
        /// The path.
        found: String,
    },
    /// A NUL octet, after which OpenSSL does not see the rest of the line.
    #[error("the line has a NUL octet")]
    Nul,
    /// A name or path that is not text.
    #[error("{found:?} is not UTF-8, wanted a name or path in UTF-8")]
    NotText {
        /// The name, with a replacement for what is not text.
        found: String,
    },
    /// More than is read.
    #[error("{what}, which is more than is read")]
    Limit {
        /// What there is too much of.
        what: &'static str,
    },
}

/// What was looked up. A name of this kind has letters, digits and underscores alone, a section's may have more.
fn variable(section: Option<&str>, name: &str) -> String {
    let name = short(name, NAME);
    let section = section.map(|section| short(section, NAME).escape_debug().to_string());
    section.map_or_else(|| format!("${name}"), |section| format!("${{{section}::{name}}}"))
}

fn environment(section: Option<&str>) -> &'static str {
    if section == Some("ENV") { ", and the environment does not have it" } else { "" }
}
