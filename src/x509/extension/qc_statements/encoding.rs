//! The DER of qcStatements.

use der::asn1::{Any, Ia5String, ObjectIdentifier, PrintableString};
use der::{Decode, Encode, Sequence, Tag};

use super::{MonetaryValue, PdsLocation, Psd2, PspRole, QcStatement, QcStatements, QcType};

/// The object identifiers of statements and of what they name.
pub(super) mod id {
    use der::asn1::ObjectIdentifier;

    const fn oid(text: &'static str) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(text)
    }

    pub(in super::super) const COMPLIANCE: ObjectIdentifier = oid("0.4.0.1862.1.1");
    pub(in super::super) const LIMIT_VALUE: ObjectIdentifier = oid("0.4.0.1862.1.2");
    pub(in super::super) const RETENTION_PERIOD: ObjectIdentifier = oid("0.4.0.1862.1.3");
    pub(in super::super) const SSCD: ObjectIdentifier = oid("0.4.0.1862.1.4");
    pub(in super::super) const PDS: ObjectIdentifier = oid("0.4.0.1862.1.5");
    pub(in super::super) const TYPE: ObjectIdentifier = oid("0.4.0.1862.1.6");
    pub(in super::super) const LEGISLATION: ObjectIdentifier = oid("0.4.0.1862.1.7");
    pub(in super::super) const SYNTAX_V2: ObjectIdentifier = oid("1.3.6.1.5.5.7.11.2");
    pub(in super::super) const PSD2: ObjectIdentifier = oid("0.4.0.19495.2");
}

#[derive(Sequence)]
struct Statement {
    id: ObjectIdentifier,
    info: Option<Any>,
}

#[derive(Sequence)]
struct Place {
    url: Ia5String,
    language: PrintableString,
}

#[derive(Sequence)]
struct Money {
    currency: PrintableString,
    amount: u64,
    exponent: u8,
}

#[derive(Sequence)]
struct Semantics {
    identifier: ObjectIdentifier,
}

#[derive(Sequence)]
struct Role {
    oid: ObjectIdentifier,
    name: String,
}

#[derive(Sequence)]
struct PaymentServices {
    roles: Vec<Role>,
    authority: String,
    authority_id: String,
}

impl QcType {
    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Esign => ObjectIdentifier::new_unwrap("0.4.0.1862.1.6.1"),
            Self::Eseal => ObjectIdentifier::new_unwrap("0.4.0.1862.1.6.2"),
            Self::Web => ObjectIdentifier::new_unwrap("0.4.0.1862.1.6.3"),
        }
    }
}

impl PspRole {
    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::AccountServicing => ObjectIdentifier::new_unwrap("0.4.0.19495.1.1"),
            Self::PaymentInitiation => ObjectIdentifier::new_unwrap("0.4.0.19495.1.2"),
            Self::AccountInformation => ObjectIdentifier::new_unwrap("0.4.0.19495.1.3"),
            Self::CardIssuing => ObjectIdentifier::new_unwrap("0.4.0.19495.1.4"),
        }
    }
}

impl QcStatements {
    pub(in super::super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        if self.0.is_empty() {
            return Err(Tag::Sequence.length_error().into());
        }
        self.0.iter().map(QcStatement::encode).collect::<Result<Vec<_>, _>>()?.to_der()
    }

    pub(in super::super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let statements = Vec::<Statement>::from_der(der)?;
        statements.iter().map(QcStatement::decode).collect::<Result<_, _>>().map(Self)
    }
}

impl QcStatement {
    fn encode(&self) -> Result<Statement, der::Error> {
        let info = match self {
            Self::Compliance | Self::Sscd => None,
            Self::Type(types) => {
                let oids: Vec<ObjectIdentifier> = types.iter().map(|one| one.oid()).collect();
                Some(Any::encode_from(&oids)?)
            }
            Self::Pds(places) => {
                let places = places
                    .iter()
                    .map(|place| {
                        let language = PrintableString::new(&place.language)?;
                        Ok(Place { url: Ia5String::new(&place.url)?, language })
                    })
                    .collect::<Result<Vec<_>, der::Error>>()?;
                Some(Any::encode_from(&places)?)
            }
            Self::RetentionPeriod(years) => Some(Any::encode_from(years)?),
            Self::LimitValue(value) => {
                let currency = PrintableString::new(&value.currency)?;
                let (amount, exponent) = (value.amount, value.exponent);
                Some(Any::encode_from(&Money { currency, amount, exponent })?)
            }
            Self::Legislation(countries) => {
                let countries = countries.iter().map(PrintableString::new).collect::<Result<Vec<_>, _>>()?;
                Some(Any::encode_from(&countries)?)
            }
            Self::Semantics(identifier) => Some(Any::encode_from(&Semantics { identifier: *identifier })?),
            Self::Psd2(psd2) => {
                let role = |role: &PspRole| Role { oid: role.oid(), name: role.to_string() };
                Some(Any::encode_from(&PaymentServices {
                    roles: psd2.roles.iter().map(role).collect(),
                    authority: psd2.authority.clone(),
                    authority_id: psd2.authority_id.clone(),
                })?)
            }
            Self::Other { der, .. } => der.as_deref().map(Any::from_der).transpose()?,
        };
        Ok(Statement { id: self.oid(), info })
    }

