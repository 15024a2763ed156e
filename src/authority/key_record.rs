//! What the home knows about keys that are to be certified: the ledger and the lists of weak keys are asked once for
//! all keys of a run.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Error;
use super::weak_keys::WeakKeyList;
use crate::policy::{Certified, KeyRecord, SubjectKey};
use crate::store::{KeyHolder, Store};
use crate::x509::spki::PublicKey;
use crate::x509::weakness::SharedPrime;

/// How many keys with a prime in common are named, and how many other subjects of a run.
const NAMED: usize = 3;

/// What the home knows of each of these keys, in their order. RSA keys are held against every RSA modulus on record
/// and against one another.
///
/// # Errors
/// [`Error::Store`] or [`Error::WeakKeys`] when the ledger or a list cannot be read.
pub fn of_keys(store: &Store, keys: &[&PublicKey], lists: &[WeakKeyList]) -> Result<Vec<KeyRecord>, Error> {
    let shared = shared_primes(store, keys)?;
    let record = |(key, shares_prime_with): (&&PublicKey, Option<String>)| {
        let listed = lists.iter().map(|list| Ok(list.contains(key)?.then_some(list)));
        let listed = listed.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().next();
        Ok(KeyRecord {
            listed: listed.map(|list| list.path().display().to_string()),
            shares_prime_with,
            of_ca: store.ca_of_key(key)?,
            compromised: store.is_compromised(key)?,
            certified: store.holders_of_key(key)?.into_iter().map(certified).collect(),
            asked_for: Vec::new(),
        })
    };
    store.at_once(|| keys.iter().zip(shared).map(record).collect())
}

/// As [`of_keys`], of the keys of the requests of a run: besides, for which other subjects each is asked for in it, of
/// which the ledger has nothing yet.
///
/// # Errors
/// As [`of_keys`].
pub fn of_run(
    store: &Store,
    asked: &[SubjectKey<'_>],
    lists: &[WeakKeyList],
) -> Result<Vec<KeyRecord>, Error> {
    let keys: Vec<&PublicKey> = asked.iter().map(|key| key.public_key()).collect();
    let mut records = of_keys(store, &keys, lists)?;
    let mut times: BTreeMap<&[u8], usize> = BTreeMap::new();
    for key in &keys {
        let times = times.entry(key.as_der()).or_default();
        *times = times.saturating_add(1);
    }
    times.retain(|_, times| *times > 1);
    let mut subjects: BTreeMap<&[u8], BTreeSet<String>> = BTreeMap::new();
    for key in asked.iter().filter(|key| times.contains_key(key.public_key().as_der())) {
        let known = subjects.entry(key.public_key().as_der()).or_default();
        known.extend(key.subject().map(ToString::to_string));
    }
    for (record, key) in records.iter_mut().zip(asked) {
        let Some(all) = subjects.get(key.public_key().as_der()) else { continue };
        let own = key.subject().map(ToString::to_string);
        let others = all.iter().filter(|one| own.as_ref() != Some(*one));
        record.asked_for = others.take(NAMED).cloned().collect();
    }
    Ok(records)
}

fn certified(holder: KeyHolder) -> Certified {
    Certified { ca: holder.ca, serial: holder.serial.to_string(), subject: holder.subject }
}

/// For each key the keys with which it has a prime in common, in words.
fn shared_primes(store: &Store, keys: &[&PublicKey]) -> Result<Vec<Option<String>>, Error> {
    let moduli: Vec<Option<&[u8]>> = keys.iter().map(|key| key.rsa_modulus()).collect();
    // A key that is asked for twice is examined once.
    let mut examined_moduli: Vec<&[u8]> = moduli.iter().flatten().copied().collect();
    examined_moduli.sort_unstable();
    examined_moduli.dedup();
    let mut examined: Vec<SharedPrime> =
        examined_moduli.iter().map(|modulus| SharedPrime::new(modulus)).collect();
    store.examine_moduli(&mut examined)?;
    let on_record: Vec<bool> = examined.iter().map(SharedPrime::found).collect();
    for one in &mut examined {
        examined_moduli.iter().for_each(|modulus| one.add(modulus));
    }
    let mut answers = Vec::new();
    for ((modulus, one), on_record) in examined_moduli.iter().zip(&examined).zip(on_record) {
        answers.push(match (on_record, one.found()) {
            (true, _) => Some(named(store, modulus)?),
            (false, true) => Some("another key of this run".to_owned()),
            (false, false) => None,
        });
    }
    let answer = |modulus: Option<&[u8]>| {
        let at = examined_moduli.binary_search(&modulus?).ok()?;
        answers.get(at).cloned().flatten()
    };
    Ok(moduli.into_iter().map(answer).collect())
}

fn named(store: &Store, modulus: &[u8]) -> Result<String, Error> {
    let keys = store.sharing_a_prime(modulus)?;
    let more = keys.len().saturating_sub(NAMED);
    let mut names: Vec<String> = keys
        .into_iter()
        .take(NAMED)
        .map(|key| match key.holders.first() {
            Some(holder) => format!("{}, serial {} of {}", holder.subject, holder.serial, holder.ca),
            None => format!("the CA key with SHA-256 {}", hex::encode(key.sha256)),
        })
        .collect();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    Ok(names.join("; "))
}
