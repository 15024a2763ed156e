//! Every command that uses a PIN, from every source, through successes and failures, at the highest log level.

use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::process::Command;

use crate::home::{Home, Run, finish};
use crate::search::{WRONG, WRONG_SO, assert_no_file, assert_silent};
use crate::support::fault_module;
use crate::support::softhsm::{PIN, SO_PIN};

/// Where a run gets its PIN from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    File,
    Environment,
    Descriptor,
}

const SOURCES: [Source; 3] = [Source::File, Source::Environment, Source::Descriptor];

/// A command with a PIN from a source, with faults in its module, that logs everything.
pub(crate) fn command(home: &Home, source: Source, pin: &str, faults: &str, arguments: &[&str]) -> Command {
    let module = fault_module::path();
    let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), faults);
    command.args(["--home", "ca", "--yes", "--log", "trace", "--module"]).arg(module);
    match source {
        Source::File => {
            let file = if pin == PIN { "pin" } else { "wrong" };
            let path = home.token().write_private(file, pin);
            command.arg("--pin-source").arg(format!("file:{}", path.display()));
        }
        Source::Environment => {
            command.env("KEYRITE_TEST_PIN", pin).args(["--pin-source", "env:KEYRITE_TEST_PIN"]);
        }
        Source::Descriptor => {
            command.args(["--pin-source", "fd:0"]);
        }
    }
    command.args(arguments);
    if arguments.contains(&"--label") {
        let officer = if pin == PIN { SO_PIN } else { WRONG_SO };
        match source {
            Source::Environment => {
                command
                    .env("KEYRITE_TEST_SO_PIN", officer)
                    .args(["--so-pin-source", "env:KEYRITE_TEST_SO_PIN"]);
            }
            Source::File | Source::Descriptor => {
                let path = home.token().write_private("so-pin", officer);
                command.arg("--so-pin-source").arg(format!("file:{}", path.display()));
            }
        }
    }
    command
}

/// Runs it, with the PIN on descriptor 0 where it comes from there, and looks at what it says.
fn run(home: &Home, source: Source, pin: &str, faults: &str, arguments: &[&str]) -> Run {
    let mut command = command(home, source, pin, faults, arguments);
    let run = match source {
        Source::File | Source::Environment => finish(&mut command),
        Source::Descriptor => {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(pin.as_bytes()).unwrap();
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            let output = command.stdin(std::fs::File::open(path).unwrap()).output().unwrap();
            Run::of(&output)
        }
    };
    assert_silent(&run, &format!("{arguments:?} with {faults:?}, PIN from {source:?}"));
    run
}

#[test]
fn no_success_tells_the_pin() {
    for (number, source) in SOURCES.into_iter().enumerate() {
        let home = Home::template();
        let (key, shown) = (home.token().key_uri(&format!("k{number}")), home.token().key_uri("root"));
        let uri = home.token().uri();
        let subject = "C=AT,O=Example,CN=Example Issuing";
        for json in [&[][..], &["--json"]] {
            let name = format!("n{}", json.len());
            let out = |end: &str| format!("{name}.{end}");
            let key = format!("{key}-{name}");
            for arguments in [
                &["token", "list"][..],
                &["token", "doctor", &uri],
                &["key", "list", &uri],
                &["key", "generate", &key, "--algorithm", "ec-p256"],
                &["key", "show", &shown, "--public-out", &out("pub")],
                &["ca", "create", &name, "--key", &key, "--subject", subject, "--out", &out("ca")],
                &["issue", "r1.csr", "--ca", "root", "--profile", "tls-server", "--out", &out("pem")],
                &["issue", "r2.csr", "--ca", "root", "--profile", "tls-server", "--dry-run"],
                &["crl", "issue", "--ca", &name, "--out", &out("crl")],
                &["revoke", &out("pem"), "--ca", "root", "--reason", "superseded"],
                &["recover"],
                &["status"],
                &["key", "destroy", &key, "--of-ca", &name],
                &["token", "init", "pkcs11:", "--label", &name],
                &["token", "init", "pkcs11:", "--label", &format!("{name}-2"), "--erase", &name],
                &["audit", "list"],
            ] {
                let run = run(&home, source, PIN, "", &[json, arguments].concat());
                assert_eq!(run.code, Some(0), "{arguments:?}: {run:#?}");
            }
        }
        assert!(assert_no_file(&home.path(".")) > 20);
    }
}

