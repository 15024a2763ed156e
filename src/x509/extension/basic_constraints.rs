//! basicConstraints (RFC 5280 s.4.2.1.9).

use std::fmt;

use der::{Decode, Encode};
use x509_cert::ext::pkix::BasicConstraints as Encoded;

/// Whether the subject is a CA, and how many CAs may follow below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// cA; FALSE is left out of the encoding.
    pub ca: bool,
    /// pathLenConstraint: the most CA certificates that may follow, not counting self-issued ones.
    pub path_len: Option<u8>,
}

impl BasicConstraints {
    pub(super) fn to_der(self) -> Result<Vec<u8>, der::Error> {
        Encoded { ca: self.ca, path_len_constraint: self.path_len }.to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let read = Encoded::from_der(der)?;
        Ok(Self { ca: read.ca, path_len: read.path_len_constraint })
    }
}

impl fmt::Display for BasicConstraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.ca, self.path_len) {
            (true, None) => f.write_str("CA, path length not limited"),
            (true, Some(most)) => write!(f, "CA, path length {most}"),
            (false, None) => f.write_str("not a CA"),
            (false, Some(most)) => write!(f, "not a CA, yet path length {most}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_left_out() {
        for (ca, path_len, der) in [
            (false, None, "3000"),
            (true, None, "30030101ff"),
            (true, Some(0), "30060101ff020100"),
            (true, Some(200), "30070101ff020200c8"),
        ] {
            let value = BasicConstraints { ca, path_len };
            assert_eq!(hex::encode(value.to_der().unwrap()), der);
            assert_eq!(BasicConstraints::from_der(&hex::decode(der).unwrap()).unwrap(), value);
        }
    }
}
