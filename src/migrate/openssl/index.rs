//! index.txt: the database of `openssl ca`, a line for each certificate with six columns between tabs.
//!
//! `status`, notAfter, revocation, serial number, file name (always `unknown`), subject. A tab within a column has a
//! backslash before it; nothing else is escaped at this level (crypto/txt_db). Lines are read one at a time and never
//! held, and a line is no longer than [`LINE_OCTETS`].

use std::io::{self, BufRead};

use super::date::{self, DateError};
use super::revocation::{self, RevocationColumn, RevocationError};
use crate::x509::time::Time;

/// The longest line that is read, in octets: the longest name of a certificate that is read, with every octet of it
/// escaped, is a quarter of it.
pub const LINE_OCTETS: usize = 1024 * 1024;
/// The columns of a line.
const COLUMNS: usize = 6;

/// What the first column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// `V`
    Valid,
    /// `R`
    Revoked,
    /// `E`: `openssl ca -updatedb` has found it expired.
    Expired,
}

/// One line. What cannot be read of it does not hide the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The status.
    pub status: Status,
    /// notAfter of the certificate.
    pub not_after: Result<Time, DateError>,
    /// The revocation, if the column is not empty.
    pub revocation: Option<Result<RevocationColumn, RevocationError>>,
    /// The serial number as it stands there; [`super::number::serial`] reads it.
    pub serial: String,
    /// The file name as it stands there: no part of keyrite opens it.
    pub file: String,
    /// The subject as it stands there; [`super::oneline`] knows the form.
    pub subject: String,
}

/// Why a line is no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Longer than any honest line.
    #[error("a line of {octets} octets, wanted at most {LINE_OCTETS}")]
    TooLong {
        /// Its octets.
        octets: u64,
    },
    /// Octets that are not UTF-8; OpenSSL writes nothing but ASCII.
    #[error("octets that are not text")]
    NotText,
    /// More or fewer columns.
    #[error("{found} columns between tabs, wanted {COLUMNS}")]
    Columns {
        /// How many there are.
        found: usize,
    },
    /// A status that is none.
    #[error("the status {found:?}, wanted V, R or E")]
    Status {
        /// The first column.
        found: String,
    },
}

/// Reads an index line by line. Empty lines and those that begin with `#` are passed over.
#[derive(Debug)]
pub struct IndexReader<R> {
    source: R,
    line: u64,
    buffer: Vec<u8>,
}

/// A line by its number, counted from 1, and what it says.
pub type Line = (u64, Result<Row, LineError>);

impl<R: BufRead> IndexReader<R> {
    /// Reads from the beginning of `source`.
    pub const fn new(source: R) -> Self {
        Self { source, line: 0, buffer: Vec::new() }
    }

    /// The next line with something on it; none at the end.
    ///
    /// # Errors
    /// Those of reading.
    pub fn next_row(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some(octets) = self.fill()? else { return Ok(None) };
            self.line = self.line.saturating_add(1);
            if octets > u64::try_from(LINE_OCTETS).unwrap_or(u64::MAX) {
                return Ok(Some((self.line, Err(LineError::TooLong { octets }))));
            }
            let line = self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer);
            if !line.is_empty() && !line.starts_with(b"#") {
                return Ok(Some((self.line, row(line))));
            }
        }
    }

    /// Takes in one line without its end, and no more of it than is read. Gives its length; none at the end.
    fn fill(&mut self) -> io::Result<Option<u64>> {
        self.buffer.clear();
        let mut octets = 0_u64;
        let mut any = false;
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                return Ok(any.then_some(octets));
            }
            any = true;
            let end = chunk.iter().position(|octet| *octet == b'\n');
            let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            octets = octets.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
            let room = LINE_OCTETS.saturating_sub(self.buffer.len());
            self.buffer.extend_from_slice(part.get(..room).unwrap_or(part));
            let used = part.len().saturating_add(usize::from(end.is_some()));
            self.source.consume(used);
            if end.is_some() {
                return Ok(Some(octets));
            }
        }
    }
}

impl<R: BufRead> Iterator for IndexReader<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

fn row(line: &[u8]) -> Result<Row, LineError> {
    let line = std::str::from_utf8(line).map_err(|_| LineError::NotText)?;
    if line.contains('\0') {
        return Err(LineError::NotText);
    }
    let columns = columns(line);
    let found = columns.len();
    let Ok([status, not_after, revocation, serial, file, subject]) = <[String; COLUMNS]>::try_from(columns)
    else {
        return Err(LineError::Columns { found });
    };
    let status = match status.as_str() {
        "V" => Status::Valid,
        "R" => Status::Revoked,
        "E" => Status::Expired,
        _ => return Err(LineError::Status { found: status.chars().take(16).collect() }),
    };
    Ok(Row {
        status,
        not_after: date::read(&not_after),
        revocation: revocation::read(&revocation),
        serial,
        file,
        subject,
    })
}

/// The columns, with a tab in the place of a backslash and a tab.
fn columns(line: &str) -> Vec<String> {
    let mut columns = Vec::new();
    let mut column = String::new();
    for c in line.chars() {
        match c {
            '\t' if column.ends_with('\\') => {
                column.pop();
                column.push('\t');
            }
            '\t' => columns.push(std::mem::take(&mut column)),
            _ => column.push(c),
        }
    }
    columns.push(column);
    columns
}

