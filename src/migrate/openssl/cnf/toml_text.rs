//! Text of a profile: basic strings and lists in TOML.

/// A basic string (TOML 1.0): whatever is in the text, it ends where it should.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A list of strings on one line.
pub(super) fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}

/// What a comment says, on one line, without what TOML does not allow in comments and what cannot be seen.
pub(super) fn comment(text: &str) -> String {
    let mut comment = String::from("# ");
    for c in text.chars() {
        if matches!(c, '"' | '\'' | '\\') {
            comment.push(c);
        } else {
            comment.extend(c.escape_debug());
        }
    }
    comment
}

/// The tables of a profile in their order, each with its lines.
#[derive(Debug, Default)]
pub(super) struct Tables(Vec<(String, Vec<String>)>);

impl Tables {
    /// Adds a table with its lines `key = value`.
    pub(super) fn add(&mut self, name: impl Into<String>, lines: impl IntoIterator<Item = String>) {
        self.0.push((name.into(), lines.into_iter().collect()));
    }

    /// Whether a table is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// All tables as TOML.
    pub(super) fn text(&self) -> String {
        let tables = self.0.iter().map(|(name, lines)| {
            let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
            format!("\n[{name}]\n{lines}")
        });
        tables.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_string_or_comment() {
        let text = "a\"b\\c\nd\u{7f}\u{1}é";
        let quoted = quoted(text);
        let read: toml::Table = format!("x = {quoted}").parse().unwrap();
        assert_eq!(read["x"].as_str(), Some(text));
        assert_eq!(comment("a\nkind = \"root\"\u{202e}é"), "# a\\nkind = \"root\"\\u{202e}é");
    }
}
