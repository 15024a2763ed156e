//! Lints that do not count, and outside linters, as TOML.

use std::path::PathBuf;

use crate::policy::document::Table;
use crate::policy::profile::linter::{LintExclusion, OutsideLinter};
use crate::x509::time::Duration;

use super::{id, values};

/// The longest time that an outside linter may take, in seconds.
const LONGEST_SECONDS: i64 = 600;

/// `[[lint.excluded]]`.
pub(super) fn exclusions(table: &Table<'_>) -> Vec<LintExclusion> {
    let read = table.each("excluded", |one| {
        let lint = one.parse_required::<String>("id");
        let reason = said(one, "reason");
        let by = said(one, "by");
        Some(LintExclusion { id: lint?.value, reason: reason?, by: by? })
    });
    read.into_iter().flatten().collect()
}

/// A text that says something.
fn said(table: &Table<'_>, key: &str) -> Option<String> {
    let found = table.parse_required::<String>(key)?;
    if found.value.trim().is_empty() {
        table.problem(id::LIST, &found.place, key, "empty, wanted a text");
    }
    Some(found.value)
}

/// `[[linter]]`.
pub(super) fn linters(top: &Table<'_>) -> Vec<OutsideLinter> {
    let read = top.each("linter", |one| {
        let name = said(one, "name");
        let command = one.list_required::<String>("command");
        let timeout = one.parse_required::<Duration>("timeout");
        if let Some(timeout) = &timeout
            && !matches!(timeout.value, Duration::Seconds(1..=LONGEST_SECONDS))
        {
            let message = format!("{}, wanted 1s to {LONGEST_SECONDS}s", timeout.value);
            one.problem(id::LINTER, &timeout.place, "timeout", message);
        }
        let command = command?;
        let mut words = values(command.value).into_iter();
        let program = PathBuf::from(words.next()?);
        if !program.is_absolute() {
            let message = format!("{:?}, wanted an absolute path first", program.display().to_string());
            one.problem(id::LINTER, &command.place, "command", message);
        }
        Some(OutsideLinter { name: name?, program, arguments: words.collect(), timeout: timeout?.value })
    });
    read.into_iter().flatten().collect()
}
