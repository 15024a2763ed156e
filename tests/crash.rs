//! The program killed at every boundary: nothing signed is lost, no number is used twice, `recover` settles it.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "crash/act.rs"]
mod act;
#[cfg(test)]
#[path = "crash/aftermath.rs"]
mod aftermath;
#[cfg(test)]
#[path = "crash/four.rs"]
mod four;
#[cfg(test)]
#[path = "support/home.rs"]
mod home;
#[cfg(test)]
#[path = "crash/order.rs"]
mod order;
#[cfg(test)]
#[path = "crash/points.rs"]
mod points;
