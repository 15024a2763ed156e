//! Which kind of object some DER is, by its outermost shape alone: broken ones have a kind too.

use der::{Header, Reader as _, SliceReader, Tag, TagNumber};

/// What can be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Certificate,
    Crl,
    Request,
    Ocsp,
}

impl Kind {
    /// The likeliest kind. The first members of the three differ: a certificate begins with its version in \[0\]
    /// (RFC 5280 s.4.1), a request with the INTEGER 0 (RFC 2986 s.4.1), and a CRL has a time as its third or
    /// fourth member (s.5.1), where a certificate of version 1 has a sequence. An OCSP response begins with its
    /// status, an ENUMERATED, where the others have what is signed (RFC 6960 s.4.2.1).
    pub(crate) fn of(der: &[u8]) -> Self {
        if is_ocsp(der).unwrap_or(false) {
            return Self::Ocsp;
        }
        let members = members(der).unwrap_or_default();
        let tag = |at: usize| members.get(at).map(|(tag, _)| *tag);
        let is_time = |at| matches!(tag(at), Some(Tag::UtcTime | Tag::GeneralizedTime));
        match members.first() {
            Some((Tag::ContextSpecific { number: TagNumber(0), .. }, _)) => Self::Certificate,
            Some((Tag::Sequence, _)) if is_time(2) => Self::Crl,
            Some((Tag::Integer, _)) if is_time(3) => Self::Crl,
            Some((Tag::Integer, version)) if version == &[0] => Self::Request,
            _ => Self::Certificate,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Crl => "CRL",
            Self::Request => "request",
            Self::Ocsp => "OCSP response",
        }
    }
}

fn is_ocsp(der: &[u8]) -> Result<bool, der::Error> {
    let mut outer = SliceReader::new(der)?;
    let _: Header = der::Decode::decode(&mut outer)?;
    Ok(Tag::peek(&outer)? == Tag::Enumerated)
}

/// Tag and contents of the first members of what is signed.
fn members(der: &[u8]) -> Result<Vec<(Tag, Vec<u8>)>, der::Error> {
    let mut outer = SliceReader::new(der)?;
    let _: Header = der::Decode::decode(&mut outer)?;
    let mut inner = SliceReader::new(outer.tlv_bytes()?)?;
    let _: Header = der::Decode::decode(&mut inner)?;
    let mut found = Vec::new();
    while !inner.is_finished() && found.len() < 4 {
        let Ok(header) = <Header as der::Decode<'_>>::decode(&mut inner) else { break };
        let Ok(contents) = inner.read_slice(header.length()) else { break };
        found.push((header.tag(), contents.to_vec()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(members: &str) -> Vec<u8> {
        let tbs = hex::decode(members).unwrap();
        let tbs = [vec![0x30, u8::try_from(tbs.len()).unwrap()], tbs].concat();
        [vec![0x30, u8::try_from(tbs.len()).unwrap()], tbs].concat()
    }

    #[test]
    fn each_kind_is_known_by_its_first_members() {
        for (members, kind) in [
            ("a003020102020101", Kind::Certificate),
            ("02010130003000300030003000", Kind::Certificate),
            ("020101300030001700", Kind::Crl),
            ("300030001800", Kind::Crl),
            ("02010030003000a000", Kind::Request),
            ("", Kind::Certificate),
        ] {
            assert_eq!(Kind::of(&signed(members)), kind, "{members}");
        }
        assert_eq!(Kind::of(b"junk"), Kind::Certificate);
        assert_eq!(Kind::of(&[0x30, 0x03, 0x0a, 0x01, 0x06]), Kind::Ocsp);
    }
}
