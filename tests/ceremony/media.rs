//! The transcript on another medium.

use std::io::{BufRead as _, BufReader};

use crate::scene::{ANSWERS, Scene};

/// The name of the copy.
fn copy(scene: &Scene) -> std::path::PathBuf {
    let mut found: Vec<_> = std::fs::read_dir(scene.path("stick")).unwrap().collect();
    assert_eq!(found.len(), 1);
    found.remove(0).unwrap().path()
}

fn with_stick() -> Scene {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("stick")).unwrap();
    let directory = scene.path("stick");
    scene.append("site.toml", &format!("[media.stick]\ndirectory = {directory:?}\n"));
    scene
}

/// I-35: at a ceremony of the root of the DNS somebody pulled out the wrong stick, and nothing was logged from then on
/// (KSK ceremony 19, 2014). Once a medium is gone nothing is signed, until it is back and has every record.
#[test]
fn i35_once_a_stick_is_pulled_out_nothing_is_signed() {
    let scene = with_stick();
    let plan = scene.plan();
    let mut child = scene.command(&Scene::run(&plan), "").spawn().unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        if line.starts_with("Step 1.2") {
            std::fs::rename(scene.path("stick"), scene.path("pulled-out")).unwrap();
        }
        said.push_str(&line);
        said.push('\n');
    }
    assert_eq!(child.wait().unwrap().code(), Some(5), "{said}");
    assert!(said.contains("the second transcript cannot be written, so that nothing more is done"), "{said}");
    assert_eq!(scene.calls("C_Sign"), 0, "{said}");
    // As long as it is not there nothing goes on.
    let ended = scene.keyrite(Scene::RESUME);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    let stick = scene.path("stick").display().to_string();
    assert!(
        ended.stderr.contains(&format!("{stick}: the medium for the second transcript is not there")),
        "{}",
        ended.stderr
    );
    assert_eq!(scene.calls("C_Sign"), 0);
    std::fs::rename(scene.path("pulled-out"), scene.path("stick")).unwrap();
    scene.done(Scene::RESUME);
    assert_eq!(std::fs::read(copy(&scene)).unwrap(), scene.read("out/transcript.jsonl").into_bytes());
    assert!(scene.proven().contains("good        yes\n"));
}

/// The second transcript tells what the first one has lost.
#[test]
fn a_transcript_that_was_cut_back_is_found_by_its_copy() {
    let scene = with_stick();
    scene.append(
        "answers.toml",
        "[stop]\nstep = \"1.3\"\nperson = \"Wim\"\nreason = \"the end of the day\"\n",
    );
    assert_eq!(scene.keyrite(&Scene::run(&scene.plan())).code, Some(1));
    scene.write("answers.toml", ANSWERS);
    let whole = scene.read("out/transcript.jsonl");
    let (before, _) = whole.trim_end().rsplit_once('\n').unwrap();
    scene.write("out/transcript.jsonl", &format!("{before}\n"));
    let ended = scene.keyrite(Scene::RESUME);
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    assert!(
        ended.stderr.contains(
            "the second transcript does not go with the first: one of them was changed or put back"
        ),
        "{}",
        ended.stderr
    );
    scene.write("out/transcript.jsonl", &whole);
    scene.done(Scene::RESUME);
}

#[test]
fn a_medium_that_is_not_there_is_told_before_anything_begins() {
    let scene = with_stick();
    let plan = scene.plan();
    std::fs::remove_dir(scene.path("stick")).unwrap();
    let ended = scene.keyrite(&Scene::run(&plan));
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(!scene.path("out").exists());
    for function in ["C_Login", "C_GenerateKeyPair", "C_Sign"] {
        assert_eq!(scene.calls(function), 0, "{function}");
    }
}
