//! Validity: when a certificate begins and ends (RFC 5280 s.4.1.2.5). Every limit is inclusive to the
//! second, and what lies beyond one is refused, never clipped.

use crate::x509::certificate::Certificate;
use crate::x509::time::{Duration, Time};

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
    for ca in path.iter().filter(|_| !rules.beyond_issuer) {
        if not_after > ca.not_after() {
            let wanted = format!("at most {}, the end of {:?}", ca.not_after(), ca.subject().to_string());
            violations.add(Rule::NotAfterIssuer, "notAfter", not_after, wanted);
        }
    }
    (not_before, not_after)
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
