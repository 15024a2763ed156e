//! A-labels (RFC 5890 s.2.3.2.1): `xn--…` in host names, and the letters that people see in their place.

/// What every A-label begins with.
const PREFIX: &str = "xn--";

/// A text with each A-label in it replaced by its U-label; nothing when it has none that is valid.
///
/// The text is that of a host name, a mailbox, a URI, or of anything in which such names stand.
#[must_use]
pub fn in_unicode(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_of_label(c)).unwrap_or(rest.len());
        let (label, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        match u_label(label) {
            Some(unicode) => {
                found = true;
                out.push_str(&unicode);
            }
            None => out.push_str(label),
        }
        let end = after.find(is_of_label).unwrap_or(after.len());
        let (between, next) = after.split_at_checked(end).unwrap_or((after, ""));
        out.push_str(between);
        rest = next;
    }
    found.then_some(out)
}

const fn is_of_label(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

fn u_label(label: &str) -> Option<String> {
    let lower = label.to_ascii_lowercase();
    if lower.len() > 63 || !lower.starts_with(PREFIX) {
        return None;
    }
    let (unicode, sound) = idna::domain_to_unicode(&lower);
    (sound.is_ok() && !unicode.is_ascii()).then_some(unicode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_a_labels_are_replaced_wherever_they_stand() {
        for (text, unicode) in [
            ("xn--mnchen-3ya.test", Some("münchen.test")),
            ("*.xn--mnchen-3ya.test", Some("*.münchen.test")),
            ("a@XN--mnchen-3ya.xn--80ak6aa92e", Some("a@münchen.аррӏе")),
            ("https://xn--mnchen-3ya.test/xn--x", Some("https://münchen.test/xn--x")),
            ("www.example.test", None),
            ("xn--", None),
            ("xn--\u{fc}", None),
            ("axn--mnchen-3ya", None),
            ("", None),
        ] {
            assert_eq!(in_unicode(text).as_deref(), unicode, "{text}");
        }
    }
}
