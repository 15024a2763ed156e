//! The mechanisms that a token lists, by number and by name.

use std::collections::BTreeMap;

use crate::token::wire::MechanismInfo;

/// What a token lists (`C_GetMechanismList`), and what it says of the mechanisms that a CA uses
/// (`C_GetMechanismInfo`). Both are hints: some tokens sign by what they do not list, and list what they refuse.
#[derive(Clone, Debug, Default)]
pub struct Mechanisms {
    /// The numbers, ascending, each once.
    pub listed: Vec<u64>,
    pub(super) infos: BTreeMap<u64, MechanismInfo>,
}

impl Mechanisms {
    pub(super) fn new(mut listed: Vec<u64>, infos: BTreeMap<u64, MechanismInfo>) -> Self {
        listed.sort_unstable();
        listed.dedup();
        Self { listed, infos }
    }

    /// Whether the token lists a mechanism.
    #[must_use]
    pub fn lists(&self, number: u64) -> bool {
        self.listed.binary_search(&number).is_ok()
    }

    /// The smallest and largest key of a mechanism as the token says, in the unit that the mechanism has: bits for
    /// RSA and EC. None where it says nothing or nonsense.
    #[must_use]
    pub fn key_sizes(&self, number: u64) -> Option<(u64, u64)> {
        let info = self.infos.get(&number)?;
        // Not answered: zero, or CK_UNAVAILABLE_INFORMATION.
        let told = info.smallest <= info.largest && (1..=1 << 20).contains(&info.largest);
        told.then_some((info.smallest, info.largest))
    }

    /// Whether the token says that it does the mechanism in hardware (`CKF_HW`).
    #[must_use]
    pub fn in_hardware(&self, number: u64) -> Option<bool> {
        self.infos.get(&number).map(|info| info.flags & 0x1 != 0)
    }

    /// The listed mechanisms that have to do with a CA's work, by name.
    #[must_use]
    pub fn notable(&self) -> Vec<&'static str> {
        self.listed.iter().filter_map(|number| name(*number)).collect()
    }

    /// The others, by number.
    #[must_use]
    pub fn others(&self) -> Vec<u64> {
        self.listed.iter().copied().filter(|number| name(*number).is_none()).collect()
    }
}

/// The name of a mechanism that has to do with a CA's work (PKCS#11 3.2, pkcs11t.h), without its `CKM_`.
pub(super) fn name(number: u64) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// The name, or the number where it has none here.
#[must_use]
pub fn mechanism_name(number: u64) -> String {
    name(number).map_or_else(|| format!("0x{number:x}"), |name| format!("CKM_{name}"))
}

/// What generates and uses signature keys, and what could carry a key out of the token.
const NAMES: [(u64, &str); 59] = [
    (0x0, "RSA_PKCS_KEY_PAIR_GEN"),
    (0x1, "RSA_PKCS"),
    (0x3, "RSA_X_509"),
    (0x6, "SHA1_RSA_PKCS"),
    (0x9, "RSA_PKCS_OAEP"),
    (0xa, "RSA_X9_31_KEY_PAIR_GEN"),
    (0xd, "RSA_PKCS_PSS"),
    (0xe, "SHA1_RSA_PKCS_PSS"),
    (0xf, "ML_KEM_KEY_PAIR_GEN"),
    (0x17, "ML_KEM"),
    (0x1c, "ML_DSA_KEY_PAIR_GEN"),
    (0x1d, "ML_DSA"),
    (0x1f, "HASH_ML_DSA"),
    (0x24, "HASH_ML_DSA_SHA256"),
    (0x25, "HASH_ML_DSA_SHA384"),
    (0x26, "HASH_ML_DSA_SHA512"),
    (0x2d, "SLH_DSA_KEY_PAIR_GEN"),
    (0x2e, "SLH_DSA"),
    (0x34, "HASH_SLH_DSA"),
    (0x40, "SHA256_RSA_PKCS"),
    (0x41, "SHA384_RSA_PKCS"),
    (0x42, "SHA512_RSA_PKCS"),
    (0x43, "SHA256_RSA_PKCS_PSS"),
    (0x44, "SHA384_RSA_PKCS_PSS"),
    (0x45, "SHA512_RSA_PKCS_PSS"),
    (0x46, "SHA224_RSA_PKCS"),
    (0x47, "SHA224_RSA_PKCS_PSS"),
    (0x60, "SHA3_256_RSA_PKCS"),
    (0x61, "SHA3_384_RSA_PKCS"),
    (0x62, "SHA3_512_RSA_PKCS"),
    (0x63, "SHA3_256_RSA_PKCS_PSS"),
    (0x64, "SHA3_384_RSA_PKCS_PSS"),
    (0x65, "SHA3_512_RSA_PKCS_PSS"),
    (0x220, "SHA_1"),
    (0x250, "SHA256"),
    (0x260, "SHA384"),
    (0x270, "SHA512"),
    (0x350, "GENERIC_SECRET_KEY_GEN"),
    (0x1040, "EC_KEY_PAIR_GEN"),
    (0x1041, "ECDSA"),
    (0x1042, "ECDSA_SHA1"),
    (0x1043, "ECDSA_SHA224"),
    (0x1044, "ECDSA_SHA256"),
    (0x1045, "ECDSA_SHA384"),
    (0x1046, "ECDSA_SHA512"),
    (0x1047, "ECDSA_SHA3_224"),
    (0x1048, "ECDSA_SHA3_256"),
    (0x1049, "ECDSA_SHA3_384"),
    (0x104a, "ECDSA_SHA3_512"),
    (0x1050, "ECDH1_DERIVE"),
    (0x1055, "EC_EDWARDS_KEY_PAIR_GEN"),
    (0x1056, "EC_MONTGOMERY_KEY_PAIR_GEN"),
    (0x1057, "EDDSA"),
    (0x1080, "AES_KEY_GEN"),
    (0x2109, "AES_KEY_WRAP"),
    (0x210a, "AES_KEY_WRAP_PAD"),
    (0x4032, "HSS_KEY_PAIR_GEN"),
    (0x4033, "HSS"),
    (0x4036, "XMSS"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::mechanism::{MlDsaMechanisms, mechanisms, number};
    use crate::x509::algorithm::KeyAlgorithm;

    #[test]
    fn every_mechanism_that_keyrite_signs_by_has_a_name() {
        for algorithm in KeyAlgorithm::GENERATED {
            for mechanism in mechanisms(algorithm.signature_algorithm(), MlDsaMechanisms::default()) {
                assert!(name(number(mechanism)).is_some(), "{mechanism:?}");
            }
        }
        assert!(NAMES.windows(2).all(|two| two[0].0 < two[1].0), "each number once, in order");
        assert_eq!(mechanism_name(0x1041), "CKM_ECDSA");
        assert_eq!(mechanism_name(0x8000_0001), "0x80000001");
    }

    #[test]
    fn sizes_that_cannot_be_are_no_answer() {
        let sizes = |smallest, largest| {
            let info = MechanismInfo { smallest, largest, flags: 0 };
            Mechanisms::new(vec![1], BTreeMap::from([(1, info)])).key_sizes(1)
        };
        assert_eq!(sizes(1024, 4096), Some((1024, 4096)));
        assert_eq!(sizes(0, 0), None);
        assert_eq!(sizes(512, 256), None);
        assert_eq!(sizes(0, u64::MAX), None);
    }
}
