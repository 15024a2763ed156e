//! The third column of the index: since when and why a certificate is revoked.
//!
//! `DATE[,REASON[,ARGUMENT]]`. Besides the reasons of CRLs there are three words that bring an argument:
//! `holdInstruction,OID`, `keyTime,TIME` and `CAkeyTime,TIME`; the last two mean key or CA compromise with an
//! invalidityDate (openssl-ca(1), `-crl_hold`, `-crl_compromise`, `-crl_CA_compromise`).

use super::date::{self, DateError};
use crate::migrate::intake::Revocation;
use crate::x509::extension::ReasonCode;

/// What the column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationColumn {
    /// The revocation, as far as CRLs of today can say it.
    pub revocation: Revocation,
    /// What they cannot.
    pub rest: Option<Rest>,
}

/// What a revocation in the index says that keyrite does not write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// A hold instruction, which RFC 5280 no longer has (RFC 3280 s.5.3.2 had).
    HoldInstruction(String),
    /// `removeFromCRL`, which only delta CRLs may say (RFC 5280 s.5.3.1).
    RemoveFromCrl,
}

/// A column that `openssl ca` would not read either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// Not a date.
    #[error(transparent)]
    Date(#[from] DateError),
    /// A word that is no reason.
    #[error("{found:?} is not a reason that openssl ca knows")]
    Reason {
        /// The word.
        found: String,
    },
    /// A reason that wants an argument.
    #[error("{reason} wants an argument after a comma")]
    Argument {
        /// The reason.
        reason: &'static str,
    },
}

/// Reads the column; an empty one is none.
///
/// # Errors
/// [`RevocationError`] says what of it cannot be read.
pub fn read(column: &str) -> Option<Result<RevocationColumn, RevocationError>> {
    (!column.is_empty()).then(|| parse(column))
}

fn parse(column: &str) -> Result<RevocationColumn, RevocationError> {
    let mut parts = column.splitn(3, ',');
    let date = date::read(parts.next().unwrap_or_default())?;
    let plain = |reason, rest| {
        let revocation = Revocation { reason, date, invalidity_date: None };
        RevocationColumn { revocation, rest }
    };
    let Some(word) = parts.next() else { return Ok(plain(None, None)) };
    let argument = parts.next();
    let since = |name: &'static str, reason| {
        let time = date::read(argument.ok_or(RevocationError::Argument { reason: name })?)?;
        let revocation = Revocation { reason: Some(reason), date, invalidity_date: Some(time) };
        Ok(RevocationColumn { revocation, rest: None })
    };
    // strcasecmp in OpenSSL.
    match word.to_ascii_lowercase().as_str() {
        "unspecified" => Ok(plain(None, None)),
        "removefromcrl" => Ok(plain(None, Some(Rest::RemoveFromCrl))),
        "holdinstruction" => {
            let argument = argument.ok_or(RevocationError::Argument { reason: "holdInstruction" })?;
            let rest = Rest::HoldInstruction(argument.to_owned());
            Ok(plain(Some(ReasonCode::CertificateHold), Some(rest)))
        }
        "keytime" => since("keyTime", ReasonCode::KeyCompromise),
        "cakeytime" => since("CAkeyTime", ReasonCode::CaCompromise),
        other => {
            let known = REASONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(other));
            let unknown = || RevocationError::Reason { found: word.chars().take(64).collect() };
            known.map(|(_, reason)| plain(Some(*reason), None)).ok_or_else(unknown)
        }
    }
}

/// The reasons that are a word of their own.
const REASONS: [(&str, ReasonCode); 6] = [
    ("keyCompromise", ReasonCode::KeyCompromise),
    ("CACompromise", ReasonCode::CaCompromise),
    ("affiliationChanged", ReasonCode::AffiliationChanged),
    ("superseded", ReasonCode::Superseded),
    ("cessationOfOperation", ReasonCode::CessationOfOperation),
    ("certificateHold", ReasonCode::CertificateHold),
];

