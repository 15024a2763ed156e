//! Where something stands in a file.

use std::fmt;
use std::sync::Arc;

use super::note::short;

/// The most characters of a file's name that are shown.
const FILE: usize = 255;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, as it was named to the reader or by the file that includes it.
    pub file: Arc<str>,
    /// The line, counted from 1; of a line that is continued, the first.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The path of an included file is written by whoever wrote the file that includes it.
        for c in short(&self.file, FILE).chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        write!(f, ":{}", self.line)
    }
}
