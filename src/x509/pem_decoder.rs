//! The DER of one object that comes in parts: in PEM (RFC 7468), or as it is.
//!
//! The same forms are read as by [`pem::one`], of which at most a line's worth is in memory.

use std::io::{self, BufRead, Chain, Cursor, Read};

use base64ct::{Base64, Encoding};

use super::pem::{self, PemError};

/// The longest piece of a line that is looked at in one go, in octets; base64 may be all on one line.
const PIECE: u64 = 64 * 1024;

/// A reader of the DER of exactly one object. Its errors hold a [`PemError`] where the text is to blame.
#[derive(Debug)]
pub struct Decoder<R> {
    reader: Chain<Cursor<Vec<u8>>, R>,
    labels: &'static [&'static str],
    state: State,
    /// Whether what comes next goes on with a line.
    within_line: bool,
    /// base64 that is not decoded yet: fewer than four characters between two pieces.
    text: String,
    /// Whether padding was met, after which a block has nothing.
    padded: bool,
    /// What was decoded, and how much of it was given away.
    der: Vec<u8>,
    at: usize,
}

/// How far a [`Decoder`] is.
#[derive(Debug)]
enum State {
    /// It is DER already.
    Der,
    /// Before the first block.
    Before,
    /// In the first block, which has this label.
    Inside(String),
    /// After it, and after the beginnings of so many others.
    After(usize),
    /// At the end of the input.
    End,
}

impl<R: BufRead> Decoder<R> {
    /// Begins to read an object in DER, or in a PEM block under one of `labels`.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn new(mut reader: R, labels: &'static [&'static str]) -> io::Result<Self> {
        let mut first = Vec::with_capacity(2);
        reader.by_ref().take(2).read_to_end(&mut first)?;
        let state = if pem::is_der(&first) { State::Der } else { State::Before };
        Ok(Self {
            reader: Cursor::new(first).chain(reader),
            labels,
            state,
            within_line: false,
            text: String::new(),
            padded: false,
            der: Vec::new(),
            at: 0,
        })
    }

    /// Decodes more; nothing more at the end.
    fn fill(&mut self) -> io::Result<()> {
        self.der.clear();
        self.at = 0;
        while self.der.is_empty() && !matches!(self.state, State::End) {
            let mut piece = Vec::new();
            self.reader.by_ref().take(PIECE).read_until(b'\n', &mut piece)?;
            if piece.is_empty() {
                self.end()?;
                continue;
            }
            let begins_line = !self.within_line;
            self.within_line = piece.last() != Some(&b'\n');
            let text = String::from_utf8_lossy(&piece);
            let line = text.trim_start_matches('\u{feff}').trim();
            let label = |start| if begins_line { pem::boundary(line, start) } else { None };
            match (label("-----BEGIN "), label("-----END ")) {
                (Some(label), _) => self.open(label)?,
                (None, Some(label)) => self.close(label)?,
                (None, None) => self.base64(line)?,
            }
        }
        Ok(())
    }

    fn open(&mut self, label: &str) -> io::Result<()> {
        self.state = match std::mem::replace(&mut self.state, State::End) {
            State::Before if self.labels.contains(&label) => State::Inside(label.to_owned()),
            State::Before => {
                let (found, wanted) = (label.to_owned(), self.labels.join(" or "));
                return Err(refused(PemError::Label { found, wanted }));
            }
            State::Inside(label) => return Err(refused(PemError::NotClosed { label })),
            State::After(others) => State::After(others.saturating_add(1)),
            state @ (State::Der | State::End) => state,
        };
        Ok(())
    }

    fn close(&mut self, label: &str) -> io::Result<()> {
        let State::Inside(opened) = &self.state else { return Ok(()) };
        if opened != label {
            return Err(refused(PemError::NotClosed { label: opened.clone() }));
        }
        self.decode(self.text.len())?;
        self.state = State::After(0);
        Ok(())
    }

    /// Takes in a piece of a block.
    fn base64(&mut self, line: &str) -> io::Result<()> {
        if matches!(self.state, State::Inside(_)) {
            self.text.extend(line.chars().filter(|c| !c.is_ascii_whitespace()));
            let whole = self.text.len().saturating_sub(self.text.len() % 4);
            self.decode(whole)?;
        }
        Ok(())
    }

    /// Decodes so many octets of the text.
    fn decode(&mut self, octets: usize) -> io::Result<()> {
        if octets == 0 {
            return Ok(());
        }
        let decoded = match self.text.split_at_checked(octets) {
            Some((whole, rest)) if !self.padded => {
                self.padded = whole.ends_with('=');
                Base64::decode_vec(whole).ok().map(|der| (der, rest.to_owned()))
            }
            Some(_) | None => None,
        };
        let Some((der, rest)) = decoded else {
            let label = if let State::Inside(label) = &self.state { label.clone() } else { String::new() };
            return Err(refused(PemError::Base64 { label }));
        };
        self.der.extend(der);
        self.text = rest;
        Ok(())
    }

    /// The input has nothing more.
    fn end(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.state, State::End) {
            State::Before => Err(refused(PemError::NoBlock)),
            State::Inside(label) => Err(refused(PemError::NotClosed { label })),
            State::After(others) if others > 0 => {
                Err(refused(PemError::Several { count: others.saturating_add(1) }))
            }
            State::After(_) | State::Der | State::End => Ok(()),
        }
    }
}

