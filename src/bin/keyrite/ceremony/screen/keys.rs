//! What keys do: typing an answer, and looking through what is shown.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use zeroize::Zeroizing;

use super::model::Model;

/// The most characters of an answer.
const LONGEST: usize = 1000;

/// What is typed: kept from the screen's own text where it must not be seen.
pub(super) struct Typed(Zeroizing<String>);

impl Typed {
    /// Room for all of it at once, so that no copy stays behind where it has grown out of.
    pub(super) fn new() -> Self {
        Self(Zeroizing::new(String::with_capacity(LONGEST.saturating_mul(4))))
    }

    /// The answer.
    pub(super) fn take(mut self) -> String {
        std::mem::take(&mut *self.0)
    }
}

/// What comes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pressed {
    /// There is more to come.
    More,
    /// The answer is whole.
    Enter,
    /// The input has ended.
    End,
}

/// Takes one key.
pub(super) fn press(model: &mut Model, typed: &mut Typed, key: &KeyEvent) -> Pressed {
    if key.kind == KeyEventKind::Release {
        return Pressed::More;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if let KeyCode::PageUp | KeyCode::PageDown | KeyCode::Up | KeyCode::Down | KeyCode::Home | KeyCode::End =
        key.code
    {
        scroll(model, key.code);
        model.hint = None;
        return Pressed::More;
    }
    if control && key.code == KeyCode::Char('d') && typed.0.is_empty() {
        return Pressed::End;
    }
    if !model.may_answer() {
        let below = model.preview.as_ref().map_or(0, super::preview::Preview::below);
        model.hint = Some(format!("Read on first, with PageDown: there are {below} more lines."));
        return Pressed::More;
    }
    model.hint = None;
    let hidden = model.question.as_ref().is_some_and(|question| question.hidden);
    let pressed = edit(typed, key.code, control);
    model.input.clear();
    if !hidden {
        model.input.push_str(&typed.0);
    }
    pressed
}

fn edit(typed: &mut Typed, code: KeyCode, control: bool) -> Pressed {
    if code == KeyCode::Enter {
        return Pressed::Enter;
    }
    if code == KeyCode::Backspace {
        typed.0.pop();
    } else if control && code == KeyCode::Char('u') {
        typed.0.clear();
    } else if let KeyCode::Char(c) = code
        && !control
        && !c.is_control()
        && typed.0.chars().count() < LONGEST
    {
        typed.0.push(c);
    }
    Pressed::More
}

fn scroll(model: &mut Model, code: KeyCode) {
    let page = model.preview.as_ref().map_or(10, super::preview::Preview::page);
    let lines = if matches!(code, KeyCode::PageUp | KeyCode::PageDown) {
        page
    } else if matches!(code, KeyCode::Up | KeyCode::Down) {
        1
    } else {
        usize::MAX
    };
    let down = matches!(code, KeyCode::PageDown | KeyCode::Down | KeyCode::End);
    match &mut model.preview {
        Some(preview) if down => preview.down(lines),
        Some(preview) => preview.up(lines),
        None if down => model.up = model.up.saturating_sub(lines),
        None => model.up = model.up.saturating_add(lines),
    }
}
