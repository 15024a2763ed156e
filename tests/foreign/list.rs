//! `divergences.toml`: which of pkilint's codes and which of our lints are one rule, and where the two disagree.

use serde::Deserialize;

use super::collection::Kind;

/// The whole list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// The rules that both have.
    pub(crate) pair: Vec<Pair>,
    /// The rules that one of them has alone.
    pub(crate) alone: Vec<Alone>,
}

/// A rule that both have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    pub(crate) of: Kind,
    /// pkilint's codes; `unreadable` is what it cannot read at all.
    pub(crate) pkilint: Vec<String>,
    /// Our lints.
    pub(crate) keyrite: Vec<String>,
    /// Why the two do not weigh it alike, where they do not.
    #[serde(default)]
    pub(crate) severity: Option<String>,
    /// Objects about which one finds something and the other nothing.
    #[serde(default)]
    pub(crate) only: Vec<Only>,
}

/// One reason for which one of them finds something alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Only {
    pub(crate) by: Linter,
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) files: Vec<String>,
    /// Instead of the files, where they are very many: how many there are that no other entry names.
    #[serde(default)]
    pub(crate) count: Option<usize>,
}

/// Rules that the other has not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alone {
    pub(crate) of: Kind,
    pub(crate) by: Linter,
    pub(crate) reason: String,
    pub(crate) codes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Linter {
    Pkilint,
    Keyrite,
}

/// Reads the list.
pub(crate) fn read() -> List {
    toml::from_str(include_str!("divergences.toml"))
        .unwrap_or_else(|error| panic!("divergences.toml: {error}"))
}
