//! Names of object identifiers as OpenSSL knows them.

use der::asn1::ObjectIdentifier;

use super::file::Cnf;

/// Attribute types: the short name, the long name, and the object identifier.
const ATTRIBUTES: [(&str, &str, &str); 31] = [
    ("C", "countryName", "2.5.4.6"),
    ("ST", "stateOrProvinceName", "2.5.4.8"),
    ("L", "localityName", "2.5.4.7"),
    ("O", "organizationName", "2.5.4.10"),
    ("OU", "organizationalUnitName", "2.5.4.11"),
    ("CN", "commonName", "2.5.4.3"),
    ("emailAddress", "emailAddress", "1.2.840.113549.1.9.1"),
    ("SN", "surname", "2.5.4.4"),
    ("GN", "givenName", "2.5.4.42"),
    ("serialNumber", "serialNumber", "2.5.4.5"),
    ("title", "title", "2.5.4.12"),
    ("initials", "initials", "2.5.4.43"),
    ("generationQualifier", "generationQualifier", "2.5.4.44"),
    ("name", "name", "2.5.4.41"),
    ("dnQualifier", "dnQualifier", "2.5.4.46"),
    ("pseudonym", "pseudonym", "2.5.4.65"),
    ("DC", "domainComponent", "0.9.2342.19200300.100.1.25"),
    ("UID", "userId", "0.9.2342.19200300.100.1.1"),
    ("street", "streetAddress", "2.5.4.9"),
    ("postalCode", "postalCode", "2.5.4.17"),
    ("businessCategory", "businessCategory", "2.5.4.15"),
    ("jurisdictionC", "jurisdictionCountryName", "1.3.6.1.4.1.311.60.2.1.3"),
    ("jurisdictionST", "jurisdictionStateOrProvinceName", "1.3.6.1.4.1.311.60.2.1.2"),
    ("jurisdictionL", "jurisdictionLocalityName", "1.3.6.1.4.1.311.60.2.1.1"),
    ("organizationIdentifier", "organizationIdentifier", "2.5.4.97"),
    ("description", "description", "2.5.4.13"),
    ("telephoneNumber", "telephoneNumber", "2.5.4.20"),
    ("unstructuredName", "unstructuredName", "1.2.840.113549.1.9.2"),
    ("unstructuredAddress", "unstructuredAddress", "1.2.840.113549.1.9.8"),
    ("challengePassword", "challengePassword", "1.2.840.113549.1.9.7"),
    ("role", "role", "2.5.4.72"),
];

/// Purposes of extendedKeyUsage.
const PURPOSES: [(&str, &str, &str); 30] = [
    ("serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"),
    ("clientAuth", "TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"),
    ("codeSigning", "Code Signing", "1.3.6.1.5.5.7.3.3"),
    ("emailProtection", "E-mail Protection", "1.3.6.1.5.5.7.3.4"),
    ("ipsecEndSystem", "IPSec End System", "1.3.6.1.5.5.7.3.5"),
    ("ipsecTunnel", "IPSec Tunnel", "1.3.6.1.5.5.7.3.6"),
    ("ipsecUser", "IPSec User", "1.3.6.1.5.5.7.3.7"),
    ("timeStamping", "Time Stamping", "1.3.6.1.5.5.7.3.8"),
    ("OCSPSigning", "OCSP Signing", "1.3.6.1.5.5.7.3.9"),
    ("DVCS", "dvcs", "1.3.6.1.5.5.7.3.10"),
    ("ipsecIKE", "ipsec Internet Key Exchange", "1.3.6.1.5.5.7.3.17"),
    ("capwapAC", "Ctrl/provision WAP Access", "1.3.6.1.5.5.7.3.18"),
    ("capwapWTP", "Ctrl/Provision WAP Termination", "1.3.6.1.5.5.7.3.19"),
    ("secureShellClient", "SSH Client", "1.3.6.1.5.5.7.3.21"),
    ("secureShellServer", "SSH Server", "1.3.6.1.5.5.7.3.22"),
    ("sendRouter", "Send Router", "1.3.6.1.5.5.7.3.23"),
    ("cmcCA", "CMC Certificate Authority", "1.3.6.1.5.5.7.3.27"),
    ("cmcRA", "CMC Registration Authority", "1.3.6.1.5.5.7.3.28"),
    ("anyExtendedKeyUsage", "Any Extended Key Usage", "2.5.29.37.0"),
    ("msCodeInd", "Microsoft Individual Code Signing", "1.3.6.1.4.1.311.2.1.21"),
    ("msCodeCom", "Microsoft Commercial Code Signing", "1.3.6.1.4.1.311.2.1.22"),
    ("msCTLSign", "Microsoft Trust List Signing", "1.3.6.1.4.1.311.10.3.1"),
    ("msSGC", "Microsoft Server Gated Crypto", "1.3.6.1.4.1.311.10.3.3"),
    ("msEFS", "Microsoft Encrypted File System", "1.3.6.1.4.1.311.10.3.4"),
    ("nsSGC", "Netscape Server Gated Crypto", "2.16.840.1.113730.4.1"),
    ("msSmartcardLogin", "Microsoft Smartcard Login", "1.3.6.1.4.1.311.20.2.2"),
    ("msUPN", "Microsoft User Principal Name", "1.3.6.1.4.1.311.20.2.3"),
    ("pkInitClientAuth", "PKINIT Client Auth", "1.3.6.1.5.2.3.4"),
    ("pkInitKDC", "Signing KDC Response", "1.3.6.1.5.2.3.5"),
    ("anyPolicy", "X509v3 Any Policy", "2.5.29.32.0"),
];

/// The object identifier of a name, a dotted text, or a name that an `oid_section` of the file gives. Letters count as
/// they are written.
pub(super) fn object(cnf: &Cnf, text: &str) -> Option<ObjectIdentifier> {
    let known = ATTRIBUTES.iter().chain(&PURPOSES).find(|(short, long, _)| *short == text || *long == text);
    match known {
        Some((_, _, oid)) => oid.parse().ok(),
        None => text.parse().ok().or_else(|| own(cnf, text)),
    }
}

/// A name of the file's own: `NAME = OID` or `NAME = LONG NAME, OID`.
fn own(cnf: &Cnf, text: &str) -> Option<ObjectIdentifier> {
    let initial = cnf.look_up("default", "openssl_conf").map(super::file::Entry::shown);
    let sections = ["default".to_owned()].into_iter().chain(initial);
    sections.into_iter().find_map(|named| {
        let section = cnf.section(&cnf.section(&named)?.entry("oid_section")?.shown())?;
        section.entries().find_map(|entry| {
            let value = entry.shown();
            let (long, oid) =
                value.rsplit_once(',').map_or((None, value.as_str()), |(long, oid)| (Some(long), oid));
            (entry.name == text || long.is_some_and(|long| long.trim() == text))
                .then(|| oid.trim().parse().ok())?
        })
    })
}
