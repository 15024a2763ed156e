//! Runs the program in a directory of its own, without the user's environment.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) use crate::dangerous::is_dangerous;

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in `directory` with nothing on standard input.
pub(crate) fn run<S: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = S>) -> Run {
    feed(directory, arguments, b"")
}

/// Runs the program in `directory` with `input` on standard input, a pipe.
pub(crate) fn feed<S: AsRef<OsStr>>(
    directory: &Path,
    arguments: impl IntoIterator<Item = S>,
    input: &[u8],
) -> Run {
    let mut command = command(directory);
    command.args(arguments);
    finish(command, input)
}

/// Runs a command to its end with `input` on standard input, a pipe.
pub(crate) fn finish(mut command: Command, input: &[u8]) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses its command line does not read.
    drop(child.stdin.take().unwrap().write_all(input));
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The program, about to run in `directory`.
pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyrite"));
    command.current_dir(directory).env_clear().env("PATH", "/usr/bin:/bin");
    command
}

/// Writes a file for a test.
pub(crate) fn save(path: &Path, contents: impl AsRef<[u8]>) {
    std::fs::File::create(path).unwrap().write_all(contents.as_ref()).unwrap();
}

impl Run {
    /// Asserts the exit code and gives the run back; shows everything if it is another.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// Asserts that neither stream holds anything a terminal would obey or hide.
#[track_caller]
pub(crate) fn assert_safe(run: &Run) {
    for stream in [&run.stdout, &run.stderr] {
        if let Some(found) = stream.chars().find(|c| is_dangerous(*c)) {
            let line = stream.lines().find(|line| line.contains(found)).unwrap_or_default();
            panic!("U+{:04X} in {:?}", u32::from(found), line);
        }
    }
}
