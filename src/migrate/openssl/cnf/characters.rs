//! The classes of characters that the syntax of config(5) knows. Whatever is not ASCII is in none of them.

/// What may stand around names and values without being part of them.
pub(super) const fn is_blank(octet: u8) -> bool {
    matches!(octet, b'\t' | b'\n' | b'\r' | b' ')
}

/// What the name of a variable has, where it is referred to.
pub(super) const fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}

/// What a name has where it is defined: more than where it is referred to.
pub(super) const fn is_name(octet: u8) -> bool {
    is_word(octet)
        || matches!(
            octet,
            b'!' | b'%'
                | b'&'
                | b'*'
                | b'+'
                | b','
                | b'-'
                | b'.'
                | b'/'
                | b';'
                | b'?'
                | b'@'
                | b'^'
                | b'|'
                | b'~'
        )
}

/// Three of them quote, each up to its like.
pub(super) const fn is_quote(octet: u8) -> bool {
    matches!(octet, b'"' | b'\'' | b'`')
}

/// The place after all blanks from `at` on.
pub(super) fn after_blanks(line: &[u8], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    let blanks = rest.iter().take_while(|octet| is_blank(**octet)).count();
    at.saturating_add(blanks)
}

/// The place after a name that begins at `at`. An escaped character is part of it, whatever it is.
pub(super) fn after_name(line: &[u8], mut at: usize, dollar: bool) -> usize {
    while let Some(octet) = line.get(at) {
        match *octet {
            b'\\' => at = at.saturating_add(2).min(line.len()),
            octet if is_name(octet) || (dollar && octet == b'$') => at = at.saturating_add(1),
            _ => break,
        }
    }
    at
}

/// The place after what is quoted, `at` being that of the opening quote.
fn after_quoted(line: &[u8], at: usize) -> usize {
    let quote = line.get(at);
    let mut at = at.saturating_add(1);
    while let Some(octet) = line.get(at) {
        if Some(octet) == quote {
            return at.saturating_add(1);
        }
        at = at.saturating_add(if *octet == b'\\' { 2 } else { 1 });
    }
    line.len()
}

/// A line without its comment: what follows a `#` that is neither quoted nor escaped.
pub(super) fn without_comment(line: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Some(octet) = line.get(at) {
        match *octet {
            b'#' => break,
            b'\\' => at = at.saturating_add(2),
            octet if is_quote(octet) => at = after_quoted(line, at),
            _ => at = at.saturating_add(1),
        }
    }
    line.get(..at).unwrap_or(line)
}

/// A text without blanks at its end.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|octet| is_blank(**octet)).count();
    text.get(..text.len().saturating_sub(blanks)).unwrap_or_default()
}
