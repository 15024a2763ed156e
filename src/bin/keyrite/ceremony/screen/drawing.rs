//! How the screen is drawn: the script, what was done or is to be approved, and what is asked.

use keyrite::ceremony::Mode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::fold::{columns, cut, fold};
use super::model::{Model, RULE};
use crate::safe_text;

/// From this width on, script and log stand side by side.
const WIDE: u16 = 110;
/// The fewest columns and lines on which everything has room.
pub(super) const SMALLEST: (u16, u16) = (80, 24);
/// The most lines of a question.
const QUESTION: usize = 4;

/// The columns for what was done and what is shown, on a screen of some width.
pub(super) const fn room(width: u16) -> u16 {
    let frame = 2;
    if width >= WIDE {
        width.saturating_sub(left(width)).saturating_sub(frame)
    } else {
        width.saturating_sub(frame)
    }
}

const fn left(width: u16) -> u16 {
    // What is shown for approval has lines of 75 columns, of a label and a digest.
    let rest = width.saturating_sub(78);
    if rest < width / 2 { rest } else { width / 2 }
}

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, model: &mut Model) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!(
            "The screen has {} columns and {} lines, wanted {} and {}. Make it larger.",
            area.width, area.height, SMALLEST.0, SMALLEST.1
        );
        let lines: Vec<Line<'_>> = fold(&text, usize::from(area.width)).into_iter().map(Line::from).collect();
        return frame.render_widget(Paragraph::new(lines), area);
    }
    let question = asked(model, usize::from(area.width.saturating_sub(2)));
    let height = u16::try_from(question.len()).unwrap_or(u16::MAX).saturating_add(3);
    let [status, middle, below] =
        Layout::vertical([Constraint::Length(2), Constraint::Min(8), Constraint::Length(height)]).areas(area);
    draw_status(frame, status, model);
    if area.width >= WIDE {
        let columns = [Constraint::Length(left(area.width)), Constraint::Min(40)];
        let [script, done] = Layout::horizontal(columns).areas(middle);
        draw_script(frame, script, model);
        draw_done(frame, done, model);
    } else if model.preview.is_some() {
        draw_done(frame, middle, model);
    } else {
        let [script, done] = Layout::vertical([Constraint::Length(6), Constraint::Min(6)]).areas(middle);
        draw_script(frame, script, model);
        draw_done(frame, done, model);
    }
    draw_question(frame, below, model, question);
}

fn boxed(title: &str) -> Block<'_> {
    Block::bordered().title(Span::styled(format!(" {title} "), Style::new().add_modifier(Modifier::BOLD)))
}

fn draw_status(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let (word, colour) = match model.programme.mode {
        Mode::Ceremony => (" CEREMONY ", Color::Red),
        Mode::Rehearsal => (" REHEARSAL ", Color::Yellow),
    };
    let time = model.clock.replace('T', " ").replace('Z', "");
    let clock = format!("{time} UTC");
    let width = usize::from(area.width);
    let room = width.saturating_sub(columns(word)).saturating_sub(columns(&clock)).saturating_sub(2);
    let title = cut(&safe_text::escape(&model.programme.title), room);
    let gap = room.saturating_sub(columns(&title)).saturating_add(1);
    let ink = if model.programme.mode == Mode::Ceremony { Color::White } else { Color::Black };
    let first = Line::from(vec![
        Span::styled(word, Style::new().bg(colour).fg(ink).add_modifier(Modifier::BOLD)),
        Span::raw(format!(" {title}{:gap$}", "")),
        Span::styled(clock, Style::new().add_modifier(Modifier::BOLD)),
    ]);
    let people = safe_text::escape(&model.people.join(", "));
    let who = match (model.people.is_empty(), model.present) {
        (true, _) => "nobody has signed in".to_owned(),
        (false, true) => format!("present: {people}"),
        (false, false) => format!("signed in: {people}"),
    };
    let second = Line::from(cut(&format!("{who} | plan: {}", model.programme.plan), width));
    frame.render_widget(Paragraph::new(vec![first, second]), area);
}

