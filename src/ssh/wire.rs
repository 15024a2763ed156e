//! The data types of SSH's wire format (RFC 4251 s.5), read from octets that are all there.

/// Octets, read from their start.
pub(super) struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// Exactly so many octets.
    pub(super) fn octets<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], WireError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(WireError::Short { what })?;
        self.0 = rest;
        Ok(*taken)
    }

    /// `byte`.
    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, WireError> {
        self.octets::<1>(what).map(|[octet]| octet)
    }

    /// `uint32`: big-endian.
    pub(super) fn uint32(&mut self, what: &'static str) -> Result<u32, WireError> {
        self.octets(what).map(u32::from_be_bytes)
    }

    /// `string`: a length and so many octets.
    pub(super) fn string(&mut self, what: &'static str) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(self.uint32(what)?).unwrap_or(usize::MAX);
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WireError::Short { what })?;
        self.0 = rest;
        Ok(taken)
    }

    /// `string` of visible ASCII, which names of algorithms are (RFC 4251 s.6).
    pub(super) fn name(&mut self, what: &'static str) -> Result<&'a str, WireError> {
        let octets = self.string(what)?;
        let named = std::str::from_utf8(octets).ok().filter(|text| {
            (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_graphic())
        });
        named.ok_or(WireError::Name { what })
    }

    /// `mpint` that is not negative, without the octet that keeps it from being so: zero has no octet.
    pub(super) fn positive(&mut self, what: &'static str) -> Result<&'a [u8], WireError> {
        let octets = self.string(what)?;
        match octets {
            [] => Ok(octets),
            // One leading zero where the next octet would make it negative, and nowhere else.
            [0, rest @ ..] if rest.first().is_some_and(|octet| octet & 0x80 != 0) => Ok(rest),
            [0, ..] => Err(WireError::Number { what }),
            [first, ..] if first & 0x80 != 0 => Err(WireError::Number { what }),
            _ => Ok(octets),
        }
    }

    /// That nothing follows.
    pub(super) const fn finish(self, what: &'static str) -> Result<(), WireError> {
        match self.0.len() {
            0 => Ok(()),
            octets => Err(WireError::Trailing { what, octets }),
        }
    }
}

/// The longest name of an algorithm: RFC 4251 s.6.
const LONGEST_NAME: usize = 64;

/// Appends a `string`. Nothing that is written here comes near the length that has no room in a `uint32`.
pub(super) fn put_string(to: &mut Vec<u8>, octets: &[u8]) {
    to.extend(u32::try_from(octets.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend(octets);
}

/// Why octets are not what SSH's wire format has in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The octets end within a value.
    #[error("the octets end within the {what}")]
    Short {
        /// The value.
        what: &'static str,
    },
    /// Octets after the last value.
    #[error("{octets} octets after the end of the {what}")]
    Trailing {
        /// What ended before.
        what: &'static str,
        /// How many octets are left.
        octets: usize,
    },
    /// A name that is empty, too long or not visible ASCII.
    #[error("the {what} is not a name of 1 to {LONGEST_NAME} visible ASCII characters (RFC 4251 s.6)")]
    Name {
        /// The value.
        what: &'static str,
    },
    /// A number that is negative or has an octet too many.
    #[error("the {what} is negative or not in its shortest form (RFC 4251 s.5)")]
    Number {
        /// The value.
        what: &'static str,
    },
}
