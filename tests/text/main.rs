//! Every code point in every field through every printing command: no octet of it is obeyed, hidden or mistaken.
//!
//! `cargo test --test text` takes every code point that a terminal does something with, and of the others some from
//! each part of Unicode. `KEYRITE_TEXT=all cargo test --test text` takes all of them, in some minutes.

#[cfg(test)]
#[path = "../support/dangerous.rs"]
mod dangerous;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod home;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod points;
#[cfg(test)]
#[path = "../cli/program.rs"]
#[expect(dead_code, reason = "the tests of the command line use the rest of it")]
mod program;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod records;
#[cfg(test)]
#[path = "../cli/request.rs"]
#[expect(dead_code, reason = "the tests of the command line use the rest of it")]
mod request;
#[cfg(test)]
#[path = "../../src/bin/keyrite/safe_text.rs"]
#[expect(dead_code, reason = "the program uses the rest of it")]
mod safe_text;
#[cfg(test)]
mod sink;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;
#[cfg(test)]
mod words;
