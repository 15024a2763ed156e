//! keyUsage, and the kinds of key that can have it.

use crate::policy::profile::impossible;
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::KeyUsage;

use super::extension::Item;

/// OpenSSL's long names; its short ones are those of RFC 5280.
const LONG: [(&str, &str); 9] = [
    ("Digital Signature", "digitalSignature"),
    ("Non Repudiation", "nonRepudiation"),
    ("Key Encipherment", "keyEncipherment"),
    ("Data Encipherment", "dataEncipherment"),
    ("Key Agreement", "keyAgreement"),
    ("Certificate Sign", "keyCertSign"),
    ("CRL Sign", "cRLSign"),
    ("Encipher Only", "encipherOnly"),
    ("Decipher Only", "decipherOnly"),
];

/// The usages that a list names.
///
/// # Errors
/// The first name that is none, in words.
pub(super) fn read(items: &[Item]) -> Result<KeyUsage, String> {
    let mut usages = KeyUsage::NONE;
    for item in items {
        let name =
            LONG.iter().find(|(long, _)| *long == item.name).map_or(item.name.as_str(), |(_, short)| short);
        // OpenSSL does not know contentCommitment, the newer name of nonRepudiation.
        let usage = Some(name)
            .filter(|name| *name != "contentCommitment")
            .and_then(|name| name.parse::<KeyUsage>().ok());
        let usage = usage.ok_or_else(|| format!("{name:?} is not a key usage that OpenSSL knows"))?;
        usages = usages | usage;
    }
    Ok(usages)
}

/// The names of the usages of a set.
pub(super) fn names(usages: KeyUsage) -> Vec<String> {
    LONG.iter()
        .filter(|(_, short)| short.parse::<KeyUsage>().is_ok_and(|one| usages.contains(one)))
        .map(|(_, short)| (*short).to_owned())
        .collect()
}

/// What a profile for an end entity can say of a keyUsage that OpenSSL gives to keys of any kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Split {
    /// The usages of keys that are not RSA, or of all.
    pub(super) usages: KeyUsage,
    /// Those of RSA keys, where they differ.
    pub(super) usages_rsa: Option<KeyUsage>,
    /// The kinds of key that can have them.
    pub(super) algorithms: Vec<KeyAlgorithm>,
    /// The kinds of key that cannot have enough of them.
    pub(super) without: Vec<KeyAlgorithm>,
}

/// Divides a keyUsage by kinds of key. `needed` are usages of which each key must have one, for its purposes.
///
/// RSA keys do not agree, EC keys do not encipher, the others only sign: see [`impossible`].
pub(super) fn split(all: KeyUsage, needed: &[KeyUsage]) -> Option<Split> {
    let encipherment = KeyUsage::KEY_ENCIPHERMENT | KeyUsage::DATA_ENCIPHERMENT;
    let plain = all.without(encipherment);
    let rsa = all.without(impossible(KeyAlgorithm::Rsa { bits: 2048 }));
    let serves = |usages: KeyUsage| {
        !usages.is_empty() && needed.iter().all(|needed| !usages.common(*needed).is_empty())
    };
    let (algorithms, without): (Vec<KeyAlgorithm>, Vec<KeyAlgorithm>) =
        KeyAlgorithm::named().partition(|one| {
            if matches!(one, KeyAlgorithm::Rsa { .. }) {
                serves(rsa)
            } else {
                serves(plain) && plain.common(impossible(*one)).is_empty()
            }
        });
    let is_rsa = |one: &KeyAlgorithm| matches!(one, KeyAlgorithm::Rsa { .. });
    let (any_rsa, any_other) = (algorithms.iter().any(is_rsa), algorithms.iter().any(|one| !is_rsa(one)));
    let usages = match (any_rsa, any_other) {
        (_, true) => plain,
        (true, false) => rsa,
        (false, false) => return None,
    };
    let usages_rsa = (any_rsa && any_other && rsa != plain).then_some(rsa);
    Some(Split { usages, usages_rsa, algorithms, without })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rsa_keys_encipher() {
        let both = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT;
        let found = split(both, &[]).unwrap();
        assert_eq!((found.usages, found.usages_rsa), (KeyUsage::DIGITAL_SIGNATURE, Some(both)));
        assert_eq!(found.without, []);
        let found = split(KeyUsage::KEY_ENCIPHERMENT, &[]).unwrap();
        assert_eq!((found.usages, found.usages_rsa), (KeyUsage::KEY_ENCIPHERMENT, None));
        assert!(found.algorithms.iter().all(|one| matches!(one, KeyAlgorithm::Rsa { .. })));
    }

    #[test]
    fn only_ec_keys_agree() {
        let found = split(KeyUsage::KEY_AGREEMENT, &[]).unwrap();
        assert_eq!(
            found.algorithms.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["ec-p256", "ec-p384", "ec-p521"]
        );
        let mixed = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT;
        let found = split(mixed, &[]).unwrap();
        assert_eq!((found.usages, found.usages_rsa), (mixed, Some(KeyUsage::DIGITAL_SIGNATURE)));
        assert!(found.without.contains(&KeyAlgorithm::Ed25519));
    }
}
