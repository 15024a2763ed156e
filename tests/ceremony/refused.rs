//! Only the plan is carried out, and only by those who are wanted.

use crate::scene::Scene;

/// Nothing was made in any token, and nobody was asked for a PIN.
#[track_caller]
fn untouched(scene: &Scene) {
    for function in ["C_Login", "C_GenerateKeyPair", "C_Sign"] {
        assert_eq!(scene.calls(function), 0, "{function}");
    }
}

#[test]
fn what_has_changed_since_the_plan_is_refused_before_any_token_is_asked() {
    let scene = Scene::new();
    let plan = scene.plan();
    let refused = |scene: &Scene| {
        let ended = scene.keyrite(&Scene::run(&plan));
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!(", wanted {plan}: nothing was done\n")), "{}", ended.stderr);
        assert!(!scene.path("out").exists());
        untouched(scene);
    };
    scene.append("script.toml", "# one more line\n");
    refused(&scene);
    scene.write("script.toml", crate::scene::SCRIPT);
    scene.append("site.toml", "# one more line\n");
    refused(&scene);
    scene.replace("site.toml", "# one more line\n", "");
    scene.append("home/keyrite.toml", "# one more line\n");
    refused(&scene);
    scene.replace("home/keyrite.toml", "# one more line\n", "");
    let shown = scene.done(&["profile", "show", "intermediate", "--help"]);
    assert!(!shown.is_empty());
    scene.write(
        "home/profiles/intermediate.toml",
        "inherits = \"intermediate\"\n[validity]\ndefault = \"2y\"\n",
    );
    refused(&scene);
    std::fs::remove_file(scene.path("home/profiles/intermediate.toml")).unwrap();
    assert_eq!(scene.plan(), plan);
}

#[test]
fn what_changes_while_a_run_is_stopped_is_refused_when_it_goes_on() {
    let scene = Scene::new();
    scene.append("answers.toml", "[stop]\nstep = \"1.2\"\nperson = \"Alice\"\nreason = \"lunch\"\n");
    let ended = scene.keyrite(&Scene::run(&scene.plan()));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("error: stopped before step 1.2 by Alice: lunch\n"), "{}", ended.stderr);
    assert!(ended.stderr.contains("keyrite ceremony resume "), "{}", ended.stderr);
    scene.write("answers.toml", crate::scene::ANSWERS);
    for (file, from, to) in [
        ("out/script.toml", "Example Root", "Example Boot"),
        ("out/site.toml", "token=root-g1", "token=root-g2"),
        ("home/keyrite.toml", "[ca.issuing]", "# changed\n[ca.issuing]"),
    ] {
        scene.replace(file, from, to);
        let ended = scene.keyrite(Scene::RESUME);
        assert_eq!(ended.code, Some(1), "{file}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("error: the plan is not what was planned: nothing was signed\n"),
            "{}",
            ended.stderr
        );
        scene.replace(file, to, from);
        untouched(&scene);
    }
    scene.done(Scene::RESUME);
    let proven = scene.proven();
    assert!(proven.contains("good        yes\n"), "{proven}");
}

