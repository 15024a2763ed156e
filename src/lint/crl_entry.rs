//! The entries of a CRL, one by one (rules L05, L06 and L07).

use super::catalogue::{Lint, Run};
use super::certificate::is_positive;
use super::extension_view::ExtensionView;
use super::instant::{self, Instant};
use super::report::{Faults, Severity, hexed};
use super::tlv::{Reader, Tlv, tag};
use super::validity::shown;
use super::view::{CrlView, Fields, Misfit};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "L05-entry-structure",
        Severity::Error,
        "RFC 5280 s.5.1",
        "every entry is a serial number, a time, and extensions if it has some",
        Run::EntryStructure,
    ),
    Lint::new(
        "L05-order",
        Severity::Error,
        "RFC 5280 s.5.1.2.6",
        "entries stand in ascending order of their serial numbers",
        Run::Entry(order),
    )
    .house(),
    Lint::new(
        "L05-serial",
        Severity::Error,
        "RFC 5280 s.4.1.2.2, s.5.1.2.6",
        "serial numbers of entries are positive and have at most 20 octets",
        Run::Entry(serial),
    ),
    Lint::new(
        "L05-extensions-empty",
        Severity::Error,
        "RFC 5280 s.5.1",
        "the extensions of an entry are left out when there is none",
        Run::EntryExtensions(extensions_empty),
    ),
    Lint::new(
        "L05-critical-false",
        Severity::Error,
        "X.690 s.11.5",
        "critical is left out of an entry's extension when it is FALSE, its default",
        Run::EntryExtensions(critical_false),
    ),
    Lint::new(
        "L06-reason-form",
        Severity::Error,
        "RFC 5280 s.5.3.1",
        "reasonCode is an ENUMERATED of one octet",
        Run::EntryExtensions(reason_form),
    ),
    Lint::new(
        "L06-reason-unspecified",
        Severity::Error,
        "RFC 5280 s.5.3.1, BR 7.2.2",
        "reasonCode is left out instead of unspecified (0)",
        Run::EntryExtensions(reason_unspecified),
    )
    .webpki()
    .house_for_a_should(),
    Lint::new(
        "L06-reason-hold",
        Severity::Error,
        "BR 7.2.2",
        "reasonCode is not certificateHold (6)",
        Run::EntryExtensions(reason_hold),
    )
    .webpki(),
    Lint::new(
        "L06-reason-undefined",
        Severity::Error,
        "RFC 5280 s.5.3.1",
        "reasonCode is one that is defined: not 7, not above 10",
        Run::EntryExtensions(reason_undefined),
    ),
    Lint::new(
        "L06-reason-remove",
        Severity::Error,
        "RFC 5280 s.5.3.1",
        "reasonCode is not removeFromCRL (8), which is for delta CRLs only",
        Run::EntryExtensions(reason_remove),
    ),
    Lint::new(
        "L06-reason-critical",
        Severity::Error,
        "RFC 5280 s.5.3.1, s.5.3.2",
        "reasonCode and invalidityDate are not critical",
        Run::EntryExtensions(critical),
    ),
    Lint::new(
        "L06-reason-missing",
        Severity::Error,
        "BR 7.2.2",
        "the entry of a CA certificate has a reasonCode",
        Run::Entry(reason_missing),
    )
    .webpki()
    .house(),
    Lint::new(
        "L07-time-form",
        Severity::Error,
        "RFC 5280 s.5.1.2.6",
        "revocationDate is YYMMDDHHMMSSZ through 2049 and YYYYMMDDHHMMSSZ from 2050",
        Run::Entry(time_form),
    ),
    Lint::new(
        "L07-revoked-after-this-update",
        Severity::Error,
        "RFC 5280 s.5.1.2.4, s.5.1.2.6",
        "revocationDate is not after thisUpdate",
        Run::Entry(revoked_after_this_update),
    ),
    Lint::new(
        "L07-invalidity-date",
        Severity::Error,
        "RFC 5280 s.5.3.2",
        "invalidityDate is a GeneralizedTime YYYYMMDDHHMMSSZ",
        Run::EntryExtensions(invalidity_date),
    ),
];

