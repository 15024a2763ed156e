//! otherName (RFC 5280 s.4.2.1.6): the forms that have a text here, and the names of others.

use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence, Tag, Tagged};
use x509_cert::ext::pkix::name::OtherName as Encoded;

use super::GeneralName;

const fn oid(text: &'static str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// szOID_NT_PRINCIPAL_NAME: the user principal name of Microsoft's directories, in UTF8String.
pub const UPN: ObjectIdentifier = oid("1.3.6.1.4.1.311.20.2.3");
/// id-on-SmtpUTF8Mailbox (RFC 9598 s.3).
pub const SMTP_UTF8_MAILBOX: ObjectIdentifier = oid("1.3.6.1.5.5.7.8.9");
/// id-on-hardwareModuleName (RFC 4108 s.5), as IEEE 802.1AR has it.
pub const HARDWARE_MODULE_NAME: ObjectIdentifier = oid("1.3.6.1.5.5.7.8.4");

/// The forms of otherName that have a name.
const NAMES: [(ObjectIdentifier, &str); 14] = [
    (UPN, "UPN"),
    (SMTP_UTF8_MAILBOX, "SmtpUTF8Mailbox"),
    (HARDWARE_MODULE_NAME, "hardwareModuleName"),
    (oid("1.3.6.1.5.2.2"), "KRB5PrincipalName"),
    (oid("1.3.6.1.5.5.7.8.3"), "permanentIdentifier"),
    (oid("1.3.6.1.5.5.7.8.5"), "XmppAddr"),
    (oid("1.3.6.1.5.5.7.8.7"), "SRVName"),
    (oid("1.3.6.1.5.5.7.8.8"), "NAIRealm"),
    (oid("1.3.6.1.5.5.7.8.10"), "AcpNodeName"),
    (oid("1.3.6.1.5.5.7.8.11"), "bundleEID"),
    (oid("1.3.6.1.5.5.7.8.12"), "MACAddress"),
    (oid("1.3.6.1.4.1.311.25.1"), "msNtdsReplication"),
    (oid("1.3.6.1.4.1.311.25.2.1"), "msNtdsObjectSid"),
    (oid("1.3.6.1.4.1.311.20.2.2"), "msSmartcardLogon"),
];

/// The name of a form of otherName, or its dotted object identifier.
#[must_use]
pub fn name_of(type_id: &ObjectIdentifier) -> String {
    NAMES
        .iter()
        .find(|(known, _)| known == type_id)
        .map_or_else(|| type_id.to_string(), |(_, name)| (*name).to_owned())
}

#[derive(Sequence)]
struct HardwareModuleName {
    hardware: ObjectIdentifier,
    serial: OctetString,
}

/// An otherName whose value is this text in UTF8String.
pub(in crate::x509) fn of_text(type_id: ObjectIdentifier, text: &str) -> Result<Encoded, der::Error> {
    Ok(Encoded { type_id, value: Any::new(Tag::Utf8String, text.as_bytes())? })
}

pub(super) fn of_hardware(hardware: ObjectIdentifier, serial: &[u8]) -> Result<Encoded, der::Error> {
    let value = Any::encode_from(&HardwareModuleName { hardware, serial: OctetString::new(serial)? })?;
    Ok(Encoded { type_id: HARDWARE_MODULE_NAME, value })
}

/// An otherName whose value is one DER value.
pub(in crate::x509) fn of_der(type_id: ObjectIdentifier, value: &[u8]) -> Result<Encoded, der::Error> {
    Ok(Encoded { type_id, value: Any::from_der(value)? })
}

/// The text of an otherName in UTF8String.
pub(in crate::x509) fn text(other: &Encoded) -> Option<String> {
    let text = std::str::from_utf8(other.value.value()).ok()?;
    (other.value.tag() == Tag::Utf8String).then(|| text.to_owned())
}

/// The typed form, or the octets of the value where it has none.
pub(super) fn read(other: &Encoded) -> Result<GeneralName, der::Error> {
    let typed = match other.type_id {
        UPN => text(other).map(GeneralName::Upn),
        SMTP_UTF8_MAILBOX => text(other).map(GeneralName::SmtpUtf8),
        HARDWARE_MODULE_NAME => other.value.decode_as::<HardwareModuleName>().ok().map(|read| {
            GeneralName::HardwareModule { hardware: read.hardware, serial: read.serial.as_bytes().to_vec() }
        }),
        _ => None,
    };
    match typed {
        Some(name) => Ok(name),
        None => Ok(GeneralName::OtherName { type_id: other.type_id, value: other.value.to_der()? }),
    }
}