/// Every way in which a command that has, or should have, a PIN goes wrong.
#[test]
fn no_failure_tells_the_pin() {
    let template = Home::template();
    let uri = template.token().uri();
    let root = template.token().key_uri("root");
    let with_value = format!("{uri}?pin-value={PIN}");
    let in_uri = ["key", "list", with_value.as_str()];
    let in_uri_and_mistyped = ["key", "lst", with_value.as_str()];
    let list = ["key", "list", uri.as_str()];
    let issue = template.issue(&["r1.csr"], &["--out", "x.pem"]);
    let refused = [&template.issue(&["r1.csr"], &["--out", "x.pem"])[..], &["--validity", "90y"]].concat();
    let generate = ["key", "generate", root.as_str(), "--algorithm", "ec-p256"];
    let create = ["ca", "create", "root", "--key", root.as_str(), "--subject", "CN=X"];
    let init = ["token", "init", "pkcs11:", "--label", "x"];
    let again = ["token", "init", "pkcs11:", "--label", "x", "--erase", "x"];
    let destroy = ["key", "destroy", &root];
    let destroy_of_ca = ["key", "destroy", &root, "--of-ca", "root"];
    let compare = ["key", "show", &root, "--compare", &root];
    let init_used = ["token", "init", &uri, "--label", "x"];
    let init_erasing = ["token", "init", &uri, "--label", "x", "--erase", "crash", "--of-ca", "root"];
    // What is run, with which PIN and faults, and the exit code.
    let failures: Vec<(&str, &str, &[&str], i32)> = vec![
        (WRONG, "", &list, 4),
        (WRONG, "", &issue, 4),
        (WRONG, "", &["key", "generate", "pkcs11:object=new", "--algorithm", "ec-p256"], 4),
        (WRONG, "", &["crl", "issue", "--ca", "root", "--out", "x.crl"], 4),
        (PIN, "C_GetTokenInfo:flags=0x40000", &list, 4),
        (PIN, "C_GetTokenInfo:flags=0x20000", &list, 4),
        (PIN, "C_Login:rv=0xa2", &list, 4),
        (PIN, "C_Login:rv=0xa3", &list, 4),
        (PIN, "C_Login:rv=0xa4", &list, 4),
        (PIN, "C_Login:rv=0x7", &issue, 4),
        (PIN, "C_Login:rv=0x30", &issue, 4),
        (PIN, "C_Login:crash", &issue, 4),
        (PIN, "C_Login:exit", &list, 4),
        (PIN, "C_Login:late", &list, 4),
        (PIN, "C_Initialize:crash", &list, 4),
        (PIN, "C_GetSlotList:rv=0x30", &list, 4),
        (PIN, "C_OpenSession:rv=0x30", &list, 4),
        (PIN, "C_FindObjectsInit:rv=0x30", &list, 4),
        (PIN, "C_GetAttributeValue:crash", &list, 4),
        (PIN, "C_GenerateRandom:rv=0x30", &issue, 4),
        (PIN, "C_GenerateRandom:constant", &issue, 4),
        (PIN, "C_SignInit:rv=0x101", &issue, 4),
        (PIN, "C_Sign:rv=0x30@2", &issue, 4),
        (PIN, "C_Sign:crash@2", &issue, 4),
        (PIN, "C_Sign:short@2", &issue, 4),
        (PIN, "C_Sign:flip@2", &issue, 6),
        (PIN, "C_Sign:flip", &issue, 6),
        (
            PIN,
            "C_GenerateKeyPair:rv=0x30",
            &["key", "generate", "pkcs11:object=n", "--algorithm", "ec-p256"],
            4,
        ),
        (PIN, "", &["key", "show", "pkcs11:object=nowhere"], 4),
        (PIN, "", &["key", "list", "pkcs11:token=nowhere"], 4),
        (PIN, "", &["key", "list", "not a uri"], 2),
        (PIN, "", &in_uri, 2),
        (PIN, "", &in_uri_and_mistyped, 2),
        (PIN, "", &generate, 1),
        (PIN, "", &create, 1),
        (PIN, "", &refused, 1),
        (PIN, "", &["issue", "r1.csr", "--ca", "nowhere", "--profile", "tls-server", "--out", "x.pem"], 2),
        (PIN, "", &["issue", "r1.csr", "--ca", "root", "--profile", "tls-server", "--out", "www.pem"], 5),
        (PIN, "", &["issue", "www.key", "--ca", "root", "--profile", "tls-server", "--out", "x.pem"], 1),
        (PIN, "", &destroy, 1),
        (PIN, "", &["key", "destroy", "pkcs11:object=nowhere"], 4),
        (PIN, "C_DestroyObject:rv=0x1b", &destroy_of_ca, 4),
        (PIN, "", &compare, 1),
        (PIN, "", &init_used, 1),
        (WRONG, "", &init_erasing, 4),
        (PIN, "C_InitToken:rv=0xa0", &init, 4),
        (PIN, "C_InitToken:rv=0xa2", &init, 4),
        (PIN, "C_InitToken:rv=0x54", &init, 4),
        (PIN, "C_InitToken:crash", &init, 4),
        // From here on there is another token.
        (PIN, "C_InitPIN:rv=0xa1", &init, 4),
        (PIN, "C_InitPIN:crash", &again, 4),
        (PIN, "C_Login:crash", &again, 4),
        (PIN, "C_Login:rv=0xa0@2", &again, 4),
    ];
    assert!(failures.len() >= 25);
    for source in SOURCES {
        let home = template.copy();
        for (number, (pin, faults, arguments, code)) in failures.iter().enumerate() {
            let json: &[&str] = if number % 2 == 0 { &["--json"] } else { &[] };
            let run = run(&home, source, pin, faults, &[json, arguments].concat());
            assert_eq!(run.code, Some(*code), "{arguments:?} with {faults:?}: {run:#?}");
            assert!(!run.stderr.is_empty(), "{arguments:?}");
        }
        assert!(assert_no_file(&home.path(".")) > 10);
    }
}

