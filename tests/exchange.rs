//! Bundles across an air gap: asked, answered, accepted; replayed, interrupted, tampered with.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/home.rs"]
mod home;

#[cfg(test)]
#[path = "exchange/hostile.rs"]
mod hostile;
#[cfg(test)]
#[path = "exchange/refused.rs"]
mod refused;
#[cfg(test)]
#[path = "exchange/replayed.rs"]
mod replayed;
#[cfg(test)]
#[path = "exchange/scene.rs"]
mod scene;
#[cfg(test)]
#[path = "exchange/tampered.rs"]
mod tampered;
#[cfg(test)]
#[path = "exchange/whole.rs"]
mod whole;
