//! What an attestation certificate says of a key and of the device that holds it.
//!
//! Yubico documents three arcs below 1.3.6.1.4.1.41482 (docs.yubico.com, "Yubico OIDs"): 3 for PIV attestation, 4
//! for YubiHSM 2 and 5 for OpenPGP attestation. Devices write some of the values as bare octets and some as DER.
//! Both are read where the two cannot be taken for each other; what cannot be read is unknown. Certificates of
//! other makers say nothing here but what every certificate says: whose key it names.

use std::fmt;

use der::Decode;
use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef, UintRef, Utf8StringRef};

use super::certificate::AttestationCertificate;
use crate::x509::extension::Value;

mod oid {
    use der::asn1::ObjectIdentifier;

    const fn oid(text: &'static str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }

    pub(super) const PIV_FIRMWARE: ObjectIdentifier = oid("1.3.6.1.4.1.41482.3.3");
    pub(super) const PIV_SERIAL: ObjectIdentifier = oid("1.3.6.1.4.1.41482.3.7");
    pub(super) const PIV_POLICY: ObjectIdentifier = oid("1.3.6.1.4.1.41482.3.8");
    pub(super) const PIV_FORM_FACTOR: ObjectIdentifier = oid("1.3.6.1.4.1.41482.3.9");
    pub(super) const HSM_FIRMWARE: ObjectIdentifier = oid("1.3.6.1.4.1.41482.4.1");
    pub(super) const HSM_SERIAL: ObjectIdentifier = oid("1.3.6.1.4.1.41482.4.2");
    pub(super) const HSM_ORIGIN: ObjectIdentifier = oid("1.3.6.1.4.1.41482.4.3");
    pub(super) const HSM_DOMAINS: ObjectIdentifier = oid("1.3.6.1.4.1.41482.4.4");
    pub(super) const HSM_CAPABILITIES: ObjectIdentifier = oid("1.3.6.1.4.1.41482.4.5");
    pub(super) const HSM_OBJECT_ID: ObjectIdentifier = oid("1.3.6.1.4.1.41482.4.6");
    pub(super) const HSM_LABEL: ObjectIdentifier = oid("1.3.6.1.4.1.41482.4.9");
    pub(super) const PGP_ORIGIN: ObjectIdentifier = oid("1.3.6.1.4.1.41482.5.2");
    pub(super) const PGP_FIRMWARE: ObjectIdentifier = oid("1.3.6.1.4.1.41482.5.3");
    pub(super) const PGP_FINGERPRINT: ObjectIdentifier = oid("1.3.6.1.4.1.41482.5.4");
    pub(super) const PGP_SERIAL: ObjectIdentifier = oid("1.3.6.1.4.1.41482.5.7");
}

/// What stands in the extensions of an attestation certificate. Whatever is absent is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The kind of device, by its extensions.
    pub device: Option<Device>,
    /// The serial number of the device.
    pub serial: Option<u64>,
    /// The version of its firmware.
    pub firmware: Option<Firmware>,
    /// Where the key comes from.
    pub origin: Origin,
    /// When a YubiKey wants the PIN.
    pub pin_policy: Option<PinPolicy>,
    /// When a YubiKey wants to be touched.
    pub touch_policy: Option<TouchPolicy>,
    /// The octet by which a YubiKey tells its form factor.
    pub form_factor: Option<u8>,
    /// The domains of a YubiHSM key, 1 to 16.
    pub domains: Option<Vec<u8>>,
    /// The capabilities of a YubiHSM key, bit by bit.
    pub capabilities: Option<u64>,
    /// The object id of a YubiHSM key.
    pub object_id: Option<u16>,
    /// The label of a YubiHSM key; it comes from outside, so escape it before a person sees it.
    pub label: Option<String>,
}

/// The kinds of devices whose attestations are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A YubiKey, by its PIV application.
    YubiKeyPiv,
    /// A YubiKey, by its OpenPGP application.
    YubiKeyOpenPgp,
    /// A YubiHSM 2.
    YubiHsm,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::YubiKeyPiv => "YubiKey (PIV)",
            Self::YubiKeyOpenPgp => "YubiKey (OpenPGP)",
            Self::YubiHsm => "YubiHSM",
        })
    }
}

