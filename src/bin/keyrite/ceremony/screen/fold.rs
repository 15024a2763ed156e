//! Lines that fit: text broken at blanks, and text cut where there is one line for it.

/// The columns that a text takes at the most: a character that is not ASCII may take two.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

const fn width(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

/// A line in as many as it takes, each after the first as far in as the text of the first.
pub(super) fn fold(line: &str, room: usize) -> Vec<String> {
    let room = room.max(8);
    let indent = line.chars().take_while(|c| *c == ' ').count().min(room / 2);
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut used = 0_usize;
    let mut blank: Option<usize> = None;
    for c in line.chars() {
        if used.saturating_add(width(c)) > room {
            let rest = match blank.take() {
                Some(at) if at > indent => current.split_off(at),
                Some(_) | None => String::new(),
            };
            lines.push(current.trim_end().to_owned());
            current = format!("{:indent$}{rest}", "");
            used = columns(&current);
            if c == ' ' && rest.is_empty() {
                continue;
            }
        }
        current.push(c);
        used = used.saturating_add(width(c));
        if c == ' ' && used > indent {
            blank = Some(current.len());
        }
    }
    lines.push(current.trim_end().to_owned());
    lines
}

/// As much of a text as there is room for; what is left out shows as such.
pub(super) fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 2_usize;
    for c in text.chars() {
        used = used.saturating_add(width(c));
        if used > room {
            break;
        }
        out.push(c);
    }
    if room >= 2 {
        out.push('\u{2026}');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks_and_nothing_of_them_is_lost() {
        let text = "    subject  C=AT, O=Example, CN=Example Root";
        for room in [12, 20, 33, 80] {
            let lines = fold(text, room);
            assert!(lines.iter().all(|line| columns(line) <= room), "{room}: {lines:?}");
            assert!(lines.iter().all(|line| line.starts_with("    ")), "{room}: {lines:?}");
            let without = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(without(&lines.concat()), without(text), "{room}");
        }
        assert_eq!(fold("", 10), [""]);
        assert_eq!(fold(&"ab".repeat(10), 8), ["abababab", "abababab", "abab"]);
    }

    #[test]
    fn what_is_cut_shows_that_it_is() {
        assert_eq!(cut("Example Root", 12), "Example Root");
        assert_eq!(cut("Example Root", 11), "Example R\u{2026}");
        assert_eq!(cut("Example", 0), "");
    }
}
