//! Serial numbers (RFC 5280 s.4.1.2.2).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::excerpt::Excerpt;

/// The octets of every serial number that keyrite draws: the most that RFC 5280 allows.
pub const SERIAL_OCTETS: usize = 20;

/// A positive serial number of 1 to 20 octets, minimally encoded.
///
/// Those that keyrite draws are always 20 octets long and hold 157 random bits; shorter ones come from
/// certificates made elsewhere.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SerialNumber {
    /// The octets, and zeros after them: lists of millions are gone through without a piece of memory for each.
    octets: [u8; SERIAL_OCTETS],
    length: u8,
}

impl SerialNumber {
    /// Makes a serial number from 20 random octets.
    ///
    /// The first octet becomes 0x40 to 0x7F: the number is positive, never has a leading zero octet, and
    /// so always takes the same space (CAs whose serials varied in length found out in incidents). The last
    /// bit becomes 0: the name for which OCSP clients ask (RFC 5019 s.5) then never ends with a slash, for
    /// which a server of files would look for a directory.
    #[must_use]
    pub fn from_random(mut octets: [u8; SERIAL_OCTETS]) -> Self {
        if let Some(first) = octets.first_mut() {
            *first = (*first & 0x3f) | 0x40;
        }
        if let Some(last) = octets.last_mut() {
            *last &= 0xfe;
        }
        Self { octets, length: 20 }
    }

    /// Takes the contents octets of a DER INTEGER.
    ///
    /// # Errors
    /// [`SerialError`] when the number is not positive, not minimal, or longer than 20 octets.
    pub fn from_der_contents(octets: &[u8]) -> Result<Self, SerialError> {
        let found = || hex::encode_upper(octets.get(..32).unwrap_or(octets));
        match octets {
            [] => Err(SerialError::Empty),
            [0x80..=0xff, ..] => Err(SerialError::Negative { found: found() }),
            [0] => Err(SerialError::Zero),
            [0, 0..=0x7f, ..] => Err(SerialError::NotMinimal { found: found() }),
            _ => {
                let too_long = || SerialError::TooLong { octets: octets.len() };
                let mut own = [0; SERIAL_OCTETS];
                own.get_mut(..octets.len()).ok_or_else(too_long)?.copy_from_slice(octets);
                Ok(Self { octets: own, length: u8::try_from(octets.len()).map_err(|_| too_long())? })
            }
        }
    }

    /// The contents octets of the DER INTEGER.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// How two numbers stand to each other as numbers, which is the order of the entries of a CRL: none of them is
    /// negative or has an octet too many, so that the shorter one is the smaller one.
    #[must_use]
    pub fn cmp_as_number(&self, other: &Self) -> Ordering {
        (self.length, self.octets).cmp(&(other.length, other.octets))
    }
}

impl Ord for SerialNumber {
    /// By the octets, as in the index of a ledger; [`SerialNumber::cmp_as_number`] is another order.
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for SerialNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.as_bytes()))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

impl FromStr for SerialNumber {
    type Err = SerialError;

    /// Reads hex, upper or lower case, with or without colons between octets; never decimal.
    fn from_str(text: &str) -> Result<Self, SerialError> {
        let digits: String = text.chars().filter(|c| *c != ':').collect();
        let even = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
        let octets = hex::decode(&even).map_err(|_| SerialError::NotHex { found: text.to_owned() })?;
        // A person may leave out or add leading zeros: the number is what counts here.
        let number: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
        match number.first() {
            None => Err(SerialError::Zero),
            Some(0x80..) => {
                let mut padded = vec![0];
                padded.extend(number);
                Self::from_der_contents(&padded)
            }
            Some(_) => Self::from_der_contents(&number),
        }
    }
}

/// Why octets or text are not a serial number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// An INTEGER without contents.
    #[error("serial number is empty")]
    Empty,
    /// Zero.
    #[error("serial number is zero, wanted a positive number")]
    Zero,
    /// A negative number.
    #[error("serial number {found} is negative")]
    Negative {
        /// The octets in hex.
        found: String,
    },
    /// A leading zero octet that DER does not allow.
    #[error("serial number {found} is not minimally encoded")]
    NotMinimal {
        /// The octets in hex.
        found: String,
    },
    /// More than 20 octets.
    #[error("serial number of {octets} octets, wanted at most {SERIAL_OCTETS}")]
    TooLong {
        /// The octets that were found.
        octets: usize,
    },
    /// Text that is not hex.
    #[error("{} is not a serial number, wanted hex such as 4C0FFEE…", Excerpt(found))]
    NotHex {
        /// The text that was found.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_serials_are_20_octets_whatever_the_octets_drawn() {
        for fill in [0x00, 0x3f, 0x7f, 0x80, 0xff] {
            let serial = SerialNumber::from_random([fill; SERIAL_OCTETS]);
            assert_eq!(SerialNumber::from_der_contents(serial.as_bytes()), Ok(serial.clone()));
            assert_eq!(serial.as_bytes().len(), 20);
            assert!((0x40..=0x7f).contains(&serial.as_bytes()[0]));
        }
    }

    #[test]
    fn every_other_bit_is_the_random_one() {
        let low = SerialNumber::from_random([0x00; SERIAL_OCTETS]);
        let high = SerialNumber::from_random([0xff; SERIAL_OCTETS]);
        let differing: u32 =
            low.as_bytes().iter().zip(high.as_bytes()).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!(differing, 157);
    }

    #[test]
    fn contents_that_der_or_rfc_5280_forbid_are_named() {
        let cases: [(&[u8], &str); 5] = [
            (&[], "empty"),
            (&[0], "zero"),
            (&[0x80], "negative"),
            (&[0, 1], "minimally"),
            (&[1; 21], "21 octets"),
        ];
        for (octets, word) in cases {
            let error = SerialNumber::from_der_contents(octets).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn as_numbers_shorter_ones_come_first() {
        let [short, long, longer]: [SerialNumber; 3] =
            ["7F", "0102", "0103"].map(|text| text.parse().unwrap());
        assert!(long < short && short.cmp_as_number(&long) == Ordering::Less);
        assert!(
            long.cmp_as_number(&longer) == Ordering::Less && long.cmp_as_number(&long) == Ordering::Equal
        );
    }

    #[test]
    fn hex_reads_back_with_colons_and_in_lower_case() {
        let serial: SerialNumber = "0a:bc:01".parse().unwrap();
        assert_eq!(serial.to_string(), "0ABC01");
        assert_eq!("ff".parse::<SerialNumber>().unwrap().as_bytes(), [0, 0xff]);
        assert!("12 34".parse::<SerialNumber>().is_err());
    }
}