fn refused(error: PemError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.state, State::Der) {
            return self.reader.read(buffer);
        }
        if self.at == self.der.len() {
            self.fill()?;
        }
        let left = self.der.get(self.at..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(room), Some(given)) = (buffer.get_mut(..count), left.get(..count)) {
            room.copy_from_slice(given);
        }
        self.at = self.at.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    const LABELS: &[&str] = &["X509 CRL", "CRL"];

    /// What comes out when so many octets are read at a time.
    fn decoded(input: &[u8], at_a_time: usize) -> Result<Vec<u8>, PemError> {
        let mut der = Vec::new();
        let reader = BufReader::with_capacity(at_a_time, input);
        match Decoder::new(reader, LABELS).unwrap().read_to_end(&mut der) {
            Ok(_) => Ok(der),
            Err(error) => Err(error.downcast().unwrap()),
        }
    }

    #[test]
    fn in_parts_the_same_is_read_as_at_once() {
        let block = |length: u32| {
            let der: Vec<u8> = (0..length).map(|number| number.to_be_bytes()[3]).collect();
            pem::encode("X509 CRL", &der)
        };
        let long = block(200_000);
        let forms = [
            block(0),
            block(1),
            block(47),
            block(48),
            block(50),
            long.clone(),
            long.replace('\n', "\r\n"),
            format!("\u{feff}A CRL:\n  with words\n  {}\n\n", long.replace('\n', "\n  ")),
            long.replace("X509 CRL", "CRL"),
            // All of it on one line.
            format!(
                "-----BEGIN CRL-----\n{}\n-----END CRL-----",
                long.lines().filter(|line| !line.starts_with('-')).collect::<String>()
            ),
            long.replace('B', "*"),
            long.replace("-----END X509 CRL", "-----END CRL"),
            block(50).replace('=', ""),
            // Something after the padding.
            block(49).replace("==\n", "==\nAAAA\n"),
            long.replace('\n', "\n-----BEGIN X509 CRL-----\n"),
            format!("{long}{}{}", block(3), block(4)),
            "words".to_owned(),
            String::new(),
            "0".to_owned(),
        ];
        for form in forms {
            for at_a_time in [1, 7, 64, 4096, 1 << 20] {
                let expected = pem::one(form.as_bytes(), LABELS);
                let excerpt: String = form.chars().take(60).collect();
                assert!(decoded(form.as_bytes(), at_a_time) == expected, "{excerpt:?} {at_a_time}");
            }
        }
    }

    #[test]
    fn der_is_given_as_it_is() {
        let der = [0x30, 0x82, 0x01, 0x00, b'\n', 0xff];
        for at_a_time in [1, 2, 3, 100] {
            assert_eq!(decoded(&der, at_a_time), Ok(der.to_vec()));
        }
    }

    /// What ends a block is taken for base64 where it is not written right: then that is what is told.
    #[test]
    fn a_block_that_is_not_closed_is_refused() {
        let block = pem::encode("CRL", &[0x30; 100]);
        let cut = block.split_once("-----END").map(|(before, _)| before).unwrap();
        assert_eq!(decoded(cut.as_bytes(), 64), Err(PemError::NotClosed { label: "CRL".to_owned() }));
        let misspelt = block.replace("-----END", "-----ENDE");
        assert_eq!(decoded(misspelt.as_bytes(), 64), Err(PemError::Base64 { label: "CRL".to_owned() }));
    }

    #[test]
    fn another_object_is_named_with_what_was_wanted() {
        let error = decoded(pem::encode("CERTIFICATE", &[0x30, 0]).as_bytes(), 100).unwrap_err();
        assert_eq!(error.to_string(), "PEM block \"CERTIFICATE\", wanted X509 CRL or CRL");
    }
}
