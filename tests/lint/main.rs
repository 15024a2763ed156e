//! Every lint shown with an object that has its one fault, and one that comes near and is sound.

#[cfg(test)]
mod base;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod node;
#[cfg(test)]
mod others;
#[cfg(test)]
mod page;
#[cfg(test)]
mod response;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod streamed;
#[cfg(test)]
mod web;
