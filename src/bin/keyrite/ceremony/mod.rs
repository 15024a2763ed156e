//! Ceremonies: a script is planned, rehearsed and run, and what came of it is bundled.
//!
//! A step runs the command that does the same outside of a ceremony: there is no second way to have anything signed.
//! What is asked at a terminal there is asked of those who are present here, by the [`panel`].

pub(crate) mod acts;
pub(crate) mod bundle;
pub(crate) mod environment;
pub(crate) mod files;
pub(crate) mod foreseen;
pub(crate) mod journal;
mod medium;
pub(crate) mod observation;
pub(crate) mod panel;
pub(crate) mod planning;
pub(crate) mod progress;
pub(crate) mod rehearsal;
pub(crate) mod responses;
pub(crate) mod run;
pub(crate) mod screen;
pub(crate) mod standing;
pub(crate) mod talk;
pub(crate) mod voice;
