//! A CRL read from its first octet to its last, of which one entry at a time is in memory.

use std::io::{self, Read};

use der::asn1::BitStringRef;
use der::{Decode, Encode};

use super::seal::{CrlMessage, MESSAGE_OCTETS};
use super::{CrlError, RevokedCertificate, TbsCertList, header};
use crate::x509::algorithm::{Hasher, SignatureAlgorithm, UnsupportedSignature};
use crate::x509::certificate::SignedByError;
use crate::x509::extension::{self, CrlNumber, Extension, RawExtension, Value};
use crate::x509::limits::{self, LimitError};
use crate::x509::name::Name;
use crate::x509::pem::PemError;
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;

/// How much is read at a time, in octets.
const WINDOW: usize = 64 * 1024;
/// The longest version and signature field that is read: what comes before them is not hashed yet.
const SHORT: usize = 4 * 1024;
/// The longest other field, and the longest entry.
const FIELD: usize = 1024 * 1024;

/// Why a CRL was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum CrlReadError {
    /// It is not as RFC 5280 has it.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// It could not be read.
    #[error("the CRL cannot be read")]
    Io(#[source] io::Error),
}

impl From<io::Error> for CrlReadError {
    /// What a [`Decoder`](crate::x509::pem_decoder::Decoder) refuses is the fault of the text.
    fn from(error: io::Error) -> Self {
        error.downcast::<PemError>().map_or_else(Self::Io, |error| Self::Crl(error.into()))
    }
}

impl From<der::Error> for CrlReadError {
    fn from(error: der::Error) -> Self {
        Self::Crl(error.into())
    }
}

fn structure(text: impl Into<String>) -> CrlReadError {
    CrlError::Structure(text.into()).into()
}

/// A CRL of which the entries come one by one.
#[derive(Debug)]
pub struct CrlReader<R> {
    window: Window<R>,
    /// What the contents of the CRL still have, after the part to be signed.
    after: u64,
    /// What the part to be signed still has after the list.
    rest: u64,
    /// What the list still has.
    list: u64,
    /// The fields before the list.
    before: Vec<u8>,
    /// The AlgorithmIdentifier inside.
    algorithm: Vec<u8>,
    last: Option<RevokedCertificate>,
    entries: u64,
    ascending: bool,
}

/// A CRL that was read to its end: everything but its entries.
#[derive(Clone, Debug)]
pub struct CrlEnd {
    issuer: Name,
    this_update: Time,
    next_update: Option<Time>,
    extensions: Vec<Extension>,
    algorithm: Vec<u8>,
    message: Option<CrlMessage>,
    signature: Vec<u8>,
    entries: u64,
    ascending: bool,
}

impl<R: Read> CrlReader<R> {
    /// Reads the DER of a CRL up to its first entry.
    ///
    /// # Errors
    /// [`CrlReadError`] says what is not as RFC 5280 has it, or why nothing can be read.
    pub fn new(reader: R) -> Result<Self, CrlReadError> {
        let mut window = Window::new(reader);
        let after = window.sequence("a CRL")?;
        let mut fields = Left(window.begin_signed("TBSCertList")?);
        let after = after.checked_sub(window.signed()).and_then(|left| left.checked_sub(fields.0));
        let after = after.ok_or_else(|| structure("TBSCertList is longer than the CRL"))?;
        let mut before = Vec::new();
        if window.tag()? == Some(0x02) {
            before.extend(fields.take(window.value(SHORT)?)?);
        }
        let algorithm = fields.take(window.value(SHORT)?)?.to_vec();
        window.hash_by(SignatureAlgorithm::from_identifier_der(&algorithm).ok());
        before.extend(&algorithm);
        before.extend(fields.take(window.value(FIELD)?)?);
        before.extend(fields.take(window.value(FIELD)?)?);
        if fields.0 > 0 && matches!(window.tag()?, Some(0x17 | 0x18)) {
            before.extend(fields.take(window.value(FIELD)?)?);
        }
        let mut list = 0;
        if fields.0 > 0 && window.tag()? == Some(0x30) {
            let (octets, header) = window.header()?;
            let whole = header.checked_add(octets).and_then(|whole| fields.0.checked_sub(whole));
            fields.0 = whole.ok_or_else(|| structure("revokedCertificates is longer than TBSCertList"))?;
            list = octets;
        }
        Ok(Self {
            window,
            after,
            rest: fields.0,
            list,
            before,
            algorithm,
            last: None,
            entries: 0,
            ascending: true,
        })
    }

