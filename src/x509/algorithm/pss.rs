//! The parameters of RSASSA-PSS (RFC 4055 s.3.1): one form that is written, and a few that are read.
//!
//! Of the many combinations that RFC 4055 allows, BR 7.1.3.2.1 leaves three: MGF1 with the digest of the
//! message, a salt as long as the digest, and the trailer field by default. Readers must take an absent
//! and a NULL parameter of a digest for the same (RFC 4055 s.2.1).

use der::asn1::{AnyRef, UintRef};
use der::{Decode, Reader, SliceReader, Tagged};

use super::Digest;

/// The contents of the OBJECT IDENTIFIER `id-RSASSA-PSS`.
pub(super) const OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// The TLV of the OBJECT IDENTIFIER `id-mgf1`.
const MGF1: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];

/// The AlgorithmIdentifier that is written, octet for octet as in BR 7.1.3.2.1.
pub(super) const fn identifier_der(digest: Digest) -> &'static [u8] {
    match digest {
        Digest::Sha256 => const { &written(1, 32) },
        Digest::Sha384 => const { &written(2, 48) },
        Digest::Sha512 => const { &written(3, 64) },
    }
}

const fn written(arc: u8, salt: u8) -> [u8; 67] {
    [
        0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f,
        0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00, 0xa1, 0x1c,
        0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09,
        0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, salt,
    ]
}

/// The digest that an AlgorithmIdentifier of RSASSA-PSS names; absent when it is one of another algorithm.
///
/// # Errors
/// What is found and wanted, in words, when the parameters are none of the accepted.
pub(super) fn parse(identifier: &[u8]) -> Option<Result<Digest, String>> {
    let whole = AnyRef::from_der(identifier).ok().filter(|whole| whole.tag() == der::Tag::Sequence)?;
    let mut fields = SliceReader::new(whole.value()).ok()?;
    let oid = AnyRef::decode(&mut fields).ok()?;
    if oid.tag() != der::Tag::ObjectIdentifier || oid.value() != OID {
        return None;
    }
    Some(parameters(&mut fields).unwrap_or_else(|_| {
        Err(format!(
            "RSASSA-PSS with parameters {} that are not well-formed",
            hex::encode(identifier.get(..96).unwrap_or(identifier))
        ))
    }))
}

/// RSASSA-PSS-params: `[0]` digest, `[1]` mask generation, `[2]` salt length, `[3]` trailer. What is absent
/// means SHA-1, MGF1 with SHA-1, 20 octets and 1.
fn parameters(fields: &mut SliceReader<'_>) -> Result<Result<Digest, String>, der::Error> {
    if fields.is_finished() {
        return Ok(Err("RSASSA-PSS without parameters, wanted the digest and the salt in them".to_owned()));
    }
    let whole = AnyRef::decode(fields)?;
    whole.tag().assert_eq(der::Tag::Sequence)?;
    if !fields.is_finished() {
        return Err(der::Tag::Sequence.length_error().into());
    }
    let mut inner = SliceReader::new(whole.value())?;
    let mut found: [Option<&[u8]>; 4] = [None; 4];
    let mut next = 0;
    while !inner.is_finished() {
        let field = AnyRef::decode(&mut inner)?;
        let number = context_specific(field.tag()).filter(|number| *number >= next);
        let place = number.and_then(|number| found.get_mut(number));
        let Some(place) = place else { return Err(field.tag().value_error().into()) };
        *place = Some(field.value());
        next = number.map_or(found.len(), |number| number.saturating_add(1));
    }
    let [digest, mask, salt, trailer] = found;
    let Some(digest) = digest else {
        return Ok(Err("RSASSA-PSS with SHA-1, which is broken".to_owned()));
    };
    let digest = match digest_of(digest)? {
        Ok(digest) => digest,
        Err(found) => return Ok(Err(format!("RSASSA-PSS with {found}, wanted SHA-256, SHA-384 or SHA-512"))),
    };
    let mask = match mask {
        None => Err("SHA-1".to_owned()),
        Some(octets) => mask_digest(octets)?,
    };
    if mask != Ok(digest) {
        let found = mask.map_or_else(|name| name, |digest| digest.to_string());
        return Ok(Err(format!(
            "RSASSA-PSS with {digest} and MGF1 with {found}, wanted MGF1 with {digest} (BR 7.1.3.2.1)"
        )));
    }
    let salt = match salt {
        None => Some(20),
        Some(octets) => unsigned(octets)?,
    };
    if salt != u32::try_from(digest.octets()).ok() {
        let found = salt.map_or_else(|| "more than 2^32".to_owned(), |salt| salt.to_string());
        return Ok(Err(format!(
            "RSASSA-PSS with {digest} and a salt of {found} octets, wanted {} (BR 7.1.3.2.1)",
            digest.octets()
        )));
    }
    if let Some(octets) = trailer {
        let found = unsigned(octets)?;
        return Ok(Err(match found {
            Some(1) => {
                "RSASSA-PSS with the default trailer field written out, wanted it absent (X.690 s.11.5)"
            }
            _ => "RSASSA-PSS with another trailer field, wanted the default (RFC 4055 s.3.1)",
        }
        .to_owned()));
    }
    Ok(Ok(digest))
}

