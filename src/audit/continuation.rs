//! The proof that a log continues an earlier one, as a file: what a witness is sent (C2SP tlog-witness,
//! `add-checkpoint`).

use super::checkpoint::Checkpoint;
use super::fingerprint::Fingerprint;
use super::note::Note;
use super::proof::verify_consistency;
use super::tlog_proof::{ProofFileError, hashes, number, put_hashes, split};

/// A checkpoint, and the hashes that show that its log begins with an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// How many entries the earlier log had.
    pub old: u64,
    /// The hashes.
    pub path: Vec<Fingerprint>,
    /// The later checkpoint, with the signatures that it has.
    pub note: Note,
}

impl Continuation {
    /// The whole file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        put_hashes(&mut text, &self.path);
        text.push('\n');
        text.push_str(&self.note.to_text());
        text
    }

    /// Whether octets are meant to be such a file.
    #[must_use]
    pub fn begins(octets: &[u8]) -> bool {
        octets.starts_with(b"old ")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ProofFileError`] says what is not as the specification has it.
    pub fn parse(octets: &[u8]) -> Result<Self, ProofFileError> {
        let text = std::str::from_utf8(octets).map_err(|_| ProofFileError::Form("not UTF-8"))?;
        let (lines, checkpoint) = split(text)?;
        let mut lines = lines.split('\n');
        let old = number(lines.next().and_then(|line| line.strip_prefix("old ")));
        let old = old.ok_or(ProofFileError::Form("its first line is not the size of the earlier log"))?;
        Ok(Self { old, path: hashes(lines)?, note: Note::parse(checkpoint.as_bytes())? })
    }

    /// Verifies that the log of the checkpoint, which is given back, begins with the one of `old`.
    ///
    /// # Errors
    /// [`ProofFileError`] when it is not shown.
    pub fn verify(&self, old: &Checkpoint) -> Result<Checkpoint, ProofFileError> {
        let new = Checkpoint::parse(&self.note.text)?;
        if new.origin != old.origin {
            return Err(ProofFileError::Form("its log is another one than that of the earlier checkpoint"));
        }
        if self.old != old.size {
            return Err(ProofFileError::Form(
                "it begins at another size than that of the earlier checkpoint",
            ));
        }
        verify_consistency((old.size, &old.root), (new.size, &new.root), &self.path)?;
        Ok(new)
    }
}

#[cfg(test)]
#[expect(clippy::as_conversions, reason = "sizes and places in tests are small")]
mod tests {
    use super::super::proof::consistency;
    use super::super::tree::tests::{Plain, leaves, plain};
    use super::*;

    fn made() -> (Checkpoint, Continuation) {
        let all = leaves(11);
        let checkpoint = |size: usize| Checkpoint {
            origin: "keyrite.log/test".to_owned(),
            size: size as u64,
            root: plain(&all[..size]),
        };
        let note = Note { text: checkpoint(11).text(), signatures: Vec::new() };
        let Ok(path) = consistency(&mut Plain(all.clone()), 6, 11);
        (checkpoint(6), Continuation { old: 6, path, note })
    }

    #[test]
    fn a_continuation_reads_back_and_verifies() {
        let (old, continuation) = made();
        let text = continuation.to_text();
        assert!(Continuation::begins(text.as_bytes()) && text.starts_with("old 6\n"), "{text}");
        assert_eq!(Continuation::parse(text.as_bytes()).as_ref(), Ok(&continuation));
        assert_eq!(continuation.verify(&old).unwrap().size, 11);
    }

    #[test]
    fn a_fork_and_another_log_are_seen() {
        let (old, continuation) = made();
        let mut forked = old.clone();
        forked.root.0[0] ^= 1;
        let other = Checkpoint { origin: "keyrite.log/other".to_owned(), ..old.clone() };
        let sooner = Checkpoint { size: 5, ..old };
        for earlier in [forked, other, sooner] {
            assert!(continuation.verify(&earlier).is_err(), "{earlier:?}");
        }
    }

    /// The example of the specification reads; what it is an example of is not at hand.
    #[test]
    fn the_form_is_that_of_the_specification() {
        let text = "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\nexample.com/behind-the-sofa\n20852163\n\
                    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa \
                    Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
        let read = Continuation::parse(text.as_bytes()).unwrap();
        assert_eq!((read.old, read.path.len(), read.note.signatures.len()), (20_852_014, 1, 1));
        assert_eq!(read.to_text(), text);
        assert!(Continuation::parse(text.replace("old 2", "old 02").as_bytes()).is_err());
    }
}
