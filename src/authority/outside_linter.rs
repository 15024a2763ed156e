//! Outside linters: programs that a profile names, run over what is about to be signed.
//!
//! A linter is started without a shell, by its absolute path, in `/`, in a process group of its own, with nothing
//! in its environment but PATH and LANG. It gets the unsigned certificate (RFC 9925) as PEM on standard input and
//! passes it by the exit status 0. It is ended, with all that it started, when its time is over; what it says is
//! kept up to a bound.

use std::fs::Metadata;
use std::io::{Read, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration as Wait;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, Signal};

use crate::audit::{Fingerprint, LinterRun};
use crate::policy::profile::OutsideLinter;
use crate::x509::time::Duration;

/// The most octets of each of standard output and standard error that are kept.
const KEPT: usize = 32 * 1024;
/// The most lines of them that are told.
const LINES: usize = 20;
/// How many linters run at the same time.
const TOGETHER: usize = 2;
/// How long what a linter said is waited for after its end: something that it started may hold on to its output.
const AFTERMATH: Wait = Wait::from_secs(1);
/// Write permission for group and others.
const WRITABLE: u32 = 0o022;
/// Where everybody may write, but nobody takes away what is another's.
const STICKY: u32 = 0o1000;
const EXECUTABLE: u32 = 0o111;
const ENVIRONMENT: [(&str, &str); 2] = [("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8")];

/// What a linter made of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Which linter, and how it ended: what goes on record.
    pub run: LinterRun,
    /// Whether it passed the certificate.
    pub passed: bool,
    /// The first lines of what it said, as it said them.
    pub said: Vec<String>,
}

/// Has every certificate, as PEM, judged by every linter; two run at a time. The answer holds for each certificate
/// the judgements in the order of the linters.
#[must_use]
pub fn judge(linters: &[OutsideLinter], certificates: &[String]) -> Vec<Vec<Judgement>> {
    let tasks: Vec<(&OutsideLinter, &String)> =
        certificates.iter().flat_map(|pem| linters.iter().map(move |linter| (linter, pem))).collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Judgement)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER.min(tasks.len()) {
            scope.spawn(|| {
                while let Some((at, (linter, pem))) = take(&next, &tasks) {
                    let judgement = run(linter, pem);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, judgement));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    let mut judgements = done.into_iter().map(|(_, judgement)| judgement);
    certificates.iter().map(|_| judgements.by_ref().take(linters.len()).collect()).collect()
}

fn take<T: Copy>(next: &AtomicUsize, tasks: &[T]) -> Option<(usize, T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    tasks.get(at).map(|task| (at, *task))
}

fn run(linter: &OutsideLinter, pem: &str) -> Judgement {
    let mut judgement = Judgement {
        run: LinterRun {
            linter: linter.name.clone(),
            program: linter.program.display().to_string(),
            program_sha256: None,
            status: String::new(),
        },
        passed: false,
        said: Vec::new(),
    };
    let judged = program(&linter.program).and_then(|sha256| {
        judgement.run.program_sha256 = Some(sha256);
        let child = start(linter).map_err(|error| format!("could not be started: {error}"))?;
        Ok(attend(child, linter.timeout, pem))
    });
    match judged {
        Err(problem) => judgement.run.status = problem,
        Ok(Attended { status, passed, output }) => {
            judgement.run.status = status;
            judgement.passed = passed;
            judgement.said = lines(&output);
        }
    }
    judgement
}

/// SHA-256 over the program, which nobody but root and the user may write.
fn program(path: &Path) -> Result<Fingerprint, String> {
    let unreadable = |error: std::io::Error| format!("could not be read: {error}");
    let found = path.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err("is not a regular file".to_owned());
    }
    trusted_owner(&found)?;
    let mode = found.permissions().mode();
    if mode & WRITABLE != 0 {
        return Err(format!(
            "has mode {:04o}, wanted no write permission for group and others",
            mode & 0o7777
        ));
    }
    if mode & EXECUTABLE == 0 {
        return Err("is not executable".to_owned());
    }
    // Whoever writes its directory can put another program in its place.
    for directory in path.parent().into_iter().flat_map(Path::ancestors) {
        let found = directory.metadata().map_err(unreadable)?;
        trusted_owner(&found).map_err(|why| format!("lies in {}, which {why}", directory.display()))?;
        let mode = found.mode();
        if mode & WRITABLE != 0 && mode & STICKY == 0 {
            let place = directory.display();
            return Err(format!(
                "lies in {place}, which group or others may write (mode {:04o})",
                mode & 0o7777
            ));
        }
    }
    Ok(Fingerprint::of(&std::fs::read(path).map_err(unreadable)?))
}