/// An examination goes on after a failure, and with a new worker after a crash.
#[test]
fn no_examination_tells_the_pin() {
    let template = Home::template();
    let uri = template.token().uri();
    for source in SOURCES {
        let home = template.copy();
        for (pin, faults, code) in [
            (WRONG, "", 1),
            (PIN, "C_GetInfo:crash", 0),
            (PIN, "C_Login:crash", 1),
            (PIN, "C_Login:late", 1),
            (PIN, "C_Login:rv=0xa4", 1),
            (PIN, "C_GenerateRandom:crash", 1),
            (PIN, "C_FindObjects:exit", 1),
            (PIN, "C_Sign:crash@2", 1),
            (PIN, "C_GetTokenInfo:flags=0x20000", 1),
        ] {
            for arguments in [&["token", "doctor", &uri][..], &["token", "doctor", &uri, "--json"]] {
                let run = run(&home, source, pin, faults, arguments);
                assert_eq!(run.code, Some(code), "{arguments:?} with {faults:?}: {run:#?}");
            }
        }
        assert!(assert_no_file(&home.path(".")) > 10);
    }
}

/// A PIN given where its source is wanted, a source that holds none, and modules that are none.
#[test]
fn no_wrong_source_tells_the_pin() {
    let home = Home::template();
    let uri = home.token().uri();
    let two_lines = home.token().write_private("pin", &format!("{PIN}\n{PIN}\n"));
    let open = home.token().write_private("open", PIN);
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    let sources = [
        PIN.to_owned(),
        format!("pin:{PIN}"),
        format!("file://{PIN}/x"),
        format!("file:{}", two_lines.display()),
        format!("file:{}", open.display()),
        "fd:77".to_owned(),
    ];
    for source in &sources {
        for json in [&[][..], &["--json"]] {
            let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), "");
            command.args(json).args(["--log", "trace", "--pin-source", source, "--module"]);
            let run = finish(command.arg(fault_module::path()).args(["key", "list", &uri]));
            assert!(matches!(run.code, Some(2 | 4)), "{source}: {run:#?}");
            assert_silent(&run, "a wrong source");
        }
    }
    std::fs::remove_file(open).unwrap();
    for module in ["/nowhere.so", "/bin/sh", "/dev/null"] {
        let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), "");
        command.env("KEYRITE_TEST_PIN", PIN).args(["--log", "trace", "--module", module]);
        let run = finish(command.args(["--pin-source", "env:KEYRITE_TEST_PIN", "key", "list", &uri]));
        assert_eq!(run.code, Some(4), "{module}: {run:#?}");
        assert_silent(&run, module);
    }
    assert_no_file(&home.path("."));
}
