//! The plain fields of a CRL and its number (rules L01 to L05).

use super::catalogue::{Lint, Run};
use super::crl_entry::entries;
use super::extension_value::crl_number;
use super::instant::{self, Instant};
use super::report::{Faults, Severity, hexed};
use super::tlv::Tlv;
use super::validity::shown;
use super::view::{CrlView, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "L01-version",
        Severity::Error,
        "RFC 5280 s.5.1.2.1, BR 7.2.1",
        "version is v2 (1)",
        Run::Crl(version),
    ),
    Lint::new(
        "L02-time-form",
        Severity::Error,
        "RFC 5280 s.5.1.2.4, s.5.1.2.5",
        "times are YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ: seconds present, no fraction, no offset",
        Run::Crl(|_, crl, faults| each(crl, faults, instant::form)),
    ),
    Lint::new(
        "L02-generalized-time-before-2050",
        Severity::Error,
        "RFC 5280 s.5.1.2.4, s.5.1.2.5",
        "times through 2049 are UTCTime",
        Run::Crl(|_, crl, faults| each(crl, faults, instant::too_early)),
    ),
    Lint::new(
        "L02-utc-time-after-2049",
        Severity::Error,
        "RFC 5280 s.5.1.2.4, s.5.1.2.5",
        "times from 2050 are GeneralizedTime",
        Run::Crl(|_, crl, faults| each(crl, faults, instant::wrapped)),
    ),
    Lint::new(
        "L02-next-update-missing",
        Severity::Error,
        "RFC 5280 s.5.1.2.5",
        "nextUpdate is there",
        Run::Crl(next_update_missing),
    ),
    Lint::new(
        "L02-next-update-order",
        Severity::Error,
        "RFC 5280 s.5.1.2.5",
        "nextUpdate is after thisUpdate",
        Run::Crl(next_update_order),
    ),
    Lint::new(
        "L02-this-update-future",
        Severity::Error,
        "RFC 5280 s.5.1.2.4",
        "thisUpdate is not after the time of signing",
        Run::Crl(this_update_future),
    ),
    Lint::new(
        "L02-this-update-before-previous",
        Severity::Error,
        "RFC 5280 s.5.2.3",
        "thisUpdate is not before the one of the previous CRL",
        Run::Crl(this_update_before_previous),
    ),
    Lint::new(
        "L03-too-long",
        Severity::Error,
        "BR 4.9.7, 7.2",
        "from thisUpdate to nextUpdate, both ends counted, are at most the seconds that are allowed",
        Run::Crl(too_long),
    ),
    Lint::new(
        "L04-number-missing",
        Severity::Error,
        "RFC 5280 s.5.2.3",
        "cRLNumber is there",
        Run::Crl(number_missing),
    ),
    Lint::new(
        "L04-number-critical",
        Severity::Error,
        "RFC 5280 s.5.2.3",
        "cRLNumber is not critical",
        Run::Crl(number_critical),
    ),
    Lint::new(
        "L04-number-range",
        Severity::Error,
        "RFC 5280 s.5.2.3",
        "cRLNumber is 0 or more and has at most 20 octets",
        Run::Crl(number_range),
    ),
    Lint::new(
        "L04-number-not-greater",
        Severity::Error,
        "RFC 5280 s.5.2.3",
        "cRLNumber is greater than every one that was signed before",
        Run::Crl(number_not_greater),
    ),
    Lint::new(
        "L05-revoked-empty",
        Severity::Error,
        "RFC 5280 s.5.1.2.6",
        "revokedCertificates is left out when nothing is revoked",
        Run::Crl(revoked_empty),
    ),
    Lint::new(
        "L05-entry-twice",
        Severity::Error,
        "RFC 5280 s.5.1.2.6, s.5.3",
        "no serial number stands twice",
        Run::Crl(entry_twice),
    ),
];

fn version(_: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    match crl.version {
        None => faults.push("version", "nothing, which means v1", "v2 (1)"),
        Some(version) if version.contents != [1] => faults.push("version", hexed(version.contents), "v2 (1)"),
        Some(_) => {}
    }
}

