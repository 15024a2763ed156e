//! Validity: when a certificate begins and ends (RFC 5280 s.4.1.2.5). Every limit is inclusive to the
//! second, and what lies beyond one is refused, never clipped.

use crate::x509::certificate::Certificate;
use crate::x509::standard::Standard;
use crate::x509::time::{Duration, Time};

use super::profile::Kind;
use super::request::IssuanceRequest;
use super::violation::{Rule, Violations};

/// notBefore and notAfter.
pub(super) fn judge(
    request: &IssuanceRequest<'_>,
    path: &[&Certificate],
    now: Time,
    violations: &mut Violations,
) -> (Time, Time) {
    let rules = request.profile.validity();
    let not_before = request.not_before.unwrap_or(now);
    if not_before > now {
        violations.add(Rule::NotBeforeFuture, "notBefore", not_before, format!("at most the present, {now}"));
    }
    let earliest = rules.backdating.map_or(now, |backdating| back(now, backdating));
    if not_before < earliest {
        let wanted = format!("at least {earliest}");
        violations.add(Rule::NotBeforeBackdated, "notBefore", not_before, wanted);
    }
    for ca in path.iter().take(1) {
        if not_before < ca.not_before() {
            let wanted = format!("at least {}, the issuer's", ca.not_before());
            violations.add(Rule::NotBeforeIssuer, "notBefore", not_before, wanted);
        }
    }
    let length = request.validity.unwrap_or(rules.default);
    let Ok(not_after) = length.last_second_from(not_before) else {
        let wanted = format!("at most {}", Time::NO_EXPIRATION);
        violations.add(Rule::ValidityRange, "notAfter", format!("{length} from {not_before}"), wanted);
        return (not_before, Time::NO_EXPIRATION);
    };
    if not_after < not_before {
        violations.add(Rule::ValidityRange, "notAfter", not_after, format!("at least {not_before}"));
    }
    if let Ok(latest) = rules.maximum.last_second_from(not_before)
        && not_after > latest
    {
        let wanted = format!("at most {latest} ({} in all)", rules.maximum);
        violations.add(Rule::ValidityMaximum, "notAfter", not_after, wanted);
    }
    if request.profile.follows(Standard::WebPki) {
        web_pki(request.profile.kind(), now, not_before, not_after, violations);
    }
    for ca in path.iter().filter(|_| !rules.beyond_issuer) {
        if not_after > ca.not_after() {
            let wanted = format!("at most {}, the end of {:?}", ca.not_after(), ca.subject().to_string());
            violations.add(Rule::NotAfterIssuer, "notAfter", not_after, wanted);
        }
    }
    (not_before, not_after)
}

/// The seconds of a day, as BR 6.3.2 counts it.
const DAY: i64 = 86_400;

/// The most days of a subscriber certificate that begins on a day or later (BR 6.3.2), the latest first.
const SUBSCRIBER_DAYS: [(&str, i64); 4] =
    [("2029-03-15", 47), ("2027-03-15", 100), ("2026-03-15", 200), ("1970-01-01", 398)];

/// The fewest and most days of a root (BR 7.1.2.1.1).
const ROOT_DAYS: (i64, i64) = (2922, 9132);

/// The Baseline Requirements, which change by the day on which a certificate begins.
fn web_pki(kind: &Kind, now: Time, not_before: Time, not_after: Time, violations: &mut Violations) {
    let field = "notBefore";
    let (hours, section) = match kind {
        Kind::EndEntity(_) | Kind::TimeStamping(_) => (48, "BR 7.1.2.7"),
        Kind::Root(_) => (24, "BR 7.1.2.1.1"),
        Kind::Subordinate(_) | Kind::OcspResponder(_) => (24, "BR 7.1.2.10.1"),
        // As early as the CA's own certificate (BR 7.1.2.2.1).
        Kind::Cross(_) => (i64::MAX, ""),
    };
    let earliest = now.plus_seconds(hours.saturating_mul(-3_600)).unwrap_or(not_before);
    if not_before < earliest {
        violations.add(Rule::ValidityStandard, field, not_before, format!("at least {earliest} ({section})"));
    }
    let last = |days: i64| {
        not_before.plus_seconds(days.saturating_mul(DAY).saturating_sub(1)).unwrap_or(Time::NO_EXPIRATION)
    };
    let mut judge = |fewest: i64, most: i64, section: &str| {
        if not_after < last(fewest) {
            let wanted = format!("at least {} ({fewest}d in all: {section})", last(fewest));
            violations.add(Rule::ValidityStandard, "notAfter", not_after, wanted);
        }
        if not_after > last(most) {
            let wanted = format!("at most {} ({most}d in all: {section})", last(most));
            violations.add(Rule::ValidityStandard, "notAfter", not_after, wanted);
        }
    };
    match kind {
        Kind::Root(_) => judge(ROOT_DAYS.0, ROOT_DAYS.1, "BR 7.1.2.1.1"),
        Kind::EndEntity(_) => {
            let begun = |day: &str| day.parse::<Time>().is_ok_and(|day| day <= not_before);
            let days = SUBSCRIBER_DAYS.iter().find(|(day, _)| begun(day)).map_or(0, |(_, days)| *days);
            judge(0, days, "BR 6.3.2");
        }
        Kind::Subordinate(_) | Kind::Cross(_) | Kind::OcspResponder(_) | Kind::TimeStamping(_) => {}
    }
}

/// The instant that lies `length` before `now`. Months and years count as their longest, 31 and 366 days.
fn back(now: Time, length: Duration) -> Time {
    let days = |count: i32, each: i64| i64::from(count).saturating_mul(each).saturating_mul(86_400);
    let seconds = match length {
        Duration::Seconds(seconds) => seconds,
        Duration::Months(months) => days(months, 31),
        Duration::Years(years) => days(years, 366),
    };
    now.plus_seconds(seconds.saturating_neg()).unwrap_or(now)
}
