//! Media made to do harm: nothing is followed, nothing waited for, nothing shown raw.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use keyrite::exchange::Contents;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::scene::Scene;

/// All three commands that read a medium refuse it with these words.
#[track_caller]
fn refused(scene: &Scene, wanted: &str) {
    for run in [
        scene.answer("hostile", "answer"),
        scene.accept("hostile", "accepted"),
        scene.online(&["bundle", "show", "hostile"]),
    ] {
        assert!(matches!(run.code, Some(1 | 2)), "{run:#?}");
        assert!(run.stderr.contains(wanted), "{wanted}: {run:#?}");
        let raw = |c: char| c.is_control() && c != '\n';
        assert!(!run.stderr.contains(raw) && !run.stdout.contains(raw), "{run:?}");
    }
    assert!(!scene.path("answer").exists() && !scene.path("accepted").exists());
}

#[test]
fn what_is_no_plain_file_is_not_opened() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    let sound = scene.contents("request");
    let csr = scene.path("hostile/requests/0001.csr");
    let renew = || {
        scene.put("hostile", &sound);
        std::fs::remove_file(&csr).unwrap();
    };
    renew();
    symlink("/etc/passwd", &csr).unwrap();
    refused(&scene, "hostile/requests/0001.csr: is a symbolic link, which no bundle has there");
    renew();
    // Whoever opened it would wait for ever.
    mknodat(CWD, &csr, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    refused(&scene, "hostile/requests/0001.csr: is a pipe, which no bundle has there");
    renew();
    std::fs::create_dir(&csr).unwrap();
    refused(&scene, "hostile/requests/0001.csr: is a directory, which no bundle has there");
    renew();
    std::fs::remove_dir(scene.path("hostile/requests")).unwrap();
    symlink(scene.path("request/requests"), scene.path("hostile/requests")).unwrap();
    refused(&scene, "hostile/requests: is a symbolic link, which no bundle has there");
    scene.put("hostile", &sound);
    std::fs::create_dir_all(scene.path("hostile/more/more")).unwrap();
    refused(&scene, "hostile/more: is a directory, which no bundle has there");
}

#[test]
fn names_and_texts_that_a_terminal_obeys_are_never_shown_raw() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    let sound = scene.contents("request");
    for name in [&b"\x1b[2J"[..], b"a\nb", b"\xff\xfe", b".hidden", b"a b", &[b'x'; 200]] {
        scene.put("hostile", &sound);
        let path = scene.path("hostile").join(OsStr::from_bytes(name));
        std::fs::File::create(path).unwrap();
        refused(&scene, "a name that no file of a bundle has");
    }
    let text = String::from_utf8(sound["request.json"].clone()).unwrap();
    for (from, to, wanted) in [
        ("\"r1.csr\"", "\"\\u001b[2J\"", "request.json: requests.reference is \"\\\\u{1b}[2J\""),
        ("\"requester\":\"web-team\"", "\"requester\":\"\\u001b]0;x\"", "request.json: requester is "),
        (
            "requests/0001.csr",
            "../../../etc/passwd",
            "request.json: requests.file is \"../../../etc/passwd\"",
        ),
        ("\"size\":", "\"size\":1", "requests/0001.csr has "),
        ("\"size\":", "\"size\":9007199254740993,\"x\":", "request.json cannot be read"),
        ("\"size\":", "\"size\":1e308,\"x\":", "request.json cannot be read"),
    ] {
        assert!(text.contains(from), "{from}");
        let mut changed = sound.clone();
        changed.insert("request.json".to_owned(), text.replace(from, to).into_bytes());
        scene.put("hostile", &changed);
        for run in [scene.answer("hostile", "answer"), scene.online(&["bundle", "show", "hostile"])] {
            assert!(matches!(run.code, Some(1 | 6)), "{to}: {run:#?}");
            let said = run.stderr.replace("\\\\", "\\");
            assert!(said.contains(&wanted.replace("\\\\", "\\")), "{to}: {run:#?}");
            assert!(!run.stderr.contains(|c: char| c.is_control() && c != '\n'), "{run:?}");
        }
    }
}

#[test]
fn depth_and_size_end_in_an_error_and_not_in_the_memory() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    let sound = scene.contents("request");
    let put = |name: &str, octets: Vec<u8>| {
        let mut changed: Contents = sound.clone();
        changed.insert(name.to_owned(), octets);
        scene.put("hostile", &changed);
    };
    for deep in ["[".repeat(1 << 20), "{\"a\":".repeat(1 << 18)] {
        put("request.json", deep.into_bytes());
        let run = scene.answer("hostile", "answer");
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stderr.contains("request.json cannot be read"), "{}", run.stderr);
    }
    put("request.json", vec![b' '; 5 << 20]);
    let run = scene.answer("hostile", "answer");
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("request.json has 5242880 octets, wanted at most 4194304"), "{}", run.stderr);
    // It says that it is a terabyte, and has no octet of it.
    scene.put("hostile", &sound);
    let file = std::fs::File::create(scene.path("hostile/requests/0001.csr")).unwrap();
    file.set_len(1 << 40).unwrap();
    refused(&scene, "hostile/requests/0001.csr: more than 67108864 octets");
    scene.put("hostile", &sound);
    for number in 0..900 {
        std::fs::File::create(scene.path(&format!("hostile/x{number}"))).unwrap();
    }
    refused(&scene, "hostile: more than 866 files, which is more than a bundle has");
}
