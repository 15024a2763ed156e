//! What can disagree between an index, certificates and CRLs, each with its id.

use std::fmt;
use std::str::FromStr;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident $id:literal $grave:literal $meaning:literal $outcome:literal)*) => {
        /// A kind of disagreement.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Problem { $($(#[$doc])* $name,)* }

        impl Problem {
            /// Every kind, those about the index first, then those about certificates, then those about CRLs.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its id, which does not change.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// Whether something could get lost, be used twice or go to the wrong certificate, so that nothing is
            /// taken over until a person accepts it.
            #[must_use]
            pub const fn is_grave(self) -> bool {
                match self { $(Self::$name => $grave,)* }
            }

            /// What it is, in a clause.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// What is done about it once it is accepted, or at once where it need not be.
            #[must_use]
            pub const fn outcome(self) -> &'static str {
                match self { $(Self::$name => $outcome,)* }
            }
        }
    };
}

problems! {
    /// MIG-LINE
    Line "MIG-LINE" true
        "a line of the index is no row"
        "the line is left out"
    /// MIG-SERIAL-RANGE
    SerialRange "MIG-SERIAL-RANGE" true
        "a row has a serial number that no certificate of today may have (RFC 5280 s.4.1.2.2)"
        "the row is left out"
    /// MIG-SERIAL-FORM
    SerialForm "MIG-SERIAL-FORM" false
        "a serial number is spelled otherwise than by OpenSSL"
        "it is taken as the number that it is in hex"
    /// MIG-SERIAL-DECIMAL
    SerialDecimal "MIG-SERIAL-DECIMAL" true
        "a row has the serial number of its certificate in decimal, where hex is meant"
        "the row's status goes to the certificate's own number"
    /// MIG-DUPLICATE
    Duplicate "MIG-DUPLICATE" true
        "several rows have one serial number"
        "it is revoked if one of them says so, since the earliest date"
    /// MIG-STATUS
    Status "MIG-STATUS" true
        "a row's status and its revocation column contradict each other"
        "it is revoked, since the date that is there, else since now"
    /// MIG-REVOCATION
    Revocation "MIG-REVOCATION" true
        "a revocation cannot be read"
        "it is revoked as the CRL says, else since now without a reason"
    /// MIG-REASON
    Reason "MIG-REASON" true
        "a revocation says removeFromCRL, which only delta CRLs may say (RFC 5280 s.5.3.1)"
        "it is revoked without a reason"
    /// MIG-HOLD-INSTRUCTION
    HoldInstruction "MIG-HOLD-INSTRUCTION" false
        "a certificate is on hold with an instruction, which RFC 5280 no longer has"
        "it is on hold, without the instruction"
    /// MIG-FUTURE
    Future "MIG-FUTURE" true
        "a revocation begins in the future"
        "it is taken as it is"
    /// MIG-EXPIRED
    Expired "MIG-EXPIRED" false
        "a row says V and the certificate is expired"
        "its dates count"
    /// MIG-NOT-EXPIRED
    NotExpired "MIG-NOT-EXPIRED" false
        "a row says E and the certificate is not expired"
        "its dates count"
    /// MIG-DATE
    Date "MIG-DATE" true
        "the date in a row is not notAfter of the certificate, or no date"
        "the certificate's own date counts; without certificate, none is kept"
    /// MIG-SUBJECT
    Subject "MIG-SUBJECT" true
        "the subject in a row is not that of the certificate"
        "the certificate's own subject counts"
    /// MIG-NO-CERTIFICATE
    NoCertificate "MIG-NO-CERTIFICATE" false
        "there is no certificate for a row"
        "its serial number and status are taken over"
    /// MIG-SERIAL-FILE
    SerialFile "MIG-SERIAL-FILE" false
        "the file serial holds no number, or one that was used already"
        "nothing: keyrite draws numbers at random that are on no record"
    /// MIG-NOT-IN-INDEX
    NotInIndex "MIG-NOT-IN-INDEX" false
        "a certificate of the CA has no row"
        "it is taken over, revoked if the CRL says so"
    /// MIG-FILE
    File "MIG-FILE" true
        "a file that is named after one serial number holds a certificate with another"
        "the certificate is taken over by its own number"
    /// MIG-TWICE
    Twice "MIG-TWICE" true
        "two certificates have one serial number"
        "the first one is taken over"
    /// MIG-UNREADABLE
    Unreadable "MIG-UNREADABLE" true
        "a file holds no certificate that can be read"
        "the file is left out"
    /// MIG-ISSUER
    Issuer "MIG-ISSUER" false
        "a certificate was issued by another CA"
        "it is left out"
    /// MIG-SIGNATURE
    Signature "MIG-SIGNATURE" true
        "a certificate names the CA as its issuer and was not signed by the CA's key"
        "it is left out; a row that it belongs to is taken over as one without certificate"
    /// MIG-ALGORITHM
    Algorithm "MIG-ALGORITHM" true
        "a certificate is signed by an algorithm that is not verified here, such as SHA-1"
        "its serial number, subject and dates are taken over, and not the certificate"
    /// MIG-CRL
    Crl "MIG-CRL" true
        "a CRL cannot be read, is not by the CA, or names only a part of what is revoked"
        "the CRL is left out"
    /// MIG-CRL-ONLY
    CrlOnly "MIG-CRL-ONLY" false
        "the CRL names a serial number that has neither row nor certificate"
        "the number is taken over as revoked"
    /// MIG-CRL-OLD
    CrlOld "MIG-CRL-OLD" false
        "an older CRL names a serial number that is nowhere else"
        "the number is taken over, not revoked"
    /// MIG-CRL-STATUS
    CrlStatus "MIG-CRL-STATUS" true
        "the CRL names a certificate that is not revoked in the index"
        "it is revoked, as the CRL says"
    /// MIG-CRL-ENTRY
    CrlEntry "MIG-CRL-ENTRY" true
        "the CRL says something else of a revocation than the index"
        "the index counts, but for the earlier one of the two dates"
    /// MIG-NOT-ON-CRL
    NotOnCrl "MIG-NOT-ON-CRL" false
        "a certificate was revoked before the CRL was made and is not on it"
        "it is revoked, and on the next CRL"
    /// MIG-CRL-NUMBER
    CrlNumber "MIG-CRL-NUMBER" false
        "crlnumber is not above the number of a CRL"
        "the next number is above both"
    /// MIG-NO-CRL-NUMBER
    NoCrlNumber "MIG-NO-CRL-NUMBER" true
        "neither a CRL nor crlnumber tells which CRL numbers were used"
        "the first CRL gets the number 1"
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A word that is not the id of a problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of a problem, such as MIG-DUPLICATE")]
pub struct UnknownProblem(pub String);

impl FromStr for Problem {
    type Err = UnknownProblem;

    fn from_str(text: &str) -> Result<Self, UnknownProblem> {
        let wanted = |problem: &&Self| problem.id().eq_ignore_ascii_case(text);
        Self::ALL.iter().find(wanted).copied().ok_or_else(|| UnknownProblem(text.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_in_the_documentation() {
        let page = include_str!("../../docs/migrate.md");
        for problem in Problem::ALL {
            let stops = if problem.is_grave() { "until accepted" } else { "no" };
            let row = format!("| `{problem}` | {stops} | {} | {} |", problem.meaning(), problem.outcome());
            assert!(page.contains(&row), "docs/migrate.md lacks {row}");
            assert_eq!(problem.id().parse(), Ok(*problem));
        }
        assert_eq!(page.matches("\n| `MIG-").count(), Problem::ALL.len());
        assert_eq!(
            "MIG-X".parse::<Problem>().unwrap_err().to_string(),
            "\"MIG-X\" is not the id of a problem, such as MIG-DUPLICATE"
        );
    }
}
