//! Every template is complete: written by `ceremony new`, it passes its own rehearsal as it is.

use keyrite::ceremony::TEMPLATES;

use crate::scene::{Scene, files};

#[test]
fn every_template_passes_its_own_rehearsal() {
    let scene = Scene::new();
    for template in TEMPLATES {
        let (name, out) = (template.name, format!("{}-bundle", template.name));
        scene.done(&["ceremony", "new", "--template", name, name]);
        let (script, answers) = (format!("{name}/script.toml"), format!("{name}/answers.toml"));
        let told = scene.done(&["ceremony", "rehearse", &script, "--answers", &answers, "--out", &out]);
        assert!(told.contains("mode        rehearsal\n"), "{told}");
        let proven = scene.done(&["ceremony", "verify", &out]);
        assert!(proven.contains("good        yes\n"), "{name}: {proven}");
        assert!(proven.contains("this is a rehearsal, whose tokens and home were thrown away"), "{proven}");
        let bundle = files(&scene.path(&out));
        let transcript = String::from_utf8(bundle["transcript.jsonl"].clone()).unwrap();
        assert!(transcript.lines().all(|line| line.contains("\"mode\":\"rehearsal\"")), "{name}");
        for (path, contents) in &bundle {
            if path.starts_with("log/certificates/") {
                let certificate = keyrite::x509::certificate::Certificate::read(contents).unwrap();
                assert!(certificate.issuer().to_string().contains("CN=REHEARSAL "), "{path}");
            }
        }
        // Nothing is left of it, and the home knows nothing of it.
        assert!(scene.done(&["--json", "ca", "list"]).contains("[]"));
    }
}

#[test]
fn a_template_that_there_is_not_is_refused_with_those_that_there_are() {
    let scene = Scene::new();
    let ended = scene.keyrite(&["ceremony", "new", "--template", "none", "x"]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended
            .stderr
            .contains("no template \"none\", wanted one of root-and-intermediate annual-crl cross-sign"),
        "{}",
        ended.stderr
    );
}
