//! Extensions of others: what is not in the one form that is written here is shown as octets, never guessed at.

use der::asn1::ObjectIdentifier;
use keyrite::x509::extension::{Value, oid};

fn read(kind: ObjectIdentifier, hexadecimal: &str) -> Value {
    Value::from_der(kind, &hex::decode(hexadecimal).unwrap())
}

#[test]
fn a_form_that_does_not_encode_to_the_same_octets_stays_unrecognized() {
    for (kind, sound, other, why) in [
        (oid::BASIC_CONSTRAINTS, "3000", "3003010100", "cA FALSE written out"),
        (oid::BASIC_CONSTRAINTS, "30030101ff", "3003010101", "a BOOLEAN in BER"),
        (oid::KEY_USAGE, "03020780", "03020080", "zero bits after the last one"),
        (oid::KEY_USAGE, "03020780", "0303078000", "an octet of zeros"),
        (oid::KEY_USAGE, "03020780", "03020700", "no usage at all, in a form that says one bit"),
        (oid::AUTHORITY_KEY_IDENTIFIER, "3003800101", "30068001018201 01", "a serial number too"),
        (oid::CRL_NUMBER, "020101", "02020001", "a number with a leading zero"),
        (
            oid::NAME_CONSTRAINTS,
            "3009a007300582036e6574",
            "300ca00a300882036e6574800100",
            "minimum 0 written out",
        ),
        (oid::CRL_DISTRIBUTION_POINTS, "300b3009a007a0058603613a62", "3000", "no distribution point"),
    ] {
        let value = read(kind, sound);
        assert!(!matches!(value, Value::Unrecognized { .. }), "{why}: the sound form {sound} is {value:?}");
        let other = other.replace(' ', "");
        let value = read(kind, &other);
        assert!(matches!(value, Value::Unrecognized { .. }), "{why}: {value:?}");
        assert_eq!(hex::encode(value.to_der().unwrap()), other, "{why}");
    }
}

/// A hostile CRL can hold millions; compared each with each they would take hours.
#[test]
fn very_many_extensions_are_looked_through_at_once() {
    use keyrite::x509::extension::{RawExtension, repeated};
    let raw = |number: u32| RawExtension {
        oid: format!("1.2.3.{number}").parse().unwrap(),
        critical: None,
        value: &[],
    };
    let mut many: Vec<RawExtension<'_>> = (0..200_000).map(raw).collect();
    assert_eq!(repeated(&many), None);
    many.push(many[7]);
    assert_eq!(repeated(&many), Some(many[7].oid));
}
