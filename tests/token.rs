//! The token layer against SoftHSM, and against modules that are none.

#[cfg(test)]
mod support;

#[cfg(test)]
#[path = "support/openssl.rs"]
#[expect(dead_code, reason = "others use the rest of it")]
mod openssl;
#[cfg(test)]
use support::built;
#[cfg(test)]
#[path = "support/attestation.rs"]
mod vendor;

#[cfg(test)]
#[path = "token/attestation.rs"]
mod attestation;
#[cfg(test)]
#[path = "token/conduct.rs"]
mod conduct;
#[cfg(test)]
#[path = "token/confinement.rs"]
mod confinement;
#[cfg(test)]
#[path = "token/doctor.rs"]
mod doctor;
#[cfg(test)]
#[path = "token/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "token/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "token/kryoptic.rs"]
mod kryoptic;
#[cfg(test)]
#[path = "token/login.rs"]
mod login;
#[cfg(test)]
#[path = "token/modules.rs"]
mod modules;
#[cfg(test)]
#[path = "token/sessions.rs"]
mod sessions;

#[cfg(test)]
mod opening {
    use keyrite::token::{Launch, PinProvider, PinSource, Pkcs11Uri, SessionOptions, TokenSession};

    use super::support::tokens::Tokens;

    /// The program under test as the worker, seeing no tokens but these.
    pub(crate) fn launch(tokens: &Tokens) -> Launch {
        let (name, value) = tokens.environment();
        Launch::default().program(env!("CARGO_BIN_EXE_keyrite")).environment(name, value)
    }

    pub(crate) fn options(tokens: &Tokens) -> SessionOptions {
        SessionOptions { launch: launch(tokens), ..SessionOptions::new(tokens.module()) }
    }

    pub(crate) fn right_pin(tokens: &Tokens) -> PinProvider {
        PinProvider::unattended(PinSource::File(tokens.pin_file()))
    }

    pub(crate) fn uri(text: &str) -> Pkcs11Uri {
        Pkcs11Uri::parse(text).unwrap()
    }

    pub(crate) fn session(tokens: &Tokens) -> TokenSession {
        TokenSession::open(&options(tokens), &uri(&tokens.uri()), right_pin(tokens)).unwrap()
    }
}
