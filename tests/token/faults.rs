//! Modules that crash and hang.