fn context_specific(tag: der::Tag) -> Option<usize> {
    let der::Tag::ContextSpecific { constructed: true, number } = tag else { return None };
    usize::try_from(number.value()).ok()
}

/// One whole AlgorithmIdentifier of a digest, its parameters NULL or absent.
fn digest_of(octets: &[u8]) -> Result<Result<Digest, String>, der::Error> {
    let known = Digest::ALL.into_iter().find(|digest| {
        let with_null = digest_identifier(*digest);
        let absent = with_null.get(2..with_null.len().saturating_sub(2)).unwrap_or_default();
        octets == with_null || octets.strip_prefix(&[0x30, 0x0b]) == Some(absent)
    });
    if let Some(digest) = known {
        return Ok(Ok(digest));
    }
    let identifier = AnyRef::from_der(octets)?;
    identifier.tag().assert_eq(der::Tag::Sequence)?;
    let mut fields = SliceReader::new(identifier.value())?;
    let oid = der::asn1::ObjectIdentifier::decode(&mut fields)?;
    let name = match oid.to_string().as_str() {
        "1.3.14.3.2.26" => "SHA-1, which is broken".to_owned(),
        "1.2.840.113549.2.5" => "MD5, which is broken".to_owned(),
        "2.16.840.1.101.3.4.2.4" => "SHA-224".to_owned(),
        dotted if Digest::ALL.into_iter().any(|digest| digest_oid(digest) == Some(oid)) => {
            format!("the digest {dotted} and parameters of its own")
        }
        dotted => format!("the digest {dotted}"),
    };
    Ok(Err(name))
}

/// The AlgorithmIdentifier of a digest with NULL, from its place in a DigestInfo (RFC 8017 s.9.2).
fn digest_identifier(digest: Digest) -> &'static [u8] {
    digest.digest_info_prefix().get(2..17).unwrap_or_default()
}

fn digest_oid(digest: Digest) -> Option<der::asn1::ObjectIdentifier> {
    der::asn1::ObjectIdentifier::from_der(digest_identifier(digest).get(2..13)?).ok()
}

/// The digest of `id-mgf1`, or what is in its place.
fn mask_digest(octets: &[u8]) -> Result<Result<Digest, String>, der::Error> {
    let identifier = AnyRef::from_der(octets)?;
    identifier.tag().assert_eq(der::Tag::Sequence)?;
    match identifier.value().strip_prefix(MGF1) {
        Some(parameters) => digest_of(parameters),
        None => Ok(Err("another function in its place".to_owned())),
    }
}

