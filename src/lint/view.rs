//! The parts of a certificate, CRL or request as they stand in its octets, read once for all lints.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::context::{Expected, IssuerFacts};
use super::extension_view::ExtensionView;
use super::tlv::{Reader, Tlv, TlvError, tag};
use crate::x509::extension::{CrlNumber, oid};
use crate::x509::spki::{PublicKey, SpkiError};
use crate::x509::time::Time;

/// What all three kinds share.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The octets to be signed.
    pub(super) tbs: &'a [u8],
    /// The AlgorithmIdentifier inside; requests have none.
    pub(super) inner_algorithm: Option<&'a [u8]>,
    /// The AlgorithmIdentifier outside: of the file, or by which the octets will be signed.
    pub(super) outer_algorithm: Option<&'a [u8]>,
    /// The issuer field; requests have none.
    pub(super) issuer: Option<&'a [u8]>,
    /// The subject field; CRLs have none.
    pub(super) subject: Option<&'a [u8]>,
    /// The SubjectPublicKeyInfo; CRLs have none.
    pub(super) spki: Option<&'a [u8]>,
    /// The extensions as they stand; none when the field is absent.
    pub(super) extensions: Option<Vec<ExtensionView<'a>>>,
    /// What is known about who signs.
    pub(super) authority: Authority<'a>,
    /// The time of signing, for octets that are about to be signed.
    pub(super) now: Option<i64>,
    /// The subject's key as the reader of keys sees it, once a lint has asked for it.
    pub(super) read_key: OnceCell<Option<Result<PublicKey, SpkiError>>>,
}

impl View<'_> {
    /// The subject's key as the reader of keys sees it; nothing where there is none.
    pub(super) fn subject_key(&self) -> Option<Result<&PublicKey, &SpkiError>> {
        let read = || self.spki.map(PublicKey::from_spki_der);
        self.read_key.get_or_init(read).as_ref().map(Result::as_ref)
    }
}

/// What is known about who signs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Authority<'a> {
    /// The subject itself.
    Itself,
    /// A CA whose certificate is at hand.
    Known(&'a IssuerFacts),
    /// Nothing.
    Unknown,
}

/// What only certificates have.
#[derive(Debug)]
pub(super) struct CertificateView<'a> {
    /// The contents of the version field with its tag; none when it is absent.
    pub(super) version: Option<Tlv<'a>>,
    pub(super) serial: Tlv<'a>,
    pub(super) not_before: Tlv<'a>,
    pub(super) not_after: Tlv<'a>,
    pub(super) issuer_unique_id: Option<Tlv<'a>>,
    pub(super) subject_unique_id: Option<Tlv<'a>>,
    pub(super) expected: Option<&'a Expected>,
}

/// What only CRLs have.
#[derive(Debug)]
pub(super) struct CrlView<'a> {
    pub(super) version: Option<Tlv<'a>>,
    pub(super) this_update: Tlv<'a>,
    pub(super) next_update: Option<Tlv<'a>>,
    /// The contents of revokedCertificates; none when the field is absent.
    pub(super) revoked: Option<&'a [u8]>,
    /// What was seen of the entries one by one, where they are not in [`CrlView::revoked`].
    pub(super) listed: Option<Listed>,
    /// Whether it has a deltaCRLIndicator.
    pub(super) is_delta: bool,
    pub(super) previous: Option<(CrlNumber, Time)>,
    pub(super) longest: Option<i64>,
    /// The contents of the serial numbers of CAs.
    pub(super) ca_serials: BTreeSet<&'a [u8]>,
    pub(super) distribution_points: &'a [String],
}

/// What was seen of the entries of a CRL while they passed by.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Whether there is a list, and nothing in it.
    pub(super) is_empty: bool,
    /// The serial numbers that stand twice, one after the other.
    pub(super) twice: Vec<Vec<u8>>,
    /// The entries that the second parser does not write as they stand, and why it refuses one.
    pub(super) not_again: u64,
    pub(super) refused: Option<String>,
}

/// What only requests have.
#[derive(Debug)]
pub(super) struct RequestView<'a> {
    pub(super) version: Tlv<'a>,
    /// The contents of the attributes; none when the field is absent.
    pub(super) attributes: Option<&'a [u8]>,
}

/// Why octets are not the structure that they ought to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Where.
    pub(super) place: &'static str,
    /// What is there.
    pub(super) found: Found,
    /// What ought to be there.
    pub(super) wanted: &'static str,
}

