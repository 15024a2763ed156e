//! The dates on both sides of every limit that a profile and an issuer set.

use keyrite::policy::{Length, Profile};
use keyrite::x509::time::{Duration, Time};

/// When a certificate is asked for, and how long it is to be valid.
#[derive(Clone, Debug)]
pub(crate) struct Dates {
    pub(crate) label: String,
    pub(crate) now: Time,
    pub(crate) not_before: Option<Time>,
    pub(crate) length: Option<Length>,
    /// Whether it keeps every limit.
    pub(crate) kept: bool,
}

/// The last second of 2049, the last that is written as UTCTime (RFC 5280 s.4.1.2.5).
const LAST_UTC_TIME: i64 = 2_524_607_999;

/// The dates of certificates by a profile, asked for at `now` of an issuer that is valid until then.
pub(crate) fn of(profile: &Profile, now: Time, issuer_ends: Option<Time>) -> Vec<Dates> {
    let rules = profile.validity();
    let usual =
        |label: &str| Dates { label: label.to_owned(), now, not_before: None, length: None, kept: true };
    let plus = |time: Time, seconds: i64| time.plus_seconds(seconds).unwrap();
    let mut all = vec![usual("default")];
    for second in [-1, 0, 1] {
        let earliest = rules.backdating.map_or(now, |backdating| back(now, backdating));
        let at = plus(earliest, second);
        all.push(Dates { not_before: Some(at), ..usual(&format!("earliest{second:+}")) });
        let at = plus(now, second);
        all.push(Dates { not_before: Some(at), ..usual(&format!("now{second:+}")) });
        if let Length::Of(_) = rules.maximum {
            let latest = rules.maximum.last_second_from(now).unwrap();
            let length = until(now, plus(latest, second));
            all.push(Dates { length: Some(length), ..usual(&format!("maximum{second:+}")) });
        }
        if let Some(ends) = issuer_ends.filter(|ends| *ends != Time::NO_EXPIRATION) {
            // So late that the issuer's end comes before the profile's.
            let late = plus(ends, -30 * 86_400);
            let length = until(late, plus(ends, second));
            all.push(Dates { now: late, length: Some(length), ..usual(&format!("issuer-ends{second:+}")) });
        }
        // In reach of this profile and of its issuer at some time?
        let latest_start = LAST_UTC_TIME - 86_400;
        let reached =
            rules.maximum.last_second_from(now).is_ok_and(|latest| latest.to_unix() > LAST_UTC_TIME + 1);
        let start = if reached { now } else { Time::from_unix(latest_start).unwrap() };
        let issuer_lasts = issuer_ends.is_none_or(|ends| ends.to_unix() > LAST_UTC_TIME + 1);
        if start == now && issuer_lasts {
            let length = until(start, Time::from_unix(LAST_UTC_TIME + second).unwrap());
            all.push(Dates { length: Some(length), ..usual(&format!("last-utc-time{second:+}")) });
        } else if issuer_lasts && start > now {
            let length = until(start, Time::from_unix(LAST_UTC_TIME + second).unwrap());
            all.push(Dates {
                now: start,
                length: Some(length),
                ..usual(&format!("last-utc-time{second:+}"))
            });
        }
    }
    for (label, at) in [("leap-day", "2028-02-29T00:00:00Z"), ("last-second-of-year", "2027-12-31T23:59:59Z")]
    {
        all.push(Dates { now: at.parse().unwrap(), ..usual(label) });
    }
    if rules.maximum == Length::NoExpiration {
        all.push(Dates { length: Some(Length::NoExpiration), ..usual("no-expiration") });
    }
    for dates in &mut all {
        let begins = dates.not_before.unwrap_or(dates.now);
        let end = |length: Length| length.last_second_from(begins).unwrap();
        let ends = end(dates.length.unwrap_or(rules.default));
        let earliest = rules.backdating.map_or(dates.now, |backdating| back(dates.now, backdating));
        let in_issuer = rules.beyond_issuer || issuer_ends.is_none_or(|latest| ends <= latest);
        dates.kept = begins <= dates.now && begins >= earliest && ends <= end(rules.maximum) && in_issuer;
    }
    all
}

/// The length of a validity that begins and ends with these seconds.
fn until(begins: Time, ends: Time) -> Length {
    Length::Of(Duration::Seconds(ends.to_unix() - begins.to_unix() + 1))
}

fn back(now: Time, length: Duration) -> Time {
    let Duration::Seconds(seconds) = length else { panic!("backdating by {length}") };
    now.plus_seconds(-seconds).unwrap()
}