    /// The next entry; none after the last one.
    ///
    /// # Errors
    /// As [`CrlReader::new`].
    pub fn next_entry(&mut self) -> Result<Option<RevokedCertificate>, CrlReadError> {
        if self.list == 0 {
            return Ok(None);
        }
        let mut list = Left(self.list);
        let entry = RevokedCertificate::from_der(list.take(self.window.value(FIELD)?)?)?;
        self.list = list.0;
        let ascends = self.last.as_ref().is_none_or(|last| last.serial.cmp_as_number(&entry.serial).is_le());
        self.ascending &= ascends;
        self.entries = self.entries.saturating_add(1);
        self.last = Some(entry.clone());
        Ok(Some(entry))
    }

    /// Every entry that is left.
    pub fn entries(&mut self) -> impl Iterator<Item = Result<RevokedCertificate, CrlReadError>> {
        std::iter::from_fn(|| self.next_entry().transpose())
    }

    /// Goes over every entry that is left without looking at any, for the sake of the signature. They are not counted.
    ///
    /// # Errors
    /// As [`CrlReader::new`].
    pub fn skip_entries(&mut self) -> Result<(), CrlReadError> {
        while self.list > 0 {
            let wanted = usize::try_from(self.list).unwrap_or(WINDOW).min(WINDOW);
            let skipped = self.window.skip(wanted)?;
            self.list = self.list.saturating_sub(skipped);
        }
        Ok(())
    }

    /// Reads what is left.
    ///
    /// # Errors
    /// As [`CrlReader::new`].
    pub fn finish(mut self) -> Result<CrlEnd, CrlReadError> {
        while self.next_entry()?.is_some() {}
        let mut outline = self.before;
        let mut rest = Left(self.rest);
        if rest.0 > 0 {
            outline.extend(rest.take(self.window.value(FIELD)?)?);
        }
        if rest.0 > 0 {
            return Err(structure("TBSCertList has a field too many"));
        }
        let message = self.window.end_signed()?;
        let mut after = Left(self.after);
        let algorithm = after.take(self.window.value(FIELD)?)?.to_vec();
        let bits = after.take(self.window.value(FIELD)?)?;
        let signature = BitStringRef::from_der(bits)?
            .as_bytes()
            .ok_or_else(|| structure("signatureValue has unused bits"))?
            .to_vec();
        if after.0 > 0 || self.window.tag()?.is_some() {
            return Err(structure("octets after the signature"));
        }
        let length = u64::try_from(outline.len()).unwrap_or(u64::MAX);
        let outline = [header(0x30, length), outline].concat();
        limits::bound(&outline, outline.len()).map_err(CrlError::from)?;
        let tbs = TbsCertList::from_der(&outline)?;
        if let Some(found) = tbs.version.filter(|version| *version != 1) {
            return Err(CrlError::Version { found }.into());
        }
        let extensions = tbs.raw_extensions()?;
        if let Some(oid) = extension::repeated(&extensions) {
            return Err(CrlError::DuplicateExtension { oid }.into());
        }
        if self.algorithm != algorithm {
            return Err(CrlError::TwoAlgorithms.into());
        }
        let time = |time| Time::from_x509(time).map_err(CrlError::from);
        Ok(CrlEnd {
            issuer: Name::from_der(&tbs.issuer.to_der()?)?,
            this_update: time(tbs.this_update)?,
            next_update: tbs.next_update.map(time).transpose()?,
            extensions: extensions.iter().map(RawExtension::read).collect(),
            algorithm,
            message,
            signature,
            entries: self.entries,
            ascending: self.ascending,
        })
    }
}