/// A version of three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Firmware(pub u8, pub u8, pub u8);

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Where an attested key comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The device generated it.
    Generated,
    /// It came from outside in plain.
    Imported,
    /// A device generated it, and this one got it under a wrap key.
    WrappedGenerated,
    /// It came from outside, and this device got it under a wrap key.
    WrappedImported,
    /// The attestation has a field for it whose value means nothing that is documented.
    Unclear,
    /// The attestation does not say.
    #[default]
    Unknown,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Generated => "generated",
            Self::Imported => "imported",
            Self::WrappedGenerated => "generated, wrapped",
            Self::WrappedImported => "imported, wrapped",
            Self::Unclear => "unclear",
            Self::Unknown => "unknown",
        })
    }
}

/// When a YubiKey wants the PIN for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinPolicy {
    /// Never.
    Never,
    /// Once in a session.
    Once,
    /// For every signature.
    Always,
}

impl fmt::Display for PinPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::Once => "once",
            Self::Always => "always",
        })
    }
}

/// When a YubiKey wants to be touched for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TouchPolicy {
    /// Never.
    Never,
    /// For every signature.
    Always,
    /// Once in fifteen seconds.
    Cached,
}

impl fmt::Display for TouchPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::Always => "always",
            Self::Cached => "cached",
        })
    }
}

/// What an attestation says that no CA key may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The key was not born in this device.
    Origin(Origin),
    /// The device lets the key out under a wrap key.
    ExportableUnderWrap,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(origin) => write!(f, "the origin of the key is: {origin}, wanted: generated"),
            Self::ExportableUnderWrap => {
                f.write_str("the key has the capability exportable-under-wrap: it can leave the device")
            }
        }
    }
}

/// The bit of the capability exportable-under-wrap (docs.yubico.com, "YubiHSM 2 Core Concepts", Capabilities).
const EXPORTABLE_UNDER_WRAP: u64 = 1 << 16;

impl Statement {
    /// Reads what a certificate says.
    #[must_use]
    pub fn of(certificate: &AttestationCertificate) -> Self {
        let find = |oid: ObjectIdentifier| value(certificate, oid);
        let any = |oids: &[ObjectIdentifier]| oids.iter().any(|oid| find(*oid).is_some());
        let policy = find(oid::PIV_POLICY).and_then(octets::<2>);
        let device = [
            (Device::YubiHsm, any(&HSM_MARKS)),
            (Device::YubiKeyOpenPgp, any(&PGP_MARKS)),
            (Device::YubiKeyPiv, any(&PIV_MARKS)),
        ];
        let origins = device.iter().filter(|(_, marked)| *marked).map(|(device, _)| match device {
            Device::YubiHsm => find(oid::HSM_ORIGIN).map_or(Origin::Unclear, hsm_origin),
            Device::YubiKeyOpenPgp => find(oid::PGP_ORIGIN).map_or(Origin::Unclear, pgp_origin),
            // "This is only done if the key has been generated on device": there is no field to say so.
            Device::YubiKeyPiv => Origin::Generated,
        });
        let origins: Vec<Origin> = origins.collect();
        Self {
            device: device.iter().find(|(_, marked)| *marked).map(|(device, _)| *device),
            serial: [oid::PIV_SERIAL, oid::HSM_SERIAL, oid::PGP_SERIAL]
                .into_iter()
                .find_map(find)
                .and_then(number),
            firmware: [oid::PIV_FIRMWARE, oid::HSM_FIRMWARE, oid::PGP_FIRMWARE]
                .into_iter()
                .find_map(find)
                .and_then(octets::<3>)
                .map(|[major, minor, patch]| Firmware(major, minor, patch)),
            // Nobody makes one with the marks of two; should somebody, the worse word counts.
            origin: origins
                .iter()
                .find(|origin| **origin != Origin::Generated)
                .or(origins.first())
                .copied()
                .unwrap_or_default(),
            pin_policy: policy.and_then(|[pin, _]| match pin {
                1 => Some(PinPolicy::Never),
                2 => Some(PinPolicy::Once),
                3 => Some(PinPolicy::Always),
                _ => None,
            }),
            touch_policy: policy.and_then(|[_, touch]| match touch {
                1 => Some(TouchPolicy::Never),
                2 => Some(TouchPolicy::Always),
                3 => Some(TouchPolicy::Cached),
                _ => None,
            }),
            form_factor: find(oid::PIV_FORM_FACTOR).and_then(octets::<1>).map(|[octet]| octet),
            domains: find(oid::HSM_DOMAINS).and_then(bits::<2>).map(domains),
            capabilities: find(oid::HSM_CAPABILITIES).and_then(bits::<8>).map(u64::from_be_bytes),
            object_id: find(oid::HSM_OBJECT_ID).and_then(number).and_then(|id| u16::try_from(id).ok()),
            label: find(oid::HSM_LABEL)
                .and_then(|der| Utf8StringRef::from_der(der).ok())
                .map(|text| text.as_str().trim_end_matches('\0').to_owned()),
        }
    }

