//! The paths that a file names, in `use` and in place, resolved as far as the crate's own modules go.

use super::tokens::{Token, is};

/// A path and the line on which it begins. Paths of this crate begin with `crate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// Every path of the tokens, given the module in which they stand. A path that begins with a module that
/// is declared in the same file is one of this crate.
pub(crate) fn all(tokens: &[Token], file_module: &[String]) -> Vec<Named> {
    let mut named = Vec::new();
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut declared: Vec<String> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let module: Vec<String> =
            file_module.iter().chain(inline.iter().map(|(name, _)| name)).cloned().collect();
        match token.text.as_str() {
            // `pub(in path)` says who may see, not who is seen.
            "pub" if is(tokens, at + 1, "(") && is(tokens, at + 2, "in") => at = tree(tokens, at + 3).1,
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if inline.last().is_some_and(|(_, opened)| *opened == depth) {
                    inline.pop();
                }
            }
            "mod" => {
                if let Some(name) = tokens.get(at + 1) {
                    if is(tokens, at + 2, "{") {
                        inline.push((name.text.clone(), depth));
                    } else if inline.is_empty() {
                        declared.push(name.text.clone());
                    }
                }
            }
            text if is_word(text) && !follows_a_path(tokens, at) && begins_a_path(tokens, at) => {
                let (paths, end) = tree(tokens, at);
                named.extend(
                    paths
                        .into_iter()
                        .map(|path| Named { path: resolve(&path, &module, &declared), line: token.line }),
                );
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    named
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn follows_a_path(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| is(tokens, before, "::") && before > 0)
        && at.checked_sub(2).is_some_and(|before| is_word(&tokens[before].text) || is(tokens, before, ">"))
}

/// A word before `::`, or the single word of `use word`.
fn begins_a_path(tokens: &[Token], at: usize) -> bool {
    is(tokens, at + 1, "::") || at.checked_sub(1).is_some_and(|before| is(tokens, before, "use"))
}

/// The paths of the tree that begins at `at`, and the index behind it.
fn tree(tokens: &[Token], at: usize) -> (Vec<Vec<String>>, usize) {
    let mut path = vec![tokens[at].text.clone()];
    let mut next = at + 1;
    while is(tokens, next, "::") {
        match tokens.get(next + 1) {
            Some(token) if is_word(&token.text) || token.text == "*" => {
                path.push(token.text.clone());
                next += 2;
            }
            Some(token) if token.text == "{" => {
                let (members, end) = group(tokens, next + 2);
                let joined = |member: Vec<String>| path.iter().cloned().chain(member).collect();
                return (members.into_iter().map(joined).collect(), end);
            }
            _ => break, // a turbofish
        }
    }
    if is(tokens, next, "as") && tokens.get(next + 1).is_some_and(|token| is_word(&token.text)) {
        next += 2;
    }
    (vec![path], next)
}

fn group(tokens: &[Token], mut at: usize) -> (Vec<Vec<String>>, usize) {
    let mut members = Vec::new();
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "}" => return (members, at + 1),
            text if is_word(text) || text == "*" => {
                let (paths, end) = tree(tokens, at);
                members.extend(paths);
                at = end;
            }
            _ => at += 1,
        }
    }
    (members, at)
}

fn resolve(path: &[String], module: &[String], declared: &[String]) -> Vec<String> {
    let mut place: Vec<String> = module.to_vec();
    let mut rest = path;
    match path.first().map(String::as_str) {
        Some("self") => rest = &path[1..],
        Some("super") => {}
        Some(first) if declared.iter().any(|name| name == first) => {}
        _ => return path.to_vec(),
    }
    while rest.first().is_some_and(|word| word == "super") {
        place.pop();
        rest = &rest[1..];
    }
    let mut whole = vec!["crate".to_owned()];
    whole.extend(place);
    whole.extend(rest.iter().cloned());
    whole
}
