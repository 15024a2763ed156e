//! The rows of an index, each beside its certificate and its entry on the CRL.

use super::examination::{ExaminationError, Pass, Verdict, number_of, said};
use super::files::Files;
use super::intake::{Intake, Number, Revocation};
use super::openssl::index::{IndexReader, Row, Status};
use super::openssl::number::{self, SerialTextError, Spelled};
use super::openssl::oneline;
use super::openssl::revocation::{Rest, RevocationColumn};
use super::problem::Problem;
use crate::x509::certificate::Certificate;
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// What a row is about.
enum About {
    /// A certificate that the CA's key signed.
    Certificate(Box<Certificate>),
    /// A number.
    Number(Number),
}

impl<F: Files, I: Intake> Pass<'_, '_, F, I> {
    /// Goes through the index.
    pub(super) fn rows(&mut self) -> Result<(), ExaminationError<I::Error>> {
        let files = self.of.files;
        let Some(source) = files.index().map_err(ExaminationError::Index)? else { return Ok(()) };
        for line in IndexReader::new(source) {
            let (line, row) = line.map_err(ExaminationError::Index)?;
            let place = format!("index line {line}");
            self.report.rows = self.report.rows.saturating_add(1);
            match row {
                Ok(row) => self.row(&place, &row).map_err(ExaminationError::Intake)?,
                Err(error) => self.report.add(Problem::Line, place, error.to_string()),
            }
        }
        Ok(())
    }

    fn row(&mut self, place: &str, row: &Row) -> Result<(), I::Error> {
        let Spelled { serial, usual } = match number::serial(&row.serial) {
            Ok(spelled) => spelled,
            Err(error @ SerialTextError::NotHex { .. }) => {
                self.report.add(Problem::Line, place, error.to_string());
                return Ok(());
            }
            Err(SerialTextError::Range(error)) => {
                self.report.add(Problem::SerialRange, place, error.to_string());
                return Ok(());
            }
        };
        if !usual {
            self.report.differs(Problem::SerialForm, place, &row.serial, number::written(&serial));
        }
        if let Some(met) = self.keys.binary_search(&serial).ok().and_then(|at| self.met.get_mut(at)) {
            if *met {
                self.report.add(Problem::Duplicate, place, serial.to_string());
            }
            *met = true;
        }
        let about = self.about(place, row, &serial)?;
        let (serial, not_after) = match &about {
            About::Certificate(certificate) => {
                self.into.certificate(certificate)?;
                (certificate.serial(), Some(certificate.not_after()))
            }
            About::Number(number) => {
                self.into.number(number)?;
                (&number.serial, number.not_after)
            }
        };
        self.dates(place, row.status, not_after);
        match self.revocation(place, row, serial, not_after) {
            Some(said) => self.into.revocation(serial, said),
            None => Ok(()),
        }
    }

    /// The certificate of a row, or what the row itself says.
    fn about(&mut self, place: &str, row: &Row, serial: &SerialNumber) -> Result<About, I::Error> {
        if let Some(found) = self.certificate(row, serial)? {
            match self.of.judge(&found) {
                Verdict::Ours => {
                    self.compare(place, row, &found);
                    return Ok(About::Certificate(Box::new(found)));
                }
                Verdict::OtherIssuer => {
                    let found = format!("{serial} by {}", found.issuer());
                    self.report.add(Problem::Signature, place, found);
                }
                Verdict::NotSigned(why) => {
                    self.report.add(Problem::Signature, place, format!("{serial}: {why}"));
                }
                Verdict::NotVerified(why) => {
                    self.report.add(Problem::Algorithm, place, format!("{serial}: {why}"));
                    self.compare(place, row, &found);
                    return Ok(About::Number(number_of(&found)));
                }
            }
        }
        if let Some(found) = self.by_decimal(place, row, serial)? {
            return Ok(About::Certificate(Box::new(found)));
        }
        self.report.add(Problem::NoCertificate, place, format!("{serial} for {}", row.subject));
        let not_after = match &row.not_after {
            Ok(time) => Some(*time),
            Err(error) => {
                self.report.add(Problem::Date, place, error.to_string());
                None
            }
        };
        let subject =
            oneline::read(&row.subject).map_or_else(|| row.subject.clone(), |name| name.to_string());
        Ok(About::Number(Number { serial: serial.clone(), subject: Some(subject), not_after }))
    }

    /// The certificate with the serial number of a row, wherever it lies. What else lies in its place is taken for what
    /// it is.
    fn certificate(&mut self, row: &Row, serial: &SerialNumber) -> Result<Option<Certificate>, I::Error> {
        let mut right: Option<Certificate> = None;
        let regular = match self.of.files.regular(&number::written(serial)) {
            Ok(regular) => regular,
            Err(error) => {
                self.report.add(Problem::Unreadable, number::written(serial), error.to_string());
                None
            }
        };
        let elsewhere = self.elsewhere.get(serial).cloned();
        for file in regular.iter().chain(&elsewhere) {
            for found in self.load(file) {
                if found.serial() != serial {
                    // In another file of its own it has its place already.
                    let own = self.of.files.regular(&number::written(found.serial())).ok().flatten();
                    if file.regular && own.is_none_or(|own| own.path == file.path) {
                        let place = file.path.display().to_string();
                        self.report.differs(
                            Problem::File,
                            &place,
                            found.serial().to_string(),
                            serial.to_string(),
                        );
                        self.elsewhere_found(&place, &found)?;
                    }
                } else if let Some(first) = &right {
                    if *first != found {
                        let place = file.path.display().to_string();
                        self.report.add(Problem::Twice, place, format!("{serial} for {}", row.subject));
                    }
                } else {
                    right = Some(found);
                }
            }
        }
        Ok(right)
    }

