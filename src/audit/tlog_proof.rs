//! The proof that one entry is in a log, as a file (C2SP tlog-proof).

use base64ct::{Base64, Encoding as _};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::fingerprint::Fingerprint;
use super::note::{Note, NoteError};
use super::proof::{LONGEST, ProofError, verify_inclusion};
use super::tree;

/// The first line of the file.
pub(super) const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// An entry, its place, and the hashes that lead from it to the root in a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryProof {
    /// The encoding of the entry: the extra data of the file, so that nothing else is needed to read it.
    pub entry: Vec<u8>,
    /// The place of the entry, counted from 0: one less than its number.
    pub index: u64,
    /// The hashes, the entry's sibling first.
    pub path: Vec<Fingerprint>,
    /// The checkpoint, with the signatures that it has.
    pub note: Note,
}

impl EntryProof {
    /// The whole file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text =
            format!("{FIRST_LINE}\nextra {}\nindex {}\n", Base64::encode_string(&self.entry), self.index);
        put_hashes(&mut text, &self.path);
        text.push('\n');
        text.push_str(&self.note.to_text());
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ProofFileError`] says what is not as the specification has it.
    pub fn parse(octets: &[u8]) -> Result<Self, ProofFileError> {
        let text = std::str::from_utf8(octets).map_err(|_| ProofFileError::Form("not UTF-8"))?;
        let rest = text.strip_prefix(FIRST_LINE).and_then(|rest| rest.strip_prefix('\n'));
        let rest = rest.ok_or(ProofFileError::Form("its first line is not that of a proof"))?;
        let (lines, checkpoint) = split(rest)?;
        // Not `lines`, which also takes CR LF for the end of a line.
        let mut lines = lines.split('\n');
        let mut line = || lines.next().ok_or(ProofFileError::Form("lines are missing"));
        let extra = line()?.strip_prefix("extra ").and_then(|extra| Base64::decode_vec(extra).ok());
        let entry = extra.ok_or(ProofFileError::Form("it does not hold its entry"))?;
        let index = number(line()?.strip_prefix("index ")).ok_or(ProofFileError::Form("it has no index"))?;
        Ok(Self { entry, index, path: hashes(lines)?, note: Note::parse(checkpoint.as_bytes())? })
    }

    /// Verifies that the entry is in the log of the checkpoint, which is given back. Whether that is a log that
    /// anybody should believe is not said by this.
    ///
    /// # Errors
    /// [`ProofFileError`] when it is not shown.
    pub fn verify(&self) -> Result<Checkpoint, ProofFileError> {
        let checkpoint = Checkpoint::parse(&self.note.text)?;
        let leaf = tree::leaf(&self.entry);
        verify_inclusion(&leaf, self.index, checkpoint.size, &self.path, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

/// Puts hashes in base64, a line each.
pub(super) fn put_hashes(text: &mut String, hashes: &[Fingerprint]) {
    for hash in hashes {
        text.push_str(&Base64::encode_string(hash.as_bytes()));
        text.push('\n');
    }
}

/// The lines of a proof, and the checkpoint after the first empty line.
pub(super) fn split(text: &str) -> Result<(&str, &str), ProofFileError> {
    text.split_once("\n\n").ok_or(ProofFileError::Form("no empty line before the checkpoint"))
}

/// A whole number without leading zeros.
pub(super) fn number(text: Option<&str>) -> Option<u64> {
    let text = text?;
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// The hashes of lines.
pub(super) fn hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Fingerprint>, ProofFileError> {
    let mut path = Vec::new();
    for line in lines {
        let octets = Base64::decode_vec(line).ok().and_then(|octets| <[u8; 32]>::try_from(octets).ok());
        path.push(Fingerprint(octets.ok_or(ProofFileError::Form("a line is not the base64 of 32 octets"))?));
        if path.len() > LONGEST {
            return Err(ProofFileError::Form("it has more hashes than any proof"));
        }
    }
    Ok(path)
}

/// Why a file proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// It is not of the form.
    #[error("not a proof: {0}")]
    Form(&'static str),
    /// What follows the proof is not a note.
    #[error("what follows the proof is not a checkpoint")]
    Note(#[from] NoteError),
    /// The note is not of a checkpoint.
    #[error("what follows the proof is not a checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// The hashes do not show it.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

#[cfg(test)]
mod tests {
    use super::super::proof::inclusion;
    use super::super::tree::tests::{Plain, plain};
    use super::*;

    fn made() -> EntryProof {
        let entries: Vec<Vec<u8>> =
            (0..7).map(|number| format!("{{\"entry\":{number}}}").into_bytes()).collect();
        let leaves: Vec<Fingerprint> = entries.iter().map(|entry| tree::leaf(entry)).collect();
        let checkpoint = Checkpoint { origin: "keyrite.log/test".to_owned(), size: 7, root: plain(&leaves) };
        let Ok(path) = inclusion(&mut Plain(leaves), 3, 7);
        let note = Note { text: checkpoint.text(), signatures: Vec::new() };
        EntryProof { entry: entries[3].clone(), index: 3, path, note }
    }

    #[test]
    fn a_proof_reads_back_and_verifies() {
        let proof = made();
        let text = proof.to_text();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra eyJlbnRyeSI6M30=\nindex 3\n"), "{text}");
        assert_eq!(EntryProof::parse(text.as_bytes()).as_ref(), Ok(&proof));
        assert_eq!(proof.verify().unwrap().size, 7);
    }

    /// Whoever compares files by their octets compares what they say.
    #[test]
    fn a_proof_has_one_spelling() {
        let text = made().to_text();
        for (from, to) in [("=\nindex", "=\r\nindex"), ("index 3\n", "index 3\r\n"), ("index 3", "index 03")]
        {
            let other = text.replace(from, to);
            assert_ne!(other, text);
            assert!(EntryProof::parse(other.as_bytes()).is_err(), "{other:?}");
        }
    }

    /// No octet of the file can become another: what still reads is another proof, which does not verify, but for
    /// origin and size, which only a signature or a head from elsewhere vouches for: of several sizes one path may be
    /// that of a leaf up to one root.
    #[test]
    fn every_changed_octet_is_seen() {
        let text = made().to_text();
        let vouched = "keyrite.log/test\n7\n";
        let from = text.find(vouched).unwrap();
        for at in (0..text.len()).filter(|at| !(from..from + vouched.len()).contains(at)) {
            for change in [0x01, 0x02, 0x10, 0x20] {
                let mut octets = text.clone().into_bytes();
                octets[at] ^= change;
                let found = EntryProof::parse(&octets).and_then(|proof| proof.verify());
                assert!(found.is_err(), "octet {at} change {change:#x}: {found:?}");
            }
        }
    }
}
