//! Certificates in one file, as many programs import them: a certs-only CMS message.
//!
//! RFC 8551 s.3.2.2: a SignedData (RFC 5652 s.5.1) without content and without signers. It proves
//! nothing; it only carries.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Encode, Tag, TagNumber};

/// id-signedData (RFC 5652 s.5.1).
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// id-data (RFC 5652 s.4).
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");

/// Puts certificates, each in DER, into one message.
///
/// # Errors
/// A [`der::Error`] when they are too large together.
pub fn encode(certificates: &[Vec<u8>]) -> Result<Vec<u8>, der::Error> {
    let context = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
    let tlv = |tag: Tag, contents: &[u8]| AnyRef::new(tag, contents)?.to_der();
    // SET OF: sorted by encoding, for DER.
    let mut sorted: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable();
    let signed_data = [
        1_u8.to_der()?,
        tlv(Tag::Set, &[])?,
        tlv(Tag::Sequence, &DATA.to_der()?)?,
        tlv(context, &sorted.concat())?,
        tlv(Tag::Set, &[])?,
    ]
    .concat();
    let content = tlv(context, &tlv(Tag::Sequence, &signed_data)?)?;
    tlv(Tag::Sequence, &[SIGNED_DATA.to_der()?, content].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_the_shortest_signed_data_and_sorted() {
        let message = encode(&[vec![0x30, 0x01, 0x05], vec![0x30, 0x00]]).unwrap();
        let expected =
            "302a06092a864886f70d010702a01d301b0201013100300b06092a864886f70d010701a00530003001053100";
        assert_eq!(hex::encode(message), expected);
    }
}
