//! PEM (RFC 7468): read as people send it, written as the standard has it.

use std::io::{self, Read};

use base64ct::{Base64, Encoding};

use super::excerpt::Excerpt;

/// One PEM block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What stands after `BEGIN`.
    pub label: String,
    /// The decoded contents.
    pub der: Vec<u8>,
}

/// Why text is not the PEM that was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// Neither DER nor a PEM block.
    #[error("neither DER nor PEM: no -----BEGIN line was found")]
    NoBlock,
    /// A block that is not closed by its own label.
    #[error("PEM block {} is not closed by its -----END line", Excerpt(label))]
    NotClosed {
        /// The label of the block.
        label: String,
    },
    /// Contents that are not base64.
    #[error("PEM block {} is not base64", Excerpt(label))]
    Base64 {
        /// The label of the block.
        label: String,
    },
    /// Another kind of object.
    #[error("PEM block {}, wanted {wanted}", Excerpt(found))]
    Label {
        /// The label that was found.
        found: String,
        /// The labels that were wanted.
        wanted: String,
    },
    /// More blocks than one.
    #[error("{count} PEM blocks, wanted exactly one")]
    Several {
        /// How many there are.
        count: usize,
    },
}

/// The DER of an input that holds exactly one object, as DER or as PEM under one of `labels`.
///
/// # Errors
/// [`PemError`] when it is neither, is broken, or holds something else or more than one block.
pub fn one(input: &[u8], labels: &[&str]) -> Result<Vec<u8>, PemError> {
    if is_der(input) {
        return Ok(input.to_vec());
    }
    let mut blocks = blocks(input)?;
    match (blocks.pop(), blocks.len()) {
        (Some(block), 0) => wanted(block, labels),
        (_, others) => Err(PemError::Several { count: others.saturating_add(1) }),
    }
}

/// The DER of every object of an input: one in DER, or any number of PEM blocks under one of `labels`.
///
/// # Errors
/// As [`one`], but any number of blocks is right.
pub fn all(input: &[u8], labels: &[&str]) -> Result<Vec<Vec<u8>>, PemError> {
    if is_der(input) {
        return Ok(vec![input.to_vec()]);
    }
    blocks(input)?.into_iter().map(|block| wanted(block, labels)).collect()
}

/// Writes a block: 64 characters a line, LF.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// One block made of DER that comes in parts, as [`encode`] makes it of a whole.
#[derive(Debug)]
pub struct Encoder<R> {
    label: &'static str,
    der: R,
    /// Text that is made and not given away, and how much of it was.
    text: Vec<u8>,
    at: usize,
    state: State,
}

/// How far an [`Encoder`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Before,
    Inside,
    After,
}

/// How many lines an [`Encoder`] makes at a time; a line has 48 octets in 64 characters.
const LINES: u64 = 1000;

impl<R: Read> Encoder<R> {
    /// Begins a block.
    pub const fn new(label: &'static str, der: R) -> Self {
        Self { label, der, text: Vec::new(), at: 0, state: State::Before }
    }

    /// Makes more text; none at the end.
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.at = 0;
        match self.state {
            State::Before => {
                self.text.extend(format!("-----BEGIN {}-----\n", self.label).into_bytes());
                self.state = State::Inside;
            }
            State::Inside => {
                let mut octets = Vec::new();
                self.der.by_ref().take(LINES * 48).read_to_end(&mut octets)?;
                for line in octets.chunks(48) {
                    self.text.extend(Base64::encode_string(line).into_bytes());
                    self.text.push(b'\n');
                }
                if octets.is_empty() {
                    self.text.extend(format!("-----END {}-----\n", self.label).into_bytes());
                    self.state = State::After;
                }
            }
            State::After => {}
        }
        Ok(())
    }
}

impl<R: Read> Read for Encoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            self.fill()?;
        }
        let left = self.text.get(self.at..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(room), Some(given)) = (buffer.get_mut(..count), left.get(..count)) {
            room.copy_from_slice(given);
        }
        self.at = self.at.saturating_add(count);
        Ok(count)
    }
}

