//! The fault-injecting module: built from `fault_module.c` and `fault_module/` once, put before SoftHSM.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::tokens::Tokens;

/// The files of `fault_module/`.
const PARTS: [&str; 8] =
    ["attributes", "birth", "fault", "objects", "process", "session", "signature", "token"];

/// The module's path. Built with the C compiler that Rust's linker needs as well.
pub(crate) fn path() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
        // Several test processes may build it at once: each its own, then renamed.
        let building = directory.join(format!("fault_module-{}.so", std::process::id()));
        let built = directory.join("fault_module.so");
        let output = Command::new("cc")
            .args(["-shared", "-fPIC", "-fvisibility=hidden", "-O1", "-Wall", "-Wextra", "-o"])
            .args([&building, &source.join("fault_module.c")])
            .args(PARTS.map(|part| source.join(format!("fault_module/{part}.c"))))
            .arg("-ldl")
            .output()
            .expect("cc, which Rust's linker needs as well");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::rename(&building, &built).expect("the module in its place");
        built
    })
}

/// The environment by which the module finds the tokens' own and commits `faults`: `C_Sign:hang@2,C_Login:rv=0xa4`.
pub(crate) fn environment(tokens: &Tokens, faults: &str) -> [(&'static str, PathBuf); 4] {
    let (name, value) = tokens.environment();
    // Made beforehand: the module may not make new files beside the home.
    let log = log(tokens);
    drop(std::fs::OpenOptions::new().append(true).create(true).open(&log).expect("the module's log"));
    [(name, value), ("FAULT_MODULE", tokens.module()), ("FAULT_LOG", log), ("FAULTS", PathBuf::from(faults))]
}

/// How often a function was called so far.
pub(crate) fn calls(tokens: &Tokens, function: &str) -> usize {
    lines(tokens).iter().filter(|line| *line == function).count()
}

/// Every call so far, in order.
pub(crate) fn all_calls(tokens: &Tokens) -> Vec<String> {
    lines(tokens).into_iter().filter(|line| !line.starts_with('!')).collect()
}

/// The faults that were committed so far, as `C_Sign:flip`. A fault that finds nothing to spoil is none.
pub(crate) fn committed(tokens: &Tokens) -> Vec<String> {
    lines(tokens).iter().filter_map(|line| line.strip_prefix('!')).map(str::to_owned).collect()
}

/// Forgets the calls so far.
pub(crate) fn forget(tokens: &Tokens) {
    drop(std::fs::File::create(log(tokens)).expect("the module's log"));
}

fn lines(tokens: &Tokens) -> Vec<String> {
    let text = std::fs::read_to_string(log(tokens)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn log(tokens: &Tokens) -> PathBuf {
    tokens.path().join("calls")
}

/// Which search of the token comes after a key was destroyed there, in the last process that did so.
pub(crate) fn search_after_destruction(tokens: &Tokens) -> usize {
    let calls = all_calls(tokens);
    let last = calls.iter().rposition(|call| call == "C_DestroyObject").expect("a key was destroyed");
    let process =
        calls[..last].iter().rposition(|call| call == "C_Initialize").expect("the module was begun");
    calls[process..last].iter().filter(|call| *call == "C_FindObjectsInit").count() + 1
}

/// Kills a program as soon as the module commits a fault in which it hangs.
pub(crate) fn kill_at_fault(tokens: &Tokens, mut child: std::process::Child) {
    for _ in 0..3_000 {
        if !committed(tokens).is_empty() {
            break;
        }
        assert_eq!(child.try_wait().expect("the program's state"), None, "it ended before the fault");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(!committed(tokens).is_empty(), "the fault never came");
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
}
