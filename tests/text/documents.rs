//! Requests, certificates and CRLs with any text in every field that has one.

use crate::request::{Request, alt_names, name, tlv};

/// The string types of names, with what they hold of a text.
const STRINGS: [u8; 4] = [UTF8, IA5, BMP, TELETEX];
const UTF8: u8 = 0x0c;
const IA5: u8 = 0x16;
const BMP: u8 = 0x1e;
const TELETEX: u8 = 0x14;

/// Attribute types that names have: CN, SN, serialNumber, C, L, ST, street, O, OU, title, GN, organizationIdentifier,
/// emailAddress, DC, and one that nobody knows.
const TYPES: [&str; 15] = [
    "0603550403",
    "0603550404",
    "0603550405",
    "0603550406",
    "0603550407",
    "0603550408",
    "0603550409",
    "060355040a",
    "060355040b",
    "060355040c",
    "060355042a",
    "0603550461",
    "06092a864886f70d010901",
    "060a0992268993f22c640119",
    "06032a0304",
];

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn string(tag: u8, text: &str) -> Vec<u8> {
    let octets = match tag {
        BMP => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    };
    tlv(tag, &octets)
}

/// A name with the texts in attributes of every type and string type in turn.
fn directory_name(texts: &[String]) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let string = string(STRINGS[at / TYPES.len() % STRINGS.len()], text);
            tlv(0x30, &[hex(TYPES[at % TYPES.len()]), string].concat())
        })
        .collect();
    name(&attributes)
}

/// GeneralNames of every form that has text.
fn general_names(texts: &[String]) -> Vec<Vec<u8>> {
    texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let other =
                |type_id: &str, tag: u8| tlv(0xa0, &[hex(type_id), tlv(0xa0, &string(tag, text))].concat());
            match at % 7 {
                0 => tlv(0xa4, &directory_name(std::slice::from_ref(text))),
                1 => tlv(0x81, text.as_bytes()),
                2 => tlv(0x82, text.as_bytes()),
                3 => tlv(0x86, text.as_bytes()),
                4 => other("060a2b060104018237140203", UTF8),
                5 => other("06082b06010505070809", UTF8),
                _ => other("06032a0304", UTF8),
            }
        })
        .collect()
}

fn extension(oid: &str, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[hex(oid), tlv(0x04, value)].concat())
}

/// certificatePolicies with a CPS URI and the texts of a user notice.
fn policies(texts: &[String]) -> Vec<u8> {
    let each = texts.iter().map(|text| {
        let cps = tlv(0x30, &[hex("06082b06010505070201"), tlv(0x16, text.as_bytes())].concat());
        let notice = tlv(0x30, &string(UTF8, text));
        let notice = tlv(0x30, &[hex("06082b06010505070202"), notice].concat());
        tlv(0x30, &[hex("06032a0304"), tlv(0x30, &[cps, notice].concat())].concat())
    });
    tlv(0x30, &each.collect::<Vec<_>>().concat())
}

/// cRLDistributionPoints with a URI, and a directory name.
fn distribution_points(texts: &[String]) -> Vec<u8> {
    let each = texts.iter().map(|text| {
        let names =
            [tlv(0x86, text.as_bytes()), tlv(0xa4, &directory_name(std::slice::from_ref(text)))].concat();
        tlv(0x30, &tlv(0xa0, &tlv(0xa0, &names)))
    });
    tlv(0x30, &each.collect::<Vec<_>>().concat())
}

/// authorityInfoAccess with URIs.
fn access(texts: &[String]) -> Vec<u8> {
    let each = texts
        .iter()
        .map(|text| tlv(0x30, &[hex("06082b06010505073002"), tlv(0x86, text.as_bytes())].concat()));
    tlv(0x30, &each.collect::<Vec<_>>().concat())
}

/// nameConstraints with permitted subtrees.
fn constraints(texts: &[String]) -> Vec<u8> {
    let each = general_names(texts).into_iter().flat_map(|name| tlv(0x30, &name));
    tlv(0x30, &tlv(0xa0, &each.collect::<Vec<u8>>()))
}

fn extensions(texts: &[String]) -> Vec<Vec<u8>> {
    let sixth = texts.len().div_ceil(6).max(1);
    let mut parts = texts.chunks(sixth).cycle();
    let mut next = || parts.next().unwrap_or_default();
    let unknown: Vec<u8> = next().iter().flat_map(|text| string(UTF8, text)).collect();
    vec![
        alt_names(&general_names(next())),
        extension("0603551d20", &policies(next())),
        extension("0603551d1f", &distribution_points(next())),
        extension("06082b06010505070101", &access(next())),
        extension("0603551d1e", &constraints(next())),
        extension("06032a0305", &tlv(0x30, &unknown)),
    ]
}

/// A request, which asks for the texts in its subject and in every extension.
pub(crate) fn request(texts: &[String]) -> Vec<u8> {
    Request { subject: directory_name(texts), extensions: extensions(texts), ..Request::good() }.to_der()
}

/// A request for one commonName.
pub(crate) fn request_of(text: &str) -> Vec<u8> {
    let subject = name(&[crate::request::common_name(UTF8, text.as_bytes())]);
    Request { subject, ..Request::good() }.to_der()
}

/// A certificate with the texts in both names and every extension. Its signature is nobody's.
pub(crate) fn certificate(texts: &[String]) -> Vec<u8> {
    let good = Request::good();
    let validity = tlv(0x30, &[tlv(0x17, b"261121000000Z"), tlv(0x17, b"271121000000Z")].concat());
    let tbs = [
        hex("a003020102"),
        hex("02080102030405060708"),
        good.algorithm.clone(),
        directory_name(texts),
        validity,
        directory_name(texts),
        good.spki,
        tlv(0xa3, &tlv(0x30, &extensions(texts).concat())),
    ];
    signed(&tbs.concat(), &good.algorithm)
}

/// A CRL with the texts in its issuer and its extensions.
pub(crate) fn crl(texts: &[String]) -> Vec<u8> {
    let algorithm = Request::good().algorithm;
    let entry = tlv(0x30, &[hex("020101"), tlv(0x17, b"261121000000Z")].concat());
    let tbs = [
        hex("020101"),
        algorithm.clone(),
        directory_name(texts),
        tlv(0x17, b"261121000000Z"),
        tlv(0x17, b"271121000000Z"),
        tlv(0x30, &entry),
        tlv(0xa0, &tlv(0x30, &extensions(texts).concat())),
    ];
    signed(&tbs.concat(), &algorithm)
}

fn signed(tbs: &[u8], algorithm: &[u8]) -> Vec<u8> {
    let signature = tlv(0x03, &hex("003006020101020101"));
    tlv(0x30, &[&tlv(0x30, tbs), algorithm, &signature].concat())
}