/// One entry.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) serial: Tlv<'a>,
    /// The serial number of the entry before it.
    pub(super) earlier: Option<&'a [u8]>,
    pub(super) date: Tlv<'a>,
    /// The list of its extensions, as a whole.
    pub(super) list: Option<&'a [u8]>,
    /// The extensions; none also where nobody has asked for them.
    extensions: Option<Vec<ExtensionView<'a>>>,
    has_reason: bool,
}

impl<'a> Entry<'a> {
    /// Reads an entry; of one whose list of extensions has been found without a fault, not these.
    pub(super) fn read(
        whole: &Tlv<'a>,
        earlier: Option<&'a [u8]>,
        sound: &SoundLists,
    ) -> Result<Self, Misfit> {
        let mut fields = Fields::of_sequence(whole.whole, "revokedCertificates")?;
        let serial = fields.take(tag::INTEGER, "userCertificate", "an INTEGER")?;
        let date = fields.time("revocationDate")?;
        let list = fields.optional(tag::SEQUENCE, "crlEntryExtensions")?;
        fields.end("revokedCertificates")?;
        let list = list.map(|list| list.whole);
        let mut entry = Self { serial, earlier, date, list, extensions: None, has_reason: false };
        match sound.find(list) {
            Some(has_reason) => entry.has_reason = has_reason,
            None => {
                entry.extensions = list.map(ExtensionView::list).transpose()?;
                entry.has_reason = entry.extension(oid::REASON_CODE).is_some();
            }
        }
        Ok(entry)
    }

    fn place(&self) -> String {
        format!("entry {}", hexed(self.serial.contents))
    }

    fn each_extension(&self) -> impl Iterator<Item = &ExtensionView<'a>> {
        self.extensions.iter().flatten()
    }

    fn extension(&self, oid: der::asn1::ObjectIdentifier) -> Option<&ExtensionView<'a>> {
        self.each_extension().find(|extension| extension.is(oid))
    }

    /// The reason code, if it has the right form.
    fn reason(&self) -> Option<u8> {
        reason_of(self.extension(oid::REASON_CODE)?.value)
    }
}

/// The lists of extensions that were found without a fault. There are few forms of them: the entries of a CRL differ in
/// their serial numbers and times, and mostly in nothing else.
#[derive(Debug, Default)]
pub(super) struct SoundLists(Vec<(Vec<u8>, bool)>);

/// The most forms that are remembered: one for each reason, and some with an invalidityDate.
const FORMS: usize = 16;

impl SoundLists {
    /// Whether a list has a reasonCode, if it is one of these. No list is always one.
    pub(super) fn find(&self, list: Option<&[u8]>) -> Option<bool> {
        let Some(list) = list else { return Some(false) };
        self.0.iter().find(|(known, _)| known == list).map(|(_, has_reason)| *has_reason)
    }

    /// Takes one in, while there is room.
    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        if let Some(list) = entry.list
            && self.0.len() < FORMS
        {
            self.0.push((list.to_vec(), entry.has_reason));
        }
    }
}

/// The entries one after the other; nothing follows one that cannot be read.
pub(super) fn entries<'a>(crl: &CrlView<'a>) -> impl Iterator<Item = Result<Entry<'a>, Misfit>> + use<'a> {
    let mut members = Fields::of(crl.revoked.unwrap_or_default());
    let mut earlier = None;
    let mut stopped = false;
    std::iter::from_fn(move || {
        if stopped || members.is_finished() {
            return None;
        }
        let entry = members
            .take(tag::SEQUENCE, "revokedCertificates", "a SEQUENCE")
            .and_then(|whole| Entry::read(&whole, earlier, &SoundLists::default()));
        match &entry {
            Ok(entry) => earlier = Some(entry.serial.contents),
            Err(_) => stopped = true,
        }
        Some(entry)
    })
}

