//! Tokens: named by URI, reached through a worker process, believed in nothing.

pub mod description;
pub mod pin;
pub mod uri;