/// Whoever owns a file may write it, or give himself the permission.
fn trusted_owner(found: &Metadata) -> Result<(), String> {
    let own = rustix::process::geteuid().as_raw();
    match found.uid() {
        0 => Ok(()),
        uid if uid == own => Ok(()),
        other => Err(format!("belongs to user {other}, wanted root or user {own}")),
    }
}

fn start(linter: &OutsideLinter) -> std::io::Result<Child> {
    Command::new(&linter.program)
        .args(&linter.arguments)
        .env_clear()
        .envs(ENVIRONMENT)
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// How a linter ended.
struct Attended {
    status: String,
    passed: bool,
    output: Vec<u8>,
}

/// Gives a linter its input, takes what it says, and ends it when its time is over.
fn attend(mut child: Child, timeout: Duration, pem: &str) -> Attended {
    let (over, ends) = channel();
    if let Some(mut input) = child.stdin.take() {
        let pem = pem.to_owned();
        // A linter that does not read to the end has its reasons; its exit status tells.
        std::thread::spawn(move || drop(input.write_all(pem.as_bytes())));
    }
    let said = child.stdout.take().map(|stream| collect(stream, over.clone()));
    let complained = child.stderr.take().map(|stream| collect(stream, over));
    let in_time = wait(&child, timeout);
    // It leads a group of its own: what it has started ends with it. None is left where it started nothing.
    let _ = rustix::process::kill_process_group(Pid::from_child(&child), Signal::KILL);
    let ended = child.wait();
    let streams: Vec<Collected> = [said, complained].into_iter().flatten().collect();
    // Until all of them have ended, whichever is first, or until there is no more waiting for that.
    for _ in &streams {
        let _ = ends.recv_timeout(AFTERMATH);
    }
    let output = streams.into_iter().flat_map(Collected::taken).collect();
    match ended {
        _ if !in_time => {
            Attended { status: format!("did not end within {timeout}, and was ended"), passed: false, output }
        }
        Ok(status) => Attended { status: described(status), passed: status.success(), output },
        Err(error) => Attended { status: format!("its end is not known: {error}"), passed: false, output },
    }
}

/// Whether it ends within its time.
fn wait(child: &Child, timeout: Duration) -> bool {
    let Duration::Seconds(seconds) = timeout else { return false };
    let Ok(end) = rustix::process::pidfd_open(Pid::from_child(child), PidfdFlags::empty()) else {
        return false;
    };
    let limit = Timespec { tv_sec: seconds, tv_nsec: 0 };
    loop {
        match rustix::event::poll(&mut [PollFd::new(&end, PollFlags::IN)], Some(&limit)) {
            // A signal to this process, such as a window that changes its size, is no end of the linter.
            Err(rustix::io::Errno::INTR) => {}
            Ok(1..) => return true,
            Ok(0) | Err(_) => return false,
        }
    }
}

/// What comes out of one stream of a linter.
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    /// What has come until now.
    fn taken(self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads a stream to its end, keeps its beginning and lets the rest go.
fn collect(mut stream: impl Read + Send + 'static, over: Sender<()>) -> Collected {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&kept);
    std::thread::spawn(move || {
        let mut octets = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut octets) {
            let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let room = KEPT.saturating_sub(kept.len());
            kept.extend(octets.iter().take(count.min(room)));
        }
        // Nobody may be waiting any more.
        let _ = over.send(());
    });
    Collected(kept)
}

fn described(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended in a way that the operating system does not tell".to_owned(),
    }
}

/// The first lines with something on them.
fn lines(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned);
    let mut told: Vec<String> = lines.by_ref().take(LINES).collect();
    match lines.count() {
        0 => {}
        left => told.push(format!("({left} further lines)")),
    }
    told
}
