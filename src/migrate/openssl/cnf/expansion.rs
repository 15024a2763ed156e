//! A value as OpenSSL makes it of what is written: quotes, escapes and variables.

use super::characters::{is_quote, is_word};
use super::error::Fault;
use super::file::{Cnf, DEFAULT};
use super::parser::shown;
use super::source::Surroundings;

/// The most octets to which variables may let a value grow.
const EXPANDED: usize = 65_536;
/// The section behind which the environment stands.
const ENVIRONMENT: &str = "ENV";

/// Makes a value.
///
/// `section` is where a variable without a section of its own is looked up first; `dollar` is `.pragma dollarid`.
pub(super) fn expand(
    cnf: &mut Cnf,
    surroundings: &dyn Surroundings,
    section: Option<&str>,
    dollar: bool,
    text: &[u8],
) -> Result<Vec<u8>, Fault> {
    let mut value = Vec::with_capacity(text.len());
    // OpenSSL counts the room that the value takes, not its octets.
    let mut room = text.len().saturating_add(1);
    let mut at = 0;
    while let Some(octet) = text.get(at) {
        let next = text.get(at.saturating_add(1));
        at = match *octet {
            octet if is_quote(octet) => quoted(text, at, &mut value),
            b'\\' => {
                let Some(escaped) = next else { break };
                value.push(match *escaped {
                    b'r' => b'\r',
                    b'n' => b'\n',
                    b'b' => 8,
                    b't' => b'\t',
                    other => other,
                });
                at.saturating_add(2)
            }
            b'$' if !dollar || matches!(next, Some(b'{' | b'(')) => {
                let (reference, end) = reference(text, at, dollar)?;
                let found = look_up(cnf, surroundings, section, reference)?;
                room = found.len().saturating_add(room).saturating_sub(end.saturating_sub(at));
                if room > EXPANDED {
                    return Err(Fault::Expansion);
                }
                value.extend(found);
                end
            }
            octet => {
                value.push(octet);
                at.saturating_add(1)
            }
        };
    }
    Ok(value)
}

/// Takes in what is quoted, and says where it ends. Within quotes, a backslash only takes away the meaning of what
/// follows it, and a dollar sign has none.
fn quoted(text: &[u8], at: usize, value: &mut Vec<u8>) -> usize {
    let quote = text.get(at);
    let mut at = at.saturating_add(1);
    while let Some(octet) = text.get(at).filter(|octet| Some(*octet) != quote) {
        if *octet == b'\\' {
            at = at.saturating_add(1);
            let Some(escaped) = text.get(at) else { return at };
            value.push(*escaped);
        } else {
            value.push(*octet);
        }
        at = at.saturating_add(1);
    }
    at.saturating_add(1).min(text.len())
}

/// A variable as it is written.
struct Reference<'t> {
    section: Option<&'t str>,
    name: &'t str,
}

/// Reads `$name`, `$section::name`, and either in braces or parentheses; `at` is the place of the dollar sign.
fn reference(text: &[u8], at: usize, dollar: bool) -> Result<(Reference<'_>, usize), Fault> {
    let open = at.saturating_add(1);
    let close = match text.get(open) {
        Some(b'{') => Some(b'}'),
        Some(b'(') => Some(b')'),
        _ => None,
    };
    let start = if close.is_some() { open.saturating_add(1) } else { open };
    let word = |from: usize| -> (&str, usize) {
        let rest = text.get(from..).unwrap_or_default();
        let length = rest.iter().take_while(|octet| is_word(**octet) || (dollar && **octet == b'$')).count();
        // What was counted is ASCII.
        (
            std::str::from_utf8(rest.get(..length).unwrap_or_default()).unwrap_or_default(),
            from.saturating_add(length),
        )
    };
    let (first, mut end) = word(start);
    let mut reference = Reference { section: None, name: first };
    if text.get(end..).unwrap_or_default().starts_with(b"::") {
        let (second, after) = word(end.saturating_add(2));
        reference = Reference { section: Some(first), name: second };
        end = after;
    }
    if let Some(close) = close {
        if text.get(end) != Some(&close) {
            let rest = text.get(open..).unwrap_or_default();
            return Err(Fault::Brace { found: shown(rest) });
        }
        end = end.saturating_add(1);
    }
    Ok((reference, end))
}

/// The value of a variable: in its section, in the environment if that is the section ENV, else in the default section.
fn look_up(
    cnf: &mut Cnf,
    surroundings: &dyn Surroundings,
    section: Option<&str>,
    reference: Reference<'_>,
) -> Result<Vec<u8>, Fault> {
    let section = reference.section.or(section);
    let name = reference.name;
    if let Some(section) = section {
        if let Some(value) =
            cnf.section(section).and_then(|found| found.entry(name)).map(|entry| entry.value.clone())
        {
            cnf.refer(section, name);
            return Ok(value);
        }
        if section == ENVIRONMENT
            && let Some(value) = surroundings.variable(name)
        {
            return Ok(value);
        }
    }
    match cnf.section(DEFAULT).and_then(|found| found.entry(name)).map(|entry| entry.value.clone()) {
        Some(value) => {
            cnf.refer(DEFAULT, name);
            Ok(value)
        }
        None => Err(Fault::NoValue { section: section.map(ToOwned::to_owned), name: name.to_owned() }),
    }
}
