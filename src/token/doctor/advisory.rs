//! Models and firmware that are known for weak keys or weak signatures, and tokens that keep keys in files.
//!
//! Matched on what a module says of its token, which is all that can be known from here. A module that hides the
//! firmware of its token (OpenSC does of most cards) is not found: then the maker's own tool has to tell.

use crate::token::description::TokenInfo;

/// What is known of a kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advisory {
    /// Who says so, by the name of the publication.
    pub source: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// What follows from it for a CA.
    pub consequence: &'static str,
    /// Any of these, or any at all.
    makers: &'static [&'static str],
    /// A part of the model's name.
    model: &'static str,
    /// First and last version, as `CK_TOKEN_INFO.firmwareVersion` has them; any if there are none.
    firmware: &'static [(Version, Version)],
}

type Version = (u8, u8);

impl Advisory {
    fn concerns(&self, token: &TokenInfo) -> bool {
        let is = |text: &str, wanted: &str| text.to_ascii_lowercase().contains(wanted);
        let made = self.makers.iter().any(|maker| is(&token.manufacturer, maker));
        let within = |(first, last): &(Version, Version)| (*first..=*last).contains(&token.firmware);
        (made || self.makers.is_empty())
            && is(&token.model, self.model)
            && (self.firmware.is_empty() || self.firmware.iter().any(within))
    }
}

/// What is known of this token; mostly nothing.
#[must_use]
pub fn advisories(token: &TokenInfo) -> Vec<&'static Advisory> {
    KNOWN.iter().filter(|advisory| advisory.concerns(token)).collect()
}

const ROCA: &str =
    "RSA keys that it generates are weak (ROCA): the private key can be computed from the public one";
const ROCA_ADVICE: &str =
    "use no RSA key that was generated on it; update its firmware, or use another token";
const IN_FILES: &str = "a token in software, which keeps keys in files that whoever can read them may copy";
const FOR_TESTS: &str = "for trying and testing";

/// Makers and models in lower case. Yubico's modules give the firmware x.y.z as major x and minor 10 y + z
/// (ykcs11/token.c and yubihsm_pkcs11.c, C_GetTokenInfo).
const KNOWN: [Advisory; 8] = [
    Advisory {
        source: "YSA-2017-01, CVE-2017-15361",
        about: ROCA,
        consequence: ROCA_ADVICE,
        makers: &["yubico"],
        model: "yk4",
        firmware: &[((4, 26), (4, 34))],
    },
    Advisory {
        source: "YSA-2019-02",
        about: "firmware 4.4.2 and 4.4.4 of the FIPS series: random octets after power-up are partly known, so that ECDSA keys \
                can be computed from signatures",
        consequence: "use no key of it, and have it replaced",
        makers: &["yubico"],
        model: "yk4",
        firmware: &[((4, 42), (4, 44))],
    },
    Advisory {
        source: "YSA-2024-03, CVE-2024-45678",
        about: "firmware before 5.7: whoever has it in hand can measure ECDSA keys out of it (EUCLEAK)",
        consequence: "keep it locked away, use RSA keys, or use a token with newer firmware",
        makers: &["yubico"],
        model: "yk5",
        firmware: &[((0, 0), (5, 69))],
    },
    Advisory {
        source: "YSA-2024-03, CVE-2024-45678",
        about: "firmware before 2.4: whoever has it in hand can measure ECDSA keys out of it (EUCLEAK)",
        consequence: "keep it locked away, use RSA or Ed25519 keys, or use a token with newer firmware",
        makers: &["yubico"],
        model: "yubihsm",
        firmware: &[((0, 0), (2, 39))],
    },
    Advisory {
        source: "CVE-2017-15361, Infineon TPM",
        about: ROCA,
        consequence: ROCA_ADVICE,
        makers: &["infineon", "ifx"],
        model: "",
        firmware: &[((5, 0), (5, 61)), ((7, 0), (7, 61))],
    },
    Advisory {
        source: "its own documentation",
        about: IN_FILES,
        consequence: FOR_TESTS,
        makers: &["softhsm", "kryoptic", "mozilla"],
        model: "",
        firmware: &[],
    },
    Advisory {
        source: "its own documentation",
        about: IN_FILES,
        consequence: FOR_TESTS,
        makers: &["ibm"],
        model: "soft",
        firmware: &[],
    },
    Advisory {
        source: "its own documentation",
        about: "a TPM in software, which keeps keys in files that whoever can read them may copy",
        consequence: FOR_TESTS,
        makers: &[],
        model: "sw   tpm",
        firmware: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(manufacturer: &str, model: &str, firmware: (u8, u8)) -> Vec<&'static str> {
        let token = TokenInfo {
            manufacturer: manufacturer.to_owned(),
            model: model.to_owned(),
            firmware,
            ..TokenInfo::default()
        };
        advisories(&token).into_iter().map(|advisory| advisory.source).collect()
    }

    #[test]
    fn each_advisory_is_about_its_own_versions() {
        const YUBICO: &str = "Yubico (www.yubico.com)";
        for (model, firmware, wanted) in [
            ("YubiKey YK4", (4, 25), None),
            ("YubiKey YK4", (4, 26), Some("YSA-2017-01, CVE-2017-15361")),
            ("YubiKey YK4", (4, 34), Some("YSA-2017-01, CVE-2017-15361")),
            ("YubiKey YK4", (4, 35), None),
            ("YubiKey YK4", (4, 42), Some("YSA-2019-02")),
            ("YubiKey YK4", (4, 44), Some("YSA-2019-02")),
            ("YubiKey YK4", (4, 45), None),
            ("YubiKey YK5", (5, 43), Some("YSA-2024-03, CVE-2024-45678")),
            ("YubiKey YK5", (5, 70), None),
            ("YubiHSM", (2, 32), Some("YSA-2024-03, CVE-2024-45678")),
            ("YubiHSM", (2, 40), None),
        ] {
            assert_eq!(sources(YUBICO, model, firmware), Vec::from_iter(wanted), "{model} {firmware:?}");
        }
        assert_eq!(sources("Infineon", "SLB9665", (5, 61)), ["CVE-2017-15361, Infineon TPM"]);
        assert_eq!(sources("IFX", "SLB9670", (7, 63)), [""; 0]);
        assert_eq!(sources("IFX", "SLB9665", (5, 62)), [""; 0]);
        assert_eq!(sources("IBM", "SW   TPM", (32, 25)), ["its own documentation"]);
        assert_eq!(sources("IBM", "Soft", (0, 0)), ["its own documentation"]);
        assert_eq!(sources("SoftHSM project", "SoftHSM v2", (2, 6)), ["its own documentation"]);
        assert_eq!(sources("", "", (0, 0)), [""; 0]);
    }
}
