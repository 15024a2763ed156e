//! pkilint over many objects at once: `pkilint_batch.py` in one process per core.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64ct::{Base64, Encoding as _};

/// One object for one of pkilint's linters.
pub(crate) struct Task<'a> {
    /// `pkix`, `serverauth`, `smime`, `etsi`, `crl` or `ocsp`.
    pub(crate) linter: &'static str,
    /// What the linter's option `--type` takes; empty for what it finds by itself.
    pub(crate) kind: &'a str,
    pub(crate) der: &'a [u8],
}

/// What pkilint says of an object: severity and code of each finding from NOTICE on, sorted; or why it cannot read it.
pub(crate) type Verdict = Result<Vec<(String, String)>, String>;

#[derive(serde::Deserialize)]
struct Answer {
    findings: Option<Vec<(String, String)>>,
    unreadable: Option<String>,
}

/// Lints each object; the verdicts are in the order of the tasks.
pub(crate) fn lint(tasks: &[Task<'_>]) -> Vec<Verdict> {
    let processes = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = tasks.len().div_ceil(processes).max(1);
    std::thread::scope(|scope| {
        let running: Vec<_> = tasks.chunks(share).map(|share| scope.spawn(|| one_process(share))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn one_process(tasks: &[Task<'_>]) -> Vec<Verdict> {
    let mut child = Command::new(programs().join("python"))
        .arg("-B")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/pkilint_batch.py"))
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            for Task { linter, kind, der } in tasks {
                let der = Base64::encode_string(der);
                let line = serde_json::json!({ "linter": linter, "type": kind, "der": der });
                // A process that has ended is seen below, by what it did not say.
                if writeln!(input, "{line}").is_err() {
                    return;
                }
            }
        });
        child.wait_with_output().unwrap()
    });
    let said = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<Verdict> = said
        .lines()
        .map(|line| {
            let answer: Answer = serde_json::from_str(line).unwrap();
            answer.findings.ok_or_else(|| answer.unreadable.unwrap_or_default())
        })
        .collect();
    assert!(
        output.status.success() && verdicts.len() == tasks.len(),
        "pkilint_batch.py judged {} of {} objects: {}\n{}",
        verdicts.len(),
        tasks.len(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    verdicts
}

/// Where pkilint's programs are.
///
/// # Panics
/// With instructions when pkilint is not installed: its absence is a failure, not a skip.
pub(crate) fn programs() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let directory =
        std::env::var_os("KEYRITE_PKILINT").map_or_else(|| target.join("venv/bin"), PathBuf::from);
    assert!(
        directory.join("lint_crl").exists(),
        "no pkilint in {}: softhsm-setup/test.sh installs it, or name its directory in KEYRITE_PKILINT",
        directory.display()
    );
    directory
}
