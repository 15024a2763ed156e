//! Ceremonies from plan to proof: run, refused, interrupted, resumed, tampered with.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "ceremony/course.rs"]
mod course;
#[cfg(test)]
#[path = "ceremony/history.rs"]
mod history;
#[cfg(test)]
#[path = "ceremony/hostile.rs"]
mod hostile;
#[cfg(test)]
#[path = "ceremony/interrupted.rs"]
mod interrupted;
#[cfg(test)]
#[path = "ceremony/media.rs"]
mod media;
#[cfg(test)]
#[path = "ceremony/refused.rs"]
mod refused;
#[cfg(test)]
#[path = "ceremony/responder.rs"]
mod responder;
#[cfg(test)]
#[path = "ceremony/scene.rs"]
mod scene;
#[cfg(test)]
#[path = "ceremony/screen.rs"]
mod screen;
#[cfg(test)]
#[path = "ceremony/tampered.rs"]
mod tampered;
#[cfg(test)]
#[path = "ceremony/templates.rs"]
mod templates;
#[cfg(test)]
#[path = "ceremony/whole.rs"]
mod whole;
