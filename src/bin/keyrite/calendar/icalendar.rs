//! The entries as iCalendar (RFC 5545), for the calendar of whoever has to be there.

use keyrite::x509::time::Time;
use sha2::{Digest as _, Sha256};

use super::Entry;
use crate::safe_text;

/// The longest line, in octets (s.3.1).
const LINE: usize = 75;

/// One VEVENT for each entry, with an alarm a week before.
pub(crate) fn icalendar(entries: &[Entry], home: &str, now: Time) -> String {
    let mut out = String::new();
    let mut line = |text: String| fold(&mut out, &text);
    line("BEGIN:VCALENDAR".to_owned());
    line("VERSION:2.0".to_owned());
    line(concat!("PRODID:-//keyrite//keyrite ", env!("CARGO_PKG_VERSION"), "//EN").to_owned());
    for entry in entries {
        // The same thing keeps its identity when its date moves, and two homes do not share one (s.3.8.4.7).
        let uid = Sha256::digest(format!("{home}\n{}", entry.key));
        let uid = hex::encode(uid.get(..16).unwrap_or_default());
        line("BEGIN:VEVENT".to_owned());
        line(format!("UID:{uid}@keyrite"));
        line(format!("DTSTAMP:{}", basic(now)));
        line(format!("DTSTART:{}", basic(entry.at)));
        line(format!("SUMMARY:{}", text(&format!("{} runs out", entry.what))));
        let description: Vec<String> =
            entry.more.iter().chain(&entry.command).map(|part| text(part)).collect();
        if !description.is_empty() {
            line(format!("DESCRIPTION:{}", description.join("\\n")));
        }
        line("BEGIN:VALARM".to_owned());
        line("ACTION:DISPLAY".to_owned());
        line("TRIGGER:-P7D".to_owned());
        line(format!("DESCRIPTION:{}", text(&entry.what)));
        line("END:VALARM".to_owned());
        line("END:VEVENT".to_owned());
    }
    line("END:VCALENDAR".to_owned());
    out
}

/// `20270101T000000Z` (s.3.3.5).
fn basic(time: Time) -> String {
    time.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}

/// Text as a value (s.3.3.11).
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in safe_text::value(text).chars() {
        if matches!(c, '\\' | ';' | ',') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A line, folded where it is too long, and never within a character.
fn fold(out: &mut String, line: &str) {
    let mut length = 0_usize;
    for c in line.chars() {
        if length.saturating_add(c.len_utf8()) > LINE {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length = length.saturating_add(c.len_utf8());
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_as_rfc_5545_has_it() {
        let at: Time = "2027-01-31T23:59:59Z".parse().unwrap();
        let entry = Entry {
            at,
            overdue: false,
            ca: "root".to_owned(),
            what: "CRL 7 of CA root".to_owned(),
            more: vec!["O=Ä, Inc.; C=AT".repeat(6)],
            command: Some("keyrite crl issue --ca root".to_owned()),
            key: "root crl".to_owned(),
        };
        let made = icalendar(std::slice::from_ref(&entry), "/ca", at);
        assert!(made.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"), "{made}");
        assert!(made.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"), "{made}");
        assert!(
            made.contains("\r\nDTSTART:20270131T235959Z\r\nSUMMARY:CRL 7 of CA root runs out\r\n"),
            "{made}"
        );
        assert!(made.split("\r\n").all(|line| line.len() <= LINE && !line.contains('\n')), "{made}");
        let unfolded = made.replace("\r\n ", "");
        assert!(unfolded.contains("DESCRIPTION:O=Ä\\, Inc.\\; C=ATO=Ä"), "{unfolded}");
        assert!(unfolded.contains("\\nkeyrite crl issue --ca root\r\n"), "{unfolded}");
        let later = icalendar(&[Entry { at: at.plus_seconds(60).unwrap(), ..entry }], "/ca", at);
        let uid = |text: &str| text.lines().find(|line| line.starts_with("UID:")).map(str::to_owned);
        assert_eq!(uid(&made), uid(&later));
    }
}
