//! Every fault of a module against every command that uses a token: nothing wrong comes out, nobody panics,
//! nothing hangs, no home is damaged, no PIN is told, and the error names what happened.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/home.rs"]
mod home;

#[cfg(test)]
#[path = "crash/aftermath.rs"]
mod aftermath;
#[cfg(test)]
#[path = "secrets/search.rs"]
#[expect(
    dead_code,
    reason = "whole directories are searched by the tests of the PIN; here what has changed is"
)]
mod search;

#[cfg(test)]
#[path = "fault_matrix/calls.rs"]
mod calls;
#[cfg(test)]
#[path = "fault_matrix/cell.rs"]
mod cell;
#[cfg(test)]
#[path = "fault_matrix/command.rs"]
mod command;
#[cfg(test)]
#[path = "fault_matrix/judge.rs"]
mod judge;
#[cfg(test)]
#[path = "fault_matrix/matrix.rs"]
mod matrix;
#[cfg(test)]
#[path = "fault_matrix/refused.rs"]
mod refused;
#[cfg(test)]
#[path = "fault_matrix/row.rs"]
mod row;
#[cfg(test)]
#[path = "fault_matrix/rows.rs"]
mod rows;
#[cfg(test)]
#[path = "fault_matrix/scene.rs"]
mod scene;