/// All PEM blocks of an input. Text before, between and after blocks is passed over, as are blanks, a
/// byte order mark, CR LF, and base64 lines of any length: all of these are met in practice.
///
/// # Errors
/// [`PemError`] when there is no block or one of them is broken.
pub fn blocks(input: &[u8]) -> Result<Vec<Block>, PemError> {
    let text = String::from_utf8_lossy(input);
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(|line| line.trim_start_matches('\u{feff}').trim()) {
        if let Some(label) = boundary(line, "-----BEGIN ") {
            if let Some((label, _)) = open {
                return Err(PemError::NotClosed { label });
            }
            open = Some((label.to_owned(), String::new()));
        } else if let Some(label) = boundary(line, "-----END ") {
            match open.take() {
                Some((opened, body)) if opened == label => {
                    let der =
                        Base64::decode_vec(&body).map_err(|_| PemError::Base64 { label: opened.clone() })?;
                    found.push(Block { label: opened, der });
                }
                Some((opened, _)) => return Err(PemError::NotClosed { label: opened }),
                None => {}
            }
        } else if let Some((_, body)) = &mut open {
            if line.bytes().any(|octet| octet.is_ascii_whitespace()) {
                body.extend(line.chars().filter(|c| !c.is_ascii_whitespace()));
            } else {
                body.push_str(line);
            }
        }
    }
    match open {
        Some((label, _)) => Err(PemError::NotClosed { label }),
        None if found.is_empty() => Err(PemError::NoBlock),
        None => Ok(found),
    }
}

pub(super) fn boundary<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_suffix("-----")
}

fn wanted(block: Block, labels: &[&str]) -> Result<Vec<u8>, PemError> {
    if labels.contains(&block.label.as_str()) {
        Ok(block.der)
    } else {
        Err(PemError::Label { found: block.label, wanted: labels.join(" or ") })
    }
}

/// Every object that is read here is a SEQUENCE, and no text begins with that octet and a length.
pub(super) fn is_der(input: &[u8]) -> bool {
    matches!(input, [0x30, second, ..] if *second >= 0x80 || !second.is_ascii_graphic())
        || matches!(input, [0x30, ..] if !input.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_made_in_parts_is_the_block_made_at_once() {
        for length in [0, 1, 47, 48, 49, 96, 48_000, 48_001, 100_000] {
            let der: Vec<u8> = (0_u32..length).map(|number| number.to_be_bytes()[3]).collect();
            let mut text = String::new();
            Encoder::new("X509 CRL", der.as_slice()).read_to_string(&mut text).unwrap();
            assert!(text == encode("X509 CRL", &der), "{length}");
        }
    }

    const LABELS: &[&str] = &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

    #[test]
    fn what_is_written_reads_back() {
        let der: Vec<u8> = (0..=255).collect();
        let text = encode("CERTIFICATE", &der);
        assert!(text.lines().all(|line| line.len() <= 64));
        assert_eq!(one(text.as_bytes(), &["CERTIFICATE"]), Ok(der));
    }

    #[test]
    fn the_forms_that_people_send_are_read() {
        let body = "MAMC\nAQE=";
        let forms = [
            format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----"),
            format!(
                "-----BEGIN NEW CERTIFICATE REQUEST-----\r\n{body}\r\n-----END NEW CERTIFICATE REQUEST-----\r\n"
            ),
            format!(
                "\u{feff}-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n\n\n"
            ),
            "  -----BEGIN CERTIFICATE REQUEST-----\n  MAMCAQE=\n  -----END CERTIFICATE REQUEST-----\n"
                .to_owned(),
            format!(
                "Certificate Request:\n  Data\n-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n"
            ),
        ];
        for form in forms {
            assert_eq!(one(form.as_bytes(), LABELS).as_deref(), Ok(&[0x30, 3, 2, 1, 1][..]), "{form}");
        }
    }

    #[test]
    fn broken_and_foreign_blocks_are_named() {
        let text = encode("CERTIFICATE", &[0x30, 0]);
        assert!(matches!(one(text.as_bytes(), LABELS), Err(PemError::Label { .. })));
        let twice = format!("{text}{text}");
        assert_eq!(one(twice.as_bytes(), &["CERTIFICATE"]), Err(PemError::Several { count: 2 }));
        assert_eq!(all(twice.as_bytes(), &["CERTIFICATE"]).map(|all| all.len()), Ok(2));
        assert_eq!(one(b"hello", LABELS), Err(PemError::NoBlock));
        let open = text.replace("-----END", "-----ENDE");
        assert!(matches!(
            one(open.as_bytes(), LABELS),
            Err(PemError::NotClosed { .. } | PemError::Base64 { .. })
        ));
        let bad = text.replace("MAA=", "M*A=");
        assert!(matches!(one(bad.as_bytes(), &["CERTIFICATE"]), Err(PemError::Base64 { .. })));
    }
}
