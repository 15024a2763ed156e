//! What is shown for approval, and how much of it has been on the screen.

use super::fold::fold;

/// Something that is shown for approval.
#[derive(Debug)]
pub(super) struct Preview {
    lines: Vec<String>,
    /// The first line that is on the screen, counted in folded lines.
    top: usize,
    /// How many folded lines from the first on have been on the screen.
    seen: usize,
    /// How many there are, and how many fit, when it was last drawn.
    size: (usize, usize),
    room: usize,
}

impl Preview {
    pub(super) fn new(lines: Vec<String>) -> Self {
        Self { lines, top: 0, seen: 0, size: (usize::MAX, 0), room: 0 }
    }

    /// As it was given.
    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The lines that are on the screen now: so many, of so many columns. What has been on it counts as seen, without
    /// a gap from the first line on.
    pub(super) fn window(&mut self, room: usize, height: usize) -> Vec<String> {
        let folded: Vec<String> = self.lines.iter().flat_map(|line| fold(line, room)).collect();
        if room != self.room {
            // Other lines than before: those that are all seen stay so, else it begins anew.
            let all = self.is_seen() && self.room != 0;
            self.room = room;
            self.seen = if all { folded.len() } else { 0 };
            self.top = if all { self.top } else { 0 };
        }
        self.size = (folded.len(), height);
        self.top = self.top.min(folded.len().saturating_sub(height));
        let end = self.top.saturating_add(height).min(folded.len());
        if self.top <= self.seen {
            self.seen = self.seen.max(end);
        }
        folded.into_iter().skip(self.top).take(height).collect()
    }

    /// Whether every line has been on the screen.
    pub(super) const fn is_seen(&self) -> bool {
        self.seen >= self.size.0
    }

    /// How many lines are below those on the screen.
    pub(super) fn below(&self) -> usize {
        self.size.0.saturating_sub(self.top.saturating_add(self.size.1))
    }

    pub(super) const fn up(&mut self, lines: usize) {
        self.top = self.top.saturating_sub(lines);
    }

    /// Goes down, not past the end. Never past what has not been on the screen.
    pub(super) fn down(&mut self, lines: usize) {
        self.top = self.top.saturating_add(lines).min(self.size.0.saturating_sub(self.size.1)).min(self.seen);
    }

    /// How many lines a page is: one of them stays.
    pub(super) fn page(&self) -> usize {
        self.size.1.saturating_sub(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long() -> Preview {
        Preview::new((0..30).map(|number| format!("line {number}")).collect())
    }

    #[test]
    fn all_is_seen_only_after_every_line_was_on_the_screen() {
        let mut preview = long();
        assert!(!preview.is_seen());
        assert_eq!(preview.window(40, 10).first().map(String::as_str), Some("line 0"));
        assert_eq!((preview.is_seen(), preview.below()), (false, 20));
        // To the end at once is only as far as what has not been seen.
        preview.down(1000);
        assert_eq!(preview.window(40, 10).first().map(String::as_str), Some("line 10"));
        assert!(!preview.is_seen());
        preview.down(preview.page());
        let _shown = preview.window(40, 10);
        preview.down(preview.page());
        assert_eq!(preview.window(40, 10).last().map(String::as_str), Some("line 29"));
        assert!(preview.is_seen());
    }

    #[test]
    fn what_fits_is_seen_at_once_and_a_narrower_screen_shows_it_anew() {
        let mut preview = Preview::new(vec!["a text of several words".to_owned()]);
        let _shown = preview.window(40, 10);
        assert!(preview.is_seen());
        let _shown = preview.window(12, 2);
        assert!(preview.is_seen(), "what was seen was seen");
        let mut preview = long();
        let _shown = preview.window(40, 10);
        let _shown = preview.window(30, 40);
        assert!(preview.is_seen());
    }
}