/// What stands where something else ought to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No value that can be read.
    Unreadable(TlvError),
    /// A value of another type.
    Tag(u8),
    /// Nothing.
    End,
    /// Octets after the last field, of this number.
    More(usize),
}

impl Found {
    pub(super) fn text(self) -> String {
        match self {
            Self::Unreadable(error) => error.found().to_owned(),
            Self::Tag(tag) => format!("a value with tag 0x{tag:02x}"),
            Self::End => "the end".to_owned(),
            Self::More(octets) => format!("{octets} octets more"),
        }
    }
}

/// The fields of one SEQUENCE, taken one by one.
pub(super) struct Fields<'a> {
    reader: Reader<'a>,
}

impl<'a> Fields<'a> {
    pub(super) const fn of(contents: &'a [u8]) -> Self {
        Self { reader: Reader::new(contents) }
    }

    /// The one SEQUENCE that is the whole of `octets`.
    pub(super) fn of_sequence(octets: &'a [u8], place: &'static str) -> Result<Self, Misfit> {
        let mut outside = Self::of(octets);
        let sequence = outside.take(tag::SEQUENCE, place, "a SEQUENCE")?;
        outside.end(place)?;
        Ok(Self::of(sequence.contents))
    }

    pub(super) fn is_finished(&self) -> bool {
        self.reader.is_finished()
    }

