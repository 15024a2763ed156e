//! The whole way, once.

use crate::scene::{Scene, files};

#[test]
fn a_plan_is_run_bundled_verified_and_reported() {
    let scene = Scene::new();
    let plan = scene.plan();
    // Neither planning nor rendering asks a token for anything.
    scene.done(&["ceremony", "script", "script.toml", "--out", "script.html"]);
    assert_eq!(scene.calls("C_Initialize"), 0);
    let told = scene.done(&Scene::run(&plan));
    assert!(told.contains("ceremony    Test Root\n"), "{told}");
    assert!(told.contains(&format!("plan        {plan}\n")), "{told}");
    let proven = scene.proven();
    assert!(proven.contains("findings    none\ngood        yes\n"), "{proven}");
    assert!(
        proven
            .contains("all 4 objects that were signed follow octet for octet from script, profiles and keys"),
        "{proven}"
    );
    assert!(
        proven.contains("not proven  that people approved anything: a file answered in their place"),
        "{proven}"
    );

    // What came out is what another program takes.
    let verify = scene
        .tokens()
        .command("openssl")
        .current_dir(scene.path("bundle/outputs"))
        .args(["verify", "-CAfile", "root.pem", "issuing.pem"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(verify.stdout).unwrap(), "issuing.pem: OK\n");

    // The bundle is all that is needed: no home, no token.
    let elsewhere = tempfile::tempdir().unwrap();
    let copied = elsewhere.path().join("copy");
    assert!(
        std::process::Command::new("cp")
            .arg("-r")
            .arg(scene.path("bundle"))
            .arg(&copied)
            .status()
            .unwrap()
            .success()
    );
    let alone = std::process::Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .current_dir(elsewhere.path())
        .args(["ceremony", "verify", "copy"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(alone.stdout).unwrap(), proven);

    scene.done(&["ceremony", "report", "bundle", "--out", "report.html"]);
    let report = scene.read("report.html");
    for wanted in [
        "<title>Report: Test Root</title>",
        "Every file accounts for every other.",
        "<svg",
        "Example Issuing",
        "Alice approves what step 1.2 signs",
        "BR 6.1.1.1",
        "not by these files",
        "A-1",
    ] {
        assert!(report.contains(wanted), "no {wanted:?}");
    }
    let sheet = scene.read("script.html");
    for page in [&report, &sheet] {
        for forbidden in ["<script", "http-equiv=\"refresh\"", "src=", "href=", "url(", "@import"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
    assert!(sheet.contains("<b>1.2</b>") && sheet.contains("class=\"box\"") && sheet.contains("bag"));

    // No PIN is anywhere.
    for (name, contents) in files(&scene.path("bundle")).iter().chain(&files(&scene.path("out"))) {
        let pin = crate::support::tokens::PIN.as_bytes();
        assert!(!contents.windows(pin.len()).any(|part| part == pin), "{name}");
    }
}

#[test]
fn a_deviation_is_told_by_somebody_present() {
    let scene = Scene::new();
    let plan = scene.plan();
    let deviation =
        |person: &str| format!("[[deviation]]\nstep = \"1.2\"\nperson = \"{person}\"\nreason = \"late\"\n");
    scene.append("answers.toml", &deviation("Nobody"));
    let ended = scene.keyrite(&Scene::run(&plan));
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error: \"Nobody\" is not present and tells of a deviation\n"),
        "{}",
        ended.stderr
    );
    scene.replace("answers.toml", "Nobody", "Wim");
    scene.done(Scene::RESUME);
    let proven = scene.proven();
    assert!(proven.contains("good        yes\n"), "{proven}");
    scene.done(&["ceremony", "report", "bundle", "--out", "report.html"]);
    assert!(scene.read("report.html").contains("<td>deviation</td><td>late</td><td>Wim</td>"));
}
