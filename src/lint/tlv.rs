//! Type, length and value as they stand in the octets: a reader that shares no code with the encoder.
//!
//! It reads what BER allows in lengths, so that a fault of DER can be named rather than only refused.

/// The identifier octets of the types that certificates, CRLs and requests use.
pub(super) mod tag {
    pub(in crate::lint) const BOOLEAN: u8 = 0x01;
    pub(in crate::lint) const INTEGER: u8 = 0x02;
    pub(in crate::lint) const BIT_STRING: u8 = 0x03;
    pub(in crate::lint) const OCTET_STRING: u8 = 0x04;
    pub(in crate::lint) const NULL: u8 = 0x05;
    pub(in crate::lint) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(in crate::lint) const ENUMERATED: u8 = 0x0a;
    pub(in crate::lint) const UTF8_STRING: u8 = 0x0c;
    pub(in crate::lint) const UTC_TIME: u8 = 0x17;
    pub(in crate::lint) const GENERALIZED_TIME: u8 = 0x18;
    pub(in crate::lint) const SEQUENCE: u8 = 0x30;
    pub(in crate::lint) const SET: u8 = 0x31;

    /// `[number]`, constructed: EXPLICIT, or IMPLICIT of a constructed type.
    pub(in crate::lint) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }

    /// `[number]`, primitive: IMPLICIT of a primitive type.
    pub(in crate::lint) const fn primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// One value with its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tlv<'a> {
    /// The identifier octet.
    pub(super) tag: u8,
    /// The contents octets.
    pub(super) contents: &'a [u8],
    /// Header and contents.
    pub(super) whole: &'a [u8],
    /// Whether the length is written in as few octets as can be (X.690 s.10.1).
    pub(super) minimal: bool,
}

impl Tlv<'_> {
    /// Whether the contents are values themselves.
    pub(super) const fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }
}

/// Why there is no value to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlvError {
    /// The octets end before the value does.
    Truncated,
    /// A length without an end of its own (X.690 s.8.1.3.6).
    Indefinite,
    /// A tag number above 30: no structure of certificates has one.
    HighTag,
}

impl TlvError {
    pub(super) const fn found(self) -> &'static str {
        match self {
            Self::Truncated => "a value that is cut off",
            Self::Indefinite => "an indefinite length",
            Self::HighTag => "a tag number above 30",
        }
    }
}

/// The identifier octet and the length of a value whose contents may lie elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) tag: u8,
    /// The octets of the contents.
    pub(super) contents: u64,
    /// The octets of the header itself.
    pub(super) header: usize,
    /// As [`Tlv::minimal`].
    pub(super) minimal: bool,
}

impl Opening {
    /// Reads the header with which `octets` begin.
    pub(super) fn read(octets: &[u8]) -> Result<Self, TlvError> {
        let (&[tag, first], after) = octets.split_first_chunk::<2>().ok_or(TlvError::Truncated)?;
        if tag & 0x1f == 0x1f {
            return Err(TlvError::HighTag);
        }
        let (contents, more, minimal) = match first {
            0..=0x7f => (u64::from(first), 0, true),
            0x80 => return Err(TlvError::Indefinite),
            _ => {
                let more = usize::from(first & 0x7f);
                let length = after.get(..more).ok_or(TlvError::Truncated)?;
                let contents = length
                    .iter()
                    .try_fold(0_u64, |sum, octet| sum.checked_mul(256)?.checked_add(u64::from(*octet)))
                    .ok_or(TlvError::Truncated)?;
                (contents, more, length.first() != Some(&0) && contents > 0x7f)
            }
        };
        Ok(Self { tag, contents, header: more.saturating_add(2), minimal })
    }
}

/// Reads values one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self { left: octets }
    }

    pub(super) const fn is_finished(&self) -> bool {
        self.left.is_empty()
    }

    /// What was not read yet.
    pub(super) const fn left(&self) -> &'a [u8] {
        self.left
    }

    /// The next value.
    pub(super) fn next(&mut self) -> Result<Tlv<'a>, TlvError> {
        let start = self.left;
        let (&[tag, first], after) = start.split_first_chunk::<2>().ok_or(TlvError::Truncated)?;
        if tag & 0x1f == 0x1f {
            return Err(TlvError::HighTag);
        }
        let (length, rest, minimal) = match first {
            0..=0x7f => (usize::from(first), after, true),
            0x80 => return Err(TlvError::Indefinite),
            _ => {
                let (octets, rest) =
                    after.split_at_checked(usize::from(first & 0x7f)).ok_or(TlvError::Truncated)?;
                let length = octets
                    .iter()
                    .try_fold(0_usize, |sum, octet| sum.checked_mul(256)?.checked_add(usize::from(*octet)))
                    .ok_or(TlvError::Truncated)?;
                (length, rest, octets.first() != Some(&0) && length > 0x7f)
            }
        };
        let (contents, left) = rest.split_at_checked(length).ok_or(TlvError::Truncated)?;
        let whole = start.get(..start.len().saturating_sub(left.len())).unwrap_or_default();
        self.left = left;
        Ok(Tlv { tag, contents, whole, minimal })
    }

    /// The next value, if it has this identifier octet; otherwise nothing is read.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, TlvError> {
        if self.left.first() == Some(&tag) { self.next().map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_ber_are_read_and_noted() {
        for (octets, minimal) in [
            (&[0x04, 0x01, 0xaa][..], true),
            (&[0x04, 0x81, 0x01, 0xaa], false),
            (&[0x04, 0x82, 0x00, 0x01, 0xaa], false),
        ] {
            let tlv = Reader::new(octets).next().unwrap();
            assert_eq!((tlv.contents, tlv.whole, tlv.minimal), (&[0xaa][..], octets, minimal));
        }
        let long = [&[0x04, 0x81, 0x80][..], &[0; 0x80]].concat();
        assert!(Reader::new(&long).next().unwrap().minimal);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (octets, error) in [
            (&[][..], TlvError::Truncated),
            (&[0x30], TlvError::Truncated),
            (&[0x30, 0x01], TlvError::Truncated),
            (&[0x30, 0x80, 0x00, 0x00], TlvError::Indefinite),
            (&[0x3f, 0x01, 0x00], TlvError::HighTag),
            (&[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1], TlvError::Truncated),
            (&[0x30, 0xff], TlvError::Truncated),
        ] {
            assert_eq!(Reader::new(octets).next(), Err(error), "{octets:02x?}");
        }
    }
}
