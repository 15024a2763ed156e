//! A CA as a directory of `openssl ca`: the texts of its files.

use num_bigint::BigUint;

use super::index::{self, Status};
use super::{number, oneline, revocation};
use crate::migrate::intake::Revocation;
use crate::x509::extension::CrlNumber;
use crate::x509::name::Name;
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// `index.txt.attr`: one subject may have several valid certificates, as it may here.
pub const ATTRIBUTES: &str = "unique_subject = no\n";

/// The name of the certificate of the CA.
pub const CA_CERTIFICATE: &str = "cacert.pem";
/// The name of the newest CRL.
pub const CRL: &str = "crl.pem";
/// The directory of the certificates.
pub const NEW_CERTIFICATES: &str = "newcerts";

/// A configuration that reads the directory it lies in, with openssl run there.
#[must_use]
pub fn configuration(ca: &str, key_uri: &str) -> String {
    format!(
        "# CA {ca}, written by keyrite. Run openssl in this directory:
#   openssl ca -config openssl.cnf -status SERIAL
#   openssl ca -config openssl.cnf -updatedb
#   openssl ocsp -index index.txt -CA {CA_CERTIFICATE} ...
#   openssl ca -config openssl.cnf -gencrl -out new.pem -keyfile KEY
# The private key is in the token, and not here: {}
# A CA that issues from two places counts its CRLs twice and leaves out what the other place revokes.

[ ca ]
default_ca = ca_default

[ ca_default ]
dir = .
database = $dir/index.txt
new_certs_dir = $dir/{NEW_CERTIFICATES}
certificate = $dir/{CA_CERTIFICATE}
private_key = $dir/private/cakey.pem
serial = $dir/serial
rand_serial = yes
crlnumber = $dir/crlnumber
crl = $dir/{CRL}
default_md = default
default_days = 365
default_crl_days = 30
unique_subject = no
policy = policy_any
crl_extensions = crl_extensions

[ policy_any ]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
emailAddress = optional

[ crl_extensions ]
authorityKeyIdentifier = keyid:always
",
        key_uri.replace(['\n', '\r'], " ")
    )
}

/// A line of the index that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The serial number.
    pub serial: &'a SerialNumber,
    /// The subject, where the certificate is there.
    pub name: Option<&'a Name>,
    /// The subject as it is on record, where it is not.
    pub subject: Option<&'a str>,
    /// notAfter, as far as it is known.
    pub not_after: Option<Time>,
    /// The revocation.
    pub revocation: Option<Revocation>,
}

impl Line<'_> {
    /// The line with its end, and what of the revocation it has no word for. A certificate whose notAfter is not known
    /// gets the date that means none (RFC 5280 s.4.1.2.5), by which it never leaves a CRL.
    #[must_use]
    pub fn write(&self, now: Time) -> (String, Option<&'static str>) {
        let not_after = self.not_after.unwrap_or(Time::NO_EXPIRATION);
        let (status, (column, lost)) = match self.revocation {
            Some(said) => (Status::Revoked, revocation::write(said)),
            None if not_after < now => (Status::Expired, (String::new(), None)),
            None => (Status::Valid, (String::new(), None)),
        };
        let subject = match (self.name, self.subject) {
            (Some(name), _) => oneline::write(name),
            // The text is that of RFC 4514, or what stood in another index and could not be read.
            (None, Some(text)) => {
                text.parse::<Name>().map_or_else(|_| text.to_owned(), |name| oneline::write(&name))
            }
            (None, None) => String::new(),
        };
        (index::write(status, not_after, &column, &number::written(self.serial), &subject), lost)
    }
}

/// `crlnumber`: the number that the next CRL gets.
#[must_use]
pub fn crl_number(next: CrlNumber) -> String {
    format!("{}\n", even(&format!("{:X}", next.0)))
}

/// `serial`: a number above all that were ever taken; openssl asks for the file, and draws numbers at random all the
/// same.
#[must_use]
pub fn next_serial<'a>(taken: impl IntoIterator<Item = &'a SerialNumber>) -> String {
    let highest = taken.into_iter().map(|serial| BigUint::from_bytes_be(serial.as_bytes())).max();
    let next = highest.unwrap_or_default() + 1_u8;
    format!("{}\n", even(&format!("{next:X}")))
}

fn even(digits: &str) -> String {
    if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_whole_octets() {
        assert_eq!(crl_number(CrlNumber(0xabc)), "0ABC\n");
        let serials: Vec<SerialNumber> =
            ["FF", "0100", "7F"].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(next_serial(&serials), "0101\n");
        assert_eq!(next_serial(&[]), "01\n");
    }

    #[test]
    fn lines_say_what_is_known() {
        let now: Time = "2026-11-21T10:00:00Z".parse().unwrap();
        let serial: SerialNumber = "9F".parse().unwrap();
        let bare = Line { serial: &serial, name: None, subject: None, not_after: None, revocation: None };
        assert_eq!(bare.write(now), ("V\t99991231235959Z\t\t9F\tunknown\t\n".to_owned(), None));
        let said = Revocation { reason: None, date: now, invalidity_date: Some(now) };
        let line =
            Line { subject: Some("C=AT,CN=a/b"), not_after: Some(now), revocation: Some(said), ..bare };
        let (text, lost) = line.write(now);
        assert_eq!(text, "R\t261121100000Z\t261121100000Z\t9F\tunknown\t/C=AT/CN=a\\/b\n");
        assert_eq!(lost, Some("its invalidityDate"));
        let expired = Line { revocation: None, ..line };
        assert!(expired.write(now.plus_seconds(1).unwrap()).0.starts_with("E\t"));
    }
}
