//! The PIN: used by every command that needs one, in success and in failure, and found nowhere afterwards.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/home.rs"]
mod home;

#[cfg(test)]
#[path = "secrets/commands.rs"]
mod commands;
#[cfg(test)]
#[path = "secrets/memory.rs"]
mod memory;
#[cfg(test)]
#[path = "secrets/processes.rs"]
mod processes;
#[cfg(test)]
#[path = "secrets/search.rs"]
mod search;
#[cfg(test)]
#[path = "secrets/typed.rs"]
mod typed;
