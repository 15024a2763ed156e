//! `SERIAL|FILE`: how people name a certificate on the command line.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use keyrite::x509::serial::{SerialError, SerialNumber};

use crate::failure::Failure;

/// A certificate of this home by its serial number, or any certificate in a file.
///
/// Text that can be a serial number is one, whatever files there are: nobody can change what a command means by
/// putting a file into the directory. A file of such a name is written `./CAFE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Designation {
    /// The serial number in hex.
    Serial(SerialNumber),
    /// The file, or `-`.
    File(PathBuf),
}

impl FromStr for Designation {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        let hex = !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
        if hex { text.parse().map(Self::Serial) } else { Ok(Self::File(PathBuf::from(text))) }
    }
}

/// A file that is not there may have been meant as something else.
pub(crate) fn neither(path: &Path, failure: Failure) -> Failure {
    if path.exists() || path == Path::new("-") {
        return failure;
    }
    failure.hint("it is neither a file nor a serial number; keyrite certificate list shows those, keyrite ca show NAME a CA")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_a_serial_and_all_else_a_file() {
        assert!(matches!("0ABC".parse(), Ok(Designation::Serial(_))));
        assert!(matches!("0a:bc".parse(), Ok(Designation::Serial(_))));
        for file in ["./cafe", "www.pem", "-", "root", "cafe.pem"] {
            assert_eq!(file.parse(), Ok(Designation::File(PathBuf::from(file))));
        }
        assert!("00".parse::<Designation>().is_err());
    }
}
