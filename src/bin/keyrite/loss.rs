//! CAs of this home that would lose their key by what is about to be destroyed.

use keyrite::store::{Ca, CaName, Store};
use keyrite::token::{Pkcs11Uri, TokenInfo};
use keyrite::x509::spki::PublicKey;

use crate::configuration::Settings;
use crate::failure::{Exit, Failure};

/// The CAs whose key has this public half: what it is called and where it is plays no part.
///
/// # Errors
/// A [`Failure`] when the ledger cannot be read.
pub(crate) fn of_key(store: &Store, key: &PublicKey) -> Result<Vec<CaName>, Failure> {
    Ok(store.cas()?.into_iter().filter(|ca| ca.public_key == *key).map(|ca| ca.name).collect())
}

/// The CAs whose key is named so, for a key whose public half cannot be read.
///
/// # Errors
/// As [`of_key`], and when a URI on record is none.
pub(crate) fn of_name(
    store: &Store,
    settings: &Settings,
    token: &TokenInfo,
    label: &str,
    id: &[u8],
) -> Result<Vec<CaName>, Failure> {
    by_uri(store, settings, |uri| uri.matches_token(token) && uri.matches_key(label, id))
}

/// The CAs whose key is in a token: by its URI, or by one of the public keys that the token shows.
///
/// # Errors
/// As [`of_name`].
pub(crate) fn of_token(
    store: &Store,
    settings: &Settings,
    token: &TokenInfo,
    shown: &[PublicKey],
) -> Result<Vec<CaName>, Failure> {
    let mut names = by_uri(store, settings, |uri| uri.matches_token(token))?;
    for key in shown {
        names.extend(of_key(store, key)?);
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn by_uri(
    store: &Store,
    settings: &Settings,
    matches: impl Fn(&Pkcs11Uri) -> bool,
) -> Result<Vec<CaName>, Failure> {
    let mut names = Vec::new();
    for Ca { name, key_uri, .. } in store.cas()? {
        // Where the key was when the CA was made counts as well as where the configuration says that it is.
        if matches(&crate::session::uri(&key_uri)?) || matches(&settings.key(&name, &key_uri)?) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Refuses, unless exactly the CAs that lose their key are named.
///
/// # Errors
/// A [`Failure`] that names those that are missing, or that lose nothing.
pub(crate) fn consented(losing: &[CaName], named: &[CaName], what: &str) -> Result<(), Failure> {
    let words = |names: Vec<&CaName>| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let missing: Vec<&CaName> = losing.iter().filter(|name| !named.contains(name)).collect();
    if !missing.is_empty() {
        let flags: Vec<String> = losing.iter().map(|name| format!("--of-ca {name}")).collect();
        let plural = if missing.len() == 1 { "CA" } else { "CAs" };
        return Err(Failure::new(Exit::Refused, format!("{what} is in use by {plural} {}", words(missing)))
            .hint(format!("if that is to be lost for good, say so: {}", flags.join(" "))));
    }
    let others: Vec<&CaName> = named.iter().filter(|name| !losing.contains(name)).collect();
    if !others.is_empty() {
        let message = format!("{what} is not in use by CA {}; nothing was done", words(others));
        return Err(Failure::new(Exit::Refused, message).hint("look again at what is to be destroyed"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_those_that_lose_their_key_must_be_named() {
        let names = |words: &[&str]| words.iter().map(|word| word.parse().unwrap()).collect::<Vec<CaName>>();
        let (root, both, none) = (names(&["root"]), names(&["issuing", "root"]), names(&[]));
        consented(&none, &none, "it").unwrap();
        consented(&both, &both, "it").unwrap();
        for (losing, named, wanted) in [
            (&root, &none, "it is in use by CA root"),
            (&both, &root, "it is in use by CA issuing"),
            (&both, &none, "it is in use by CAs issuing, root"),
            (&none, &root, "it is not in use by CA root; nothing was done"),
            (&root, &both, "it is not in use by CA issuing; nothing was done"),
        ] {
            let failure = consented(losing, named, "it").unwrap_err();
            assert_eq!((failure.exit(), failure.line().as_str()), (Exit::Refused, wanted));
        }
    }
}
