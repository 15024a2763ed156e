//! A TBSCertList that is about to be signed, of which one entry at a time is in memory.
//!
//! What stands round the entries is linted as a CRL without any; every entry by the lints of entries, by the walk over its
//! encoding and by the second parser, as it passes by. What was linted is hashed in the same pass: the proof that no
//! error was found carries the digest, so that other octets can neither be reserved nor signed.

use std::fmt;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::context::CrlContext;
use super::crl_entry::{Entry, SoundLists};
use super::encoding::{self, Flaw, Flawed, Part};
use super::report::{Gate, Maker, Report};
use super::tlv::{Opening, Reader, Tlv, TlvError, tag};
use super::view::{Found, Listed, Misfit};
use super::{Body, EntryLinter, lint_with, ours, second_parser, unreadable};
use crate::x509::crl::ToBeSignedCrl;

/// How much of the entries is read at a time, in octets; the longest entry has a hundredth of it.
const WINDOW: usize = 64 * 1024;
/// The most serial numbers that are named as standing twice.
const TWICE: usize = 20;

/// Why a CRL may not be signed.
#[derive(Debug, thiserror::Error)]
pub enum CrlLintError {
    /// A finding is an error.
    #[error("a rule is broken")]
    Report {
        /// Every finding.
        #[source]
        report: Report,
        /// SHA-256 over the octets that were to be signed.
        sha256: [u8; 32],
    },
    /// The octets could not be read.
    #[error("what is to be signed cannot be read")]
    Read(#[from] io::Error),
}

/// A TBSCertList in which linting found no error. Only this room makes one; what is signed later must have its digest.
pub struct LintedCrl {
    tbs: ToBeSignedCrl,
    outline: Vec<u8>,
    sha256: [u8; 32],
    digest: Option<Vec<u8>>,
    report: Report,
}

impl LintedCrl {
    /// The octets that get signed.
    #[must_use]
    pub fn tbs(&self) -> &ToBeSignedCrl {
        &self.tbs
    }

    /// The DER of the same TBSCertList without its entries.
    #[must_use]
    pub fn outline(&self) -> &[u8] {
        &self.outline
    }

    /// SHA-256 over the octets that were linted: what a person compares before they are signed.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Their digest by the algorithm of the signature; none where that takes none.
    #[must_use]
    pub fn digest(&self) -> Option<&[u8]> {
        self.digest.as_deref()
    }

    /// What was found: warnings and notices.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Debug for LintedCrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LintedCrl({}, {} findings)", hex::encode(self.sha256), self.report.findings.len())
    }
}

/// Lints a TBSCertList that is about to be signed.
///
/// # Errors
/// [`CrlLintError::Report`], with every finding, when one of them is an error; [`CrlLintError::Read`].
pub fn crl(tbs: ToBeSignedCrl, context: &CrlContext) -> Result<LintedCrl, CrlLintError> {
    let mut hashes = Hashes {
        sha256: Sha256::new(),
        other: tbs.algorithm().digest().filter(|digest| digest.octets() != 32).map(|digest| digest.hasher()),
    };
    hashes.update(tbs.head());
    let outline = Outline::of(tbs.head(), tbs.tail(), tbs.entries().octets());
    let octets = outline.as_ref().map(|outline| outline.octets.clone()).unwrap_or_default();
    let read = outline
        .and_then(|outline| Ok((outline, ours(&octets, Some(tbs.algorithm().identifier_der()), context)?)));
    let gate = Gate { maker: Maker::Ours, standards: &context.standards };
    let report = match read {
        Ok((outline, (view, mut crl))) => {
            let mut flaws = outline.flaws;
            let mut listed = Listed { is_empty: outline.is_empty, ..Listed::default() };
            let head = u64::try_from(tbs.head().len()).unwrap_or(u64::MAX);
            let (entries, read) = EntryLinter::run(&crl, gate, |linter| {
                let mut pass = Pass {
                    linter,
                    listed: &mut listed,
                    flaws: &mut flaws,
                    sound: SoundLists::default(),
                    offset: head,
                    earlier: Vec::new(),
                    newer: Vec::new(),
                };
                pass.each(tbs.entries().read(), &mut hashes)
            });
            read?;
            crl.listed = Some(listed);
            lint_with(&view, &Body::Crl(crl), (flaws, entries), gate)
        }
        Err(misfit) => {
            let mut rest = tbs.entries().read();
            hashes.rest(&mut rest)?;
            unreadable(&[], misfit, gate)
        }
    };
    hashes.update(tbs.tail());
    let sha256: [u8; 32] = hashes.sha256.finalize().into();
    if report.has_errors() {
        return Err(CrlLintError::Report { report, sha256 });
    }
    let digest = match (tbs.algorithm().digest(), hashes.other) {
        (None, _) => None,
        (Some(_), Some(other)) => Some(other.finish()),
        (Some(_), None) => Some(sha256.to_vec()),
    };
    Ok(LintedCrl { tbs, outline: octets, sha256, digest, report })
}