fn each(crl: &CrlView<'_>, faults: &mut Faults<'_>, look: fn(&str, &Tlv<'_>, &mut Faults<'_>)) {
    look("thisUpdate", &crl.this_update, faults);
    if let Some(next_update) = &crl.next_update {
        look("nextUpdate", next_update, faults);
    }
}

fn next_update_missing(_: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if crl.next_update.is_none() {
        faults.push("nextUpdate", "nothing", "the time by which the next CRL is issued");
    }
}

/// thisUpdate and nextUpdate.
fn window(crl: &CrlView<'_>) -> Option<(i64, i64)> {
    Some((Instant::of(&crl.this_update)?, Instant::of(crl.next_update.as_ref()?)?))
}

fn next_update_order(_: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let Some((this, next)) = window(crl)
        && next <= this
    {
        faults.push("nextUpdate", shown(next), format!("after thisUpdate, {}", shown(this)));
    }
}

fn this_update_future(view: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let (Some(this), Some(now)) = (Instant::of(&crl.this_update), view.now)
        && this > now
    {
        faults.push("thisUpdate", shown(this), format!("not after the time of signing, {}", shown(now)));
    }
}

fn this_update_before_previous(_: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let (Some(this), Some((_, previous))) = (Instant::of(&crl.this_update), crl.previous)
        && this < previous.to_unix()
    {
        faults.push("thisUpdate", shown(this), format!("not before the previous CRL's, {previous}"));
    }
}

fn too_long(_: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let (Some((this, next)), Some(most)) = (window(crl), crl.longest)
        && let seconds = next.saturating_sub(this).saturating_add(1)
        && seconds > most
    {
        faults.push("nextUpdate", format!("{seconds} s, both ends counted"), format!("at most {most} s"));
    }
}

fn number_missing(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::CRL_NUMBER).is_none() {
        faults.push("crlExtensions", "no cRLNumber", "it");
    }
}

fn number_critical(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::CRL_NUMBER).is_some_and(|extension| extension.is_critical()) {
        faults.push("cRLNumber", "critical", "not critical");
    }
}

fn number<'a>(view: &View<'a>) -> Option<&'a [u8]> {
    crl_number(view.extension(oid::CRL_NUMBER)?.value).ok()
}

fn number_range(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let Some(number) = number(view)
        && (number.len() > 20 || number.first().is_none_or(|first| *first > 0x7f))
    {
        faults.push("cRLNumber", hexed(number), "0 or more, in at most 20 octets");
    }
}

fn number_not_greater(view: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    let (Some(number), Some((previous, _))) = (number(view), crl.previous) else { return };
    if number.first().is_none_or(|first| *first > 0x7f) {
        return;
    }
    let bare =
        |octets: &[u8]| -> Vec<u8> { octets.iter().copied().skip_while(|octet| *octet == 0).collect() };
    let (new, old) = (bare(number), bare(&previous.0.to_be_bytes()));
    if (new.len(), &new) <= (old.len(), &old) {
        faults.push("cRLNumber", hexed(number), format!("greater than {previous}"));
    }
}

fn revoked_empty(_: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if crl.revoked.is_some_and(<[u8]>::is_empty) || crl.listed.as_ref().is_some_and(|list| list.is_empty) {
        faults.push("revokedCertificates", "an empty list", "no such field");
    }
}

/// Serials are compared as numbers: shorter ones are smaller, if they are minimal and positive.
fn entry_twice(_: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    let mut twice = |serial: &[u8]| {
        faults.push("revokedCertificates", format!("serial {} once more", hexed(serial)), "it once");
    };
    if let Some(list) = &crl.listed {
        return list.twice.iter().for_each(|serial| twice(serial));
    }
    let serials = || entries(crl).map_while(Result::ok).map(|entry| entry.serial.contents);
    let ascending = |a: &[u8], b: &[u8]| (a.len(), a) < (b.len(), b);
    // A list in ascending order, as keyrite writes it, needs no second one to be sorted.
    if serials().zip(serials().skip(1)).all(|(earlier, later)| ascending(earlier, later)) {
        return;
    }
    let mut sorted: Vec<&[u8]> = serials().collect();
    sorted.sort_unstable();
    for (earlier, later) in sorted.iter().zip(sorted.iter().skip(1)) {
        if earlier == later {
            twice(later);
        }
    }
}
