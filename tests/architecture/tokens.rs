//! Rust source cut into tokens, without comments, the contents of literals, and test modules.

/// A token with the line on which it stands, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// The tokens of a file: words, `::`, `->`, and single characters. Every literal is `""`.
pub(crate) fn all(source: &str) -> Vec<Token> {
    let characters: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    let rest_is = |at: usize, text: &str| {
        text.chars().enumerate().all(|(offset, c)| characters.get(at + offset) == Some(&c))
    };
    while let Some(&c) = characters.get(at) {
        let start = at;
        let mut push = |text: String| tokens.push(Token { text, line });
        if rest_is(at, "//") {
            while characters.get(at).is_some_and(|c| *c != '\n') {
                at += 1;
            }
        } else if rest_is(at, "/*") {
            let mut depth = 0;
            loop {
                if rest_is(at, "/*") {
                    (depth, at) = (depth + 1, at + 2);
                } else if rest_is(at, "*/") {
                    (depth, at) = (depth - 1, at + 2);
                } else {
                    at += 1;
                }
                if depth == 0 || at >= characters.len() {
                    break;
                }
            }
        } else if let Some(end) = raw_string_end(&characters, at) {
            push("\"\"".to_owned());
            at = end;
        } else if c == '"' {
            push("\"\"".to_owned());
            at = quoted_end(&characters, at, '"');
        } else if c == '\'' && is_character_literal(&characters, at) {
            push("\"\"".to_owned());
            at = quoted_end(&characters, at, '\'');
        } else if c.is_alphanumeric() || c == '_' {
            while characters.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
                at += 1;
            }
            push(characters[start..at].iter().collect());
        } else if rest_is(at, "::") || rest_is(at, "->") {
            at += 2;
            push(characters[start..at].iter().collect());
        } else {
            at += 1;
            if !c.is_whitespace() {
                push(c.to_string());
            }
        }
        line += characters[start..at.min(characters.len())].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// The tokens without the items that stand under `#[cfg(test)]`.
pub(crate) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if marker.iter().enumerate().all(|(offset, text)| is(tokens, at + offset, text)) {
            at = item_end(tokens, at + marker.len());
        } else {
            kept.push(token.clone());
            at += 1;
        }
    }
    kept
}

/// Whether the token at an index has this text.
pub(crate) fn is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

/// The index after the item that begins at `at`: after its `;` or its closing brace.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            ";" if depth == 0 => break,
            _ => {}
        }
    }
    at
}

/// After `r"…"`, `r#"…"#`, `br"…"`: the index behind it.
fn raw_string_end(characters: &[char], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).and_then(|at| characters.get(at));
    if before.is_some_and(|c| c.is_alphanumeric() || *c == '_') {
        return None;
    }
    let mut next = at + usize::from(characters.get(at) == Some(&'b'));
    if characters.get(next) != Some(&'r') {
        return None;
    }
    next += 1;
    let hashes = characters[next..].iter().take_while(|c| **c == '#').count();
    if characters.get(next + hashes) != Some(&'"') {
        return None;
    }
    next += hashes + 1;
    let closes = |at: usize| {
        characters[at] == '"'
            && characters[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    (next..characters.len()).find(|at| closes(*at)).map(|at| at + 1 + hashes)
}

/// The index behind a literal that opens at `at`.
fn quoted_end(characters: &[char], at: usize, quote: char) -> usize {
    let mut next = at + 1;
    while let Some(c) = characters.get(next) {
        match *c {
            '\\' => next += 2,
            c if c == quote => return next + 1,
            _ => next += 1,
        }
    }
    next
}

/// `'x'` or `'\…'`, not the lifetime `'x`.
fn is_character_literal(characters: &[char], at: usize) -> bool {
    characters.get(at + 1) == Some(&'\\') || characters.get(at + 2) == Some(&'\'')
}
