//! The validity of a certificate (rules C10 to C15).

use super::catalogue::{Lint, Run};
use super::instant::{self, Instant, NO_EXPIRATION};
use super::report::{Faults, Severity};
use super::tlv::Tlv;
use super::view::{Authority, CertificateView, View};
use crate::x509::time::Time;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "C10-time-form",
        Severity::Error,
        "RFC 5280 s.4.1.2.5.1, s.4.1.2.5.2",
        "times are YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ: seconds present, no fraction, no offset",
        Run::Certificate(|_, certificate, faults| each(certificate, faults, instant::form)),
    ),
    Lint::new(
        "C10-generalized-time-before-2050",
        Severity::Error,
        "RFC 5280 s.4.1.2.5",
        "times through 2049 are UTCTime",
        Run::Certificate(|_, certificate, faults| each(certificate, faults, instant::too_early)),
    ),
    Lint::new(
        "C10-utc-time-after-2049",
        Severity::Error,
        "RFC 5280 s.4.1.2.5",
        "times from 2050 are GeneralizedTime",
        Run::Certificate(|_, certificate, faults| each(certificate, faults, instant::wrapped)),
    ),
    Lint::new(
        "C11-order",
        Severity::Error,
        "RFC 5280 s.4.1.2.5",
        "notBefore is not after notAfter",
        Run::Certificate(order),
    ),
    Lint::new(
        "C11-too-long",
        Severity::Error,
        "RFC 5280 s.4.1.2.5, BR 6.3.2",
        "the validity, both ends counted, is at most what the profile allows",
        Run::Certificate(too_long),
    ),
    Lint::new(
        "C12-not-yet-begun",
        Severity::Error,
        "BR 7.1.2.7, 7.1.2.10.1",
        "notBefore is not after the time of signing",
        Run::Certificate(not_yet_begun),
    )
    .webpki()
    .house(),
    Lint::new(
        "C12-backdated",
        Severity::Error,
        "BR 7.1.2.7, 7.1.2.10.1",
        "notBefore is not further before the time of signing than the profile allows (a CA: one day)",
        Run::Certificate(backdated),
    )
    .webpki()
    .house(),
    Lint::new(
        "C13-outlives-issuer",
        Severity::Error,
        "RFC 5280 s.6.1.3",
        "notAfter is not after the issuer's own, unless the profile says so",
        Run::Certificate(outlives_issuer),
    )
    .house_for_a_should(),
    Lint::new(
        "C14-root-validity",
        Severity::Error,
        "BR 7.1.2.1.1",
        "a root is valid for 2922 to 9132 days",
        Run::Certificate(root_validity),
    )
    .webpki(),
    Lint::new(
        "C15-no-expiration",
        Severity::Error,
        "RFC 5280 s.4.1.2.5",
        "notAfter is 99991231235959Z only where the profile says so",
        Run::Certificate(no_expiration),
    ),
];

const DAY: i64 = 86_400;

fn each(
    certificate: &CertificateView<'_>,
    faults: &mut Faults<'_>,
    look: fn(&str, &Tlv<'_>, &mut Faults<'_>),
) {
    look("validity.notBefore", &certificate.not_before, faults);
    look("validity.notAfter", &certificate.not_after, faults);
}

/// The seconds of a validity: RFC 5280 counts both ends.
fn length(certificate: &CertificateView<'_>) -> Option<i64> {
    let (first, last) = (Instant::of(&certificate.not_before)?, Instant::of(&certificate.not_after)?);
    last.checked_sub(first)?.checked_add(1)
}

/// An instant as RFC 3339, or in seconds.
pub(super) fn shown(unix: i64) -> String {
    Time::from_unix(unix).map_or_else(|_| format!("{unix} s"), |time| time.to_string())
}

fn order(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let (Some(first), Some(last)) =
        (Instant::of(&certificate.not_before), Instant::of(&certificate.not_after))
        && first > last
    {
        faults.push("validity.notAfter", shown(last), format!("{} or later", shown(first)));
    }
}

fn too_long(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let Some(most) = certificate.expected.and_then(|expected| expected.maximum_seconds)
        && let Some(seconds) = length(certificate)
        && seconds > most
    {
        faults.push("validity", format!("{seconds} s, both ends counted"), format!("at most {most} s"));
    }
}

fn not_yet_begun(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if let (Some(now), Some(first)) = (view.now, Instant::of(&certificate.not_before))
        && first > now
    {
        let wanted = format!("not after the time of signing, {}", shown(now));
        faults.push("validity.notBefore", shown(first), wanted);
    }
}

fn backdated(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let allowed = certificate.expected.and_then(|expected| expected.backdating_seconds);
    let most = allowed.or_else(|| view.is_ca().then_some(DAY));
    if let (Some(now), Some(most), Some(first)) = (view.now, most, Instant::of(&certificate.not_before))
        && now.saturating_sub(first) > most
    {
        let wanted = format!("at most {most} s before the time of signing, {}", shown(now));
        faults.push("validity.notBefore", shown(first), wanted);
    }
}

fn outlives_issuer(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let allowed = certificate.expected.is_some_and(|expected| expected.beyond_issuer);
    if let (Authority::Known(issuer), Some(last)) = (view.authority, Instant::of(&certificate.not_after))
        && last > issuer.not_after.to_unix()
        && !allowed
    {
        let wanted = format!("not after the issuer's own, {}", issuer.not_after);
        faults.push("validity.notAfter", shown(last), wanted);
    }
}

fn root_validity(view: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if matches!(view.authority, Authority::Itself)
        && view.is_ca()
        && let Some(seconds @ 1..) = length(certificate)
        && !(2_922 * DAY..=9_132 * DAY).contains(&seconds)
    {
        faults.push("validity", format!("{} days", seconds / DAY), "2922 to 9132 days");
    }
}

fn no_expiration(_: &View<'_>, certificate: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if certificate.expected.is_some_and(|expected| !expected.no_expiration)
        && Instant::of(&certificate.not_after) == Some(NO_EXPIRATION)
    {
        faults.push("validity.notAfter", "99991231235959Z", "an expiration, since the profile names none");
    }
}