impl CrlEnd {
    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// thisUpdate.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.this_update
    }

    /// nextUpdate.
    #[must_use]
    pub fn next_update(&self) -> Option<Time> {
        self.next_update
    }

    /// The CRL extensions in their order.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// cRLNumber, if it is there and fits.
    #[must_use]
    pub fn number(&self) -> Option<CrlNumber> {
        self.extensions.iter().find_map(|extension| {
            if let Value::CrlNumber(number) = extension.value { Some(number) } else { None }
        })
    }

    /// How many entries there were.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Whether no serial number was smaller than the one before it.
    #[must_use]
    pub fn is_ascending(&self) -> bool {
        self.ascending
    }

    /// The algorithm by which it was signed.
    ///
    /// # Errors
    /// [`UnsupportedSignature`] when it is not one that keyrite offers.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, UnsupportedSignature> {
        SignatureAlgorithm::from_identifier_der(&self.algorithm)
    }

    /// Verifies the CRL's signature under a public key, by two implementations.
    ///
    /// # Errors
    /// [`SignedByError`] when the algorithm is not offered or the signature does not verify.
    pub fn verify_signed_by(&self, key: &PublicKey) -> Result<(), SignedByError> {
        let algorithm = self.signature_algorithm()?;
        // Without a message there is no algorithm either.
        let whole = CrlMessage::Whole(Vec::new());
        Ok(self.message.as_ref().unwrap_or(&whole).verify(key, algorithm, &self.signature)?)
    }
}

/// How much of something is left.
struct Left(u64);

impl Left {
    fn take<'a>(&mut self, value: &'a [u8]) -> Result<&'a [u8], CrlReadError> {
        let octets = u64::try_from(value.len()).unwrap_or(u64::MAX);
        self.0 = self
            .0
            .checked_sub(octets)
            .ok_or_else(|| structure("a value that is longer than what it is in"))?;
        Ok(value)
    }
}

/// What is hashed of the part to be signed.
#[derive(Debug)]
enum Signed {
    /// Nothing: it is not read yet, or not any more.
    Outside,
    /// It has begun here, and how is not known yet.
    Unknown,
    Hashed(Hasher),
    /// The octets themselves, where they are signed without a digest.
    Kept(Vec<u8>),
    /// By an algorithm that is not offered.
    Unsupported,
}

/// The octets at hand.
#[derive(Debug)]
struct Window<R> {
    reader: R,
    buffer: Vec<u8>,
    /// What was given away of the buffer.
    at: usize,
    /// What is in the buffer.
    end: usize,
    /// What is hashed already of the buffer.
    hashed: usize,
    signed: Signed,
    /// The header of the part to be signed.
    opened: u64,
}

impl<R: Read> Window<R> {
    fn new(reader: R) -> Self {
        let buffer = vec![0; WINDOW];
        Self { reader, buffer, at: 0, end: 0, hashed: 0, signed: Signed::Outside, opened: 0 }
    }