/// Writes the column. The second value is what of the revocation the column has no word for.
#[must_use]
pub fn write(revocation: Revocation) -> (String, Option<&'static str>) {
    let Revocation { reason, date, invalidity_date } = revocation;
    let date = date::write(date);
    match (reason, invalidity_date) {
        (Some(ReasonCode::KeyCompromise), Some(time)) => {
            (format!("{date},keyTime,{}", date::generalized(time)), None)
        }
        (Some(ReasonCode::CaCompromise), Some(time)) => {
            (format!("{date},CAkeyTime,{}", date::generalized(time)), None)
        }
        (reason, time) => {
            let word = reason.and_then(|reason| REASONS.iter().find(|(_, known)| *known == reason));
            let lost = match (reason, word, time) {
                (Some(_), None, Some(_)) => Some("its reason and its invalidityDate"),
                (Some(_), None, None) => Some("its reason"),
                (_, _, Some(_)) => Some("its invalidityDate"),
                (_, _, None) => None,
            };
            (word.map_or_else(|| date.clone(), |(word, _)| format!("{date},{word}")), lost)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(column: &str) -> RevocationColumn {
        read(column).unwrap().unwrap()
    }

    #[test]
    fn every_reason_is_read_and_written_back() {
        for word in ["", ",keyCompromise", ",CACompromise", ",superseded", ",certificateHold"] {
            let column = format!("261121191122Z{word}");
            assert_eq!(write(said(&column).revocation), (column.clone(), None), "{column}");
        }
        for (word, reason) in REASONS {
            assert_eq!(said(&format!("261121191122Z,{word}")).revocation.reason, Some(reason));
            assert_eq!(
                said(&format!("261121191122Z,{}", word.to_uppercase())).revocation.reason,
                Some(reason)
            );
        }
        assert_eq!(said("261121191122Z,unspecified").revocation.reason, None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn compromise_has_the_time_since_when() {
        for (word, reason) in
            [("keyTime", ReasonCode::KeyCompromise), ("CAkeyTime", ReasonCode::CaCompromise)]
        {
            let column = format!("261121191122Z,{word},20200101000000Z");
            let found = said(&column);
            assert_eq!(found.revocation.reason, Some(reason));
            assert_eq!(found.revocation.invalidity_date.unwrap().to_string(), "2020-01-01T00:00:00Z");
            assert_eq!(write(found.revocation), (column, None));
        }
    }

    #[test]
    fn what_crls_of_today_do_not_say_is_told() {
        let hold = said("261121191122Z,holdInstruction,holdInstructionReject");
        assert_eq!(hold.revocation.reason, Some(ReasonCode::CertificateHold));
        assert_eq!(hold.rest, Some(Rest::HoldInstruction("holdInstructionReject".to_owned())));
        let removed = said("261121191122Z,removeFromCRL");
        assert_eq!((removed.revocation.reason, removed.rest), (None, Some(Rest::RemoveFromCrl)));
    }

    #[test]
    fn what_the_column_has_no_word_for_is_named() {
        let withdrawn =
            Revocation { reason: Some(ReasonCode::PrivilegeWithdrawn), ..said("261121191122Z").revocation };
        assert_eq!(write(withdrawn), ("261121191122Z".to_owned(), Some("its reason")));
        let since = Revocation {
            invalidity_date: Some(withdrawn.date),
            ..said("261121191122Z,superseded").revocation
        };
        assert_eq!(write(since), ("261121191122Z,superseded".to_owned(), Some("its invalidityDate")));
    }

    #[test]
    fn broken_columns_are_not_guessed() {
        let error = |column: &str| read(column).unwrap().unwrap_err().to_string();
        assert_eq!(error("261121191122Z,badReason"), "\"badReason\" is not a reason that openssl ca knows");
        assert_eq!(error("261121191122Z,keyTime"), "keyTime wants an argument after a comma");
        assert!(error("261121191122Z,keyTime,soon").starts_with("\"soon\" is not a date"));
        assert!(error("yesterday").starts_with("\"yesterday\" is not a date"));
        assert!(error(",keyCompromise").starts_with("\"\" is not a date"));
    }
}