/// Writes a line, with its end.
#[must_use]
pub fn write(status: Status, not_after: Time, revocation: &str, serial: &str, subject: &str) -> String {
    let status = match status {
        Status::Valid => 'V',
        Status::Revoked => 'R',
        Status::Expired => 'E',
    };
    // What OpenSSL would take for the end of a column or line stands in no column that is written here; a name that
    // came with a line of an index may have had a tab in it.
    let subject: String = subject.replace(['\n', '\r', '\0'], " ").replace('\t', "\\\t");
    format!("{status}\t{}\t{revocation}\t{serial}\tunknown\t{subject}\n", date::write(not_after))
}

/// What `index.txt.attr` says: whether a subject may have several valid certificates. None when it says nothing, which
/// OpenSSL takes for `unique_subject = yes`.
#[must_use]
pub fn unique_subject(attributes: &str) -> Option<bool> {
    let line = attributes.lines().find_map(|line| line.trim().strip_prefix("unique_subject"))?;
    let word = line.trim_start().strip_prefix('=')?.trim();
    // apps/lib/apps.c, parse_yesno: the first letter decides.
    match word.chars().next()? {
        'f' | 'F' | 'n' | 'N' | '0' => Some(false),
        't' | 'T' | 'y' | 'Y' | '1' => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::extension::ReasonCode;

    fn lines(text: &[u8]) -> Vec<Line> {
        IndexReader::new(text).map(Result::unwrap).collect()
    }

    const VALID: &str = "V\t261221191122Z\t\t01\tunknown\t/CN=a";

    #[test]
    fn rows_are_read_with_their_line_numbers() {
        let text = format!("# made by hand\n{VALID}\r\n\n{}\n{VALID}", VALID.replace("V\t", "E\t"));
        let found = lines(text.as_bytes());
        let numbers: Vec<u64> = found.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 4, 5]);
        let rows: Vec<Row> = found.into_iter().map(|(_, row)| row.unwrap()).collect();
        assert_eq!((rows[0].status, rows[1].status), (Status::Valid, Status::Expired));
        assert_eq!(rows[0], rows[2]);
        assert_eq!(rows[0].not_after.as_ref().unwrap().to_string(), "2026-12-21T19:11:22Z");
        assert_eq!((rows[0].serial.as_str(), rows[0].subject.as_str()), ("01", "/CN=a"));
        assert_eq!(rows[0].revocation, None);
        let time = *rows[0].not_after.as_ref().unwrap();
        assert_eq!(write(Status::Valid, time, "", "01", "/CN=a"), format!("{VALID}\n"));
    }

    #[test]
    fn a_revoked_row_says_why() {
        let found = lines(b"R\t261221191122Z\t261121191122Z,keyCompromise\t02\tunknown\t/CN=a");
        let row = found[0].1.as_ref().unwrap();
        let said = row.revocation.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(said.revocation.reason, Some(ReasonCode::KeyCompromise));
    }

    #[test]
    fn tabs_and_backslashes_in_columns_are_kept() {
        let found = lines(b"V\t261221191122Z\t\t01\tunknown\t/CN=a\\\tb\\c");
        assert_eq!(found[0].1.as_ref().unwrap().subject, "/CN=a\tb\\c");
        let time = "2026-12-21T19:11:22Z".parse().unwrap();
        let written = write(Status::Valid, time, "", "01", "/CN=a\tb\\c\n");
        assert_eq!(lines(written.as_bytes())[0].1.as_ref().unwrap().subject, "/CN=a\tb\\c ");
    }

    #[test]
    fn broken_lines_are_named_and_the_rest_is_read() {
        let text = format!("garbage\nX{VALID}\nV\t1\t2\n\u{0}\n{VALID}\n");
        let mut octets = text.into_bytes();
        octets.splice(0..0, *b"\xff\xfe\n");
        let found: Vec<String> = lines(&octets)
            .into_iter()
            .map(|(_, row)| row.map_or_else(|error| error.to_string(), |_| "row".to_owned()))
            .collect();
        assert_eq!(
            found,
            [
                "octets that are not text",
                "1 columns between tabs, wanted 6",
                "the status \"XV\", wanted V, R or E",
                "3 columns between tabs, wanted 6",
                "octets that are not text",
                "row"
            ]
        );
    }

    #[test]
    fn a_line_without_end_is_counted_and_not_held() {
        use std::io::Read as _;
        let long = 40 * u64::try_from(LINE_OCTETS).unwrap();
        let endless = io::repeat(b'A').take(long).chain(&b"\n"[..]).chain(VALID.as_bytes());
        let mut reader = IndexReader::new(io::BufReader::new(endless));
        let first = reader.next_row().unwrap().unwrap();
        assert_eq!(first, (1, Err(LineError::TooLong { octets: long })));
        assert!(reader.buffer.capacity() <= 2 * LINE_OCTETS);
        assert!(reader.next_row().unwrap().unwrap().1.is_ok());
        assert_eq!(reader.next_row().unwrap(), None);
    }

    #[test]
    fn unique_subject_is_as_openssl_reads_it() {
        assert_eq!(unique_subject("unique_subject = no\n"), Some(false));
        assert_eq!(unique_subject("# x\nunique_subject=yes"), Some(true));
        assert_eq!(unique_subject(""), None);
    }
}