fn reason_of(value: &[u8]) -> Option<u8> {
    let mut reader = Reader::new(value);
    let code = reader.next().ok()?;
    match code.contents {
        [octet @ 0..=0x7f] if code.tag == tag::ENUMERATED && reader.is_finished() => Some(*octet),
        _ => None,
    }
}

fn order(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let serial = entry.serial.contents;
    if entry.earlier.is_some_and(|earlier| (earlier.len(), earlier) > (serial.len(), serial)) {
        let earlier = entry.earlier.unwrap_or_default();
        faults.push(entry.place(), "a smaller serial number", format!("one above {}", hexed(earlier)));
    }
}

fn serial(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let contents = entry.serial.contents;
    if !is_positive(contents) || contents.len() > 20 {
        faults.push(entry.place(), hexed(contents), "a number above 0 in at most 20 octets");
    }
}

fn extensions_empty(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if entry.extensions.as_ref().is_some_and(Vec::is_empty) {
        faults.push(entry.place(), "an empty list of extensions", "no such field");
    }
}

fn critical_false(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if entry.each_extension().any(|extension| extension.critical == Some(&[0])) {
        faults.push(entry.place(), "critical FALSE", "nothing");
    }
}

fn reason_form(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let Some(extension) = entry.extension(oid::REASON_CODE)
        && entry.reason().is_none()
    {
        faults.push(entry.place(), hexed(extension.value), "an ENUMERATED of one octet");
    }
}

fn reason_unspecified(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if entry.reason() == Some(0) {
        faults.push(entry.place(), "reasonCode unspecified (0)", "no reasonCode");
    }
}

fn reason_hold(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if entry.reason() == Some(6) {
        faults.push(entry.place(), "reasonCode certificateHold (6)", "a reason for good");
    }
}

fn reason_undefined(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let Some(code @ (7 | 11..)) = entry.reason() {
        faults.push(entry.place(), format!("reasonCode {code}"), "a reason that is defined");
    }
}

fn reason_remove(entry: &Entry<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if entry.reason() == Some(8) && !crl.is_delta {
        faults.push(entry.place(), "reasonCode removeFromCRL (8)", "a reason for revocation");
    }
}

fn critical(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    for oid in [oid::REASON_CODE, oid::INVALIDITY_DATE] {
        if let Some(extension) = entry.extension(oid).filter(|extension| extension.is_critical()) {
            faults.push(entry.place(), format!("critical {}", extension.name()), "not critical");
        }
    }
}

fn reason_missing(entry: &Entry<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if !entry.has_reason && crl.ca_serials.contains(entry.serial.contents) {
        faults.push(entry.place(), "no reasonCode", "one, since the certificate is a CA's");
    }
}

fn time_form(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if !instant::is_as_wanted(&entry.date) {
        let place = entry.place();
        instant::form(&place, &entry.date, faults);
        instant::too_early(&place, &entry.date, faults);
        instant::wrapped(&place, &entry.date, faults);
    }
}

fn revoked_after_this_update(entry: &Entry<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let (Some(revoked), Some(this)) = (Instant::of(&entry.date), Instant::of(&crl.this_update))
        && revoked > this
    {
        faults.push(entry.place(), shown(revoked), format!("not after thisUpdate, {}", shown(this)));
    }
}

fn invalidity_date(entry: &Entry<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let Some(extension) = entry.extension(oid::INVALIDITY_DATE) else { return };
    let mut reader = Reader::new(extension.value);
    let sound = reader.next().is_ok_and(|time| {
        time.tag == tag::GENERALIZED_TIME && reader.is_finished() && instant::read(&time).is_some()
    });
    if !sound {
        faults.push(entry.place(), hexed(extension.value), "a GeneralizedTime YYYYMMDDHHMMSSZ");
    }
}
