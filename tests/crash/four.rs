//! Four processes at once.