    /// A certificate that lies in the place of another one.
    fn elsewhere_found(&mut self, place: &str, found: &Certificate) -> Result<(), I::Error> {
        if self.of.judge(found) != Verdict::Ours {
            return Ok(());
        }
        if self.is_key(found.serial()) {
            self.into.certificate(found)
        } else {
            self.extra(place, found, true)
        }
    }

    /// The certificate whose serial number the row may have in decimal: it is that if subject and date are the row's.
    fn by_decimal(
        &mut self,
        place: &str,
        row: &Row,
        serial: &SerialNumber,
    ) -> Result<Option<Certificate>, I::Error> {
        let Some(file) = self.decimal.remove(serial) else { return Ok(None) };
        let candidates = self.load(&file);
        let wanted = |found: &&Certificate| {
            number::serial(&number::as_decimal(found.serial())).is_ok_and(|read| read.serial == *serial)
        };
        let Some(found) = candidates.iter().find(wanted) else { return Ok(None) };
        if oneline::is(&row.subject, found.subject()) && row.not_after.as_ref() == Ok(&found.not_after()) {
            let wanted = format!("{}, as in {}", number::written(found.serial()), file.path.display());
            self.report.differs(Problem::SerialDecimal, place, &row.serial, wanted);
            return Ok(Some(found.clone()));
        }
        self.extra(&file.path.display().to_string(), found, true)?;
        Ok(None)
    }

    fn compare(&mut self, place: &str, row: &Row, certificate: &Certificate) {
        let not_after = certificate.not_after();
        match &row.not_after {
            Ok(time) if *time == not_after => {}
            Ok(time) => self.report.differs(Problem::Date, place, time.to_string(), not_after.to_string()),
            Err(error) => self.report.differs(Problem::Date, place, error.to_string(), not_after.to_string()),
        }
        if !oneline::is(&row.subject, certificate.subject()) {
            let wanted = oneline::write(certificate.subject());
            self.report.differs(Problem::Subject, place, &row.subject, wanted);
        }
    }

    fn dates(&mut self, place: &str, status: Status, not_after: Option<Time>) {
        let Some(not_after) = not_after else { return };
        let expired = not_after < self.of.now;
        let problem = match status {
            Status::Valid if expired => Problem::Expired,
            Status::Expired if !expired => Problem::NotExpired,
            Status::Valid | Status::Revoked | Status::Expired => return,
        };
        self.report.add(problem, place, format!("notAfter {not_after}"));
    }

    /// What is said of the certificate of a row, by the row and by the CRL.
    fn revocation(
        &mut self,
        place: &str,
        row: &Row,
        serial: &SerialNumber,
        not_after: Option<Time>,
    ) -> Option<Revocation> {
        let crls = self.of.crls;
        let entry = crls.entry(serial);
        if let Some((at, _)) = entry {
            self.listed.insert(at);
        }
        let listed = entry.map(|(_, entry)| said(entry));
        let unknown = Revocation { reason: None, date: self.of.now, invalidity_date: None };
        let fallback = listed.unwrap_or(unknown);
        let own = match (row.status, &row.revocation) {
            (Status::Valid | Status::Expired, None) => None,
            (Status::Revoked, Some(Ok(column))) => Some(self.column(place, column)),
            (Status::Revoked, Some(Err(error))) => {
                self.report.add(Problem::Revocation, place, error.to_string());
                return Some(fallback);
            }
            (Status::Revoked, None) => {
                self.report.add(Problem::Status, place, "R without a revocation");
                return Some(fallback);
            }
            (Status::Valid | Status::Expired, Some(column)) => {
                self.report.add(Problem::Status, place, "V or E with a revocation");
                match column {
                    Ok(column) => Some(self.column(place, column)),
                    Err(_) => return Some(fallback),
                }
            }
        };
        match (own, listed) {
            (None, None) => None,
            (None, Some(listed)) => {
                self.report.add(Problem::CrlStatus, place, format!("{serial} on the CRL, {}", words(listed)));
                Some(listed)
            }
            (Some(own), None) => {
                let newest = crls.newest().map(crate::x509::crl::Crl::this_update);
                let missing =
                    newest.filter(|made| own.date < *made && not_after.is_none_or(|end| end >= *made));
                if let Some(made) = missing {
                    let found = format!("{serial}, revoked {}, and the CRL is of {made}", own.date);
                    self.report.add(Problem::NotOnCrl, place, found);
                }
                Some(own)
            }
            (Some(own), Some(listed)) if own == listed => Some(own),
            (Some(own), Some(listed)) => {
                self.report.differs(Problem::CrlEntry, place, words(listed), words(own));
                Some(Revocation { date: own.date.min(listed.date), ..own })
            }
        }
    }

    fn column(&mut self, place: &str, column: &RevocationColumn) -> Revocation {
        let said = column.revocation;
        match &column.rest {
            Some(Rest::HoldInstruction(instruction)) => {
                self.report.add(Problem::HoldInstruction, place, instruction);
            }
            Some(Rest::RemoveFromCrl) => self.report.add(Problem::Reason, place, "removeFromCRL"),
            None => {}
        }
        let dates = std::iter::once(said.date).chain(said.invalidity_date);
        if let Some(date) = dates.max().filter(|date| *date > self.of.now) {
            self.report.add(Problem::Future, place, date.to_string());
        }
        said
    }
}

fn words(said: Revocation) -> String {
    let reason = said.reason.map_or_else(|| "unspecified".to_owned(), |reason| reason.to_string());
    let since = said.invalidity_date.map_or_else(String::new, |time| format!(", invalid since {time}"));
    format!("{reason} since {}{since}", said.date)
}
