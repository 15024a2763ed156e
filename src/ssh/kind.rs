//! The kinds of keys, by the names that SSH has for them.

use std::fmt;

use crate::x509::algorithm::Curve;

/// What kind of key it is. DSA is not there, nor are certificates of OpenSSH's own kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// `ssh-ed25519` (RFC 8709).
    Ed25519,
    /// `ecdsa-sha2-nistp256`, `…384`, `…521` (RFC 5656).
    Ecdsa(Curve),
    /// `ssh-rsa`, of which signatures with SHA-2 alone are taken (RFC 8332).
    Rsa,
    /// `sk-ssh-ed25519@openssh.com`: in a FIDO authenticator (OpenSSH's `PROTOCOL.u2f`).
    SkEd25519,
    /// `sk-ecdsa-sha2-nistp256@openssh.com`: in a FIDO authenticator.
    SkEcdsa,
}

impl KeyKind {
    /// Every kind that is read.
    pub const ALL: [Self; 7] = [
        Self::Ed25519,
        Self::Ecdsa(Curve::P256),
        Self::Ecdsa(Curve::P384),
        Self::Ecdsa(Curve::P521),
        Self::Rsa,
        Self::SkEd25519,
        Self::SkEcdsa,
    ];

    /// The name that begins a line of a public key, and its octets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::Ecdsa(curve) => match curve {
                Curve::P256 => "ecdsa-sha2-nistp256",
                Curve::P384 => "ecdsa-sha2-nistp384",
                Curve::P521 => "ecdsa-sha2-nistp521",
            },
            Self::Rsa => "ssh-rsa",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsa => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name of the curve inside the key (RFC 5656 s.10.1).
    pub(super) const fn curve_name(curve: Curve) -> &'static str {
        match curve {
            Curve::P256 => "nistp256",
            Curve::P384 => "nistp384",
            Curve::P521 => "nistp521",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The names that are known, for errors.
pub(super) struct Known;

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, kind) in KeyKind::ALL.into_iter().enumerate() {
            let between = if at == 0 { "" } else { ", " };
            write!(f, "{between}{kind}")?;
        }
        Ok(())
    }
}
