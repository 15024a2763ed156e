//! The program killed at every boundary, and on disks that fail at every call: nothing acknowledged or signed is lost,
//! no number is used twice, `recover` settles it.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "crash/act.rs"]
mod act;
#[cfg(test)]
#[path = "crash/acts.rs"]
mod acts;
#[cfg(test)]
#[path = "crash/aftermath.rs"]
mod aftermath;
#[cfg(test)]
#[path = "crash/campaign.rs"]
mod campaign;
#[cfg(test)]
#[path = "crash/destruction.rs"]
mod destruction;
#[cfg(test)]
#[path = "crash/disturbance.rs"]
mod disturbance;
#[cfg(test)]
#[path = "crash/durable.rs"]
mod durable;
#[cfg(test)]
#[path = "crash/exchange.rs"]
mod exchange;
#[cfg(test)]
#[path = "support/home.rs"]
mod home;
#[cfg(test)]
#[path = "crash/judge.rs"]
mod judge;
#[cfg(test)]
#[path = "crash/old_ca.rs"]
mod old_ca;
#[cfg(test)]
#[path = "support/openssl_ca.rs"]
mod openssl_ca;
#[cfg(test)]
#[path = "crash/order.rs"]
mod order;
#[cfg(test)]
#[path = "crash/points.rs"]
mod points;
#[cfg(test)]
#[path = "crash/together.rs"]
mod together;
