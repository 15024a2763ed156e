//! The text form of statements.

use std::fmt;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;

use super::{MonetaryValue, PdsLocation, Psd2, PspRole, QcStatement, QcStatements, QcType};

/// Text that is not a statement, or one with a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a statement of qcStatements: {why}")]
pub struct QcStatementError {
    /// The text that was found.
    pub found: String,
    /// What is wrong with it.
    pub why: String,
}

/// The semantics identifiers of EN 319 412-1 s.5.1.
const SEMANTICS: [(&str, ObjectIdentifier); 4] = [
    ("natural", ObjectIdentifier::new_unwrap("0.4.0.194121.1.1")),
    ("legal", ObjectIdentifier::new_unwrap("0.4.0.194121.1.2")),
    ("eidas-natural", ObjectIdentifier::new_unwrap("0.4.0.194121.1.3")),
    ("eidas-legal", ObjectIdentifier::new_unwrap("0.4.0.194121.1.4")),
];

impl fmt::Display for QcType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Esign => "esign",
            Self::Eseal => "eseal",
            Self::Web => "web",
        })
    }
}

impl PspRole {
    /// Every role.
    pub const ALL: [Self; 4] =
        [Self::AccountServicing, Self::PaymentInitiation, Self::AccountInformation, Self::CardIssuing];
}

impl fmt::Display for PspRole {
    /// The roleOfPspName of TS 119 495.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccountServicing => "PSP_AS",
            Self::PaymentInitiation => "PSP_PI",
            Self::AccountInformation => "PSP_AI",
            Self::CardIssuing => "PSP_IC",
        })
    }
}

fn joined<T: ToString>(list: &[T], between: &str) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

impl fmt::Display for PdsLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.language, self.url)
    }
}

impl fmt::Display for QcStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compliance => f.write_str("QcCompliance"),
            Self::Sscd => f.write_str("QcSSCD"),
            Self::Type(types) => write!(f, "QcType {}", joined(types, " ")),
            Self::Pds(places) => write!(f, "QcPDS {}", joined(places, " ")),
            Self::RetentionPeriod(years) => write!(f, "QcRetentionPeriod {years}"),
            Self::LimitValue(MonetaryValue { currency, amount, exponent }) => {
                write!(f, "QcLimitValue {amount}e{exponent} {currency}")
            }
            Self::Legislation(countries) => write!(f, "QcCClegislation {}", joined(countries, " ")),
            Self::Semantics(oid) => {
                let known = SEMANTICS.iter().find(|(_, known)| known == oid);
                write!(
                    f,
                    "QcSemantics {}",
                    known.map_or_else(|| oid.to_string(), |(word, _)| (*word).to_owned())
                )
            }
            Self::Psd2(Psd2 { roles, authority, authority_id }) => {
                write!(f, "QcPSD2 {} {authority_id} {authority}", joined(roles, ","))
            }
            Self::Other { oid, der: None } => write!(f, "{oid}"),
            Self::Other { oid, der: Some(der) } => write!(f, "{oid} DER {}", hex::encode(der)),
        }
    }
}

impl fmt::Display for QcStatements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&joined(&self.0, ", "))
    }
}

impl FromStr for QcStatement {
    type Err = QcStatementError;

    /// Reads the form in which statements are shown, and looks at the value as [`QcStatement::fault`] does.
    fn from_str(text: &str) -> Result<Self, QcStatementError> {
        let refused = |why: &str| QcStatementError { found: text.to_owned(), why: why.to_owned() };
        let statement = read(text).map_err(refused)?;
        statement.fault().map_or(Ok(statement), |why| Err(refused(&why)))
    }
}

