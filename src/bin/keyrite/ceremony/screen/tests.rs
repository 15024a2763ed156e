//! The layout, on a screen of memory.

use keyrite::ceremony::Mode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::talk::{Part, Place, Programme};
use super::drawing::draw;
use super::keys::{Pressed, Typed, press};
use super::model::{Model, Question};
use super::preview::Preview;

fn model(mode: Mode) -> Model {
    let step = |id: &str, title: &str| [id.to_owned(), title.to_owned(), "keyrite ca create root".to_owned()];
    let sections = vec![
        Part {
            title: "Prepare".to_owned(),
            steps: vec![step("1.1", "Open bag one"), step("1.2", "Record the machine")],
        },
        Part {
            title: "Make the root".to_owned(),
            steps: vec![step(
                "2.1",
                "Make the key root-g1 in token root and the root certificate of CA root",
            )],
        },
    ];
    let programme = Programme {
        title: "Example Root G1\u{1b}[31m".to_owned(),
        mode,
        plan: "aardvark adroitness absurd adviser".to_owned(),
        sections,
    };
    let mut model = Model::new(programme);
    model.clock = "2026-11-22T05:31:07Z".to_owned();
    model
}

fn drawn(model: &mut Model, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, model)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let cells: Vec<String> = buffer.content().iter().map(|cell| cell.symbol().to_owned()).collect();
    cells.chunks(usize::from(width)).map(|row| row.concat().trim_end().to_owned()).collect()
}

#[track_caller]
fn shows(lines: &[String], wanted: &str) {
    assert!(lines.iter().any(|line| line.contains(wanted)), "no {wanted:?} in {lines:#?}");
}

#[test]
fn script_and_deeds_stand_side_by_side_or_one_above_the_other() {
    for (width, height) in [(120, 40), (80, 24), (200, 50)] {
        let mut model = model(Mode::Ceremony);
        model.go(Place::SignedIn(vec!["Alice (administrator)".to_owned()]));
        model.go(Place::Section(2, vec!["Alice (administrator)".to_owned(), "Wim (witness)".to_owned()]));
        model.go(Place::Done("1.1".to_owned()));
        model.go(Place::Done("1.2".to_owned()));
        model.go(Place::Step("2.1".to_owned()));
        model.tell(["subject  C=AT, O=Example, CN=Example Root G1"]);
        model.question = Some(Question { prompt: "Enter does this step".to_owned(), hidden: false });
        let lines = drawn(&mut model, width, height);
        shows(&lines, " CEREMONY  Example Root G1\\u{1b}[31m");
        shows(&lines, "2026-11-22 05:31:07 UTC");
        shows(&lines, "present: Alice (administrator), Wim (witness) | plan: aardvark adroitness absurd");
        shows(&lines, "[x] 1.2 Record the machine");
        shows(&lines, "[>] 2.1 Make the key root-g1");
        shows(&lines, "\u{2500}\u{2500} 05:31:07");
        shows(&lines, "subject  C=AT, O=Example, CN=Example Root G1");
        shows(&lines, "Enter does this step");
        assert!(lines.iter().all(|line| !line.contains('\u{1b}')), "{lines:#?}");
    }
    shows(&drawn(&mut model(Mode::Rehearsal), 120, 40), " REHEARSAL ");
    shows(&drawn(&mut model(Mode::Ceremony), 79, 24), "wanted 80 and 24. Make it larger.");
}

#[test]
fn an_answer_counts_only_after_all_that_is_to_be_approved_was_on_the_screen() {
    let mut model = model(Mode::Ceremony);
    model.preview = Some(Preview::new((1..=60).map(|number| format!("field {number}")).collect()));
    model.question = Some(Question { prompt: "Approval 1 of 2: your name".to_owned(), hidden: false });
    let mut typed = Typed::new();
    let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
    shows(&drawn(&mut model, 120, 40), "more lines below (PageDown)");
    for code in [KeyCode::Char('A'), KeyCode::Enter] {
        assert_eq!(press(&mut model, &mut typed, &key(code)), Pressed::More);
    }
    shows(&drawn(&mut model, 120, 40), "Read on first, with PageDown");
    for _ in 0..3 {
        press(&mut model, &mut typed, &key(KeyCode::PageDown));
        drawn(&mut model, 120, 40);
    }
    let lines = drawn(&mut model, 120, 40);
    shows(&lines, "field 60");
    shows(&lines, "To be approved: the end of it");
    for c in "Alicf".chars() {
        assert_eq!(press(&mut model, &mut typed, &key(KeyCode::Char(c))), Pressed::More);
    }
    press(&mut model, &mut typed, &key(KeyCode::Backspace));
    press(&mut model, &mut typed, &key(KeyCode::Char('e')));
    shows(&drawn(&mut model, 120, 40), "> Alice");
    assert_eq!(press(&mut model, &mut typed, &key(KeyCode::Enter)), Pressed::Enter);
    assert_eq!(typed.take(), "Alice");
    // What was approved stays among what was done.
    model.hide();
    shows(&drawn(&mut model, 120, 40), "field 60");
}

#[test]
fn a_pin_is_not_on_the_screen() {
    let mut model = model(Mode::Ceremony);
    model.question = Some(Question { prompt: "PIN of token \"root-g1\"".to_owned(), hidden: true });
    let mut typed = Typed::new();
    for c in "4711".chars() {
        press(&mut model, &mut typed, &KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    }
    let lines = drawn(&mut model, 80, 24);
    shows(&lines, "what you type is not shown");
    assert!(lines.iter().all(|line| !line.contains("47")), "{lines:#?}");
    assert!(model.input.is_empty());
    assert_eq!(typed.take(), "4711");
}