    /// A form of a known statement that is not the one written here is kept as it is.
    fn decode(statement: &Statement) -> Result<Self, der::Error> {
        let read = match (statement.id, &statement.info) {
            (id::COMPLIANCE, None) => Some(Self::Compliance),
            (id::SSCD, None) => Some(Self::Sscd),
            (id::TYPE, Some(info)) => types(info),
            (id::PDS, Some(info)) => info.decode_as::<Vec<Place>>().ok().map(|places| {
                let place = |place: &Place| PdsLocation {
                    url: place.url.as_str().to_owned(),
                    language: place.language.as_str().to_owned(),
                };
                Self::Pds(places.iter().map(place).collect())
            }),
            (id::RETENTION_PERIOD, Some(info)) => info.decode_as::<u32>().ok().map(Self::RetentionPeriod),
            (id::LIMIT_VALUE, Some(info)) => info.decode_as::<Money>().ok().map(|money| {
                Self::LimitValue(MonetaryValue {
                    currency: money.currency.as_str().to_owned(),
                    amount: money.amount,
                    exponent: money.exponent,
                })
            }),
            (id::LEGISLATION, Some(info)) => info.decode_as::<Vec<PrintableString>>().ok().map(|countries| {
                Self::Legislation(countries.iter().map(|country| country.as_str().to_owned()).collect())
            }),
            (id::SYNTAX_V2, Some(info)) => {
                info.decode_as::<Semantics>().ok().map(|read| Self::Semantics(read.identifier))
            }
            (id::PSD2, Some(info)) => info.decode_as().ok().and_then(|read| psd2(&read)),
            _ => None,
        };
        let same = |read: &Self| {
            let again = read.encode().and_then(|again| again.to_der());
            again.is_ok_and(|again| statement.to_der().is_ok_and(|der| der == again))
        };
        if let Some(read) = read.filter(same) {
            return Ok(read);
        }
        let der = statement.info.as_ref().map(Encode::to_der).transpose()?;
        Ok(Self::Other { oid: statement.id, der })
    }
}

fn types(info: &Any) -> Option<QcStatement> {
    let known = [QcType::Esign, QcType::Eseal, QcType::Web];
    let oids: Vec<ObjectIdentifier> = info.decode_as().ok()?;
    let types = oids.iter().map(|oid| known.into_iter().find(|one| one.oid() == *oid));
    types.collect::<Option<Vec<_>>>().map(QcStatement::Type)
}

/// A role whose name is not that of its object identifier is not one that keyrite writes.
fn psd2(read: &PaymentServices) -> Option<QcStatement> {
    let role = |role: &Role| PspRole::ALL.into_iter().find(|one| one.oid() == role.oid);
    Some(QcStatement::Psd2(Psd2 {
        roles: read.roles.iter().map(role).collect::<Option<_>>()?,
        authority: read.authority.clone(),
        authority_id: read.authority_id.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From EN 319 412-5 annex B and TS 119 495 annex A, by their ASN.1.
    #[test]
    fn statements_encode_as_etsi_has_them() {
        for (text, der) in [
            ("QcCompliance", "300a3008060604008e460101"),
            ("QcSSCD", "300a3008060604008e460104"),
            ("QcType esign", "301530130606 04008e4601063009060704008e46010601"),
            ("QcRetentionPeriod 15", "300d300b060604008e46010302010f"),
            ("QcLimitValue 50e3 EUR", "30173015060604008e460102300b1303455552020132020103"),
            ("QcCClegislation CH", "3010300e060604008e460107300413024348"),
            ("QcSemantics natural", "3017301506082b06010505070b0230090607 04008bec490101"),
            (
                "QcPDS en=https://p.test/en",
                "3025302306060400 8e46010530193017161168747470733a2f2f702e746573742f656e1302656e",
            ),
        ] {
            let statement: QcStatement = text.parse().unwrap();
            assert_eq!(statement.to_string(), text);
            let value = QcStatements(vec![statement]);
            let encoded = hex::encode(value.to_der().unwrap());
            assert_eq!(encoded, der.replace(' ', ""), "{text}");
            assert_eq!(QcStatements::from_der(&value.to_der().unwrap()).unwrap(), value);
        }
    }

    #[test]
    fn what_is_not_written_here_keeps_its_octets() {
        for der in [
            "300c300a060604008e4601010500",                    // QcCompliance with NULL
            "300630040602 2a03",                               // unknown, without info
            "30083006060 22a030500",                           // unknown, with NULL
            "301530130606 04008e4601063009060704008e46010609", // a type that is not known
        ] {
            let der = hex::decode(der.replace(' ', "")).unwrap();
            let value = QcStatements::from_der(&der).unwrap();
            assert!(matches!(value.0.as_slice(), [QcStatement::Other { .. }]), "{value:?}");
            assert_eq!(value.to_der().unwrap(), der);
        }
    }
}