    /// What no CA key may have.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let origin = match self.origin {
            Origin::Generated | Origin::Unknown => None,
            origin @ (Origin::Imported
            | Origin::WrappedGenerated
            | Origin::WrappedImported
            | Origin::Unclear) => Some(Finding::Origin(origin)),
        };
        let exportable = self.capabilities.is_some_and(|bits| bits & EXPORTABLE_UNDER_WRAP != 0);
        origin.into_iter().chain(exportable.then_some(Finding::ExportableUnderWrap)).collect()
    }
}

/// The extensions that are written of a key alone: a certificate with one of them names a key that serves its
/// owner, and is none of a device.
const KEY_MARKS: [ObjectIdentifier; 7] = [
    oid::PIV_POLICY,
    oid::HSM_ORIGIN,
    oid::HSM_DOMAINS,
    oid::HSM_CAPABILITIES,
    oid::HSM_OBJECT_ID,
    oid::PGP_ORIGIN,
    oid::PGP_FINGERPRINT,
];
const PIV_MARKS: [ObjectIdentifier; 3] = [oid::PIV_POLICY, oid::PIV_SERIAL, oid::PIV_FIRMWARE];
const HSM_MARKS: [ObjectIdentifier; 6] = [
    oid::HSM_ORIGIN,
    oid::HSM_DOMAINS,
    oid::HSM_CAPABILITIES,
    oid::HSM_OBJECT_ID,
    oid::HSM_FIRMWARE,
    oid::HSM_SERIAL,
];
const PGP_MARKS: [ObjectIdentifier; 4] =
    [oid::PGP_ORIGIN, oid::PGP_FIRMWARE, oid::PGP_FINGERPRINT, oid::PGP_SERIAL];

/// Whether a certificate bears the marks of the attestation of a key.
pub(super) fn attests_a_key(certificate: &AttestationCertificate) -> bool {
    KEY_MARKS.iter().any(|oid| value(certificate, *oid).is_some())
}

/// Whether a certificate bears the one mark of a YubiKey's own PIV attestation key (slot f9).
pub(super) fn is_piv_device(certificate: &AttestationCertificate) -> bool {
    value(certificate, oid::PIV_FIRMWARE).is_some() && !attests_a_key(certificate)
}

fn value(certificate: &AttestationCertificate, wanted: ObjectIdentifier) -> Option<&[u8]> {
    certificate.extensions().iter().find_map(|extension| {
        if let Value::Unrecognized { oid, der } = &extension.value
            && *oid == wanted
        {
            Some(der.as_slice())
        } else {
            None
        }
    })
}

/// So many octets, bare or as an OCTET STRING: the length tells which.
fn octets<const N: usize>(found: &[u8]) -> Option<[u8; N]> {
    found.try_into().ok().or_else(|| {
        <&OctetStringRef>::from_der(found).ok().and_then(|wrapped| wrapped.as_bytes().try_into().ok())
    })
}

/// A whole number: an INTEGER that is not negative.
fn number(found: &[u8]) -> Option<u64> {
    let number = UintRef::from_der(found).ok()?;
    let mut padded = [0; 8];
    let room = padded.len().checked_sub(number.as_bytes().len())?;
    padded.get_mut(room..)?.copy_from_slice(number.as_bytes());
    Some(u64::from_be_bytes(padded))
}

