//! Signed notes: a text and lines of signatures under it (C2SP signed-note). What a signature is, and by which key,
//! is for others to say: here are the form, and the ids of keys.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

/// The largest note that is read, in octets: a hundred of the longest signatures.
pub const LARGEST: usize = 1 << 20;
/// The most signatures that are read of one note.
const MOST: usize = 100;
/// What a signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// A text, and what was signed under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with the end of its last line.
    pub text: String,
    /// The signatures in their order; none under a text that nobody has signed yet.
    pub signatures: Vec<NoteSignature>,
}

/// One line under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: KeyName,
    /// The id of the key, which is no proof of anything.
    pub id: [u8; 4],
    /// The signature, in the form that its kind of key has.
    pub signature: Vec<u8>,
}

impl Note {
    /// Reads a note. A text with no signature is one that ends without the empty line before them.
    ///
    /// # Errors
    /// [`NoteError`] says what is not as the specification has it.
    pub fn parse(octets: &[u8]) -> Result<Self, NoteError> {
        if octets.len() > LARGEST {
            return Err(NoteError::Large);
        }
        let whole = std::str::from_utf8(octets).map_err(|_| NoteError::Characters)?;
        if whole.chars().any(|character| character < ' ' && character != '\n') {
            return Err(NoteError::Characters);
        }
        if !whole.ends_with('\n') {
            return Err(NoteError::End);
        }
        let Some((text, lines)) = whole.rsplit_once("\n\n") else {
            return Ok(Self { text: whole.to_owned(), signatures: Vec::new() });
        };
        let lines: Vec<&str> = lines.lines().collect();
        if lines.is_empty() || lines.len() > MOST {
            return Err(NoteError::Signatures { found: lines.len() });
        }
        let signatures = lines.into_iter().map(NoteSignature::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The whole note.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut whole = self.text.clone();
        if !self.signatures.is_empty() {
            whole.push('\n');
        }
        for signature in &self.signatures {
            whole.push_str(&signature.to_string());
            whole.push('\n');
        }
        whole
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let wrong = || NoteError::Line { found: line.to_owned() };
        let (name, signature) =
            line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or_else(wrong)?;
        let octets = Base64::decode_vec(signature).map_err(|_| wrong())?;
        let (id, signature) = octets.split_first_chunk::<4>().ok_or_else(wrong)?;
        if signature.is_empty() {
            return Err(wrong());
        }
        Ok(Self { name: name.parse().map_err(|_| wrong())?, id: *id, signature: signature.to_vec() })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = [&self.id[..], &self.signature].concat();
        write!(f, "{DASH}{} {}", self.name, Base64::encode_string(&octets))
    }
}

/// The name of a key: not empty, without spaces, plus signs and control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// The longest name, in octets, that a cosignature by ML-DSA has room for.
    const LONGEST: usize = 255;

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of a key of this name: the first four octets of SHA-256 over the name, a line's end, the octet that
    /// says what kind of signature it is, and the key.
    #[must_use]
    pub fn id(&self, kind: u8, key: &[u8]) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.0.as_bytes());
        hash.update([b'\n', kind]);
        hash.update(key);
        first(&hash.finalize().into())
    }
}

/// The first four octets of a hash.
#[must_use]
pub fn first(hash: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] = *hash;
    [a, b, c, d]
}

impl std::str::FromStr for KeyName {
    type Err = KeyNameSyntax;

    fn from_str(text: &str) -> Result<Self, KeyNameSyntax> {
        let unfit = |character: char| character.is_whitespace() || character.is_control() || character == '+';
        if text.is_empty() || text.len() > Self::LONGEST || text.contains(unfit) {
            return Err(KeyNameSyntax { found: text.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that cannot name a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} cannot name a key, wanted 1 to 255 octets without spaces and +, such as example.org/witness"
)]
pub struct KeyNameSyntax {
    /// The text.
    pub found: String,
}

/// Why octets are not a note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More octets than a note has.
    #[error("larger than {LARGEST} octets")]
    Large,
    /// Not UTF-8, or with control characters.
    #[error("not UTF-8 text without control characters")]
    Characters,
    /// The last line is not ended.
    #[error("its last line is not ended")]
    End,
    /// An empty line and no signature below it, or more than are read.
    #[error("{found} signatures, wanted 1 to {MOST}")]
    Signatures {
        /// How many.
        found: usize,
    },
    /// A line that is no signature.
    #[error("{found:?} is not a signature line")]
    Line {
        /// The line.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const EXAMPLE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
                           — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    #[test]
    fn the_example_of_the_specification_reads_and_writes() {
        let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
        assert!(note.text.ends_with("\n\ned è subito sera.\n"));
        let [signature] = note.signatures.as_slice() else { panic!("{note:?}") };
        assert_eq!(signature.name.as_str(), "quasimodo.example/salvatore");
        assert_eq!((hex::encode(signature.id), signature.signature.len()), ("367ba04b".to_owned(), 64));
        assert_eq!(note.to_text(), EXAMPLE);
    }

    /// The key of Go's checksum database, as every Go program has it: sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8
    #[test]
    fn the_id_of_a_well_known_key_is_computed() {
        let octets = Base64::decode_vec("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8").unwrap();
        let name: KeyName = "sum.golang.org".parse().unwrap();
        assert_eq!(hex::encode(name.id(octets[0], &octets[1..])), "033de0ae");
    }

    #[test]
    fn a_text_without_signatures_is_a_note_of_none() {
        let note = Note::parse(b"a\n7\nb\n").unwrap();
        assert_eq!(note, Note { text: "a\n7\nb\n".to_owned(), signatures: Vec::new() });
        assert_eq!(note.to_text(), "a\n7\nb\n");
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for text in [
            "a",
            "a\n\n",
            "a\n\n\n",
            "a\r\n",
            "a\n\nb\n",
            "a\n\n- name AAAAAAA=\n",
            "a\n\n— name\n",
            "a\n\n— na+me AAAAAAA=\n",
            "a\n\n— name AAAAAA==\n",
            "a\n\n— name AAAAAAA\n",
            "a\n\n— name AAAAAAA= \n",
            "a\n\n—  AAAAAAA=\n",
        ] {
            assert!(Note::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        assert_eq!(Note::parse(b"\xff\n"), Err(NoteError::Characters));
        let many = format!("a\n\n{}", "— name AAAAAAA=\n".repeat(MOST + 1));
        assert_eq!(Note::parse(many.as_bytes()), Err(NoteError::Signatures { found: MOST + 1 }));
    }
}
