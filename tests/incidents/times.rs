//! Validity: its length, where it begins, and how it is written.

use keyrite::policy::Rule;
use keyrite::x509::time::{Duration, Time};

use super::fixture::{Act, length, profile, time};

/// I-07: certificates were valid one second longer than their rules allow, since both ends count: 90 days for years
/// (Mozilla bug 1715455), 398 days (1667744, 1663080).
#[test]
fn i07_a_limit_is_inclusive_to_the_second() {
    for (limit, seconds) in [("90d", 7_776_000_i64), ("398d", 34_387_200)] {
        let maximum = format!("maximum = \"{limit}\"");
        let edits = [("default = \"90d\"", "default = \"1d\""), ("maximum = \"100d\"", &maximum)];
        let lasting = |seconds: i64| {
            let act = Act::server().but(|act| act.profile = profile("tls-server", &edits));
            act.but(|act| act.validity = Some(Duration::Seconds(seconds))).decide()
        };
        for asked in [seconds - 1, seconds] {
            let approved = lasting(asked).unwrap();
            assert_eq!(approved.not_after().to_unix() - approved.not_before().to_unix() + 1, asked);
        }
        let refusal = lasting(seconds + 1).unwrap_err();
        assert_eq!(refusal.violations().len(), 1, "{refusal}");
        assert!(refusal.has(Rule::ValidityMaximum));
    }
    // The default of the profile is the same number of days.
    let approved = Act::server().decide().unwrap();
    assert_eq!(approved.not_after().to_unix() - approved.not_before().to_unix() + 1, 90 * 86_400);
}

/// I-09: WoSign dated 62 SHA-1 certificates back to before a deadline.
#[test]
fn i09_dating_back_further_than_the_profile_allows_is_refused() {
    for act in [Act::server(), Act::client(), Act::intermediate(), Act::root()] {
        let from = |text: &str| act.clone().but(|act| act.not_before = Some(time(text))).decide();
        // A day is the limit of the profiles, and the present is noon of the 21st.
        for (begins, rule) in [
            ("2015-12-20T00:00:00Z", Some(Rule::NotBeforeBackdated)),
            ("2026-11-20T11:59:59Z", Some(Rule::NotBeforeBackdated)),
            ("2026-11-20T12:00:00Z", None),
            ("2026-11-21T12:00:01Z", Some(Rule::NotBeforeFuture)),
        ] {
            let decided = from(begins);
            assert_eq!(rule.is_some(), decided.is_err(), "{begins}");
            assert!(rule.is_none_or(|rule| decided.is_err_and(|refusal| refusal.has(rule))), "{begins}");
        }
    }
}

/// I-42: UTCTime for years from 2050 on, times without seconds and times with fractions stand in CRLs and certificates of
/// several CAs. Around the end of every year that can be written, a time has the one form that RFC 5280 allows.
#[test]
fn i42_a_time_has_the_form_of_its_year() {
    let check = |time: Time| {
        use der::Encode as _;
        let der = time.to_x509().unwrap().to_der().unwrap();
        let text = std::str::from_utf8(&der[2..]).unwrap().to_owned();
        let digits = text.strip_suffix('Z').unwrap();
        assert!(digits.bytes().all(|octet| octet.is_ascii_digit()), "{text}");
        let year: u32 = time.to_string()[..4].parse().unwrap();
        if year < 2050 {
            assert_eq!((der[0], digits.len()), (0x17, 12), "{text}");
            assert_eq!(digits[..2].parse::<u32>().unwrap(), year % 100, "{text}");
        } else {
            assert_eq!((der[0], digits.len()), (0x18, 14), "{text}");
            assert_eq!(digits[..4].parse::<u32>().unwrap(), year, "{text}");
        }
        assert_eq!(Time::from_x509(time.to_x509().unwrap()).unwrap(), time);
    };
    // keyrite has no times before 1970.
    for year in 1970..=9999 {
        let midnight: Time = format!("{year:04}-01-01T00:00:00Z").parse().unwrap();
        for second in -3..=3_i64 {
            if let Ok(time) = midnight.plus_seconds(second) {
                check(time);
            }
        }
    }
    check(Time::NO_EXPIRATION);
    // Every second of the day on which the form changes.
    let turn: Time = "2049-12-31T12:00:00Z".parse().unwrap();
    for second in 0..86_400 {
        check(turn.plus_seconds(second).unwrap());
    }
    assert_eq!(length("90d"), Duration::Seconds(90 * 86_400));
}