#[test]
fn a_script_that_cannot_be_carried_out_is_refused_with_all_that_is_wrong() {
    let scene = Scene::new();
    scene.replace(
        "script.toml",
        "subject = \"C=AT,O=Example,CN=Example Root\"",
        "subject = \"CN=Example Root\"\nvalidity = \"99y\"",
    );
    scene.replace("script.toml", "next_update = \"180d\"", "next_update = \"2y\"");
    let ended = scene.keyrite(&["ceremony", "plan", "script.toml", "--site", "site.toml"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for wanted in [
        "error: the script cannot be carried out: nothing was asked for or made\n",
        "caused by: step 1.2: refused: ",
        "[POL-VALIDITY-MAXIMUM]",
    ] {
        assert!(ended.stderr.contains(wanted), "no {wanted:?} in {}", ended.stderr);
    }
    assert_eq!(scene.calls("C_Initialize"), 0);
}

#[test]
fn everything_that_is_wrong_with_a_script_is_told_with_its_line() {
    let scene = Scene::new();
    scene.write(
        "script.toml",
        "[ceremony]\ntitle = \"x\"\npurpose = \"y\"\nextra = 1\n[roles.a]\ndescription = \"z\"\n[[section]]\n\
         title = \"s\"\npresent = { a = 2, b = 1 }\napprovals = 9\n[[section.step]]\ndo = \"sign\"\n\
         [[section.step]]\ndo = \"issue-crl\"\nca = \"root\"\nnext_update = \"soon\"\n",
    );
    let ended = scene.keyrite(&["ceremony", "plan", "script.toml"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    for wanted in [
        "line 4: ceremony.extra: unknown key [TOML-UNKNOWN-KEY]",
        "line 9: section.present.a: 2, and 1 people have this role [CER-ROLE]",
        "line 9: section.present.b: no role of this name",
        "line 10: section.approvals: 9 people approve, and 2 are present [CER-APPROVALS]",
        "line 12: section.step.do: \"sign\", wanted one of check-environment check-token create-root request issue",
        "line 15: section.step.ca: no step before makes a CA \"root\"",
        "line 16: section.step.next_update: ",
    ] {
        assert!(ended.stderr.contains(wanted), "no {wanted:?} in {}", ended.stderr);
    }
}

#[test]
fn a_home_that_says_otherwise_of_a_ca_is_refused() {
    let scene = Scene::new();
    let other = crate::scene::CAS.replace("test/root.crl", "test/other.crl");
    scene.replace("home/keyrite.toml", crate::scene::CAS, &other);
    let ended = scene.keyrite(&["ceremony", "plan", "script.toml", "--site", "site.toml"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error: [ca.root] of the script and of keyrite.toml do not say the same\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn one_person_is_not_two() {
    let scene = Scene::new();
    scene.replace("answers.toml", "witness = [\"Wim\"]", "witness = [\"alice\"]");
    let ended = scene.keyrite(&Scene::run(&scene.plan()));
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error: \"alice\" is there twice, wanted different people\n"),
        "{}",
        ended.stderr
    );
    untouched(&scene);
}

#[test]
fn nobody_is_asked_where_there_is_no_terminal() {
    let scene = Scene::new();
    let plan = scene.plan();
    let ended = scene.keyrite(&[
        "ceremony",
        "run",
        "script.toml",
        "--site",
        "site.toml",
        "--plan",
        &plan,
        "--dir",
        "out",
    ]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: --answers FILE answers it"), "{}", ended.stderr);
    untouched(&scene);
}

#[test]
fn what_answers_for_everybody_has_no_place_in_a_ceremony() {
    let scene = Scene::new();
    let plan = scene.plan();
    for (flag, wanted) in [
        (&["--yes"][..], "error: --yes has no place in a ceremony, where everything is approved by name\n"),
        (
            &["--pin-source", "env:PIN"],
            "error: --pin-source has no place in a ceremony, where each token has its own\n",
        ),
    ] {
        let ended = scene.keyrite(&[flag, &Scene::run(&plan)].concat());
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(wanted), "{}", ended.stderr);
        untouched(&scene);
    }
}

/// A key that was in the token before has the label of the script: whoever put it there may have a copy of it.
#[test]
fn a_key_that_was_there_before_never_becomes_that_of_a_ca() {
    let scene = Scene::new();
    let pin = scene.tokens().pin_source();
    let planted = "pkcs11:token=root-g1;object=root-g1";
    scene.done(&["--pin-source", &pin, "key", "generate", planted, "--algorithm", "ec-p256"]);
    let signed = scene.calls("C_Sign");
    let ended = scene.keyrite(&Scene::run(&scene.plan()));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("step 1.2 is not done"), "{}", ended.stderr);
    for _ in 0..2 {
        let ended = scene.keyrite(Scene::RESUME);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(", which this ceremony has not made"), "{}", ended.stderr);
    }
    assert_eq!((scene.calls("C_Sign"), scene.calls("C_GenerateKeyPair")), (signed, 1));
    scene.done(&["--pin-source", &pin, "--yes", "key", "destroy", planted]);
    scene.done(Scene::RESUME);
    assert!(scene.proven().contains("good        yes\n"));
}
