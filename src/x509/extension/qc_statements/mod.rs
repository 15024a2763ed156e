//! qcStatements (RFC 3739 s.3.2.6): what makes a certificate a qualified one (EN 319 412-5, TS 119 495).
//!
//! [`QcStatement`] has one text form, by which it is both shown and read:
//! `QcCompliance`, `QcSSCD`, `QcType esign`, `QcPDS en=https://example.test/pds_en.pdf`, `QcRetentionPeriod 15`,
//! `QcLimitValue 50e3 EUR`, `QcCClegislation CH`, `QcSemantics natural`,
//! `QcPSD2 PSP_PI,PSP_AI AT-FMA Financial Market Authority`.

mod encoding;
mod text;

use der::asn1::ObjectIdentifier;

pub use text::QcStatementError;

/// The statements in the order of encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QcStatements(pub Vec<QcStatement>);

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QcStatement {
    /// QcCompliance: a qualified certificate under Regulation (EU) No 910/2014 (EN 319 412-5 s.4.2.1).
    Compliance,
    /// QcSSCD: the private key is in a qualified signature or seal creation device (s.4.2.2).
    Sscd,
    /// QcType: what it is qualified for (s.4.2.3).
    Type(Vec<QcType>),
    /// QcPDS: where the PKI disclosure statements are found (s.4.3.4).
    Pds(Vec<PdsLocation>),
    /// QcRetentionPeriod: years for which material is kept after the end of the certificate (s.4.3.3).
    RetentionPeriod(u32),
    /// QcLimitValue: the most that a transaction may be worth (s.4.3.2).
    LimitValue(MonetaryValue),
    /// QcCClegislation: countries, outside the EU, under whose law it is qualified (s.4.2.4).
    Legislation(Vec<String>),
    /// qcStatement-2 with a semanticsIdentifier only: how names are to be read (RFC 3739 s.3.2.6.1, EN 319 412-1 s.5.1).
    Semantics(ObjectIdentifier),
    /// The roles of a payment service provider (TS 119 495 s.5.1).
    Psd2(Psd2),
    /// A statement, or a form of one, that keyrite does not write.
    Other {
        /// statementId.
        oid: ObjectIdentifier,
        /// The DER of statementInfo; none where it is left out.
        der: Option<Vec<u8>>,
    },
}

/// What a certificate is qualified for (EN 319 412-5 s.4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QcType {
    /// Electronic signatures of natural persons.
    Esign,
    /// Electronic seals of legal persons.
    Eseal,
    /// Web site authentication.
    Web,
}

/// Where a PKI disclosure statement is found, and in which language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdsLocation {
    /// A https URL.
    pub url: String,
    /// Two small letters of ISO 639-1.
    pub language: String,
}

/// amount times ten to the power of exponent, in a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonetaryValue {
    /// Three capital letters of ISO 4217.
    pub currency: String,
    /// The amount before the exponent.
    pub amount: u64,
    /// The power of ten.
    pub exponent: u8,
}

/// Who may do what in payment services (TS 119 495 s.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Psd2 {
    /// rolesOfPSP.
    pub roles: Vec<PspRole>,
    /// nCAName: the competent authority in plain words.
    pub authority: String,
    /// nCAId: its country, a hyphen and its short name, such as `AT-FMA`.
    pub authority_id: String,
}

/// A role of a payment service provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PspRole {
    /// PSP_AS: account servicing.
    AccountServicing,
    /// PSP_PI: payment initiation.
    PaymentInitiation,
    /// PSP_AI: account information.
    AccountInformation,
    /// PSP_IC: issuing of card-based payment instruments.
    CardIssuing,
}

impl QcStatement {
    /// statementId.
    #[must_use]
    pub const fn oid(&self) -> ObjectIdentifier {
        use encoding::id;
        match self {
            Self::Compliance => id::COMPLIANCE,
            Self::Sscd => id::SSCD,
            Self::Type(_) => id::TYPE,
            Self::Pds(_) => id::PDS,
            Self::RetentionPeriod(_) => id::RETENTION_PERIOD,
            Self::LimitValue(_) => id::LIMIT_VALUE,
            Self::Legislation(_) => id::LEGISLATION,
            Self::Semantics(_) => id::SYNTAX_V2,
            Self::Psd2(_) => id::PSD2,
            Self::Other { oid, .. } => *oid,
        }
    }

