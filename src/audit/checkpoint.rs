//! Checkpoints: what a log was at one size, in three lines of text (C2SP tlog-checkpoint).

use base64ct::{Base64, Encoding as _};

use super::fingerprint::Fingerprint;

/// What the origin of a log of keyrite begins with. It is no `0`, with which every DER that gets signed begins: a
/// signature over a checkpoint is none over a certificate or CRL, whatever key it is by.
const ORIGIN: &str = "keyrite.log/";
/// The longest origin that a cosignature by ML-DSA has room for, in octets (C2SP tlog-cosignature).
const LONGEST_ORIGIN: usize = 255;

/// The origin of the log whose first entry has this hash: no other home's log has it, and it never changes.
#[must_use]
pub fn origin(first: &Fingerprint) -> String {
    format!("{ORIGIN}{first}")
}

/// The size and root of a log, and which log it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: one line.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The root over them.
    pub root: Fingerprint,
}

impl Checkpoint {
    /// The text that is signed: three lines, each ended.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, Base64::encode_string(self.root.as_bytes()))
    }

    /// Reads the text of a checkpoint. Lines after the third are refused: of what they say nobody can be sure.
    ///
    /// # Errors
    /// [`CheckpointError`] says which line is not as it must be.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<&str> = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n').collect();
        let [origin, size, root] = lines.as_slice() else { return Err(CheckpointError::Lines) };
        if origin.is_empty()
            || origin.len() > LONGEST_ORIGIN
            || origin.starts_with('0')
            || origin.chars().any(char::is_control)
        {
            return Err(CheckpointError::Origin { found: (*origin).to_owned() });
        }
        let found_size = || CheckpointError::Size { found: (*size).to_owned() };
        let number: u64 = size.parse().map_err(|_| found_size())?;
        if number.to_string() != *size {
            return Err(found_size());
        }
        let found_root = || CheckpointError::Root { found: (*root).to_owned() };
        let octets = Base64::decode_vec(root).map_err(|_| found_root())?;
        let octets: [u8; 32] = octets.try_into().map_err(|_| found_root())?;
        Ok(Self { origin: (*origin).to_owned(), size: number, root: Fingerprint(octets) })
    }
}

/// Why text is not that of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Fewer lines than three, or more.
    #[error("not three lines of origin, size and root")]
    Lines,
    /// A first line that is no origin.
    #[error("{found:?} is not an origin, wanted 1 to 255 octets that do not begin with 0")]
    Origin {
        /// The line.
        found: String,
    },
    /// A second line that is no number, or not in its shortest form.
    #[error("{found:?} is not the size of a log")]
    Size {
        /// The line.
        found: String,
    },
    /// A third line that is not the base64 of 32 octets.
    #[error("{found:?} is not a root, wanted the base64 of 32 octets")]
    Root {
        /// The line.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const EXAMPLE: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_reads_and_writes() {
        let checkpoint = Checkpoint::parse(EXAMPLE).unwrap();
        assert_eq!(
            (checkpoint.origin.as_str(), checkpoint.size),
            ("example.com/behind-the-sofa", 20_852_163)
        );
        assert_eq!(checkpoint.text(), EXAMPLE);
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for text in [
            String::new(),
            format!("a\n7\n{root}"),
            format!("a\n7\n{root}\n\n"),
            format!("a\n7\n{root}\nextension\n"),
            format!("\n7\n{root}\n"),
            format!("0a\n7\n{root}\n"),
            format!("a\u{7}\n7\n{root}\n"),
            format!("{}\n7\n{root}\n", "a".repeat(256)),
            format!("a\n07\n{root}\n"),
            format!("a\n+7\n{root}\n"),
            format!("a\n-7\n{root}\n"),
            format!("a\n\n{root}\n"),
            format!("a\n7\n{}\n", &root[1..]),
            format!("a\n7\n{}\n", root.replace('=', "")),
            format!("a\r\n7\n{root}\n"),
        ] {
            assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
        }
    }

    /// No checkpoint is the beginning of a DER SEQUENCE, which is `0` in ASCII.
    #[test]
    fn no_text_of_a_checkpoint_is_der() {
        let root = Fingerprint([0x30; 32]);
        assert!(!Checkpoint { origin: origin(&root), size: 0, root }.text().starts_with('0'));
    }
}