fn draw_script(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let room = usize::from(area.width.saturating_sub(2));
    let mut lines: Vec<Line<'_>> = Vec::new();
    // The lines of the step that is being done, or those of the first one that is not.
    let mut now: Option<(usize, usize)> = None;
    for (number, section) in (1_u64..).zip(&model.programme.sections) {
        let title = safe_text::escape(&format!("{number} {}", section.title));
        let bold = Style::new().add_modifier(Modifier::BOLD);
        lines.extend(fold(&title, room).into_iter().map(|line| Line::styled(line, bold)));
        for [id, title, text] in &section.steps {
            let done = model.done.contains(id);
            let current = model.step.as_deref() == Some(id) && !done;
            let mark = match (done, current) {
                (true, _) => "[x]",
                (false, true) => "[>]",
                (false, false) => "[ ]",
            };
            let from = lines.len();
            let head = format!("{mark} {id} {}", safe_text::escape(title));
            let style = match (done, current) {
                (true, _) => Style::new().fg(Color::Green),
                (false, true) => Style::new().add_modifier(Modifier::REVERSED),
                (false, false) => Style::new(),
            };
            // What follows stands below the number.
            let folded = fold(&head, room.saturating_sub(4)).into_iter().enumerate();
            lines.extend(
                folded.map(|(at, line)| {
                    Line::styled(if at == 0 { line } else { format!("    {line}") }, style)
                }),
            );
            if current {
                let text = format!("    {}", safe_text::escape(text));
                lines.extend(fold(&text, room).into_iter().filter(|line| !line.is_empty()).map(Line::from));
                now = Some((from, lines.len()));
            }
        }
    }
    let height = usize::from(area.height.saturating_sub(2));
    let (first, last) = now.unwrap_or((0, 0));
    // The step in the middle, and its first line in any case.
    let middle = first.saturating_add(last).saturating_div(2).saturating_sub(height / 2);
    let top = middle.min(lines.len().saturating_sub(height)).min(first);
    let shown: Vec<Line<'_>> = lines.into_iter().skip(top).take(height).collect();
    frame.render_widget(Paragraph::new(shown).block(boxed("Script")), area);
}

fn draw_done(frame: &mut Frame<'_>, area: Rect, model: &mut Model) {
    let room = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(2));
    if let Some(preview) = &mut model.preview {
        let lines: Vec<Line<'_>> = preview.window(room, height).into_iter().map(Line::from).collect();
        let title = match preview.below() {
            0 => "To be approved: the end of it".to_owned(),
            more => format!("To be approved: {more} more lines below (PageDown)"),
        };
        return frame.render_widget(Paragraph::new(lines).block(boxed(&title)), area);
    }
    let lines = model.log(room);
    model.up = model.up.min(lines.len().saturating_sub(height));
    let top = lines.len().saturating_sub(height).saturating_sub(model.up);
    let below = model.up;
    let dim = Style::new().fg(Color::Cyan);
    let shown: Vec<Line<'_>> = lines
        .into_iter()
        .skip(top)
        .take(height)
        .map(|line| if line.starts_with(RULE) { Line::styled(line, dim) } else { Line::from(line) })
        .collect();
    let title = match below {
        0 => "What was done (PageUp, PageDown)".to_owned(),
        more => format!("What was done: {more} more lines below (PageDown)"),
    };
    frame.render_widget(Paragraph::new(shown).block(boxed(&title)), area);
}

/// The lines of the question, or of what there is in its place.
fn asked(model: &Model, room: usize) -> Vec<String> {
    let text = match &model.question {
        Some(question) => safe_text::escape(&question.prompt),
        None => "Nothing is asked: the program and the token are at work.".to_owned(),
    };
    let mut lines = fold(&text, room);
    lines.truncate(QUESTION);
    lines
}

fn draw_question(frame: &mut Frame<'_>, area: Rect, model: &Model, asked: Vec<String>) {
    let title = if model.question.is_some() { "Question" } else { "At work" };
    let room = usize::from(area.width.saturating_sub(2));
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let rows = u16::try_from(asked.len()).unwrap_or_default();
    let mut lines: Vec<Line<'_>> = asked.into_iter().map(|line| Line::styled(line, bold)).collect();
    let hidden = model.question.as_ref().is_some_and(|question| question.hidden);
    if let Some(hint) = &model.hint {
        lines.push(Line::styled(cut(hint, room), Style::new().fg(Color::Red)));
    } else if model.question.is_some() && hidden {
        lines.push(Line::from("> (what you type is not shown)"));
    } else if model.question.is_some() && model.may_answer() {
        // The end of what is typed, where the whole of it has no room.
        let mut typed = safe_text::escape(&model.input);
        while columns(&typed).saturating_add(3) > room {
            typed.remove(0);
        }
        let at = u16::try_from(columns(&typed)).unwrap_or_default().saturating_add(3);
        let place = Position::new(area.x.saturating_add(at), area.y.saturating_add(rows).saturating_add(1));
        lines.push(Line::from(format!("> {typed}")));
        frame.set_cursor_position(place);
    } else if model.question.is_some() {
        lines.push(Line::from("  (PageDown to the end of what is to be approved, then answer)"));
    }
    frame.render_widget(Paragraph::new(lines).block(boxed(title)), area);
}