    /// Makes `wanted` octets available, as far as there are so many.
    fn fill(&mut self, wanted: usize) -> Result<&[u8], CrlReadError> {
        if self.end.saturating_sub(self.at) < wanted && self.at.saturating_add(wanted) > self.buffer.len() {
            self.hash()?;
            self.buffer.copy_within(self.at..self.end, 0);
            self.end = self.end.saturating_sub(self.at);
            (self.at, self.hashed) = (0, 0);
            if wanted > self.buffer.len() {
                self.buffer.resize(wanted, 0);
            }
        }
        while self.end.saturating_sub(self.at) < wanted {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.reader.read(room) {
                Ok(0) => break,
                Ok(octets) => self.end = self.end.saturating_add(octets),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let end = self.end.min(self.at.saturating_add(wanted));
        Ok(self.buffer.get(self.at..end).unwrap_or_default())
    }

    /// Hashes what was given away.
    fn hash(&mut self) -> Result<(), CrlReadError> {
        let octets = self.buffer.get(self.hashed..self.at).unwrap_or_default();
        match &mut self.signed {
            Signed::Outside | Signed::Unknown | Signed::Unsupported => {}
            Signed::Hashed(hasher) => hasher.update(octets),
            Signed::Kept(message) => {
                let found = message.len().saturating_add(octets.len());
                if found > MESSAGE_OCTETS {
                    return Err(CrlError::from(LimitError::Size { found, most: MESSAGE_OCTETS }).into());
                }
                message.extend(octets);
            }
        }
        self.hashed = self.at;
        Ok(())
    }

    /// The identifier octet of what comes next; none at the end.
    fn tag(&mut self) -> Result<Option<u8>, CrlReadError> {
        Ok(self.fill(1)?.first().copied())
    }

    /// The length of the next value, and the octets of its header.
    fn look(&mut self) -> Result<(u64, usize), CrlReadError> {
        let octets = self.fill(10)?;
        match octets {
            [_, short @ 0..=0x7f, ..] => Ok((u64::from(*short), 2)),
            [_, 0x81..=0x88, ..] => {
                let count = octets.get(1).map_or(0, |first| usize::from(first & 0x7f));
                let header = count.saturating_add(2);
                let length = octets.get(2..header).ok_or_else(|| structure("it is cut off"))?;
                let value = length.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
                if length.first() == Some(&0) || value < 0x80 {
                    return Err(structure("a length that is not as short as can be"));
                }
                Ok((value, header))
            }
            [_, _, ..] => Err(structure("a length that is indefinite or beyond all measure")),
            [_] | [] => Err(structure("it is cut off")),
        }
    }

    /// Reads a header: the length of the contents, and its own.
    fn header(&mut self) -> Result<(u64, u64), CrlReadError> {
        let (octets, header) = self.look()?;
        self.at = self.at.saturating_add(header);
        Ok((octets, u64::try_from(header).unwrap_or(u64::MAX)))
    }

    fn sequence(&mut self, what: &str) -> Result<u64, CrlReadError> {
        match self.tag()? {
            Some(0x30) => Ok(self.header()?.0),
            Some(_) | None => Err(structure(format!("{what} that is no SEQUENCE"))),
        }
    }

    /// Reads the header of what was signed, which is a part of it.
    fn begin_signed(&mut self, what: &str) -> Result<u64, CrlReadError> {
        self.hash()?;
        self.signed = Signed::Unknown;
        let start = self.at;
        let octets = self.sequence(what)?;
        self.opened = u64::try_from(self.at.saturating_sub(start)).unwrap_or(u64::MAX);
        Ok(octets)
    }

    const fn signed(&self) -> u64 {
        self.opened
    }

    /// Says how it was signed. Nothing of it has left the buffer so far: it begins with two short fields.
    fn hash_by(&mut self, algorithm: Option<SignatureAlgorithm>) {
        self.signed = match algorithm.map(SignatureAlgorithm::digest) {
            Some(Some(digest)) => Signed::Hashed(digest.hasher()),
            Some(None) => Signed::Kept(Vec::new()),
            None => Signed::Unsupported,
        };
    }

    /// Ends what was signed: its message, where the algorithm is offered.
    fn end_signed(&mut self) -> Result<Option<CrlMessage>, CrlReadError> {
        self.hash()?;
        Ok(match std::mem::replace(&mut self.signed, Signed::Outside) {
            Signed::Hashed(hasher) => Some(CrlMessage::Digest(hasher.finish())),
            Signed::Kept(message) => Some(CrlMessage::Whole(message)),
            Signed::Outside | Signed::Unknown | Signed::Unsupported => None,
        })
    }

    /// Goes over octets.
    fn skip(&mut self, wanted: usize) -> Result<u64, CrlReadError> {
        if self.fill(wanted)?.len() < wanted {
            return Err(structure("it is cut off"));
        }
        self.at = self.at.saturating_add(wanted);
        Ok(u64::try_from(wanted).unwrap_or(u64::MAX))
    }

    /// The next value with its header.
    fn value(&mut self, most: usize) -> Result<&[u8], CrlReadError> {
        let (octets, header) = self.look()?;
        let whole = usize::try_from(octets).ok().and_then(|octets| octets.checked_add(header));
        let whole = whole.filter(|whole| *whole <= most).ok_or_else(|| {
            let found = usize::try_from(octets).unwrap_or(usize::MAX);
            CrlReadError::Crl(LimitError::Size { found, most }.into())
        })?;
        if self.fill(whole)?.len() < whole {
            return Err(structure("it is cut off"));
        }
        let start = self.at;
        self.at = self.at.saturating_add(whole);
        Ok(self.buffer.get(start..self.at).unwrap_or_default())
    }
}