    pub(super) fn any(&mut self, place: &'static str, wanted: &'static str) -> Result<Tlv<'a>, Misfit> {
        if self.reader.is_finished() {
            return Err(Misfit { place, found: Found::End, wanted });
        }
        self.reader.next().map_err(|error| Misfit { place, found: Found::Unreadable(error), wanted })
    }

    pub(super) fn take(
        &mut self,
        tag: u8,
        place: &'static str,
        wanted: &'static str,
    ) -> Result<Tlv<'a>, Misfit> {
        let tlv = self.any(place, wanted)?;
        if tlv.tag == tag { Ok(tlv) } else { Err(Misfit { place, found: Found::Tag(tlv.tag), wanted }) }
    }

    pub(super) fn optional(&mut self, tag: u8, place: &'static str) -> Result<Option<Tlv<'a>>, Misfit> {
        self.reader.optional(tag).map_err(|error| Misfit {
            place,
            found: Found::Unreadable(error),
            wanted: "a value",
        })
    }

    /// A UTCTime or GeneralizedTime.
    pub(super) fn time(&mut self, place: &'static str) -> Result<Tlv<'a>, Misfit> {
        let wanted = "a UTCTime or GeneralizedTime";
        let tlv = self.any(place, wanted)?;
        match tlv.tag {
            tag::UTC_TIME | tag::GENERALIZED_TIME => Ok(tlv),
            other => Err(Misfit { place, found: Found::Tag(other), wanted }),
        }
    }

    fn optional_time(&mut self, place: &'static str) -> Result<Option<Tlv<'a>>, Misfit> {
        match self.reader.left().first() {
            Some(&(tag::UTC_TIME | tag::GENERALIZED_TIME)) => self.time(place).map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn end(&self, place: &'static str) -> Result<(), Misfit> {
        match self.reader.left().len() {
            0 => Ok(()),
            octets => Err(Misfit { place, found: Found::More(octets), wanted: "no further field" }),
        }
    }
}

/// The three parts of a SIGNED{} object: the octets signed, and the outer AlgorithmIdentifier.
pub(super) fn split_signed(octets: &[u8]) -> Result<(&[u8], &[u8]), Misfit> {
    let mut fields = Fields::of_sequence(octets, "the whole")?;
    let tbs = fields.take(tag::SEQUENCE, "the part to be signed", "a SEQUENCE")?;
    let algorithm = fields.take(tag::SEQUENCE, "signatureAlgorithm", "a SEQUENCE")?;
    fields.take(tag::BIT_STRING, "signatureValue", "a BIT STRING")?;
    fields.end("the whole")?;
    Ok((tbs.whole, algorithm.whole))
}

/// Takes the extensions out of their EXPLICIT tag.
fn extensions<'a>(field: Option<Tlv<'a>>) -> Result<Option<Vec<ExtensionView<'a>>>, Misfit> {
    let Some(field) = field else { return Ok(None) };
    ExtensionView::list(field.contents).map(Some)
}

/// Reads a TBSCertificate (RFC 5280 s.4.1).
pub(super) fn certificate(tbs: &[u8]) -> Result<(View<'_>, CertificateView<'_>), Misfit> {
    let mut fields = Fields::of_sequence(tbs, "TBSCertificate")?;
    let version = match fields.optional(tag::constructed(0), "version")? {
        None => None,
        Some(field) => {
            let mut inside = Fields::of(field.contents);
            let number = inside.take(tag::INTEGER, "version", "an INTEGER")?;
            inside.end("version")?;
            Some(number)
        }
    };
    let serial = fields.take(tag::INTEGER, "serialNumber", "an INTEGER")?;
    let algorithm = fields.take(tag::SEQUENCE, "signature", "a SEQUENCE")?;
    let issuer = fields.take(tag::SEQUENCE, "issuer", "a SEQUENCE")?;
    let validity = fields.take(tag::SEQUENCE, "validity", "a SEQUENCE")?;
    let mut both = Fields::of(validity.contents);
    let not_before = both.time("validity.notBefore")?;
    let not_after = both.time("validity.notAfter")?;
    both.end("validity")?;
    let subject = fields.take(tag::SEQUENCE, "subject", "a SEQUENCE")?;
    let spki = fields.take(tag::SEQUENCE, "subjectPublicKeyInfo", "a SEQUENCE")?;
    let issuer_unique_id = fields.optional(tag::primitive(1), "issuerUniqueID")?;
    let subject_unique_id = fields.optional(tag::primitive(2), "subjectUniqueID")?;
    let field = fields.optional(tag::constructed(3), "extensions")?;
    fields.end("TBSCertificate")?;
    let view = View {
        tbs,
        inner_algorithm: Some(algorithm.whole),
        outer_algorithm: None,
        issuer: Some(issuer.whole),
        subject: Some(subject.whole),
        spki: Some(spki.whole),
        extensions: extensions(field)?,
        authority: Authority::Unknown,
        now: None,
        read_key: OnceCell::new(),
    };
    let certificate = CertificateView {
        version,
        serial,
        not_before,
        not_after,
        issuer_unique_id,
        subject_unique_id,
        expected: None,
    };
    Ok((view, certificate))
}

/// Reads a TBSCertList (RFC 5280 s.5.1).
pub(super) fn crl(tbs: &[u8]) -> Result<(View<'_>, CrlView<'_>), Misfit> {
    let mut fields = Fields::of_sequence(tbs, "TBSCertList")?;
    let version = fields.optional(tag::INTEGER, "version")?;
    let algorithm = fields.take(tag::SEQUENCE, "signature", "a SEQUENCE")?;
    let issuer = fields.take(tag::SEQUENCE, "issuer", "a SEQUENCE")?;
    let this_update = fields.time("thisUpdate")?;
    let next_update = fields.optional_time("nextUpdate")?;
    let revoked = fields.optional(tag::SEQUENCE, "revokedCertificates")?;
    let field = fields.optional(tag::constructed(0), "crlExtensions")?;
    fields.end("TBSCertList")?;
    let view = View {
        tbs,
        inner_algorithm: Some(algorithm.whole),
        outer_algorithm: None,
        issuer: Some(issuer.whole),
        subject: None,
        spki: None,
        extensions: extensions(field)?,
        authority: Authority::Unknown,
        now: None,
        read_key: OnceCell::new(),
    };
    let crl = CrlView {
        version,
        this_update,
        next_update,
        revoked: revoked.map(|list| list.contents),
        listed: None,
        is_delta: view.extension(oid::DELTA_CRL_INDICATOR).is_some(),
        previous: None,
        longest: None,
        ca_serials: BTreeSet::new(),
        distribution_points: &[],
    };
    Ok((view, crl))
}

/// Reads a CertificationRequestInfo (RFC 2986 s.4.1). The extensions are the requested ones.
pub(super) fn request(tbs: &[u8]) -> Result<(View<'_>, RequestView<'_>), Misfit> {
    let mut fields = Fields::of_sequence(tbs, "CertificationRequestInfo")?;
    let version = fields.take(tag::INTEGER, "version", "an INTEGER")?;
    let subject = fields.take(tag::SEQUENCE, "subject", "a SEQUENCE")?;
    let spki = fields.take(tag::SEQUENCE, "subjectPKInfo", "a SEQUENCE")?;
    let attributes = fields.optional(tag::constructed(0), "attributes")?.map(|field| field.contents);
    fields.end("CertificationRequestInfo")?;
    let view = View {
        tbs,
        inner_algorithm: None,
        outer_algorithm: None,
        issuer: None,
        subject: Some(subject.whole),
        spki: Some(spki.whole),
        extensions: super::request::requested(attributes)?,
        authority: Authority::Itself,
        now: None,
        read_key: OnceCell::new(),
    };
    Ok((view, RequestView { version, attributes }))
}
