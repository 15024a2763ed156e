//! The ledger, through its public face: what it promises to whoever reserves, commits, crashes and returns.

#[cfg(test)]
#[path = "store/scene.rs"]
mod scene;
#[cfg(test)]
#[path = "support/software.rs"]
#[expect(dead_code, reason = "a part of it is for other tests")]
mod software;

#[cfg(test)]
#[path = "store/audit.rs"]
mod audit;
#[cfg(test)]
#[path = "store/cas.rs"]
mod cas;
#[cfg(test)]
#[path = "store/clock.rs"]
mod clock;
#[cfg(test)]
#[path = "store/concurrency.rs"]
mod concurrency;
#[cfg(test)]
#[path = "store/copies.rs"]
mod copies;
#[cfg(test)]
#[path = "store/crl_histories.rs"]
mod crl_histories;
#[cfg(test)]
#[path = "store/crls.rs"]
mod crls;
#[cfg(test)]
#[path = "store/disk.rs"]
mod disk;
#[cfg(test)]
#[path = "store/distrust.rs"]
mod distrust;
#[cfg(test)]
#[path = "store/evidence.rs"]
mod evidence;
#[cfg(test)]
#[path = "store/homes.rs"]
mod homes;
#[cfg(test)]
#[path = "store/intents.rs"]
mod intents;
#[cfg(test)]
#[path = "store/issuance.rs"]
mod issuance;
#[cfg(test)]
#[path = "store/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "store/known_keys.rs"]
mod known_keys;
#[cfg(test)]
#[path = "store/notes.rs"]
mod notes;
#[cfg(test)]
#[path = "store/ocsp.rs"]
mod ocsp;
#[cfg(test)]
#[path = "store/ocsp_desk.rs"]
mod ocsp_desk;
#[cfg(test)]
#[path = "store/plans.rs"]
mod plans;
#[cfg(test)]
#[path = "store/revocations.rs"]
mod revocations;
#[cfg(test)]
#[path = "store/speed.rs"]
mod speed;
#[cfg(test)]
#[path = "store/succession.rs"]
mod succession;
#[cfg(test)]
#[path = "store/taken_over.rs"]
mod taken_over;
#[cfg(test)]
#[path = "store/tree.rs"]
mod tree;