fn read(text: &str) -> Result<QcStatement, &'static str> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    let parts = || rest.split_whitespace();
    let alone = |statement| if rest.is_empty() { Ok(statement) } else { Err("nothing may follow the word") };
    match word {
        "QcCompliance" => alone(QcStatement::Compliance),
        "QcSSCD" => alone(QcStatement::Sscd),
        "QcType" => {
            let known = [QcType::Esign, QcType::Eseal, QcType::Web];
            let types = parts().map(|part| known.into_iter().find(|one| one.to_string() == part));
            types.collect::<Option<Vec<_>>>().map(QcStatement::Type).ok_or("wanted esign, eseal or web")
        }
        "QcPDS" => parts()
            .map(|part| {
                let (language, url) = part.split_once('=')?;
                Some(PdsLocation { url: url.to_owned(), language: language.to_owned() })
            })
            .collect::<Option<Vec<_>>>()
            .map(QcStatement::Pds)
            .ok_or("wanted LANGUAGE=URL, such as en=https://example.test/pds.pdf"),
        "QcRetentionPeriod" => {
            rest.parse().map(QcStatement::RetentionPeriod).map_err(|_| "wanted a number of years")
        }
        "QcLimitValue" => limit(rest).ok_or("wanted AMOUNTeEXPONENT CURRENCY, such as 50e3 EUR"),
        "QcCClegislation" => Ok(QcStatement::Legislation(parts().map(str::to_owned).collect())),
        "QcSemantics" => {
            let known = SEMANTICS.iter().find(|(word, _)| *word == rest).map(|(_, oid)| *oid);
            known
                .or_else(|| rest.parse().ok())
                .map(QcStatement::Semantics)
                .ok_or("wanted natural, legal, eidas-natural, eidas-legal or an object identifier")
        }
        "QcPSD2" => {
            psd2(rest).ok_or("wanted roles such as PSP_PI,PSP_AI, the id of the authority and its name")
        }
        _ => Err(
            "wanted QcCompliance, QcSSCD, QcType, QcPDS, QcRetentionPeriod, QcLimitValue, QcCClegislation, \
                  QcSemantics or QcPSD2",
        ),
    }
}

fn limit(text: &str) -> Option<QcStatement> {
    let (number, currency) = text.split_once(' ')?;
    let (amount, exponent) = number.split_once('e').unwrap_or((number, "0"));
    Some(QcStatement::LimitValue(MonetaryValue {
        currency: currency.trim().to_owned(),
        amount: amount.parse().ok()?,
        exponent: exponent.parse().ok()?,
    }))
}

fn psd2(text: &str) -> Option<QcStatement> {
    let (roles, rest) = text.split_once(' ')?;
    let (authority_id, authority) = rest.trim_start().split_once(' ')?;
    let role = |word: &str| PspRole::ALL.into_iter().find(|role| role.to_string() == word);
    Some(QcStatement::Psd2(Psd2 {
        roles: roles.split(',').map(role).collect::<Option<_>>()?,
        authority: authority.trim_start().to_owned(),
        authority_id: authority_id.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_print_as_they_read() {
        for text in [
            "QcCompliance",
            "QcSSCD",
            "QcType eseal",
            "QcPDS en=https://p.test/en.pdf de=https://p.test/de.pdf",
            "QcRetentionPeriod 10",
            "QcLimitValue 0e0 CHF",
            "QcCClegislation CH GB",
            "QcSemantics eidas-legal",
            "QcSemantics 1.2.3",
            "QcPSD2 PSP_AS,PSP_PI,PSP_AI,PSP_IC AT-FMA Austrian Financial Market Authority",
        ] {
            assert_eq!(text.parse::<QcStatement>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_statement_says_what_was_wanted() {
        for (text, why) in [
            ("Compliance", "wanted QcCompliance,"),
            ("QcSSCD yes", "nothing may follow"),
            ("QcType signature", "esign, eseal or web"),
            ("QcPDS https://p.test", "LANGUAGE=URL"),
            ("QcRetentionPeriod -1", "number of years"),
            ("QcLimitValue 5", "50e3 EUR"),
            ("QcSemantics person", "natural, legal"),
            ("QcPSD2 PSP_XX AT-FMA Authority", "roles such as"),
        ] {
            let error = text.parse::<QcStatement>().unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