/// A number, if it fits.
fn unsigned(octets: &[u8]) -> Result<Option<u32>, der::Error> {
    let number = UintRef::from_der(octets)?;
    let fits = number.as_bytes().len() <= 4;
    Ok(fits.then(|| number.as_bytes().iter().fold(0, |sum, octet| (sum << 8) | u32::from(*octet))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "300d06096086480165030402010500";
    const SHA256_ABSENT: &str = "300b0609608648016503040201";
    const SHA384: &str = "300d06096086480165030402020500";
    const SHA1: &str = "300906052b0e03021a0500";

    fn tlv(tag: u8, contents: &str) -> String {
        let octets = contents.len() / 2;
        assert!(octets < 128);
        format!("{tag:02x}{octets:02x}{contents}")
    }

    fn with(parameters: &str) -> Vec<u8> {
        hex::decode(tlv(0x30, &format!("06092a864886f70d01010a{parameters}"))).unwrap()
    }

    fn pss(digest: &str, mask: &str, rest: &str) -> Result<Digest, String> {
        let mgf = tlv(0x30, &format!("06092a864886f70d010108{mask}"));
        let fields = format!("{}{}{rest}", tlv(0xa0, digest), tlv(0xa1, &mgf));
        parse(&with(&tlv(0x30, &fields))).unwrap()
    }

    #[test]
    fn null_and_absent_parameters_of_the_digest_are_the_same() {
        for digest in [SHA256, SHA256_ABSENT] {
            for mask in [SHA256, SHA256_ABSENT] {
                assert_eq!(pss(digest, mask, "a203020120"), Ok(Digest::Sha256));
            }
        }
        for digest in Digest::ALL {
            assert_eq!(parse(identifier_der(digest)), Some(Ok(digest)));
        }
    }

    #[test]
    fn other_parameters_are_refused_by_what_they_are() {
        let cases = [
            (
                pss(SHA256, SHA256, "a204020200de"),
                "RSASSA-PSS with SHA-256 and a salt of 222 octets, wanted 32 (BR 7.1.3.2.1)",
            ),
            (
                pss(SHA256, SHA256, ""),
                "RSASSA-PSS with SHA-256 and a salt of 20 octets, wanted 32 (BR 7.1.3.2.1)",
            ),
            (
                pss(SHA256, SHA256, "a20702050100000000"),
                "RSASSA-PSS with SHA-256 and a salt of more than 2^32 octets, wanted 32 (BR 7.1.3.2.1)",
            ),
            (
                pss(SHA256, SHA384, "a203020120"),
                "RSASSA-PSS with SHA-256 and MGF1 with SHA-384, wanted MGF1 with SHA-256 (BR 7.1.3.2.1)",
            ),
            (
                pss(SHA256, SHA1, "a203020120"),
                "RSASSA-PSS with SHA-256 and MGF1 with SHA-1, which is broken, wanted MGF1 with SHA-256 \
                 (BR 7.1.3.2.1)",
            ),
            (
                pss(SHA256, SHA256, "a203020120a303020101"),
                "RSASSA-PSS with the default trailer field written out, wanted it absent (X.690 s.11.5)",
            ),
            (
                pss(SHA256, SHA256, "a203020120a303020102"),
                "RSASSA-PSS with another trailer field, wanted the default (RFC 4055 s.3.1)",
            ),
            (
                pss("300b0609608648016503040204", SHA256, "a203020120"),
                "RSASSA-PSS with SHA-224, wanted SHA-256, SHA-384 or SHA-512",
            ),
            (
                parse(&with("")).unwrap(),
                "RSASSA-PSS without parameters, wanted the digest and the salt in them",
            ),
            (parse(&with("3000")).unwrap(), "RSASSA-PSS with SHA-1, which is broken"),
        ];
        for (found, wanted) in cases {
            assert_eq!(found, Err(wanted.to_owned()));
        }
    }

    #[test]
    fn fields_out_of_order_or_twice_are_no_parameters() {
        let digest = tlv(0xa0, SHA256);
        for fields in [format!("{digest}{digest}"), format!("a203020120{digest}"), "a403020101".to_owned()] {
            let error = parse(&with(&tlv(0x30, &fields))).unwrap().unwrap_err();
            assert!(error.ends_with("that are not well-formed"), "{error}");
        }
        let more = parse(&with(&format!("{}0500", tlv(0x30, &digest)))).unwrap().unwrap_err();
        assert!(more.ends_with("that are not well-formed"), "{more}");
        assert_eq!(parse(&[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70]), None);
        // A SET in place of the SEQUENCE is no AlgorithmIdentifier.
        let mut set = identifier_der(Digest::Sha256).to_vec();
        set[0] = 0x31;
        assert_eq!(parse(&set), None);
        assert_eq!(parse(&[]), None);
    }

    /// Digest and salt stand in three places, so one octet alone never turns one accepted form into another.
    #[test]
    fn every_octet_counts() {
        for digest in Digest::ALL {
            let sound = identifier_der(digest);
            for at in 0..sound.len() {
                for change in 1..=255 {
                    let mut damaged = sound.to_vec();
                    damaged[at] ^= change;
                    assert!(
                        !matches!(parse(&damaged), Some(Ok(_))),
                        "{digest}: octet {at} changed by {change}"
                    );
                }
            }
        }
    }
}