/// A BIT STRING of whole octets, which Yubico uses as a number with the most significant octet first.
fn bits<const N: usize>(found: &[u8]) -> Option<[u8; N]> {
    BitStringRef::from_der(found).ok()?.as_bytes()?.try_into().ok()
}

fn domains(found: [u8; 2]) -> Vec<u8> {
    let bits = u16::from_be_bytes(found);
    (1..=16_u8).filter(|domain| bits & (1 << domain.saturating_sub(1)) != 0).collect()
}

/// Of an OpenPGP key: imported 0, generated 1.
fn pgp_origin(found: &[u8]) -> Origin {
    match number(found) {
        Some(0) => Origin::Imported,
        Some(1) => Origin::Generated,
        Some(_) | None => Origin::Unclear,
    }
}

/// Of a YubiHSM key: generated 0x01, imported 0x02, and with either of them wrapped 0x10.
fn hsm_origin(found: &[u8]) -> Origin {
    match bits::<1>(found) {
        Some([0x01]) => Origin::Generated,
        Some([0x02]) => Origin::Imported,
        Some([0x11]) => Origin::WrappedGenerated,
        Some([0x12]) => Origin::WrappedImported,
        Some(_) | None => Origin::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_read_bare_and_wrapped() {
        assert_eq!(octets::<3>(&[5, 7, 4]), Some([5, 7, 4]));
        assert_eq!(octets::<3>(&[4, 3, 2, 4, 1]), Some([2, 4, 1]));
        assert_eq!(octets::<2>(&[4, 2, 2, 3]), Some([2, 3]));
        for wrong in [&[][..], &[5], &[4, 2, 1, 2], &[4, 3, 1, 2], &[2, 3, 1, 2, 3], &[5, 7, 4, 0]] {
            assert_eq!(octets::<3>(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn numbers_are_whole_and_of_eight_octets_at_most() {
        assert_eq!(number(&[2, 4, 2, 11, 217, 253]), Some(34_331_133));
        assert_eq!(number(&[2, 1, 0]), Some(0));
        assert_eq!(number(&[2, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255]), Some(u64::MAX));
        for wrong in
            [&[][..], &[1, 2, 3, 4], &[2, 1, 0x80], &[2, 2, 0, 1], &[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]]
        {
            assert_eq!(number(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_origin_is_one_of_four_or_unclear() {
        for (octet, wanted) in [
            (0x01, Origin::Generated),
            (0x02, Origin::Imported),
            (0x11, Origin::WrappedGenerated),
            (0x12, Origin::WrappedImported),
            (0x00, Origin::Unclear),
            (0x03, Origin::Unclear),
            (0x10, Origin::Unclear),
            (0x81, Origin::Unclear),
        ] {
            assert_eq!(hsm_origin(&[3, 2, 0, octet]), wanted, "{octet:#04x}");
        }
        assert_eq!(hsm_origin(&[3, 2, 7, 0x80]), Origin::Unclear);
        assert_eq!(hsm_origin(&[3, 3, 0, 1, 1]), Origin::Unclear);
        assert_eq!(hsm_origin(&[1]), Origin::Unclear);
        assert_eq!(pgp_origin(&[2, 1, 1]), Origin::Generated);
        assert_eq!(pgp_origin(&[2, 1, 0]), Origin::Imported);
        assert_eq!(pgp_origin(&[2, 1, 2]), Origin::Unclear);
    }

    #[test]
    fn whatever_is_not_born_in_the_device_or_may_leave_it_is_a_finding() {
        let with = |origin, capabilities| Statement { origin, capabilities, ..Statement::default() };
        let none: [Finding; 0] = [];
        assert_eq!(with(Origin::Generated, Some(0x80)).findings(), none);
        assert_eq!(with(Origin::Unknown, None).findings(), none);
        let texts = |statement: Statement| -> Vec<String> {
            statement.findings().iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            texts(with(Origin::WrappedGenerated, Some(0x1_0080))),
            [
                "the origin of the key is: generated, wrapped, wanted: generated",
                "the key has the capability exportable-under-wrap: it can leave the device",
            ]
        );
        for origin in [Origin::Imported, Origin::WrappedImported, Origin::Unclear] {
            assert_eq!(with(origin, None).findings(), [Finding::Origin(origin)]);
        }
        assert_eq!(domains([0x80, 0x01]), [1, 16]);
    }
}
