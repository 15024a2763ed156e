//! What can be wrong around the program: tokens, modules, disks and clocks. Each is refused with a clear error,
//! its hint and its exit code; nothing is signed that is not recorded, and the home is as good as before.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/home.rs"]
mod home;

#[cfg(test)]
#[path = "crash/aftermath.rs"]
mod aftermath;

#[cfg(test)]
#[path = "bad_input/clocks.rs"]
mod clocks;
#[cfg(test)]
#[path = "bad_input/counts.rs"]
mod counts;
#[cfg(test)]
#[path = "bad_input/disks.rs"]
mod disks;
#[cfg(test)]
#[path = "bad_input/forgery.rs"]
mod forgery;
#[cfg(test)]
#[path = "bad_input/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "bad_input/modules.rs"]
mod modules;
#[cfg(test)]
#[path = "bad_input/refusal.rs"]
mod refusal;
#[cfg(test)]
#[path = "bad_input/restored.rs"]
mod restored;
#[cfg(test)]
#[path = "bad_input/states.rs"]
mod states;
#[cfg(test)]
#[path = "bad_input/tokens.rs"]
mod tokens;
#[cfg(test)]
#[path = "bad_input/waiting.rs"]
mod waiting;