    /// What is wrong with the statement, if anything, by the sections that its variants name.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let letters = |text: &str, many: usize, small: bool| {
            let kind = |c: char| if small { c.is_ascii_lowercase() } else { c.is_ascii_uppercase() };
            text.len() == many && text.chars().all(kind)
        };
        match self {
            Self::Type(types) => {
                let many = types.len();
                (many != 1).then(|| format!("QcType has {many} types, wanted one and only one"))
            }
            Self::RetentionPeriod(0) => Some("QcRetentionPeriod is 0 years".to_owned()),
            Self::Pds(places) => {
                if let Some(odd) = places.iter().find(|place| !is_https(&place.url)) {
                    return Some(format!("{:?} is not a https URL", odd.url));
                }
                if let Some(odd) = places.iter().find(|place| !letters(&place.language, 2, true)) {
                    let found = &odd.language;
                    return Some(format!(
                        "{found:?} is not a language, wanted two small letters (ISO 639-1)"
                    ));
                }
                let english = places.iter().any(|place| place.language == "en");
                (!english).then(|| "QcPDS has no place in English (en)".to_owned())
            }
            Self::LimitValue(value) => (!letters(&value.currency, 3, false)).then(|| {
                format!("{:?} is not a currency, wanted three capital letters (ISO 4217)", value.currency)
            }),
            Self::Legislation(countries) => {
                let odd = countries.iter().find(|country| !letters(country, 2, false));
                let none = countries.is_empty().then(|| "QcCClegislation has no country".to_owned());
                odd.map(|odd| format!("{odd:?} is not a country, wanted two capital letters (ISO 3166-1)"))
                    .or(none)
            }
            Self::Psd2(psd2) => {
                let sized = |text: &str| (1..=256).contains(&text.chars().count());
                let id = psd2.authority_id.split_once('-').is_some_and(|(country, authority)| {
                    letters(country, 2, false)
                        && (2..=8).contains(&authority.len())
                        && authority.chars().all(|c| c.is_ascii_uppercase())
                });
                if psd2.roles.is_empty() {
                    Some("QcPSD2 has no role".to_owned())
                } else if !id {
                    let found = &psd2.authority_id;
                    Some(format!("{found:?} is not the id of an authority, wanted one such as AT-FMA"))
                } else {
                    (!sized(&psd2.authority))
                        .then(|| "the authority has no name of 1 to 256 characters".to_owned())
                }
            }
            Self::Other { oid, .. } => Some(format!("the statement {oid} is not supported")),
            Self::Compliance | Self::Sscd | Self::RetentionPeriod(_) | Self::Semantics(_) => None,
        }
    }
}

fn is_https(url: &str) -> bool {
    let host =
        url::Url::parse(url).ok().filter(|url| url.scheme() == "https").is_some_and(|url| url.has_host());
    host && url.starts_with("https://") && url.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_say_what_is_wanted() {
        for (text, why) in [
            ("QcPDS de=https://p.test/de.pdf", "QcPDS has no place in English (en)"),
            ("QcPDS en=http://p.test/en.pdf", "\"http://p.test/en.pdf\" is not a https URL"),
            ("QcPDS EN=https://p.test/", "\"EN\" is not a language, wanted two small letters (ISO 639-1)"),
            ("QcLimitValue 1e0 Eur", "\"Eur\" is not a currency, wanted three capital letters (ISO 4217)"),
            ("QcCClegislation ch", "\"ch\" is not a country, wanted two capital letters (ISO 3166-1)"),
            (
                "QcPSD2 PSP_PI FMA Authority",
                "\"FMA\" is not the id of an authority, wanted one such as AT-FMA",
            ),
        ] {
            assert_eq!(
                text.parse::<QcStatement>().unwrap_err().to_string(),
                format!("{text:?} is not a statement of qcStatements: {why}")
            );
        }
        assert_eq!(QcStatement::Type(vec![]).fault().unwrap(), "QcType has 0 types, wanted one and only one");
        let other = QcStatement::Other { oid: ObjectIdentifier::new_unwrap("1.2.3"), der: None };
        assert_eq!(other.fault().unwrap(), "the statement 1.2.3 is not supported");
    }
}