/// The digests that are made in one pass.
struct Hashes {
    sha256: Sha256,
    /// By the algorithm of the signature, where that is not SHA-256.
    other: Option<crate::x509::algorithm::Hasher>,
}

impl Hashes {
    fn update(&mut self, octets: &[u8]) {
        self.sha256.update(octets);
        if let Some(other) = &mut self.other {
            other.update(octets);
        }
    }

    fn rest(&mut self, reader: &mut dyn Read) -> io::Result<()> {
        let mut window = vec![0; WINDOW];
        loop {
            match reader.read(&mut window) {
                Ok(0) => return Ok(()),
                Ok(octets) => self.update(window.get(..octets).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// What stands round the entries, put together as if there were none.
struct Outline {
    octets: Vec<u8>,
    flaws: Vec<Flawed>,
    /// Whether there is a list of no entries.
    is_empty: bool,
}

impl Outline {
    /// Takes apart what comes before and after `entries` octets of entries.
    fn of(head: &[u8], tail: &[u8], entries: u64) -> Result<Self, Misfit> {
        let place = "TBSCertList";
        let wanted = "a SEQUENCE of the length that it says";
        let misfit = |found| Misfit { place, found, wanted };
        let unreadable = |error: TlvError| misfit(Found::Unreadable(error));
        let opening = Opening::read(head).map_err(unreadable)?;
        let octets = |slice: &[u8]| u64::try_from(slice.len()).unwrap_or(u64::MAX);
        let inside = head.get(opening.header..).unwrap_or_default();
        let whole = octets(inside).saturating_add(entries).saturating_add(octets(tail));
        if opening.tag != tag::SEQUENCE || opening.contents != whole {
            return Err(misfit(Found::Unreadable(TlvError::Truncated)));
        }
        let mut flaws = Vec::new();
        let mut note = |opening: Opening, at: usize| {
            if !opening.minimal {
                let place = format!("the whole, octet {at}");
                flaws.push(Flawed { flaw: Flaw::Length, place, found: "a longer length".to_owned() });
            }
        };
        note(opening, 0);
        // The fields before the list, and the header of that, of which the contents lie elsewhere.
        let mut fields = Reader::new(inside);
        let mut list = None;
        let mut seen = 0_u32;
        while !fields.is_finished() {
            let left = fields.left();
            let next = Opening::read(left).map_err(unreadable)?;
            let begun = list.is_none() && next.tag == tag::SEQUENCE && seen >= 2 && left.len() == next.header;
            if begun {
                let at = head.len().saturating_sub(left.len());
                note(next, at);
                list = Some((next, at));
                break;
            }
            seen = seen.saturating_add(u32::from(fields.next().map_err(unreadable)?.tag == tag::SEQUENCE));
        }
        if list.map_or(0, |(list, _)| list.contents) != entries {
            return Err(misfit(Found::Unreadable(TlvError::Truncated)));
        }
        let end = list.map_or(head.len(), |(_, at)| at);
        let before = head.get(opening.header..end).unwrap_or_default();
        for (part, start) in [
            (before, octets(head).saturating_sub(octets(inside))),
            (tail, octets(head).saturating_add(entries)),
        ] {
            let mut values = Reader::new(part);
            while !values.is_finished() {
                let offset = start.saturating_add(octets(part).saturating_sub(octets(values.left())));
                let value = values.next().map_err(unreadable)?;
                let part = Part { offset, depth: 1 };
                encoding::walk_part(value.whole, part, &|| "the whole".to_owned(), &mut flaws);
            }
        }
        let header = crate::x509::crl::header(tag::SEQUENCE, octets(before).saturating_add(octets(tail)));
        Ok(Self {
            octets: [&header, before, tail].concat(),
            flaws,
            is_empty: list.is_some_and(|(list, _)| list.contents == 0),
        })
    }
}

/// One pass over the entries.
struct Pass<'p, 'r> {
    linter: &'p mut EntryLinter<'r>,
    listed: &'p mut Listed,
    flaws: &'p mut Vec<Flawed>,
    sound: SoundLists,
    /// Where in the whole the next entry begins.
    offset: u64,
    /// The serial number of the entry before it; nothing before the first.
    earlier: Vec<u8>,
    /// Room for that of the entry at hand.
    newer: Vec<u8>,
}

impl Pass<'_, '_> {
    /// Looks at every entry. Nothing follows one that cannot be read; what is left is hashed all the same.
    fn each(&mut self, mut reader: Box<dyn Read + '_>, hashes: &mut Hashes) -> io::Result<()> {
        let mut window = vec![0; WINDOW];
        let mut held: usize = 0;
        loop {
            let room = window.get_mut(held..).unwrap_or_default();
            let read = match reader.read(room) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hashes.update(window.get(held..held.saturating_add(read)).unwrap_or_default());
            held = held.saturating_add(read);
            let octets = window.get(..held).unwrap_or_default();
            let mut left = Reader::new(octets);
            while !left.is_finished() {
                match left.next() {
                    Ok(value) => {
                        if !self.entry(&value) {
                            return hashes.rest(&mut reader);
                        }
                    }
                    // The rest of it has not been read yet.
                    Err(TlvError::Truncated) if read > 0 && left.left().len() < WINDOW => break,
                    Err(error) => {
                        self.misfit(Found::Unreadable(error));
                        return hashes.rest(&mut reader);
                    }
                }
            }
            let rest = held.saturating_sub(left.left().len());
            window.copy_within(rest..held, 0);
            held = held.saturating_sub(rest);
            if read == 0 {
                return Ok(());
            }
        }
    }

    fn misfit(&mut self, found: Found) {
        let misfit = Misfit { place: "revokedCertificates", found, wanted: "a SEQUENCE" };
        self.linter.entry(&Err(misfit), true);
    }

    /// Looks at one entry; whether it could be read.
    fn entry(&mut self, whole: &Tlv<'_>) -> bool {
        if whole.tag != tag::SEQUENCE {
            self.misfit(Found::Tag(whole.tag));
            return false;
        }
        let earlier = Some(self.earlier.as_slice()).filter(|serial| !serial.is_empty());
        let entry = Entry::read(whole, earlier, &self.sound);
        let known = entry.as_ref().is_ok_and(|entry| self.sound.find(entry.list).is_some());
        let nothing_found = self.linter.entry(&entry, !known);
        let Ok(entry) = entry else { return false };
        let minimal = whole.minimal && entry.serial.minimal && entry.date.minimal;
        let mut sound = true;
        if !known || !minimal || !encoding::is_minimal_integer(entry.serial.contents) {
            let before = self.flaws.len();
            let part = Part { offset: self.offset, depth: 2 };
            encoding::walk_part(whole.whole, part, &|| "the whole".to_owned(), self.flaws);
            sound = self.flaws.len() == before;
        }
        match second_parser::entry_again(&entry, whole.whole, known) {
            Ok(true) => {}
            Ok(false) => {
                self.listed.not_again = self.listed.not_again.saturating_add(1);
                sound = false;
            }
            Err(error) => {
                self.listed.refused.get_or_insert_with(|| error.to_string());
                sound = false;
            }
        }
        if sound && nothing_found && !known {
            self.sound.add(&entry);
        }
        // In a list that is in order, and one that is not is refused, equal numbers stand beside each other.
        if earlier == Some(entry.serial.contents) && self.listed.twice.len() < TWICE {
            self.listed.twice.push(entry.serial.contents.to_vec());
        }
        self.newer.clear();
        self.newer.extend_from_slice(entry.serial.contents);
        std::mem::swap(&mut self.earlier, &mut self.newer);
        self.offset = self.offset.saturating_add(u64::try_from(whole.whole.len()).unwrap_or(u64::MAX));
        true
    }
}
